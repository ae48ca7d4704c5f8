#include "libs/audit/sealer.h"

#include <pthread.h>

#include "libs/audit/queries.h"
#include "libs/audit/rows.h"

namespace yilian::audit {
namespace {

constexpr const char* kSealKey = "audit/seal";

struct Head {
    std::int64_t sequence = 0;
    std::string chain_hash = chain_start();
};

Head head_of(storage::Transaction& tx) {
    const auto row = tx.select_one(queries::kHead);
    if (!row) return {};
    return {row->i64(0), row->bytes(1)};
}

std::int64_t seal_some(storage::Transaction& tx, std::int64_t rows_max) {
    const storage::Rows rows = tx.select(queries::kUnsealed, rows_max);
    if (rows.empty()) return 0;
    Head head = head_of(tx);
    for (const storage::Row& row : rows) {
        const StoredRow stored = audit_from(row);
        ++head.sequence;
        const std::string hash = row_hash(head.sequence, stored.id, stored.record);
        head.chain_hash = chain_link(head.chain_hash, hash);
        tx.post(queries::kSeal, stored.position, head.sequence, storage::Blob{hash},
                storage::Blob{head.chain_hash});
    }
    return static_cast<std::int64_t>(rows.size());
}

Instant machine_now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

std::optional<Anchor> anchor_head(storage::Transaction& tx,
                                  const std::optional<AnchorSigner>& signer) {
    const Head head = head_of(tx);
    const auto last = tx.select_one(queries::kLastAnchor);
    if (head.sequence == 0 || (last && last->i64(0) >= head.sequence)) return std::nullopt;
    Anchor anchor{head.sequence, head.chain_hash, machine_now(), {}, {}};
    if (signer) {
        anchor.key_id = signer->key_id;
        anchor.signature = signer->sign(anchor_bytes(anchor));
    }
    tx.post(queries::kAppendAnchor, anchor.sequence, storage::Blob{anchor.chain_hash}, anchor.at,
            anchor.key_id, storage::Blob{anchor.signature});
    return anchor;
}

}  // namespace

Sealer::Sealer(storage::Store& store, Options options)
    : store_(store), options_(std::move(options)), last_anchor_(std::chrono::steady_clock::now()) {}

void Sealer::start() {
    thread_ = std::thread([this] { loop(); });
}

void Sealer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Sealer::loop() {
    pthread_setname_np(pthread_self(), "audit-sealer");
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, options_.poll, [this] { return stopping_; })) {
        lock.unlock();
        round(false);
        lock.lock();
    }
    lock.unlock();
    round(true);
}

// An error is an outage: what is not sealed now is sealed later, and the metric shows its age.
void Sealer::round(bool anchor_too) {
    const auto sealed = seal_now();
    if (!sealed.ok()) return;
    rows_since_anchor_ += *sealed;
    if (!anchor_too && !anchor_due()) return;
    const auto anchor = anchor_now();
    if (!anchor.ok()) return;
    rows_since_anchor_ = 0;
    last_anchor_ = std::chrono::steady_clock::now();
}

bool Sealer::anchor_due() {
    const auto age = std::chrono::steady_clock::now() - last_anchor_;
    return rows_since_anchor_ >= options_.anchor_rows ||
           (rows_since_anchor_ > 0 && age >= options_.anchor_every);
}

absl::StatusOr<std::int64_t> Sealer::seal_now() {
    std::int64_t total = 0;
    for (;;) {
        std::int64_t sealed = 0;
        absl::Status status = store_.run({kSealKey}, [&](storage::Transaction& tx) {
            sealed = seal_some(tx, options_.rows_max);
        });
        if (!status.ok()) return status;
        total += sealed;
        if (sealed < options_.rows_max) return total;
    }
}

absl::StatusOr<std::optional<Anchor>> Sealer::anchor_now() {
    std::optional<Anchor> anchor;
    absl::Status status = store_.run(
        {kSealKey}, [&](storage::Transaction& tx) { anchor = anchor_head(tx, options_.signer); });
    if (!status.ok()) return status;
    if (anchor && options_.on_anchor) options_.on_anchor(*anchor);
    return anchor;
}

Unsealed unsealed(storage::Transaction& tx) {
    const storage::Row row = tx.select(queries::kOldestUnsealed).at(0);
    return {row.i64(0), row.opt_instant(1)};
}

}  // namespace yilian::audit
