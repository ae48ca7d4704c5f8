#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/domain/drg/grouper.h"

// A rule pack of a dozen lines that tests change one line of.
namespace yilian::billing::drg {

[[nodiscard]] inline PackFiles mini_files() {
    PackFiles f;
    f["mdc.csv"] =
        "eval_order,mdc,mdc_code,name,need_principal_dx,sex,age_years,need_principal_valid_proc,"
        "min_body_regions,qy_after_adrg\n"
        "1,A,MDCA,pre,0,,,1,,\n"
        "2,P,MDCP,newborn,1,,0,0,,0\n"
        "3,Y,MDCY,hiv,1,,,0,,0\n"
        "4,F,MDCF,heart,1,,,0,,2\n";
    f["mdc_principal_dx.csv"] = "mdc,dx\nP,P07.2\nY,B20\nF,I10\nF,I50\n";
    f["mdc_z_body_region.csv"] = "dx,region_no,region_name\n";
    f["adrg.csv"] =
        "mdc,eval_order,adrg,name,dx_rule,proc_rule,proc_formula,age_days_max,weight_min,"
        "weight_below\n"
        "A,1,AA1,transplant,,principal,,,,\n"
        "P,1,PS1,small,any,,,28,1,1500\n"
        "P,2,PV1,infant,,,,,,\n"
        "Y,1,YR1,hiv,any,,,,,\n"
        "F,1,FB1,valve,,formula,1&2|1&3,,,\n"
        "F,2,FM1,stent,,principal,,,,\n"
        "F,3,FV2,pressure,principal,,,,,\n";
    f["adrg_dx.csv"] = "adrg,dx\nPS1,P07.2\nYR1,B20\nFV2,I10\n";
    f["adrg_proc.csv"] =
        "adrg,list_no,proc\nAA1,1,37.5\nFB1,1,35.2\nFB1,2,36.1\nFB1,3,39.6\nFM1,1,36.0\n";
    f["drg.csv"] =
        "adrg,eval_order,drg,name,split_rule\n"
        "AA1,1,AA19,a,always\n"
        "PS1,1,PS11,p,mcc\nPS1,2,PS15,p,always\n"
        "PV1,1,PV19,p,always\n"
        "YR1,1,YR19,y,always\n"
        "FB1,1,FB11,f,mcc\nFB1,2,FB15,f,always\n"
        "FM1,1,FM13,f,mcc_or_cc\nFM1,2,FM15,f,always\n"
        "FV2,1,FV21,f,mcc\nFV2,2,FV23,f,mcc_or_cc\nFV2,3,FV25,f,always\n";
    f["mcc.csv"] = "dx,exclusion_table\nJ96,21\nR57,22\n";
    f["cc.csv"] = "dx,exclusion_table\nE87,51\nI11,11\n";
    f["cc_exclusion_principal_dx.csv"] = "principal_dx,exclusion_table\nI10,11\nI50,22\n";
    f["valid_proc.csv"] = "proc,name\n37.5,a\n35.2,b\n36.1,c\n36.0,d\n86.2,e\n";
    return f;
}

// The files with the first occurrence of `from` in `table` replaced.
[[nodiscard]] inline PackFiles changed(std::string_view table, std::string_view from,
                                       std::string_view to) {
    PackFiles files = mini_files();
    std::string& text = files.find(table)->second;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return files;
}

[[nodiscard]] inline std::shared_ptr<const RulePack> built(const PackFiles& files) {
    auto pack = RulePack::build(files, "d1");
    EXPECT_TRUE(pack.ok()) << (pack.ok() ? "" : pack.refusal().reason.code());
    return pack.ok() ? *pack : nullptr;
}

// The mini pack with the given lines in pack.csv.
[[nodiscard]] inline std::shared_ptr<const RulePack> switched(std::string_view lines) {
    PackFiles files = mini_files();
    files["pack.csv"] = "key,value\n" + std::string(lines);
    return built(files);
}

// A case of an adult; the principal codes first.
struct Adult {
    std::vector<std::string_view> dx;
    std::vector<std::string_view> proc{};
    [[nodiscard]] CaseInput input() const {
        return {.sex = 1,
                .age_years = 50,
                .age_days = {},
                .weight_g = {},
                .diagnoses = dx,
                .procedures = proc};
    }
};

[[nodiscard]] inline std::string drg_of(const RulePack& pack, const CaseInput& input,
                                        GroupOptions options) {
    Workspace workspace;
    return std::string(codes_of(pack, group(pack, input, options, workspace)).drg);
}

}  // namespace yilian::billing::drg
