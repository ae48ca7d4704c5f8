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
// overwrites. It runs on a store worker thread, should take under 20 ms, and lets StorageError
// pass. `done` is called exactly once, on a store thread other than that of `work`, in the order in
// which the units of one worker ended: after the commit (OK) or when the unit has failed for good.
// It must be short; it may submit. Reason codes of the API stand in brackets:
//   ABORTED            conflict that did not resolve                     (WRITE_CONFLICT)
//   UNAVAILABLE        database away, disk full                          (DEPENDENCY_UNAVAILABLE)
//   DATA_LOSS          connection lost during commit, outcome unknown    (COMMIT_IN_DOUBT)
//   DEADLINE_EXCEEDED  the deadline passed before the unit started
//   CANCELLED          the store was stopped before it was started
//   INTERNAL           constraint violation, bug in SQL, or another exception left `work`
//   the status of a Rollback thrown by `work`
struct Unit {
    // The first key chooses the worker: units with the same first key run in the order they were
    // submitted. All keys are locked, in one global order, until the end of the transaction.
    std::vector<std::string> lock_keys{};
    std::function<void(Transaction&)> work{};
    std::function<void(const absl::Status&)> done{};
    std::optional<Deadline> deadline{};
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

    // The blocking forms, for boot, tests and jobs on their own threads. Never on a gRPC thread.
    // On a store thread (inside a unit, a read or a `done`) they are a broken invariant: they would
    // wait for themselves.
    [[nodiscard]] absl::Status run(std::vector<std::string> lock_keys,
                                   std::function<void(Transaction&)> work);
    [[nodiscard]] absl::Status read(std::function<void(Transaction&)> work);

    // Called on a store thread after each commit that contained at least one write, before the
    // `done` of its units: the relay's wake-up. Must be short. Set before start().
    virtual void on_commit(std::function<void()> callback) = 0;

    // Opens the connections and starts the workers. UNAVAILABLE when the database is away,
    // FAILED_PRECONDITION when it sorts text otherwise than by bytes or is not UTF-8.
    [[nodiscard]] virtual absl::Status start() = 0;
    // Refuses new units, finishes the queued ones, closes the connections. Idempotent. Not on a
    // store thread.
    virtual void stop() = 0;

    struct Stats {
        std::int64_t queued = 0;      // units waiting now
        std::int64_t commits = 0;     // write transactions committed
        std::int64_t units = 0;       // units committed
        std::int64_t failed = 0;      // units that ended with another status than OK
        std::int64_t retried = 0;     // units run again: batch split, conflict, connection lost
        std::int64_t expired = 0;     // units and reads dropped because their deadline had passed
        std::int64_t in_doubt = 0;    // units whose commit was in doubt
        std::int64_t reads = 0;       // reads finished
        std::int64_t reconnects = 0;  // connections opened after the first of each worker
    };
    [[nodiscard]] virtual Stats stats() const = 0;
};

struct StoreOptions {
    std::size_t queue_units_max = 4096;  // writes; reads have a queue of the same size of their own
    std::size_t batch_units_max = 256;  // PostgreSQL: at most 64, more overflow its subtransactions
    std::size_t writers = 2;            // PostgreSQL only; SQLite has one
    std::size_t readers = 2;
    // How long units wait for a database that went away (or for a disk that is full) before they
    // get UNAVAILABLE; a unit's own deadline comes first. After that, units fail at once until the
    // database is back.
    std::chrono::milliseconds outage_patience{2000};
};

// True on a thread on which units and reads or their `done` run.
[[nodiscard]] bool on_store_thread();

// `path` of the database file; made when absent. WAL, synchronous=FULL, foreign keys on. One
// process a file.
[[nodiscard]] std::unique_ptr<Store> make_sqlite_store(std::string path, StoreOptions options);
// `conninfo` of libpq. No reconnect is hidden: a broken connection is replaced as a whole. Several
// processes may share a database: lock keys exclude each other across processes.
[[nodiscard]] std::unique_ptr<Store> make_postgres_store(std::string conninfo,
                                                         StoreOptions options);

// Applies the numbered migrations that the database has not seen, each in its own transaction, and
// checks name and checksum of those it has. Files are `NNNN_name.sql`, or `NNNN_name.pg.sql` and
// `NNNN_name.sqlite.sql` where the two differ; numbers from 1 without hole or repeat within a set.
// Table types are BIGINT, TEXT and BYTEA; SQLite gets INTEGER, BLOB and STRICT in their place.
// Run before Store::start(). Each library that owns tables gives its own set ("outbox", "audit", …)
// with its own numbering, applied in the order given.
//
// Expand then contract: the database may hold newer migrations than this program knows (version N-1
// on schema N). FAILED_PRECONDITION when an applied file was changed, renamed or taken away, and
// INVALID_ARGUMENT for a malformed set or file; UNAVAILABLE when the database is away.
struct MigrationSet {
    std::string name;
    std::span<const EmbeddedFile> files;
};
[[nodiscard]] absl::Status migrate_sqlite(const std::string& path,
                                          std::span<const MigrationSet> sets);
[[nodiscard]] absl::Status migrate_postgres(const std::string& conninfo,
                                            std::span<const MigrationSet> sets);

}  // namespace yilian::storage
