#pragma once

#include <vector>

#include "libs/runtime/app.h"

namespace yilian::directory::app {

// Rules that must hold over the whole database, ids DIR-C01 to DIR-C08 (OperatorService.RunChecks).
[[nodiscard]] std::vector<runtime::Check> checks();

// residents, contracts_active: figures that do not depend on machine time or arrival order.
[[nodiscard]] runtime::Counts counts(storage::Transaction& tx);

}  // namespace yilian::directory::app
