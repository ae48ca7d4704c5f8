// The money of events.md 7 and what late, corrected and withdrawn facts do to it, on both
// databases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/policy/testing/packs.h"
#include "libs/testkit/status.h"
#include "services/billing/app/benefit_years.h"
#include "services/billing/app/capitation_months.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/app/payments.h"
#include "services/billing/app/pools.h"
#include "services/billing/app/runs.h"
#include "services/billing/store/capitation_rows.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/tests/harness.h"
#include "yilian/directory/v1/events.pb.h"

namespace yilian::billing::test {
namespace {

using app::Unit;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kPeriod = "2026-03";

class Settlement : public testing::TestWithParam<storage::Dialect> {
  protected:
    Harness h{GetParam()};

    std::int64_t periods_benefit(const std::string& period) {
        std::int64_t count = 0;
        h.read([&](storage::Transaction& tx) {
            static constexpr storage::Query kCount{
                "test.benefits",
                "SELECT COUNT(*) FROM ledger_transactions WHERE kind = 'benefit' AND period = $1"};
            count = tx.select_one(kCount, period)->i64(0);
        });
        return count;
    }
    store::BenefitRow benefit(const std::string& institution, const std::string& list_id) {
        store::BenefitRow row;
        h.read([&](storage::Transaction& tx) {
            const auto view = app::find_case(tx, institution, list_id, 0);
            ASSERT_TRUE(view && view->benefit);
            row = *view->benefit;
        });
        return row;
    }
    void price(const std::string& period, std::int64_t amount, std::int64_t prepay,
               std::int64_t difference) {
        h.unit([&](Unit& u) {
            const auto month =
                app::price_month(u, {"", "C1", *calendar::CivilMonth::parse(period), {}, false});
            ASSERT_TRUE(month.ok()) << month.refusal().reason.code();
            EXPECT_EQ(month->amount.raw(), amount);
            EXPECT_EQ(month->prepay.raw(), prepay);
            EXPECT_EQ(month->difference.raw(), difference);
        });
    }
};
YILIAN_ON_BOTH_DRIVERS(Settlement);

// Steps 1 to 3, 14, 15, 18, 19, 24 to 26 with every number.
TEST_P(Settlement, WalkOfTheLoop) {
    feed_places(h);
    EXPECT_EQ(h.balance("TEAM:t"), 8400);
    EXPECT_EQ(h.balance("PAYABLE:B1"), 3600);
    EXPECT_EQ(h.balance("CAP_POOL:C1"), -12000);

    h.now = at("2026-03-02T08:00:00+08:00");
    price(kPeriod, 5890, 5301, 0);

    h.now = at("2026-03-18T14:30:00+08:00");
    h.event(*fact::evidence("ev1", "ref1", "r", "2026-03-18T14:15:00+08:00"), 9);

    h.now = at("2026-03-19T09:30:00+08:00");
    const auto s1 = h.submit(stay_s1("r", "ev1"));
    EXPECT_EQ(s1.list.state, CaseState::kScored) << store::findings_text(s1.list.findings);
    ASSERT_TRUE(s1.score && s1.benefit);
    EXPECT_EQ(s1.score->group_code, "FV23");
    EXPECT_EQ(s1.score->deviation, "INCOMPLETE");
    EXPECT_EQ(s1.score->base.text(), "62.0000");
    EXPECT_EQ(s1.score->points.text(), "18.9796");
    EXPECT_EQ(s1.benefit->in_policy.raw(), 176000);
    EXPECT_EQ(s1.benefit->deductible.raw(), 15000);
    EXPECT_EQ(s1.benefit->ratio.text(), "0.88000000");
    EXPECT_EQ(s1.benefit->basic.raw(), 141680);
    EXPECT_EQ(s1.benefit->serious.raw(), 0);
    EXPECT_EQ(s1.benefit->aid.raw(), 0);
    EXPECT_EQ(s1.benefit->personal.raw(), 34320);
    EXPECT_EQ(s1.benefit->personal_total.raw(), 44320);
    EXPECT_EQ(s1.benefit->referral, "NONE");

    h.now = at("2026-03-27T09:30:00+08:00");
    const auto s2 = h.submit(stay_s2("r", "ev1"));
    EXPECT_EQ(s2.list.state, CaseState::kScored) << store::findings_text(s2.list.findings);
    ASSERT_TRUE(s2.score && s2.benefit);
    EXPECT_EQ(s2.score->group_code, "FV23");
    EXPECT_EQ(s2.score->k.text(), "1.04250000");
    EXPECT_EQ(s2.score->points.text(), "64.6350");
    EXPECT_EQ(s2.benefit->in_policy.raw(), 793400);
    EXPECT_EQ(s2.benefit->waiver, "CANCELLED");
    EXPECT_EQ(s2.benefit->deductible.raw(), 0);
    EXPECT_EQ(s2.benefit->waived.raw(), 81000);
    EXPECT_EQ(s2.benefit->ratio.text(), "0.65000000");
    EXPECT_EQ(s2.benefit->basic.raw(), 515710);
    EXPECT_EQ(s2.benefit->serious.raw(), 0);
    EXPECT_EQ(s2.benefit->personal.raw(), 277690);
    EXPECT_EQ(s2.benefit->personal_total.raw(), 327540);

    h.now = at("2026-03-31T15:11:00+08:00");
    h.event(*fact::dispensed("d1", "p1", "r"));
    const auto s3 = h.submit(outpatient_s3("r", "p1"));
    EXPECT_EQ(s3.list.state, CaseState::kAccepted) << store::findings_text(s3.list.findings);
    EXPECT_EQ(s3.list.payee_id, "B1");
    ASSERT_TRUE(s3.benefit);
    EXPECT_EQ(s3.benefit->basic.raw(), 7392);
    EXPECT_EQ(s3.benefit->personal.raw(), 1008);

    h.now = at("2026-04-15T09:00:00+08:00");
    h.publish_month(kPeriod);
    h.read([&](storage::Transaction& tx) {
        const auto pools = store::run_pools(tx, "INSTITUTION_MONTH-2026-03");
        ASSERT_EQ(pools.size(), 2U);
        EXPECT_EQ(pools[0].party, "B1");
        EXPECT_EQ(pools[0].money.raw(), 124544);
        EXPECT_EQ(pools[0].prepay.raw(), 118316);
        EXPECT_EQ(pools[1].party, "H1");
        EXPECT_EQ(pools[1].money.raw(), 424135);
        EXPECT_EQ(pools[1].prepay.raw(), 402928);
        const auto run = store::run(tx, "INSTITUTION_MONTH-2026-03");
        EXPECT_EQ(run->published_on, "2026-04-15");
        EXPECT_EQ(run->dispute_until, "2026-04-29");
        EXPECT_EQ(app::find_case(tx, "B1", "s1-r", 0)->list.state, CaseState::kPrepaid);
        EXPECT_EQ(app::find_case(tx, "V1", "s3-r", 0)->list.state, CaseState::kPrepaid);
    });
    h.unit([&](Unit& u) { ASSERT_TRUE(app::close_period(u, kPeriod, "").ok()); });

    EXPECT_EQ(h.balance("CAP_FUND:C1"), -5890);
    EXPECT_EQ(h.balance("CAP_POOL:C1"), 589 - 12000);
    EXPECT_EQ(h.balance("PAYABLE:C1"), 5301);
    EXPECT_EQ(h.balance("BASIC:2026"), -664782);
    EXPECT_EQ(h.balance("PERSONAL:2026"), -313018);
    EXPECT_EQ(h.balance("CASE_COST:2026"), 977800);
    EXPECT_EQ(h.balance("POOL:RES-2026"), -521244);
    EXPECT_EQ(h.balance("PAYABLE:H1"), 402928);
    EXPECT_EQ(h.balance("PAYABLE:B1"), 118316 + 3600);

    const std::string payment = "01jpay0000000000000000000a";
    h.unit([&](Unit& u) {
        const auto paid = app::instruct_payment(u, {payment,
                                                    "H1",
                                                    amount::Fen::of_raw(402928),
                                                    {"INSTITUTION_MONTH-2026-03"},
                                                    "2026-04-01"});
        ASSERT_TRUE(paid.ok()) << paid.refusal().reason.code();
        EXPECT_EQ(paid->due_date, "2026-05-18");
        const auto again = app::instruct_payment(
            u, {"01jpay0000000000000000000b", "H1", amount::Fen::of_raw(1), {}, ""});
        ASSERT_FALSE(again.ok());
        EXPECT_EQ(again.refusal().reason, Reason("PAYMENT_AMOUNT_MISMATCH"));
    });
    h.now = at("2026-04-20T09:00:00+08:00");
    h.unit([&](Unit& u) {
        const auto paid =
            app::confirm_payment(u, payment, "\"1\"", amount::Fen::of_raw(402928), "");
        ASSERT_TRUE(paid.ok()) << paid.refusal().reason.code();
        EXPECT_EQ(paid->confirmed_on, "2026-04-20");
    });
    EXPECT_EQ(h.balance("PAYABLE:H1"), 0);
    EXPECT_EQ(h.balance("PAID:H1"), 402928);
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(Settlement, LateEvidenceIsADifference) {
    feed_places(h);
    h.now = at("2026-03-27T09:30:00+08:00");
    h.submit(stay_s1("r", "ev1"));
    h.submit(stay_s2("r", "ref1"));  // by the referral, whose evidence has no id yet here
    EXPECT_EQ(benefit("H1", "s2-r").basic.raw(), 463060);
    EXPECT_EQ(benefit("H1", "s2-r").evidence_reason, "BEN_EVIDENCE_MISSING");
    h.event(*fact::evidence("ev1", "ref1", "r", "2026-03-18T14:15:00+08:00"), 9);
    EXPECT_EQ(benefit("H1", "s2-r").basic.raw(), 515710);
    EXPECT_EQ(h.balance("BASIC:2026"), -141680 - 515710);
    EXPECT_EQ(h.balance("CASE_COST:2026"), 176000 + 793400);
    EXPECT_EQ(periods_benefit(kPeriod), 3);
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(Settlement, EvidenceAfterTheMonthIsStatedInTheNextOne) {
    feed_places(h);
    h.now = at("2026-03-27T09:30:00+08:00");
    h.submit(stay_s1("r", "ev1"));
    h.submit(stay_s2("r", "ev1"));
    h.now = at("2026-04-15T09:00:00+08:00");
    h.publish_month(kPeriod);
    h.unit([&](Unit& u) { ASSERT_TRUE(app::close_period(u, kPeriod, "").ok()); });
    h.event(*fact::evidence("ev1", "ref1", "r", "2026-03-18T14:15:00+08:00"), 9);
    EXPECT_EQ(benefit("H1", "s2-r").basic.raw(), 515710);
    EXPECT_EQ(periods_benefit("2026-04"), 1);
    // April needs a case of its own to be settled.
    v1::SettlementList april = outpatient_s3("r", "p1");
    store::set_instant(april.mutable_admitted_at(), at("2026-04-20T09:00:00+08:00"));
    store::set_instant(april.mutable_discharged_at(), at("2026-04-20T09:10:00+08:00"));
    store::set_instant(april.mutable_declared_at(), at("2026-04-20T09:11:00+08:00"));
    h.now = at("2026-04-20T10:00:00+08:00");
    EXPECT_EQ(h.submit(april).list.state, CaseState::kAccepted);
    h.now = at("2026-05-18T09:00:00+08:00");
    const std::string statements = h.publish_month("2026-04");
    EXPECT_NE(statements.find("\"corrections\":[{\"aid_fen\":0,\"basic_fen\":52650,"),
              std::string::npos)
        << statements;
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(Settlement, CorrectionReplacesAndWithdrawalTakesBack) {
    feed_places(h);
    h.now = at("2026-03-27T09:30:00+08:00");
    v1::SettlementList bad = stay_s1("r", "");
    bad.set_total_fen(bad.total_fen() + 1);
    const auto rejected = h.submit(bad);
    EXPECT_EQ(rejected.list.state, CaseState::kRejected);
    EXPECT_EQ(rejected.list.findings.at(0).reason, "SL_TOTAL_MISMATCH");

    v1::SettlementList good = stay_s1("r", "");
    // The version of the rejected one is used up.
    const auto reused = h.submit(good);
    EXPECT_EQ(reused.list.state, CaseState::kRejected);
    EXPECT_EQ(reused.list.findings.at(0).reason, "SL_ID_REUSED");
    good.set_version(4);
    EXPECT_EQ(h.submit(good).list.findings.at(0).reason, "SL_VERSION_GAP");
    good.set_version(2);
    EXPECT_EQ(h.submit(good).list.state, CaseState::kScored);
    EXPECT_EQ(h.submit(good).list.changes, 1) << "the same content is answered, not done again";

    v1::SettlementList third = good;
    third.set_version(3);
    third.mutable_charges(0)->set_self_paid_fen(8000);
    third.mutable_charges(0)->set_class_a_fen(174000);
    third.set_self_paid_fen(8000);
    const auto corrected = h.submit(third);
    EXPECT_EQ(corrected.list.state, CaseState::kScored);
    EXPECT_EQ(corrected.benefit->in_policy.raw(), 174000);
    EXPECT_EQ(h.balance("CASE_COST:2026"), 174000);
    h.read([&](storage::Transaction& tx) {
        EXPECT_EQ(app::find_case(tx, "B1", "s1-r", 2)->list.state, CaseState::kWithdrawn);
    });

    h.submit(stay_s2("r", ""));
    EXPECT_EQ(benefit("H1", "s2-r").deductible.raw(), 81000);
    h.unit([&](Unit& u) {
        const auto withdrawn = app::withdraw_list(u, "B1", "s1-r", "\"1\"", "ERROR");
        ASSERT_TRUE(withdrawn.ok()) << withdrawn.refusal().reason.code();
    });
    // s2 is the first stay of the year now.
    EXPECT_EQ(benefit("H1", "s2-r").deductible.raw(), 90000);
    EXPECT_EQ(h.balance("CASE_COST:2026"), 793400);
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(Settlement, ListInARunIsFixed) {
    feed_places(h);
    h.now = at("2026-04-13T09:00:00+08:00");
    h.submit(stay_s1("r", ""));
    h.unit([&](Unit& u) {
        ASSERT_TRUE(
            app::start_month(u, {"", "350104", *calendar::CivilMonth::parse(kPeriod), {}}).ok());
    });
    h.unit([&](Unit& u) {
        const auto withdrawn = app::withdraw_list(u, "B1", "s1-r", "", "ERROR");
        ASSERT_FALSE(withdrawn.ok());
        EXPECT_EQ(withdrawn.refusal().reason, Reason("PERIOD_CLOSED"));
        const auto other =
            app::start_month(u, {"", "350104", *calendar::CivilMonth::parse(kPeriod), {}});
        EXPECT_EQ(other.refusal().reason, Reason("RUN_ALREADY_OPEN"));
        const auto closed = app::close_period(u, kPeriod, "");
        EXPECT_EQ(closed.refusal().reason, Reason("PERIOD_HAS_OPEN_RUN"));
    });
    // A list that arrives now belongs to the next run, or to this one computed again.
    h.submit(stay_s2("r", ""));
    std::string digest;
    h.unit([&](Unit& u) {
        const auto run = app::start_month(
            u, {"INSTITUTION_MONTH-2026-03", "350104", *calendar::CivilMonth::parse(kPeriod), {}});
        ASSERT_TRUE(run.ok()) << run.refusal().reason.code();
        EXPECT_EQ(run->case_count, 2);
        EXPECT_EQ(run->state, RunState::kComputed);
        digest = run->result_digest;
    });
    h.unit([&](Unit& u) {
        const std::string id = "INSTITUTION_MONTH-2026-03";
        EXPECT_EQ(app::approve_run(u, id, "\"2\"", digest).refusal().reason, Reason("SAME_PERSON"));
        EXPECT_EQ(app::publish_run(u, id, "\"2\"").refusal().reason,
                  Reason("STATE_TRANSITION_NOT_ALLOWED"));
    });
    h.actor = "approver";
    h.unit([&](Unit& u) {
        const std::string id = "INSTITUTION_MONTH-2026-03";
        EXPECT_EQ(app::approve_run(u, id, "\"2\"", std::string(64, 'a')).refusal().reason,
                  Reason("RUN_DIGEST_MISMATCH"));
        EXPECT_EQ(app::approve_run(u, id, "\"1\"", digest).refusal().reason,
                  Reason("ETAG_MISMATCH"));
        ASSERT_TRUE(app::approve_run(u, id, "\"2\"", digest).ok());
    });
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(Settlement, SupersededRunBooksTheDifference) {
    feed_places(h);
    h.now = at("2026-03-27T09:30:00+08:00");
    h.unit([&](Unit& u) {
        store::PoolRow pool;
        pool.pool_id = "RES-2026";
        pool.insurance = "RES";
        pool.year = "2026";
        pool.budget = amount::Fen::of_raw(100'000'000);
        pool.reserve_rate = *amount::Rate::parse("0.05");
        pool.rates.payment_ratio = *amount::Rate::parse("0.68");
        pool.rates.v_bud_num = 9650;
        pool.rates.v_bud_den = 1;
        pool.rates.prepay_rate = *amount::Rate::parse("0.95");
        ASSERT_TRUE(app::create_pool(u, pool).ok());
        EXPECT_EQ(app::create_pool(u, pool).refusal().reason, Reason("POOL_EXISTS"));
    });
    EXPECT_EQ(h.balance("POOL:RES-2026"), 95'000'000);
    EXPECT_EQ(h.balance("RESERVE:RES-2026"), 5'000'000);
    h.submit(stay_s1("r", ""));
    h.now = at("2026-04-15T09:00:00+08:00");
    h.publish_month(kPeriod);
    EXPECT_EQ(h.balance("PAYABLE:B1"), 118316 + 3600);
    h.unit([&](Unit& u) {
        // The point value of the pool is found wrong.
        static constexpr storage::Query kValue{"test.value", "UPDATE pools SET value_num = 9000"};
        u.tx.run(kValue);
        const auto run = app::supersede_run(u, "INSTITUTION_MONTH-2026-03", "\"3\"", "");
        ASSERT_TRUE(run.ok()) << run.refusal().reason.code();
        EXPECT_EQ(run->run_id, "INSTITUTION_MONTH-2026-03-2");
        h.actor = "second";
    });
    std::string digest;
    h.read([&](storage::Transaction& tx) {
        digest = store::run(tx, "INSTITUTION_MONTH-2026-03-2")->result_digest;
    });
    h.unit([&](Unit& u) {
        const std::string id = "INSTITUTION_MONTH-2026-03-2";
        ASSERT_TRUE(app::approve_run(u, id, "\"1\"", digest).ok());
        ASSERT_TRUE(app::publish_run(u, id, "\"2\"").ok());
    });
    // round(18.9796 * 9000 * 0.68) = 116155, * 0.95 = 110347
    EXPECT_EQ(h.balance("PAYABLE:B1"), 110347 + 3600);
    h.read([&](storage::Transaction& tx) {
        EXPECT_EQ(store::run(tx, "INSTITUTION_MONTH-2026-03")->state, RunState::kSuperseded);
        EXPECT_EQ(app::find_case(tx, "B1", "s1-r", 0)->list.run_id, "INSTITUTION_MONTH-2026-03-2");
    });
    EXPECT_THAT(h.violations(), IsEmpty());
}

// X-38 in the service: what becomes known later is booked as a difference, once.
TEST_P(Settlement, CapitationDifference) {
    feed_places(h);
    h.now = at("2026-03-02T08:00:00+08:00");
    price(kPeriod, 5890, 5301, 0);
    price(kPeriod, 5890, 5301, 0);
    h.event(*fact::contract_ended("c", "r", "2026-03-17"), 2);
    price(kPeriod, 3040, 2736, 3040 - 5890);  // 16 of 31 days
    EXPECT_EQ(h.balance("CAP_FUND:C1"), -3040);
    EXPECT_EQ(h.balance("PAYABLE:C1"), 2736);
    price(kPeriod, 3040, 2736, 3040 - 5890);  // nothing new: the same answer, nothing booked
    EXPECT_EQ(h.balance("PAYABLE:C1"), 2736);
    h.read([&](storage::Transaction& tx) {
        const auto heads = [&](const char* day, const char* known) {
            const auto counts = app::head_counts(tx, *calendar::CivilDate::parse(day), at(known));
            return counts.empty() ? 0 : counts[0].heads;
        };
        EXPECT_EQ(heads("2026-03-20", "2026-03-01T00:00:00+08:00"), 1);
        EXPECT_EQ(heads("2026-03-20", "2026-03-02T08:00:00+08:00"), 0);
        EXPECT_EQ(heads("2026-03-16", "2026-03-02T08:00:00+08:00"), 1);
    });
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(Settlement, VoidedContractGivesItsFeeBack) {
    feed_places(h);
    directory::v1::ContractVoided voided;
    voided.mutable_context()->set_district_code("350104");
    voided.set_contract_id("c");
    voided.set_resident_id("r");
    voided.set_team_id("t");
    voided.set_institution_id("B1");
    voided.set_valid_from("2026-01-01");
    voided.set_valid_to("2026-12-31");
    voided.set_fee_fen(12000);
    h.event(voided, 2);
    EXPECT_EQ(h.balance("TEAM:t"), 0);
    EXPECT_EQ(h.balance("PAYABLE:B1"), 0);
    h.now = at("2026-03-02T08:00:00+08:00");
    h.unit([&](Unit& u) {
        const auto month =
            app::price_month(u, {"", "C1", *calendar::CivilMonth::parse(kPeriod), {}, false});
        EXPECT_EQ(month.refusal().reason, Reason("NOT_FOUND"));
    });
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(Settlement, MergedResidentsAreOnePerson) {
    feed_places(h);
    h.event(*fact::resident("twin", "1967-06-15"));
    h.now = at("2026-03-27T09:30:00+08:00");
    h.submit(stay_s1("twin", ""));
    h.submit(stay_s2("r", ""));
    EXPECT_EQ(benefit("H1", "s2-r").deductible.raw(), 90000);
    directory::v1::ResidentMerged merged;
    merged.mutable_context()->set_district_code("350104");
    merged.set_from("twin");
    merged.set_to("r");
    merged.set_on("2026-03-28");
    h.event(merged, 2);
    EXPECT_EQ(benefit("H1", "s2-r").deductible.raw(), 81000);  // the second stay of one year
    directory::v1::ResidentSplit split;
    split.mutable_context()->set_district_code("350104");
    split.set_from("twin");
    split.add_to("twin");
    split.add_to("r");
    split.set_on("2026-03-29");
    h.event(split, 3);
    EXPECT_EQ(benefit("H1", "s2-r").deductible.raw(), 90000);
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(Settlement, ReversalOnceAndClosedPeriod) {
    feed_places(h);
    const std::string fee = app::transaction_id("contract_fee", {"c"});
    h.unit([&](Unit& u) {
        ASSERT_TRUE(app::close_period(u, "2026-01", "").ok());
        EXPECT_EQ(app::close_period(u, "2026-01", "").refusal().reason, Reason("PERIOD_CLOSED"));
        const auto reversal = app::reverse(u, fee, "WRONG_ACCOUNT");
        ASSERT_TRUE(reversal.ok());
        EXPECT_EQ(store::transaction(u.tx, *reversal)->transaction.period.text(), "2026-02");
    });
    h.unit([&](Unit& u) {
        EXPECT_EQ(app::reverse(u, fee, "AGAIN").refusal().reason,
                  Reason("LEDGER_ALREADY_REVERSED"));
        EXPECT_EQ(app::reverse(u, "nothing", "AGAIN").refusal().reason, Reason("NOT_FOUND"));
    });
    EXPECT_EQ(h.balance("TEAM:t"), 0);
}

TEST_P(Settlement, PaymentDueAndOverdue) {
    feed_places(h);
    const std::string payment = "01jpay0000000000000000000c";
    h.now = at("2026-04-01T09:00:00+08:00");
    h.unit([&](Unit& u) {
        const auto paid =
            app::instruct_payment(u, {payment, "B1", amount::Fen::of_raw(3600), {}, ""});
        ASSERT_TRUE(paid.ok()) << paid.refusal().reason.code();
        EXPECT_EQ(paid->due_date, "2026-05-18");
    });
    h.now = at("2026-05-19T00:00:00+08:00");
    h.unit([&](Unit& u) { app::payment_overdue(u, payment); });
    h.read([&](storage::Transaction& tx) { EXPECT_TRUE(store::payment(tx, payment)->overdue); });
    h.unit([&](Unit& u) {
        EXPECT_TRUE(app::fail_payment(u, payment, "\"2\"").ok());
        EXPECT_EQ(app::confirm_payment(u, payment, "\"3\"", amount::Fen::of_raw(3600), "")
                      .refusal()
                      .reason,
                  Reason("STATE_TRANSITION_NOT_ALLOWED"));
        // What failed is payable again.
        EXPECT_TRUE(app::instruct_payment(
                        u, {"01jpay0000000000000000000d", "B1", amount::Fen::of_raw(3600), {}, ""})
                        .ok());
    });
}

TEST_P(Settlement, PaidPrescriptionWithoutDispense) {
    feed_places(h);
    h.now = at("2026-03-31T15:11:00+08:00");
    h.submit(outpatient_s3("r", "p1"));
    const auto second = [&] {
        v1::SettlementList l = outpatient_s3("r", "p1");
        l.set_list_id("other");
        return h.submit(l);
    }();
    EXPECT_EQ(second.list.findings.at(0).reason, "SL_PRESCRIPTION");
    h.unit([&](Unit& u) { ASSERT_TRUE(app::close_period(u, kPeriod, "").ok()); });
    h.read([&](storage::Transaction& tx) {
        static constexpr storage::Query kFindings{"test.findings", "SELECT rule_id FROM findings"};
        const auto rows = tx.select(kFindings);
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows[0].text(0), "PAID_WITHOUT_DISPENSE");
    });
}

// --- the checks see what they are for
// ---------------------------------------------------------------

struct Damage {
    const char* check;
    const char* sql;
};

class Checks : public testing::TestWithParam<Damage> {};

TEST_P(Checks, SeeOneBrokenRow) {
    Harness h;
    feed_places(h);
    h.now = at("2026-03-02T08:00:00+08:00");
    h.unit([&](Unit& u) {
        ASSERT_TRUE(
            app::price_month(u, {"", "C1", *calendar::CivilMonth::parse(kPeriod), {}, false}).ok());
    });
    h.now = at("2026-03-27T09:30:00+08:00");
    h.submit(stay_s1("r", ""));
    h.now = at("2026-04-15T09:00:00+08:00");
    h.publish_month(kPeriod);
    EXPECT_THAT(h.violations(), IsEmpty());
    h.store().stop();
    for (const char* table :
         {"ledger_transactions", "ledger_lines", "ledger_refs", "enrolment_versions"}) {
        h.database()->tamper("DROP TRIGGER " + std::string(table) + "_fixed; DROP TRIGGER " +
                             table + "_kept;");
    }
    h.database()->tamper(GetParam().sql);
    const auto store = h.database()->store({});
    ASSERT_THAT(store->start(), testkit::IsOk());
    Harness again(*store, policy::testing::shipped_packs());
    EXPECT_FALSE(again.violations(GetParam().check).empty());
    store->stop();
}

const Damage kDamages[] = {
    {"BIL-C01", "UPDATE ledger_lines SET fen = fen + 1 WHERE sequence = 1 AND line_no = 1"},
    {"BIL-C02", "UPDATE ledger_lines SET fen = fen - 1 WHERE sequence = 2 AND line_no = 1"},
    {"BIL-C02", "DELETE FROM ledger_lines WHERE sequence = 2"},
    {"BIL-C03", "UPDATE ledger_lines SET account = 'PAYABLE:THIEF' WHERE account = 'PAYABLE:B1'"},
    {"BIL-C03", "UPDATE ledger_transactions SET hash = 'x' WHERE sequence = 2"},
    {"BIL-C04", "UPDATE lists SET state = 'SCORED', in_force = 0"},
    {"BIL-C04", "DELETE FROM scores"},
    {"BIL-C05", "UPDATE benefits SET personal_fen = personal_fen + 1"},
    {"BIL-C06", "UPDATE benefits SET basic_fen = basic_fen + 1, personal_fen = personal_fen - 1"},
    {"BIL-C07", "UPDATE statements SET content = CAST('{}' AS BLOB)"},
    {"BIL-C07", "UPDATE runs SET result_digest = 'x'"},
    {"BIL-C08", "UPDATE run_pools SET points_e4 = points_e4 + 1"},
    {"BIL-C08", "DELETE FROM run_cases"},
    {"BIL-C09", "UPDATE run_pools SET prepay_fen = prepay_fen + 1"},
    {"BIL-C10", "UPDATE capitation_cells SET amount_fen = amount_fen + 1"},
    {"BIL-C11", "UPDATE fee_splits SET team_fen = fee_fen + 1"},
    {"BIL-C12", "UPDATE enrolment_versions SET valid_to = valid_from"},
    {"BIL-C13",
     "UPDATE runs SET state = 'COMPUTED'; INSERT INTO periods VALUES ('2026-03', 1, '', '', 1)"},
};
INSTANTIATE_TEST_SUITE_P(Billing, Checks, testing::ValuesIn(kDamages));

TEST_P(Settlement, LedgerRowsNeverChange) {
    feed_places(h);
    static constexpr storage::Query kUpdate{"test.update", "UPDATE ledger_lines SET fen = 0"};
    static constexpr storage::Query kDelete{"test.delete", "DELETE FROM enrolment_versions"};
    for (const storage::Query* query : {&kUpdate, &kDelete}) {
        EXPECT_FALSE(h.store().run({"x"}, [&](storage::Transaction& tx) { tx.run(*query); }).ok());
    }
    EXPECT_THAT(h.violations(), IsEmpty());
}

}  // namespace
}  // namespace yilian::billing::test
