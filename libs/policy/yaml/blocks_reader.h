#pragma once

#include <string>
#include <vector>

#include "libs/policy/billing_blocks.h"
#include "libs/policy/yaml/node.h"

namespace yilian::policy {

// Bounds that the keys of a pack put on its blocks (policy-trace.md 9.5).
struct BlockBounds {
    amount::Rate staff_rate_min = amount::rate_of_bp(6000);  // never lower (billing.md 8.5)
    amount::Rate level_gap_min{};                            // between neighbouring levels
    std::vector<std::string> aid_classes_needed{};
};

// Reads the body of a pack: each block that is there, completely. What is wrong goes to `problems`
// (then the result is not to be used), what is odd but allowed to `warnings`.
[[nodiscard]] billing::Blocks read_blocks(const Node& body, const BlockBounds& bounds,
                                          Problems& problems, Problems& warnings);

}  // namespace yilian::policy
