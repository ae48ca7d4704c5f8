// Every key of the pack that this service reads: another value, another result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/calendar/local_time.h"
#include "libs/policy/keys/referrals.h"
#include "libs/policy/keys/registries.h"
#include "libs/policy/testing/key_changes.h"
#include "services/referrals/app/rules.h"
#include "services/referrals/tests/critical_acts.h"
#include "services/referrals/tests/service_fixture.h"
#include "yilian/referrals/v1/channel_service.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::referrals::domain {
namespace {

using policy::testing::change;
using policy::testing::ChangedPacks;
using policy::testing::KeyChange;
using policy::testing::PackResult;

const auto kDay = calendar::CivilDate::literal(2026, 3, 17);

Instant at(std::string_view text) { return *calendar::parse_rfc3339(std::string(text) + "+08:00"); }

PackResult by(std::function<std::string(const app::Rules&)> rule) {
    return [rule = std::move(rule)](const ChangedPacks& packs) {
        return rule(app::rules_of(packs.on(*calendar::CivilDate::parse("2026-03-17"))));
    };
}

std::string text_of(Instant at) { return std::to_string(at.time_since_epoch().count()); }
template <class T>
std::string text_of(const Outcome<T>& outcome) {
    if (!outcome.ok()) return std::string(outcome.refusal().reason.text());
    if constexpr (std::is_same_v<T, Instant>) return text_of(*outcome);
    return "allowed";
}

// Every criterion of a pack with the values that it compared.
PackResult criteria(const char* pack_id, Facts given = {}) {
    return by([pack_id, given = std::move(given)](const app::Rules& rules) {
        Facts facts = given;
        for (const std::string& input : criteria_inputs(pack_id, rules.criteria)) {
            facts.emplace(input, 1);
        }
        const auto found = evaluate(pack_id, 1, CriteriaSide::kUp, facts, rules.criteria, false);
        if (!found) return std::string("no such pack");
        std::string text;
        for (const CriterionOutcome& o : found->outcomes) {
            text += o.criterion_id + ' ' + std::to_string(static_cast<int>(o.result)) + ' ' +
                    o.explanation + '\n';
        }
        return text;
    });
}

PackResult review(Priority priority) {
    return by([=](const app::Rules& rules) {
        return text_of(review_due(priority, at("2026-03-02T09:00:00"), rules.due,
                                  calendar::WorkingDays::national()));
    });
}
PackResult promise(Priority priority) {
    return by([=](const app::Rules& rules) {
        return text_of(promise_due(Direction::kUp, priority, at("2026-03-02T09:00:00"), rules.due,
                                   calendar::WorkingDays::national()));
    });
}
PackResult alarm() {
    return by([](const app::Rules& rules) {
        return text_of(waiting_alarm(Direction::kUp, Priority::kRoutine, at("2026-03-02T09:00:00"),
                                     rules.due, calendar::WorkingDays::national()));
    });
}

// Places of one class.
PackResult places(QuotaClass quota) {
    return by([=](const app::Rules& rules) {
        const auto divided = divide(40, rules.slot.shares_bp);
        return divided.ok() ? std::to_string((*divided)[index_of(quota)])
                            : std::string(divided.refusal().reason.text());
    });
}
PackResult released(const char* now) {
    return by([=](const app::Rules& rules) {
        ByClass<Places> open{{{2, 0}, {12, 9}, {12, 3}, {14, 0}}};
        std::string text;
        for (const Release& r : release(open, at("2026-03-20T09:00:00"), at(now), rules.slot)) {
            text += std::to_string(static_cast<int>(r.from)) + ':' + std::to_string(r.count) + ' ';
        }
        return text;
    });
}
PackResult queue() {
    return by([](const app::Rules& rules) {
        const auto waiting = [](const char* id, bool contracted, const char* accepted) {
            Waiting w;
            w.referral_id = id;
            w.direction = Direction::kUp;
            w.priority = Priority::kRoutine;
            w.contracted = contracted;
            w.accepted_at = w.submitted_at = at(accepted);
            w.promise_due_at = at("2026-04-01T09:00:00");
            return w;
        };
        std::vector<Waiting> all{waiting("first", false, "2026-03-02T09:00:00"),
                                 waiting("contracted", true, "2026-03-03T09:00:00")};
        sort_by_service(all, at("2026-03-05T09:00:00"), rules.slot.contracted_priority);
        return all.front().referral_id;
    });
}

Content content() {
    Content c;
    c.direction = Direction::kUp;
    c.kind = Kind::kInpatient;
    c.priority = Priority::kUrgent;
    c.diagnoses = {{"I10.x05", true}};
    return c;
}
Parties parties() {
    Parties p;
    p.sender = Institution{"B1", "centre", 1};
    p.receiver = Institution{"H1", "hospital", 3};
    p.consortium_id = "C1";
    p.disease = "hypertension";
    p.diseases = {"hypertension"};
    Offer o;
    o.offer_id = "o";
    o.institution_id = "H1";
    o.kinds = {Kind::kInpatient};
    o.valid_from = calendar::CivilDate::literal(2026, 1, 1);
    p.offers = {o};
    return p;
}
PackResult enabled() {
    return by(
        [](const app::Rules& rules) { return text_of(check_enabled(content(), rules.submit)); });
}
PackResult outside_the_consortium() {
    return by([](const app::Rules& rules) {
        Parties p = parties();
        p.consortium_id.clear();
        return text_of(check_scope(p, rules.submit));
    });
}
// From one hospital to another.
PackResult within_a_level() {
    return by([](const app::Rules& rules) {
        Parties p = parties();
        p.sender = Institution{"H2", "hospital", 2};
        return text_of(check_level(Direction::kUp, p, rules.submit));
    });
}
PackResult without_a_grade() {
    return by([](const app::Rules& rules) {
        return text_of(check_grade(parties(), content(), rules.submit, kDay));
    });
}
PackResult redirected(std::int32_t hops) {
    return by([=](const app::Rules& rules) {
        Referral r;
        r.content = content();
        Task task;
        task.hop = hops;
        r.tasks = {task};
        return text_of(check_redirect(r, "H9", rules.submit));
    });
}

// A leg of a referral with times that just hold.
PackResult evidence(bool emergency) {
    return by([=](const app::Rules& rules) {
        Evidence e;
        e.consortium_id = "C1";
        e.direction = emergency ? Direction::kEmergency : Direction::kUp;
        e.emergency = emergency;
        e.main_diagnosis_code = "I10.x05";
        e.from_institution_id = "B1";
        e.to_institution_id = "H1";
        e.admitted_at = at("2026-03-18T14:15:00");
        e.submitted_at = emergency ? at("2026-03-19T08:15:00") : at("2026-03-01T09:00:00");
        e.accepted_at = emergency ? at("2026-03-19T08:15:00") : at("2026-03-01T09:30:00");
        e.arrived_at = at("2026-03-18T14:10:00");
        return "[" + invalid_reason(e, false, rules.evidence) + "]";
    });
}

PackResult alerted(ChannelKind channel, SenderKind sender) {
    return by([=](const app::Rules& rules) {
        return text_of(channel::check_raise(channel, sender, rules.channel));
    });
}
// A stroke with its CT read after 40 minutes.
PackResult goals() {
    return by([](const app::Rules& rules) {
        channel::Case c;
        c.channel = ChannelKind::kStroke;
        c.points = {
            {"a", "arrival", at("2026-03-10T13:00:00"), PointSource::kManual, "", {}, "", ""},
            {"b", "ct_read", at("2026-03-10T13:40:00"), PointSource::kManual, "", {}, "", ""}};
        std::string text;
        for (const channel::Goal& goal : channel::goals_of(c, rules.channel)) {
            text += goal.name + (goal.met ? " met " : " missed ");
        }
        return text;
    });
}
// A record in a state since Monday 2026-03-02 09:00, seen at `now`.
PackResult prompted(State state, const char* now, bool inpatient) {
    return by([=](const app::Rules& rules) {
        Referral r;
        r.state = state;
        r.state_since = at("2026-03-02T09:00:00");
        r.care_started_at = r.admitted_at = r.state_since;
        r.inpatient = inpatient;
        std::string text;
        for (const Prompt prompt :
             prompts_of(r, false, at(now), rules.prompts, calendar::WorkingDays::national())) {
            text += std::to_string(static_cast<int>(prompt));
        }
        return text;
    });
}

PackResult report_time(const char* item_code) {
    return by([=](const app::Rules& rules) {
        const auto item = exam::item_of(item_code, rules.exam);
        if (!item) return std::string("no such item");
        return text_of(exam::report_due(*item, ExamPriority::kRoutine, false,
                                        at("2026-03-10T09:00:00"), rules.exam,
                                        calendar::WorkingDays::national()));
    });
}
// An earlier blood count of two days ago, to be repeated because of a fast change.
PackResult repeated() {
    return by([](const app::Rules& rules) {
        const exam::Prior prior{"r1", "o1",   "blood_count", at("2026-03-08T09:00:00"),
                                true, "HR-35"};
        const Instant now = at("2026-03-10T09:00:00");
        if (!exam::in_window(prior, *exam::item_of("blood_count", rules.exam), now, rules.exam)) {
            return std::string("outside its window");
        }
        return text_of(exam::decide_prior({prior}, {"r1", false, "FAST_CHANGE"}, now, rules.exam));
    });
}
PackResult read_by(const char* item_code) {
    return by([=](const app::Rules& rules) {
        const auto item = *exam::item_of(item_code, rules.exam);
        return std::string(exam::centre_enabled(item, rules.exam) ? "centre" : "no centre") +
               (exam::two_persons(item, rules.exam) ? ", two" : ", one");
    });
}
PackResult exam_rules(std::function<std::int64_t(const exam::Policy&)> value) {
    return by([value = std::move(value)](const app::Rules& rules) {
        return std::to_string(value(rules.exam));
    });
}

PackResult disease(const char* diagnosis) {
    return by([=](const app::Rules& rules) { return rules.disease_of(diagnosis); });
}

std::vector<KeyChange> thresholds() {
    return {
        change(policy::kReferralCriteriaPackIds, "[copd]", criteria("hypertension")),
        change(policy::kReferralCriteriaHypertensionEmergencySbp, "190", criteria("hypertension")),
        change(policy::kReferralCriteriaHypertensionEmergencyDbp, "120", criteria("hypertension")),
        change(policy::kReferralCriteriaHypertensionOnsetAgeLtYears, "35",
               criteria("hypertension")),
        change(policy::kReferralCriteriaHypertensionPotassiumLtE2, "360",
               criteria("hypertension", {{"diuretic", 0}})),
        change(policy::kReferralCriteriaHypertensionArmDifferenceMin, "25",
               criteria("hypertension")),
        change(policy::kReferralCriteriaHypertensionDrugsMin, "4", criteria("hypertension")),
        change(policy::kReferralCriteriaDiabetesAgeLtYears, "25", criteria("diabetes_t2")),
        change(policy::kReferralCriteriaDiabetesNotAtGoalMonths, "6", criteria("diabetes_t2")),
        change(policy::kReferralCriteriaDiabetesEgfrLt, "45", criteria("diabetes_t2")),
        change(policy::kReferralCriteriaCopdRrGt, "25", criteria("copd")),
        change(policy::kReferralCriteriaCopdSpo2LtPct, "92", criteria("copd")),
        change(policy::kReferralCriteriaCopdModerateExacerbations, "3",
               criteria("copd", {{"hospital_stays_year", 0}})),
        change(policy::kReferralCriteriaCopdOnsetAgeLtYears, "45", criteria("copd")),
        change(policy::kRegistryDiseaseMap, "{hypertension: [I15]}", disease("I10.x05")),
    };
}
std::vector<KeyChange> times_and_places() {
    return {
        change(policy::kReferralReviewEmergencyMin, "10", review(Priority::kEmergency)),
        change(policy::kReferralReviewUrgentMin, "60", review(Priority::kUrgent)),
        change(policy::kReferralReviewRoutineWorkingDays, "3", review(Priority::kRoutine)),
        change(policy::kReferralPromiseUrgentWorkingDays, "1", promise(Priority::kUrgent)),
        change(policy::kReferralPromiseRoutineWorkingDays, "9", promise(Priority::kRoutine)),
        change(policy::kReferralWaitingAlarmShareBp, "5000", alarm()),
        change(policy::kSlotReleaseContractedH, "60", released("2026-03-17T10:00:00")),
        change(policy::kSlotReleaseReferralH, "12", released("2026-03-19T10:00:00")),
        change(policy::kSlotContractedPriorityEnabled, "false", queue(),
               {{"slot.contracted_priority_enabled", "true"}}),
    };
}
std::vector<KeyChange> quotas() {
    const policy::testing::Overrides shares{{"slot.quota.emergency_bp", "500"},
                                            {"slot.quota.contracted_bp", "3000"},
                                            {"slot.quota.referral_bp", "3000"},
                                            {"slot.quota.general_bp", "3500"}};
    return {
        change(policy::kSlotQuotaEmergencyBp, "1500", places(QuotaClass::kEmergency), shares,
               {{"slot.quota.general_bp", "2500"}}),
        change(policy::kSlotQuotaContractedBp, "2000", places(QuotaClass::kContractedReferral),
               shares, {{"slot.quota.general_bp", "4500"}}),
        change(policy::kSlotQuotaReferralBp, "2000", places(QuotaClass::kReferral), shares,
               {{"slot.quota.general_bp", "4500"}}),
        change(policy::kSlotQuotaGeneralBp, "4500", places(QuotaClass::kGeneral), shares,
               {{"slot.quota.referral_bp", "2000"}}),
    };
}
std::vector<KeyChange> alerts_and_prompts() {
    return {
        change(policy::kEmergencyChannels, "[trauma]",
               alerted(ChannelKind::kStroke, SenderKind::kBase),
               {{"emergency.channels", "[stroke]"}}),
        change(policy::kEmergencyCareHomeSenderEnabled, "true",
               alerted(ChannelKind::kStroke, SenderKind::kCareHome),
               {{"emergency.care_home_sender_enabled", "false"}}),
        change(policy::kEmergencyEmsLinkEnabled, "false",
               alerted(ChannelKind::kStroke, SenderKind::kEms120),
               {{"emergency.ems_link_enabled", "true"}}),
        change(policy::kEmergencyGoals, "{stroke.door_to_ct_read: 30}", goals()),
        change(policy::kDiagnosticsCentres, "[laboratory]", read_by("ct")),
        change(policy::kDiagnosticsTwoPersonClasses, "[LAB]", read_by("ct")),
        change(policy::kDiagnosticsReportDueMin, "{x_ray.routine: 90}", report_time("x_ray")),
        change(policy::kDiagnosticsRecognitionValidityDays, "{blood_count: 1}", repeated()),
        change(policy::kDiagnosticsRecognitionReasons, "[EMERGENCY]", repeated()),
        change(policy::kDiagnosticsRecognitionScope, "district",
               exam_rules([](const exam::Policy& p) { return p.recognise_in_district ? 1 : 0; }),
               {{"diagnostics.recognition.scope", "consortium"}}),
        change(policy::kReferralDraftRemindH, "48",
               prompted(State::kDraft, "2026-03-03T10:00:00", false)),
        change(policy::kReferralReplyLetterH, "48",
               prompted(State::kInCare, "2026-03-03T10:00:00", false)),
        change(policy::kReferralDownLongStayDays, "60",
               prompted(State::kInCare, "2026-03-31T10:00:00", true)),
    };
}
std::vector<KeyChange> submitting() {
    return {
        change(policy::kReferralDirectionsEnabled, "[DOWN]", enabled()),
        change(policy::kReferralKindsEnabled, "[OUTPATIENT]", enabled()),
        change(policy::kReferralScope, "city", outside_the_consortium(),
               {{"referral.scope", "consortium"}}),
        change(policy::kReferralLevelsMode, "two_level", within_a_level(),
               {{"referral.levels_mode", "consortium"}}),
        change(policy::kReferralReceiverTechnicalGradeEnabled, "true", without_a_grade(),
               {{"referral.receiver.technical_grade_enabled", "false"}}),
        change(policy::kReferralRedirectMaxHops, "1", redirected(1)),
        change(policy::kReferralEvidenceEmergencyBackdateH, "1", evidence(true)),
        change(policy::kReferralEvidenceArrivalWithinDays, "5", evidence(false)),
    };
}

TEST(PolicyKeys, AreReadByCriteria) {
    EXPECT_THAT(unchanged("350104", thresholds()), ::testing::IsEmpty());
}
TEST(PolicyKeys, AreReadByTimesAndPlaces) {
    EXPECT_THAT(unchanged("350104", times_and_places()), ::testing::IsEmpty());
}
TEST(PolicyKeys, AreReadByQuotas) {
    EXPECT_THAT(unchanged("350104", quotas()), ::testing::IsEmpty());
}
TEST(PolicyKeys, AreReadByAlertsAndPrompts) {
    EXPECT_THAT(unchanged("350104", alerts_and_prompts()), ::testing::IsEmpty());
}
TEST(PolicyKeys, AreReadBySubmitting) {
    EXPECT_THAT(unchanged("350104", submitting()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace yilian::referrals::domain

namespace yilian::referrals::testing {
namespace {

using policy::testing::change;
using policy::testing::ChangedPacks;
using policy::testing::PackResult;
using policy::testing::unchanged;

// What the running service makes of it from 2026-03-01 on: residents r1 and r2, an offer of H1.
PackResult served(std::function<std::string(ReferralSite&)> act) {
    return [act = std::move(act)](const ChangedPacks& packs) {
        ReferralSite site(storage::Dialect::kSqlite, "120111");
        site.policies_dir = site.site().file("policies");
        packs.write(site.policies_dir);
        site.restart();
        site.people_and_places();
        site.resident("r1");
        site.resident("r2");
        site.offer("H1");
        return act(site);
    };
}

v1::CreateReferralRequest draft_of(ReferralSite& site, const v1::ReferralContent& content) {
    v1::CreateReferralRequest request;
    request.set_referral_id(site.next_id());
    request.set_resident_id("r1");
    *request.mutable_content() = content;
    return request;
}
std::string state_of(ReferralSite& site, const v1::Referral& r) {
    return v1::ReferralState_Name(site.get("B1", r.referral_id()).state());
}

// Of the only referral, as its lists show it.
std::string due_of(ReferralSite& site) {
    const auto list = site.call<v1::ListReferralsResponse>(
        "B1", "yilian.referrals.v1.ReferralService/ListReferrals", v1::ListReferralsRequest());
    if (!list.ok() || list.value().referrals_size() != 1) return "no list";
    return shown(list.value().referrals(0).due_at());
}

std::string draft_after_eight_days(ReferralSite& site) {
    const auto r = site.change("B1", "CreateReferral", draft_of(site, ReferralSite::content()));
    site.clock("2026-03-09T10:00:00");
    return state_of(site, r);
}
std::string advice_after_five_weeks(ReferralSite& site) {
    const auto r = site.submitted("r1", ReferralSite::content());
    auto advice = on<v1::ReturnAdviceRequest>(r);
    advice.set_advice("treat at base");
    site.change("H1", "ReturnAdvice", advice);
    site.clock("2026-04-05T10:00:00");
    return state_of(site, r);
}
std::string due_after_rejection(ReferralSite& site) {
    const auto r = site.submitted("r1", ReferralSite::content());
    auto reject = on<v1::RejectReferralRequest>(r);
    reject.set_reason_code("WRONG_SPECIALTY");
    site.change("H1", "RejectReferral", reject);
    return due_of(site);
}
std::string asked_for_information(ReferralSite& site) {
    const auto r = site.submitted("r1", ReferralSite::content());
    auto info = on<v1::RequestInformationRequest>(r);
    info.add_item_codes("ecg");
    site.change("H1", "RequestInformation", info);
    return due_of(site);
}
std::string team(ReferralSite& site) {
    site.contract("r1", "c1");
    return site.submitted("r1", ReferralSite::content()).team_id();
}

v1::Referral booked(ReferralSite& site) {
    const auto slots = site.slots("pool", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-20T09:00:00", 40);
    auto content = ReferralSite::content();
    content.set_kind(v1::REFERRAL_KIND_OUTPATIENT);
    content.set_priority(v1::PRIORITY_ROUTINE);
    return site.booked(site.accepted("r1", content), slots[2].slot_id());
}
std::string nobody_came(ReferralSite& site) {
    const auto r = booked(site);
    site.clock("2026-03-20T09:45:00");
    return state_of(site, r);
}
std::string record_forty_minutes_after_arrival(ReferralSite& site) {
    const auto r = booked(site);
    site.clock("2026-03-20T09:10:00");
    site.change("H1", "RecordArrival", on<v1::RecordArrivalRequest>(r));
    site.clock("2026-03-20T09:50:00");
    auto upload = on<v1::UploadRecordRequest>(r);
    v1::Document* document = upload.add_documents();
    document->set_document_id("doc-1");
    document->set_kind(v1::DOCUMENT_KIND_RECORD_SUMMARY);
    document->set_sha256(std::string(64, 'a'));
    document->set_size_bytes(1000);
    document->set_media_type("application/pdf");
    return site.change("B1", "UploadRecord", upload).record_late() ? "late" : "in time";
}

// A way down to B1, proposed on Friday 2026-03-13.
v1::Referral proposed_down(ReferralSite& site) {
    site.clock("2026-03-13T17:00:00");
    auto content = ReferralSite::content();
    content.set_direction(v1::DIRECTION_DOWN);
    content.set_kind(v1::REFERRAL_KIND_REHABILITATION);
    content.set_receiver_institution_id("B1");
    content.clear_consent();
    content.set_plan_document_id("plan-1");
    for (const char* code :
         {"diagnosis_clear", "plan_fit_for_base", "stable", "complications_stable"}) {
        v1::Measurement* m = content.add_measurements();
        m->set_code(code);
        m->set_value(1);
    }
    const auto draft = site.change("H1", "CreateReferral", draft_of(site, content));
    return site.change("H1", "SubmitReferral", on<v1::SubmitReferralRequest>(draft));
}
v1::Referral taken_down(ReferralSite& site) {
    const auto proposed = proposed_down(site);
    site.clock("2026-03-16T10:00:00");
    auto accept = on<v1::AnswerDownRequest>(proposed);
    accept.set_accept(true);
    return site.change("B1", "AnswerDown", accept);
}
std::string answer_due(ReferralSite& site) { return shown(proposed_down(site).tasks(0).due_at()); }
std::string follow_up_due(ReferralSite& site) { return taken_down(site).follow_up().due_on(); }
std::string twenty_days_after_the_follow_up(ReferralSite& site) {
    const auto r = taken_down(site);
    registries::v1::VisitRecorded visit;
    visit.set_visit_id("v2");
    visit.set_resident_id("r1");
    visit.set_visit_on("2026-03-16");
    visit.set_institution_id("B1");
    site.fact(visit);
    auto follow = on<v1::RecordFollowUpRequest>(r);
    follow.set_visit_id("v2");
    site.change("B1", "RecordFollowUp", follow);
    site.clock("2026-04-05T12:00:00");
    return state_of(site, r);
}

v1::ChannelCase alerted(ReferralSite& site) {
    v1::RaiseAlertRequest request;
    request.set_request_id(runtime::new_request_id());
    request.set_channel(v1::CHANNEL_STROKE);
    request.set_sender_kind(v1::SENDER_KIND_BASE);
    request.set_resident_id("r1");
    const auto answer =
        site.call<v1::ChannelCase>("B1", "yilian.referrals.v1.ChannelService/RaiseAlert", request);
    EXPECT_TRUE(answer.ok()) << answer.error().reason;
    return answer.ok() ? answer.value() : v1::ChannelCase();
}
std::string acknowledge_by(ReferralSite& site) { return shown(alerted(site).acknowledge_by()); }
std::string complete_by(ReferralSite& site) { return shown(alerted(site).complete_by()); }

std::string hold_until(ReferralSite& site) {
    const auto slots = site.slots("pool", v1::RESOURCE_KIND_BED, "2026-03-20T09:00:00", 1);
    const auto hold = site.hold("B1", slots[3].slot_id(), "r1", "");
    return hold.ok() ? shown(hold.value().expires_at()) : hold.error().reason;
}
std::string second_hold(ReferralSite& site) {
    const auto slots = site.slots("pool", v1::RESOURCE_KIND_BED, "2026-03-20T09:00:00", 1);
    const auto first = site.hold("B1", slots[3].slot_id(), "r1", "");
    EXPECT_TRUE(first.ok()) << first.error().reason;
    const auto second = site.hold("B1", slots[3].slot_id(), "r2", "");
    return second.ok() ? "held" : second.error().reason;
}
std::string search_of_beds(ReferralSite& site) {
    v1::SearchSlotsRequest search;
    search.set_owner_institution_id("H1");
    search.set_resource_kind(v1::RESOURCE_KIND_BED);
    const auto found = site.call<v1::SearchSlotsResponse>(
        "B1", "yilian.referrals.v1.SlotService/SearchSlots", search);
    return found.ok() ? "found" : found.error().reason;
}

TEST(PolicyKeys, AreReadByTheRunningService) {
    EXPECT_THAT(
        unchanged(
            "120111",
            {change(policy::kReferralDraftDiscardDays, "20", served(draft_after_eight_days)),
             change(policy::kReferralAdviceFinalAfterDays, "60", served(advice_after_five_weeks)),
             change(policy::kReferralRejectedActWorkingDays, "9", served(due_after_rejection)),
             change(policy::kReferralInfoRequestWorkingDays, "9", served(asked_for_information)),
             change(policy::kReferralTeamDutyEnabled, "false", served(team),
                    {{"referral.team_duty_enabled", "true"}}),
             change(policy::kReferralNoShowAfterStartMin, "120", served(nobody_came)),
             change(policy::kReferralRecordUploadMin, "120",
                    served(record_forty_minutes_after_arrival)),
             change(policy::kReferralDownBaseAnswerWorkingDays, "5", served(answer_due)),
             change(policy::kReferralDownFirstFollowupDays, "21", served(follow_up_due)),
             change(policy::kReferralCompletedCloseAfterDays, "10",
                    served(twenty_days_after_the_follow_up)),
             change(policy::kDiagnosticsCriticalNotifyMin, "60", served(escalations_in_an_hour)),
             change(policy::kDiagnosticsCriticalCloseH, "48",
                    served(closed_after_a_day_and_a_half)),
             change(policy::kEmergencyAckS, "60", served(acknowledge_by)),
             change(policy::kEmergencyCompleteH, "48", served(complete_by)),
             change(policy::kSlotHoldS, "600", served(hold_until)),
             change(policy::kSlotOverbookMax, "1", served(second_hold),
                    {{"slot.overbook_max", "0"}}),
             change(policy::kSlotResourceKinds, "[EXPERT]", served(search_of_beds))}),
        ::testing::IsEmpty());
}

}  // namespace
}  // namespace yilian::referrals::testing
