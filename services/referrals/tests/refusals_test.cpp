#include "services/referrals/tests/service_fixture.h"
#include "yilian/referrals/v1/events.pb.h"

// Methods, their refusals and what other services' facts do.
namespace yilian::referrals::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Refusals : public Service {};
YILIAN_ON_BOTH_DRIVERS(Refusals);

TEST_P(Refusals, ReviewAnswersAndWhatFollowsThem) {
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

TEST_P(Refusals, InformationThatNeverComesEndsTheReferral) {
    site_.clock("2026-03-02T09:00:00");
    const v1::Referral r = site_.submitted("r1", ReferralSite::content());
    auto info = on<v1::RequestInformationRequest>(r);
    info.add_item_codes("ecg");
    site_.change("H1", "RequestInformation", info);
    site_.clock("2026-03-04T09:00:00");
    EXPECT_EQ(site_.get("B1", r.referral_id()).state(), v1::REFERRAL_STATE_EXPIRED);
    EXPECT_EQ(site_.events(r.referral_id()).back(), "referral.expired");
}

TEST_P(Refusals, RefusalsOfCreateAndSubmit) {
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
TEST_P(Refusals, DeathEndsEverythingThatIsOpenAndFreesThePlace) {
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
TEST_P(Refusals, MergedResidentsTakeTheirReferralsAlongAndSplitOnesBack) {
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

TEST_P(Refusals, BookingIsMovedAndCancelledFromBothSides) {
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

TEST_P(Refusals, HoldsAreForThoseWhoMayTakeThem) {
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

TEST_P(Refusals, PoolsAndOpeningAreChecked) {
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

TEST_P(Refusals, OpeningWithinTheReleaseTimesFlowsDownAtOnce) {
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-01T20:00:00", 40);
    ASSERT_EQ(slots.size(), 4U);
    EXPECT_EQ(slots[0].capacity(), 2);
    EXPECT_EQ(slots[1].capacity(), 0);
    EXPECT_EQ(slots[2].capacity(), 0);
    EXPECT_EQ(slots[3].capacity(), 38);
    EXPECT_EQ(slots[3].released_from(), v1::QUOTA_CLASS_REFERRAL);
    EXPECT_EQ(site_.events("pool"), (std::vector<std::string>{"quota.released", "quota.released"}));
}

TEST_P(Refusals, AutoAcceptByTheReceiversRule) {
    site_.offer("H1", [](v1::ServiceOffer& offer) { offer.set_auto_accept(true); });
    const v1::Referral r = site_.submitted("r1", ReferralSite::content());
    EXPECT_EQ(r.state(), v1::REFERRAL_STATE_ACCEPTED);
    EXPECT_EQ(r.tasks(0).outcome(), v1::TASK_OUTCOME_ACCEPTED);
    EXPECT_EQ(site_.last_event<v1::ReferralAccepted>(r.referral_id()).context().actor_kind(),
              "SYSTEM");
}

TEST_P(Refusals, ReferOnGoesOnWithTheChain) {
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

TEST_P(Refusals, DraftsAreDiscardedByHandAndByTime) {
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

TEST_P(Refusals, ReadsAreForPartiesAndPaged) {
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

}  // namespace
}  // namespace yilian::referrals::testing
