#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/embedded_file.h"
#include "libs/storage/transaction.h"

namespace yilian::storage {

// A piece of work that becomes durable as a whole (architecture.md 5).
//
// `work` may run more than once and touches nothing but its transaction and state that a second run
// overwrites. It runs on a store worker thread, should take under 20 ms, and may throw StorageError
// only by way of the transaction. `done` is called exactly once, on a store thread, after the commit
// (OK) or when the unit has failed for good:
//   ABORTED            conflict that did not resolve        (WRITE_CONFLICT)
//   UNAVAILABLE        database away                         (DEPENDENCY_UNAVAILABLE)
//   DATA_LOSS          connection lost during commit, outcome unknown (COMMIT_IN_DOUBT)
//   DEADLINE_EXCEEDED  the deadline passed before the unit started
//   CANCELLED          the store was stopped first
//   INTERNAL           constraint violation or a bug in SQL
struct Unit {
    // The first key chooses the worker: units with the same first key run in the order they were
    // submitted. All keys are locked, in sorted order, for the whole transaction.
    std::vector<std::string> lock_keys;
    std::function<void(Transaction&)> work;
    std::function<void(const absl::Status&)> done;
    std::optional<Deadline> deadline;
};

// The database of one service. Thread-safe.
class Store {
  public:
    virtual ~Store() = default;

    [[nodiscard]] virtual Dialect dialect() const = 0;

    // Queues a unit. RESOURCE_EXHAUSTED when the queue is full, CANCELLED after stop(); `done` is
    // then not called. Units of many callers share one commit (group commit); a failing one never
    // fails its neighbours.
    [[nodiscard]] virtual absl::Status submit(Unit unit) = 0;

    // Queues a read-only piece of work for the reader threads: one consistent snapshot, connection
    // of its own, no locks, no writes. Same answers and `done` rules as submit().
    [[nodiscard]] virtual absl::Status submit_read(std::function<void(Transaction&)> work,
                                                   std::function<void(const absl::Status&)> done,
                                                   std::optional<Deadline> deadline) = 0;

    // The blocking forms, for boot, tests and jobs on their own threads. Never on a gRPC thread and
    // never inside a unit.
    [[nodiscard]] absl::Status run(std::vector<std::string> lock_keys,
                                   std::function<void(Transaction&)> work);
    [[nodiscard]] absl::Status read(std::function<void(Transaction&)> work);

    // Called on a store thread after each commit that contained at least one write: the relay's
    // wake-up. Set before start().
    virtual void on_commit(std::function<void()> callback) = 0;

    // Opens the connections and starts the workers. Fails when the database is away or its schema
    // is not the one that `migrate` leaves.
    [[nodiscard]] virtual absl::Status start() = 0;
    // Refuses new units, finishes the queued ones, closes the connections. Idempotent.
    virtual void stop() = 0;

    struct Stats {
        std::int64_t queued = 0;    // units waiting now
        std::int64_t commits = 0;   // transactions committed
        std::int64_t units = 0;     // units committed
        std::int64_t retried = 0;   // units run one by one after a failed batch
    };
    [[nodiscard]] virtual Stats stats() const = 0;
};

struct StoreOptions {
    std::size_t queue_units_max = 4096;
    std::size_t batch_units_max = 256;
    std::size_t writers = 2;  // PostgreSQL only; SQLite has one
    std::size_t readers = 2;
};

// `path` of the database file; made when absent. WAL, synchronous=FULL, foreign keys on.
[[nodiscard]] std::unique_ptr<Store> make_sqlite_store(std::string path, StoreOptions options);
// `conninfo` of libpq. No reconnect is hidden: a broken connection is replaced as a whole.
[[nodiscard]] std::unique_ptr<Store> make_postgres_store(std::string conninfo, StoreOptions options);

// Applies the numbered migrations that the database has not seen, each in its own transaction, and
// checks name and checksum of those it has. Files are `NNNN_name.sql`, or `NNNN_name.pg.sql` and
// `NNNN_name.sqlite.sql` where the two differ; numbers without hole or repeat over all given spans
// of one `set`. Table types are BIGINT, TEXT and BYTEA; SQLite gets INTEGER, TEXT and BLOB, STRICT.
// Run before Store::start(). Each library that owns tables gives its own set ("outbox", "audit", …)
// with its own numbering, applied in the order given.
struct MigrationSet {
    std::string name;
    std::span<const EmbeddedFile> files;
};
[[nodiscard]] absl::Status migrate_sqlite(const std::string& path,
                                          std::span<const MigrationSet> sets);
[[nodiscard]] absl::Status migrate_postgres(const std::string& conninfo,
                                            std::span<const MigrationSet> sets);

}  // namespace yilian::storage
