#include "services/cli/play/story.h"

#include <algorithm>
#include <tuple>

#include "fmt/format.h"
#include "services/cli/play/rng.h"
#include "services/cli/play/story_teller.h"

namespace yilian::cli::play {

std::chrono::hours time_of(Phase phase) {
    switch (phase) {
        case Phase::kMidnight:
            return std::chrono::hours(0);
        case Phase::kMorning:
            return std::chrono::hours(8);
        case Phase::kForenoon:
            return std::chrono::hours(10);
        case Phase::kBooking:
            return std::chrono::hours(11);
        case Phase::kAfternoon:
            return std::chrono::hours(14);
        case Phase::kEvening:
            return std::chrono::hours(16);
    }
    return std::chrono::hours(0);
}

DayCount::DayCount(const District& district, const calendar::WorkingDays& days)
    : first_(district.options.first_day), last_(number(district.last_day)) {
    const int end = number(district.last_settlement);
    for (int day = 0; day <= end; ++day) {
        const auto working = days.is_working_day(date(day));
        working_.push_back(working.ok() && *working);
    }
}

int DayCount::working_on_or_after(int day) const {
    const int end = static_cast<int>(working_.size());
    while (day < end && !working_[static_cast<std::size_t>(day)]) ++day;
    return day;
}

int DayCount::working_on_or_before(int day) const {
    day = std::min(day, static_cast<int>(working_.size()) - 1);
    while (day >= 0 && !working_[static_cast<std::size_t>(day)]) --day;
    return day;
}

Story make_story(const District& district, const DayCount& days, std::size_t index) {
    Teller teller(district, days, index);
    return teller.tell();
}

// --- Teller --------------------------------------------------------------------------------------

namespace {

// Shares of 10000.
constexpr int kSignedAtOnce = 7500;
constexpr int kDeclines = 300;
constexpr int kFirstUnsatisfied = 2200;
constexpr int kAgainUnsatisfied = 5000;
constexpr int kAdviceFollowed = 9000;
constexpr int kLongPrescription = 6500;
constexpr int kAcute = 900;
constexpr int kDirectReferral = 250;
constexpr int kDirectStay = 300;

}  // namespace

Teller::Teller(const District& district, const DayCount& days, std::size_t index)
    : d_(district),
      days_(days),
      index_(index),
      r_(district.residents[index]),
      rng_(district.options.seed, fmt::format("story/{}", index)) {}

void Teller::add(int day, Phase phase, Act act, int plan) {
    story_.steps.push_back({day, phase, act, plan, static_cast<int>(story_.steps.size())});
}

bool Teller::adult() const { return calendar::age_years(r_.birth, d_.options.first_day) >= 18; }

bool Teller::exemplar() const {
    return index_ < kChronicExemplars && r_.contracted && adult() &&
           ((r_.hypertension && !r_.hypertension_on) || (r_.diabetes && !r_.diabetes_on));
}

Story Teller::tell() {
    plan_contract();
    if (r_.hypertension || r_.diabetes) plan_chronic();
    plan_acute();
    plan_direct_referral();
    plan_direct_stay();
    std::stable_sort(story_.steps.begin(), story_.steps.end(), [](const Step& a, const Step& b) {
        return std::tie(a.day, a.phase, a.order) < std::tie(b.day, b.phase, b.order);
    });
    return std::move(story_);
}

void Teller::plan_contract() {
    if (!r_.contracted) return;
    const bool at_once = exemplar() || rng_.chance(kSignedAtOnce);
    story_.contract_day = at_once ? 0 : working_day(rng_.between(1, std::max(1, days_.last() / 2)));
    story_.declined = !exemplar() && rng_.chance(kDeclines);
    add(story_.contract_day, Phase::kMorning, Act::kOffer, 0);
    add(story_.contract_day, Phase::kForenoon, story_.declined ? Act::kDecline : Act::kSign, 0);
}

int Teller::working_day(int day) const { return days_.working_on_or_after(day); }

bool Teller::contract_covers(int day) const {
    return r_.contracted && !story_.declined && story_.contract_day < day;
}

// The registry keeps the diseases of its pack; a resident may have others.
void Teller::plan_chronic() {
    const bool hypertension = r_.hypertension && !d_.rules.hypertension.empty();
    const bool diabetes = r_.diabetes && !d_.rules.diabetes.empty();
    if (!hypertension && !diabetes) return;
    int enrolled = 0;
    const auto enrol = [&](bool has, const std::optional<CivilDate>& on, int plan) {
        if (!has || !on) return;
        const int day = days_.number(*on);
        enrolled = std::max(enrolled, day);
        if (day <= days_.last()) add(day, Phase::kMorning, Act::kEnrol, plan);
    };
    enrol(hypertension, r_.hypertension_on, 0);
    enrol(diabetes, r_.diabetes_on, 1);
    const int first = exemplar() ? working_day(4) : enrolled + rng_.between(3, 45);
    visit_from(working_day(first), hypertension, diabetes);
}

// Visits one after the other: the plan of the norm (next in weeks when not at goal, in months when
// at goal), with what follows from each.
void Teller::visit_from(int day, bool hypertension, bool diabetes) {
    int run = 0;
    int covered_until = -1;
    while (day <= days_.last()) {
        bool satisfied = !rng_.chance(run == 0 ? kFirstUnsatisfied : kAgainUnsatisfied);
        if (exemplar() && story_.visits.size() < 2) satisfied = index_ % 3 == 2;
        run = satisfied ? 0 : run + 1;
        const int visit = plan_visit(day, hypertension, diabetes, satisfied);
        add(day, Phase::kMorning, Act::kVisit, visit);
        if (run >= 2) {
            const int seen = plan_advised(day, hypertension, diabetes);
            run = 0;
            covered_until = std::max(covered_until, seen + d_.rules.long_days);
            day = working_day(seen + rng_.between(28, 80));
            continue;
        }
        if (!satisfied) {
            const int next = days_.working_on_or_before(day + rng_.between(7, 14));
            day = next > day ? next : working_day(day + 1);
            continue;
        }
        const bool supplied = exemplar() || rng_.chance(kLongPrescription);
        if (day > covered_until && supplied) {
            plan_long(day, hypertension ? "hypertension" : "diabetes", -1);
            covered_until = day + d_.rules.long_days;
        }
        day = working_day(day + rng_.between(28, 80));
    }
}

int Teller::plan_visit(int day, bool hypertension, bool diabetes, bool satisfied) {
    VisitPlan v;
    v.day = day;
    v.hypertension = hypertension;
    v.diabetes = diabetes;
    v.satisfied = satisfied;
    // Clear of every goal of the norm on either side, and of every danger sign.
    if (hypertension) {
        v.sbp = satisfied ? rng_.between(110, 134) : rng_.between(156, 174);
        v.dbp = satisfied ? rng_.between(68, 84) : rng_.between(95, 106);
    }
    if (diabetes) v.glucose_e2 = satisfied ? rng_.between(480, 670) : rng_.between(760, 1250);
    v.home = rng_.chance(1500);
    story_.visits.push_back(v);
    return static_cast<int>(story_.visits.size()) - 1;
}

// Two visits in a row were not at goal: the advice, what becomes of it, and the visit that shows
// the result. Answers the day from which the resident is back with the team.
int Teller::plan_advised(int day, bool hypertension, bool diabetes) {
    if (!exemplar() && !rng_.chance(kAdviceFollowed)) return day + 14;
    const std::string disease = hypertension ? d_.rules.hypertension : d_.rules.diabetes;
    const int referral = plan_referral(day, true, disease);
    const ReferralPlan& plan = story_.referrals[static_cast<std::size_t>(referral)];
    if (!plan.goes_back) return std::max(day + 14, plan.complete_day);
    const int answered = working_day(plan.complete_day + 1);
    const int seen = std::max(days_.working_on_or_before(answered + 12), answered);
    if (seen > days_.last()) return seen;
    const int visit = plan_visit(seen, hypertension, diabetes, true);
    story_.visits[static_cast<std::size_t>(visit)].follows_referral = referral;
    story_.visits[static_cast<std::size_t>(visit)].home = true;
    // Later than the answer of the same day.
    add(seen, seen == answered ? Phase::kForenoon : Phase::kMorning, Act::kVisit, visit);
    add(seen, seen == answered ? Phase::kAfternoon : Phase::kForenoon, Act::kCloseReferral,
        referral);
    if (seen > answered) {
        plan_long(seen, hypertension ? "hypertension" : "diabetes",
                  d_.rules.extended && contract_covers(seen) ? referral : -1);
    }
    return seen;
}

void Teller::plan_long(int day, const std::string& family, int referral) {
    RxPlan rx;
    rx.kind = referral >= 0 ? RxKind::kExtended : RxKind::kLong;
    rx.disease = family == "hypertension" ? d_.rules.hypertension : d_.rules.diabetes;
    rx.diagnosis = family == "hypertension" ? "I10.x05" : "E11.900";
    // An extended prescription continues what the hospital's plan says.
    rx.drug = referral >= 0 ? story_.referrals[static_cast<std::size_t>(referral)].drug
                            : drug_for(family, rng_.next()).generic_code();
    rx.days = d_.rules.long_days;
    rx.referral = referral;
    rx.day = day;
    rx.at_station = rx.kind == RxKind::kExtended;
    rx.listed = exemplar() || rng_.chance(9000);
    add_prescription(std::move(rx));
}

void Teller::add_prescription(RxPlan rx) {
    const int day = rx.day;
    const RxEnd end = rx.end;
    const bool listed = rx.listed;
    story_.prescriptions.push_back(std::move(rx));
    const int plan = static_cast<int>(story_.prescriptions.size()) - 1;
    add(day, Phase::kForenoon, Act::kPrescribe, plan);
    if (end == RxEnd::kCancelled) add(day, Phase::kAfternoon, Act::kCancelRx, plan);
    if (end != RxEnd::kDispensed) return;
    add(day, Phase::kAfternoon, Act::kDispense, plan);
    if (listed) add(day, Phase::kEvening, Act::kSubmitRxList, plan);
}

// An ordinary illness: a few days of a drug, with what may go wrong on the way.
void Teller::plan_acute() {
    const int times = (rng_.chance(kAcute) ? 1 : 0) + (rng_.chance(kAcute) ? 1 : 0);
    for (int i = 0; i < times; ++i) {
        RxPlan rx;
        const bool antibiotic = r_.penicillin_allergy;
        rx.drug = (antibiotic ? drug_with_allergy("PENICILLIN") : drug_for("", rng_.next()))
                      .generic_code();
        rx.diagnosis = "J18.900";
        rx.days = std::min(d_.rules.normal_days, rng_.between(3, 7));
        rx.kind =
            d_.rules.shared && !antibiotic && rng_.chance(2500) ? RxKind::kShared : RxKind::kNormal;
        rx.at_station = rx.kind == RxKind::kShared;
        const int fate = rng_.between(0, 99);
        rx.end = antibiotic   ? RxEnd::kReturned
                 : fate >= 98 ? RxEnd::kCancelled
                 : fate >= 95 ? RxEnd::kExpired
                              : RxEnd::kDispensed;
        rx.day = working_day(rng_.between(2, std::max(2, days_.last() - 3)));
        if (rx.day <= days_.last()) add_prescription(std::move(rx));
    }
}

void Teller::plan_direct_referral() {
    if (index_ < kExemplars || !story_.referrals.empty() || !rng_.chance(kDirectReferral)) return;
    if (!adult()) return;
    const int day = working_day(rng_.between(2, std::max(2, days_.last() - 25)));
    if (day <= days_.last()) plan_referral(day, false, "");
}

// A stay without referral, of any kind of case that the rule pack knows.
void Teller::plan_direct_stay() {
    if (!story_.stays.empty()) return;
    const bool ungrouped = index_ == kUngroupedExemplar;
    const bool chosen = index_ >= kChronicExemplars && index_ < kExemplars;
    if (!chosen && !rng_.chance(kDirectStay)) return;
    if (!adult()) return;
    StayPlan stay;
    stay.institution = rng_.pick(d_.hospitals());
    stay.admitted_day = rng_.between(2, std::max(2, days_.last() - 14));
    stay.admitted = rng_.chance(5000) ? Phase::kForenoon : Phase::kAfternoon;
    stay.discharged_day = stay.admitted_day + rng_.between(2, 11);
    if (index_ == kLateExemplar) {
        stay.admitted_day = 1;
        stay.discharged_day = 3;
    }
    const auto& templates =
        ungrouped || rng_.chance(400) ? ungrouped_templates() : case_templates();
    std::vector<const CaseTemplate*> fitting;
    for (const CaseTemplate& c : templates) {
        if (c.sex == r_.sex) fitting.push_back(&c);
    }
    if (fitting.empty()) return;
    price(stay, *rng_.pick(fitting));
    stay.fault = index_ == kFaultyExemplar ? Fault::kTotal : any_fault();
    add_stay(std::move(stay));
}

}  // namespace yilian::cli::play
