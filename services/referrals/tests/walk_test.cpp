#include <gmock/gmock.h>

#include "libs/testkit/database.h"
#include "services/referrals/tests/referral_site.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

// The steps of events.md 7 in which referrals acts, with the walk's names, dates and numbers.
namespace yilian::referrals::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class Walk : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        site_.people_and_places();
        site_.resident("r");
        site_.contract("r", "c");
        site_.offer("H1");
        site_.clock("2026-03-10T09:00:00");
        bed_ = site_.slots("bed-H1", v1::RESOURCE_KIND_BED, "2026-03-18T14:00:00", 10);
        ASSERT_EQ(bed_.size(), 4U);
    }

    void step6_advice_opens_a_draft() {
        site_.clock("2026-03-16T09:00:00");
        registries::v1::ReferralAdvised advice;
        advice.set_action_id("action-1");
        advice.set_enrolment_id("enrolment-1");
        advice.set_visit_id("visit-2");
        advice.set_resident_id("r");
        advice.set_team_id("team-t");
        advice.set_institution_id("B1");
        advice.set_disease_code("hypertension");
        advice.set_urgency(registries::v1::URGENCY_ROUTINE);
        advice.set_follow_by("2026-03-30");
        const std::string event_id = site_.fact(advice);
        v1::ListReferralsRequest list;
        list.set_resident_id("r");
        list.add_states(v1::REFERRAL_STATE_DRAFT);
        const auto drafts = site_.call<v1::ListReferralsResponse>(
            "B1", "yilian.referrals.v1.ReferralService/ListReferrals", list);
        ASSERT_TRUE(drafts.ok()) << drafts.error().reason;
        ASSERT_EQ(drafts.value().referrals_size(), 1);
        id_ = drafts.value().referrals(0).referral_id();
        const auto drafted = site_.last_event<v1::ReferralDrafted>(id_);
        EXPECT_EQ(drafted.advice_action_id(), "action-1");
        EXPECT_EQ(drafted.chain_id(), id_);
        EXPECT_EQ(drafted.from_institution_id(), "B1");
        EXPECT_EQ(drafted.context().actor_kind(), "SYSTEM");
        EXPECT_EQ(drafted.context().institution_id(), "B1");
        // Told twice, drafted once.
        site_.deliver_again(event_id);
    }

    void step8_draft_is_filled_and_criteria_are_met() {
        site_.clock("2026-03-17T09:10:00");
        v1::UpdateDraftRequest update;
        update.set_referral_id(id_);
        update.set_etag(site_.get("B1", id_).etag());
        *update.mutable_content() = ReferralSite::content();
        update.mutable_content()->set_priority(v1::PRIORITY_URGENT);
        const v1::Referral draft = site_.change("B1", "UpdateDraft", update);
        EXPECT_EQ(draft.version(), 2);
        v1::CheckCriteriaRequest check;
        check.set_referral_id(id_);
        const auto criteria = site_.call<v1::CriteriaResult>(
            "B1", "yilian.referrals.v1.ReferralService/CheckCriteria", check);
        ASSERT_TRUE(criteria.ok()) << criteria.error().reason;
        EXPECT_THAT(criteria.value().met(), ElementsAre("HTN-U6", "HTN-U12"));
        EXPECT_EQ(criteria.value().criteria_pack_id(), "hypertension");
    }

    void step9_submit() {
        site_.clock("2026-03-17T09:20:00");
        v1::SubmitReferralRequest submit;
        submit.set_referral_id(id_);
        const v1::Referral r = site_.change("B1", "SubmitReferral", submit);
        EXPECT_EQ(r.state(), v1::REFERRAL_STATE_UNDER_REVIEW);
        EXPECT_EQ(r.contract_id(), "c");
        EXPECT_EQ(r.team_id(), "team-t");
        EXPECT_EQ(r.consortium_id(), "C1");
        EXPECT_EQ(r.number(), "350104260317000001");
        ASSERT_EQ(r.tasks_size(), 1);
        EXPECT_EQ(shown(r.tasks(0).due_at()), "2026-03-17T11:20:00");
        const auto submitted = site_.last_event<v1::ReferralSubmitted>(id_);
        EXPECT_THAT(submitted.criteria_met(), ElementsAre("HTN-U6", "HTN-U12"));
        EXPECT_EQ(submitted.criteria_pack(), "hypertension@1");
        EXPECT_EQ(submitted.main_diagnosis_code(), "I10.x05");
        EXPECT_EQ(submitted.context().policy_pack_id(), "350104");
    }

    void step10_accept() {
        site_.clock("2026-03-17T09:50:00");
        v1::AcceptReferralRequest accept;
        accept.set_referral_id(id_);
        const v1::Referral r = site_.change("H1", "AcceptReferral", accept);
        EXPECT_EQ(r.state(), v1::REFERRAL_STATE_ACCEPTED);
        EXPECT_EQ(shown(r.promise_due_at()), "2026-03-19T09:50:00");
    }

    void step11_hold_and_book() {
        site_.clock("2026-03-17T09:51:00");
        v1::SearchSlotsRequest search;
        search.set_owner_institution_id("H1");
        search.set_resource_kind(v1::RESOURCE_KIND_BED);
        search.set_referral_id(id_);
        const auto found = site_.call<v1::SearchSlotsResponse>(
            "B1", "yilian.referrals.v1.SlotService/SearchSlots", search);
        ASSERT_TRUE(found.ok()) << found.error().reason;
        ASSERT_GT(found.value().slots_size(), 0);
        const v1::Slot& contracted = found.value().slots(0);
        EXPECT_EQ(contracted.quota_class(), v1::QUOTA_CLASS_CONTRACTED_REFERRAL);
        const auto hold = site_.hold("B1", contracted.slot_id(), "r", id_);
        ASSERT_TRUE(hold.ok()) << hold.error().reason;
        EXPECT_EQ(shown(hold.value().expires_at()), "2026-03-17T09:56:00");
        site_.clock("2026-03-17T09:53:00");
        v1::BookReferralRequest book;
        book.set_referral_id(id_);
        book.set_hold_id(hold.value().hold_id());
        const v1::Referral r = site_.change("B1", "BookReferral", book);
        EXPECT_EQ(r.state(), v1::REFERRAL_STATE_BOOKED);
        EXPECT_EQ(r.hold().state(), v1::HOLD_STATE_CONFIRMED);
        EXPECT_EQ(shown(site_.last_event<v1::ReferralBooked>(id_).start_at()),
                  "2026-03-18T14:00:00");
        EXPECT_THAT(site_.events(hold.value().hold_id()),
                    ElementsAre("slot.held", "slot.confirmed"));
        hold_id_ = hold.value().hold_id();
    }

    void step13_arrive_and_upload() {
        site_.clock("2026-03-18T14:10:00");
        v1::RecordArrivalRequest arrive;
        arrive.set_referral_id(id_);
        EXPECT_EQ(site_.change("H1", "RecordArrival", arrive).state(), v1::REFERRAL_STATE_ARRIVED);
        EXPECT_EQ(site_.events(hold_id_).back(), "slot.consumed");
        site_.clock("2026-03-18T14:25:00");
        v1::UploadRecordRequest upload;
        upload.set_referral_id(id_);
        v1::Document* document = upload.add_documents();
        document->set_document_id("doc-1");
        document->set_kind(v1::DOCUMENT_KIND_RECORD_SUMMARY);
        document->set_sha256(std::string(64, 'a'));
        document->set_size_bytes(1000);
        document->set_media_type("application/pdf");
        const v1::Referral r = site_.change("B1", "UploadRecord", upload);
        EXPECT_FALSE(r.record_late());
        EXPECT_EQ(r.documents_size(), 1);
    }

    void step14_start_care_issues_the_evidence() {
        site_.clock("2026-03-18T14:30:00");
        v1::StartCareRequest start;
        start.set_referral_id(id_);
        start.set_encounter_ref("stay-s2");
        start.set_inpatient(true);
        set_local(start.mutable_admitted_at(), "2026-03-18T14:15:00");
        EXPECT_EQ(site_.change("H1", "StartCare", start).state(), v1::REFERRAL_STATE_IN_CARE);
        const auto started = site_.last_event<v1::ReferralCareStarted>(id_);
        EXPECT_TRUE(started.inpatient());
        EXPECT_EQ(started.advice_action_id(), "action-1");
        const auto evidence = site_.last_event<v1::ReferralEvidenceIssued>(id_);
        EXPECT_TRUE(evidence.valid());
        EXPECT_EQ(evidence.direction(), v1::DIRECTION_UP);
        EXPECT_EQ(evidence.chain_id(), id_);
        EXPECT_EQ(evidence.consortium_id(), "C1");
        EXPECT_FALSE(evidence.signature().empty());
        v1::VerifyEvidenceRequest verify;
        verify.set_referral_id(id_);
        verify.set_resident_id("r");
        verify.set_institution_id("H1");
        set_local(verify.mutable_admitted_at(), "2026-03-18T14:15:00");
        auto billing = site_.site().client(site_.app(), "billing", {"service"});
        const auto verified = billing->call<v1::VerifyEvidenceResponse>(
            "yilian.referrals.v1.ReferralService/VerifyEvidence", verify);
        ASSERT_TRUE(verified.ok()) << verified.error().reason;
        EXPECT_TRUE(verified.value().valid());
        EXPECT_EQ(verified.value().side(), v1::EVIDENCE_SIDE_RECEIVER);
        // Step 15: the stay s1 at the sender opens the chain.
        verify.set_institution_id("B1");
        set_local(verify.mutable_admitted_at(), "2026-03-16T11:00:00");
        EXPECT_EQ(billing
                      ->call<v1::VerifyEvidenceResponse>(
                          "yilian.referrals.v1.ReferralService/VerifyEvidence", verify)
                      .value()
                      .side(),
                  v1::EVIDENCE_SIDE_SENDER);
    }

    void step16_complete_and_propose_down() {
        site_.clock("2026-03-25T15:00:00");
        v1::CompleteReferralRequest complete;
        complete.set_referral_id(id_);
        v1::ReplyLetter* reply = complete.mutable_reply();
        reply->add_diagnosis_codes("I10.x05");
        reply->add_diagnosis_codes("E87.600");
        reply->set_treatment("potassium, amlodipine");
        reply->add_discharge_drug_codes("XC08CAA001");
        reply->set_plan("amlodipine, blood pressure twice a week");
        reply->set_plan_document_id("plan-1");
        reply->set_follow_up_date("2026-04-09");
        reply->set_signed_by("H1-p1");
        set_local(reply->mutable_signed_at(), "2026-03-25T14:50:00");
        EXPECT_EQ(site_.change("H1", "CompleteReferral", complete).state(),
                  v1::REFERRAL_STATE_COMPLETED);
        EXPECT_THAT(site_.last_event<v1::ReferralCompleted>(id_).drug_codes(),
                    ElementsAre("XC08CAA001"));
        site_.clock("2026-03-25T15:05:00");
        v1::ProposeDownRequest propose;
        propose.set_referral_id(id_);
        propose.set_plan_document_id("plan-1");
        const v1::Referral r = site_.change("H1", "ProposeDown", propose);
        EXPECT_EQ(r.state(), v1::REFERRAL_STATE_DOWN_PROPOSED);
        EXPECT_EQ(shown(r.tasks(r.tasks_size() - 1).due_at()), "2026-03-26T15:05:00");
        const auto proposed = site_.last_event<v1::DownReferralProposed>(id_);
        EXPECT_EQ(proposed.from_institution_id(), "H1");
        EXPECT_EQ(proposed.to_institution_id(), "B1");
        EXPECT_THAT(proposed.disease_codes(), ElementsAre("hypertension"));
        EXPECT_THAT(proposed.drug_codes(), ElementsAre("XC08CAA001"));
    }

    void step17_base_accepts() {
        site_.clock("2026-03-26T09:00:00");
        v1::AnswerDownRequest answer;
        answer.set_referral_id(id_);
        answer.set_accept(true);
        EXPECT_EQ(site_.refusal("B1", "AnswerDown", answer), "DRUG_AVAILABILITY_NOT_ANSWERED");
        v1::DrugAnswer* drug = answer.add_drugs_available();
        drug->set_drug_code("XC08CAA001");
        drug->set_available(true);
        const v1::Referral r = site_.change("B1", "AnswerDown", answer);
        EXPECT_EQ(r.state(), v1::REFERRAL_STATE_BASE_ACCEPTED);
        EXPECT_EQ(r.follow_up().due_on(), "2026-04-09");
        const auto accepted = site_.last_event<v1::DownReferralAccepted>(id_);
        EXPECT_EQ(accepted.first_followup_due(), "2026-04-09");
        EXPECT_EQ(accepted.team_id(), "team-t");
        EXPECT_EQ(accepted.order_id(), r.follow_up().order_id());
    }

    void step20_visit_follows_up_and_the_loop_is_closed() {
        site_.clock("2026-03-31T09:30:00");
        registries::v1::VisitRecorded visit;
        visit.set_visit_id("visit-3");
        visit.set_resident_id("r");
        visit.set_visit_on("2026-03-31");
        visit.set_institution_id("B1");
        visit.set_performer_id("B1-p1");
        visit.set_team_id("team-t");
        visit.set_referral_id(id_);
        site_.fact(visit);
        const auto followed = site_.last_event<v1::ReferralFollowedUp>(id_);
        EXPECT_EQ(followed.visit_id(), "visit-3");
        EXPECT_EQ(followed.visit_date(), "2026-03-31");
        v1::CloseReferralRequest close;
        close.set_referral_id(id_);
        const v1::Referral r = site_.change("B1", "CloseReferral", close);
        EXPECT_EQ(r.state(), v1::REFERRAL_STATE_CLOSED);
        EXPECT_EQ(r.follow_up().done_visit_id(), "visit-3");
        EXPECT_THAT(r.allowed_actions(), IsEmpty());
    }

    // Step 23: the discharge drugs were dispensed.
    void step23_discharge_drugs_are_supplied() {
        EXPECT_FALSE(site_.get("B1", id_).discharge_drugs_supplied());
        prescriptions::v1::LineDispensed line;
        line.set_prescription_id("rx-1");
        line.set_dispense_id("dispense-1");
        line.set_resident_id("r");
        line.set_line_no(1);
        line.set_generic_code("XC08CAA001");
        line.set_dispensed_on("2026-03-31");
        site_.fact(line);
        EXPECT_TRUE(site_.get("B1", id_).discharge_drugs_supplied());
    }

    ReferralSite site_{GetParam(), "350104"};
    std::vector<v1::Slot> bed_;
    std::string id_;
    std::string hold_id_;
};
YILIAN_ON_BOTH_DRIVERS(Walk);

TEST_P(Walk, Steps6To20) {
    step6_advice_opens_a_draft();
    ASSERT_FALSE(id_.empty());
    step8_draft_is_filled_and_criteria_are_met();
    step9_submit();
    step10_accept();
    step11_hold_and_book();
    step13_arrive_and_upload();
    step14_start_care_issues_the_evidence();
    step16_complete_and_propose_down();
    step17_base_accepts();
    step20_visit_follows_up_and_the_loop_is_closed();
    step23_discharge_drugs_are_supplied();
    EXPECT_THAT(site_.events(id_),
                ElementsAre("referral.drafted", "referral.submitted", "referral.accepted",
                            "referral.booked", "referral.arrived", "referral.record_uploaded",
                            "referral.care_started", "referral_evidence.issued",
                            "referral.completed", "down_referral.proposed",
                            "down_referral.accepted", "referral.followed_up", "referral.closed"));
    EXPECT_EQ(site_.count("referrals_created"), 1);
    EXPECT_EQ(site_.count("referrals_closed"), 1);
    EXPECT_EQ(site_.count("referrals_up"), 1);
    EXPECT_EQ(site_.count("referrals_down"), 1);
    EXPECT_EQ(site_.count("down_referrals_followed_up"), 1);
    EXPECT_EQ(site_.count("duplicate_effects"), 0);
    EXPECT_EQ(site_.count("dead_letters"), 0);
    EXPECT_THAT(site_.violations(), IsEmpty());
}

}  // namespace
}  // namespace yilian::referrals::testing
