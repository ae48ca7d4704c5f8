#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/policy/billing_blocks.h"
#include "nlohmann/json.hpp"
#include "yilian/billing/v1/types.pb.h"

// The sums behind a case and a statement, done again by the service's own engine (billing.md 5.4,
// 7.3, 9): each with its formula, its rounding mode and the result on record. Pure.
namespace yilian::cli {

struct Sum {
    std::string name;       // "points"
    std::string formula;    // "round(base × D × K)"
    std::string values;     // "165.3400 × 1 × 1.05"
    std::string rounding;   // mode, "" where nothing is rounded
    std::string parameter;  // block member that sets the mode: "drg.rounding.case_points"
    std::int64_t result = 0;
    std::int64_t recorded = 0;
    std::string unit;  // fen, e4, e8
    [[nodiscard]] bool holds() const { return result == recorded; }
};

// Base points and points of a case that was grouped and scored.
[[nodiscard]] std::vector<Sum> score_sums(const policy::billing::Drg& drg,
                                          const billing::v1::Case& scored);
// Benefit layers of a case.
[[nodiscard]] std::vector<Sum> benefit_sums(const policy::billing::Benefit& benefit,
                                            const billing::v1::Case& paid);
// Money and prepay of a pool of a statement (its machine form).
[[nodiscard]] std::vector<Sum> pool_sums(const policy::billing::Run& run,
                                         const nlohmann::json& statement,
                                         const nlohmann::json& pool);

}  // namespace yilian::cli
