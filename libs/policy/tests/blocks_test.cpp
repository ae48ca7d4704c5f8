// Parameter blocks: the files of billing-examples.md, what the reader refuses of them, and the way
// from keys to blocks (billing.md 2.5, 2.6, 8.5, 16.10; policy-trace.md 9.5).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "libs/policy/keys.h"
#include "libs/policy/tests/shared_folder.h"
#include "libs/policy/yaml/reader.h"

namespace yilian::policy::testing {
namespace {

using amount::Rate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Rate rate(const char* text) { return Rate::parse(text).value(); }

// Every ```yaml block of billing-examples.md, by the name of the file printed before it.
std::vector<std::pair<std::string, std::string>> example_files() {
    const std::string text = text_of_file(shared_folder() / "spec/billing-examples.md");
    std::vector<std::pair<std::string, std::string>> files;
    std::size_t at = 0;
    while ((at = text.find("```yaml\n", at)) != std::string::npos) {
        const auto begin = at + 8;
        const auto end = text.find("```", begin);
        const auto name_end = text.rfind('`', at - 1);
        const auto name_begin = text.rfind('`', name_end - 1) + 1;
        files.emplace_back(text.substr(name_begin, name_end - name_begin),
                           text.substr(begin, end - begin));
        at = end;
    }
    return files;
}

std::string example(const std::string& name) {
    for (const auto& [file, text] : example_files()) {
        if (file == name) return text;
    }
    throw std::runtime_error("billing-examples.md has no " + name);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error("no '" + from + "'");
    return text.replace(at, from.size(), to);
}

std::vector<std::string> problems(const std::string& params) {
    const ParamsReport report = read_params(params, "p.yaml");
    EXPECT_EQ(report.blocks.has_value(), report.problems.empty());
    std::vector<std::string> out;
    for (const Problem& p : report.problems) {
        out.push_back(std::to_string(p.line) + " " + p.reason.text());
    }
    return out;
}

TEST(BillingParams, AllFilesOfTheExamplesLoad) {
    const auto files = example_files();
    EXPECT_GE(files.size(), 7U);
    for (const auto& [name, text] : files) {
        const ParamsReport report = read_params(text, name);
        EXPECT_EQ(text_of(report.problems), "") << name;
        EXPECT_EQ(text_of(report.warnings), "") << name;
        ASSERT_TRUE(report.header.has_value()) << name;
        EXPECT_EQ(report.header->region, "990100");
        EXPECT_EQ(report.header->version, "test.1");
        EXPECT_EQ(report.digest.size(), 64U);
    }
}

TEST(BillingParams, X48_BenefitBlockIsReadAsWritten) {
    const auto blocks = read_params(example("benefit.yaml"), "benefit.yaml").blocks;
    ASSERT_TRUE(blocks && blocks->benefit);
    const billing::Benefit& benefit = *blocks->benefit;
    EXPECT_EQ(benefit.levels.at("L3").deductible_fen.raw(), 90000);
    EXPECT_EQ(benefit.levels.at("L3").ratio, rate("0.65"));
    EXPECT_THAT(benefit.ordinal_factors, ElementsAre(rate("1"), rate("0.9"), rate("0.5")));
    EXPECT_EQ(benefit.chain_mode, billing::ChainMode::kDifference);
    EXPECT_TRUE(benefit.county_ratio_on_up);
    ASSERT_EQ(benefit.serious.bands.size(), 2U);
    EXPECT_EQ(benefit.serious.bands[0].to_fen, amount::Fen::of_raw(10000000));
    EXPECT_EQ(benefit.serious.bands[1].to_fen, std::nullopt);
    EXPECT_EQ(benefit.aid.at("DESTITUTE").cap_fen, std::nullopt);
    EXPECT_EQ(benefit.aid.at("LOW").serious_threshold_factor, rate("0.5"));
    EXPECT_FALSE(blocks->dip.has_value());
}

TEST(BillingParams, X18_DipBlockIsReadAsWritten) {
    const auto files = example_files();
    const auto found = std::ranges::find_if(
        files, [](const auto& file) { return file.second.find("SEV-MCC") != std::string::npos; });
    ASSERT_NE(found, files.end());
    const auto blocks = read_params(found->second, "dip.yaml").blocks;
    ASSERT_TRUE(blocks && blocks->dip);
    const billing::Dip& dip = *blocks->dip;
    EXPECT_EQ(dip.core_threshold, 15);
    EXPECT_EQ(dip.priority.size(), 12U);
    EXPECT_EQ(dip.priority[2].kind, billing::GroupKind::kCore);
    EXPECT_EQ(dip.priority[2].rank, billing::ProcedureRank::kTherapeutic);
    ASSERT_EQ(dip.deviation.bands.size(), 4U);
    EXPECT_EQ(dip.deviation.rules[3].flag, "EXTREME");
    EXPECT_EQ(dip.deviation.rules[3].a, rate("-1"));
    EXPECT_EQ(dip.auxiliary[0].coef, rate("1.18"));
    EXPECT_THAT(dip.auxiliary[0].all[0].words, ElementsAre("MCC"));
}

TEST(BillingParams, X56_BoundsAndBandsAreRefusedAsAWhole) {
    EXPECT_THAT(problems(replaced(example("share.yaml"), "\"staff_rate\": \"0.65\"",
                                  "\"staff_rate\": \"0.50\"")),
                ElementsAre("12 POLICY_BELOW_FLOOR"));
    EXPECT_THAT(
        problems(replaced(example("allocate.yaml"), "\"weight\": \"0.3\"", "\"weight\": \"0.2\"")),
        ElementsAre("12 POLICY_WEIGHTS_SUM"));
    const auto files = example_files();
    const auto corridor = std::ranges::find_if(
        files, [](const auto& f) { return f.second.find("\"0.85\"") != std::string::npos; });
    ASSERT_NE(corridor, files.end());
    const std::string first = R"("lo": "0", "lo_closed": true, "hi": "0.85", "hi_closed": false)";
    const auto with = [&](const std::string& band) {
        return problems(replaced(corridor->second, first, band));
    };
    EXPECT_THAT(with(R"("lo": "0", "lo_closed": true, "hi": "0.8", "hi_closed": false)"),
                ElementsAre(HasSubstr("POLICY_BAND_GAP")));
    EXPECT_THAT(with(R"("lo": "0", "lo_closed": true, "hi": "0.9", "hi_closed": false)"),
                ElementsAre(HasSubstr("POLICY_BAND_OVERLAP")));
    EXPECT_THAT(with(R"("lo": "0", "lo_closed": true, "hi": "0.85", "hi_closed": true)"),
                ElementsAre(HasSubstr("POLICY_BAND_OVERLAP")));
    EXPECT_THAT(problems(replaced(corridor->second, "\"deposit_rate\": \"0.05\"",
                                  "\"deposit_rate\": \"0.06\"")),
                ElementsAre(HasSubstr("POLICY_ABOVE_CEILING")));
}

TEST(BillingParams, BlocksAreCompleteAndStrict) {
    const std::string cap = example("cap.yaml");
    EXPECT_THAT(problems(replaced(cap, "\"named_day\": 15,", "")),
                ElementsAre("9 POLICY_KEY_MISSING"));
    EXPECT_THAT(problems(replaced(cap, "\"named_day\": 15", "\"named_day\": 15, \"x\": 1")),
                ElementsAre("11 POLICY_KEY_UNKNOWN"));
    EXPECT_THAT(
        problems(replaced(cap, "\"named_day\": 15", "\"named_day\": 15, \"named_day\": 15")),
        ElementsAre("11 POLICY_KEY_DUPLICATE"));
    EXPECT_THAT(problems(replaced(cap, "\"0.90\"", "0.90")), ElementsAre("13 POLICY_TYPE"));
    EXPECT_THAT(problems(replaced(cap, "\"0.90\"", "\"0.900000001\"")),
                ElementsAre("13 POLICY_TYPE"));
    EXPECT_THAT(problems(replaced(cap, "\"0.90\"", "\"1.1\"")), ElementsAre("13 POLICY_VALUE"));
    EXPECT_THAT(problems(replaced(cap, "\"down\"", "\"floor\"")), ElementsAre("14 POLICY_VALUE"));
    EXPECT_THAT(problems(replaced(cap, "\"region\": \"990100\"", "\"region\": 990100")),
                ElementsAre("3 POLICY_TYPE"));
    EXPECT_THAT(problems(replaced(cap, "\"body\": {", "\"body\": {\"drgs\": {},")),
                ElementsAre("8 POLICY_KEY_UNKNOWN"));
    EXPECT_THAT(problems(replaced(cap, "2026-01-01", "2025-01-01")), ElementsAre("6 POLICY_VALUE"));
}

TEST(BillingParams, SeriousBandsTileAndLevelsAreWarnedAbout) {
    const std::string benefit = example("benefit.yaml");
    EXPECT_THAT(problems(replaced(benefit, "{\"from_fen\": 10000000", "{\"from_fen\": 10000001")),
                ElementsAre(HasSubstr("POLICY_BAND_GAP")));
    EXPECT_THAT(problems(replaced(benefit, "{\"from_fen\": 10000000", "{\"from_fen\": 9999999")),
                ElementsAre(HasSubstr("POLICY_BAND_OVERLAP")));
    EXPECT_THAT(problems(replaced(benefit, "\"county_level\": \"L2\"", "\"county_level\": \"L4\"")),
                ElementsAre(HasSubstr("POLICY_VALUE")));
    const ParamsReport odd =
        read_params(replaced(benefit, "\"ratio\": \"0.78\"", "\"ratio\": \"0.88\""), "p.yaml");
    EXPECT_THAT(odd.problems, IsEmpty());
    EXPECT_THAT(text_of(odd.warnings),
                HasSubstr("body.benefit.levels.L2: the ratio does not fall"));
}

// A pack of region 990100 with these keys and this body over the national base.
LoadReport load(const std::string& keys, const std::string& body = "") {
    return load_packs({{"cn.yaml", base_pack_text()},
                       {"t.yaml",
                        "schema: \"yilian.policy.pack/1\"\nregion: \"990100\"\nversion: 1\n"
                        "effective_from: \"2024-01-01\"\neffective_to: null\n"
                        "source: {title: \"t\", number: \"\", date: \"\"}\nkeys:" +
                            (keys.empty() ? " {}\n" : "\n" + keys) + body}});
}

std::string entry(const std::string& key, const std::string& value, const std::string& unit = "") {
    return "  " + key + ": {value: " + value + (unit.empty() ? "" : ", unit: " + unit) +
           ", mark: P, source: \"t\"}\n";
}

billing::Blocks blocks(const LoadReport& report) {
    EXPECT_EQ(text_of(report.problems), "");
    if (!report.packs) return {};
    return report.packs->at("990100", Date::literal(2026, 3, 31)).value()->blocks();
}

TEST(KeysOverBlocks, EachKeyOf95ReachesItsField) {
    const auto base = blocks(load(""));
    EXPECT_EQ(base.sharing->surplus.max_rate, rate("1"));
    EXPECT_EQ(base.sharing->overspend.rate, rate("0.5"));
    EXPECT_EQ(base.benefit->chain_mode, billing::ChainMode::kDifference);
    EXPECT_FALSE(base.benefit->county_ratio_on_up);
    EXPECT_THAT(base.benefit->serious.bands, IsEmpty());
    EXPECT_EQ(base.benefit->aid.at("DESTITUTE").ratio, Rate());
    EXPECT_EQ(base.run->payment_working_days, 30);
    EXPECT_EQ(base.supervision->out_of_catalogue_max, std::nullopt);

    const auto laid =
        blocks(load(entry("billing.capitation.surplus_share_bp", "7500", "bp") +
                    entry("billing.capitation.overspend_share_bp", "4001", "bp") +
                    entry("billing.deductible.chain_mode", "cancelled") +
                    entry("billing.benefit.up_referral_keeps_county_ratio", "true") +
                    entry("billing.protection.layers", "[basic, serious_illness, medical_aid]") +
                    entry("billing.budget.base_tilt_bp", "300", "bp") +
                    entry("billing.inpatient.base_topup_bp", "11000", "bp") +
                    entry("billing.budget.weight_basis", "[patient_flow]") +
                    entry("billing.disbursement.working_days_max", "28", "working_days") +
                    entry("billing.out_of_catalogue.max_bp", "1200", "bp") +
                    entry("billing.special_service.max_bp", "1000", "bp") +
                    entry("billing.supervision.internal_enabled", "false") +
                    entry("billing.supervision.grid_enabled", "true")));
    EXPECT_EQ(laid.sharing->surplus.max_rate, rate("0.75"));
    EXPECT_EQ(laid.sharing->overspend.rate, rate("0.4001"));
    EXPECT_EQ(laid.benefit->chain_mode, billing::ChainMode::kCancelled);
    EXPECT_TRUE(laid.benefit->county_ratio_on_up);
    EXPECT_EQ(laid.benefit->serious.bands.size(), 2U);
    EXPECT_EQ(laid.benefit->aid.at("DESTITUTE").ratio, rate("1"));
    EXPECT_EQ(laid.run->base_tilt, rate("0.03"));
    EXPECT_EQ(laid.run->base_topup, rate("1.1"));
    EXPECT_THAT(laid.run->weight_basis, ElementsAre("patient_flow"));
    EXPECT_EQ(laid.run->payment_working_days, 28);
    EXPECT_EQ(laid.supervision->out_of_catalogue_max, rate("0.12"));
    EXPECT_EQ(laid.supervision->special_service_max, rate("0.1"));
    EXPECT_FALSE(laid.supervision->internal_enabled);
    EXPECT_TRUE(laid.supervision->grid_enabled);
}

TEST(KeysOverBlocks, KeysBoundTheBlocks) {
    const auto reasons = [](const LoadReport& report) {
        std::vector<std::string> out;
        for (const Problem& p : report.problems) out.push_back(p.reason.text());
        return out;
    };
    EXPECT_THAT(reasons(load(entry("billing.surplus.staff_share_min_bp", "6600", "bp"))),
                ElementsAre("POLICY_BELOW_FLOOR"))
        << "the base block gives 65 % to the staff";
    EXPECT_THAT(reasons(load(entry("billing.benefit.level_gap_bp", "1000", "bp"))), IsEmpty());
    EXPECT_THAT(reasons(load(entry("billing.benefit.level_gap_bp", "1001", "bp"))),
                ElementsAre("POLICY_BELOW_FLOOR"));
    EXPECT_THAT(reasons(load(entry("billing.assistance.groups", "[LOW]"))), IsEmpty());
    EXPECT_THAT(reasons(load(entry("billing.assistance.groups", "[low_income_rural]"))),
                ElementsAre("POLICY_KEY_MISSING"));
}

TEST(KeysOverBlocks, BaseSurgeryFactorBecomesAnAuxiliaryRule) {
    std::string dip = example("dip.yaml");
    dip = dip.substr(dip.find("\"dip\": {"));
    dip = dip.substr(0, dip.rfind('}'));
    dip = "body: {" + dip.substr(0, dip.rfind('}')) + "}\n";
    const auto plain = blocks(load("", dip));
    ASSERT_TRUE(plain.dip.has_value());
    EXPECT_THAT(plain.dip->auxiliary, IsEmpty());
    const auto raised =
        blocks(load(entry("billing.dip.base_surgery_factor_bp", "10800", "bp"), dip));
    ASSERT_EQ(raised.dip->auxiliary.size(), 1U);
    EXPECT_EQ(raised.dip->auxiliary[0].id, "BASE-SURGERY");
    EXPECT_EQ(raised.dip->auxiliary[0].coef, rate("1.08"));
    EXPECT_THAT(raised.dip->auxiliary[0].all[0].words, ElementsAre("1", "2"));
    EXPECT_THAT(raised.dip->auxiliary[0].all[1].words, ElementsAre("L1"));
}

TEST(KeysOverBlocks, ABlockFieldThatAKeyOverridesIsWarnedAbout) {
    std::string benefit = example("benefit.yaml");
    benefit = benefit.substr(benefit.find("\"benefit\": {"));
    benefit = benefit.substr(0, benefit.rfind('}'));
    benefit = "body: {" + benefit.substr(0, benefit.rfind('}')) + "}\n";
    const LoadReport report = load(entry("billing.deductible.chain_mode", "cancelled"), benefit);
    EXPECT_EQ(blocks(report).benefit->chain_mode, billing::ChainMode::kCancelled);
    EXPECT_THAT(text_of(report.warnings), HasSubstr("body.benefit.chain_mode"));
    EXPECT_THAT(text_of(report.warnings), HasSubstr("body.benefit.county_ratio_on_up"));
}

TEST(KeysOverBlocks, RateCellsCalendarAndPoolsAreChecked) {
    const auto with = [](const std::string& from, const std::string& to) {
        const LoadReport report = load_packs({{"cn.yaml", replaced(base_pack_text(), from, to)}});
        std::vector<std::string> out;
        for (const Problem& p : report.problems) out.push_back(p.reason.text());
        return out;
    };
    EXPECT_THAT(with("{cell_id: OLD, age_from: 65", "{cell_id: OLD, age_from: 64"),
                ElementsAre("RATE_CELL_OVERLAP", "RATE_CELL_OVERLAP"));
    EXPECT_THAT(with("{cell_id: OLD,", "{cell_id: ADULT,"), ElementsAre("POLICY_KEY_DUPLICATE"));
    EXPECT_THAT(with("years: [2024, 2025, 2026]", "years: [2024, 2025, 2026, 2031]"),
                ElementsAre("POLICY_CALENDAR_MISSING"));
    EXPECT_THAT(with("{lo: \"2\", lo_closed: false", "{lo: \"2\", lo_closed: true"),
                ElementsAre("POLICY_BAND_OVERLAP"));
    EXPECT_THAT(with("{lo: \"2\", lo_closed: false", "{lo: \"2.1\", lo_closed: false"),
                ElementsAre("POLICY_BAND_GAP"));
    EXPECT_THAT(with("payment_ratio: \"0.68\"", "payment_ratio: 0.68"), ElementsAre("POLICY_TYPE"));
}

// events.md 7: "benefit block of X-48 with chain_mode cancelled; capitation block and rates of X-37
// and X-38", and the figures of the demo pack.
TEST(Cangshan, BlocksAreThoseOfTheWalk) {
    const LoadReport report = load_directory(source_root() / "deploy/policies");
    ASSERT_EQ(text_of(report.problems), "");
    const auto pack = report.packs->at("350104", Date::literal(2026, 3, 18)).value();
    const auto walk = read_params(pack->blocks_document(), "walk").blocks;
    const auto x48 =
        read_params(replaced(example("benefit.yaml"), "difference", "cancelled"), "x48");
    const auto x38 = read_params(example("cap.yaml"), "x38");
    ASSERT_TRUE(walk && x48.blocks && x38.blocks);
    const auto& a = *walk->benefit;
    const auto& b = *x48.blocks->benefit;
    EXPECT_EQ(a.chain_mode, b.chain_mode);
    EXPECT_EQ(a.county_level, b.county_level);
    EXPECT_EQ(a.county_ratio_on_up, b.county_ratio_on_up);
    EXPECT_EQ(a.unfiled_penalty, b.unfiled_penalty);
    EXPECT_EQ(a.ordinal_factors, b.ordinal_factors);
    EXPECT_EQ(a.basic_cap_fen, b.basic_cap_fen);
    ASSERT_EQ(a.levels.size(), b.levels.size());
    for (const auto& [code, level] : b.levels) {
        EXPECT_EQ(a.levels.at(code).deductible_fen, level.deductible_fen);
        EXPECT_EQ(a.levels.at(code).ratio, level.ratio);
    }
    ASSERT_EQ(a.serious.bands.size(), b.serious.bands.size());
    for (std::size_t i = 0; i < a.serious.bands.size(); ++i) {
        EXPECT_EQ(a.serious.bands[i].from_fen, b.serious.bands[i].from_fen);
        EXPECT_EQ(a.serious.bands[i].rate, b.serious.bands[i].rate);
    }
    ASSERT_EQ(a.aid.size(), b.aid.size());
    for (const auto& [code, aid] : b.aid) {
        EXPECT_EQ(a.aid.at(code).ratio, aid.ratio);
        EXPECT_EQ(a.aid.at(code).cap_fen, aid.cap_fen);
        EXPECT_EQ(a.aid.at(code).serious_rate_add, aid.serious_rate_add);
    }
    EXPECT_EQ(walk->capitation->member_month, x38.blocks->capitation->member_month);
    EXPECT_EQ(walk->capitation->prepay_rate, x38.blocks->capitation->prepay_rate);
    ASSERT_EQ(walk->run->capitation_cells.size(), 3U);
    EXPECT_EQ(walk->run->capitation_cells[1].cell_id, "ADULT-C");
    EXPECT_EQ(walk->run->capitation_cells[1].month_rate_fen.raw(), 5890);
    EXPECT_EQ(walk->drg->mean_fen.raw(), 980000);
    EXPECT_EQ(walk->drg->points_scale, 100);
    EXPECT_EQ(walk->drg->low, rate("0.4"));
    EXPECT_EQ(walk->drg->high, rate("2"));
    const auto& pool = walk->run->pools.at("RES");
    EXPECT_EQ(pool.v_bud_num, 9650);
    EXPECT_EQ(pool.v_bud_den, 1);
    EXPECT_EQ(pool.payment_ratio, rate("0.68"));
    EXPECT_EQ(pool.prepay_rate, rate("0.95"));
}

TEST(BlocksDocument, IsAParamsFileWithTheSameBlocks) {
    const LoadReport report = load_directory(source_root() / "deploy/policies");
    for (const auto& entry_of : report.packs->entries()) {
        const Pack& pack = *entry_of.pack;
        const ParamsReport params = read_params(pack.blocks_document(), "shown.yaml");
        EXPECT_EQ(text_of(params.problems), "") << pack.id();
        ASSERT_TRUE(params.header.has_value());
        EXPECT_EQ(params.header->region, pack.id());
        EXPECT_EQ(params.header->effective_from, pack.in_force().from);
        EXPECT_EQ(params.header->effective_to, pack.in_force().to);
        EXPECT_EQ(params.blocks->run->payment_working_days,
                  pack.blocks().run->payment_working_days);
    }
}

}  // namespace
}  // namespace yilian::policy::testing
