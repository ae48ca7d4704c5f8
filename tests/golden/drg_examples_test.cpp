// billing-examples.md, and the DRG steps of the walk in events.md 7.
#include <filesystem>
#include <fstream>

#include "libs/amount/allocation.h"
#include "services/billing/domain/bed_day.h"
#include "services/billing/domain/points.h"
#include "services/billing/domain/settlement.h"
#include "tests/golden/drg_cases.h"
#include "tests/golden/spec_examples.h"

namespace yilian::golden {
namespace {

using amount::Fen;
using amount::Points;
using amount::Rate;
using amount::Rounding;

// Parameters of X-23: scale 100, average 9,800 yuan, incomplete below 0.4, high above 2.
policy::billing::Drg drg_parameters() {
    policy::billing::Drg drg;
    drg.points_scale = 100;
    drg.mean_fen = Fen::of_raw(980000);
    drg.low = Rate::parse("0.4").value();
    drg.high = Rate::parse("2").value();
    drg.above_high.bands =
        amount::Bands::of({{Rate(), true, drg.high, true}, {drg.high, false, std::nullopt, false}})
            .value();
    drg.above_high.rules = {{.a = Rate::whole(-1),
                             .b = Rate::whole(1),
                             .c = Rate(),
                             .multiply_k = true,
                             .flag = "HIGH"}};
    drg.ungrouped = {Rate::parse("0.5").value(), Rate::parse("0.6").value(),
                     Rate::parse("0.7").value()};
    drg.same_price_groups = {"GZ19"};
    drg.min_days = 1;
    drg.max_days = 60;
    drg.rounding = {Rounding::kHalfAway, Rounding::kHalfAway, Rounding::kHalfAway,
                    Rounding::kHalfAway};
    return drg;
}

TEST(BillingExamples, X22_RelativeWeightRateAndResidual) {
    const auto example = billing_example("X-22");
    if (!example) return;
    TableRow value;
    for (const auto& row : example->tables.at(0)) value[row.at("quantity")] = row.at("value");
    const auto drg = drg_parameters();
    const Rate a = Rate::parse("1.2840").value();
    const Rate b = Rate::parse("0.5731").value();
    const Fen budget = Fen::of_raw(1'050'000'000);
    const Rate sum = a.times(420) + b.times(1310);
    EXPECT_EQ(sum.text(), value.at("ΣRW"));
    EXPECT_EQ(billing::case_mix_index(sum, 1730).text(), value.at("CMI = ΣRW ÷ cases"));
    const Fen rate = billing::drg_rate(drg, budget, sum).value();
    EXPECT_EQ(rate.raw(), fen_of_yuan(value.at("rate (yuan, to the fen)")));
    const Fen standard_a = billing::drg_standard(drg, a, rate, Rate::whole(1));
    const Fen standard_b = billing::drg_standard(drg, b, rate, Rate::whole(1));
    EXPECT_EQ(standard_a.raw(), fen_of_yuan(value.at("standard A (yuan)")));
    EXPECT_EQ(standard_b.raw(), fen_of_yuan(value.at("standard B (yuan)")));
    const Fen standards = standard_a.times(420) + standard_b.times(1310);
    EXPECT_EQ(standards.text(), value.at("Σ cases × standard (fen)"));
    EXPECT_EQ(billing::drg_residual(budget, standards, 1730)->text(),
              value.at("budget − Σ (fen) → rounding residual account"));
    EXPECT_FALSE(billing::drg_residual(budget, standards, 499).ok());

    const Rate h1 = a.times(300) + b.times(200);
    const Rate h2 = a.times(120) + b.times(1110);
    const std::vector<amount::Claim> claims{{"H1", h1.raw()}, {"H2", h2.raw()}};
    const auto shares = amount::allocate(budget, claims).value();
    EXPECT_NE(example->prose.find("receives " + shares[0].text() + " fen"), std::string::npos);
    EXPECT_NE(example->prose.find(shares[1].text() + " fen; the sum is the budget"),
              std::string::npos);
}

TEST(BillingExamples, X23_PointsMethod) {
    const auto example = billing_example("X-23");
    if (!example) return;
    const auto drg = drg_parameters();
    ASSERT_EQ(example->tables.at(0).size(), 4U);
    for (const auto& row : example->tables.at(0)) {
        EXPECT_EQ(row.at("average of all"), drg.mean_fen.text());
        const auto score = billing::score_drg(
            drg, "FV23",
            {Fen::parse(row.at("case cost")).value(), Fen::parse(row.at("group average")).value(),
             Rate::parse(row.at("cost coefficient")).value()});
        EXPECT_EQ(score.base.text(), row.at("base points"));
        EXPECT_EQ(score.points.text(), row.at("points"));
        EXPECT_EQ(name_of(score.stay), row.at("stay") == "complete" ? "COMPLETE" : "INCOMPLETE");
    }
}

// events.md 7, steps 15, 18 and 25.
TEST(BillingWalk, DrgPointsAndPrepayOfTheLoop) {
    const auto drg = drg_parameters();
    const Fen average = Fen::of_raw(607600);
    const auto s1 =
        billing::score_drg(drg, "FV23", {Fen::of_raw(186000), average, Rate::parse("0.9").value()});
    EXPECT_EQ(s1.base.text(), "62.0000");
    EXPECT_EQ(s1.points.text(), "18.9796");
    EXPECT_EQ(s1.stay, billing::DrgStay::kIncomplete);
    const auto s2 = billing::score_drg(
        drg, "FV23", {Fen::of_raw(843250), average, Rate::parse("1.0425").value()});
    EXPECT_EQ(s2.points.text(), "64.6350");
    EXPECT_EQ(s2.stay, billing::DrgStay::kComplete);

    policy::billing::Run run;
    run.rounding = {Rounding::kHalfAway, Rounding::kDown};
    policy::billing::PoolRates pool;
    pool.v_bud_num = 9650;
    pool.payment_ratio = Rate::parse("0.68").value();
    pool.prepay_rate = Rate::parse("0.95").value();
    const auto h1 = billing::prepay_by_points(run, pool, s2.points, Fen());
    EXPECT_EQ(h1.money.text(), "424135");
    EXPECT_EQ(h1.prepay.text(), "402928");
    const auto b1 = billing::prepay_by_points(run, pool, s1.points, Fen());
    EXPECT_EQ(b1.money.text(), "124544");
    EXPECT_EQ(b1.prepay.text(), "118316");
}

TEST(BillingExamples, X24_BedDayPointsWithTiersAndReadmission) {
    const auto example = billing_example("X-24");
    if (!example) return;
    TableRow value;
    for (const auto& row : example->tables.at(0)) value[row.at("item")] = row.at("value");
    policy::billing::BedDay rules;
    rules.points_scale = 1000;
    rules.mean_fen = Fen::of_raw(980000);
    rules.merge_days = 10;
    rules.types["ORDINARY"]["L2"] = {
        {10, Fen::of_raw(38000)}, {30, Fen::of_raw(30000)}, {std::nullopt, Fen::of_raw(24000)}};
    rules.rounding.points = Rounding::kHalfAway;
    EXPECT_EQ(billing::points_a_day(rules, Fen::of_raw(38000)).text() + " / " +
                  billing::points_a_day(rules, Fen::of_raw(30000)).text() + " / " +
                  billing::points_a_day(rules, Fen::of_raw(24000)).text(),
              value.at("points a day"));
    const auto points = [&](std::int64_t first, std::int64_t days) {
        return billing::bed_day_points(rules, "ORDINARY", "L2", first, days)->text();
    };
    using calendar::CivilDate;
    const CivilDate admitted = CivilDate::literal(2025, 1, 1);
    EXPECT_EQ(billing::bed_days(rules, admitted, admitted.plus_days(35)), 35);
    EXPECT_EQ(billing::bed_days(rules, admitted, admitted), 1);
    EXPECT_EQ(points(1, 35), value.at("stay of 35 days"));
    EXPECT_EQ(points(1, 8), value.at("stay of 8 days"));
    const CivilDate discharged = admitted.plus_days(35);
    EXPECT_TRUE(billing::continues_stay(rules, discharged, discharged.plus_days(6)));
    EXPECT_EQ(points(36, 8), value.at("readmitted 6 days later in the same group for 8 days "
                                      "(counted as days 36–43)"));
    EXPECT_FALSE(billing::continues_stay(rules, discharged, discharged.plus_days(11)));
    EXPECT_EQ(points(1, 8),
              value.at("readmitted 11 days later for 8 days (a new stay, window 10 days)"));
    EXPECT_FALSE(billing::bed_day_points(rules, "PSYCHIATRIC", "L2", 1, 8).ok());
    EXPECT_FALSE(billing::bed_day_points(rules, "ORDINARY", "L3", 1, 8).ok());
}

// billing.md 5.4: what no example shows.
TEST(BillingDrgPoints, B5_4_HighSamePriceAndUngrouped) {
    const auto drg = drg_parameters();
    const Fen average = Fen::of_raw(980000);
    const Rate k = Rate::parse("1.1").value();
    const auto at_high = billing::score_drg(drg, "FV23", {Fen::of_raw(1960000), average, k});
    EXPECT_EQ(at_high.stay, billing::DrgStay::kComplete);
    EXPECT_EQ(at_high.points.text(), "110.0000");
    const auto high = billing::score_drg(drg, "FV23", {Fen::of_raw(2450000), average, k});
    EXPECT_EQ(high.stay, billing::DrgStay::kHigh);
    EXPECT_EQ(high.d.text(), "1.50000000");  // 2.5 - 1
    EXPECT_EQ(high.points.text(), "165.0000");
    EXPECT_EQ(high.flag, "HIGH");
    const auto same = billing::score_drg(drg, "GZ19", {average, average, k});
    EXPECT_EQ(same.points.text(), "100.0000");
    EXPECT_EQ(same.k, Rate::whole(1));
    using billing::drg::GroupStatus;
    EXPECT_EQ(billing::score_ungrouped(drg, GroupStatus::kCheckFailed).points.text(), "50.0000");
    EXPECT_EQ(billing::score_ungrouped(drg, GroupStatus::kFail).points.text(), "60.0000");
    EXPECT_EQ(billing::score_ungrouped(drg, GroupStatus::kDxNotMapped).points.text(), "60.0000");
    EXPECT_EQ(billing::score_ungrouped(drg, GroupStatus::kAmbiguous).points.text(), "70.0000");
    EXPECT_TRUE(billing::outside_drg(drg, 0));
    EXPECT_FALSE(billing::outside_drg(drg, 1));
    EXPECT_FALSE(billing::outside_drg(drg, 60));
    EXPECT_TRUE(billing::outside_drg(drg, 61));
}

}  // namespace
}  // namespace yilian::golden
