#include <condition_variable>
#include <map>
#include <mutex>

#include "services/referrals/tests/service_fixture.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

// Acceptance examples of referrals.md 12 that need the whole service.
namespace yilian::referrals::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class Acceptance : public Service {};
YILIAN_ON_BOTH_DRIVERS(Acceptance);

// Runs calls at once and waits for all; thread-safe counting of their reasons ("" = OK).
class AtOnce {
  public:
    explicit AtOnce(int calls) : left_(calls) {}
    template <class T>
    void done(const rpc::CallResult<T>& result) {
        const std::lock_guard lock(mutex_);
        ++reasons_[result.ok() ? "" : result.error().reason];
        --left_;
        changed_.notify_all();
    }
    std::map<std::string, int> wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return left_ == 0; });
        return reasons_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int left_;
    std::map<std::string, int> reasons_;
};

TEST_P(Acceptance, R04F06OfTwoAcceptsExactlyOneSucceeds) {
    v1::CreateReferralRequest create = draft_of("r1");
    const v1::Referral draft = site_.change("B1", "CreateReferral", create);
    auto update = on<v1::UpdateDraftRequest>(draft);
    *update.mutable_content() = ReferralSite::content();
    site_.change("B1", "UpdateDraft", update);
    const v1::Referral r =
        site_.change("B1", "SubmitReferral", on<v1::SubmitReferralRequest>(draft));
    ASSERT_EQ(r.version(), 3);
    AtOnce calls(2);
    for (int i = 0; i < 2; ++i) {
        auto accept = on<v1::AcceptReferralRequest>(r);
        accept.set_request_id(runtime::new_request_id());
        accept.set_etag(r.etag());
        site_.client("H1").call_raw(
            "yilian.referrals.v1.ReferralService/AcceptReferral", accept, {},
            [&](const rpc::CallResult<std::string>& result) { calls.done(result); });
    }
    EXPECT_THAT(calls.wait(), ElementsAre(std::pair("", 1), std::pair("ETAG_MISMATCH", 1)));
    const v1::Referral after = site_.get("H1", r.referral_id());
    EXPECT_EQ(after.state(), v1::REFERRAL_STATE_ACCEPTED);
    EXPECT_EQ(after.version(), 4);
    const auto events = site_.events(r.referral_id());
    EXPECT_EQ(std::ranges::count(events, "referral.accepted"), 1);
    EXPECT_EQ(site_.refusal("H1", "AcceptReferral", on<v1::AcceptReferralRequest>(r)),
              "TASK_NOT_OPEN");
}

TEST_P(Acceptance, R05WaitingIsEscalatedWhenTheShareIsUsedUp) {
    site_.clock("2026-03-02T09:00:00");
    const v1::Referral r = outpatient();
    const v1::Referral waiting =
        site_.change("H1", "WaitlistReferral", on<v1::WaitlistReferralRequest>(r));
    EXPECT_EQ(shown(waiting.promise_due_at()), "2026-03-16T09:00:00");
    EXPECT_EQ(waiting.waiting_position(), 1);
    site_.clock("2026-03-12T08:59:59");
    EXPECT_THAT(site_.events(r.referral_id()), Not(Contains("referral.escalated")));
    site_.clock("2026-03-12T09:00:00");
    EXPECT_EQ(site_.events(r.referral_id()).back(), "referral.escalated");
    site_.clock("2026-03-30T09:00:00");  // once
    const auto events = site_.events(r.referral_id());
    EXPECT_EQ(std::ranges::count(events, "referral.escalated"), 1);
}

TEST_P(Acceptance, F09ReviewIsEscalatedAtItsDueTimeAndAnswersStillCount) {
    site_.clock("2026-03-06T16:00:00");
    const v1::Referral r = site_.submitted("r1", ReferralSite::content());
    site_.clock("2026-03-10T16:00:00");
    EXPECT_EQ(site_.events(r.referral_id()).back(), "referral.escalated");
    const auto escalated = site_.last_event<v1::ReferralEscalated>(r.referral_id());
    EXPECT_EQ(escalated.position(), 0);
    EXPECT_EQ(shown(escalated.promise_due_at()), "2026-03-10T16:00:00");
    site_.change("H1", "AcceptReferral", on<v1::AcceptReferralRequest>(r));
}

TEST_P(Acceptance, R08QuotaFlowsDownAtItsReleasePoint) {
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-20T09:00:00", 40);
    ASSERT_EQ(slots.size(), 4U);
    const auto capacities = [&] {
        v1::SearchSlotsRequest search;
        search.set_pool_id("pool");
        search.set_resource_kind(v1::RESOURCE_KIND_OUTPATIENT);
        search.set_page_size(500);
        std::vector<std::int64_t> found;
        (void)site_.app().store().read([&](storage::Transaction& tx) {
            static constexpr storage::Query kCapacity{
                "test.capacity",
                "SELECT capacity FROM slots WHERE pool_id = 'pool' ORDER BY quota_rank"};
            found.clear();
            for (const auto& row : tx.select(kCapacity)) found.push_back(row.i64(0));
        });
        return found;
    };
    EXPECT_THAT(capacities(), ElementsAre(2, 12, 12, 14));
    for (int i = 0; i < 9; ++i) {
        const std::string resident = "c" + std::to_string(i);
        site_.resident(resident);
        site_.contract(resident, "contract-" + resident);
        auto content = ReferralSite::content();
        content.set_kind(v1::REFERRAL_KIND_OUTPATIENT);
        site_.booked(site_.accepted(resident, content), slots[1].slot_id());
    }
    site_.clock("2026-03-17T08:59:59");
    EXPECT_THAT(capacities(), ElementsAre(2, 12, 12, 14));
    site_.clock("2026-03-17T09:00:00");
    EXPECT_THAT(capacities(), ElementsAre(2, 9, 15, 14));
    const auto released = site_.last_event<v1::QuotaReleased>("pool");
    EXPECT_EQ(released.from_class(), v1::QUOTA_CLASS_CONTRACTED_REFERRAL);
    EXPECT_EQ(released.to_class(), v1::QUOTA_CLASS_REFERRAL);
    EXPECT_EQ(released.count(), 3);
    site_.clock("2026-03-20T08:00:00");
    EXPECT_THAT(capacities(), ElementsAre(0, 9, 0, 31));
}

TEST_P(Acceptance, R11OfFiftyHoldsOnOnePlaceOneSucceeds) {
    site_.clock("2026-03-10T10:00:00");
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_BED, "2026-03-20T09:00:00", 1);
    const std::string general = slots[3].slot_id();  // 1 place goes to the largest remainder
    AtOnce calls(50);
    for (int i = 0; i < 50; ++i) {
        v1::HoldSlotRequest request;
        request.set_request_id(runtime::new_request_id());
        request.set_hold_id(site_.next_id());
        request.set_slot_id(general);
        request.set_resident_id("r1");
        site_.client("B1").call_raw(
            "yilian.referrals.v1.SlotService/HoldSlot", request,
            {.timeout = std::chrono::seconds(30)},
            [&](const rpc::CallResult<std::string>& result) { calls.done(result); });
    }
    EXPECT_THAT(calls.wait(), ElementsAre(std::pair("", 1), std::pair("SLOT_FULL", 49)));
    static constexpr storage::Query kUsed{"test.used", "SELECT sum(used) FROM slots"};
    EXPECT_EQ(site_.number(kUsed), 1);
}

TEST_P(Acceptance, R12F08AHoldThatRanOutWhileTheServiceWasAwayExpiresOnce) {
    site_.clock("2026-03-10T10:00:00");
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_BED, "2026-03-20T09:00:00", 1);
    const auto hold = site_.hold("B1", slots[3].slot_id(), "r1", "");
    ASSERT_TRUE(hold.ok()) << hold.error().reason;
    site_.clock("2026-03-10T10:02:00");
    site_.restart();
    site_.clock("2026-03-10T10:07:00");
    v1::GetHoldRequest request;
    request.set_hold_id(hold.value().hold_id());
    EXPECT_EQ(site_.call<v1::Hold>("B1", "yilian.referrals.v1.SlotService/GetHold", request)
                  .value()
                  .state(),
              v1::HOLD_STATE_EXPIRED);
    EXPECT_THAT(site_.events(hold.value().hold_id()), ElementsAre("slot.held", "hold.expired"));
    static constexpr storage::Query kUsed{"test.used", "SELECT sum(used) FROM slots"};
    EXPECT_EQ(site_.number(kUsed), 0);
}

TEST_P(Acceptance, R23NobodyComesAndThePatientArrivesLate) {
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-20T09:00:00", 40);
    const v1::Referral r = site_.booked(outpatient(), slots[2].slot_id());
    ASSERT_EQ(r.state(), v1::REFERRAL_STATE_BOOKED);
    EXPECT_EQ(site_.refusal("H1", "RecordNoShow", on<v1::RecordNoShowRequest>(r)),
              "BOOKING_NOT_DUE");
    EXPECT_EQ(site_.refusal("H1", "RecordArrival", on<v1::RecordArrivalRequest>(r)),
              "BOOKING_NOT_DUE");
    site_.clock("2026-03-20T09:30:00");
    const v1::Referral missed = site_.get("H1", r.referral_id());
    EXPECT_EQ(missed.state(), v1::REFERRAL_STATE_NO_SHOW);
    EXPECT_FALSE(missed.has_hold());
    EXPECT_EQ(site_.events(r.hold().hold_id()).back(), "slot.released");
    EXPECT_EQ(site_.events(r.referral_id()).back(), "referral.not_attended");
    site_.clock("2026-03-20T11:00:00");
    EXPECT_EQ(site_.change("H1", "RecordArrival", on<v1::RecordArrivalRequest>(r)).state(),
              v1::REFERRAL_STATE_ARRIVED);
}

TEST_P(Acceptance, AMissedBookingIsOverTheNextDay) {
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-20T09:00:00", 40);
    const v1::Referral r = site_.booked(outpatient(), slots[2].slot_id());
    site_.clock("2026-03-21T09:00:00");
    EXPECT_EQ(site_.refusal("H1", "RecordArrival", on<v1::RecordArrivalRequest>(r)),
              "BOOKING_NOT_DUE");
    auto close = on<v1::CloseReferralRequest>(r);
    close.set_outcome_code("LAZY");
    EXPECT_EQ(site_.refusal("B1", "CloseReferral", close), "FIELD_REASON_CODE_INVALID");
    close.set_outcome_code("FORGOT");
    EXPECT_EQ(site_.change("B1", "CloseReferral", close).state(), v1::REFERRAL_STATE_CLOSED);
}

// Direct down-referral, R-24's times, rehabilitation bed at base (row 44).
TEST_P(Acceptance, R24F07DownReferralAndItsFollowUpOrder) {
    site_.clock("2026-03-13T17:00:00");
    auto create = draft_of("r1");
    v1::ReferralContent& content = *create.mutable_content();
    content.set_direction(v1::DIRECTION_DOWN);
    content.set_kind(v1::REFERRAL_KIND_REHABILITATION);
    content.set_receiver_institution_id("B1");
    content.clear_consent();
    const v1::Referral draft = site_.change("H1", "CreateReferral", create);
    EXPECT_EQ(site_.refusal("H1", "SubmitReferral", on<v1::SubmitReferralRequest>(draft)),
              "DATA_INCOMPLETE");
    auto update = on<v1::UpdateDraftRequest>(draft);
    content.set_plan_document_id("plan-1");
    *update.mutable_content() = content;
    site_.change("H1", "UpdateDraft", update);
    EXPECT_EQ(site_.refusal("H1", "SubmitReferral", on<v1::SubmitReferralRequest>(draft)),
              "DOWN_CRITERIA_NOT_MET");
    for (const char* code :
         {"diagnosis_clear", "plan_fit_for_base", "stable", "complications_stable"}) {
        v1::Measurement* m = update.mutable_content()->add_measurements();
        m->set_code(code);
        m->set_value(1);
    }
    update.set_request_id("");
    site_.change("H1", "UpdateDraft", update);
    const v1::Referral proposed =
        site_.change("H1", "SubmitReferral", on<v1::SubmitReferralRequest>(draft));
    EXPECT_EQ(proposed.state(), v1::REFERRAL_STATE_DOWN_PROPOSED);
    EXPECT_EQ(shown(proposed.tasks(0).due_at()), "2026-03-16T17:00:00");
    site_.clock("2026-03-16T10:00:00");
    auto accept = on<v1::AnswerDownRequest>(draft);
    accept.set_accept(true);
    const v1::Referral taken = site_.change("B1", "AnswerDown", accept);
    EXPECT_EQ(taken.follow_up().due_on(), "2026-03-30");
    EXPECT_THAT(taken.allowed_actions(), ElementsAre("RecordArrival", "RecordFollowUp"));

    auto arrive = on<v1::RecordArrivalRequest>(draft);
    const v1::Referral back = site_.change("B1", "RecordArrival", arrive);
    EXPECT_EQ(back.state(), v1::REFERRAL_STATE_BASE_ACCEPTED);
    EXPECT_THAT(back.allowed_actions(), ElementsAre("RecordFollowUp"));
    const auto evidence = site_.last_event<v1::ReferralEvidenceIssued>(draft.referral_id());
    EXPECT_EQ(evidence.direction(), v1::DIRECTION_DOWN);
    EXPECT_TRUE(evidence.valid());
    EXPECT_EQ(evidence.from_institution_id(), "H1");
    EXPECT_EQ(evidence.to_institution_id(), "B1");

    auto follow = on<v1::RecordFollowUpRequest>(draft);
    follow.set_visit_id("v1");
    EXPECT_EQ(site_.refusal("B1", "RecordFollowUp", follow), "VISIT_NOT_FOUND");
    for (const auto& [visit_id, resident_id] : {std::pair{"v1", "r2"}, std::pair{"v2", "r1"}}) {
        registries::v1::VisitRecorded visit;
        visit.set_visit_id(visit_id);
        visit.set_resident_id(resident_id);
        visit.set_visit_on("2026-03-16");
        visit.set_institution_id("B1");
        site_.fact(visit);
    }
    follow.set_request_id("");
    EXPECT_EQ(site_.refusal("B1", "RecordFollowUp", follow), "VISIT_OF_OTHER_RESIDENT");
    follow.set_visit_id("v2");
    EXPECT_EQ(site_.change("B1", "RecordFollowUp", follow).state(), v1::REFERRAL_STATE_FOLLOWED_UP);
    registries::v1::VisitVoided voided;
    voided.set_visit_id("v2");
    voided.set_resident_id("r1");
    site_.fact(voided);
    EXPECT_EQ(site_.get("B1", draft.referral_id()).follow_up().done_visit_id(), "");
}

TEST_P(Acceptance, DeclinedWayDownGoesBackToTheHospital) {
    const v1::Referral r = outpatient(v1::PRIORITY_EMERGENCY);
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-03T09:00:00", 40);
    site_.booked(r, slots[2].slot_id());
    site_.clock("2026-03-03T09:00:00");
    site_.change("H1", "RecordArrival", on<v1::RecordArrivalRequest>(r));
    auto start = on<v1::StartCareRequest>(r);
    start.set_encounter_ref("visit-1");
    site_.change("H1", "StartCare", start);
    auto complete = on<v1::CompleteReferralRequest>(r);
    complete.mutable_reply()->add_diagnosis_codes("I10.x05");
    EXPECT_EQ(site_.refusal("H1", "CompleteReferral", complete), "REPLY_LETTER_INCOMPLETE");
    v1::ReplyLetter* reply = complete.mutable_reply();
    reply->set_treatment("t");
    reply->set_plan("p");
    reply->set_signed_by("B1-p1");
    set_local(reply->mutable_signed_at(), "2026-03-03T09:00:00");
    EXPECT_EQ(site_.refusal("H1", "CompleteReferral", complete), "SIGNATURE_INVALID");
    reply->set_signed_by("H1-p1");
    const v1::Referral completed = site_.change("H1", "CompleteReferral", complete);
    EXPECT_THAT(completed.allowed_actions(), ElementsAre("ProposeDown"));
    auto reject = on<v1::RejectReferralRequest>(r);
    reject.set_reason_code("OTHER");
    EXPECT_EQ(site_.refusal("H1", "RejectReferral", reject), "STATE_TRANSITION_NOT_ALLOWED");

    auto propose = on<v1::ProposeDownRequest>(r);
    propose.set_plan_document_id("plan-1");
    EXPECT_EQ(site_.refusal("H1", "ProposeDown", propose), "FIELD_INVALID");  // no drugs
    propose.add_drug_codes("X1");
    v1::Measurement* unstable = propose.add_measurements();
    unstable->set_code("stable");
    unstable->set_value(0);
    EXPECT_EQ(site_.refusal("H1", "ProposeDown", propose), "DOWN_CRITERIA_NOT_MET");
    propose.set_override_reason_code("PATIENT_WISH");
    site_.change("H1", "ProposeDown", propose);
    auto decline = on<v1::AnswerDownRequest>(r);
    decline.set_reason_code("NOT_A_REASON");
    EXPECT_EQ(site_.refusal("B1", "AnswerDown", decline), "FIELD_REASON_CODE_INVALID");
    decline.set_reason_code("DRUG_NOT_AVAILABLE");
    EXPECT_EQ(site_.change("B1", "AnswerDown", decline).state(), v1::REFERRAL_STATE_COMPLETED);
    EXPECT_EQ(site_.events(r.referral_id()).back(), "down_referral.declined");
    site_.clock("2026-04-02T09:00:00");  // 30 days
    EXPECT_EQ(site_.get("B1", r.referral_id()).state(), v1::REFERRAL_STATE_CLOSED);
}

TEST_P(Acceptance, EmergencyWaitsForNoPaperAndNoKnownName) {
    site_.clock("2026-03-10T20:00:00");
    auto create = draft_of("temporary-1");
    create.mutable_content()->Clear();
    create.mutable_content()->set_direction(v1::DIRECTION_EMERGENCY);
    create.mutable_content()->set_receiver_institution_id("H1");
    const v1::Referral draft = site_.change("B1", "CreateReferral", create);
    const v1::Referral r =
        site_.change("B1", "SubmitReferral", on<v1::SubmitReferralRequest>(draft));
    EXPECT_EQ(r.state(), v1::REFERRAL_STATE_ACCEPTED);
    EXPECT_EQ(shown(r.promise_due_at()), "2026-03-10T20:00:00");
    EXPECT_THAT(site_.events(r.referral_id()),
                ElementsAre("referral.drafted", "referral.submitted", "referral.accepted"));
    auto arrive = on<v1::RecordArrivalRequest>(r);
    set_local(arrive.mutable_arrived_at(), "2026-03-10T02:00:00");
    site_.change("H1", "RecordArrival", arrive);
    auto start = on<v1::StartCareRequest>(r);
    start.set_encounter_ref("e1");
    start.set_inpatient(true);
    set_local(start.mutable_admitted_at(), "2026-03-10T02:00:00");
    site_.change("H1", "StartCare", start);
    const auto evidence = site_.last_event<v1::ReferralEvidenceIssued>(r.referral_id());
    EXPECT_TRUE(evidence.emergency());
    EXPECT_EQ(evidence.invalid_reason(), "DATA_MISSING");  // no diagnosis was stated
}

}  // namespace
}  // namespace yilian::referrals::testing
