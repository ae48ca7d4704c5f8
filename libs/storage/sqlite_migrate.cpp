#include <chrono>

#include "libs/storage/migrations.h"
#include "libs/storage/sql_text.h"
#include "libs/storage/sqlite_connection.h"
#include "libs/storage/store.h"

namespace yilian::storage {
namespace {

constexpr Query kBegin{"begin", "BEGIN IMMEDIATE"};
constexpr Query kCommit{"commit", "COMMIT"};

std::int64_t machine_ms() {
    return to_ms(
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
}

std::vector<Applied> applied_of(SqliteConnection& connection, const std::string& set) {
    const Value name[] = {set};
    bool wrote = false;
    std::vector<Applied> applied;
    for (const Row& row : connection.query(kMigrationsOfSet, name, wrote)) {
        applied.push_back(applied_from(row));
    }
    return applied;
}

// Applies the first due file; false when none is due. The state is read under the write lock: two
// programs may start at once.
absl::StatusOr<bool> apply_next(SqliteConnection& connection, const std::string& set,
                                const std::vector<Migration>& planned) {
    connection.control(kBegin);
    const auto done = compare_applied(planned, applied_of(connection, set));
    if (!done.ok()) return done.status();
    const bool due = *done < planned.size();
    if (due) {
        const Migration& file = planned[*done];
        connection.script(file.set + "/" + file.name, sqlite_schema(file.sql));
        const Value row[] = {file.set, file.number, file.name, file.sha256, machine_ms()};
        connection.execute(kRecordMigration, row);
    }
    connection.control(kCommit);
    return due;
}

absl::Status migrate_set(SqliteConnection& connection, const MigrationSet& set) {
    const auto planned = plan_migrations(set, Dialect::kSqlite);
    if (!planned.ok()) return planned.status();
    for (;;) {
        const auto applied = apply_next(connection, set.name, *planned);
        if (!applied.ok()) return applied.status();
        if (!*applied) return absl::OkStatus();
    }
}

}  // namespace

absl::Status migrate_sqlite(const std::string& path, std::span<const MigrationSet> sets) {
    try {
        SqliteConnection connection(path, SqliteConnection::Mode::kWriter);
        connection.execute(kMigrationTable, {});
        for (const MigrationSet& set : sets) {
            absl::Status status = migrate_set(connection, set);
            if (!status.ok()) return status;
        }
        return absl::OkStatus();
    } catch (const StorageError& error) {
        if (error.kind() == StorageError::Kind::kConnection ||
            error.kind() == StorageError::Kind::kConflict) {
            return absl::UnavailableError(error.what());
        }
        return absl::FailedPreconditionError(error.what());
    }
}

}  // namespace yilian::storage
