#include <chrono>

#include "libs/storage/migrations.h"
#include "libs/storage/postgres_connection.h"
#include "libs/storage/store.h"

namespace yilian::storage {
namespace {

constexpr Query kBegin{"begin", "BEGIN"};
constexpr Query kCommit{"commit", "COMMIT"};
// Replicas that start together take turns.
constexpr Query kOneAtATime{
    "migration lock", "SELECT pg_advisory_xact_lock(hashtextextended('yilian/migrations', 0))"};

std::int64_t machine_ms() {
    return to_ms(
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
}

PostgresConnection::Answer now(PostgresConnection& connection, const Query& query,
                               std::span<const Value> params = {}) {
    connection.send(query, params, 0);
    return connection.round_trip(0);
}

std::vector<Applied> applied_of(PostgresConnection& connection, const std::string& set) {
    const Value name[] = {set};
    std::vector<Applied> applied;
    for (const Row& row : now(connection, kMigrationsOfSet, name).rows) {
        applied.push_back(applied_from(row));
    }
    return applied;
}

// Applies the first due file; false when none is due. The state is read again under the lock.
absl::StatusOr<bool> apply_next(PostgresConnection& connection, const std::string& set,
                                const std::vector<Migration>& planned) {
    now(connection, kBegin);
    now(connection, kOneAtATime);
    const auto done = compare_applied(planned, applied_of(connection, set));
    if (!done.ok()) return done.status();
    const bool due = *done < planned.size();
    if (due) {
        const Migration& file = planned[*done];
        connection.script(file.set + "/" + file.name, std::string(file.sql));
        const Value row[] = {file.set, file.number, file.name, file.sha256, machine_ms()};
        now(connection, kRecordMigration, row);
    }
    now(connection, kCommit);
    return due;
}

void make_table(PostgresConnection& connection) {
    now(connection, kBegin);
    now(connection, kOneAtATime);
    now(connection, kMigrationTable);
    now(connection, kCommit);
}

}  // namespace

absl::Status migrate_postgres(const std::string& conninfo, std::span<const MigrationSet> sets) {
    try {
        PostgresConnection connection(conninfo);
        make_table(connection);
        for (const MigrationSet& set : sets) {
            const auto planned = plan_migrations(set, Dialect::kPostgres);
            if (!planned.ok()) return planned.status();
            for (;;) {
                const auto applied = apply_next(connection, set.name, *planned);
                if (!applied.ok()) return applied.status();
                if (!*applied) break;
            }
        }
        return absl::OkStatus();
    } catch (const StorageError& error) {
        if (error.kind() == StorageError::Kind::kConnection) {
            return absl::UnavailableError(error.what());
        }
        return absl::FailedPreconditionError(error.what());
    }
}

}  // namespace yilian::storage
