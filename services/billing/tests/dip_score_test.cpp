// billing.md 4.3 to 4.8 and 15.5: grouping and points of a DIP case.
#include <gtest/gtest.h>

#include "services/billing/tests/dip_region.h"

namespace yilian::billing::dip {
namespace {

using policy::billing::AuxiliaryRule;
using policy::billing::AuxiliaryType;
using policy::billing::ConditionField;
using policy::billing::ConditionOp;
using testing::any_case;
using testing::Case;
using testing::dip_rules;
using testing::procedure_table;
using testing::rate;

Group group(std::string code, GroupKind kind, std::string dx, std::string expression,
            ProcedureRank rank, std::int64_t points) {
    return {std::move(code),
            kind,
            std::move(dx),
            std::move(expression),
            rank,
            Points::whole(points),
            Fen::of_raw(points * 1000),
            std::nullopt};
}

std::vector<Group> some_groups() {
    using enum GroupKind;
    using enum ProcedureRank;
    std::vector<Group> groups = {
        group("K80.1:51.2300", kCore, "K80.1", "51.2300", kSurgery, 1600),
        group("K80.1:51.2300+51.8800", kCore, "K80.1", "51.2300+51.8800", kSurgery, 2900),
        group("K80.1:51.8800", kCore, "K80.1", "51.8800", kSurgery, 1800),
        group("K80.1:0", kCore, "K80.1", "", kConservative, 700),
        group("I10.x:0", kBasic, "I10.x", "", kConservative, 450),
        group("K80:T4", kComprehensive, "K80", "", kSurgery, 1700),
        group("K8:T4", kComprehensive, "K8", "", kSurgery, 1500),
        group("K8:T3", kComprehensive, "K8", "", kTherapeutic, 900),
        group("K:T2", kComprehensive, "K", "", kDiagnostic, 800),
        group("K:T1", kComprehensive, "K", "", kConservative, 600)};
    groups[4].basic_coef = rate("0.7");
    return groups;
}

struct Region {
    Dip dip = dip_rules();
    ProcedureTable procedures = procedure_table();
    Catalogue catalogue = Catalogue::of(some_groups()).value();
    ScoreTables tables{.institutions = {{"H1", {"L3", rate("1.05")}}, {"H9", {"L1", rate("0.62")}}},
                       .coefficients = {},
                       .references = {}};

    [[nodiscard]] DipScore score(const Case& c, std::string_view institution = "H1",
                                 const CaseFacts& facts = {}) const {
        const auto scorer = Scorer::of(dip, procedures, catalogue, tables).value();
        return scorer.score({institution, c.dx, c.procedures, c.total, facts}).value();
    }
};

// The group by its definition: one filter and one sort over all groups.
std::string by_definition(const Region& region, const Case& c) {
    const auto treatment = treatment_of(region.dip, region.procedures, c.procedures, c.total);
    std::vector<std::string> used = {std::string(treatment.main)};
    for (const auto code : treatment.related) used.emplace_back(code);
    const std::string key = c.dx.substr(0, 5);
    std::vector<std::tuple<std::size_t, int, int, std::int64_t, std::string>> found;
    for (const Group& g : region.catalogue.groups()) {
        const bool wide = g.kind == GroupKind::kComprehensive;
        int terms = 0;
        bool holds = wide ? key.starts_with(g.dx_key) && g.rank == treatment.rank : key == g.dx_key;
        for (std::size_t at = 0; at < g.proc_expr.size(); at += 8) {
            ++terms;
            holds = holds && std::ranges::find(used, g.proc_expr.substr(at, 7)) != used.end();
        }
        if (!holds) continue;
        std::size_t place = 0;
        while (region.dip.priority[place].kind != g.kind ||
               region.dip.priority[place].rank != g.rank) {
            ++place;
        }
        found.emplace_back(place, wide ? -static_cast<int>(g.dx_key.size()) : 0, -terms,
                           std::abs(c.total.raw() - g.ref_fen.raw()), g.code);
    }
    return found.empty() ? "" : std::get<4>(*std::ranges::min_element(found));
}

RC_GTEST_PROP(DipScore, B4_3_TheOrderOfChoice, ()) {
    const Region region;
    const Case c = any_case();
    const auto choice = region.score(c).choice;
    RC_ASSERT((choice.group == nullptr ? "" : choice.group->code) == by_definition(region, c));
    RC_ASSERT((choice.candidates == 0) == (choice.decided_by == DecidedBy::kNoCandidate));
    RC_ASSERT((choice.candidates == 1) == (choice.decided_by == DecidedBy::kOnlyOne));
}

RC_GTEST_PROP(DipScore, B15_5_AProcedureBelowTheBorderChangesNothing, ()) {
    const Region region;
    Case c = any_case();
    const auto* main = *rc::gen::element("51.2300", "51.8800", "93.3900");
    c.procedures.insert(c.procedures.begin(), {main, Fen::of_raw(1)});
    const auto before = region.score(c);
    const auto rank = treatment_of(region.dip, region.procedures, c.procedures, c.total).rank;
    const auto* added = *rc::gen::element("51.8800", "54.2100", "93.3900", "99.1500", "00.0001");
    c.procedures.push_back({added, Fen::of_raw((c.total.raw() - 1) / 10)});
    RC_PRE(treatment_of(region.dip, region.procedures, c.procedures, c.total).rank == rank);
    const auto after = region.score(c);
    RC_ASSERT(after.choice.group == before.choice.group);
    RC_ASSERT(after.points == before.points);
}

RC_GTEST_PROP(DipScore, B15_5_PointsDoNotFallInCost, ()) {
    Region region;
    region.dip.tie_break = policy::billing::TieBreak::kHighestPoints;
    // Without procedures the group does not depend on the cost.
    Case c = any_case();
    c.procedures.clear();
    const auto lower = region.score(c);
    c.total = Fen::of_raw(c.total.raw() + *rc::gen::inRange<std::int64_t>(1, 5'000'000));
    const auto higher = region.score(c);
    RC_ASSERT(lower.choice.group == higher.choice.group);
    RC_ASSERT(lower.points <= higher.points);
}

RC_GTEST_PROP(DipScore, B15_5_BasicGroupsPayTheSameEverywhere, ()) {
    Region region;
    Case c = any_case();
    c.dx = "I10.x00";
    c.procedures.clear();
    region.tables.coefficients["H9"]["I10.x:0"] =
        Rate::of_raw(*rc::gen::inRange<std::int64_t>(0, 2 * Rate::kUnit));
    const auto county = region.score(c, "H1");
    const auto township = region.score(c, "H9");
    RC_ASSERT(county.choice.group->code == "I10.x:0");
    RC_ASSERT(county.points == township.points);
    RC_ASSERT(county.k == rate("0.7") && township.k == county.k);
}

TEST(DipScore, B4_3_DecidedByNamesTheLastStep) {
    Region region;
    const auto decided = [&](const char* dx, std::vector<UsedProcedure> used) {
        return name_of(
            region.score({2024, dx, std::move(used), Fen::of_raw(1'000'000)}).choice.decided_by);
    };
    const UsedProcedure surgery{"51.2300", Fen::of_raw(300'000)};
    const UsedProcedure stent{"51.8800", Fen::of_raw(300'000)};
    EXPECT_EQ(decided("J18.900", {}), "NO_CANDIDATE");
    EXPECT_EQ(decided("I10.x00", {}), "ONLY_ONE");
    EXPECT_EQ(decided("K80.100", {}), "CLASS");
    EXPECT_EQ(decided("K80.300", {surgery}), "PREFIX");
    EXPECT_EQ(decided("K80.100", {surgery, stent}), "TERMS");
    auto groups = some_groups();
    groups.push_back(group("K80.1:51.2300/51.8800", GroupKind::kCore, "K80.1", "51.2300/51.8800",
                           ProcedureRank::kSurgery, 1000));
    groups.erase(groups.begin() + 1);
    region.catalogue = Catalogue::of(groups).value();
    EXPECT_EQ(decided("K80.100", {surgery, stent}), "PROCEDURES");
    EXPECT_EQ(decided("K80.100", {surgery}), "TIE_BREAK");
    groups.back().ref_fen = groups.front().ref_fen;
    region.catalogue = Catalogue::of(groups).value();
    EXPECT_EQ(decided("K80.100", {surgery}), "CODE");
}

TEST(DipScore, B4_5_ReferenceOfTheLevelAndNoReference) {
    Region region;
    const Case c{2024, "K80.100", {}, Fen::of_raw(2'100'000)};  // three times the reference
    EXPECT_EQ(region.score(c).d->text(), "2.00000000");
    region.tables.references["K80.1:0"]["L3"] = Fen::of_raw(2'100'000);
    const auto level = region.score(c);
    EXPECT_EQ(level.d->text(), "1.00000000");
    EXPECT_EQ(level.reference->text(), "2100000");
    EXPECT_EQ(region.score(c, "H9").d->text(), "2.00000000");
    region.tables.references["K80.1:0"]["L3"] = Fen();
    const auto none = region.score(c);
    EXPECT_EQ(none.d->text(), "1.00000000");
    EXPECT_FALSE(none.band);
    EXPECT_FALSE(none.ratio);
    EXPECT_EQ(none.flags, std::vector<std::string_view>{"NO_REFERENCE"});
    EXPECT_EQ(none.points.text(), "735.0000");  // 700 * 1.05
}

TEST(DipScore, B4_6_CoefficientOfTheGroupBeforeTheInstitution) {
    Region region;
    const Case c{2024, "K80.100", {}, Fen::of_raw(700'000)};
    region.tables.coefficients["H1"]["K80.1:0"] = rate("0.5");
    EXPECT_EQ(region.score(c).points.text(), "350.0000");
    EXPECT_EQ(region.score(c, "H9").points.text(), "434.0000");  // 700 * 0.62
    EXPECT_EQ(institution_coefficient(Fen::of_raw(95'500), Fen::of_raw(100'000)), rate("0.955"));
    EXPECT_EQ(institution_coefficient(std::nullopt, Fen::of_raw(100'000)), Rate::whole(1));
}

TEST(DipScore, B4_6_FactorOfBaseLevelSurgery) {
    Region region;
    AuxiliaryRule rule{"BASE-SURGERY", AuxiliaryType::kSeverity, {}, rate("1.1")};
    rule.all.push_back({ConditionField::kProcedureLevel, ConditionOp::kIn, {}, {"1", "2"}});
    rule.all.push_back({ConditionField::kInstitutionLevel, ConditionOp::kEq, {}, {"L1"}});
    region.dip.auxiliary = {rule};
    const Case surgery{2024, "K80.100", {{"51.2300", Fen::of_raw(1)}}, Fen::of_raw(1'600'000)};
    EXPECT_EQ(region.score(surgery, "H9").points.text(), "1091.2000");  // 1600 * 0.62 * 1.1
    EXPECT_TRUE(region.score(surgery, "H1").auxiliary->rules.empty());
    const Case stent{2024, "K80.100", {{"51.8800", Fen::of_raw(1)}}, Fen::of_raw(1'800'000)};
    EXPECT_TRUE(region.score(stent, "H9").auxiliary->rules.empty());
}

TEST(DipScore, B4_4_AMissingFieldNeverMatches) {
    Dip dip = dip_rules();
    const auto rule = [](std::string id, ConditionField field, ConditionOp op) {
        AuxiliaryRule r{std::move(id), AuxiliaryType::kSeverity, {}, rate("1.5")};
        r.all.push_back({field, op, {0}, {""}});
        return r;
    };
    dip.auxiliary = {rule("AGE", ConditionField::kAgeYears, ConditionOp::kGe),
                     rule("TUMOUR", ConditionField::kTumour, ConditionOp::kEq)};
    EXPECT_TRUE(auxiliary_of(dip, {}).rules.empty());
    EXPECT_EQ(auxiliary_of(dip, {.age_years = 0}).rules, std::vector<std::string_view>{"AGE"});
}

TEST(DipScore, B4_7_BlankGroupWithAndWithoutK) {
    Region region;
    const Case c{2024, "J18.900", {}, Fen::of_raw(840'000)};
    const auto plain = region.score(c, "H9");
    EXPECT_EQ(plain.status, ScoreStatus::kBlank);
    EXPECT_FALSE(plain.k);
    EXPECT_EQ(plain.points.text(), "600.0000");
    region.dip.blank.apply_k = true;
    const auto with_k = region.score(c, "H9");
    EXPECT_EQ(with_k.k, rate("0.62"));
    EXPECT_EQ(with_k.points.text(), "372.0000");
    region.dip.blank.mean_fen = Fen();
    const auto refused = Scorer::of(region.dip, region.procedures, region.catalogue, region.tables);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.refusal().reason.code(), "POLICY_VALUE");
}

}  // namespace
}  // namespace yilian::billing::dip
