#pragma once

#include <vector>

#include "libs/runtime/app.h"

namespace yilian::referrals::app {

// Invariants of referrals.md 11 that the whole database must keep.
[[nodiscard]] std::vector<runtime::Check> checks();
// Figures of the summary.
[[nodiscard]] runtime::Counts counts(storage::Transaction& tx);

}  // namespace yilian::referrals::app
