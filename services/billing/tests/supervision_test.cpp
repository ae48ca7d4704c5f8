// Fund supervision in the service, on both databases: rows 15 and 16 of the features, deductions
// the sampled review, the clock of payments and the prober of the ledger (rows 26,
// 28).
#include "services/billing/app/supervision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/calendar/local_time.h"
#include "libs/policy/testing/packs.h"
#include "libs/testkit/status.h"
#include "services/billing/app/findings.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/app/ledger_probe.h"
#include "services/billing/app/payments.h"
#include "services/billing/app/periods.h"
#include "services/billing/app/pools.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/settlement_rows.h"
#include "services/billing/tests/harness.h"

namespace yilian::billing::test {
namespace {

using amount::Fen;
using app::Unit;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kMarch = "2026-03";

class Supervision : public testing::TestWithParam<storage::Dialect> {
  protected:
    Harness h{GetParam()};

    // The stays of the walk: s1 at B1, s2 at H1, one resident; both grouped.
    void two_stays() {
        feed_places(h);
        h.now = at("2026-03-27T09:30:00+08:00");
        h.submit(stay_s1("r", ""));
        h.submit(stay_s2("r", ""));
    }
    app::SupervisionReport run_march() {
        app::SupervisionReport report;
        h.unit([&](Unit& u) {
            const auto done = app::run_supervision(u, *calendar::CivilMonth::parse(kMarch));
            ASSERT_TRUE(done.ok()) << done.refusal().reason.code();
            report = *done;
        });
        return report;
    }
    static std::int64_t raised(const app::SupervisionReport& report) {
        std::int64_t sum = 0;
        for (const app::RuleCount& rule : report.rules) sum += rule.raised;
        return sum;
    }
    std::string raise(const std::string& record, const std::vector<std::string>& lists,
                      std::int64_t fen, const std::string& rule = "ST07") {
        std::string id;
        h.unit([&](Unit& u) {
            id = app::raise_finding(
                     u, {rule, record, "H1", lists, kMarch, Fen::of_raw(fen), {{"item", "X"}}})
                     .finding_id;
        });
        return id;
    }
    store::FindingRow finding(const std::string& id) {
        store::FindingRow row;
        h.read([&](storage::Transaction& tx) { row = *store::finding(tx, id); });
        return row;
    }
    std::string decide(const std::string& id, const std::string& decision, std::int64_t fen = 0) {
        std::string reason = "OK";
        h.unit([&](Unit& u) {
            const auto row =
                app::decide_finding(u, id, "", {decision, Fen::of_raw(fen), "CHECKED"});
            if (!row.ok()) reason = row.refusal().reason.code();
        });
        return reason;
    }
    std::vector<std::string> steps(const std::string& id) {
        std::vector<std::string> out;
        h.read([&](storage::Transaction& tx) {
            out.clear();
            for (const store::TrailRow& t : store::trail(tx, id)) {
                out.push_back(t.actor + ' ' + t.action + " -> " + t.to_state);
            }
        });
        return out;
    }
    std::vector<std::string> events(const std::string& like) {
        std::vector<std::string> out;
        h.read([&](storage::Transaction& tx) {
            static constexpr storage::Query kTypes{
                "test.types", "SELECT type FROM outbox WHERE type LIKE $1 ORDER BY position"};
            out.clear();
            for (const storage::Row& row : tx.select(kTypes, like)) out.push_back(row.text(0));
        });
        return out;
    }
};
YILIAN_ON_BOTH_DRIVERS(Supervision);

// Row 16: what is found once is found once, whenever and however often the month is checked.
TEST_P(Supervision, AMonthIsCheckedAgainWithoutNewFindings) {
    two_stays();
    const auto first = run_march();
    EXPECT_EQ(first.lists, 2);
    EXPECT_GT(raised(first), 0);
    const auto second = run_march();
    EXPECT_EQ(raised(second), 0);
    ASSERT_EQ(first.rules.size(), second.rules.size());
    for (std::size_t i = 0; i < first.rules.size(); ++i) {
        EXPECT_EQ(first.rules[i].hits, second.rules[i].hits) << first.rules[i].rule_id;
    }
    EXPECT_EQ(static_cast<std::int64_t>(events("yilian.billing.finding.raised.v1").size()),
              raised(first));
    EXPECT_THAT(h.violations(), IsEmpty());
}

// Row 16: a second claim for the same case, declared by another institution three weeks later.
TEST_P(Supervision, DuplicateClaimAtAnotherInstitution) {
    feed_places(h);
    h.now = at("2026-03-19T09:30:00+08:00");
    h.submit(stay_s1("r", ""));
    h.now = at("2026-03-31T09:30:00+08:00");
    auto copy = stay_s1("r", "");
    copy.set_list_id("again");
    store::set_instant(copy.mutable_admitted_at(), at("2026-03-24T09:00:00+08:00"));
    store::set_instant(copy.mutable_discharged_at(), at("2026-03-28T09:00:00+08:00"));
    copy.set_stay_days(4);
    copy.set_nursing_days_2(0);
    store::set_instant(copy.mutable_declared_at(), at("2026-03-29T09:00:00+08:00"));
    const auto view = h.submit(copy);
    ASSERT_TRUE(view.list.accepted) << store::findings_text(view.list.findings);
    std::vector<std::string> found;
    for (const app::RuleCount& rule : run_march().rules) {
        if (rule.hits > 0) found.push_back(rule.rule_id);
    }
    EXPECT_THAT(found, Contains("DC01"));
    EXPECT_THAT(found, Contains("SS01"));
}

TEST_P(Supervision, AMonthThatHasNotBegunIsRefused) {
    feed_places(h);
    h.unit([&](Unit& u) {
        EXPECT_EQ(app::run_supervision(u, *calendar::CivilMonth::parse("2026-05")).refusal().reason,
                  Reason("DATE_IN_FUTURE"));
    });
}

// Charge lines are those of a list in force, and stay as they are once a finding names the list.
TEST_P(Supervision, ChargeLinesAreFoundAndThenFixed) {
    two_stays();
    const auto submit = [&](const std::string& list, std::int64_t quantity) {
        std::string reason = "OK";
        h.unit([&](Unit& u) {
            app::ChargeLines what{"H1", list, {}};
            what.lines.push_back({"H1", list, 1, "BED-3", *calendar::CivilDate::parse("2026-03-19"),
                                  quantity, Fen::of_raw(6000), "03", ""});
            const auto sum = app::submit_charge_lines(u, what);
            if (!sum.ok()) reason = sum.refusal().reason.code();
        });
        return reason;
    };
    EXPECT_EQ(submit("nothing", 1000), "NOT_FOUND");
    EXPECT_EQ(submit("s2-r", 1000), "OK");
    EXPECT_EQ(submit("s2-r", 2000), "OK") << "later lines take the place of the earlier ones";
    std::vector<std::string> found;
    for (const app::RuleCount& rule : run_march().rules) {
        if (rule.hits > 0) found.push_back(rule.rule_id);
    }
    EXPECT_THAT(found, Contains("SU03"));
    EXPECT_EQ(submit("s2-r", 1000), "CHARGE_LINES_FIXED");
}

TEST_P(Supervision, DrugSalesAreKeptOnce) {
    feed_places(h);
    supervision::SaleFact sale{"V1",
                               "s1",
                               "r",
                               "ALT",
                               *calendar::CivilDate::parse("2026-03-02"),
                               1000,
                               500,
                               Fen::of_raw(2500),
                               ""};
    h.unit([&](Unit& u) {
        EXPECT_EQ(app::submit_drug_sales(u, {sale})->added, 1);
        EXPECT_EQ(app::submit_drug_sales(u, {sale})->known, 1);
    });
    supervision::SaleFact changed = sale;
    changed.quantity_milli = 2000;
    supervision::SaleFact fresh = sale;
    fresh.sale_id = "s2";
    h.unit([&](Unit& u) {
        EXPECT_EQ(app::submit_drug_sales(u, {fresh, changed}).refusal().reason,
                  Reason("ID_REUSED"));
        EXPECT_EQ(app::submit_drug_sales(u, {fresh})->added, 1) << "none of them was kept";
    });
}

// PAYABLE -> DEDUCTION at the decision, DEDUCTION -> RESERVE when it is final, by two
// persons.
TEST_P(Supervision, DeductionWithHearingAndASecondPerson) {
    two_stays();
    const std::string id = raise("r1", {"s2-r"}, 12500);
    h.actor = "clerk";
    h.unit([&](Unit& u) {
        ASSERT_TRUE(app::ask_finding(u, id, "\"1\"", "EXPLAIN").ok());
        EXPECT_EQ(app::ask_finding(u, id, "\"1\"", "").refusal().reason, Reason("ETAG_MISMATCH"));
        ASSERT_TRUE(app::answer_finding(u, id, "\"2\"", "PRICE_LIST", {std::string(64, 'b')}).ok());
    });
    h.now = at("2026-04-01T09:00:00+08:00");
    EXPECT_EQ(decide(id, "FINAL"), "STATE_TRANSITION_NOT_ALLOWED");
    EXPECT_EQ(decide(id, "DEDUCT", 900'000'000), "FINDING_AMOUNT_MISMATCH");
    EXPECT_EQ(finding(id).changes, 3) << "a refusal changes nothing";
    EXPECT_EQ(decide(id, "DEDUCT"), "OK");
    EXPECT_EQ(h.balance("DEDUCTION:RES-2026"), 12500);
    EXPECT_EQ(h.balance("PAYABLE:H1"), -12500);
    // Ten working days, 6 April 2026 is a holiday.
    EXPECT_EQ(finding(id).hearing_until, "2026-04-16");
    EXPECT_EQ(decide(id, "FINAL"), "HEARING_RUNNING");
    h.now = at("2026-04-17T09:00:00+08:00");
    EXPECT_EQ(decide(id, "FINAL"), "SAME_PERSON");
    h.actor = "approver";
    EXPECT_EQ(decide(id, "FINAL"), "OK");
    EXPECT_EQ(h.balance("DEDUCTION:RES-2026"), 0);
    EXPECT_EQ(h.balance("RESERVE:RES-2026"), 12500);
    EXPECT_EQ(decide(id, "WITHDRAW"), "FINDING_DECIDED");
    EXPECT_THAT(steps(id), ElementsAre("tester raise -> RAISED", "clerk AskFinding -> ASKED",
                                       "clerk AnswerFinding -> ANSWERED",
                                       "clerk DecideFinding DEDUCT -> HEARING",
                                       "approver DecideFinding FINAL -> DEDUCTED"));
    EXPECT_THAT(events("yilian.billing.clawback.%"), SizeIs(1));
    EXPECT_THAT(events("yilian.billing.finding.decided.v1"), SizeIs(2));
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(Supervision, AWithdrawnDeductionGivesTheMoneyBack) {
    two_stays();
    const std::string id = raise("r2", {"s2-r"}, 500);
    EXPECT_EQ(decide(id, "DEDUCT"), "OK");
    EXPECT_EQ(h.balance("PAYABLE:H1"), -500);
    EXPECT_EQ(decide(id, "WITHDRAW"), "OK");
    EXPECT_EQ(h.balance("PAYABLE:H1"), 0);
    EXPECT_EQ(h.balance("DEDUCTION:RES-2026"), 0);
    EXPECT_EQ(finding(id).state, FindingState::kDismissed);
    EXPECT_EQ(decide(raise("r3", {}, 500), "DEDUCT"), "FINDING_WITHOUT_LIST");
    EXPECT_THAT(h.violations(), IsEmpty());
}

// A finding that asks to hold money keeps it from being paid, until it is decided.
TEST_P(Supervision, HeldMoneyIsNotPaid) {
    two_stays();
    h.now = at("2026-04-15T09:00:00+08:00");
    h.publish_month(kMarch);
    const std::int64_t payable = h.balance("PAYABLE:H1");
    const std::string id = raise("r4", {"s2-r"}, payable - 100, "OV01");
    const auto pay = [&](const char* payment, std::int64_t fen) {
        std::string reason = "OK";
        h.unit([&](Unit& u) {
            const auto row = app::instruct_payment(u, {payment, "H1", Fen::of_raw(fen), {}, ""});
            if (!row.ok()) reason = row.refusal().reason.code();
        });
        return reason;
    };
    EXPECT_EQ(pay("01jpay0000000000000000000e", 101), "DISPUTE_OPEN_AMOUNT");
    EXPECT_EQ(pay("01jpay0000000000000000000e", 100), "OK");
    EXPECT_EQ(decide(id, "DISMISS"), "OK");
    EXPECT_EQ(pay("01jpay0000000000000000000f", payable - 100), "OK");
}

// Row 15: the same lists give the same sample, an override raises a finding, every step is kept.
TEST_P(Supervision, SampledReviewWithOverrideTrail) {
    two_stays();
    app::Sample sample;
    h.unit([&](Unit& u) { sample = app::draw_reviews(u, *calendar::CivilMonth::parse(kMarch)); });
    ASSERT_THAT(sample.reviews, SizeIs(2)) << "one of each institution, rounded up";
    EXPECT_EQ(sample.lists, 2);
    h.unit([&](Unit& u) {
        const auto again = app::draw_reviews(u, *calendar::CivilMonth::parse(kMarch));
        ASSERT_THAT(again.reviews, SizeIs(2));
        EXPECT_EQ(again.reviews[0].review_id, sample.reviews[0].review_id);
    });
    h.actor = "reviewer";
    const std::string first = sample.reviews[0].review_id;
    std::string raised_id;
    h.unit([&](Unit& u) {
        EXPECT_EQ(app::decide_review(u, "nothing", "", {}).refusal().reason, Reason("NOT_FOUND"));
        EXPECT_EQ(app::decide_review(u, first, "\"7\"", {}).refusal().reason,
                  Reason("ETAG_MISMATCH"));
        const auto overridden =
            app::decide_review(u, first, "\"1\"", {true, "WRONG_PRINCIPAL", Fen::of_raw(100)});
        ASSERT_TRUE(overridden.ok());
        raised_id = overridden->finding_id;
        EXPECT_EQ(app::decide_review(u, first, "", {}).refusal().reason, Reason("REVIEW_DECIDED"));
        ASSERT_TRUE(
            app::decide_review(u, sample.reviews[1].review_id, "", {false, "FINE", {}}).ok());
    });
    EXPECT_EQ(finding(raised_id).rule_id, "MANUAL_REVIEW");
    EXPECT_EQ(finding(raised_id).list_ids, std::vector<std::string>{sample.reviews[0].list_id});
    EXPECT_THAT(steps(first), ElementsAre("tester DrawReviewSample -> DRAWN",
                                          "reviewer DecideReview override -> OVERRIDDEN"));
}

TEST_P(Supervision, ATrailNeverChanges) {
    two_stays();
    raise("r5", {}, 0);
    static constexpr storage::Query kUpdate{"test.update", "UPDATE trail_entries SET actor = 'x'"};
    static constexpr storage::Query kDelete{"test.delete", "DELETE FROM trail_entries"};
    for (const storage::Query* query : {&kUpdate, &kDelete}) {
        EXPECT_FALSE(h.store().run({"x"}, [&](storage::Transaction& tx) { tx.run(*query); }).ok());
    }
}

// thirty working days after the claim, warnings on the twentieth and twenty-seventh.
TEST_P(Supervision, PaymentClockWarnsAndIsFoundOverdue) {
    feed_places(h);
    const std::string payment = "01jpay0000000000000000000g";
    h.now = at("2026-04-01T09:00:00+08:00");
    h.unit([&](Unit& u) {
        ASSERT_TRUE(app::instruct_payment(u, {payment, "B1", Fen::of_raw(3600), {}, ""}).ok());
    });
    std::vector<std::string> due;
    h.read([&](storage::Transaction& tx) {
        static constexpr storage::Query kTimers{
            "test.timers",
            "SELECT kind, name, due_at FROM timers WHERE aggregate_id = $1 ORDER BY due_at"};
        due.clear();
        for (const storage::Row& row : tx.select(kTimers, payment)) {
            due.push_back(row.text(0) + ' ' + row.text(1) + ' ' +
                          calendar::local_date(row.instant(2)).text());
        }
    });
    EXPECT_THAT(due, ElementsAre("payment.warning 20 2026-04-30", "payment.warning 27 2026-05-13",
                                 "payment.overdue  2026-05-19"));
    h.now = at("2026-05-19T00:00:00+08:00");
    for (int day = 0; day < 2; ++day) {
        h.unit([&](Unit& u) { app::payment_overdue(u, payment); });
    }
    EXPECT_THAT(events("yilian.billing.payment.became_overdue.v1"), SizeIs(2));
    EXPECT_THAT(events("yilian.billing.finding.raised.v1"), SizeIs(1)) << "found once";
    h.unit([&](Unit& u) {
        ASSERT_TRUE(
            app::confirm_payment(u, payment, "\"2\"", Fen::of_raw(3600), "2026-05-19").ok());
    });
    h.read([&](storage::Transaction& tx) {
        static constexpr storage::Query kLeft{
            "test.left", "SELECT COUNT(*) FROM timers WHERE aggregate_id = $1"};
        EXPECT_EQ(tx.select_one(kLeft, payment)->i64(0), 0) << "a paid payment has no clock";
    });
}

// --- the ledger
// ------------------------------------------------------------------------------------

// The gauges of the alerts: the ledger at 0, each payment at the stage of its clock.
TEST_P(Supervision, GaugesOfLedgerAndClocks) {
    feed_places(h);
    observe::Metrics metrics("billing");
    const auto probe = std::make_shared<app::LedgerProbe>(h.store());
    app::bind_ledger_metrics(metrics, h.store(), probe);
    const auto shows = [&](const std::string& line) {
        return metrics.page().find('\n' + line + '\n') != std::string::npos;
    };
    EXPECT_TRUE(shows("ledger_imbalance_fen 0"));
    const std::string payment = "01jpay0000000000000000000h";
    h.now = at("2026-04-01T09:00:00+08:00");
    h.unit([&](Unit& u) {
        ASSERT_TRUE(app::instruct_payment(u, {payment, "B1", Fen::of_raw(3600), {}, ""}).ok());
    });
    EXPECT_TRUE(shows("payment_clock_payments{stage=\"running\"} 1"));
    h.unit([&](Unit& u) { app::payment_warned(u, payment, 20); });
    EXPECT_TRUE(shows("payment_clock_payments{stage=\"running\"} 0"));
    EXPECT_TRUE(shows("payment_clock_payments{stage=\"warned\"} 1"));
    h.now = at("2026-05-19T00:00:00+08:00");
    h.unit([&](Unit& u) { app::payment_overdue(u, payment); });
    EXPECT_TRUE(shows("payment_clock_payments{stage=\"warned\"} 0"));
    EXPECT_TRUE(shows("payment_clock_payments{stage=\"overdue\"} 1"));
}

// Row 28 and X-53: a closed month takes nothing until two persons open it again.
TEST_P(Supervision, AClosedMonthIsOpenedByTwoPersons) {
    feed_places(h);
    h.actor = "closer";
    h.unit([&](Unit& u) {
        EXPECT_EQ(app::reopen_period(u, "2026-01", "\"0\"", "LATE_FACT").refusal().reason,
                  Reason("PERIOD_NOT_CLOSED"));
        ASSERT_TRUE(app::close_period(u, "2026-01", "").ok());
    });
    const auto book_in_january = [&](const std::string& part) {
        std::string reason = "OK";
        h.unit([&](Unit& u) {
            app::Booking booking;
            booking.kind = "test";
            booking.parts = {part};
            booking.wanted = *calendar::CivilMonth::parse("2026-01");
            booking.exact = true;
            booking.posting.move("POOL:X", "PAYABLE:X", Fen::of_raw(1));
            booking.institution_id = "B1";
            const auto booked = app::book(u, booking);
            if (!booked.ok()) reason = booked.refusal().reason.code();
        });
        return reason;
    };
    EXPECT_EQ(book_in_january("1"), "PERIOD_CLOSED");
    h.unit([&](Unit& u) {
        const auto asked = app::reopen_period(u, "2026-01", "\"1\"", "LATE_FACT");
        ASSERT_TRUE(asked.ok());
        EXPECT_TRUE(asked->closed) << "one person is not enough";
        EXPECT_EQ(app::reopen_period(u, "2026-01", "\"1\"", "LATE_FACT").refusal().reason,
                  Reason("SAME_PERSON"));
        EXPECT_EQ(app::reopen_period(u, "2026-01", "\"9\"", "LATE_FACT").refusal().reason,
                  Reason("ETAG_MISMATCH"));
    });
    EXPECT_EQ(book_in_january("1"), "PERIOD_CLOSED");
    h.actor = "other";
    h.unit([&](Unit& u) {
        const auto opened = app::reopen_period(u, "2026-01", "\"1\"", "LATE_FACT");
        ASSERT_TRUE(opened.ok());
        EXPECT_FALSE(opened->closed);
    });
    EXPECT_EQ(book_in_january("1"), "OK");
    EXPECT_THAT(h.violations(), IsEmpty());
}

// Row 26: the prober sees the ledger as it is, goes on from where it was, and works beside
// bookings.
TEST_P(Supervision, ProbeFollowsTheLedger) {
    two_stays();
    app::LedgerProbe probe(h.store());
    const auto part = probe.look(2);
    EXPECT_EQ(part.sequence, 2);
    EXPECT_FALSE(part.complete);
    auto all = probe.look();
    EXPECT_TRUE(all.complete);
    EXPECT_TRUE(all.sound());
    const std::int64_t before = all.sequence;
    raise("r6", {"s2-r"}, 500);
    EXPECT_EQ(decide(raise("r7", {"s2-r"}, 500), "DEDUCT"), "OK");
    all = probe.look();
    EXPECT_EQ(all.sequence, before + 1);
    EXPECT_TRUE(all.sound());
    EXPECT_FALSE(*probe.stopped());
}

}  // namespace

struct Damage {
    const char* check;
    const char* sql;
};
class SupervisionChecks : public testing::TestWithParam<Damage> {};

// Each check sees the row that it is for.
TEST_P(SupervisionChecks, SeeOneBrokenRow) {
    Harness h;
    feed_places(h);
    h.now = at("2026-03-27T09:30:00+08:00");
    h.submit(stay_s2("r", ""));
    h.unit([&](Unit& u) {
        const auto raised =
            app::raise_finding(u, {"ST07", "record", "H1", {"s2-r"}, kMarch, Fen::of_raw(500), {}});
        ASSERT_TRUE(app::decide_finding(u, raised.finding_id, "", {"DEDUCT", Fen(), "X"}).ok());
    });
    EXPECT_THAT(h.violations(), IsEmpty());
    h.store().stop();
    h.database()->tamper(GetParam().sql);
    const auto store = h.database()->store({});
    ASSERT_THAT(store->start(), testkit::IsOk());
    Harness again(*store, policy::testing::shipped_packs());
    EXPECT_FALSE(again.violations(GetParam().check).empty());
    store->stop();
}
const Damage kDamages[] = {
    {"BIL-C14", "UPDATE findings SET deducted_fen = deducted_fen + 1"},
    {"BIL-C14", "UPDATE findings SET state = 'DISMISSED'"},
    {"BIL-C15", "UPDATE findings SET state = 'DISMISSED'"},
    {"BIL-C15", "DROP TRIGGER trail_entries_kept; DELETE FROM trail_entries WHERE entry_no = 2"},
    {"BIL-C16",
     "INSERT INTO disputes SELECT 'd', 'r', 'H1', 'H1', 'SPLIT', 'x', 0, 5, 5, 'UPHELD', 'a', 'b', "
     "'', '', '', '', '', 0, '', '', 1"}};
INSTANTIATE_TEST_SUITE_P(Billing, SupervisionChecks, testing::ValuesIn(kDamages));

// Row 26: one fen beside the books is seen in the next look, and nothing is booked any more.
TEST(LedgerProbe, SeesOneFenAndStopsPosting) {
    for (const char* damage :
         {"UPDATE ledger_lines SET fen = fen + 1 WHERE sequence = 1 AND line_no = 1",
          "UPDATE ledger_lines SET account = 'PAYABLE:THIEF' WHERE sequence = 1 AND line_no = 1",
          "UPDATE ledger_transactions SET period = '2025-01' WHERE sequence = 1"}) {
        SCOPED_TRACE(damage);
        Harness h;
        feed_places(h);
        h.store().stop();
        h.database()->tamper(
            "DROP TRIGGER ledger_transactions_fixed; DROP TRIGGER ledger_lines_fixed;");
        h.database()->tamper(damage);
        const auto store = h.database()->store({});
        ASSERT_THAT(store->start(), testkit::IsOk());
        app::LedgerProbe probe(*store);
        const auto result = probe.look();
        EXPECT_FALSE(result.sound());
        EXPECT_FALSE(result.broken.empty());
        EXPECT_TRUE(*probe.stopped());
        Harness again(*store, policy::testing::shipped_packs());
        again.env().posting_stopped = probe.stopped();
        const auto booked = again.try_unit([&](Unit& u) {
            app::Booking booking;
            booking.kind = "test";
            booking.wanted = *calendar::CivilMonth::parse("2026-01");
            booking.posting.move("POOL:X", "PAYABLE:X", Fen::of_raw(1));
            app::must_book(u, booking);
        });
        EXPECT_EQ(booked.code(), absl::StatusCode::kInternal);
        store->stop();
    }
}

}  // namespace yilian::billing::test
