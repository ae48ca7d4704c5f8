#pragma once

#include <vector>

#include "libs/runtime/app.h"

namespace yilian::billing::app {

// BIL-C01 … of `yilian verify`. Each names the records at fault.
[[nodiscard]] std::vector<runtime::Check> checks();
// Of findings, reviews and disputes; part of checks().
[[nodiscard]] std::vector<runtime::Check> supervision_checks();
// The figures of the service.
[[nodiscard]] runtime::Counts counts(storage::Transaction& tx);

}  // namespace yilian::billing::app
