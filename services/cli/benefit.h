#pragma once

#include "services/cli/offline.h"

namespace yilian::cli {

// `yilian benefit` (billing.md 16.8): three layers of protection for the stays of one year,
// offline. Stays are sorted on disk beyond a bounded memory; only their ids are held.
[[nodiscard]] int compute_benefits(const OfflineArgs& args);

}  // namespace yilian::cli
