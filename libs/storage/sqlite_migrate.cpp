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

void apply(SqliteConnection& connection, const Migration& migration) {
    connection.control(kBegin);
    connection.script(migration.set + "/" + migration.name, sqlite_schema(migration.sql));
    const Value row[] = {migration.set, migration.number, migration.name, migration.sha256,
                         machine_ms()};
    connection.execute(kRecordMigration, row);
    connection.control(kCommit);
}

absl::Status migrate_set(SqliteConnection& connection, const MigrationSet& set) {
    const auto planned = plan_migrations(set, Dialect::kSqlite);
    if (!planned.ok()) return planned.status();
    const Value name[] = {set.name};
    bool wrote = false;
    std::vector<Applied> applied;
    for (const Row& row : connection.query(kMigrationsOfSet, name, wrote)) {
        applied.push_back(applied_from(row));
    }
    const auto done = compare_applied(*planned, applied);
    if (!done.ok()) return done.status();
    for (std::size_t i = *done; i < planned->size(); ++i) apply(connection, (*planned)[i]);
    return absl::OkStatus();
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
