#pragma once

#include <vector>

#include "libs/runtime/app.h"

namespace yilian::registries::app {

// Rules that hold over the whole database (registries.md 13), for `yilian verify`, REG-C01 to
// REG-C06 and REG-C08.
[[nodiscard]] std::vector<runtime::Check> checks();

// Figures for summaries: visits, advice_to_refer, enrolled_hypertension, enrolled_diabetes;
// controlled and uncontrolled by month and, as scope, disease: the last class up to the month's
// end.
[[nodiscard]] runtime::Counts counts(storage::Transaction& tx);

}  // namespace yilian::registries::app
