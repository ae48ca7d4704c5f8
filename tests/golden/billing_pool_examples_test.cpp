// billing-examples.md: the regional points budget. Inputs and results are read from
// the specification.
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/amount/allocation.h"
#include "services/billing/domain/settlement.h"
#include "tests/golden/money_values.h"

namespace yilian::golden {
namespace {

using amount::Fen;
using amount::Fraction;
using amount::Points;
using amount::Rate;
using amount::Rounding;

void expect_pools(std::string_view id) {
    const auto example = billing_example(id);
    if (!example) return;
    const auto blocks = parameters(example->block("settle.yaml"));
    ASSERT_TRUE(blocks.settle.has_value());
    TableRows pools = csv_rows(example->block("pools.csv"));
    TableRows points = csv_rows(example->block("points.csv"));
    std::ranges::sort(pools, {}, [](const TableRow& r) { return r.at("pool_id"); });
    std::ranges::sort(points, {}, [](const TableRow& r) { return r.at("institution_id"); });
    std::string settled;
    std::string pool_result;
    for (const TableRow& p : pools) {
        const billing::Pool pool{p.at("pool_id"), fen(p, "budget_fen"), rate(p, "reserve_rate"),
                                 fen(p, "out_of_pool_fen"), rate(p, "payment_ratio")};
        std::vector<billing::PoolMember> members;
        for (const TableRow& m : points) {
            if (m.at("pool_id") != pool.id) continue;
            members.push_back({m.at("institution_id"), Points::parse(m.at("points")).value(),
                               fen(m, "actual_fen"), fen(m, "prepaid_fen"),
                               rate(m, "quality_score")});
        }
        const auto result = billing::settle_pool(*blocks.settle, pool, members);
        ASSERT_TRUE(result.ok());
        Fen sum_settled;
        for (const auto& m : result->members) {
            sum_settled += m.settled;
            settled +=
                line({pool.id, m.institution_id, m.points.text(), m.target.text(), m.actual.text(),
                      m.usage ? m.usage->text() : "", m.band ? std::to_string(*m.band) : "",
                      m.corridor.text(), m.settled.text(), m.deposit.text(), m.released.text(),
                      m.prepaid.text(), m.final_amount.text()});
        }
        const Fraction yuan = result->value / Fraction::whole(100);
        pool_result +=
            line({pool.id, pool.budget.text(), result->reserve.text(), pool.out_of_pool.text(),
                  result->available.text(), result->total_points.text(),
                  yuan.to_rate(blocks.settle->rounding.point_value).text(),
                  result->value.numerator_text(), result->value.denominator_text(),
                  result->compensation.text(), result->savings.text(), result->reserve_drawn.text(),
                  result->reserve_returned.text(), result->forfeited.text(),
                  result->reserve_end.text()});
        // billing.md 15, invariant 2.
        EXPECT_EQ(sum_settled - result->forfeited + result->reserve_end,
                  result->available + result->reserve);
    }
    const auto body = [](const std::string& csv) { return csv.substr(csv.find('\n') + 1); };
    EXPECT_EQ(settled, body(example->block("settlement.csv")));
    EXPECT_EQ(pool_result, body(example->block("pool_result.csv")));
}

TEST(BillingExamples, X25_YearEndPool) { expect_pools("X-25"); }
TEST(BillingExamples, X28_TwoPoolsCorridorDepositReserve) { expect_pools("X-28"); }

TEST(BillingExamples, X26_X27_BudgetPointValueAndPrepay) {
    const auto x26 = billing_example("X-26");
    const auto x27 = billing_example("X-27");
    if (!x26 || !x27) return;
    const std::vector<billing::BudgetYear> years{
        {Rate::whole(1), Fen::of_raw(1'500'000'000), Points::whole(2'900'000)},
        {Rate::whole(2), Fen::of_raw(1'640'000'000), Points::whole(3'080'000)},
        {Rate::whole(7), Fen::of_raw(1'800'000'000), Points::whole(3'304'000)}};
    const Fraction value = billing::budget_point_value(years).value();
    EXPECT_NE(x26->prose.find(value.numerator_text() + " ÷ " + value.denominator_text()),
              std::string::npos);
    EXPECT_NE(x26->prose.find((value / Fraction::whole(100)).to_rate(Rounding::kHalfAway).text()),
              std::string::npos);
    EXPECT_FALSE(billing::budget_point_value({}).ok());

    policy::billing::Run run;
    run.rounding = {Rounding::kHalfAway, Rounding::kDown};
    policy::billing::PoolRates pool;
    pool.v_bud_num = amount::narrow64(value.numerator());
    pool.v_bud_den = amount::narrow64(value.denominator());
    pool.payment_ratio = Rate::parse("0.7").value();
    pool.prepay_rate = Rate::parse("0.95").value();
    const auto& rows = x27->tables.at(0);
    const auto month =
        billing::prepay_by_points(run, pool, Points::parse("151833.4567").value(), Fen());
    EXPECT_EQ(month.money.text(), rows[0].at("result (fen)"));
    EXPECT_EQ(month.prepay.text(), rows[1].at("result (fen)"));
    const Fen audited = Fen::of_raw(83456789);
    EXPECT_EQ(billing::prepay_by_audit(run, pool, audited, Fen()).prepay.text(),
              rows[2].at("result (fen)"));
    EXPECT_EQ(amount::multiply(audited, Rate::parse("0.05").value(), Rounding::kDown).text(),
              rows[3].at("result (fen)"));
    // 7.3: a negative month is carried, not paid back.
    const auto withdrawn = billing::prepay_by_audit(run, pool, Fen::of_raw(-1000), Fen());
    EXPECT_EQ(withdrawn.prepay, Fen());
    const auto next = billing::prepay_by_audit(run, pool, Fen::of_raw(5000), withdrawn.carried);
    EXPECT_EQ(next.money, Fen::of_raw(4000));
    EXPECT_EQ(next.prepay, Fen::of_raw(3800));
    EXPECT_EQ(next.carried, Fen());
}

// Corridor of.
policy::billing::Corridor corridor_of_x28() {
    const auto example = billing_example("X-28");
    return parameters(example->block("settle.yaml")).settle->corridor.value();
}

TEST(BillingExamples, X29_CompensationIsLimited) {
    const auto example = billing_example("X-29");
    if (!example) return;
    policy::billing::Settle rules;
    rules.corridor = corridor_of_x28();
    rules.rounding = {Rounding::kHalfAway, Rounding::kHalfAway, Rounding::kHalfAway,
                      Rounding::kHalfAway};
    // Targets 117,600,000 and 78,400,000 of 196,000,000; reserve 4,000,000.
    const billing::Pool pool{"P", Fen::of_raw(200'000'000), Rate::parse("0.02").value(), Fen(),
                             Rate::whole(1)};
    std::vector<billing::PoolMember> members;
    for (const auto& row : example->tables.at(0)) {
        members.push_back({row.at("institution"), Points::whole(fen(row, "target").raw() / 100000),
                           fen(row, "actual"), Fen(), Rate::whole(1)});
    }
    const auto result = billing::settle_pool(rules, pool, members);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->reserve.text(), "4000000");
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto& row = example->tables.at(0)[i];
        EXPECT_EQ(result->members[i].target.text(), row.at("target"));
        EXPECT_EQ(result->members[i].corridor.text(), row.at("corridor result"));
        EXPECT_EQ(result->members[i].settled.text(), row.at("settled"));
    }
    EXPECT_EQ(result->reserve_end, Fen());
    rules.compensation_limit = policy::billing::CompensationLimit::kNone;
    const auto open = billing::settle_pool(rules, pool, members);
    EXPECT_EQ(open->compensation.text(), "13720000");
    EXPECT_EQ(open->members[0].settled, open->members[0].corridor);
    EXPECT_EQ(open->reserve_end, Fen());
}

TEST(BillingExamples, X30_CorridorAtEveryBandEdge) {
    const auto example = billing_example("X-30");
    if (!example) return;
    const auto corridor = corridor_of_x28();
    const Fen target = Fen::of_raw(10'000'000);
    ASSERT_EQ(example->tables.at(0).size(), 10U);
    for (const auto& row : example->tables.at(0)) {
        const Fen actual = Fen::of_raw(fen_of_yuan(row.at("actual (yuan)")));
        const auto result = billing::apply_corridor(corridor, target, actual, Rounding::kHalfAway);
        EXPECT_EQ(std::to_string(result.band + 1), row.at("band")) << actual.text();
        EXPECT_EQ(result.settled.raw(), fen_of_yuan(row.at("settled (yuan)")));
        EXPECT_EQ((result.settled - actual).raw(),
                  fen_of_yuan(row.at("gain (+) or own burden (−)")));
    }
}

TEST(BillingExamples, X31_CorridorWithNeutralMiddle) {
    const auto example = billing_example("X-31");
    if (!example) return;
    using policy::billing::CorridorKind;
    const auto r = [](const char* text) { return Rate::parse(text).value(); };
    policy::billing::Corridor corridor;
    corridor.bands = amount::Bands::of({{Rate(), true, r("0.8"), true},
                                        {r("0.8"), false, r("0.95"), true},
                                        {r("0.95"), false, r("1.05"), true},
                                        {r("1.05"), false, r("1.2"), true},
                                        {r("1.2"), false, std::nullopt, false}})
                         .value();
    corridor.rules = {{CorridorKind::kActual, Rate()},
                      {CorridorKind::kShare, r("0.6")},
                      {CorridorKind::kTarget, Rate()},
                      {CorridorKind::kShare, r("0.5")},
                      {CorridorKind::kShare, r("0.1")}};
    for (const auto& row : example->tables.at(0)) {
        const auto result = billing::apply_corridor(corridor, Fen::of_raw(123456789),
                                                    fen(row, "actual (fen)"), Rounding::kHalfAway);
        EXPECT_EQ(std::to_string(result.band + 1), row.at("band"));
        EXPECT_EQ(result.settled.text(), row.at("settled (fen)")) << row.at("actual (fen)");
    }
}

TEST(BillingExamples, X32_SharesByPatientFlow) {
    const auto example = billing_example("X-32");
    if (!example) return;
    std::vector<Points> weights;
    std::vector<amount::Claim> claims;
    const auto& rows = example->tables.at(0);
    for (const auto& row : rows) {
        std::vector<billing::ServiceFlow> flows;
        std::string terms = row.at("flow × relative price");  // "a × b + c × d"
        for (std::string_view rest = terms; !rest.empty();) {
            const auto plus = rest.find(" + ");
            const std::string_view term = rest.substr(0, plus);
            const auto times = term.find(" × ");
            flows.push_back({std::stoll(std::string(term.substr(0, times))),
                             Rate::parse(term.substr(times + 4)).value()});
            rest = plus == std::string_view::npos ? std::string_view() : rest.substr(plus + 3);
        }
        weights.push_back(billing::flow_weight(flows));
        EXPECT_EQ(weights.back().text(), row.at("weight (points)"));
        claims.push_back({row.at("institution"), weights.back().raw()});
    }
    const auto shares = amount::allocate(Fen::of_raw(500'000'000), claims).value();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(shares[i].text(), rows[i].at("share of 5,000,000.00 yuan (fen)"));
    }
}

}  // namespace
}  // namespace yilian::golden
