// Row 32: a dispute about a published settlement with evidence by digest, deadlines in working
// days, a decision by somebody else, and the difference booked; on both databases.
#include "services/billing/app/dispute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/calendar/local_time.h"
#include "services/billing/app/payments.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/settlement_rows.h"
#include "services/billing/tests/harness.h"

namespace yilian::billing::test {
namespace {

using amount::Fen;
using app::Unit;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kRun = "INSTITUTION_MONTH-2026-03";
constexpr const char* kDispute = "01jdsp0000000000000000000a";

class Dispute : public testing::TestWithParam<storage::Dialect> {
  protected:
    Harness h{GetParam()};

    // March is published on 15 April 2026: disputes until 29 April.
    void SetUp() override {
        feed_places(h);
        h.now = at("2026-03-27T09:30:00+08:00");
        h.submit(stay_s1("r", ""));
        h.submit(stay_s2("r", ""));
        h.now = at("2026-04-15T09:00:00+08:00");
        h.publish_month("2026-03");
        h.actor = "party";
    }
    static app::NewDispute about_s2(std::int64_t disputed = 1000, std::int64_t claimed = 5000) {
        return {kDispute,
                kRun,
                "H1",
                "CASE",
                "s2-r",
                Fen::of_raw(disputed),
                Fen::of_raw(claimed),
                "WRONG_GROUP",
                {std::string(64, 'a')}};
    }
    std::string open(const app::NewDispute& what) {
        return reason([&](Unit& u) { return app::open_dispute(u, what); });
    }
    std::string reason(const std::function<Outcome<store::DisputeRow>(Unit&)>& step) {
        std::string out = "OK";
        h.unit([&](Unit& u) {
            const auto row = step(u);
            if (!row.ok()) out = row.refusal().reason.code();
        });
        return out;
    }
    std::string review(const std::string& actor) {
        h.actor = actor;
        return reason([&](Unit& u) { return app::start_review(u, kDispute, ""); });
    }
    std::string decide(const std::string& actor, const std::string& outcome, std::int64_t fen) {
        h.actor = actor;
        return reason([&](Unit& u) {
            return app::decide_dispute(u, kDispute, "", {outcome, Fen::of_raw(fen), "CHECKED"});
        });
    }
    std::string pay(const char* payment, std::int64_t fen) {
        std::string out = "OK";
        h.unit([&](Unit& u) {
            const auto row = app::instruct_payment(u, {payment, "H1", Fen::of_raw(fen), {}, ""});
            if (!row.ok()) out = row.refusal().reason.code();
        });
        return out;
    }
    store::DisputeRow row() {
        store::DisputeRow out;
        h.read([&](storage::Transaction& tx) { out = *store::dispute(tx, kDispute); });
        return out;
    }
    std::vector<std::string> steps() {
        std::vector<std::string> out;
        h.read([&](storage::Transaction& tx) {
            out.clear();
            for (const store::TrailRow& t : store::trail(tx, kDispute)) {
                out.push_back(t.actor + ' ' + t.action + " -> " + t.to_state);
            }
        });
        return out;
    }
    std::vector<std::string> events() {
        std::vector<std::string> out;
        h.read([&](storage::Transaction& tx) {
            static constexpr storage::Query kTypes{
                "test.types",
                "SELECT type FROM outbox WHERE type LIKE 'yilian.billing.dispute.%' ORDER BY "
                "position"};
            out.clear();
            for (const storage::Row& r : tx.select(kTypes)) out.push_back(r.text(0));
        });
        return out;
    }
};
YILIAN_ON_BOTH_DRIVERS(Dispute);

TEST_P(Dispute, UpheldIsPaidFromTheReserve) {
    const std::int64_t payable = h.balance("PAYABLE:H1");
    ASSERT_EQ(open(about_s2()), "OK");
    EXPECT_EQ(row().review_until, "2026-05-15")
        << "20 working days, five holidays, one make-up day";
    EXPECT_EQ(reason([&](Unit& u) {
                  return app::add_evidence(u, kDispute, "\"1\"", {std::string(64, 'b')});
              }),
              "OK");
    EXPECT_EQ(review("clerk2"), "OK");
    EXPECT_EQ(decide("approver", "UPHELD", 5000), "OK");
    EXPECT_EQ(h.balance("PAYABLE:H1"), payable + 5000);
    EXPECT_EQ(h.balance("RESERVE:RES-2026"), -5000);
    EXPECT_EQ(row().state, DisputeState::kUpheld);
    const std::string transaction_id = row().transaction_id;
    h.read([&](storage::Transaction& tx) {
        const auto booked = store::transaction(tx, transaction_id);
        ASSERT_TRUE(booked.has_value());
        EXPECT_EQ(booked->transaction.refers_to, (std::vector<std::string>{kRun, kDispute}));
    });
    EXPECT_THAT(steps(), ElementsAre("party OpenDispute -> OPEN", "party AddEvidence -> OPEN",
                                     "clerk2 StartReview -> UNDER_REVIEW",
                                     "approver DecideDispute -> UPHELD"));
    EXPECT_THAT(events(), ElementsAre("yilian.billing.dispute.opened.v1",
                                      "yilian.billing.dispute.evidence_added.v1",
                                      "yilian.billing.dispute.decided.v1"));
    EXPECT_EQ(decide("approver", "REJECTED", 0), "DISPUTE_CLOSED");
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(Dispute, DecidedBySomebodyElse) {
    ASSERT_EQ(open(about_s2()), "OK");
    EXPECT_EQ(decide("approver", "UPHELD", 5000), "STATE_TRANSITION_NOT_ALLOWED")
        << "nobody has looked at it";
    ASSERT_EQ(review("reviewer"), "OK");
    EXPECT_EQ(decide("reviewer", "UPHELD", 5000), "SAME_PERSON");
    EXPECT_EQ(decide("party", "UPHELD", 5000), "SAME_PERSON");
    EXPECT_EQ(decide("clerk", "UPHELD", 5000), "SAME_PERSON") << "the run's preparer";
    EXPECT_EQ(decide("approver", "UPHELD", 4999), "DISPUTE_AMOUNT_MISMATCH");
    EXPECT_EQ(decide("approver", "PARTLY_UPHELD", 5000), "DISPUTE_AMOUNT_MISMATCH");
    EXPECT_EQ(decide("approver", "REJECTED", 1), "DISPUTE_AMOUNT_MISMATCH");
    EXPECT_EQ(decide("approver", "PARTLY_UPHELD", 1), "OK");
    EXPECT_EQ(row().granted.raw(), 1);
}

TEST_P(Dispute, RejectedBooksNothing) {
    ASSERT_EQ(open(about_s2()), "OK");
    ASSERT_EQ(review("clerk2"), "OK");
    const std::int64_t payable = h.balance("PAYABLE:H1");
    ASSERT_EQ(decide("approver", "REJECTED", 0), "OK");
    EXPECT_EQ(h.balance("PAYABLE:H1"), payable);
    EXPECT_EQ(row().transaction_id, "");
    // What was rejected may be disputed again while there is time.
    app::NewDispute again = about_s2();
    again.dispute_id = "01jdsp0000000000000000000b";
    EXPECT_EQ(open(again), "OK");
}

// Ten working days after publishing; the last day is in time.
TEST_P(Dispute, OpenedInTimeAndOnce) {
    app::NewDispute wrong = about_s2();
    wrong.party = "V1";
    EXPECT_EQ(open(wrong), "NOT_FOUND");
    wrong = about_s2();
    wrong.subject_id = "s1-r";
    EXPECT_EQ(open(wrong), "NOT_FOUND") << "a case of another party";
    wrong = about_s2(h.balance("PAYABLE:H1") + 1);
    EXPECT_EQ(open(wrong), "DISPUTE_AMOUNT_MISMATCH");
    h.now = at("2026-04-30T00:00:00+08:00");
    EXPECT_EQ(open(about_s2()), "DISPUTE_TOO_LATE");
    h.now = at("2026-04-29T23:59:00+08:00");
    EXPECT_EQ(open(about_s2()), "OK");
    EXPECT_EQ(open(about_s2()), "OK") << "the same again is answered as it stands";
    EXPECT_EQ(open(about_s2(999)), "ID_REUSED");
    app::NewDispute second = about_s2();
    second.dispute_id = "01jdsp0000000000000000000b";
    EXPECT_EQ(open(second), "DISPUTE_DUPLICATE");
    second.subject = "POINTS";
    EXPECT_EQ(open(second), "OK") << "about something else";
    EXPECT_THAT(events(), SizeIs(2));
}

TEST_P(Dispute, EvidenceIsAskedForAndWithdrawn) {
    ASSERT_EQ(open(about_s2()), "OK");
    h.actor = "clerk2";
    EXPECT_EQ(reason([&](Unit& u) { return app::request_evidence(u, kDispute, "", "NO_RECORD"); }),
              "OK");
    EXPECT_EQ(row().state, DisputeState::kEvidenceRequested);
    h.actor = "party";
    EXPECT_EQ(
        reason([&](Unit& u) {
            return app::add_evidence(u, kDispute, "", {std::string(64, 'c'), std::string(64, 'a')});
        }),
        "OK");
    EXPECT_EQ(row().state, DisputeState::kUnderReview);
    EXPECT_THAT(row().documents, ElementsAre(std::string(64, 'a'), std::string(64, 'c')));
    EXPECT_EQ(
        reason([&](Unit& u) { return app::withdraw_dispute(u, kDispute, "\"9\"", "GAVE_UP"); }),
        "ETAG_MISMATCH");
    EXPECT_EQ(reason([&](Unit& u) { return app::withdraw_dispute(u, kDispute, "", "GAVE_UP"); }),
              "OK");
    EXPECT_EQ(reason([&](Unit& u) { return app::start_review(u, kDispute, ""); }),
              "DISPUTE_CLOSED");
}

// An open dispute does not stop the payment of the undisputed part.
TEST_P(Dispute, UndisputedPartIsPaid) {
    const std::int64_t payable = h.balance("PAYABLE:H1");
    ASSERT_EQ(open(about_s2(1000)), "OK");
    EXPECT_EQ(pay("01jpay0000000000000000000a", payable), "DISPUTE_OPEN_AMOUNT");
    EXPECT_EQ(pay("01jpay0000000000000000000a", payable - 1000), "OK");
    EXPECT_EQ(pay("01jpay0000000000000000000b", 1), "DISPUTE_OPEN_AMOUNT");
    ASSERT_EQ(review("clerk2"), "OK");
    ASSERT_EQ(decide("approver", "REJECTED", 0), "OK");
    EXPECT_EQ(pay("01jpay0000000000000000000b", 1000), "OK");
}

// After the last day of the review the dispute is escalated each working day until it is decided.
TEST_P(Dispute, LateReviewIsEscalated) {
    ASSERT_EQ(open(about_s2()), "OK");
    const auto due = [&] {
        std::string out;
        h.read([&](storage::Transaction& tx) {
            static constexpr storage::Query kTimer{
                "test.timer", "SELECT due_at FROM timers WHERE kind = 'dispute.review'"};
            const auto found = tx.select_one(kTimer);
            out = found ? calendar::local_date(found->instant(0)).text() : "none";
        });
        return out;
    };
    EXPECT_EQ(due(), "2026-05-16");
    h.now = at("2026-05-16T00:00:00+08:00");
    h.actor = "system";
    h.unit([&](Unit& u) { app::dispute_late(u, kDispute); });
    EXPECT_TRUE(row().escalated);
    EXPECT_EQ(due(), "2026-05-18") << "Monday";
    ASSERT_EQ(review("clerk2"), "OK");
    ASSERT_EQ(decide("approver", "REJECTED", 0), "OK");
    EXPECT_EQ(due(), "none");
    h.unit([&](Unit& u) { app::dispute_late(u, kDispute); });
    EXPECT_EQ(row().state, DisputeState::kRejected) << "a timer that comes late changes nothing";
}

}  // namespace
}  // namespace yilian::billing::test
