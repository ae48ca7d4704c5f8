#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libs/outbox/task_queue.h"
#include "libs/outbox/units.h"

// Internal to this library.
namespace yilian::outbox {

// The repairing thread of a consumer: fetches what is missing from the owner, applies what is
// parked, replays dead letters. All calls are thread-safe and do not block.
class Repair {
  public:
    // `restart` is called when the history of lost partitions has been fetched.
    using Restart =
        std::function<void(const std::string& topic, const std::vector<std::int32_t>& partitions)>;

    // Makes every projection of the consumer anew that holds one of these types; false: later.
    using Refill = std::function<bool(const std::set<std::string>& types)>;

    Repair(const Applier& applier, Units& units, storage::Store& store, ReplayClient* replay,
           Restart restart, Refill refill, Hooks hooks);

    // Also takes up what was parked before this process started.
    void start();
    void stop() { tasks_.stop(); }

    void subject(const std::string& topic, const std::string& subject);
    void catch_up(const std::string& topic, const std::vector<std::int32_t>& partitions);
    // Brings subscriptions that this consumer has not had before up to date with the owners'
    // histories. Called when the topics have nothing more to read.
    void meet_newcomers();
    void replay(DeadLetterFilter filter, std::function<void(DeadLetterReplay)> done);
    // Runs `job` between repairs; `dropped` instead when stopped before.
    void job(std::function<void()> job, std::function<void()> dropped);
    [[nodiscard]] const std::atomic<bool>& stopping() const { return tasks_.stopping(); }

  private:
    // How far one subject is.
    struct Parked {
        std::int64_t last_sequence = 0;
        std::optional<std::int64_t> dead_sequence;
        std::optional<Incoming> first;
    };
    enum class Step { kFinished, kLater, kGoOn };

    bool repair_subject(const std::string& topic, const std::string& subject,
                        std::int64_t& unparked);
    [[nodiscard]] std::optional<Parked> look(const std::string& topic, const std::string& subject);
    Step fetch_gap(const std::string& topic, const std::string& subject, const Parked& parked);
    bool scan_parked();
    bool run_catch_up(const std::string& topic, std::int64_t& after, std::optional<Instant> from);
    // Applies what the owner has behind `after` and this consumer has not seen. False: later.
    bool fetch_history(const std::string& topic, std::int64_t& after, std::optional<Instant> from);
    bool run_newcomers(std::map<std::string, std::int64_t>& after);
    [[nodiscard]] std::optional<std::vector<Incoming>> unseen(
        const std::vector<StoredEvent>& page) const;
    [[nodiscard]] std::optional<Instant> since(const std::string& topic) const;
    bool run_replay(const DeadLetterFilter& filter,
                    const std::function<void(DeadLetterReplay)>& done);
    void log(Hooks::Level level, const std::string& text) const;

    const Applier& applier_;
    Units& units_;
    storage::Store& store_;
    ReplayClient* const replay_;
    const Restart restart_;
    const Refill refill_;
    const Hooks hooks_;
    TaskQueue tasks_;
    std::mutex mutex_;
    std::map<std::string, std::set<std::int32_t>> lost_;  // partitions to restart, by topic
};

}  // namespace yilian::outbox
