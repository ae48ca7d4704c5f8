#pragma once

#include "libs/storage/transaction.h"
#include "libs/timers/timers.h"

namespace yilian::timers {

// Columns kind, aggregate_id, name, due_at, payload in front.
[[nodiscard]] inline Timer timer_from(const storage::Row& row) {
    return {{row.text(0), row.text(1), row.text(2)}, row.instant(3), row.bytes(4)};
}

}  // namespace yilian::timers
