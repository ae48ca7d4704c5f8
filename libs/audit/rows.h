#pragma once

#include <optional>

#include "libs/audit/audit.h"
#include "libs/audit/chain.h"
#include "libs/storage/transaction.h"

namespace yilian::audit {

// A row of audit_rows as it stands in the database.
struct StoredRow {
    std::int64_t position = 0;
    std::string id;
    Record record;
    std::int64_t sequence = 0;  // 0: not sealed
    std::string row_hash;
    std::string chain_hash;
};

[[nodiscard]] inline StoredRow audit_from(const storage::Row& row) {
    return {row.i64(0),
            row.text(1),
            {row.instant(2), row.text(3), row.text(4), row.text(5), row.text(6), row.text(7),
             row.text(8), row.text(9), row.text(10), row.text(11), row.text(12), row.text(13)},
            row.opt_i64(14).value_or(0),
            row.opt_bytes(15).value_or(""),
            row.opt_bytes(16).value_or("")};
}

[[nodiscard]] inline Anchor anchor_from(const storage::Row& row) {
    return {row.i64(0), row.bytes(1), row.instant(2), row.text(3), row.bytes(4)};
}

}  // namespace yilian::audit
