// billing.md 5.1: switches of the pack. The rules themselves are held to reference cases
// (tests/golden) and to the cases worked by hand of the demo pack.
#include <gtest/gtest.h>

#include "services/billing/tests/drg_mini_pack.h"

namespace yilian::billing::drg {
namespace {

TEST(DrgSwitches, B5_1_PrincipalOrAnyProcedure) {
    const auto principal = built(mini_files());
    const auto any = switched("procedure_position,any\n");
    const Adult second{{"I10"}, {"86.2", "36.0"}};
    EXPECT_EQ(drg_of(*principal, second.input(), {}), "FV25");
    EXPECT_EQ(drg_of(*any, second.input(), {}), "FM15");
    const Adult transplant{{"I10"}, {"99.9", "37.5"}};
    EXPECT_EQ(drg_of(*principal, transplant.input(), {}), "FV25");
    EXPECT_EQ(drg_of(*any, transplant.input(), {}), "AA19");
}

TEST(DrgSwitches, B5_1_HivInPrincipalOrAnyDiagnosis) {
    const Adult other{{"I10", "B20"}};
    EXPECT_EQ(drg_of(*built(mini_files()), other.input(), {}), "FV25");
    EXPECT_EQ(drg_of(*switched("any_dx_mdc,Y\n"), other.input(), {}), "YR19");
}

TEST(DrgSwitches, B5_1_NewbornLimit) {
    const std::vector<std::string_view> dx{"P07.2"};
    CaseInput input{.sex = 2,
                    .age_years = 0,
                    .age_days = 20,
                    .weight_g = {},
                    .diagnoses = dx,
                    .procedures = {}};
    EXPECT_EQ(drg_of(*built(mini_files()), input, {}), "0000");
    EXPECT_EQ(drg_of(*switched("newborn_days_max,19\n"), input, {}), "PV19");
}

TEST(DrgSwitches, B5_1_InvalidPrincipalProcedure) {
    const auto keep = built(mini_files());
    const auto blank = switched("invalid_principal_proc,blank\n");
    const auto shift = switched("invalid_principal_proc,shift\n");
    const Adult later{{"I10"}, {"39.6", "36.0"}};
    EXPECT_EQ(drg_of(*keep, later.input(), {}), "FV25");
    EXPECT_EQ(drg_of(*blank, later.input(), {}), "FV25");
    EXPECT_EQ(drg_of(*shift, later.input(), {}), "FM15");

    PackFiles files = changed("adrg_proc.csv", "FM1,1,36.0", "FM1,1,39.6");
    const Adult listed{{"I10"}, {"39.6", "86.2"}};  // listed, but no operating-room procedure
    EXPECT_EQ(drg_of(*built(files), listed.input(), {}), "FM15");
    files["pack.csv"] = "key,value\ninvalid_principal_proc,blank\n";
    EXPECT_EQ(drg_of(*built(files), listed.input(), {}), "FV25");
    files["pack.csv"] = "key,value\ninvalid_principal_proc,shift\n";
    EXPECT_EQ(drg_of(*built(files), listed.input(), {}), "FV25");
}

TEST(DrgSwitches, B5_1_AmbiguousGroupByPackOrByCall) {
    const Adult left_over{{"I10"}, {"86.2"}};
    const auto off = built(mini_files());
    EXPECT_EQ(drg_of(*off, left_over.input(), {}), "FV25");
    EXPECT_EQ(drg_of(*off, left_over.input(), {.qy = true}), "FQY");
    EXPECT_EQ(drg_of(*switched("qy,on\n"), left_over.input(), {}), "FQY");
}

TEST(DrgSwitches, B5_1_CodeConversionByPackOrByCall) {
    PackFiles files = mini_files();
    files["dx_map.csv"] = "dx,mapped_dx\nI10.0,I10\nE87,E87\n";
    files["proc_map.csv"] = "proc,mapped_proc\n";
    const Adult clinical{{"I10.0", "E87"}};
    const auto off = built(files);
    EXPECT_TRUE(off->has_code_map());
    EXPECT_EQ(drg_of(*off, clinical.input(), {}), "0000");
    EXPECT_EQ(drg_of(*off, clinical.input(), {.map_codes = true}), "FV23");
    files["pack.csv"] = "key,value\nmap_codes,on\n";
    EXPECT_EQ(drg_of(*built(files), clinical.input(), {}), "FV23");
}

TEST(DrgGrouper, APackOutlivesItsIndexWhileACaseIsGrouped) {
    auto pack = built(mini_files());
    const RulePack* address = pack.get();
    const std::shared_ptr<const RulePack> running = pack;
    pack.reset();
    EXPECT_EQ(drg_of(*running, Adult{{"I10"}}.input(), {}), "FV25");
    EXPECT_EQ(running.get(), address);
}

TEST(DrgGrouper, EmptyListsAreOneEmptyDiagnosisAndNoProcedure) {
    const auto pack = built(mini_files());
    const Adult none{{}, {}};
    EXPECT_EQ(drg_of(*pack, none.input(), {}), "0000");
    const Adult transplant{{}, {"37.5"}};
    EXPECT_EQ(drg_of(*pack, transplant.input(), {}), "AA19");
}

}  // namespace
}  // namespace yilian::billing::drg
