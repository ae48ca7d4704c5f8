#include "libs/timers/timers.h"

#include "libs/timers/queries.h"
#include "libs/timers/rows.h"

namespace yilian::timers {

std::span<const EmbeddedFile> migration_files();

storage::MigrationSet migrations() { return {"timers", migration_files()}; }

void schedule(storage::Transaction& tx, const TimerKey& key, Instant due, std::string payload) {
    tx.post(queries::kSchedule, key.kind, key.aggregate_id, key.name, due,
            storage::Blob{std::move(payload)});
}

bool cancel(storage::Transaction& tx, const TimerKey& key) {
    return tx.run(queries::kCancel, key.kind, key.aggregate_id, key.name) > 0;
}

std::int64_t cancel_all_of(storage::Transaction& tx, const std::string& aggregate_id) {
    return tx.run(queries::kCancelAll, aggregate_id);
}

std::optional<Timer> find(storage::Transaction& tx, const TimerKey& key) {
    const auto row = tx.select_one(queries::kFind, key.kind, key.aggregate_id, key.name);
    if (!row) return std::nullopt;
    return timer_from(*row);
}

Pending pending(storage::Transaction& tx) {
    const storage::Row row = tx.select(queries::kPending).at(0);
    return {row.i64(0), row.i64(1), row.opt_instant(2)};
}

std::vector<Failure> failures(storage::Transaction& tx, std::int64_t limit) {
    std::vector<Failure> all;
    for (const storage::Row& row : tx.select(queries::kFailures, limit)) {
        all.push_back({timer_from(row), row.text(5), row.instant(6)});
    }
    return all;
}

std::int64_t rearm(storage::Transaction& tx, const TimerKey& key) {
    const storage::Rows taken =
        tx.select(queries::kTakeFailures, key.kind, key.aggregate_id, key.name);
    for (const storage::Row& row : taken) {
        const Timer timer = timer_from(row);
        tx.post(queries::kRearm, key.kind, key.aggregate_id, key.name, timer.due,
                storage::Blob{timer.payload});
    }
    return static_cast<std::int64_t>(taken.size());
}

}  // namespace yilian::timers
