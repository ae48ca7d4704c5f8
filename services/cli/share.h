#pragma once

#include <optional>
#include <string>

#include "services/cli/offline.h"

namespace yilian::cli {

// `yilian share` (billing.md 16.7): surplus and overspend of consortia, offline. `--weights` and
// `--members-out` come together. A row of the weights whose consortium gives no result is not used;
// a consortium whose weights are all 0 is reported at its first weight (ALLOC_NO_WEIGHT) and gives
// no member rows.
struct ShareArgs : OfflineArgs {
    std::optional<std::string> weights;
    std::optional<std::string> members_out;
};

// The exit code 0, 1 or 5; everything else is thrown as CommandFailed.
[[nodiscard]] int share_files(const ShareArgs& args);

}  // namespace yilian::cli
