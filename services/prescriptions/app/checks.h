#pragma once

#include <vector>

#include "libs/runtime/app.h"

namespace yilian::prescriptions::app {

// Rules that hold over the whole database (prescriptions.md 8), for `yilian verify`.
[[nodiscard]] std::vector<runtime::Check> checks();

// Figures for summaries.
[[nodiscard]] runtime::Counts counts(storage::Transaction& tx);

}  // namespace yilian::prescriptions::app
