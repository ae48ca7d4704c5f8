#pragma once

#include <optional>
#include <string>

#include "services/cli/offline.h"

namespace yilian::cli {

// `yilian settle --params` (billing.md 16.6): the year end of regional pools, offline. A points row
// whose pool is not among the good rows of `pools` is POOL_UNKNOWN.
struct PoolSettleArgs : OfflineArgs {
    std::string pools;
    std::optional<std::string> pool_out;
};
[[nodiscard]] int settle_pools(const PoolSettleArgs& args);

}  // namespace yilian::cli
