// billing-examples.md: factors, actual cost, sharing inside the
// consortium, splits and what-if. Inputs and results are read from the specification.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "services/billing/domain/clearing.h"
#include "services/billing/domain/factor_shares.h"
#include "services/billing/domain/sharing.h"
#include "services/billing/domain/what_if.h"
#include "tests/golden/money_values.h"

namespace yilian::golden {
namespace {

using amount::Fen;
using amount::Points;
using amount::Rate;
using amount::Rounding;
using policy::billing::OverspendMode;
using policy::billing::Sharing;

Rate rate_of(std::string_view text) { return Rate::parse(text).value(); }
std::string body(const std::string& csv) { return csv.substr(csv.find('\n') + 1); }

// "2.1770 %" -> 0.02177000
Rate percent(std::string_view text) {
    const Rate number = rate_of(text.substr(0, text.find(' ')));
    return Rate::of_raw(amount::muldiv(number.raw(), 1, 100, Rounding::kHalfAway));
}

// The first number after the text, thousands signs allowed.
std::string number_after(std::string_view prose, std::string_view text) {
    auto at = prose.find(text);
    EXPECT_NE(at, std::string_view::npos) << text;
    at = prose.find_first_of("0123456789", at + text.size());
    std::string_view number = prose.substr(at);
    number = number.substr(0, number.find_first_not_of("0123456789.,"));
    return std::string(number.substr(0, number.find_last_of("0123456789") + 1));
}

// One-sided, no minimum, no gate, no cap: what an example does not name has no effect.
Sharing plain_rules() {
    Sharing rules;
    rules.surplus.min_rate_curve = {{1, Rate()}};
    rules.surplus.first_unit = true;
    rules.surplus.max_rate = rate_of("0.75");
    rules.surplus.cap_rate = Rate::whole(1);
    rules.overspend.min_rate_curve = {{1, Rate()}};
    rules.overspend.cap_rate = Rate::whole(1);
    rules.rounding = {Rounding::kHalfAway, Rounding::kHalfAway};
    return rules;
}

billing::ShareResult share(const Sharing& rules, std::int64_t benchmark, std::int64_t expenditure,
                           Rate quality) {
    return billing::share_year(
               rules, {1, Fen::of_raw(benchmark), Fen::of_raw(expenditure), Fen(), quality})
        .value();
}

policy::billing::Allocate factor_rules(const Example& example) {
    return parameters(example.block("allocate.yaml")).allocate.value();
}

std::vector<billing::InstitutionFactors> factor_rows(const policy::billing::Allocate& rules,
                                                     const Example& example) {
    std::vector<billing::InstitutionFactors> rows;
    for (const auto& row : csv_rows(example.block("factors.csv"))) {
        billing::InstitutionFactors r{row.at("institution_id"), {}};
        for (const auto& f : rules.factors) r.figures.push_back(std::stoll(row.at(f.name)));
        rows.push_back(std::move(r));
    }
    return rows;
}

TEST(BillingExamples, X33_SeveralFactorsAtOnce) {
    const auto example = billing_example("X-33");
    if (!example) return;
    auto rules = factor_rules(*example);
    const auto rows = factor_rows(rules, *example);
    const auto shares = billing::share_by_factors(rules, rows).value();
    std::string result;
    Fen sum;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        result += line({rows[i].institution_id, shares.shares[i].text()});
        sum += shares.shares[i];
    }
    EXPECT_EQ(result, body(example->block("shares.csv")));
    EXPECT_EQ(shares.total.raw(), whole_number(number_after(example->prose, "rounded down is ")));
    EXPECT_EQ(sum.raw(), whole_number(number_after(example->prose, "the shares add up to ")));
    EXPECT_EQ(sum + shares.undistributed, shares.total);

    rules.zero_denominator = policy::billing::ZeroDenominator::kRenormalise;
    const auto renormalised = billing::share_by_factors(rules, rows).value();
    EXPECT_EQ(renormalised.undistributed, Fen());
    EXPECT_EQ(renormalised.shares[0] + renormalised.shares[1] + renormalised.shares[2],
              renormalised.total);
}

TEST(BillingExamples, X34_ActualCostIsAnOutOfPoolItem) {
    const auto example = billing_example("X-34");
    if (!example) return;
    std::vector<Fen> parts;
    for (const std::string_view before : {"fund parts ", "18,250, ", "9,999 and "}) {
        parts.push_back(Fen::of_raw(whole_number(number_after(example->prose, before))));
    }
    const Fen total = billing::actual_cost_total(parts);
    EXPECT_EQ(total.raw(), whole_number(number_after(example->prose, "the fund pays ")));

    // It takes money from the pool, never points.
    const policy::billing::Settle rules;
    const std::vector<billing::PoolMember> members{
        {"A", Points::whole(2), Fen(), Fen(), Rate::whole(1)},
        {"B", Points::whole(1), Fen(), Fen(), Rate::whole(1)}};
    billing::Pool pool{"P", Fen::of_raw(300'000), Rate(), Fen(), Rate::whole(1)};
    const auto without = billing::settle_pool(rules, pool, members).value();
    pool.out_of_pool = total;
    const auto with = billing::settle_pool(rules, pool, members).value();
    EXPECT_EQ(without.available - with.available, total);
    EXPECT_EQ(without.total_points, with.total_points);
    for (std::size_t i = 0; i < members.size(); ++i) {
        EXPECT_EQ(without.members[i].points, with.members[i].points);
    }
}

TEST(BillingExamples, X39_MinimumRateBySize) {
    const auto example = billing_example("X-39");
    if (!example) return;
    // "Curve: 5,000 → 3.9 %, 6,000 → 3.6 %, …, from 60,000 → 2.0 %; linear …"
    std::vector<policy::billing::CurvePoint> curve;
    const std::string& prose = example->prose;
    const auto end = prose.find(';', prose.find("Curve:"));
    for (auto at = prose.find("→", prose.find("Curve:")); at < end; at = prose.find("→", at + 1)) {
        const auto start = prose.find_last_not_of("0123456789,", at - 2) + 1;
        curve.push_back({whole_number(prose.substr(start, at - 1 - start)),
                         percent(prose.substr(at + std::string_view("→ ").size(), 5))});
    }
    ASSERT_EQ(curve.size(), 10U);
    ASSERT_EQ(curve.back().members, 60'000);
    for (const auto& row : example->tables.at(0)) {
        const Rate found = billing::curve_rate(curve, whole_number(row.at("members")));
        EXPECT_EQ(found.text(), row.at("rate from the curve"));
        const Rate published = percent(row.at("published"));
        EXPECT_LE(std::abs(found.raw() - published.raw()), rate_of("0.000001").raw());
    }
    EXPECT_EQ(billing::curve_rate(curve, 1), curve.front().rate);
    EXPECT_EQ(billing::curve_rate(curve, 70'000), curve.back().rate);
}

TEST(BillingExamples, X40_AReward) {
    const auto example = billing_example("X-40");
    if (!example) return;
    std::map<std::string, std::string> item;
    for (const auto& row : example->tables.at(0)) item[row.at("item")] = row.at("value");
    const auto r = billing::share_year(
                       plain_rules(),
                       {whole_number(item["members"]), Fen::of_raw(fen_of_yuan(item["benchmark"])),
                        Fen::of_raw(fen_of_yuan(item["expenditure"])), Fen(), Rate::whole(1)})
                       .value();
    EXPECT_EQ(r.surplus.raw(), fen_of_yuan(item["saving"]));
    EXPECT_EQ(r.surplus_rate.text(), item["saving rate"]);
    EXPECT_EQ(r.final_rate.text(), item["share rate"]);
    EXPECT_EQ(r.reward.raw(), fen_of_yuan(item["reward"]));
}

TEST(BillingExamples, X41_OverspendInAOneSidedAgreement) {
    const auto example = billing_example("X-41");
    if (!example) return;
    for (const auto& row : example->tables.at(0)) {
        const auto r = share(plain_rules(), fen_of_yuan(row.at("benchmark")),
                             fen_of_yuan(row.at("expenditure")), Rate::whole(1));
        EXPECT_EQ(r.surplus.raw(), fen_of_yuan(row.at("surplus")));
        EXPECT_EQ(billing::name_of(r.outcome), row.at("outcome"));
        EXPECT_EQ(r.reward.text(), row.at("reward"));
        EXPECT_EQ(r.contribution.text(), row.at("contribution"));
        EXPECT_EQ(r.final_rate, Rate());
    }
}

TEST(BillingExamples, X42_SavingAtTheMinimumRate) {
    const auto example = billing_example("X-42");
    if (!example) return;
    for (const auto& row : example->tables.at(0)) {
        Sharing rules = plain_rules();
        rules.surplus.min_rate_curve = {{1, rate(row, "minimum")}};
        const auto r = share(rules, fen_of_yuan(row.at("benchmark")),
                             fen_of_yuan(row.at("expenditure")), Rate::whole(1));
        EXPECT_EQ(r.surplus_rate.text(), row.at("rate"));
        EXPECT_EQ(r.min_rate.text(), row.at("minimum"));
        EXPECT_EQ(billing::name_of(r.outcome), row.at("outcome"));
        EXPECT_EQ(r.reward.raw(), fen_of_yuan(row.at("reward")));
    }
}

TEST(BillingExamples, X43_QualityGateScalingAndCap) {
    const auto example = billing_example("X-43");
    if (!example) return;
    const std::int64_t benchmark = fen_of_yuan(number_after(example->prose, "Benchmark "));
    ASSERT_EQ(example->tables.at(0).size(), 5U);
    for (const auto& row : example->tables.at(0)) {
        Sharing rules = plain_rules();
        rules.scale_by_quality = true;
        rules.gate = rate_of(number_after(example->prose, "gate "));
        const std::string saving = row.at("saving");  // "8 %", "20 %, cap 10 % of the benchmark"
        if (saving.find("cap") != std::string::npos) {
            rules.surplus.cap_rate = percent(number_after(saving, "cap ") + " %");
        }
        const Fen saved =
            amount::multiply(Fen::of_raw(benchmark), percent(saving), Rounding::kHalfAway);
        const auto r = share(rules, benchmark, benchmark - saved.raw(), rate(row, "quality score"));
        EXPECT_EQ(r.final_rate.text(), row.at("share rate"));
        EXPECT_EQ(r.reward.raw(), fen_of_yuan(row.at("reward (yuan)")));
        EXPECT_EQ(r.capped ? "1" : "0", row.at("capped"));
        EXPECT_EQ(billing::name_of(r.outcome), row.at("outcome"));
    }
}

TEST(BillingExamples, X44_OverspendWithFloorCeilingAndCap) {
    const auto example = billing_example("X-44");
    if (!example) return;
    const std::string& prose = example->prose;
    Sharing rules = plain_rules();
    rules.scale_by_quality = true;
    rules.gate = rate_of("0.60");
    rules.overspend.mode = OverspendMode::kComplement;
    rules.overspend.floor = percent(number_after(prose, "not below ") + " %");
    rules.overspend.ceiling = percent(number_after(prose, "not above ") + " %");
    rules.overspend.min_rate_curve = {{1, percent(number_after(prose, "nothing below ") + " %")}};
    rules.overspend.cap_rate = percent(number_after(prose, "at most ") + " %");
    ASSERT_EQ(example->tables.at(0).size(), 6U);
    for (const auto& row : example->tables.at(0)) {
        const auto r = share(rules, 1'000'000'000, fen_of_yuan(row.at("expenditure (yuan)")),
                             rate(row, "quality score"));
        EXPECT_EQ(r.final_rate.text(), row.at("rate"));
        EXPECT_EQ(r.contribution.raw(), fen_of_yuan(row.at("contribution (yuan)")));
        EXPECT_EQ(r.capped ? "1" : "0", row.at("capped"));
        EXPECT_EQ(billing::name_of(r.outcome), row.at("outcome"));
        EXPECT_EQ(r.reward, Fen());
    }
}

TEST(BillingExamples, X45_SharingInsideTheConsortium) {
    const auto example = billing_example("X-45");
    if (!example) return;
    const auto rules = parameters(example->block("share.yaml")).sharing.value();
    const TableRows weights = csv_rows(example->block("weights.csv"));
    std::string shares;
    std::string parts;
    for (const auto& row : csv_rows(example->block("consortia.csv"))) {
        const std::string& id = row.at("consortium_id");
        const billing::ConsortiumYear year{std::stoll(row.at("members")), fen(row, "benchmark_fen"),
                                           fen(row, "expenditure_fen"), fen(row, "excluded_fen"),
                                           rate(row, "quality_score")};
        const auto r = billing::share_year(rules, year).value();
        shares +=
            line({id, r.surplus.text(), r.surplus_rate.text(), r.min_rate.text(),
                  r.final_rate.text(), r.reward.text(), r.contribution.text(),
                  std::string(billing::name_of(r.outcome)), r.capped ? "1" : "0", r.staff.text()});
        std::vector<billing::MemberWeight> members;
        for (const auto& w : weights) {
            if (w.at("consortium_id") != id) continue;
            members.push_back({w.at("institution_id"), Points::parse(w.at("weight")).value()});
        }
        const auto rewards = billing::share_members(r.reward, members).value();
        const auto contributions = billing::share_members(r.contribution, members).value();
        for (std::size_t i = 0; i < members.size(); ++i) {
            parts +=
                line({id, members[i].institution_id, rewards[i].text(), contributions[i].text()});
        }
    }
    EXPECT_EQ(shares, body(example->block("shares.csv")));
    EXPECT_EQ(parts, body(example->block("members.csv")));
}

TEST(BillingExamples, X46_SplitsOfThePolicyDocuments) {
    const auto example = billing_example("X-46");
    if (!example) return;
    using billing::SplitKind;
    const std::map<std::string, SplitKind> kinds{
        {"contract fee", SplitKind::kContractFeeToTeam},
        {"approved surplus", SplitKind::kApprovedSurplusToStaff},
        {"procurement surplus", SplitKind::kProcurementKept},
        {"extra net income", SplitKind::kPublicHealthIncome}};
    const auto& rows = example->tables.at(0);
    ASSERT_EQ(rows.size(), kinds.size());
    for (const auto& row : rows) {
        const std::string& name = row.at("split");
        const auto kind =
            std::ranges::find_if(kinds, [&](const auto& k) { return name.starts_with(k.first); });
        ASSERT_NE(kind, kinds.end()) << name;
        const auto bound = name.find(" at ");  // "at least 70 %", "at most 50 %"
        const auto s = billing::split(kind->second, fen(row, "amount (fen)"),
                                      percent(number_after(name.substr(bound), " at ") + " %"));
        EXPECT_EQ(s.part.text(), row.at("part (fen)")) << name;
        EXPECT_EQ(s.rest.text(), row.at("remainder (fen)")) << name;
    }
    const std::string& prose = example->prose;
    const auto yuan = [&](std::string_view text) {
        return Fen::of_raw(fen_of_yuan(number_after(prose, text)));
    };
    EXPECT_EQ(
        billing::procurement_kept(yuan("budget of the purchased drugs "), yuan("price and volume "),
                                  percent(number_after(prose, "; × ") + " %"),
                                  rate_of(number_after(prose, "score "))),
        yuan("0.92 = "));
}

TEST(BillingExamples, X55_WhatIfRepricing) {
    const auto example = billing_example("X-55");
    if (!example) return;
    const Points base = Points::parse(number_after(example->prose, "group of ")).value();
    // The example gives points, not costs: these are costs of the reference 6,100.00 yuan that give
    // them under the national bands (r, 1 and r - 1).
    const Fen reference = Fen::of_raw(fen_of_yuan(number_after(example->prose, "reference ")));
    const auto r = [&](std::int64_t cost) {
        return amount::ratio(Fen::of_raw(cost), reference, Rounding::kHalfAway);
    };
    struct Case {
        const char* id;
        Rate d;
        bool county;
    };
    const std::vector<Case> cases{{"c1", Rate::whole(1), true},
                                  {"c2", r(304'999), false},
                                  {"c3", r(1'830'001) - Rate::whole(1), false}};
    const auto scored = [&](std::string_view county, std::string_view base_level) {
        std::vector<billing::ScoredCase> result;
        for (const Case& c : cases) {
            const Rate k = rate_of(c.county ? county : base_level);
            result.push_back(
                {c.id, c.county ? "A" : "B", base, c.d, k, Rate::whole(1),
                 billing::case_points(base, c.d, k, Rate::whole(1), Rounding::kHalfAway)});
        }
        return result;
    };
    ASSERT_NE(example->prose.find("level 3 from 1.05 to 1.02 and of level 1 from 0.62 to 0.70"),
              std::string::npos);
    const auto report =
        billing::what_if(Fen::of_raw(1'000'000), scored("1.05", "0.62"), scored("1.02", "0.70"))
            .value();
    const auto& rows = example->tables.at(0);
    ASSERT_EQ(report.cases.size() + 1, rows.size());
    for (std::size_t i = 0; i < report.cases.size(); ++i) {
        const auto& c = report.cases[i];
        EXPECT_EQ(c.case_id, rows[i].at("case"));
        EXPECT_EQ(c.before.text(), rows[i].at("points before"));
        EXPECT_EQ(c.after.text(), rows[i].at("points after"));
        EXPECT_EQ(c.difference.text(), rows[i].at("difference"));
        EXPECT_EQ(c.because, std::vector<std::string_view>{rows[i].at("changed because of")});
    }
    EXPECT_EQ(report.before.text(), rows.back().at("points before"));
    EXPECT_EQ(report.after.text(), rows.back().at("points after"));
    EXPECT_EQ((report.after - report.before).text(), rows.back().at("difference"));
    ASSERT_EQ(report.institutions.size(), 2U);
    EXPECT_EQ(report.institutions[0].difference + report.institutions[1].difference, Fen());
}

}  // namespace
}  // namespace yilian::golden
