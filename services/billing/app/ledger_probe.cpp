#include "services/billing/app/ledger_probe.h"

#include <cstdlib>

#include "libs/crypto/digest.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/queries.h"
#include "services/billing/store/supervision_queries.h"

namespace yilian::billing::app {
namespace {

struct ClockCounts {
    std::int64_t running = 0;
    std::int64_t warned = 0;
    std::int64_t overdue = 0;
};

ClockCounts clocks_of(storage::Transaction& tx) {
    ClockCounts counts;
    for (const storage::Row& row : tx.select(store::kPaymentClocks)) {
        if (row.flag(0)) {
            ++counts.overdue;
        } else if (row.flag(1)) {
            ++counts.warned;
        } else {
            ++counts.running;
        }
    }
    return counts;
}

}  // namespace

void LedgerProbe::look_at(storage::Transaction& tx, std::int64_t most, ProbeResult& result,
                          std::string& hash) const {
    result.imbalance = store::ledger_sum(tx);
    const auto rows = tx.select(store::kAllTransactions, result.sequence, most);
    for (const storage::Row& row : rows) {
        const store::TransactionRow t = store::transaction_of(tx, row);
        const bool good =
            t.sequence == result.sequence + 1 && t.previous_hash == hash &&
            t.hash == crypto::sha256_hex(t.previous_hash + canonical_bytes(t.transaction)) &&
            t.transaction.lines.size() >= 2 && sum_of(t.transaction.lines).is_zero();
        if (!good && result.broken.empty()) result.broken = t.transaction.id;
        result.sequence = t.sequence;
        hash = t.hash;
    }
    result.complete = static_cast<std::int64_t>(rows.size()) < most;
}

ProbeResult LedgerProbe::look(std::int64_t most) {
    const std::lock_guard lock(mutex_);
    ProbeResult result;
    std::string hash;
    const auto status = store_.read([&](storage::Transaction& tx) {
        // A read may run again after a lost connection.
        result = last_;
        hash = hash_;
        look_at(tx, most, result, hash);
    });
    if (!status.ok()) return last_;
    last_ = result;
    hash_ = hash;
    if (!result.sound()) *stopped_ = true;
    return result;
}

void bind_ledger_metrics(observe::Metrics& metrics, storage::Store& store,
                         const std::shared_ptr<LedgerProbe>& probe) {
    const observe::Gauge imbalance = metrics.ledger_imbalance_fen();
    const observe::Gauge running = metrics.payment_clock_payments("running");
    const observe::Gauge warned = metrics.payment_clock_payments("warned");
    const observe::Gauge overdue = metrics.payment_clock_payments("overdue");
    imbalance.set(0);
    metrics.before_scrape([=, &store] {
        const ProbeResult result = probe->look();
        // A broken chain with a sum of zero must be seen as well.
        const std::int64_t off = std::abs(result.imbalance.raw());
        imbalance.set(off == 0 && !result.broken.empty() ? 1 : off);
        ClockCounts counts;
        const auto status = store.read([&](storage::Transaction& tx) { counts = clocks_of(tx); });
        if (!status.ok()) return;
        running.set(counts.running);
        warned.set(counts.warned);
        overdue.set(counts.overdue);
    });
}

}  // namespace yilian::billing::app
