// events.md 6: VerifyEvidence is asked when a list names evidence that the copy does not have.
#include <atomic>
#include <chrono>
#include <thread>

#include "services/billing/tests/service_fixture.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/referrals/v1/referral_service.pb.h"

namespace yilian::billing::test {
namespace {

namespace ref = referrals::v1;

constexpr const char* kVerify = "yilian.referrals.v1.ReferralService/VerifyEvidence";
// The second stay of the walk with its waiver, and without evidence.
constexpr std::int64_t kWithEvidence = 515710;
constexpr std::int64_t kWithout = 463060;

class EvidenceQuestions : public Service {
  protected:
    // A referrals service that knows evidence ev1 of referral ref1 and counts how often it is
    // asked.
    void SetUp() override {
        Service::SetUp();
        peer_ = site_.start(
            {.name = "referrals", .wire = [this](runtime::Wiring& wiring) -> std::shared_ptr<void> {
                 wiring.binder.query<ref::VerifyEvidenceRequest, ref::VerifyEvidenceResponse>(
                     kVerify,
                     {.run = [this](auto&, const auto& request) { return answer(request); }});
                 return nullptr;
             }});
        ASSERT_NE(peer_, nullptr);
        peers_["referrals"] = site_.address(*peer_);
        start();
        feed_places(*facts_);
        clock("2026-03-27T09:30:00+08:00");
    }

    Outcome<ref::VerifyEvidenceResponse> answer(const ref::VerifyEvidenceRequest& request) {
        ++asked_;
        std::this_thread::sleep_for(std::chrono::milliseconds(hold_ms_));
        if (mute_) return Reason("DEPENDENCY_UNAVAILABLE");
        if (request.evidence_id() != "ev1" && request.referral_id() != "ref1") {
            return Reason("EVIDENCE_NOT_FOUND");
        }
        EXPECT_EQ(request.resident_id(), "r");
        const auto issued = fact::evidence("ev1", "ref1", "r", "2026-03-18T14:15:00+08:00");
        ref::VerifyEvidenceResponse response;
        // The event and the answer name the fields alike, but not by the same numbers.
        const auto& m = static_cast<const ref::ReferralEvidenceIssued&>(*issued);
        ref::ReferralEvidence& e = *response.mutable_evidence();
        e.set_evidence_id(m.evidence_id());
        e.set_referral_id(m.referral_id());
        e.set_chain_id(m.chain_id());
        e.set_resident_id(m.resident_id());
        e.set_from_institution_id(m.from_institution_id());
        e.set_to_institution_id(m.to_institution_id());
        e.set_direction(m.direction());
        e.set_valid(m.valid());
        *e.mutable_arrived_at() = m.arrived_at();
        *e.mutable_admitted_at() = m.admitted_at();
        *e.mutable_issued_at() = m.issued_at();
        return response;
    }
    void event_comes() {
        facts_->event(*fact::evidence("ev1", "ref1", "r", "2026-03-18T14:15:00+08:00"), 9);
    }
    v1::Case stored(const std::string& list_id) {
        v1::GetCaseRequest get;
        get.set_institution_id("H1");
        get.set_list_id(list_id);
        return ok<v1::Case>(clerk_, lists("GetCase"), get);
    }
    std::int64_t bookings() {
        v1::ListTransactionsRequest list;
        list.set_account("CASE_COST:2026");
        return ok<v1::ListTransactionsResponse>(clerk_, ledger("ListTransactions"), list)
            .transactions_size();
    }
    void submit_sender() {
        submit(b1_, stay_s1("r", "ref1"));
        asked_ = 0;
    }

    std::unique_ptr<runtime::App> peer_;
    std::atomic<int> asked_ = 0;
    std::atomic<int> hold_ms_ = 0;
    std::atomic<bool> mute_ = false;
};
YILIAN_ON_BOTH_DRIVERS(EvidenceQuestions);

TEST_P(EvidenceQuestions, AnswerCountsUntilTheEventComesAndTheEventChangesNothing) {
    const auto s1 = submit(b1_, stay_s1("r", "ev1"));
    EXPECT_EQ(asked_, 1);
    EXPECT_EQ(s1.benefit().evidence_id(), "ev1");
    const auto s2 = submit(h1_, stay_s2("r", "ev1"));
    EXPECT_EQ(asked_, 2);
    EXPECT_EQ(s2.benefit().waiver(), v1::WAIVER_CANCELLED);
    EXPECT_EQ(s2.benefit().basic_fen(), kWithEvidence);
    const auto booked = bookings();
    event_comes();
    EXPECT_EQ(stored("s2-r").benefit().basic_fen(), kWithEvidence);
    EXPECT_EQ(bookings(), booked);
    submit(h1_, [] {
        auto other = stay_s2("q", "ev1");
        other.set_list_id("other");
        return other;
    }());
    EXPECT_EQ(asked_, 2) << "the copy has it now";
}

TEST_P(EvidenceQuestions, TheReferralMayBeNamedInsteadOfTheEvidence) {
    submit_sender();
    EXPECT_EQ(submit(h1_, stay_s2("r", "ref1")).benefit().basic_fen(), kWithEvidence);
    EXPECT_EQ(asked_, 2) << "as evidence, then as referral";
    // What nobody knows is priced without.
    const auto unknown = submit(b1_, [] {
        auto other = stay_s1("q", "nobody");
        return other;
    }());
    EXPECT_EQ(unknown.benefit().evidence_reason(), "BEN_EVIDENCE_MISSING");
}

TEST_P(EvidenceQuestions, WithoutAnAnswerTheStayIsPricedAgainWhenTheEventComes) {
    submit_sender();
    hold_ms_ = 1000;  // longer than billing waits
    const auto s2 = submit(h1_, stay_s2("r", "ev1"));
    EXPECT_EQ(s2.state(), v1::CASE_STATE_SCORED);
    hold_ms_ = 0;
    peer_.reset();
    const auto late = submit(h1_, [] {
        auto other = stay_s2("q", "ev1");
        other.set_list_id("late");
        return other;
    }());
    EXPECT_EQ(late.state(), v1::CASE_STATE_SCORED);
    event_comes();
    EXPECT_EQ(stored("s2-r").benefit().basic_fen(), kWithEvidence);
}

TEST_P(EvidenceQuestions, NothingIsWrittenWhereNothingIsKept) {
    v1::SubmitSettlementListRequest request;
    request.set_request_id(new_request_id());
    *request.mutable_list() = stay_s1("r", "ev1");
    request.set_validate_only(true);
    EXPECT_EQ(ok<v1::Case>(b1_, lists("SubmitSettlementList"), request).benefit().evidence_id(),
              "ev1");
    static constexpr storage::Query kAnswers{"test.answers",
                                             "SELECT COUNT(*) FROM evidence_answers"};
    std::int64_t answers = -1;
    facts_->read([&](storage::Transaction& tx) { answers = tx.select_one(kAnswers)->i64(0); });
    EXPECT_EQ(answers, 0);
}

TEST_P(EvidenceQuestions, ComputeBenefitAsksForAListThatIsStored) {
    mute_ = true;
    submit(b1_, stay_s1("r", "ev1"));
    EXPECT_EQ(submit(h1_, stay_s2("r", "ev1")).benefit().basic_fen(), kWithout);
    mute_ = false;
    v1::ComputeBenefitRequest compute;
    compute.set_request_id(new_request_id());
    compute.set_list_id("s2-r");
    EXPECT_EQ(ok<v1::Benefit>(h1_, lists("ComputeBenefit"), compute).basic_fen(), kWithEvidence);
    EXPECT_EQ(stored("s2-r").benefit().basic_fen(), kWithEvidence);
}

}  // namespace
}  // namespace yilian::billing::test
