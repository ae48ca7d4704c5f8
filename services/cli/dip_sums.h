#pragma once

#include <vector>

#include "services/cli/arithmetic.h"

namespace yilian::cli {

// Points of a case that was grouped by DIP (billing.md 4.5 to 4.7), done again by the engine. A
// case at actual cost has none, and what experts decided has no formula.
[[nodiscard]] std::vector<Sum> dip_sums(const policy::billing::Dip& dip,
                                        const billing::v1::Case& scored);

}  // namespace yilian::cli
