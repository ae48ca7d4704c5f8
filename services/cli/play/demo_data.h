#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Cases that the synthetic play draws from: those of the demo rule pack.
namespace yilian::cli::play {

// A discharge as a case of the demo rule pack describes it.
struct CaseTemplate {
    std::string id;
    int sex = 0;  // 0 = either
    int age_from = 18;
    std::vector<std::string> diagnoses;
    std::vector<std::string> procedures;
    std::int64_t average_fen = 0;  // of its group
    bool grouped = true;
};

// Cases of adults in services/billing/rules/demo/cases.csv whose codes the pack knows.
[[nodiscard]] const std::vector<CaseTemplate>& case_templates();
// Those that the pack groups nowhere.
[[nodiscard]] const std::vector<CaseTemplate>& ungrouped_templates();
// A case whose principal diagnosis begins so.
[[nodiscard]] const CaseTemplate& case_with(const std::string& diagnosis_prefix,
                                            std::uint64_t number);

}  // namespace yilian::cli::play
