#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/storage/store.h"
#include "libs/timers/timers.h"

namespace yilian::timers {

// What a handler gets. Its writes, the timer's removal and what it schedules commit together, so a
// timer has its effect exactly once, whenever the process dies. A handler may run more than once.
struct FireContext {
    storage::Transaction& tx;
    const Timer& timer;
    // The business clock: with the driven clock the due time (later only for a timer that was set
    // in the past), with the wall clock the time of firing.
    Instant now;
};
using Handler = std::function<void(FireContext&)>;
// The lock keys that commands on the same record take, serialising key first.
using LockKeys = std::function<std::vector<std::string>(const Timer&)>;

// Fires due timers in (due time, aggregate id, kind, name) order, one after another. Several that
// are due together share a unit of work; a timer that a handler schedules takes its place in that
// order too.
//
// A handler that fails (throws; StorageError and Rollback included) runs again `runs_max` times in
// all, then its timer moves to timer_failures and the next one is served: one bad timer blocks
// nobody. An outage of the database is not a failure: the timer stays.
// Timers of a kind without a handler stay pending (an older version running on newer data).
//
// Several processes with the wall clock may run on one database; a driven clock has one.
// Thread-safe after start(). The engine has a thread of its own, on which nothing else runs.
class TimerEngine {
  public:
    struct Options {
        std::chrono::milliseconds poll{200};  // wall clock: how often to look
        std::size_t group_max = 64;           // timers in one unit of work
        int runs_max = 3;                     // runs of a failing handler
        // Driven clock: how long advance_to() bears an outage of the database.
        std::chrono::milliseconds outage_patience{10'000};
    };
    // Called on the engine's thread, for metrics and logs.
    struct Observer {
        std::function<void(const Timer&, Instant now)> fired{};
        std::function<void(const Timer&, const absl::Status&)> failed{};
    };

    TimerEngine(storage::Store& store, const Clock& clock, Options options, Observer observer);
    TimerEngine(storage::Store& store, DrivenClock& clock, Options options, Observer observer);
    TimerEngine(const TimerEngine&) = delete;
    TimerEngine& operator=(const TimerEngine&) = delete;
    ~TimerEngine() { stop(); }

    // Before start(); once for each kind.
    void handle(std::string kind, LockKeys lock_keys, Handler handler);

    // After Store::start(). With the driven clock: sets it to where it had come before the restart,
    // if that is later, and remembers it. With the wall clock: begins to fire.
    [[nodiscard]] absl::Status start();
    // Before Store::stop(). Finishes the unit at work; waiting advances end with CANCELLED.
    void stop();

    // Driven clock only (FAILED_PRECONDITION otherwise). Moves the clock from due time to due time,
    // firing all that is due up to and including `to`, then sets it to `to`; answers the number
    // fired when all of it is committed. An earlier `to` than now moves nothing. `done` runs on the
    // engine's thread. UNAVAILABLE when the database stayed away: the clock stands at the last
    // committed due time and the same call goes on from there.
    using Advanced = std::function<void(const absl::StatusOr<std::int64_t>&)>;
    void advance_to(Instant to, Advanced done);
    // Waits for it; not on the engine's thread nor on a store thread.
    [[nodiscard]] absl::StatusOr<std::int64_t> advance_to(Instant to);

  private:
    struct Kind {
        LockKeys lock_keys;
        Handler handler;
    };
    struct Group {
        std::vector<Timer> timers;
        std::int64_t passed_over = 0;  // due before the first of them, of kinds without a handler
    };
    struct Advance {
        Instant to;
        Advanced done;
    };

    void loop();
    absl::StatusOr<std::int64_t> advance(Instant to);
    absl::StatusOr<std::int64_t> fire_due(Instant to);
    absl::StatusOr<Group> next_group(Instant to);
    bool extend(Group& group, const Timer& timer) const;
    absl::StatusOr<std::int64_t> fire(const Group& group);
    std::size_t run_handlers(storage::Transaction& tx, const Group& group, Instant now);
    std::vector<std::string> keys_of(const Group& group) const;
    absl::Status after_failure(const Group& group, const absl::Status& status);
    absl::Status give_up(const Timer& timer, const absl::Status& status);
    absl::Status save_clock();
    absl::Status with_patience(const std::function<absl::Status()>& step);
    [[nodiscard]] bool stopping();

    storage::Store& store_;
    const Clock& clock_;
    DrivenClock* const driven_;  // null with the wall clock
    const Options options_;
    const Observer observer_;
    std::map<std::string, Kind> kinds_;

    // Of the engine's thread: how many timers run alone after a failed group, and how often the
    // timer at the front has failed.
    std::size_t alone_ = 0;
    TimerKey failing_;
    int failed_runs_ = 0;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Advance> advances_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace yilian::timers
