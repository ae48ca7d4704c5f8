#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/outbox/applier.h"
#include "libs/storage/store.h"

// Internal to this library.
namespace yilian::outbox {

// An event as it goes through the store, perhaps more than once.
struct Attempt {
    Incoming incoming;
    Outcome outcome{};
    int failures = 0;  // neither poison nor transient
};
using AttemptPtr = std::shared_ptr<Attempt>;

// Turns events into units, judges how they ended and counts. Thread-safe.
class Units {
  public:
    Units(const Applier& applier, storage::Store& store, int handler_attempts, Hooks hooks);

    // Hands the event to the store; `done` is called exactly once, on a store thread or at once
    // when the store does not take it.
    void submit(const AttemptPtr& attempt, std::function<void(const absl::Status&)> done);

    enum class Verdict {
        kDone,
        kAgain,  // at once: it has become poison, or only waited for an earlier event
        kLater,  // transient
    };
    // Looks at the end of a submission; called once for each.
    Verdict judge(Attempt& attempt, const absl::Status& status);

    // Blocking, for the repair thread: submits all, in order, and again until each is done or
    // `stop` is set. Empty when stopped.
    std::vector<Outcome> settle(std::vector<Incoming> incoming, const std::atomic<bool>& stop);
    // Blocking: a single try. The outcome, or the status it failed with.
    absl::StatusOr<Outcome> try_once(Incoming incoming);

    void count_fetched(std::int64_t n) { fetched_ += n; }
    void count_caught_up() { ++caught_up_; }
    [[nodiscard]] Consumer::Stats stats() const;

  private:
    void count(const Attempt& attempt);

    const Applier& applier_;
    storage::Store& store_;
    const int handler_attempts_;
    const Hooks hooks_;
    std::atomic<std::int64_t> applied_{0}, ignored_{0}, duplicates_{0}, obsolete_{0}, parked_{0},
        dead_lettered_{0}, retried_{0}, fetched_{0}, caught_up_{0};
};

}  // namespace yilian::outbox
