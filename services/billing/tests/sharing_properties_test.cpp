// billing.md 15, invariants 2, 3, 4, 8 and 11, and the variants of 3.6, 7.2, 7.4 and 7.7.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "libs/amount/allocation.h"
#include "services/billing/domain/capitation.h"
#include "services/billing/domain/clearing.h"
#include "services/billing/domain/factor_shares.h"
#include "services/billing/domain/sharing.h"
#include "services/billing/domain/what_if.h"

namespace yilian::billing {
namespace {

using amount::Rounding;
using policy::billing::BudgetValue;
using policy::billing::OverspendMode;
using policy::billing::Sharing;

Rate rate(const char* text) { return Rate::parse(text).value(); }
Fen any_fen(std::int64_t max) { return Fen::of_raw(*rc::gen::inRange<std::int64_t>(0, max)); }
Points any_points() { return Points::of_raw(*rc::gen::inRange<std::int64_t>(0, 40'000'000'000)); }
Rate any_unit() { return Rate::of_raw(*rc::gen::inRange<std::int64_t>(0, Rate::kUnit + 1)); }
std::string id_of(std::size_t i) { return "H" + std::to_string(10 + i); }

Fen sum(const std::vector<Fen>& parts) { return actual_cost_total(parts); }

// --- sharing -----------------------------------------------------------------------------------

Sharing any_rules() {
    Sharing rules;
    rules.gate = any_unit();
    rules.scale_by_quality = *rc::gen::arbitrary<bool>();
    rules.staff_rate = any_unit();
    const Rate small = Rate::of_raw(*rc::gen::inRange<std::int64_t>(0, Rate::kUnit / 10));
    rules.surplus.min_rate_curve = {{1000, small}, {60'000, Rate::of_raw(small.raw() / 2)}};
    rules.surplus.first_unit = *rc::gen::arbitrary<bool>();
    rules.surplus.max_rate = any_unit();
    rules.surplus.cap_rate = any_unit();
    rules.overspend.min_rate_curve = {{1, small}};
    rules.overspend.mode =
        *rc::gen::arbitrary<bool>() ? OverspendMode::kFixed : OverspendMode::kComplement;
    rules.overspend.rate = any_unit();
    rules.overspend.floor = Rate::of_raw(*rc::gen::inRange<std::int64_t>(0, Rate::kUnit / 2));
    rules.overspend.ceiling =
        Rate::of_raw(*rc::gen::inRange<std::int64_t>(Rate::kUnit / 2, Rate::kUnit + 1));
    rules.overspend.cap_rate = any_unit();
    rules.rounding = {Rounding::kHalfAway, Rounding::kHalfAway};
    return rules;
}

ConsortiumYear any_year() {
    ConsortiumYear year;
    year.members = *rc::gen::inRange<std::int64_t>(0, 100'000);
    year.benchmark = any_fen(2'000'000'000) + Fen::of_raw(1);
    year.expenditure = any_fen(2'500'000'000);
    year.excluded = Fen::of_raw(*rc::gen::inRange<std::int64_t>(0, year.expenditure.raw() + 1));
    year.quality = any_unit();
    return year;
}

RC_GTEST_PROP(SharingProperties, B15_8_NeverBothAndNeverMoreThanThereIs, ()) {
    const Sharing rules = any_rules();
    const ConsortiumYear year = any_year();
    const ShareResult r = share_year(rules, year).value();
    RC_ASSERT(r.reward.is_zero() || r.contribution.is_zero());
    RC_ASSERT(!r.reward.is_negative() && !r.contribution.is_negative());
    RC_ASSERT(r.reward.is_zero() || r.surplus > Fen());
    RC_ASSERT(r.contribution.is_zero() || r.surplus < Fen());
    RC_ASSERT(r.reward <= std::max(r.surplus, Fen()));
    RC_ASSERT(r.reward <=
              amount::multiply(year.benchmark, rules.surplus.cap_rate, Rounding::kDown));
    RC_ASSERT(r.contribution <=
              amount::multiply(year.benchmark, rules.overspend.cap_rate, Rounding::kDown));
    RC_ASSERT(r.staff <= r.reward);
    // staff >= rate * reward, exactly.
    RC_ASSERT(amount::Int128{r.staff.raw()} * Rate::kUnit >=
              amount::Int128{rules.staff_rate.raw()} * r.reward.raw());
    RC_ASSERT(r == share_year(rules, year).value());
}

RC_GTEST_PROP(SharingProperties, B15_8_HigherQualityNeverCosts, ()) {
    const Sharing rules = any_rules();
    ConsortiumYear year = any_year();
    const ShareResult low = share_year(rules, year).value();
    year.quality =
        Rate::of_raw(*rc::gen::inRange<std::int64_t>(year.quality.raw(), Rate::kUnit + 1));
    const ShareResult high = share_year(rules, year).value();
    RC_ASSERT(high.reward >= low.reward);
    RC_ASSERT(high.contribution <= low.contribution);
}

RC_GTEST_PROP(SharingProperties, B15_8_MemberPartsAddUpAndDoNotTakeFromOthers, ()) {
    const Fen amount = any_fen(1'000'000'000);
    std::vector<MemberWeight> members;
    const auto count = *rc::gen::inRange<std::size_t>(1, 9);
    for (std::size_t i = 0; i < count; ++i) members.push_back({id_of(i), any_points()});
    members[0].weight += Points::of_raw(1);
    const auto before = share_members(amount, members).value();
    RC_ASSERT(sum(before) == amount);
    members[0].weight += any_points();
    const auto after = share_members(amount, members).value();
    RC_ASSERT(after[0] >= before[0]);
    for (std::size_t i = 1; i < count; ++i) RC_ASSERT(after[i] <= before[i] + Fen::of_raw(1));
}

RC_GTEST_PROP(SharingProperties, B8_5_SplitsAddUpAndKeepTheirSide, ()) {
    const Fen amount = any_fen(1'000'000'000'000);
    const Rate r = any_unit();
    const amount::Int128 exact = amount::Int128{amount.raw()} * r.raw();
    for (const auto kind : {SplitKind::kContractFeeToTeam, SplitKind::kApprovedSurplusToStaff}) {
        const Split s = split(kind, amount, r);
        RC_ASSERT(s.part + s.rest == amount && !s.rest.is_negative());
        RC_ASSERT(amount::Int128{s.part.raw()} * Rate::kUnit >= exact);
    }
    for (const auto kind : {SplitKind::kBaseSurplusToDistrict, SplitKind::kPublicHealthIncome,
                            SplitKind::kProcurementKept}) {
        const Split s = split(kind, amount, r);
        RC_ASSERT(s.part + s.rest == amount && !s.part.is_negative());
        RC_ASSERT(amount::Int128{s.part.raw()} * Rate::kUnit <= exact);
    }
}

TEST(Sharing, B8_2_WhatCannotBeSharedIsRefused) {
    Sharing rules;
    rules.surplus.min_rate_curve = {{1, Rate()}};
    rules.overspend.min_rate_curve = {{1, Rate()}};
    ConsortiumYear year{1, Fen(), Fen::of_raw(5), Fen(), Rate::whole(1)};
    EXPECT_EQ(share_year(rules, year).refusal().reason, Reason("FIELD_RANGE"));
    year.benchmark = Fen::of_raw(1);
    year.excluded = Fen::of_raw(6);
    EXPECT_EQ(share_year(rules, year).refusal().reason, Reason("SHARE_EXCLUDED_TOO_LARGE"));
    year.excluded = Fen();
    year.expenditure = Fen::max();
    const auto refused = share_year(rules, year).refusal();
    EXPECT_EQ(refused.reason, Reason("FIELD_RANGE"));
    EXPECT_EQ(refused.metadata, (Metadata{{"field", "expenditure_fen"}}));
    year.expenditure = Fen::of_raw(1);
    const auto balanced = share_year(rules, year).value();
    EXPECT_EQ(name_of(balanced.outcome), "BALANCED");
    EXPECT_EQ(balanced.min_rate, Rate());
}

TEST(Sharing, B8_5_IncomeAndProcurementAtTheBound) {
    EXPECT_TRUE(staff_income_within(Fen::of_raw(1000), Fen::of_raw(1150), rate("0.15")));
    EXPECT_FALSE(staff_income_within(Fen::of_raw(1000), Fen::of_raw(1151), rate("0.15")));
    EXPECT_EQ(procurement_kept(Fen::of_raw(10), Fen::of_raw(11), rate("0.5"), Rate::whole(1)),
              Fen());
}

// --- factors and flow --------------------------------------------------------------------------

RC_GTEST_PROP(FactorProperties, B3_6_PartsAddUpWhateverIsMissing, ()) {
    policy::billing::Allocate rules;
    rules.amount_fen = any_fen(1'000'000'000);
    rules.share_rate = any_unit();
    rules.factors = {{"a", rate("0.3")}, {"b", rate("0.5")}, {"c", rate("0.2")}};
    rules.zero_denominator = *rc::gen::element(policy::billing::ZeroDenominator::kDrop,
                                               policy::billing::ZeroDenominator::kRenormalise);
    const auto empty = *rc::gen::inRange<std::size_t>(0, 4);  // 3: none
    std::vector<InstitutionFactors> rows;
    const auto count = *rc::gen::inRange<std::size_t>(1, 6);
    for (std::size_t i = 0; i < count; ++i) {
        InstitutionFactors row{id_of(i), {}};
        for (std::size_t f = 0; f < 3; ++f) {
            row.figures.push_back(f == empty ? 0 : *rc::gen::inRange<std::int64_t>(1, 50'000));
        }
        rows.push_back(row);
    }
    const FactorShares shares = share_by_factors(rules, rows).value();
    RC_ASSERT(sum(shares.shares) + shares.undistributed == shares.total);
    RC_ASSERT(sum(shares.parts) == shares.total);
    const bool renormalised =
        rules.zero_denominator == policy::billing::ZeroDenominator::kRenormalise;
    RC_ASSERT(!renormalised || shares.undistributed.is_zero());
    std::ranges::reverse(rows);
    auto reversed = share_by_factors(rules, rows).value().shares;
    std::ranges::reverse(reversed);
    RC_ASSERT(reversed == shares.shares);
}

TEST(FactorShares, B3_6_NothingToShareByIsRefusedOrDropped) {
    policy::billing::Allocate rules;
    rules.amount_fen = Fen::of_raw(100);
    rules.share_rate = Rate::whole(1);
    rules.factors = {{"a", Rate::whole(1)}};
    rules.zero_denominator = policy::billing::ZeroDenominator::kRenormalise;
    const std::vector<InstitutionFactors> rows{{"H1", {0}}};
    EXPECT_EQ(share_by_factors(rules, rows).refusal().reason, Reason("ALLOC_NO_WEIGHT"));
    rules.zero_denominator = policy::billing::ZeroDenominator::kDrop;
    EXPECT_EQ(share_by_factors(rules, rows)->undistributed, Fen::of_raw(100));
}

RC_GTEST_PROP(FactorProperties, B7_6_MoreFlowNeverRaisesAnothersShare, ()) {
    const Fen budget = any_fen(1'000'000'000);
    std::vector<InstitutionFlow> rows;
    const auto count = *rc::gen::inRange<std::size_t>(2, 6);
    for (std::size_t i = 0; i < count; ++i) {
        rows.push_back({id_of(i), {{*rc::gen::inRange<std::int64_t>(1, 50'000), rate("1.35")}}});
    }
    const auto before = share_by_flow(budget, rows).value();
    RC_ASSERT(sum(before) == budget);
    rows[0].flows.push_back({*rc::gen::inRange<std::int64_t>(0, 50'000), any_unit()});
    const auto after = share_by_flow(budget, rows).value();
    RC_ASSERT(after[0] >= before[0]);
    for (std::size_t i = 1; i < count; ++i) RC_ASSERT(after[i] <= before[i] + Fen::of_raw(1));
}

// --- clearing ----------------------------------------------------------------------------------

TEST(Clearing, B7_2_VariantsOfTheBudgetPointValue) {
    // Cost per point 1, 2, ..., 40 fen of one point each, and a case that brought no points.
    std::vector<CaseCost> cases{{Fen::of_raw(999), Points()}};
    for (int i = 1; i <= 40; ++i) cases.push_back({Fen::of_raw(i), Points::whole(1)});
    EXPECT_EQ(budget_point_value_of(BudgetValue::kWeighted, cases).value(), Fraction::of(820, 40));
    // Ranks 1 and 39 are the bounds, and kept; 40 goes.
    EXPECT_EQ(budget_point_value_of(BudgetValue::kQuantile, cases).value(), Fraction::of(780, 39));
    // Below the mean 20.5: 1 to 20.
    EXPECT_EQ(budget_point_value_of(BudgetValue::kGoodInterval, cases).value(),
              Fraction::of(210, 20));
    const std::vector<CaseCost> equal(3, {Fen::of_raw(7), Points::whole(1)});
    EXPECT_EQ(budget_point_value_of(BudgetValue::kQuantile, equal).value(), Fraction::whole(7));
    for (const auto variant : {BudgetValue::kWeighted, BudgetValue::kQuantile}) {
        EXPECT_EQ(budget_point_value_of(variant, {}).refusal().reason, Reason("POOL_NO_POINTS"));
    }
    EXPECT_EQ(budget_point_value_of(BudgetValue::kGoodInterval, equal).refusal().reason,
              Reason("POOL_NO_POINTS"))
        << "nothing lies below its own mean";
}

RC_GTEST_PROP(ClearingProperties, B7_4_ByValueNothingOfThePoolIsLost, ()) {
    const Pool pool{"P", any_fen(1'000'000'000) + Fen::of_raw(1), rate("0.05"), Fen(), rate("0.7")};
    std::vector<ValueMember> members;
    const auto count = *rc::gen::inRange<std::size_t>(1, 8);
    for (std::size_t i = 0; i < count; ++i) {
        members.push_back({id_of(i), any_points() + Points::of_raw(1), any_fen(1'000'000'000),
                           any_fen(1'000'000)});
    }
    policy::billing::Settle rules;
    rules.rounding = {Rounding::kHalfAway, Rounding::kHalfAway, Rounding::kHalfAway,
                      Rounding::kHalfAway};
    const PoolByValue result = settle_pool_by_value(rules, pool, members).value();
    Fen funds;
    for (std::size_t i = 0; i < count; ++i) {
        const MemberByValue& m = result.members[i];
        funds += m.fund;
        RC_ASSERT(m.fund == m.entitlement - members[i].borne_by_others);
        RC_ASSERT(m.final_amount == m.fund - members[i].prepaid);
    }
    RC_ASSERT(funds + result.residual + result.to_reserve == result.available);
    RC_ASSERT(result.residual.is_zero() || result.to_reserve.is_zero());
    RC_ASSERT(result.residual <= Fen::of_raw(static_cast<std::int64_t>(count)));
    RC_ASSERT(result.reserve_end == result.reserve + result.to_reserve);
}

RC_GTEST_PROP(ClearingProperties, B7_7_TiltedTargetsAddUp, ()) {
    std::vector<TiltMember> members;
    const auto count = *rc::gen::inRange<std::size_t>(1, 8);
    for (std::size_t i = 0; i < count; ++i) {
        members.push_back(
            {id_of(i), any_points() + Points::of_raw(1), *rc::gen::arbitrary<bool>()});
    }
    const Fen available = any_fen(1'000'000'000);
    const Fen budget = any_fen(1'000'000'000);
    const Fen last = any_fen(1'000'000'000);
    const auto tilted = tilt_targets(available, budget, last, any_unit(), members).value();
    const auto plain = tilt_targets(available, budget, last, Rate(), members).value();
    RC_ASSERT(sum(tilted.targets) == available);
    RC_ASSERT(plain.set_aside.is_zero());
    for (std::size_t i = 0; i < count; ++i) {
        if (members[i].base) RC_ASSERT(tilted.targets[i] + Fen::of_raw(1) >= plain.targets[i]);
        if (!members[i].base) RC_ASSERT(tilted.targets[i] <= plain.targets[i] + Fen::of_raw(1));
    }
}

TEST(Clearing, B7_7_TiltTakesNewMoneyOnly) {
    const std::vector<TiltMember> members{{"A", Points::whole(3), false},
                                          {"B", Points::whole(1), true}};
    const auto grown =
        tilt_targets(Fen::of_raw(1000), Fen::of_raw(1200), Fen::of_raw(800), rate("0.5"), members);
    EXPECT_EQ(grown->set_aside, Fen::of_raw(200));
    EXPECT_EQ(grown->targets, (std::vector<Fen>{Fen::of_raw(600), Fen::of_raw(400)}));
    const auto shrunk =
        tilt_targets(Fen::of_raw(1000), Fen::of_raw(800), Fen::of_raw(1200), rate("0.5"), members);
    EXPECT_EQ(shrunk->set_aside, Fen());
    EXPECT_EQ(tilt_targets(Fen::of_raw(1), Fen(), Fen(), Rate(), {}).refusal().reason,
              Reason("POOL_NO_POINTS"));
}

RC_GTEST_PROP(ClearingProperties, B7_7_TopupStaysBelowTheMeanAndInTheFund, ()) {
    std::vector<TopupMember> members;
    const auto count = *rc::gen::inRange<std::size_t>(1, 8);
    amount::Int128 settled = 0;
    amount::Int128 points = 0;
    for (std::size_t i = 0; i < count; ++i) {
        members.push_back({id_of(i), any_points() + Points::of_raw(1), any_fen(100'000'000),
                           *rc::gen::arbitrary<bool>()});
        settled += members.back().settled.raw();
        points += members.back().points.raw();
    }
    const Fen fund = any_fen(100'000'000);
    const Topup topup = top_up_base(fund, Rate(), members);
    RC_ASSERT(sum(topup.lifted) + topup.fund_left == fund && !topup.fund_left.is_negative());
    for (std::size_t i = 0; i < count; ++i) {
        if (topup.lifted[i].is_zero()) continue;
        RC_ASSERT(members[i].base);
        const bool within_mean =
            amount::compare_fractions(
                amount::Int128{members[i].settled.raw()} + topup.lifted[i].raw(),
                members[i].points.raw(), settled, points) <= 0;
        RC_ASSERT(within_mean);
    }
    const Topup with_factor = top_up_base(fund, any_unit(), members);
    RC_ASSERT(with_factor.lifted == topup.lifted);
    RC_ASSERT(sum(with_factor.lifted) + sum(with_factor.added) + with_factor.fund_left == fund);
    RC_ASSERT(!with_factor.fund_left.is_negative());
}

// --- what-if -----------------------------------------------------------------------------------

ScoredCase scored(std::size_t i, Rate k) {
    ScoredCase c{id_of(i),
                 i % 2 == 0 ? "A" : "B",
                 Points::whole(100 + static_cast<int>(i)),
                 Rate::whole(1),
                 k,
                 Rate::whole(1),
                 Points()};
    c.points = case_points(c.base, c.d, c.k, c.aux, Rounding::kHalfAway);
    return c;
}

RC_GTEST_PROP(WhatIfProperties, B15_11_SameParametersNoDifferenceAndMoneyOnlyMoves, ()) {
    std::vector<ScoredCase> before;
    std::vector<ScoredCase> after;
    const auto count = *rc::gen::inRange<std::size_t>(1, 12);
    for (std::size_t i = 0; i < count; ++i) {
        before.push_back(scored(i, rate("1.05")));
        after.push_back(scored(i, any_unit() + Rate::of_raw(100'000)));
    }
    const Fen available = any_fen(1'000'000'000);
    std::vector<ScoredCase> shuffled(before.rbegin(), before.rend());
    const auto same = what_if(available, before, shuffled).value();
    RC_ASSERT(same.cases.empty() && same.institutions.empty() && same.before == same.after);
    const auto report = what_if(available, before, after).value();
    Fen moved;
    for (const auto& m : report.institutions) moved += m.difference;
    RC_ASSERT(moved.is_zero());
    Points difference;
    for (const auto& c : report.cases) difference += c.difference;
    RC_ASSERT(difference == report.after - report.before);
}

TEST(WhatIf, B11_3_OtherCasesAreRefused) {
    const std::vector<ScoredCase> one{scored(1, Rate::whole(1))};
    const std::vector<ScoredCase> two{scored(2, Rate::whole(1))};
    EXPECT_EQ(what_if(Fen(), one, two).refusal().reason, Reason("WHATIF_CASES_DIFFER"));
    EXPECT_EQ(what_if(Fen(), one, {}).refusal().reason, Reason("WHATIF_CASES_DIFFER"));
    EXPECT_EQ(what_if(Fen(), {}, {}).refusal().reason, Reason("POOL_NO_POINTS"));
}

// --- recalculation -----------------------------------------------------------------------------

std::vector<std::vector<EnrolmentVersion>> any_residents() {
    const auto day = [](int from) {
        return CivilDate::literal(2025, 1, 1).plus_days(*rc::gen::inRange(from, from + 80));
    };
    std::vector<std::vector<EnrolmentVersion>> residents;
    const auto count = *rc::gen::inRange<std::size_t>(1, 6);
    for (std::size_t r = 0; r < count; ++r) {
        std::vector<EnrolmentVersion> versions;
        const auto changes = *rc::gen::inRange(1, 4);
        for (int v = 1; v <= changes; ++v) {
            EnrolmentVersion e;
            e.enrolment_id = "e" + std::to_string(r);
            e.version = v;
            e.resident_id = "r" + std::to_string(r);
            e.consortium_id = *rc::gen::element<std::string>("CX", "CY");
            e.insurance = "RES";
            e.sex = 1;
            e.birth_date = CivilDate::literal(1960, 1, 20);
            e.valid_from = day(0);
            if (*rc::gen::arbitrary<bool>()) e.valid_to = e.valid_from.plus_days(30);
            e.recorded_at = Instant(std::chrono::milliseconds(v * 1000));
            e.cancelled = *rc::gen::inRange(0, 4) == 0;
            versions.push_back(e);
        }
        residents.push_back(std::move(versions));
    }
    return residents;
}

RC_GTEST_PROP(RecalculationProperties, B15_4_ACorrectionIsBookedOnceAndAddsUp, ()) {
    const auto table = RateTable::of({{"YOUNG", 0, 64, {}, {}, {}, Fen::of_raw(3100)},
                                      {"OLD", 65, 150, {}, {}, {}, Fen::of_raw(7750)}})
                           .value();
    policy::billing::Capitation rules;
    rules.prepay_rate = rate("0.9");
    rules.rounding = {Rounding::kHalfAway, Rounding::kDown};
    const auto first = calendar::CivilMonth::parse("2025-01").value();
    const auto last = calendar::CivilMonth::parse("2025-04").value();
    const auto residents = any_residents();
    const auto priced = [&](int known_at) {
        CapitationPricer pricer(rules, table, first, last,
                                Instant(std::chrono::milliseconds(known_at)));
        for (const auto& versions : residents) pricer.add_resident(versions);
        return pricer.price().rows;
    };
    const auto booked = priced(1000);
    const auto now = priced(4000);
    std::map<std::string, Fen> sums;
    const auto key = [](const auto& row) {
        return row.consortium_id + row.period.text() + row.cell_id;
    };
    for (const auto& row : booked) sums[key(row)] += row.amount;
    for (const auto& d : differences(booked, now, first, last)) {
        RC_ASSERT(!d.difference.is_zero());
        sums[key(d)] += d.difference;
    }
    for (const auto& row : now) sums[key(row)] -= row.amount;
    for (const auto& [cell, rest] : sums) RC_ASSERT(rest.is_zero());
    RC_ASSERT(differences(now, priced(4000), first, last).empty());
    RC_ASSERT(priced(1000) == booked);
}

RC_GTEST_PROP(RecalculationProperties, B15_4_UnpricedMonthsAreToldOnceWhoeverAsks, ()) {
    const auto table = RateTable::of({{"YOUNG", 0, 64, {}, {}, {}, Fen::of_raw(3100)}}).value();
    const policy::billing::Capitation rules;
    const auto month = [](const char* text) { return calendar::CivilMonth::parse(text).value(); };
    const Instant known_at{std::chrono::milliseconds(4000)};
    CapitationPricer kept(rules, table, month("2025-01"), month("2025-04"), known_at);
    CapitationPricer taking = kept;
    std::vector<UnpricedMonth> taken;
    for (const auto& versions : any_residents()) {
        kept.add_resident(versions);
        taking.add_resident(versions);
        const auto some = taking.take_unpriced();
        taken.insert(taken.end(), some.begin(), some.end());
    }
    RC_ASSERT(taken == kept.price().unpriced);
    RC_ASSERT(taking.price().unpriced.empty());
    RC_ASSERT(taking.price().rows == kept.price().rows);
}

}  // namespace
}  // namespace yilian::billing
