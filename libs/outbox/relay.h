#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/ulid.h"
#include "libs/kafka/producer.h"
#include "libs/outbox/hooks.h"
#include "libs/storage/store.h"

namespace yilian::outbox {

struct RelayOptions {
    std::size_t batch_rows_max = 500;
    std::size_t batch_bytes_max = 8 * 1024 * 1024;
    // Without wake-up the outbox is looked at this often (another process may have written).
    std::chrono::milliseconds idle{500};
    std::chrono::milliseconds backoff_max{2000};
    // Several processes may share a PostgreSQL database; one of them relays for so long at a time.
    std::chrono::milliseconds lease{5000};
    // Fault tests: called after the broker has acknowledged a batch and before it is marked; false
    // = as if the process had died here.
    std::function<bool()> before_mark{};
};

// Moves committed outbox rows to Kafka, in the order of their positions, and marks them. A thread
// of its own; the producer belongs to it from start() to stop().
//
// At least once: a crash between the broker's answer and the mark sends a batch again, in the same
// order. Order per key holds: a row is marked only when all rows of its key before it are in the
// log, so that a failed one is sent again together with its followers.
class Relay {
  public:
    // `store`, `producer` and what the hooks touch outlive the relay.
    Relay(storage::Store& store, kafka::Producer& producer, IdSource& ids, RelayOptions options,
          Hooks hooks);
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;
    ~Relay();

    void start();
    // Goes on until the outbox is empty or `patience` is over, then ends. What is left stays in the
    // outbox. Idempotent.
    void stop(std::chrono::milliseconds patience = std::chrono::seconds(5));
    // There may be new rows: call it from Store::on_commit. Thread-safe, does not block.
    void wake();

    struct Stats {
        std::int64_t published = 0;  // rows marked
        std::int64_t resent = 0;     // rows given to the broker more than once by this process
        std::int64_t renewals = 0;   // new producer handles after a fatal error or a moved broker
    };
    [[nodiscard]] Stats stats() const;

  private:
    struct Row;
    enum class Pass { kIdle, kMore, kFailed };

    void loop();
    Pass pass();
    bool hold_lease();
    void drop_lease();
    bool know_cluster();
    bool read_rows(std::vector<Row>& rows);
    void deliver(std::vector<Row>& rows);
    bool queue(Row& row);
    void await_deliveries();
    static void hold_back_followers(std::vector<Row>& rows);
    bool mark(const std::vector<Row>& rows, const std::string& cluster);
    void renew();
    void report_depth();
    void sleep(std::chrono::milliseconds wait);
    [[nodiscard]] bool out_of_time() const;
    void log(Hooks::Level level, const std::string& text) const;

    storage::Store& store_;
    kafka::Producer& producer_;
    const RelayOptions options_;
    const Hooks hooks_;
    const std::string holder_;

    std::thread thread_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool woken_ = false;
    bool stopping_ = false;
    std::chrono::steady_clock::time_point stop_at_{};

    // Of the thread.
    std::string cluster_;
    std::set<std::string> warm_topics_;
    std::int64_t lease_until_ms_ = 0;
    std::int64_t last_sent_ = 0;
    std::chrono::steady_clock::time_point depth_at_{};

    std::atomic<std::int64_t> published_{0};
    std::atomic<std::int64_t> resent_{0};
    std::atomic<std::int64_t> renewals_{0};
};

}  // namespace yilian::outbox
