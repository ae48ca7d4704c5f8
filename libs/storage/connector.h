#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "libs/storage/session.h"
#include "libs/storage/store.h"

namespace yilian::storage {

// What the workers of one store count; read by Store::stats().
struct Counters {
    std::atomic<std::int64_t> commits{0};
    std::atomic<std::int64_t> units{0};
    std::atomic<std::int64_t> failed{0};
    std::atomic<std::int64_t> retried{0};
    std::atomic<std::int64_t> expired{0};
    std::atomic<std::int64_t> in_doubt{0};
    std::atomic<std::int64_t> reads{0};
    std::atomic<std::int64_t> reconnects{0};
};

// The connection of one worker and how long an outage is borne (StoreOptions::outage_patience).
// A broken connection is destroyed and a new one opened in its place. Used on the worker's thread.
class Connector {
  public:
    Connector(OpenSession open, std::chrono::milliseconds patience,
              const std::atomic<bool>& stopping, Counters& counters)
        : open_(std::move(open)), patience_(patience), stopping_(stopping), counters_(counters) {}

    // The first connection; no patience: throws StorageError.
    void open_now() { session_ = open_(); }
    // A usable session, or nullptr when the database is away right now; why() tells the reason
    // then.
    [[nodiscard]] Session* acquire();
    // A transaction came through: the outage, if there was one, is over.
    void good() { down_since_.reset(); }
    // What the last failure was.
    void note(const std::string& why) { why_ = why; }
    // After a failure of kind kConnection: true, after a short wait, when the work should be tried
    // again; false when patience is used up.
    [[nodiscard]] bool bear();
    [[nodiscard]] const std::string& why() const { return why_; }
    void close() { session_.reset(); }

  private:
    OpenSession open_;
    std::chrono::milliseconds patience_;
    const std::atomic<bool>& stopping_;
    Counters& counters_;
    std::unique_ptr<Session> session_;
    std::optional<std::chrono::steady_clock::time_point> down_since_;
    std::string why_;
};

// Sets the worker mark that on_store_thread() reads, and the thread's name.
void enter_store_thread(const char* name);

}  // namespace yilian::storage
