// billing.md 5.1: a pack is refused as a whole, with the reason and the place.
#include <gtest/gtest.h>

#include <map>

#include "services/billing/domain/drg/weights.h"
#include "services/billing/tests/drg_mini_pack.h"

namespace yilian::billing::drg {
namespace {

void expect_refused(const PackFiles& files, std::string_view reason, std::string_view table,
                    std::string_view column) {
    const auto pack = RulePack::build(files, "");
    ASSERT_FALSE(pack.ok()) << table << " " << column;
    EXPECT_EQ(pack.refusal().reason.code(), reason) << table << " " << column;
    std::map<std::string, std::string> metadata(pack.refusal().metadata.begin(),
                                                pack.refusal().metadata.end());
    EXPECT_EQ(metadata["table"], table);
    EXPECT_EQ(metadata["column"], column);
}

TEST(DrgPack, B5_1_ReadsAGoodPack) {
    const auto pack = built(mini_files());
    ASSERT_NE(pack, nullptr);
    EXPECT_EQ(pack->mdcs().size(), 4U);
    EXPECT_EQ(pack->adrgs().size(), 7U);
    EXPECT_EQ(pack->drgs().size(), 12U);
    EXPECT_EQ(pack->switches().version, "CHS-DRG 1.1");
    EXPECT_FALSE(pack->has_code_map());
}

TEST(DrgPack, B5_1_UnknownRuleKindsRefuseThePack) {
    constexpr auto kBad = "RULES_TABLE_MALFORMED";
    expect_refused(changed("drg.csv", ",mcc\n", ",icu_hours\n"), kBad, "drg.csv", "split_rule");
    expect_refused(changed("adrg.csv", ",any,", ",prefix,"), kBad, "adrg.csv", "dx_rule");
    expect_refused(changed("adrg.csv", ",formula,", ",most,"), kBad, "adrg.csv", "proc_rule");
    expect_refused(changed("adrg.csv", "1&2|1&3", "1&2|"), kBad, "adrg.csv", "proc_formula");
    PackFiles files = mini_files();
    files["pack.csv"] = "key,value\nventilation_hours,96\n";
    expect_refused(files, kBad, "pack.csv", "key");
    files["pack.csv"] = "key,value\ninvalid_principal_proc,drop\n";
    expect_refused(files, kBad, "pack.csv", "value");
}

TEST(DrgPack, B5_1_MalformedTablesRefuseThePack) {
    constexpr auto kBad = "RULES_TABLE_MALFORMED";
    expect_refused(changed("mdc.csv", "name,", "title,"), kBad, "mdc.csv", "title");
    expect_refused(changed("mcc.csv", "J96,21", "J96,21,5"), kBad, "mcc.csv", "");
    expect_refused(changed("mcc.csv", "J96,21", "J96,021"), kBad, "mcc.csv", "exclusion_table");
    expect_refused(changed("mcc.csv", "J96,21", "\"J96,21"), kBad, "mcc.csv", "");
    expect_refused(changed("mcc.csv", "J96,21", ",21"), kBad, "mcc.csv", "dx");
    expect_refused(changed("cc.csv", "E87", "J96"), kBad, "cc.csv", "dx");  // CC and MCC at once
    expect_refused(changed("adrg.csv", "F,2,", "F,1,"), kBad, "adrg.csv", "eval_order");
    expect_refused(changed("adrg.csv", "FM1", "FB1"), kBad, "adrg.csv", "adrg");
    expect_refused(changed("adrg.csv", ",28,1,1500", ",28,,1500"), kBad, "adrg.csv",
                   "weight_below");
    expect_refused(changed("drg.csv", "FV25,f,always", "FV25,f,mcc"), kBad, "drg.csv",
                   "split_rule");
    PackFiles files = mini_files();
    files.erase("cc.csv");
    expect_refused(files, kBad, "cc.csv", "");
    files = mini_files();
    files["mcc.csv"] = "";
    expect_refused(files, kBad, "mcc.csv", "");
}

TEST(DrgPack, B5_1_DanglingReferencesRefuseThePack) {
    constexpr auto kDangling = "RULES_DANGLING_REFERENCE";
    expect_refused(changed("adrg_dx.csv", "FV2", "FV9"), kDangling, "adrg_dx.csv", "adrg");
    expect_refused(changed("adrg_proc.csv", "FM1", "FM9"), kDangling, "adrg_proc.csv", "adrg");
    expect_refused(changed("drg.csv", "AA1,1", "AA9,1"), kDangling, "drg.csv", "adrg");
    expect_refused(changed("adrg.csv", "Y,1", "Q,1"), kDangling, "adrg.csv", "mdc");
    expect_refused(changed("mdc_principal_dx.csv", "Y,", "Q,"), kDangling, "mdc_principal_dx.csv",
                   "mdc");
    expect_refused(changed("adrg_proc.csv", "FB1,3,39.6\n", ""), kDangling, "adrg_proc.csv",
                   "list_no");
    expect_refused(changed("mdc.csv", "F,MDCF,heart,1,,,0,,2", "F,MDCF,heart,1,,,0,,9"), kDangling,
                   "mdc.csv", "qy_after_adrg");
    PackFiles files = mini_files();
    files["pack.csv"] = "key,value\nmap_codes,on\n";
    expect_refused(files, kDangling, "dx_map.csv", "map_codes");
}

TEST(DrgPack, ReadsQuotesCarriageReturnsAndAByteOrderMark) {
    PackFiles files = mini_files();
    files["valid_proc.csv"] = "\xEF\xBB\xBF\"proc\",name\r\n37.5,\"a, \"\"b\"\"\"\r\n36.0,d";
    const auto pack = built(files);
    ASSERT_NE(pack, nullptr);
    EXPECT_TRUE(pack->is_valid_proc(pack->proc_codes().find("37.5")));
    EXPECT_TRUE(pack->is_valid_proc(pack->proc_codes().find("36.0")));
    EXPECT_FALSE(pack->is_valid_proc(pack->proc_codes().find("35.2")));
}

TEST(DrgPack, FormulasParse) {
    const auto f = parse_proc_formula("1&2|1&3&4");
    ASSERT_TRUE(f.has_value());
    EXPECT_EQ(f->terms, (std::vector<std::uint32_t>{0b0011, 0b1101}));
    EXPECT_EQ(f->lists, 0b1111U);
    for (const auto* bad : {"", "0", "1&", "|1", "1 & 2", "17", "a", "1&&2"}) {
        EXPECT_FALSE(parse_proc_formula(bad).has_value()) << bad;
    }
}

TEST(DrgPack, B5_3_WeightsFollowFromTheAverages) {
    PackFiles files = mini_files();
    const auto pack = built(files);
    files["weights.csv"] =
        "drg,average_fen,rw,base_points\n*,980000,1.00000000,100.0000\n"
        "FV23,607600,0.62000000,62.0000\n";
    const auto weights = Weights::build(files, *pack);
    ASSERT_TRUE(weights.ok());
    EXPECT_EQ(weights->average_of_all(), amount::Fen::of_raw(980000));
    EXPECT_EQ(weights->of(10)->base_points, amount::Points::of_raw(620000));
    EXPECT_FALSE(weights->of(0).has_value());

    const auto refused = [&](std::string_view from, std::string_view to) {
        PackFiles bad = files;
        std::string& text = bad["weights.csv"];
        text.replace(text.find(from), from.size(), to);
        const auto outcome = Weights::build(bad, *pack);
        return outcome.ok() ? "" : outcome.refusal().reason.code();
    };
    EXPECT_EQ(refused("0.62000000", "0.62000001"), "RULES_TABLE_MALFORMED");
    EXPECT_EQ(refused("62.0000", "62.0001"), "RULES_TABLE_MALFORMED");
    EXPECT_EQ(refused("*", "AA19"), "RULES_TABLE_MALFORMED");
    EXPECT_EQ(refused("FV23", "FV24"), "RULES_DANGLING_REFERENCE");
    EXPECT_EQ(refused("980000", "0"), "RULES_TABLE_MALFORMED");
    files.erase("weights.csv");
    EXPECT_FALSE(Weights::build(files, *pack).ok());
}

}  // namespace
}  // namespace yilian::billing::drg
