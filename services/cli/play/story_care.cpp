#include <algorithm>

#include "services/cli/play/story_teller.h"

namespace yilian::cli::play {
namespace {

// Shares of 10000.
constexpr int kAdvisedInpatient = 6000;
constexpr int kDirectInpatient = 3000;
constexpr int kComes = 9600;
constexpr int kBaseStayBefore = 6000;
constexpr int kBaseStayAfter = 1500;
constexpr int kFaulty = 300;
constexpr int kLate = 2500;

constexpr std::int64_t kPercent = 100;

}  // namespace

int Teller::plan_referral(int day, bool advised, const std::string& disease) {
    ReferralPlan plan;
    plan.advised = advised;
    plan.disease = disease;
    plan.submit_day = day;
    plan.inpatient = d_.rules.beds &&
                     (exemplar() || rng_.chance(advised ? kAdvisedInpatient : kDirectInpatient));
    if (!plan.inpatient && d_.rules.clinic_kind.empty()) plan.inpatient = true;
    plan.urgent = plan.inpatient;
    plan.receiver = d_.rules.two_level || exemplar() ? 0 : rng_.pick(d_.hospitals());
    if (advised) {
        plan.diagnoses = disease == d_.rules.hypertension
                             ? std::vector<std::string>{"I10.x05", "E87.600"}
                             : std::vector<std::string>{"E11.900", "N18.900"};
        plan.goes_back = true;
        plan.base_stay_after = plan.inpatient && !exemplar() && rng_.chance(kBaseStayAfter);
    } else {
        plan.diagnoses = {d_.rules.graded  ? graded_diagnosis()
                          : plan.inpatient ? "J18.900"
                                           : "M17.900"};
    }
    plan.drug =
        drug_for(disease == d_.rules.diabetes && !disease.empty() ? "diabetes" : "hypertension",
                 rng_.next())
            .generic_code();
    choose_answer(plan);
    plan.asked = plan.receiver;
    if (plan.answer == Answer::kRedirect) {
        plan.asked = (plan.receiver + 1) % d_.hospitals().size();
    }
    story_.referrals.push_back(plan);
    const int referral = static_cast<int>(story_.referrals.size()) - 1;
    add(day, Phase::kForenoon, Act::kRefer, referral);
    const bool goes_on = plan.answer == Answer::kAccept || plan.answer == Answer::kAskInformation ||
                         plan.answer == Answer::kRedirect;
    if (plan.answer != Answer::kAccept && plan.answer != Answer::kWithdrawn) {
        add(day, Phase::kAfternoon, Act::kReanswer, referral);
    }
    if (goes_on) {
        plan_care(referral);
    } else {
        ReferralPlan& kept = story_.referrals.back();
        kept.goes_back = false;
        kept.complete_day = day;
    }
    return referral;
}

// Where receivers are graded by disease, only a disease of the registry has a grade.
std::string Teller::graded_diagnosis() const {
    return d_.rules.hypertension.empty() ? "E11.900" : "I10.x05";
}

void Teller::choose_answer(ReferralPlan& plan) {
    const int fate = exemplar() ? 0 : rng_.between(0, 99);
    if (fate < 84) return;
    if (fate < 89) plan.answer = Answer::kReject;
    if (fate >= 89 && fate < 93) plan.answer = Answer::kAskInformation;
    if (fate >= 93 && fate < 96) plan.answer = plan.advised ? Answer::kAccept : Answer::kAdvise;
    // Redirection needs a second hospital that may receive.
    if (fate == 96 || fate == 97) {
        plan.answer = d_.rules.two_level ? Answer::kAccept : Answer::kRedirect;
    }
    if (fate >= 98) plan.answer = Answer::kWithdrawn;
}

// From the accepted referral to the reply letter and the way back.
void Teller::plan_care(int referral) {
    ReferralPlan& plan = story_.referrals[static_cast<std::size_t>(referral)];
    const bool same_day = plan.answer == Answer::kAccept;
    const int booked = same_day ? plan.submit_day : plan.submit_day + 1;
    add(booked, Phase::kBooking, Act::kBook, referral);
    plan.comes = exemplar() || rng_.chance(kComes);
    plan.care_day =
        plan.inpatient ? booked + rng_.between(1, 2) : working_day(booked + rng_.between(1, 4));
    plan.care_phase = plan.inpatient || rng_.chance(5000) ? Phase::kAfternoon : Phase::kForenoon;
    if (plan.care_day > days_.last()) {
        plan.comes = false;
        plan.care_day = days_.last();
    }
    if (!plan.comes) {
        plan.goes_back = false;
        plan.complete_day = working_day(plan.care_day + 1);
        add(plan.complete_day, Phase::kMorning, Act::kEndNoShow, referral);
        return;
    }
    add(plan.care_day, plan.care_phase, Act::kArrive, referral);
    plan.complete_day = plan.inpatient ? plan.care_day + rng_.between(4, 11) : plan.care_day;
    const Phase completed = plan.inpatient ? Phase::kAfternoon : Phase::kEvening;
    // What ends after the last day of the play stays open.
    if (plan.complete_day > days_.last()) {
        plan.goes_back = false;
        return;
    }
    add(plan.complete_day, completed, Act::kComplete, referral);
    const int next = working_day(plan.complete_day + 1);
    if (plan.goes_back) {
        add(next, Phase::kMorning, Act::kAnswerDown, referral);
        if (plan.base_stay_after) add(next, Phase::kForenoon, Act::kArriveAtBase, referral);
    } else {
        add(next, Phase::kMorning, Act::kCloseReferral, referral);
    }
    if (!plan.inpatient) return;
    const bool waits_at_base = plan.advised && (exemplar() || rng_.chance(kBaseStayBefore));
    if (waits_at_base) plan_base_stay_before(referral);
    plan_hospital_stay(referral);
    if (story_.referrals[static_cast<std::size_t>(referral)].base_stay_after) {
        plan_base_stay_after(referral);
    }
}

// The stay in the ward of the centre from which the resident is sent on; it opens the chain.
void Teller::plan_base_stay_before(int referral) {
    const ReferralPlan& plan = story_.referrals[static_cast<std::size_t>(referral)];
    StayPlan stay;
    stay.institution = r_.home;
    stay.referral = referral;
    stay.sender_side = true;
    stay.admitted_day = plan.submit_day;
    stay.admitted = Phase::kBooking;
    stay.discharged_day = plan.care_day;
    stay.discharged = Phase::kMorning;
    stay.discharge_way = 2;
    stay.receiver = plan.receiver;
    stay.diagnoses = plan.diagnoses;
    price(stay, case_with(plan.diagnoses.front().substr(0, 3), rng_.next()));
    stay.diagnoses = plan.diagnoses;
    stay.total_fen = stay.total_fen * 2 / 5;
    add_stay(std::move(stay));
}

void Teller::plan_hospital_stay(int referral) {
    const ReferralPlan& plan = story_.referrals[static_cast<std::size_t>(referral)];
    StayPlan stay;
    stay.institution = plan.receiver;
    stay.referral = referral;
    stay.admitted_day = plan.care_day;
    stay.admitted = plan.care_phase;
    stay.discharged_day = plan.complete_day;
    stay.discharged = Phase::kForenoon;
    stay.discharge_way = plan.goes_back ? 3 : 1;
    stay.receiver = r_.home;
    price(stay, case_with(plan.diagnoses.front().substr(0, 3), rng_.next()));
    stay.diagnoses = plan.diagnoses;
    stay.fault = exemplar() ? Fault::kNone : any_fault();
    add_stay(std::move(stay));
}

void Teller::plan_base_stay_after(int referral) {
    const ReferralPlan& plan = story_.referrals[static_cast<std::size_t>(referral)];
    StayPlan stay;
    stay.institution = r_.home;
    stay.referral = referral;
    stay.after_return = true;
    stay.admitted_day = working_day(plan.complete_day + 1);
    stay.admitted = Phase::kForenoon;
    stay.discharged_day = stay.admitted_day + rng_.between(3, 8);
    stay.discharged = Phase::kForenoon;
    price(stay, case_with(plan.diagnoses.front().substr(0, 3), rng_.next()));
    stay.diagnoses = plan.diagnoses;
    stay.total_fen = stay.total_fen / 3;
    add_stay(std::move(stay));
}

// Costs around the average of the group; a few far below or above it.
void Teller::price(StayPlan& stay, const CaseTemplate& from) {
    stay.diagnoses = from.diagnoses;
    stay.procedures = from.procedures;
    const int fate = rng_.between(0, 99);
    const int percent = fate < 5   ? rng_.between(20, 38)
                        : fate < 8 ? rng_.between(210, 300)
                                   : rng_.between(62, 148);
    stay.total_fen = from.average_fen * percent / kPercent + rng_.between(0, 9999);
    stay.self_paid_bp = rng_.between(200, 900);
    stay.class_b_bp = rng_.between(100, 500);
}

Fault Teller::any_fault() {
    if (!rng_.chance(kFaulty)) return Fault::kNone;
    switch (rng_.between(0, 4)) {
        case 0:
            return Fault::kTotal;
        case 1:
            return Fault::kAge;
        case 2:
            return Fault::kStayDays;
        case 3:
            return Fault::kCount;
        default:
            return Fault::kDuplicateDiagnosis;
    }
}

// The list follows within days of the discharge, now and then after the time for declaring it, and
// always before the month is closed.
void Teller::add_stay(StayPlan stay) {
    if (stay.discharged_day > days_.last()) return;
    int submitted = working_day(stay.discharged_day + rng_.between(1, 4));
    const bool early = days_.date(stay.discharged_day).day() <= 5;
    if (early && stay.referral < 0 && (index_ == kLateExemplar || rng_.chance(kLate))) {
        stay.late = true;
        submitted = working_day(stay.discharged_day + d_.rules.declare_days + 1);
    }
    // Evidence is there from the start of care on.
    if (stay.sender_side) submitted = std::max(submitted, working_day(stay.discharged_day + 1));
    const Fault fault = stay.fault;
    story_.stays.push_back(std::move(stay));
    const int plan = static_cast<int>(story_.stays.size()) - 1;
    add(submitted, Phase::kEvening, Act::kSubmitList, plan);
    const int corrected = working_day(submitted + 1);
    if (fault != Fault::kNone) add(corrected, Phase::kEvening, Act::kCorrectList, plan);
}

}  // namespace yilian::cli::play
