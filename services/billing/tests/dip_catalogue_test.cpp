// billing.md 4.2 and 15.5: building a DIP catalogue, its figures and its quality report.
#include <gtest/gtest.h>

#include "services/billing/tests/dip_region.h"

namespace yilian::billing::dip {
namespace {

using policy::billing::Trim;
using policy::billing::TrimMethod;
using testing::any_history;
using testing::build;
using testing::Case;
using testing::catalogue_of;
using testing::dip_rules;
using testing::procedure_table;

Case simple(int year, const char* dx, std::int64_t total) {
    return {year, dx, {}, Fen::of_raw(total)};
}

std::string figures_of(const BuiltCatalogue& built) {
    std::string text;
    for (const BuiltGroup& b : built.groups) {
        text += b.group.code + " " + std::to_string(b.cases) + " " + std::to_string(b.cases_kept) +
                " " + b.mean.text() + " " + b.relative_weight.text() + " " + b.group.points.text() +
                " " + std::to_string(b.cv_e4) + " " + b.group.ref_fen.text() + " " +
                std::string(name_of(b.group.rank)) + "\n";
    }
    return text + built.mean_of_all.text();
}

Trim any_trim() {
    const auto method = *rc::gen::element(TrimMethod::kNone, TrimMethod::kSigma, TrimMethod::kIqr,
                                          TrimMethod::kQuantile);
    return {.method = method,
            .k = Rate::of_raw(*rc::gen::inRange<std::int64_t>(Rate::kUnit, 3 * Rate::kUnit)),
            .low = Rate::of_raw(*rc::gen::inRange<std::int64_t>(0, Rate::kUnit / 2)),
            .high = Rate::of_raw(*rc::gen::inRange<std::int64_t>(Rate::kUnit / 2, Rate::kUnit)),
            .min_cases = *rc::gen::inRange(1, 6)};
}

RC_GTEST_PROP(DipCatalogue, B15_5_OrderOfTheInputDoesNotMatter, ()) {
    Dip dip = dip_rules();
    dip.trim = any_trim();
    auto cases = any_history();
    const auto first = build(dip, cases);
    // A seeded shuffle: the failing order is part of the counterexample.
    for (std::size_t i = cases.size(); i > 1; --i) {
        std::swap(cases[i - 1], cases[*rc::gen::inRange<std::size_t>(0, i)]);
    }
    const auto second = build(dip, cases);
    RC_ASSERT(first.ok() && second.ok());
    RC_ASSERT(figures_of(*first) == figures_of(*second));
}

RC_GTEST_PROP(DipCatalogue, B4_2_EveryCaseIsCountedInOneGroup, ()) {
    const Dip dip = dip_rules();
    const auto cases = any_history();
    const auto built = build(dip, cases).value();
    int newest = 0;
    for (const Case& c : cases) newest = std::max(newest, c.year);
    const auto inside =
        std::ranges::count_if(cases, [&](const Case& c) { return c.year > newest - 3; });
    std::int64_t counted = 0;
    for (const BuiltGroup& b : built.groups) {
        counted += b.cases;
        RC_ASSERT(b.cases_kept == b.cases);
        // Below the threshold there are only groups of the last prefix.
        const bool last =
            b.group.kind == GroupKind::kComprehensive && length_of(b.group.dx_key) == 1;
        RC_ASSERT(b.cases >= dip.core_threshold || last);
    }
    RC_ASSERT(counted == inside);
    const Quality& q = built.quality;
    RC_ASSERT(q.cases == inside && q.core_cases + q.comprehensive_cases == inside);
    RC_ASSERT(consistent(q.core_groups));
    RC_ASSERT(q.core_groups.core + q.comprehensive_groups ==
              static_cast<std::int64_t>(built.groups.size()));
}

RC_GTEST_PROP(DipCatalogue, B4_3_ACaseOfTheHistoryIsNeverBlank, ()) {
    const Dip dip = dip_rules();
    const auto cases = any_history();
    const auto catalogue = catalogue_of(build(dip, cases).value());
    const ProcedureTable table = procedure_table();
    const Grouper grouper(dip, catalogue);
    for (const Case& c : cases) {
        const auto treatment = treatment_of(dip, table, c.procedures, c.total);
        RC_ASSERT(grouper.choose(c.dx, treatment, c.total).group != nullptr);
    }
}

RC_GTEST_PROP(DipCatalogue, B4_2_WhatIsTrimmedLiesOutsideWhatStays, ()) {
    const Trim trim = any_trim();
    auto costs = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 5'000)));
    std::ranges::sort(costs);
    const auto kept = trimmed(trim, costs);
    RC_ASSERT(std::ranges::includes(costs, kept));
    if (static_cast<std::int64_t>(costs.size()) < trim.min_cases) RC_ASSERT(kept == costs);
    RC_ASSERT(!kept.empty());
    // Equal costs share their fate and nothing between two kept ones goes.
    const auto inside = std::ranges::count_if(
        costs, [&](std::int64_t cost) { return cost >= kept.front() && cost <= kept.back(); });
    RC_ASSERT(inside == static_cast<std::int64_t>(kept.size()));
}

RC_GTEST_PROP(DipCatalogue, B4_2_CvIsTheCutRoot, ()) {
    Moments m;
    const auto costs = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(
        rc::gen::inRange<std::int64_t>(1, 10'000'000)));
    for (const auto cost : costs) m.add(cost);
    // cv_e4 <= 10^4 * sigma / mean < cv_e4 + 1, squared and freed of fractions.
    const amount::Int128 variance = amount::Int128{m.count} * m.squares - m.sum * m.sum;
    const amount::Int128 cv = m.cv_e4();
    RC_ASSERT(cv * cv * m.sum * m.sum <= variance * amount::kTenTo8);
    RC_ASSERT((cv + 1) * (cv + 1) * m.sum * m.sum > variance * amount::kTenTo8);
}

TEST(DipCatalogue, B4_2_OlderYearsAreLeftOutAndMissingOnesRenormalised) {
    const Dip dip = dip_rules();
    std::vector<Case> cases;
    for (int i = 0; i < 5; ++i) cases.push_back(simple(2024, "I10.x00", 2000));
    for (int i = 0; i < 5; ++i) cases.push_back(simple(2023, "J18.900", 1000));
    cases.push_back(simple(2021, "J18.900", 900'000));
    const auto built = build(dip, cases).value();
    ASSERT_EQ(built.groups.size(), 2U);
    EXPECT_EQ(built.quality.cases, 10);
    // M = (2 * 1000 + 7 * 2000) / 9; the year without cases weighs nothing.
    EXPECT_EQ(built.mean_of_all.text(), "1778");
    EXPECT_EQ(built.groups[0].group.ref_fen.text(), "2000");
    EXPECT_EQ(built.groups[0].group.points.text(), "1125.0000");
    // No case in the last year: the reference is the mean.
    EXPECT_EQ(built.groups[1].group.ref_fen.text(), "1000");
    EXPECT_EQ(built.groups[1].group.points.text(), "562.5000");
}

TEST(DipCatalogue, B4_2_SpreadGroupsAreInTheQualityReport) {
    Dip dip = dip_rules();
    std::vector<Case> cases;
    for (int i = 0; i < 9; ++i) cases.push_back(simple(2024, "I10.x00", 1000));
    cases.push_back(simple(2024, "I10.x00", 100'000));
    for (int i = 0; i < 5; ++i) cases.push_back(simple(2024, "J18.900", 1000));
    const auto built = build(dip, cases).value();
    EXPECT_EQ(built.quality.wide_groups, std::vector<std::string>{"I10.x:0"});
    EXPECT_EQ(built.quality.core_coverage, Rate::whole(1));
    dip.trim.method = TrimMethod::kSigma;
    const auto trimmed = build(dip, cases).value();
    EXPECT_TRUE(trimmed.quality.wide_groups.empty());
    EXPECT_EQ(trimmed.quality.cases_kept, 14);
    EXPECT_EQ(trimmed.quality.cases, 15);
    EXPECT_EQ(trimmed.quality.cv_of_all_e4, 0);
}

TEST(DipCatalogue, B4_2_AShortDiagnosisMakesNoSecondGroupOfOneCode) {
    Dip dip = dip_rules();
    dip.core_threshold = 2;
    dip.dx_key_chars = 4;
    // "K8" is shorter than the first prefix and equals the second one of the others.
    const auto built = build(dip, {simple(2024, "K8", 100), simple(2024, "K80.1", 100),
                                   simple(2024, "K81.1", 300), simple(2024, "K82.1", 300)})
                           .value();
    ASSERT_EQ(built.groups.size(), 1U);
    EXPECT_EQ(built.groups[0].group.code, "K8:T1");
    EXPECT_EQ(built.groups[0].cases, 4);
}

TEST(DipCatalogue, B4_2_UnlistedCutCodeTakesTheRankOfItsCodes) {
    Dip dip = dip_rules();
    dip.core_threshold = 1;
    ProcedureTable table;
    table.add("51.2300x001", {ProcedureRank::kSurgery, false, ""});
    CatalogueBuilder builder(dip, table);
    const std::vector<UsedProcedure> used = {{"51.2300x001", Fen::of_raw(10)}};
    builder.add({2024, "K80.100", used, Fen::of_raw(100)});
    const auto built = builder.build().value();
    ASSERT_EQ(built.groups.size(), 1U);
    EXPECT_EQ(built.groups[0].group.code, "K80.1:51.2300");
    EXPECT_EQ(built.groups[0].group.rank, ProcedureRank::kSurgery);
    // A year that is too old has no say in it.
    const std::vector<UsedProcedure> other = {{"51.2300x002", Fen::of_raw(10)}};
    CatalogueBuilder later(dip, table);
    later.add({2020, "K80.100", used, Fen::of_raw(100)});
    later.add({2024, "K80.100", other, Fen::of_raw(100)});
    EXPECT_EQ(later.build().value().groups.at(0).group.rank, ProcedureRank::kTherapeutic);
}

TEST(DipCatalogue, B4_2_TrimmingThatLeavesNothingIsRefused) {
    Dip dip = dip_rules();
    dip.trim = {.method = TrimMethod::kSigma, .k = {}, .low = {}, .high = {}, .min_cases = 1};
    const auto refused = build(dip, {simple(2024, "I10.x00", 100), simple(2024, "I10.x00", 300)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.refusal().reason.code(), "POLICY_VALUE");
    EXPECT_EQ(refused.refusal().metadata[0].second, "body.dip.trim");
}

TEST(DipCatalogue, B4_2_NoCasesNoGroups) {
    const auto built = build(dip_rules(), {}).value();
    EXPECT_TRUE(built.groups.empty());
    EXPECT_EQ(built.quality.cases, 0);
}

TEST(DipCatalogue, B4_3_MalformedCataloguesAreRefused) {
    const Group good{
        "K80.1:0",        GroupKind::kCore, "K80.1",     "", ProcedureRank::kConservative,
        Points::whole(1), Fen::of_raw(1),   std::nullopt};
    const auto refused = [&](auto change) {
        Group group = good;
        change(group);
        const auto catalogue = Catalogue::of({group});
        return !catalogue && catalogue.refusal().reason.code() == "RULES_TABLE_MALFORMED";
    };
    EXPECT_TRUE(Catalogue::of({good}).ok());
    EXPECT_FALSE(Catalogue::of({good, good}).ok());
    EXPECT_TRUE(refused([](Group& g) { g.code.clear(); }));
    EXPECT_TRUE(refused([](Group& g) { g.dx_key.clear(); }));
    EXPECT_TRUE(refused([](Group& g) { g.proc_expr = "51.2300+"; }));
    EXPECT_TRUE(refused([](Group& g) { g.proc_expr = "/51.2300"; }));
    EXPECT_TRUE(refused([](Group& g) { g.kind = GroupKind::kBasic; }));
    EXPECT_TRUE(refused([](Group& g) { g.basic_coef = Rate::whole(1); }));
    EXPECT_TRUE(refused([](Group& g) { g.points = Points::of_raw(-1); }));
    EXPECT_TRUE(refused([](Group& g) {
        g.kind = GroupKind::kComprehensive;
        g.proc_expr = "51.2300";
    }));
}

}  // namespace
}  // namespace yilian::billing::dip
