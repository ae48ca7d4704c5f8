#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/audit/chain.h"
#include "libs/storage/store.h"

namespace yilian::audit {

// Signs anchors; without one they are kept unsigned.
struct AnchorSigner {
    std::string key_id;
    std::function<std::string(std::string_view bytes)> sign;  // thread-safe
};

// Chains the rows that acts have appended: gives each the next sequence number, its hash and the
// link to the row before. One sealer works at a time (a lock key), whatever the number of writers
// and processes, so the chain cannot fork; rows are sealed in the order of their positions as far
// as they are committed. Rows wait unsealed for about `poll`.
class Sealer {
  public:
    struct Options {
        std::chrono::milliseconds poll{1000};
        std::int64_t rows_max = 256;            // rows in one unit of work
        std::int64_t anchor_rows = 10'000;      // a new anchor after so many rows …
        std::chrono::seconds anchor_every{60};  // … or so much time, when there are new rows
        std::optional<AnchorSigner> signer{};
        // Called after an anchor has committed, on the sealer's thread: publish it elsewhere.
        std::function<void(const Anchor&)> on_anchor{};
    };
    Sealer(storage::Store& store, Options options);
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;
    ~Sealer() { stop(); }

    // After Store::start(): seals on a thread of its own.
    void start();
    // Before Store::stop(): seals and anchors what is there, then ends the thread.
    void stop();

    // Seals everything committed so far; how many rows. Not on a store thread.
    [[nodiscard]] absl::StatusOr<std::int64_t> seal_now();
    // Anchors the head if it is newer than the last anchor; nothing otherwise.
    [[nodiscard]] absl::StatusOr<std::optional<Anchor>> anchor_now();

  private:
    void loop();
    void round(bool anchor_too);
    [[nodiscard]] bool anchor_due();

    storage::Store& store_;
    const Options options_;
    std::chrono::steady_clock::time_point last_anchor_;
    std::int64_t rows_since_anchor_ = 0;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

// For the metric audit_chain_head_age_seconds: the oldest row that is not sealed yet.
struct Unsealed {
    std::int64_t rows = 0;
    std::optional<Instant> oldest;  // business clock
};
[[nodiscard]] Unsealed unsealed(storage::Transaction& tx);

}  // namespace yilian::audit
