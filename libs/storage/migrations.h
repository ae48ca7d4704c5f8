#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/storage/store.h"

namespace yilian::storage {

// One file of a set, chosen for a dialect.
struct Migration {
    std::string set;
    std::int64_t number = 0;
    std::string name;    // without number and ending
    std::string sha256;  // hex, of the file as written
    std::string_view sql;
};

// A row of the table schema_migrations.
struct Applied {
    std::int64_t number = 0;
    std::string name;
    std::string sha256;
};

// The files of `set` for `dialect` in order. INVALID_ARGUMENT: file name of another shape, a number
// missing or twice, a file for one dialect only.
[[nodiscard]] absl::StatusOr<std::vector<Migration>> plan_migrations(const MigrationSet& set,
                                                                     Dialect dialect);

// How many of `planned` are applied; the rest is due. FAILED_PRECONDITION when `applied` (in order)
// differs from them; more applied than planned is fine (version N-1 on schema N).
[[nodiscard]] absl::StatusOr<std::size_t> compare_applied(const std::vector<Migration>& planned,
                                                          const std::vector<Applied>& applied);

extern const Query kMigrationTable;
extern const Query kMigrationsOfSet;
extern const Query kRecordMigration;
[[nodiscard]] Applied applied_from(const Row& row);

}  // namespace yilian::storage
