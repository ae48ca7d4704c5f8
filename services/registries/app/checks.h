#pragma once

#include <vector>

#include "libs/policy/store.h"
#include "libs/runtime/app.h"

namespace yilian::registries::app {

// Rules that hold over the whole database (registries.md 13), for `yilian verify`, REG-C01 to
// REG-C08. `policies` lives as long as the checks.
[[nodiscard]] std::vector<runtime::Check> checks(const policy::PolicyStore& policies);

// Figures for summaries: visits, advice_to_refer, enrolled_hypertension, enrolled_diabetes;
// controlled and uncontrolled by month and, as scope, disease: the last class up to the month's
// end.
[[nodiscard]] runtime::Counts counts(storage::Transaction& tx);

}  // namespace yilian::registries::app
