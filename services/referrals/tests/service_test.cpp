#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

#include "libs/testkit/database.h"
#include "services/referrals/tests/referral_site.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

// Acceptance examples that need the whole service, and the refusals of its methods.
namespace yilian::referrals::testing {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

class Service : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        site_.people_and_places();
        site_.resident("r1");
        site_.resident("r2");
        site_.offer("H1");
    }
    void TearDown() override { EXPECT_THAT(site_.violations(), IsEmpty()); }

    v1::Referral outpatient(v1::Priority priority = v1::PRIORITY_ROUTINE) {
        auto content = ReferralSite::content();
        content.set_kind(v1::REFERRAL_KIND_OUTPATIENT);
        content.set_priority(priority);
        return site_.accepted("r1", content);
    }
    template <class Req>
    static Req on(const v1::Referral& referral) {
        Req request;
        request.set_referral_id(referral.referral_id());
        return request;
    }
    v1::CreateReferralRequest draft_of(const std::string& resident_id) {
        v1::CreateReferralRequest request;
        request.set_referral_id(site_.next_id());
        request.set_resident_id(resident_id);
        *request.mutable_content() = ReferralSite::content();
        return request;
    }
    void die(const std::string& resident_id) {
        directory::v1::ResidentDeceased death;
        death.set_resident_id(resident_id);
        death.set_on("2026-03-05");
        site_.fact(death);
    }

    ReferralSite site_{GetParam(), "120111"};
};
YILIAN_ON_BOTH_DRIVERS(Service);

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

TEST_P(Service, R04OfTwoAcceptsExactlyOneSucceeds) {
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

TEST_P(Service, R05WaitingIsEscalatedWhenTheShareIsUsedUp) {
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

TEST_P(Service, ReviewIsEscalatedAtItsDueTimeAndAnswersStillCount) {
    site_.clock("2026-03-06T16:00:00");
    const v1::Referral r = site_.submitted("r1", ReferralSite::content());
    site_.clock("2026-03-10T16:00:00");
    EXPECT_EQ(site_.events(r.referral_id()).back(), "referral.escalated");
    const auto escalated = site_.last_event<v1::ReferralEscalated>(r.referral_id());
    EXPECT_EQ(escalated.position(), 0);
    EXPECT_EQ(shown(escalated.promise_due_at()), "2026-03-10T16:00:00");
    site_.change("H1", "AcceptReferral", on<v1::AcceptReferralRequest>(r));
}

TEST_P(Service, R08QuotaFlowsDownAtItsReleasePoint) {
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

TEST_P(Service, R11OfFiftyHoldsOnOnePlaceOneSucceeds) {
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

TEST_P(Service, R12AHoldThatRanOutWhileTheServiceWasAwayExpiresOnce) {
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

TEST_P(Service, R23NobodyComesAndThePatientArrivesLate) {
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

TEST_P(Service, AMissedBookingIsOverTheNextDay) {
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
TEST_P(Service, R24DownReferralAndItsFollowUpOrder) {
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

TEST_P(Service, DeclinedWayDownGoesBackToTheHospital) {
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

TEST_P(Service, EmergencyWaitsForNoPaperAndNoKnownName) {
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

TEST_P(Service, ReviewAnswersAndWhatFollowsThem) {
    const v1::Referral r = site_.submitted("r1", ReferralSite::content());
    auto info = on<v1::RequestInformationRequest>(r);
    EXPECT_EQ(site_.refusal("H1", "RequestInformation", info), "ITEMS_EMPTY");
    info.add_item_codes("egfr_ml_min_173");
    EXPECT_EQ(site_.change("H1", "RequestInformation", info).state(),
              v1::REFERRAL_STATE_INFO_REQUESTED);
    auto provide = on<v1::ProvideInformationRequest>(r);
    EXPECT_EQ(site_.refusal("B1", "ProvideInformation", provide), "ITEMS_STILL_MISSING");
    v1::Measurement* m = provide.add_measurements();
    m->set_code("egfr_ml_min_173");
    m->set_value(80);
    site_.change("B1", "ProvideInformation", provide);

    site_.offer("H2");
    auto redirect = on<v1::RedirectReferralRequest>(r);
    redirect.set_to_institution_id("H1");
    EXPECT_EQ(site_.refusal("H1", "RedirectReferral", redirect), "REDIRECT_TO_SELF");
    redirect.set_to_institution_id("T1");
    EXPECT_EQ(site_.refusal("H1", "RedirectReferral", redirect), "RECEIVER_NOT_OFFERING");
    redirect.set_to_institution_id("H2");
    site_.change("H1", "RedirectReferral", redirect);
    EXPECT_EQ(site_.refusal("H1", "AcceptReferral", on<v1::AcceptReferralRequest>(r)),
              "TASK_NOT_OPEN");
    EXPECT_EQ(site_.refusal("H9", "AcceptReferral", on<v1::AcceptReferralRequest>(r)),
              "AUTH_RECORD_ACCESS_DENIED");
    redirect.set_to_institution_id("H1");
    site_.change("H2", "RedirectReferral", redirect);
    redirect.set_to_institution_id("H2");
    EXPECT_EQ(site_.refusal("H1", "RedirectReferral", redirect), "HOP_LIMIT_REACHED");

    auto priority = on<v1::ChangePriorityRequest>(r);
    priority.set_priority(v1::PRIORITY_URGENT);
    priority.set_reason_code("WORSE");
    const v1::Referral urgent = site_.change("H1", "ChangePriority", priority);
    EXPECT_EQ(shown(urgent.tasks(2).due_at()), "2026-03-01T02:00:00");

    auto reject = on<v1::RejectReferralRequest>(r);
    reject.set_reason_code("NO_IDEA");
    EXPECT_EQ(site_.refusal("H1", "RejectReferral", reject), "FIELD_REASON_CODE_INVALID");
    reject.set_reason_code("WRONG_SPECIALTY");
    site_.change("H1", "RejectReferral", reject);
    auto resubmit = on<v1::ResubmitReferralRequest>(r);
    *resubmit.mutable_content() = site_.get("B1", r.referral_id()).content();
    EXPECT_EQ(site_.refusal("B1", "ResubmitReferral", resubmit), "NOTHING_CHANGED");
    resubmit.mutable_content()->set_receiver_institution_id("H2");
    const v1::Referral again = site_.change("B1", "ResubmitReferral", resubmit);
    EXPECT_EQ(again.tasks(3).hop(), 0);
    auto advice = on<v1::ReturnAdviceRequest>(r);
    EXPECT_EQ(site_.refusal("H2", "ReturnAdvice", advice), "ADVICE_EMPTY");
    advice.set_advice("treat at base");
    EXPECT_EQ(site_.change("H2", "ReturnAdvice", advice).advice(), "treat at base");
    site_.clock("2026-04-01T00:00:00");  // 31 days
    EXPECT_EQ(site_.get("B1", r.referral_id()).state(), v1::REFERRAL_STATE_CLOSED);
}

TEST_P(Service, InformationThatNeverComesEndsTheReferral) {
    site_.clock("2026-03-02T09:00:00");
    const v1::Referral r = site_.submitted("r1", ReferralSite::content());
    auto info = on<v1::RequestInformationRequest>(r);
    info.add_item_codes("ecg");
    site_.change("H1", "RequestInformation", info);
    site_.clock("2026-03-04T09:00:00");
    EXPECT_EQ(site_.get("B1", r.referral_id()).state(), v1::REFERRAL_STATE_EXPIRED);
    EXPECT_EQ(site_.events(r.referral_id()).back(), "referral.expired");
}

TEST_P(Service, RefusalsOfCreateAndSubmit) {
    EXPECT_EQ(site_.refusal("B1", "CreateReferral", draft_of("nobody")), "RESIDENT_NOT_FOUND");
    auto request = draft_of("r1");
    *request.mutable_content() = ReferralSite::content();
    request.mutable_content()->clear_chief_complaint();
    const v1::Referral draft = site_.change("B1", "CreateReferral", request);
    const auto incomplete =
        site_.attempt("B1", "SubmitReferral", on<v1::SubmitReferralRequest>(draft));
    ASSERT_FALSE(incomplete.ok());
    EXPECT_EQ(incomplete.error().reason, "DATA_INCOMPLETE");
    EXPECT_EQ(incomplete.error().metadata.at("fields"), "chief_complaint");
    auto update = on<v1::UpdateDraftRequest>(draft);
    const auto with = [&](auto change) {
        *update.mutable_content() = ReferralSite::content();
        change(*update.mutable_content());
        update.set_request_id("");
        site_.change("B1", "UpdateDraft", update);
        return site_.refusal("B1", "SubmitReferral", on<v1::SubmitReferralRequest>(draft));
    };
    EXPECT_EQ(with([](auto& c) { c.clear_consent(); }), "CONSENT_MISSING");
    EXPECT_EQ(with([](auto& c) { c.set_receiver_institution_id("T1"); }), "RECEIVER_NOT_OFFERING");
    site_.offer("H9");
    EXPECT_EQ(with([](auto& c) { c.set_receiver_institution_id("H9"); }), "OUT_OF_SCOPE");
    site_.submitted("r1", ReferralSite::content());
    EXPECT_EQ(with([](auto&) {}), "DUPLICATE_OPEN_REFERRAL");
    die("r1");
    EXPECT_EQ(site_.refusal("B1", "CreateReferral", draft_of("r1")), "RESIDENT_DECEASED");
}

// Row 42 and invariants 6 and 9.
TEST_P(Service, DeathEndsEverythingThatIsOpenAndFreesThePlace) {
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-20T09:00:00", 40);
    const v1::Referral booked = site_.booked(outpatient(), slots[2].slot_id());
    auto other = ReferralSite::content();
    other.mutable_diagnoses(0)->set_code("E11.900");
    const v1::Referral in_review = site_.submitted("r1", other);
    die("r1");
    for (const v1::Referral& r : {booked, in_review}) {
        const v1::Referral after = site_.get("B1", r.referral_id());
        EXPECT_EQ(after.state(), v1::REFERRAL_STATE_CANCELLED);
        EXPECT_EQ(after.reason_code(), "DIED");
    }
    EXPECT_EQ(site_.events(booked.hold().hold_id()).back(), "slot.released");
}

// N-05, N-06: open referrals follow the resident, their evidence too.
TEST_P(Service, MergedResidentsTakeTheirReferralsAlongAndSplitOnesBack) {
    const v1::Referral r = site_.submitted("r1", ReferralSite::content());
    directory::v1::ResidentMerged merged;
    merged.set_from("r1");
    merged.set_to("r2");
    merged.set_on("2026-03-02");
    site_.fact(merged);
    EXPECT_EQ(site_.get("B1", r.referral_id()).resident_id(), "r2");
    directory::v1::ResidentSplit split;
    split.set_from("r2");
    split.add_to("r1");
    split.set_on("2026-03-03");
    site_.fact(split);
    EXPECT_EQ(site_.get("B1", r.referral_id()).resident_id(), "r1");
    site_.change("H1", "AcceptReferral", on<v1::AcceptReferralRequest>(r));
}

TEST_P(Service, BookingIsMovedAndCancelledFromBothSides) {
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-20T09:00:00", 40);
    const v1::Referral r = site_.booked(outpatient(), slots[2].slot_id());
    const auto second = site_.hold("B1", slots[3].slot_id(), "r1", r.referral_id());
    auto rebook = on<v1::RebookReferralRequest>(r);
    rebook.set_hold_id(second.value().hold_id());
    EXPECT_EQ(site_.refusal("H1", "RebookReferral", rebook), "HOLD_NOT_YOURS");
    site_.change("B1", "RebookReferral", rebook);
    EXPECT_EQ(site_.events(r.hold().hold_id()).back(), "slot.released");
    auto cancel = on<v1::CancelBookingRequest>(r);
    cancel.set_reason_code("NO_CAPACITY");
    EXPECT_EQ(site_.refusal("B1", "CancelBooking", cancel), "FIELD_REASON_CODE_INVALID");
    EXPECT_EQ(site_.change("H1", "CancelBooking", cancel).state(), v1::REFERRAL_STATE_WAITING_LIST);
    const auto third = site_.hold("B1", slots[3].slot_id(), "r1", r.referral_id());
    auto book = on<v1::BookReferralRequest>(r);
    book.set_hold_id(third.value().hold_id());
    site_.change("B1", "BookReferral", book);
    cancel.set_reason_code("PATIENT_WISH");
    cancel.set_keep_referral(true);
    EXPECT_EQ(site_.change("B1", "CancelBooking", cancel).state(), v1::REFERRAL_STATE_ACCEPTED);
    EXPECT_EQ(site_.refusal("B1", "BookReferral", book), "HOLD_NOT_FOUND");
    auto withdraw = on<v1::WithdrawReferralRequest>(r);
    withdraw.set_reason_code("MOVED");
    EXPECT_EQ(site_.change("B1", "WithdrawReferral", withdraw).state(),
              v1::REFERRAL_STATE_WITHDRAWN);
}

TEST_P(Service, HoldsAreForThoseWhoMayTakeThem) {
    site_.offer("H1", [](v1::ServiceOffer& offer) {
        v1::BookingWindow* window = offer.add_booking_windows();
        window->set_priority(v1::PRIORITY_ROUTINE);
        window->set_from_days(0);
        window->set_to_days(5);
    });
    const auto far = site_.slots("far", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-20T09:00:00", 40);
    const auto near = site_.slots("near", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-05T09:00:00", 40);
    const v1::Referral r = outpatient();
    const auto why = [&](const rpc::CallResult<v1::Hold>& result) {
        return result.ok() ? "" : result.error().reason;
    };
    EXPECT_EQ(why(site_.hold("B1", far[2].slot_id(), "r1", r.referral_id())),
              "BOOKING_WINDOW_CLOSED");
    EXPECT_EQ(why(site_.hold("B1", near[1].slot_id(), "r1", r.referral_id())),
              "QUOTA_CLASS_NOT_ALLOWED");
    EXPECT_EQ(why(site_.hold("B1", near[2].slot_id(), "r1", "")), "QUOTA_CLASS_NOT_ALLOWED");
    EXPECT_EQ(why(site_.hold("B1", near[2].slot_id(), "r2", r.referral_id())),
              "AUTH_RECORD_ACCESS_DENIED");
    const auto held = site_.hold("B1", near[2].slot_id(), "r1", r.referral_id());
    EXPECT_EQ(why(held), "");
    v1::ReleaseHoldRequest release;
    release.set_hold_id(held.value().hold_id());
    release.set_request_id(runtime::new_request_id());
    const std::string method = "yilian.referrals.v1.SlotService/ReleaseHold";
    EXPECT_EQ(site_.call<v1::Hold>("H1", method, release).error().reason, "HOLD_NOT_YOURS");
    EXPECT_TRUE(site_.call<v1::Hold>("B1", method, release).ok());
    v1::BlockSlotsRequest block;
    block.set_request_id(runtime::new_request_id());
    block.add_slot_ids(near[2].slot_id());
    block.set_reason_code("DOCTOR_ILL");
    EXPECT_TRUE(
        site_
            .call<v1::BlockSlotsResponse>("H1", "yilian.referrals.v1.SlotService/BlockSlots", block)
            .ok());
    EXPECT_EQ(why(site_.hold("B1", near[2].slot_id(), "r1", r.referral_id())), "SLOT_FULL");
    site_.clock("2026-03-05T10:00:00");
    EXPECT_EQ(why(site_.hold("B1", near[3].slot_id(), "r1", r.referral_id())), "SLOT_IN_PAST");
}

TEST_P(Service, PoolsAndOpeningAreChecked) {
    v1::PublishPoolRequest pool;
    pool.mutable_pool()->set_pool_id("p");
    pool.mutable_pool()->set_owner_institution_id("H1");
    pool.mutable_pool()->set_resource_kind(v1::RESOURCE_KIND_OUTPATIENT);
    v1::QuotaShare* share = pool.mutable_pool()->add_quotas();
    share->set_quota_class(v1::QUOTA_CLASS_GENERAL);
    share->set_share_bp(9000);
    const auto publish = [&] {
        pool.set_request_id(runtime::new_request_id());
        const auto answer =
            site_.call<v1::ResourcePool>("H1", "yilian.referrals.v1.SlotService/PublishPool", pool);
        return answer.ok() ? "" : answer.error().reason;
    };
    EXPECT_EQ(publish(), "QUOTA_SUM_INVALID");
    pool.mutable_pool()->mutable_quotas(0)->set_share_bp(10000);
    EXPECT_EQ(publish(), "");
    v1::OpenSlotsRequest open;
    open.set_pool_id("p");
    v1::SlotPlan* plan = open.add_plans();
    set_local(plan->mutable_start_at(), "2026-03-10T09:00:00");
    set_local(plan->mutable_end_at(), "2026-03-10T10:00:00");
    plan->set_capacity(3);
    const auto opened = [&] {
        open.set_request_id(runtime::new_request_id());
        const auto answer = site_.call<v1::OpenSlotsResponse>(
            "H1", "yilian.referrals.v1.SlotService/OpenSlots", open);
        if (!answer.ok()) return answer.error().reason;
        return std::to_string(answer.value().slots(3).capacity());
    };
    EXPECT_EQ(opened(), "3");
    EXPECT_EQ(opened(), "SLOT_OVERLAP");
    set_local(plan->mutable_start_at(), "2026-02-10T09:00:00");
    set_local(plan->mutable_end_at(), "2026-02-10T10:00:00");
    EXPECT_EQ(opened(), "SLOT_IN_PAST");
}

TEST_P(Service, AutoAcceptByTheReceiversRule) {
    site_.offer("H1", [](v1::ServiceOffer& offer) { offer.set_auto_accept(true); });
    const v1::Referral r = site_.submitted("r1", ReferralSite::content());
    EXPECT_EQ(r.state(), v1::REFERRAL_STATE_ACCEPTED);
    EXPECT_EQ(r.tasks(0).outcome(), v1::TASK_OUTCOME_ACCEPTED);
    EXPECT_EQ(site_.last_event<v1::ReferralAccepted>(r.referral_id()).context().actor_kind(),
              "SYSTEM");
}

TEST_P(Service, ReferOnGoesOnWithTheChain) {
    site_.offer("H2");
    const v1::Referral r = site_.accepted("r1", ReferralSite::content());
    site_.change("H1", "RecordArrival", on<v1::RecordArrivalRequest>(r));
    auto start = on<v1::StartCareRequest>(r);
    start.set_encounter_ref("e1");
    site_.change("H1", "StartCare", start);
    auto refer = on<v1::ReferOnRequest>(r);
    refer.set_next_referral_id(site_.next_id());
    *refer.mutable_content() = ReferralSite::content();
    refer.mutable_content()->set_receiver_institution_id("T1");
    EXPECT_EQ(site_.refusal("H1", "ReferOn", refer), "RECEIVER_NOT_OFFERING");
    refer.mutable_content()->set_receiver_institution_id("H2");
    const v1::Referral next = site_.change("H1", "ReferOn", refer);
    EXPECT_EQ(next.state(), v1::REFERRAL_STATE_DRAFT);
    EXPECT_EQ(next.chain_id(), r.chain_id());
    EXPECT_EQ(next.sender_institution_id(), "H1");
    EXPECT_EQ(site_.get("H1", r.referral_id()).next_referral_id(), next.referral_id());
}

TEST_P(Service, DraftsAreDiscardedByHandAndByTime) {
    site_.clock("2026-03-02T09:00:00");
    const v1::Referral a = site_.change("B1", "CreateReferral", draft_of("r1"));
    const v1::Referral b = site_.change("B1", "CreateReferral", draft_of("r2"));
    site_.change("B1", "DiscardDraft", on<v1::DiscardDraftRequest>(a));
    EXPECT_EQ(site_.refusal("B1", "SubmitReferral", on<v1::SubmitReferralRequest>(a)),
              "STATE_TRANSITION_NOT_ALLOWED");
    site_.clock("2026-03-09T09:00:00");
    EXPECT_EQ(site_.get("B1", b.referral_id()).state(), v1::REFERRAL_STATE_DISCARDED);
    EXPECT_EQ(site_.events(b.referral_id()).back(), "referral.discarded");
}

TEST_P(Service, ReadsAreForPartiesAndPaged) {
    const v1::Referral r = site_.submitted("r1", ReferralSite::content());
    v1::GetReferralRequest get;
    get.set_referral_id(r.referral_id());
    EXPECT_EQ(site_.call<v1::Referral>("H2", "yilian.referrals.v1.ReferralService/GetReferral", get)
                  .error()
                  .reason,
              "AUTH_RECORD_ACCESS_DENIED");
    auto other = ReferralSite::content();
    other.mutable_diagnoses(0)->set_code("E11.900");
    site_.submitted("r1", other);
    v1::ListReferralsRequest list;
    list.set_page_size(1);
    list.set_side(v1::RECORD_SIDE_RECEIVER);
    std::vector<std::string> seen;
    do {
        const auto page = site_.call<v1::ListReferralsResponse>(
            "H1", "yilian.referrals.v1.ReferralService/ListReferrals", list);
        ASSERT_TRUE(page.ok()) << page.error().reason;
        for (const auto& summary : page.value().referrals()) seen.push_back(summary.referral_id());
        list.set_page_token(page.value().next_page_token());
    } while (!list.page_token().empty());
    EXPECT_EQ(seen.size(), 2U);
    v1::GetHistoryRequest history;
    history.set_referral_id(r.referral_id());
    const auto steps = site_.call<v1::GetHistoryResponse>(
        "B1", "yilian.referrals.v1.ReferralService/GetHistory", history);
    ASSERT_TRUE(steps.ok());
    ASSERT_EQ(steps.value().entries_size(), 2);
    EXPECT_EQ(steps.value().entries(0).action(), "CreateReferral");
    EXPECT_EQ(steps.value().entries(1).to_state(), v1::REFERRAL_STATE_UNDER_REVIEW);
    v1::GetEvidenceRequest evidence;
    evidence.set_referral_id(r.referral_id());
    const auto judged = site_.call<v1::ReferralEvidence>(
        "B1", "yilian.referrals.v1.ReferralService/GetEvidence", evidence);
    ASSERT_TRUE(judged.ok());
    EXPECT_EQ(judged.value().evidence_id(), "");
    EXPECT_EQ(judged.value().invalid_reason(), "NOT_ACCEPTED");
}

TEST_P(Service, EveryMethodIsServedToExactlyItsRoles) {
    EXPECT_THAT(site_.app().unbound_methods(), IsEmpty());
    runtime::expect_access_matrix(site_.site(), site_.app());
}

// Each check sees the damage that it is for.
TEST_P(Service, ChecksFindWhatIsBroken) {
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-20T09:00:00", 40);
    const v1::Referral booked = site_.booked(outpatient(), slots[2].slot_id());
    const v1::Referral in_care = site_.accepted("r2", ReferralSite::content());
    site_.change("H1", "RecordArrival", on<v1::RecordArrivalRequest>(in_care));
    auto start = on<v1::StartCareRequest>(in_care);
    start.set_encounter_ref("e1");
    site_.change("H1", "StartCare", start);
    ASSERT_THAT(site_.violations(), IsEmpty());
    const bool sqlite = GetParam() == storage::Dialect::kSqlite;
    const auto unlocked = [&](const std::string& table, const std::string& sql) {
        if (!sqlite) {
            return "ALTER TABLE " + table + " DISABLE TRIGGER ALL; " + sql + "; ALTER TABLE " +
                   table + " ENABLE TRIGGER ALL";
        }
        const std::string trigger = table + "_fixed";
        return "DROP TRIGGER " + trigger + "; " + sql + "; CREATE TRIGGER " + trigger +
               " BEFORE UPDATE ON " + table +
               " BEGIN SELECT RAISE(ABORT, 'this row never changes'); END";
    };
    struct Damage {
        std::string check;
        std::string sql;
        std::string undo;
    };
    const Damage damages[] = {
        {"REF-C01",
         unlocked("referral_events",
                  "UPDATE referral_events SET action = 'StartCare' WHERE "
                  "action = 'AcceptReferral'"),
         unlocked("referral_events",
                  "UPDATE referral_events SET action = 'AcceptReferral' WHERE "
                  "action = 'StartCare' AND to_state = 'ACCEPTED'")},
        {"REF-C02", "UPDATE referrals SET state = 'REJECTED' WHERE state = 'IN_CARE'",
         "UPDATE referrals SET state = 'IN_CARE' WHERE state = 'REJECTED'"},
        {"REF-C03", "UPDATE slots SET used = 2 WHERE used = 1",
         "UPDATE slots SET used = 1 WHERE used = 2"},
        {"REF-C04", "UPDATE slots SET capacity = capacity + 1 WHERE quota_class = 'GENERAL'",
         "UPDATE slots SET capacity = capacity - 1 WHERE quota_class = 'GENERAL'"},
        {"REF-C05", "UPDATE referrals SET hold_id = 'x' WHERE state = 'BOOKED'",
         "UPDATE referrals SET hold_id = '" + booked.hold().hold_id() + "' WHERE state = 'BOOKED'"},
        {"REF-C06", "UPDATE referral_tasks SET outcome = 'OPEN'",
         "UPDATE referral_tasks SET outcome = 'ACCEPTED'"},
        {"REF-C07", "UPDATE referrals SET state = 'BASE_ACCEPTED' WHERE state = 'IN_CARE'",
         "UPDATE referrals SET state = 'IN_CARE' WHERE state = 'BASE_ACCEPTED'"},
        {"REF-C08", "UPDATE referrals SET encounter_ref = 'e2' WHERE state = 'BOOKED'",
         "UPDATE referrals SET encounter_ref = '' WHERE state = 'BOOKED'"},
        {"REF-C09", unlocked("evidence", "UPDATE evidence SET to_institution_id = 'H2'"),
         unlocked("evidence", "UPDATE evidence SET to_institution_id = 'H1'")},
    };
    for (const Damage& damage : damages) {
        site_.site().database("referrals").tamper(damage.sql);
        EXPECT_THAT(site_.violations(), Contains(::testing::StartsWith(damage.check)));
        site_.site().database("referrals").tamper(damage.undo);
        EXPECT_THAT(site_.violations(), IsEmpty()) << "after " << damage.check;
    }
}

// Evidence and history refuse to be changed by anybody (invariants 2 and 9).
TEST_P(Service, FixedRowsCannotBeChanged) {
    site_.submitted("r1", ReferralSite::content());
    static constexpr storage::Query kForge{"test.forge",
                                           "UPDATE referral_events SET actor_id = 'x'"};
    EXPECT_FALSE(
        site_.app().store().run({"t"}, [](storage::Transaction& tx) { tx.run(kForge); }).ok());
}

}  // namespace
}  // namespace yilian::referrals::testing
