#pragma once

#include <vector>

#include "libs/runtime/app.h"

namespace yilian::registries::app {

// Rules that hold over the whole database (registries.md 13), for `yilian verify`.
[[nodiscard]] std::vector<runtime::Check> checks();

// Figures for summaries: visits, advice_to_refer, enrolled by disease, control by month and disease.
[[nodiscard]] runtime::Counts counts(storage::Transaction& tx);

}  // namespace yilian::registries::app
