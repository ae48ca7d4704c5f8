// Visits through the whole service: events.md 7 steps 2 to 20, registries.md 13 and 14.
#include "services/registries/tests/service_fixture.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::registries::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class Visits : public Service {
  protected:
    // Types told about r since the last call.
    std::vector<std::string> told() {
        const auto all = site_.events("r");
        std::vector<std::string> fresh(all.begin() + static_cast<std::ptrdiff_t>(seen_), all.end());
        seen_ = all.size();
        return fresh;
    }
    static std::vector<std::string> done(const v1::Visit& visit) {
        return {visit.done_action_ids().begin(), visit.done_action_ids().end()};
    }
    // Class, run and next date of the enrolment.
    std::string standing(const std::string& disease_code = "hypertension") {
        const v1::Enrolment e = site_.enrolment("r", disease_code);
        const std::string name = v1::ControlClass_Name(e.class_());
        return name.substr(std::string("CONTROL_CLASS_").size()) + " " +
               std::to_string(e.unsatisfied_run()) + " " + e.next_due_on();
    }
    std::string refused(const v1::RecordVisitRequest& request, const Who& who = kDoctor) {
        return site_.refusal<v1::Visit>(who, request);
    }
    // The first two visits of the walk.
    std::pair<v1::Visit, v1::Visit> two_high_visits() {
        site_.enrolled("r");
        site_.clock("2026-03-02T09:00:00");
        const v1::Visit first = site_.visited("r", "2026-03-02", 168, 102);
        site_.clock("2026-03-16T09:00:00");
        return {first, site_.visited("r", "2026-03-16", 172, 104)};
    }

    std::size_t seen_ = 0;
};
YILIAN_ON_BOTH_DRIVERS(Visits);

// Steps 2, 4, 5, 6, 14, 17 and 20.
TEST_P(Visits, WalkOfTheLoop) {
    const v1::Enrolment enrolled = site_.enrolled("r");
    EXPECT_EQ(enrolled.state(), v1::ENROLMENT_STATE_ACTIVE);
    EXPECT_EQ(enrolled.team_id(), "t");
    EXPECT_EQ(enrolled.institution_id(), "B1");
    EXPECT_EQ(enrolled.confirmed_by(), "gp-1");
    EXPECT_EQ(enrolled.next_due_on(), "2026-04-12");
    EXPECT_EQ(enrolled.registry_pack_id(), "350104");
    EXPECT_EQ(site_.last_event<v1::ResidentEnrolled>("r").confirmed_on(), "2026-01-12");
    told();

    site_.clock("2026-03-02T09:00:00");
    const v1::Visit first = site_.visited("r", "2026-03-02", 168, 102);
    ASSERT_EQ(first.classifications_size(), 1);
    EXPECT_EQ(first.classifications(0).class_(), v1::CONTROL_CLASS_UNSATISFIED);
    EXPECT_EQ(first.classifications(0).actions(0).kind(), v1::CARE_ACTION_KIND_ADJUST);
    EXPECT_EQ(first.team_id(), "t");
    EXPECT_EQ(first.performer_id(), "gp-1");
    EXPECT_EQ(standing(), "UNSATISFIED 1 2026-03-16");
    EXPECT_THAT(told(), ElementsAre("visit.recorded", "visit.classified"));

    site_.clock("2026-03-16T09:00:00");
    const v1::Visit second = site_.visited("r", "2026-03-16", 172, 104);
    EXPECT_THAT(done(second), ElementsAre(first.classifications(0).actions(0).action_id()));
    EXPECT_EQ(standing(), "UNSATISFIED 2 2026-03-30");
    EXPECT_THAT(told(), ElementsAre("care_action.fell_due", "visit.recorded", "visit.classified",
                                    "referral_advice.issued"));
    const auto advice = site_.last_event<v1::ReferralAdvised>("r");
    EXPECT_EQ(advice.urgency(), v1::URGENCY_ROUTINE);
    EXPECT_EQ(advice.follow_by(), "2026-03-30");
    EXPECT_EQ(advice.institution_id(), "B1");
    EXPECT_EQ(advice.visit_id(), second.visit_id());
    EXPECT_EQ(site_.last_event<v1::VisitRecorded>("r").action_ids(0),
              first.classifications(0).actions(0).action_id());

    referrals::v1::ReferralDrafted drafted;
    drafted.set_referral_id("ref1");
    drafted.set_resident_id("r");
    drafted.set_advice_action_id(advice.action_id());
    site_.fact(drafted);
    EXPECT_EQ(site_.actions("r").back().referral_id(), "ref1");
    site_.clock("2026-03-18T14:30:00");
    referrals::v1::ReferralCareStarted started;
    started.set_referral_id("ref1");
    started.set_resident_id("r");
    started.set_advice_action_id(advice.action_id());
    site_.fact(started);
    EXPECT_THAT(site_.action_lines("r"),
                ElementsAre("ADJUST 2026-03-16 DONE", "REFER_UP 2026-03-30 DONE"));

    site_.clock("2026-03-26T09:00:00");
    referrals::v1::DownReferralAccepted accepted;
    accepted.set_referral_id("ref1");
    accepted.set_resident_id("r");
    accepted.set_team_id("t");
    accepted.set_to_institution_id("B1");
    accepted.add_disease_codes("I10.x05");
    accepted.set_first_followup_due("2026-04-09");
    const std::string event = site_.fact(accepted);
    site_.deliver_again(event);
    EXPECT_THAT(site_.action_lines("r"),
                ElementsAre("ADJUST 2026-03-16 DONE", "REFER_UP 2026-03-30 DONE",
                            "FOLLOW_2W 2026-04-09 OPEN"));
    told();

    site_.clock("2026-03-31T09:30:00");
    auto at_home = site_.visit("r", "2026-03-31", 134, 82);
    at_home.mutable_data()->set_mode(v1::VISIT_MODE_HOME);
    const auto third = site_.ok<v1::Visit>(kNurse, at_home);
    EXPECT_EQ(third.performer_id(), "nurse-1");
    EXPECT_EQ(third.referral_id(), "ref1") << "found by the follow-up that it does";
    EXPECT_EQ(done(third).size(), 1U);
    EXPECT_EQ(standing(), "SATISFIED 0 2026-06-29");
    EXPECT_THAT(told(), ElementsAre("visit.recorded", "visit.classified"));
    EXPECT_EQ(site_.last_event<v1::VisitRecorded>("r").referral_id(), "ref1");
    EXPECT_EQ(site_.last_event<v1::VisitRecorded>("r").mode(), v1::VISIT_MODE_HOME);
    EXPECT_EQ(site_.count("visits"), 3);
    EXPECT_EQ(site_.count("advice_to_refer"), 1);
    EXPECT_EQ(site_.count("enrolled_hypertension"), 1);
    EXPECT_EQ(site_.count("controlled", "2026-03", "hypertension"), 1);
}

TEST_P(Visits, ResendGetsTheSameAnswerAndOneVisit) {
    site_.enrolled("r");
    auto visit = site_.visit("r", "2026-01-12", 150, 95);
    visit.set_request_id(runtime::new_request_id());
    const auto first = site_.ok<v1::Visit>(kDoctor, visit);
    const auto again = site_.ok<v1::Visit>(kDoctor, visit);
    EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
    visit.mutable_data()->set_sbp_mmhg(151);
    EXPECT_EQ(refused(visit), "ID_REUSED");
    visit.set_request_id(runtime::new_request_id());
    EXPECT_EQ(refused(visit), "DUPLICATE_VISIT") << "the same visit id";
    visit = site_.visit("r", "2026-01-12", 150, 95);
    EXPECT_EQ(refused(visit), "DUPLICATE_VISIT") << "the same values of the same day";
    EXPECT_EQ(site_.count("visits"), 1);
    EXPECT_EQ(site_.actions("r").size(), 1U);
}

TEST_P(Visits, AllFieldViolationsAtOnce) {
    v1::RecordVisitRequest bad;
    bad.set_visit_id("not a ulid");
    bad.set_performer_id("a b");
    bad.mutable_data()->set_visit_on("2026-02-30");
    bad.mutable_data()->add_danger_signs("");
    const auto answer = site_.call<v1::Visit>(kDoctor, bad);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().reason, "FIELD_INVALID");
    EXPECT_THAT(
        answer.error().violations,
        ElementsAre(Pair("visit_id", "FIELD_FORMAT"), Pair("resident_id", "FIELD_REQUIRED"),
                    Pair("performer_id", "FIELD_FORMAT"), Pair("data.visit_on", "FIELD_FORMAT"),
                    Pair("data.mode", "FIELD_REQUIRED"),
                    Pair("data.danger_signs[0]", "FIELD_REQUIRED")));
}

TEST_P(Visits, AreRefusedWithTheirReason) {
    EXPECT_EQ(refused(site_.visit("nobody", "2026-01-12", 130, 80)), "RESIDENT_NOT_FOUND");
    EXPECT_EQ(refused(site_.visit("r", "2026-01-12", 130, 80)), "ENROLMENT_NOT_FOUND");
    site_.enrolled("r");
    EXPECT_EQ(refused(site_.visit("r", "2026-01-11", 130, 80)), "VISIT_BEFORE_ENROLMENT");
    EXPECT_EQ(refused(site_.visit("r", "2026-01-12", 130, 80), kOtherDoctor),
              "AUTH_RECORD_ACCESS_DENIED");
    auto by_stranger = site_.visit("r", "2026-01-12", 130, 80);
    by_stranger.set_performer_id("gp-2");
    EXPECT_EQ(refused(by_stranger), "PERFORMER_NOT_IN_TEAM");
    by_stranger.set_performer_id("unknown");
    EXPECT_EQ(refused(by_stranger), "PERFORMER_NOT_IN_TEAM");
    const auto out_of_range =
        site_.call<v1::Visit>(kDoctor, site_.visit("r", "2026-01-12", 49, 201));
    ASSERT_FALSE(out_of_range.ok());
    EXPECT_EQ(out_of_range.error().reason, "FIELD_RANGE");
    EXPECT_EQ(out_of_range.error().metadata.at("sbp_mmhg"), "50-300");
    EXPECT_TRUE(out_of_range.error().metadata.contains("dbp_mmhg"));
    EXPECT_THAT(told(), ElementsAre("enrolment.confirmed"));
}

TEST_P(Visits, G11VisitInTheFuture) {
    site_.enrolled("r");
    site_.clock("2026-03-20T09:00:00");
    EXPECT_EQ(refused(site_.visit("r", "2026-04-01", 130, 80)), "VISIT_IN_FUTURE");
}

TEST_P(Visits, G12VisitAfterDeath) {
    site_.enrolled("r");
    site_.clock("2026-02-12T09:00:00");
    site_.died("r", "2026-02-10");
    EXPECT_EQ(refused(site_.visit("r", "2026-02-12", 130, 80)), "VISIT_AFTER_DEATH");
    EXPECT_EQ(site_.enrolment("r").state(), v1::ENROLMENT_STATE_CLOSED);
}

TEST_P(Visits, G09OneVisitIsClassifiedForBothDiseases) {
    site_.enrolled("r");
    site_.enrolled("r", "diabetes_t2");
    auto visit = site_.visit("r", "2026-01-12", 138, 86);
    visit.mutable_data()->set_fasting_glucose_e2(740);
    const auto recorded = site_.ok<v1::Visit>(kDoctor, visit);
    ASSERT_EQ(recorded.classifications_size(), 2);
    EXPECT_EQ(standing("hypertension"), "SATISFIED 0 2026-04-12");
    EXPECT_EQ(standing("diabetes_t2"), "UNSATISFIED 1 2026-01-26");
    EXPECT_THAT(site_.last_event<v1::VisitRecorded>("r").disease_codes(),
                UnorderedElementsAre("hypertension", "diabetes_t2"));
    v1::ListDueRequest due;
    due.set_team_id("t");
    due.set_until_on("2026-01-31");
    const auto items = site_.ok<v1::ListDueResponse>(kDoctor, due);
    ASSERT_EQ(items.items_size(), 1);
    EXPECT_EQ(items.items(0).next_due_on(), "2026-01-26");
}

TEST_P(Visits, G10VisitWithoutDiastolicPressure) {
    site_.enrolled("r");
    v1::PreviewClassificationRequest preview;
    preview.set_resident_id("r");
    *preview.mutable_data() = site_.visit("r", "2026-01-12", 150, 0).data();
    const auto refusal = site_.call<v1::PreviewClassificationResponse>(kDoctor, preview);
    ASSERT_FALSE(refusal.ok());
    EXPECT_EQ(refusal.error().reason, "NOT_COMPUTABLE");
    EXPECT_TRUE(refusal.error().metadata.contains("dbp_mmhg"));

    const v1::Visit visit = site_.visited("r", "2026-01-12", 150, 0);
    ASSERT_EQ(visit.classifications_size(), 1);
    EXPECT_EQ(visit.classifications(0).class_(), v1::CONTROL_CLASS_NONE);
    EXPECT_THAT(visit.classifications(0).missing(), ElementsAre("dbp_mmhg"));
    EXPECT_EQ(standing(), "NONE 0 2026-04-12") << "class, run and dates stay";
    EXPECT_EQ(site_.enrolment("r").last_visit_on(), "2026-01-12");

    // G-01, shown before it is recorded.
    preview.mutable_data()->set_sbp_mmhg(152);
    preview.mutable_data()->set_dbp_mmhg(92);
    const auto shown = site_.ok<v1::PreviewClassificationResponse>(kDoctor, preview);
    ASSERT_EQ(shown.classifications_size(), 1);
    EXPECT_EQ(shown.classifications(0).class_(), v1::CONTROL_CLASS_UNSATISFIED);
    EXPECT_EQ(shown.classifications(0).goal(), "<140/90");
    EXPECT_EQ(shown.classifications(0).next_due_on(), "2026-01-26");
    EXPECT_EQ(site_.count("visits"), 1);
}

TEST_P(Visits, DangerIsAnUrgentReferralAndAnEmergencyWithItsSigns) {
    site_.enrolled("r");
    site_.visited("r", "2026-01-12", 182, 96);
    EXPECT_EQ(site_.last_event<v1::ReferralAdvised>("r").urgency(), v1::URGENCY_URGENT);
    EXPECT_THAT(site_.action_lines("r"), ElementsAre("URGENT_REFER 2026-01-26 OPEN"));
    auto chest = site_.visit("r", "2026-01-12", 130, 80);
    chest.mutable_data()->add_danger_signs("CHEST");
    site_.ok<v1::Visit>(kDoctor, chest);
    EXPECT_EQ(site_.last_event<v1::ReferralAdvised>("r").urgency(), v1::URGENCY_EMERGENCY);
}

// Invariant 4: the run is that of the days, not of the order in which visits are recorded.
TEST_P(Visits, LateVisitChangesTheClassesAfterIt) {
    site_.enrolled("r");
    site_.clock("2026-02-20T09:00:00");
    const v1::Visit later = site_.visited("r", "2026-02-20", 152, 92);
    EXPECT_EQ(standing(), "UNSATISFIED 1 2026-03-06");
    told();
    site_.visited("r", "2026-02-10", 150, 94);
    EXPECT_EQ(standing(), "UNSATISFIED 2 2026-03-06");
    EXPECT_THAT(told(), ElementsAre("visit.recorded", "visit.classified", "visit.classified",
                                    "referral_advice.issued"));
    const auto reclassified = site_.last_event<v1::VisitClassified>("r");
    EXPECT_EQ(reclassified.visit_id(), later.visit_id());
    EXPECT_EQ(reclassified.unsatisfied_run(), 2);
    EXPECT_THAT(site_.action_lines("r"),
                ElementsAre("ADJUST 2026-03-06 CLOSED", "REFER_UP 2026-03-06 OPEN"))
        << "the earlier visit asks for nothing any more";
    v1::GetVisitRequest get;
    get.set_visit_id(later.visit_id());
    EXPECT_EQ(site_.ok<v1::Visit>(kDoctor, get).classifications(0).unsatisfied_run(), 2);
}

TEST_P(Visits, LateVisitWithDangerIsStillUrgent) {
    site_.enrolled("r");
    site_.clock("2026-02-20T09:00:00");
    site_.visited("r", "2026-02-20", 130, 80);
    site_.visited("r", "2026-02-10", 182, 94);
    EXPECT_EQ(standing(), "SATISFIED 0 2026-05-21");
    EXPECT_THAT(site_.action_lines("r"), ElementsAre("URGENT_REFER 2026-02-24 OPEN"));
    EXPECT_EQ(site_.last_event<v1::ReferralAdvised>("r").follow_by(), "2026-02-24");
}

// Row 7: as if the visit had not been.
TEST_P(Visits, VoidedVisitCountsNoLonger) {
    const auto [first, second] = two_high_visits();
    told();
    const v1::Visit gone = site_.voided(second.visit_id());
    EXPECT_TRUE(gone.voided());
    EXPECT_EQ(gone.void_reason_code(), "WRONG_PATIENT");
    EXPECT_THAT(gone.classifications(), IsEmpty());
    EXPECT_EQ(standing(), "UNSATISFIED 1 2026-03-16");
    EXPECT_EQ(site_.enrolment("r").last_visit_id(), first.visit_id());
    EXPECT_THAT(told(), ElementsAre("visit.voided"));
    EXPECT_THAT(site_.action_lines("r"),
                ElementsAre("ADJUST 2026-03-16 OPEN", "REFER_UP 2026-03-30 CLOSED"));
    EXPECT_EQ(site_.refusal<v1::Visit>(kDoctor,
                                       [&] {
                                           v1::VoidVisitRequest r;
                                           r.set_visit_id(second.visit_id());
                                           r.set_reason_code("AGAIN");
                                           return r;
                                       }()),
              "STATE_TRANSITION_NOT_ALLOWED");
    // Invariant 3: recorded again, it is as before.
    site_.visited("r", "2026-03-16", 172, 104);
    EXPECT_EQ(standing(), "UNSATISFIED 2 2026-03-30");
    EXPECT_EQ(site_.count("visits"), 2);
}

TEST_P(Visits, VoidOfTheFirstVisitTakesBackTheAdviceOfTheSecond) {
    const auto [first, second] = two_high_visits();
    told();
    site_.voided(first.visit_id());
    EXPECT_EQ(standing(), "UNSATISFIED 1 2026-03-30");
    EXPECT_THAT(told(), ElementsAre("visit.voided", "visit.classified"));
    EXPECT_EQ(site_.last_event<v1::VisitClassified>("r").visit_id(), second.visit_id());
    EXPECT_THAT(site_.action_lines("r"),
                ElementsAre("ADJUST 2026-03-16 DONE", "REFER_UP 2026-03-30 CLOSED",
                            "ADJUST 2026-03-30 OPEN"));
}

TEST_P(Visits, VoidIsRefusedWithItsReason) {
    site_.enrolled("r");
    const v1::Visit visit = site_.visited("r", "2026-01-12", 150, 92);
    v1::VoidVisitRequest request;
    request.set_visit_id(visit.visit_id());
    const auto no_reason = site_.call<v1::Visit>(kDoctor, request);
    ASSERT_FALSE(no_reason.ok());
    EXPECT_THAT(no_reason.error().violations,
                ElementsAre(Pair("reason_code", "FIELD_REASON_CODE_INVALID")));
    request.set_reason_code("WRONG");
    EXPECT_EQ(site_.refusal<v1::Visit>(kOtherDoctor, request), "AUTH_RECORD_ACCESS_DENIED");
    request.set_etag("\"9\"");
    EXPECT_EQ(site_.refusal<v1::Visit>(kDoctor, request), "ETAG_MISMATCH");
    request.clear_etag();
    billing::v1::PeriodClosed month;
    month.set_period("2026-01");
    month.set_district_code("350104");
    site_.fact(month);
    billing::v1::PeriodClosed year = month;
    year.set_period("2026");
    site_.fact(year);
    EXPECT_EQ(site_.refusal<v1::Visit>(kDoctor, request), "PERIOD_LOCKED");
    request.set_visit_id(site_.next_id());
    EXPECT_EQ(site_.refusal<v1::Visit>(kDoctor, request), "NOT_FOUND");
    EXPECT_EQ(standing(), "UNSATISFIED 1 2026-01-26");
}

TEST_P(Visits, CareActionsFallDueAndBecomeOverdue) {
    site_.enrolled("r");
    site_.visited("r", "2026-01-12", 150, 92);
    told();
    site_.clock("2026-01-25T23:59:59");
    EXPECT_THAT(told(), IsEmpty());
    site_.clock("2026-01-26T00:00:00");
    EXPECT_THAT(told(), ElementsAre("care_action.fell_due"));
    site_.clock("2026-01-27T00:00:00");
    EXPECT_THAT(told(), ElementsAre("care_action.became_overdue"));
    EXPECT_THAT(site_.action_lines("r"), ElementsAre("ADJUST 2026-01-26 OVERDUE"));
    // A visit after the day does it no more; one of the day, recorded late, does.
    site_.visited("r", "2026-01-27", 130, 80);
    EXPECT_THAT(site_.action_lines("r"), ElementsAre("ADJUST 2026-01-26 OVERDUE"));
    site_.visited("r", "2026-01-26", 132, 80);
    EXPECT_THAT(site_.action_lines("r"), ElementsAre("ADJUST 2026-01-26 DONE"));
}

TEST_P(Visits, VisitOfAnotherDiseaseDoesNotDoTheAction) {
    site_.enrolled("r");
    site_.enrolled("r", "diabetes_t2");
    site_.visited("r", "2026-01-12", 150, 92);
    site_.clock("2026-01-20T09:00:00");
    auto sugar = site_.visit("r", "2026-01-20", 0, 0);
    sugar.mutable_data()->set_fasting_glucose_e2(650);
    EXPECT_THAT(done(site_.ok<v1::Visit>(kDoctor, sugar)), IsEmpty());
    EXPECT_THAT(site_.action_lines("r"), ElementsAre("ADJUST 2026-01-26 OPEN"));
    EXPECT_EQ(standing("hypertension"), "UNSATISFIED 1 2026-01-26");
}

TEST_P(Visits, AdviceFollowsWhatBecomesOfItsReferral) {
    two_high_visits();
    const std::string advice = site_.actions("r").back().action_id();
    referrals::v1::ReferralDrafted drafted;
    drafted.set_referral_id("ref1");
    drafted.set_resident_id("r");
    drafted.set_advice_action_id(advice);
    site_.fact(drafted);
    referrals::v1::ReferralDiscarded discarded;
    discarded.set_referral_id("ref1");
    discarded.set_resident_id("r");
    discarded.set_advice_action_id(advice);
    site_.fact(discarded);
    EXPECT_EQ(site_.actions("r").back().referral_id(), "");
    EXPECT_EQ(site_.actions("r").back().state(), v1::CARE_ACTION_STATE_OPEN);
    drafted.set_referral_id("ref2");
    site_.fact(drafted);
    referrals::v1::ReferralRejected rejected;
    rejected.set_referral_id("ref2");
    rejected.set_resident_id("r");
    rejected.set_advice_action_id(advice);
    site_.fact(rejected);
    EXPECT_EQ(site_.actions("r").back().state(), v1::CARE_ACTION_STATE_CLOSED);
    EXPECT_EQ(site_.actions("r").back().done_ref(), "REJECTED");
}

TEST_P(Visits, ActionsAreClosedByHand) {
    site_.enrolled("r");
    site_.visited("r", "2026-01-12", 150, 92);
    const v1::CareAction open = site_.actions("r").front();
    v1::CloseCareActionRequest request;
    request.set_action_id(open.action_id());
    request.set_reason_code("NOT_NEEDED");
    request.set_etag("\"9\"");
    EXPECT_EQ(site_.refusal<v1::CareAction>(kOtherDoctor, request), "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_EQ(site_.refusal<v1::CareAction>(kDoctor, request), "ETAG_MISMATCH");
    request.set_etag(open.etag());
    EXPECT_EQ(site_.ok<v1::CareAction>(kDoctor, request).state(), v1::CARE_ACTION_STATE_CLOSED);
    request.clear_etag();
    EXPECT_EQ(site_.refusal<v1::CareAction>(kDoctor, request), "STATE_TRANSITION_NOT_ALLOWED");
    request.set_action_id("nothing");
    EXPECT_EQ(site_.refusal<v1::CareAction>(kDoctor, request), "ACTION_NOT_FOUND");
}

}  // namespace
}  // namespace yilian::registries::testing
