#pragma once

#include <string>
#include <vector>

#include "services/billing/tests/harness.h"

// Settlement lists of the DIP district, and its demonstration catalogue brought into force.
namespace yilian::billing::test {

inline constexpr const char* kDipDistrict = "370725";

struct UsedCode {
    std::string code;
    std::int64_t cost_fen = 0;
};

// A stay at H1 (level 3, 18 to 25 March) or B1 (level 1, 16 to 18 March) with everything in class
// A. The resident is the list's own. The first diagnosis is the principal one.
[[nodiscard]] v1::SettlementList dip_list(const std::string& id, const std::string& institution_id,
                                          const std::vector<std::string>& diagnoses,
                                          const std::vector<UsedCode>& procedures,
                                          std::int64_t total_fen);

// Loads services/billing/rules/dip-demo and activates it from 1 January 2026 on.
void activate_dip_demo(Harness& harness);

}  // namespace yilian::billing::test
