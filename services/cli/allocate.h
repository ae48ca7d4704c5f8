#pragma once

#include "services/cli/offline.h"

namespace yilian::cli {

// `yilian allocate` (billing.md 16.9): a fixed amount by several factors, offline. Ends with 3,
// ALLOC_NO_WEIGHT, when `renormalise` leaves no factor.
[[nodiscard]] int allocate_files(const OfflineArgs& args);

}  // namespace yilian::cli
