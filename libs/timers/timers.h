#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/embedded_file.h"
#include "libs/storage/store.h"
#include "libs/storage/transaction.h"

namespace yilian::timers {

// Which timer: at most one is pending for a key. `kind` chooses the handler ("referral.expiry"),
// `aggregate_id` the record, `name` tells several of one kind on one record apart (often empty).
struct TimerKey {
    std::string kind;
    std::string aggregate_id;
    std::string name{};
    friend auto operator<=>(const TimerKey&, const TimerKey&) = default;
};

// A pending timer. It is due at `due` itself (interop.md 1: what ends at an instant has ended at
// that instant). `payload` belongs to the handler: pseudonymous ids and codes only, as in events.
struct Timer {
    TimerKey key;
    Instant due;
    std::string payload;
    friend bool operator==(const Timer&, const Timer&) = default;
};

// All four run inside the caller's unit: a timer exists exactly when its cause has committed.

// Sets the timer; one that is pending under the key is replaced. A due time that has passed fires
// at the next opportunity.
void schedule(storage::Transaction& tx, const TimerKey& key, Instant due, std::string payload);
// True when one was pending.
bool cancel(storage::Transaction& tx, const TimerKey& key);
// Every timer of a record whatever its kind; how many were pending.
std::int64_t cancel_all_of(storage::Transaction& tx, const std::string& aggregate_id);
[[nodiscard]] std::optional<Timer> find(storage::Transaction& tx, const TimerKey& key);

// For operators and metrics, inside a read or a unit.
struct Pending {
    std::int64_t timers = 0;
    std::int64_t failures = 0;
    std::optional<Instant> next_due;
};
[[nodiscard]] Pending pending(storage::Transaction& tx);

struct Failure {
    Timer timer;
    std::string reason;  // status of the last run
    Instant failed_at;
};
// The recorded failures, oldest due time first.
[[nodiscard]] std::vector<Failure> failures(storage::Transaction& tx, std::int64_t limit);
// Makes a failed timer pending again at its old due time, unless a newer one is pending under the
// key; the failure is forgotten either way. Number of failures handled (0 or more, by due time).
std::int64_t rearm(storage::Transaction& tx, const TimerKey& key);

// Tables of this library; migration set "timers".
[[nodiscard]] storage::MigrationSet migrations();

}  // namespace yilian::timers
