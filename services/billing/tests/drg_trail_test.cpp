// billing.md 5.2: the explanation of a case, byte for byte.
#include <gtest/gtest.h>

#include "services/billing/tests/drg_mini_pack.h"

namespace yilian::billing::drg {
namespace {

constexpr std::string_view kHead =
    R"({"case_id":"c1","rules":{"version":"CHS-DRG 1.1","digest":"d1"},"steps":[)";

std::string steps_of(const RulePack& pack, const CaseInput& input, GroupOptions options) {
    Workspace workspace;
    const Explained e = explain(pack, "c1", input, options, workspace);
    EXPECT_EQ(e.result, group(pack, input, options, workspace));
    EXPECT_EQ(e.trail.substr(0, kHead.size()), kHead);
    EXPECT_EQ(e.trail.substr(e.trail.size() - 2), "]}");
    return e.trail.substr(kHead.size(), e.trail.size() - kHead.size() - 2);
}

TEST(DrgTrail, B5_2_SeverityNamesEveryCodeItLookedAt) {
    EXPECT_EQ(
        steps_of(*built(mini_files()), Adult{{"I10", "I11", "X", "E87"}}.input(), {}),
        R"({"kind":"check","failed":[]},)"
        R"({"kind":"mdc","mdc":"F","condition":"principal_dx","result":"entered"},)"
        R"({"kind":"adrg","adrg":"FV2","rule":"dx_principal","codes":["I10"]},)"
        R"({"kind":"severity","code":"I11","class":"CC","result":"excluded_by_table","table":11},)"
        R"({"kind":"severity","code":"E87","class":"CC","result":"counts","table":51},)"
        R"({"kind":"result","status":"SUCCESS","mdc":"MDCF","adrg":"FV2","drg":"FV23"})");
}

TEST(DrgTrail, B5_2_EnteredMdcWithoutGroupAreListed) {
    EXPECT_EQ(steps_of(*built(mini_files()), Adult{{"I50"}, {"35.2", "36.1"}}.input(), {}),
              R"({"kind":"check","failed":[]},)"
              R"({"kind":"mdc","mdc":"A","condition":"principal_valid_proc","result":"no_adrg"},)"
              R"({"kind":"mdc","mdc":"F","condition":"principal_dx","result":"entered"},)"
              R"({"kind":"adrg","adrg":"FB1","rule":"proc_formula","codes":["35.2","36.1"]},)"
              R"({"kind":"result","status":"SUCCESS","mdc":"MDCF","adrg":"FB1","drg":"FB15"})");
}

TEST(DrgTrail, B5_2_Ambiguous) {
    EXPECT_EQ(steps_of(*built(mini_files()), Adult{{"I10"}, {"99", "86.2"}}.input(), {.qy = true}),
              R"({"kind":"check","failed":[]},)"
              R"({"kind":"mdc","mdc":"F","condition":"principal_dx","result":"entered"},)"
              R"({"kind":"qy","mdc":"F","code":"86.2"},)"
              R"({"kind":"result","status":"QY","mdc":"MDCF","adrg":"QY","drg":"FQY"})");
}

TEST(DrgTrail, B5_2_FailedConditions) {
    const std::vector<std::string_view> dx{"P07.2"};
    const CaseInput input{.sex = {},
                          .age_years = 0,
                          .age_days = 3,
                          .weight_g = {},
                          .diagnoses = dx,
                          .procedures = {}};
    EXPECT_EQ(steps_of(*built(mini_files()), input, {}),
              R"({"kind":"check","failed":["sex","weight_g"]},)"
              R"({"kind":"result","status":"CHECK_FAILED","mdc":"0000","adrg":"00","drg":"0000"})");
}

TEST(DrgTrail, B5_2_CodeConversionWithAnEarlierPositionWrittenAgain) {
    PackFiles files = mini_files();
    files["dx_map.csv"] = "dx,mapped_dx\na,b\nb,I10\n";
    files["proc_map.csv"] = "proc,mapped_proc\n";
    const auto pack = built(files);
    EXPECT_EQ(
        steps_of(*pack, Adult{{"a", "b", "q\"\n"}}.input(), {.map_codes = true}),
        R"({"kind":"map","list":"diagnoses","position":1,"before":"a","after":"b"},)"
        R"({"kind":"map","list":"diagnoses","position":1,"before":"b","after":"I10"},)"
        R"({"kind":"map","list":"diagnoses","position":3,"before":"q\"\u000a","result":"not_in_map"},)"
        R"({"kind":"result","status":"ZD_NOT_MAPPING","mdc":"0000","adrg":"00","drg":"0000"})");
    EXPECT_EQ(drg_of(*pack, Adult{{"a", "b"}}.input(), {.map_codes = true}), "FV25");
    EXPECT_EQ(drg_of(*pack, Adult{{"a"}}.input(), {.map_codes = true}), "0000");
}

}  // namespace
}  // namespace yilian::billing::drg
