// DIP examples: the catalogue and the choice of a group.
#include "tests/golden/dip_example_parts.h"

namespace yilian::golden {
namespace {

TEST(DipExamples, X05_BookkeepingOfTheNationalCatalogue) {
    const auto example = billing_example("X-05");
    if (!example) return;
    std::vector<std::int64_t> numbers;
    for (const auto& row : example->tables.at(0)) {
        std::istringstream words(row.at("check"));
        std::string first;
        std::string sign;
        std::string second;
        words >> first >> sign >> second;
        for (const auto& text : {first, second, row.at("value")}) {
            numbers.push_back(whole_number(text));
        }
    }
    ASSERT_EQ(numbers.size(), 9U);
    billing::dip::GroupCounts counts{.core = numbers[2],
                                     .conservative = numbers[0],
                                     .with_procedure = numbers[5],
                                     .main_only = numbers[3],
                                     .main_with_related = numbers[4]};
    EXPECT_EQ(numbers[1], counts.with_procedure);
    EXPECT_TRUE(consistent(counts));
    EXPECT_TRUE(follows(numbers[6], numbers[7], counts));
    EXPECT_EQ(numbers[8], counts.core);
    ++counts.main_only;
    EXPECT_FALSE(consistent(counts));
    ++counts.core;
    EXPECT_FALSE(follows(numbers[6], numbers[7], counts));
}

std::vector<Rate> weights_in(const std::string& text) {
    std::vector<Rate> weights;
    for (const auto& part : split(text, ':')) weights.push_back(Rate::parse(part).value());
    return weights;
}

const std::vector<std::optional<Fen>> kGroupYears = {Fen::of_raw(1'700'000), Fen::of_raw(1'800'000),
                                                     Fen::of_raw(2'000'000)};
const std::vector<std::optional<Fen>> kAllYears = {Fen::of_raw(900'000), Fen::of_raw(950'000),
                                                   Fen::of_raw(1'000'000)};

TEST(DipExamples, X06_ThreeYearWeights) {
    const auto example = billing_example("X-06");
    if (!example) return;
    const Region region;
    ASSERT_EQ(example->tables.at(0).size(), 3U);
    for (const auto& row : example->tables.at(0)) {
        const auto weights = weights_in(row.at("weights"));
        const Fraction mean = *billing::dip::weighted_mean(weights, kGroupYears);
        const Fraction all = *billing::dip::weighted_mean(weights, kAllYears);
        EXPECT_EQ(mean, Fraction::whole(fen_of_yuan(row.at("group mean (yuan)"))));
        EXPECT_EQ(all, Fraction::whole(fen_of_yuan(row.at("mean of all (yuan)"))));
        EXPECT_EQ(billing::dip::relative_weight(mean, all).text(), row.at("RW"));
        EXPECT_EQ(billing::dip::group_points(region.dip, mean, all).text(),
                  row.at("points (scale 1000)"));
    }
}

TEST(DipExamples, X07_AYearWithoutCasesIsLeftOut) {
    const auto example = billing_example("X-07");
    if (!example) return;
    const Region region;
    const auto weights = weights_in("1:2:7");
    auto years = kGroupYears;
    years[0].reset();
    const Fraction mean = *billing::dip::weighted_mean(weights, years);
    EXPECT_EQ(mean, Fraction::of(17'600'000, 9));
    EXPECT_NE(example->prose.find("176,000"), std::string::npos);
    const Points points = billing::dip::group_points(
        region.dip, mean, *billing::dip::weighted_mean(weights, kAllYears));
    EXPECT_NE(example->prose.find("points = " + points.text() + "."), std::string::npos)
        << points.text();
    const std::vector<std::optional<Fen>> none(3);
    EXPECT_FALSE(billing::dip::weighted_mean(weights, none));
}

TEST(DipExamples, X08_RelatedProcedureBorder) {
    const auto example = billing_example("X-08");
    if (!example) return;
    const Region region;
    ASSERT_EQ(example->tables.at(0).size(), 3U);
    for (const auto& row : example->tables.at(0)) {
        const std::vector<UsedProcedure> used = {{"51.2300", Fen::of_raw(600'000)},
                                                 {"54.2100", fen(row, "cost of 54.2100 (fen)")}};
        const auto treatment =
            treatment_of(region.dip, region.procedures, used, fen(row, "case total (fen)"));
        EXPECT_EQ(treatment.related.empty(), row.at("related?") == "no");
        EXPECT_EQ(expression_of(treatment), row.at("procedure key"));
    }
    const std::vector<UsedProcedure> excluded = {{"99.1500", Fen::of_raw(900'000)},
                                                 {"38.9301", Fen::of_raw(1)}};
    const auto treatment =
        treatment_of(region.dip, region.procedures, excluded, Fen::of_raw(1'000'000));
    EXPECT_EQ(treatment.main, "38.9301");
    EXPECT_TRUE(treatment.related.empty());
}

TEST(DipExamples, X09_Trimming) {
    const auto example = billing_example("X-09");
    if (!example) return;
    const auto colon = example->prose.find(": ");
    std::string list = example->prose.substr(colon + 2);
    list = list.substr(0, list.find(".\n"));
    std::vector<std::int64_t> costs;
    std::istringstream in(list);
    for (std::string word; in >> word;) costs.push_back(whole_number(word));
    ASSERT_EQ(costs.size(), 10U);
    policy::billing::Trim trim = Region().dip.trim;
    ASSERT_EQ(example->tables.at(0).size(), 5U);
    for (const auto& row : example->tables.at(0)) {
        using policy::billing::TrimMethod;
        const std::map<std::string, TrimMethod> methods = {{"none", TrimMethod::kNone},
                                                           {"sigma", TrimMethod::kSigma},
                                                           {"iqr", TrimMethod::kIqr},
                                                           {"quantile", TrimMethod::kQuantile}};
        trim.method = methods.at(row.at("method"));
        trim.min_cases = std::stoll(row.at("min_cases"));
        // The example names no parameters. Of ten costs 0.90 keeps the ninth and drops the largest.
        if (trim.method == TrimMethod::kQuantile) trim.high = Rate::parse("0.90").value();
        if (trim.method == TrimMethod::kIqr) trim.k = Rate::parse("1.5").value();
        if (trim.method == TrimMethod::kSigma) trim.k = Rate::parse("2").value();
        billing::dip::Moments kept;
        for (const auto cost : billing::dip::trimmed(trim, costs)) kept.add(cost);
        EXPECT_EQ(std::to_string(kept.count), row.at("kept")) << row.at("method");
        EXPECT_EQ(amount::to_text(kept.sum), row.at("sum (fen)"));
        EXPECT_EQ(kept.average().text(), row.at("average (fen)"));
    }
}

billing::dip::BuiltCatalogue built_of_x10() {
    const auto example = *billing_example("X-10");
    const Dip dip = dip_of(example);
    const ProcedureTable procedures = procedures_of(example);
    billing::dip::CatalogueBuilder builder(dip, procedures);
    for (const auto& row : csv_rows(example.block("history.csv"))) {
        const auto items = split(row.at("procs"), '|');
        const auto used = procedures_in(items);
        builder.add(
            {std::stoi(row.at("year")), row.at("principal_dx"), used, fen(row, "total_fen")});
    }
    return builder.build().value();
}

TEST(DipExamples, X10_BuildingACatalogue) {
    const auto example = billing_example("X-10");
    if (!example) return;
    std::string text =
        "group_code,kind,dx_key,proc_expr,rank,cases,cases_kept,mean_fen,rw,points,cv,ref_fen,"
        "basic_coef\n";
    for (const auto& b : built_of_x10().groups) {
        text += line({b.group.code, std::string(name_of(b.group.kind)), b.group.dx_key,
                      b.group.proc_expr, std::string(name_of(b.group.rank)),
                      std::to_string(b.cases), std::to_string(b.cases_kept), b.mean.text(),
                      b.relative_weight.text(), b.group.points.text(),
                      amount::format_scaled(b.cv_e4, 4), b.group.ref_fen.text(), ""});
    }
    EXPECT_EQ(text, example->block("catalogue.csv"));
}

TEST(DipExamples, X10_QualityOfTheCatalogue) {
    if (!billing_example("X-10")) return;
    const auto quality = built_of_x10().quality;
    EXPECT_EQ(quality.cases, 17);
    EXPECT_EQ(quality.cases_kept, 17);
    EXPECT_EQ(quality.core_cases, 11);
    EXPECT_EQ(quality.comprehensive_cases, 6);
    EXPECT_EQ(quality.comprehensive_groups, 3);
    EXPECT_EQ(quality.core_groups, (billing::dip::GroupCounts{3, 1, 2, 1, 1}));
    EXPECT_EQ(quality.core_coverage.text(), "0.64705882");  // 11 / 17
    EXPECT_TRUE(quality.wide_groups.empty());
    EXPECT_GT(quality.cv_of_all_e4, 10 * quality.cv_in_groups_e4);
}

// --- grouping ----------------------------------------------------------------------------------

std::vector<Group> groups_of_x11(const Example& example) {
    std::vector<Group> groups;
    for (const auto& row : example.tables.at(0)) {
        const std::string& code = row.at("group");
        groups.push_back({.code = code,
                          .kind = kind_in(row.at("kind")),
                          .dx_key = code.substr(0, code.find(':')),
                          .proc_expr = absent(row.at("procedure expression")),
                          .rank = rank_in(row.at("rank")),
                          .points = Points::parse(row.at("points")).value(),
                          .ref_fen = fen(row, "reference cost (fen)"),
                          .basic_coef = {}});
        if (groups.back().kind == GroupKind::kBasic) groups.back().basic_coef = Rate::whole(1);
    }
    return groups;
}

std::string chosen(const Region& region, std::vector<Group> groups, const std::string& dx,
                   const std::vector<std::string>& procs, Fen total) {
    const auto catalogue = Catalogue::of(std::move(groups)).value();
    const billing::dip::Grouper grouper(region.dip, catalogue);
    const auto used = procedures_in(procs);
    const auto treatment = treatment_of(region.dip, region.procedures, used, total);
    const auto choice = grouper.choose(dx, treatment, total);
    return choice.group == nullptr ? "(blank)" : choice.group->code;
}

TEST(DipExamples, X11_TieBreakOrder) {
    const auto example = billing_example("X-11");
    if (!example) return;
    Region region;
    auto groups = groups_of_x11(*example);
    // Codes of the example that X-18 does not list.
    ASSERT_TRUE(region.procedures.add(
        "51.2200", {.rank = ProcedureRank::kSurgery, .excluded = false, .level = {}}));
    ASSERT_TRUE(region.procedures.add(
        "54.5100", {.rank = ProcedureRank::kSurgery, .excluded = false, .level = {}}));
    ASSERT_EQ(example->tables.at(1).size(), 8U);
    for (const auto& row : example->tables.at(1)) {
        const auto procs = split(absent(row.at("procedures@cost")), ' ');
        EXPECT_EQ(
            chosen(region, groups, row.at("principal diagnosis"), procs, fen(row, "total (fen)")),
            row.at("group"))
            << row.at("why");
    }
    groups.push_back({.code = "K80.1:51.8800/51.8700",
                      .kind = GroupKind::kCore,
                      .dx_key = "K80.1",
                      .proc_expr = "51.8800/51.8700",
                      .rank = ProcedureRank::kSurgery,
                      .points = Points::whole(1750),
                      .ref_fen = Fen::of_raw(1'650'000),
                      .basic_coef = {}});
    const auto last_case = [&] {
        return chosen(region, groups, "K80.101", {"51.8800@600000"}, Fen::of_raw(1'690'000));
    };
    EXPECT_EQ(last_case(), "K80.1:51.8800/51.8700");
    region.dip.tie_break = policy::billing::TieBreak::kHighestPoints;
    EXPECT_EQ(last_case(), "K80.1:51.8800");
}

}  // namespace
}  // namespace yilian::golden
