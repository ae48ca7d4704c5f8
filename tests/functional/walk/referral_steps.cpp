// Steps 8 to 11, 13, 14, 16 and 17: the referral up, the bed, the care, and the way back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/referrals/tests/referral_site.h"
#include "tests/functional/walk/walk.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/referrals/v1/referral_service.pb.h"
#include "yilian/referrals/v1/slot_service.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::functional::walk {
namespace {

namespace ref = referrals::v1;
namespace reg = registries::v1;
using referrals::testing::ReferralSite;
using testing::ElementsAre;
using testing::IsEmpty;

}  // namespace

void Walk::step8_draft_is_filled_and_its_criteria_are_met() {
    at("2026-03-17T09:10");
    ref::GetReferralRequest get;
    get.set_referral_id(referral_id);
    ref::UpdateDraftRequest update;
    update.set_referral_id(referral_id);
    update.set_etag(ok<ref::Referral>(kTeamDoctor, referrals("GetReferral"), get).etag());
    // Potassium 3.2 mmol/L without diuretic, receiver H1, I10.x05 with E87.600, consent SIGNED.
    *update.mutable_content() = ReferralSite::content();
    update.mutable_content()->set_priority(ref::PRIORITY_URGENT);
    const auto draft = ok<ref::Referral>(kTeamDoctor, referrals("UpdateDraft"), update);
    EXPECT_EQ(draft.state(), ref::REFERRAL_STATE_DRAFT);
    ref::CheckCriteriaRequest check;
    check.set_referral_id(referral_id);
    const auto criteria = ok<ref::CriteriaResult>(kTeamDoctor, referrals("CheckCriteria"), check);
    EXPECT_THAT(criteria.met(), ElementsAre("HTN-U6", "HTN-U12"));
}

void Walk::step9_referral_is_submitted() {
    at("2026-03-17T09:20");
    ref::SubmitReferralRequest submit;
    submit.set_referral_id(referral_id);
    const auto r = ok<ref::Referral>(kTeamDoctor, referrals("SubmitReferral"), submit);
    EXPECT_EQ(r.state(), ref::REFERRAL_STATE_UNDER_REVIEW);
    EXPECT_EQ(r.contract_id(), kContract);
    EXPECT_EQ(r.team_id(), kTeam);
    EXPECT_EQ(r.consortium_id(), kConsortium);
    ASSERT_EQ(r.tasks_size(), 1);
    EXPECT_EQ(shown(r.tasks(0).due_at()), "2026-03-17T11:20");
    const auto submitted = only<ref::ReferralSubmitted>();
    EXPECT_THAT(submitted.criteria_met(), ElementsAre("HTN-U6", "HTN-U12"));
    EXPECT_EQ(submitted.main_diagnosis_code(), "I10.x05");
    EXPECT_EQ(submitted.to_institution_id(), kHospital);
    EXPECT_EQ(submitted.context().policy_pack_id(), kDistrict);
}

void Walk::step10_hospital_accepts() {
    at("2026-03-17T09:50");
    ref::AcceptReferralRequest accept;
    accept.set_referral_id(referral_id);
    const auto r = ok<ref::Referral>(kHospitalDoctor, referrals("AcceptReferral"), accept);
    EXPECT_EQ(r.state(), ref::REFERRAL_STATE_ACCEPTED);
    EXPECT_EQ(shown(only<ref::ReferralAccepted>().promise_due_at()), "2026-03-19T09:50");
}

void Walk::step11_bed_is_held_and_booked() {
    at("2026-03-17T09:51");
    ref::SearchSlotsRequest search;
    search.set_owner_institution_id(kHospital);
    search.set_resource_kind(ref::RESOURCE_KIND_BED);
    search.set_referral_id(referral_id);
    const auto found = ok<ref::SearchSlotsResponse>(kTeamDoctor, slots("SearchSlots"), search);
    ASSERT_GT(found.slots_size(), 0);
    EXPECT_EQ(found.slots(0).quota_class(), ref::QUOTA_CLASS_CONTRACTED_REFERRAL);
    ref::HoldSlotRequest hold;
    hold.set_hold_id("01jwa1k00000000000000000h1");
    hold.set_slot_id(found.slots(0).slot_id());
    hold.set_resident_id(kResident);
    hold.set_referral_id(referral_id);
    const auto held = ok<ref::Hold>(kTeamDoctor, slots("HoldSlot"), hold);
    EXPECT_EQ(shown(held.expires_at()), "2026-03-17T09:56");
    hold_id_ = held.hold_id();
    at("2026-03-17T09:53");
    ref::BookReferralRequest book;
    book.set_referral_id(referral_id);
    book.set_hold_id(hold_id_);
    EXPECT_EQ(ok<ref::Referral>(kTeamDoctor, referrals("BookReferral"), book).state(),
              ref::REFERRAL_STATE_BOOKED);
    EXPECT_EQ(shown(only<ref::ReferralBooked>().start_at()), "2026-03-18T14:00");
    EXPECT_THAT(history("referrals", hold_id_), ElementsAre("slot.held", "slot.confirmed"));
}

void Walk::step13_resident_arrives_and_the_record_follows() {
    at("2026-03-18T14:10");
    ref::RecordArrivalRequest arrive;
    arrive.set_referral_id(referral_id);
    EXPECT_EQ(ok<ref::Referral>(kHospitalDoctor, referrals("RecordArrival"), arrive).state(),
              ref::REFERRAL_STATE_ARRIVED);
    EXPECT_EQ(shown(only<ref::ReferralArrived>().at()), "2026-03-18T14:10");
    EXPECT_EQ(history("referrals", hold_id_).back(), "slot.consumed");
    at("2026-03-18T14:25");
    ref::UploadRecordRequest upload;
    upload.set_referral_id(referral_id);
    ref::Document* document = upload.add_documents();
    document->set_document_id("record-summary");
    document->set_kind(ref::DOCUMENT_KIND_RECORD_SUMMARY);
    document->set_sha256(std::string(64, 'a'));
    document->set_size_bytes(1000);
    document->set_media_type("application/pdf");
    ok<ref::Referral>(kTeamDoctor, referrals("UploadRecord"), upload);
    EXPECT_FALSE(only<ref::ReferralRecordUploaded>().late());
}

void Walk::step14_care_starts_and_the_evidence_is_issued() {
    at("2026-03-18T14:30");
    ref::StartCareRequest start;
    start.set_referral_id(referral_id);
    start.set_encounter_ref("stay-s2");
    start.set_inpatient(true);
    set_local(start.mutable_admitted_at(), "2026-03-18T14:15");
    EXPECT_EQ(ok<ref::Referral>(kHospitalDoctor, referrals("StartCare"), start).state(),
              ref::REFERRAL_STATE_IN_CARE);
    EXPECT_TRUE(only<ref::ReferralCareStarted>().inpatient());
    const auto evidence = only<ref::ReferralEvidenceIssued>();
    EXPECT_TRUE(evidence.valid());
    EXPECT_EQ(evidence.direction(), ref::DIRECTION_UP);
    EXPECT_EQ(evidence.chain_id(), referral_id);
    EXPECT_EQ(evidence.consortium_id(), kConsortium);
    EXPECT_EQ(shown(evidence.submitted_at()), "2026-03-17T09:20");
    EXPECT_EQ(shown(evidence.admitted_at()), "2026-03-18T14:15");
    evidence_id = evidence.evidence_id();
    platform.drain();
    EXPECT_EQ(rows("billing", "evidence_copies"), 1);
    EXPECT_EQ(rows("prescriptions", "stay_copies"), 1) << "long prescriptions are reassessed";
    for (const auto& action : care_actions()) {
        if (action.action_id() != refer_action_id_) continue;
        EXPECT_EQ(action.state(), reg::CARE_ACTION_STATE_DONE);
    }
}

void Walk::step16_hospital_completes_and_proposes_down() {
    at("2026-03-25T15:00");
    ref::CompleteReferralRequest complete;
    complete.set_referral_id(referral_id);
    ref::ReplyLetter* reply = complete.mutable_reply();
    reply->add_diagnosis_codes("I10.x05");
    reply->add_diagnosis_codes("E87.600");
    reply->set_treatment("potassium, amlodipine");
    reply->add_discharge_drug_codes(kAmlodipine);
    reply->set_plan("amlodipine, blood pressure twice a week");
    reply->set_plan_document_id("plan-1");
    reply->set_follow_up_date("2026-04-09");
    reply->set_signed_by("doctor-2");
    set_local(reply->mutable_signed_at(), "2026-03-25T14:50");
    EXPECT_EQ(ok<ref::Referral>(kHospitalDoctor, referrals("CompleteReferral"), complete).state(),
              ref::REFERRAL_STATE_COMPLETED);
    EXPECT_THAT(only<ref::ReferralCompleted>().drug_codes(), ElementsAre(kAmlodipine));
    at("2026-03-25T15:05");
    ref::ProposeDownRequest propose;
    propose.set_referral_id(referral_id);
    propose.set_plan_document_id("plan-1");
    const auto r = ok<ref::Referral>(kHospitalDoctor, referrals("ProposeDown"), propose);
    EXPECT_EQ(r.state(), ref::REFERRAL_STATE_DOWN_PROPOSED);
    ASSERT_GT(r.tasks_size(), 0);
    EXPECT_EQ(shown(r.tasks(r.tasks_size() - 1).due_at()), "2026-03-26T15:05");
    const auto proposed = only<ref::DownReferralProposed>();
    EXPECT_EQ(proposed.from_institution_id(), kHospital);
    EXPECT_EQ(proposed.to_institution_id(), kCentre);
}

void Walk::step17_centre_accepts_the_return() {
    at("2026-03-26T09:00");
    ref::AnswerDownRequest answer;
    answer.set_referral_id(referral_id);
    answer.set_accept(true);
    EXPECT_EQ(refused<ref::Referral>(kTeamDoctor, referrals("AnswerDown"), answer),
              "DRUG_AVAILABILITY_NOT_ANSWERED");
    ref::DrugAnswer* drug = answer.add_drugs_available();
    drug->set_drug_code(kAmlodipine);
    drug->set_available(true);
    EXPECT_EQ(ok<ref::Referral>(kTeamDoctor, referrals("AnswerDown"), answer).state(),
              ref::REFERRAL_STATE_BASE_ACCEPTED);
    EXPECT_EQ(only<ref::DownReferralAccepted>().first_followup_due(), "2026-04-09");
    platform.drain();
    EXPECT_EQ(rows("prescriptions", "referral_plans"), 1);
    for (const auto& action : care_actions()) {
        if (action.kind() != reg::CARE_ACTION_KIND_FOLLOW_2W) continue;
        follow_up_action_id_ = action.action_id();
        EXPECT_EQ(action.due_on(), "2026-04-09");
        EXPECT_EQ(action.referral_id(), referral_id);
        EXPECT_EQ(action.state(), reg::CARE_ACTION_STATE_OPEN);
    }
    EXPECT_FALSE(follow_up_action_id_.empty()) << "registries plans the visit after two weeks";
}

}  // namespace yilian::functional::walk
