#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "libs/amount/scaled.h"
#include "libs/observe/metrics.h"
#include "libs/storage/store.h"

// Looks at the ledger while the service works (billing.md 10.4): one snapshot at a time, the lines
// of the whole ledger, and every transaction since the last look against the one before it.
namespace yilian::billing::app {

struct ProbeResult {
    std::int64_t sequence = 0;  // last transaction that was looked at
    amount::Fen imbalance{};    // sum of the whole ledger in the snapshot
    std::string broken{};       // first transaction whose lines or hash are wrong, "" when none
    bool complete = true;       // false: more transactions wait for the next look

    [[nodiscard]] bool sound() const { return imbalance.is_zero() && broken.empty(); }
};

// Thread-safe. What was found broken stays so until the service starts again.
class LedgerProbe {
  public:
    explicit LedgerProbe(storage::Store& store) : store_(store) {}

    // One look; at most `most` transactions. Keeps the last result when the database is away. Not
    // on a store thread.
    ProbeResult look(std::int64_t most = 5'000);

    // True once the ledger was seen not to add up.
    [[nodiscard]] std::shared_ptr<const std::atomic<bool>> stopped() const { return stopped_; }

  private:
    void look_at(storage::Transaction& tx, std::int64_t most, ProbeResult& result,
                 std::string& hash) const;

    storage::Store& store_;
    std::shared_ptr<std::atomic<bool>> stopped_ = std::make_shared<std::atomic<bool>>(false);
    std::mutex mutex_;
    ProbeResult last_;
    std::string hash_;  // of last_.sequence
};

// Sets the gauges of the ledger and of the payment clocks before each scrape.
void bind_ledger_metrics(observe::Metrics& metrics, storage::Store& store,
                         const std::shared_ptr<LedgerProbe>& probe);

}  // namespace yilian::billing::app
