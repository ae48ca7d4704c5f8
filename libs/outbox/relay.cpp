#include "libs/outbox/relay.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "libs/base/failpoint.h"
#include "libs/base/invariant.h"
#include "libs/events/codec.h"
#include "libs/outbox/machine_time.h"
#include "libs/outbox/queries.h"
#include "libs/outbox/rows.h"

namespace yilian::outbox {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLeaseName = "outbox relay";
constexpr const char* kRelayKey = "outbox/relay";
constexpr auto kFirstBackoff = 50ms;

}  // namespace

// A row on its way.
struct Relay::Row {
    std::int64_t position = 0;
    kafka::Record record;
    bool dead_letter = false;
    bool sent = false;  // taken by the producer in this pass
    kafka::Delivery delivery{kafka::Error{kafka::ErrorCode::kPurged, true, false, 0, "not sent"}};

    [[nodiscard]] bool delivered() const { return sent && delivery.error.ok(); }
};

Relay::Relay(storage::Store& store, kafka::Producer& producer, IdSource& ids, RelayOptions options,
             Hooks hooks)
    : store_(store),
      producer_(producer),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      holder_(ids.next_ulid()) {}

Relay::~Relay() { stop(0ms); }

void Relay::start() {
    YILIAN_INVARIANT(!thread_.joinable(), "relay started twice");
    thread_ = std::thread([this] { loop(); });
}

void Relay::stop(std::chrono::milliseconds patience) {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        stop_at_ = std::chrono::steady_clock::now() + patience;
    }
    changed_.notify_all();
    thread_.join();
}

void Relay::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    changed_.notify_all();
}

Relay::Stats Relay::stats() const { return {published_, resent_, renewals_}; }

void Relay::loop() {
    auto backoff = std::chrono::milliseconds(kFirstBackoff);
    while (true) {
        const Pass pass_result = pass();
        report_depth();
        {
            const std::lock_guard lock(mutex_);
            if (stopping_ &&
                (pass_result == Pass::kIdle || std::chrono::steady_clock::now() >= stop_at_)) {
                break;
            }
        }
        if (pass_result == Pass::kMore) {
            backoff = kFirstBackoff;
            continue;
        }
        if (pass_result == Pass::kFailed) {
            sleep(backoff);
            backoff = std::min(backoff * 2, options_.backoff_max);
            continue;
        }
        backoff = kFirstBackoff;
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, options_.idle, [&] { return woken_ || stopping_; });
        woken_ = false;
    }
    producer_.abandon();
    drop_lease();
}

Relay::Pass Relay::pass() {
    if (producer_.needs_renewal()) {
        if (const kafka::Error why = producer_.fatal(); !why.ok()) {
            log(Hooks::Level::kWarn, "producer renewed: " + why.to_string());
        }
        renew();
    }
    if (!hold_lease()) return Pass::kIdle;
    std::vector<Row> rows;
    if (!read_rows(rows)) return Pass::kFailed;
    const bool known = know_cluster();
    if (rows.empty()) return Pass::kIdle;
    if (!known) return Pass::kFailed;
    const std::string cluster = cluster_;  // a renewal on the way clears it
    deliver(rows);
    hold_back_followers(rows);
    const bool all =
        std::all_of(rows.begin(), rows.end(), [](const Row& r) { return r.delivered(); });
    failpoint("after_produce_before_mark");
    if (options_.before_mark && !options_.before_mark()) return Pass::kFailed;
    const bool marked = mark(rows, cluster);
    return all && marked ? Pass::kMore : Pass::kFailed;
}

void Relay::renew() {
    producer_.abandon();
    cluster_.clear();
    warm_topics_.clear();
    ++renewals_;
}

// One process a SQLite file, so there the question does not arise.
bool Relay::hold_lease() {
    if (store_.dialect() == storage::Dialect::kSqlite) return true;
    const std::int64_t now = machine_now_ms();
    if (lease_until_ms_ - now > options_.lease.count() / 2) return true;
    bool held = false;
    const absl::Status status = store_.run({kRelayKey}, [&](storage::Transaction& tx) {
        held = true;
        if (const auto row = tx.select_one(kLease, kLeaseName)) {
            held = row->text(0) == holder_ || row->i64(1) <= now;
        }
        if (held) tx.post(kTakeLease, kLeaseName, holder_, now + options_.lease.count());
    });
    held = held && status.ok();
    lease_until_ms_ = held ? now + options_.lease.count() : 0;
    return held;
}

void Relay::drop_lease() {
    if (lease_until_ms_ == 0) return;
    // A failure only means that others wait until the lease ends.
    (void)store_.run({kRelayKey},
                     [&](storage::Transaction& tx) { tx.post(kDropLease, kLeaseName, holder_); });
}

// Offsets mean nothing without the broker instance they belong to. Positions on another one are
// forgotten as soon as this one is known, so that nobody waits for them to be consumed.
bool Relay::know_cluster() {
    if (!cluster_.empty()) return true;
    const std::string found = producer_.cluster_id(500ms);
    if (found.empty()) return false;
    const absl::Status status = store_.run(
        {kRelayKey}, [&](storage::Transaction& tx) { tx.post(kForgetOtherClusters, found); });
    if (!status.ok()) return false;
    cluster_ = found;
    log(Hooks::Level::kInfo, "relay writes to broker " + cluster_);
    return true;
}

bool Relay::read_rows(std::vector<Row>& rows) {
    const absl::Status status = store_.read([&](storage::Transaction& tx) {
        rows.clear();
        std::size_t bytes = 0;
        for (const storage::Row& stored :
             tx.select(kUnpublished, static_cast<std::int64_t>(options_.batch_rows_max))) {
            const events::Envelope event = envelope_from(stored);
            Row row;
            row.position = stored.i64(0);
            row.record = {stored.text(2), event.partition_key, event.payload, {}, stored.i64(15)};
            row.dead_letter = !stored.null(14);
            row.record.headers =
                row.dead_letter
                    ? events::unpack_headers(stored.bytes(14)).value_or(events::Headers{})
                    : events::to_headers(event);
            rows.push_back(std::move(row));
            bytes += event.payload.size();
            if (bytes >= options_.batch_bytes_max) break;
        }
    });
    return status.ok();
}

void Relay::deliver(std::vector<Row>& rows) {
    // The first record of a topic would wait up to a second for its metadata (librdkafka #5032).
    std::vector<std::string> cold;
    for (const Row& row : rows) {
        if (warm_topics_.insert(row.record.topic).second) cold.push_back(row.record.topic);
    }
    if (!cold.empty()) (void)producer_.warm_up(cold, 500ms);
    for (Row& row : rows) {
        if (planted_bug("event_lost")) {
            row.sent = true;
            row.delivery = {{}, 0, -1};
            continue;
        }
        if (!queue(row)) break;
        if (row.position <= last_sent_) ++resent_;
        last_sent_ = std::max(last_sent_, row.position);
    }
    await_deliveries();
}

bool Relay::queue(Row& row) {
    while (true) {
        const kafka::Error error = producer_.send(
            row.record, [&row](const kafka::Delivery& delivery) { row.delivery = delivery; });
        if (error.ok()) {
            row.sent = true;
            return true;
        }
        if (error.code != kafka::ErrorCode::kQueueFull || producer_.needs_renewal() ||
            out_of_time()) {
            row.delivery.error = error;
            return false;
        }
        producer_.poll(20ms);
    }
}

// The producer keeps trying while the broker is away; only what cannot be cured by waiting ends it.
void Relay::await_deliveries() {
    while (producer_.outstanding() > 0) {
        producer_.poll(20ms);
        if (producer_.outstanding() == 0) break;
        if (producer_.needs_renewal() || out_of_time()) {
            renew();
        }
        report_depth();
    }
}

void Relay::hold_back_followers(std::vector<Row>& rows) {
    std::set<std::pair<std::string, std::string>> broken;
    for (Row& row : rows) {
        const auto key = std::make_pair(row.record.topic, row.record.key);
        if (!row.delivered()) {
            broken.insert(key);
        } else if (broken.contains(key)) {
            row.sent = false;
        }
    }
}

bool Relay::mark(const std::vector<Row>& rows, const std::string& cluster) {
    std::map<kafka::TopicPartition, std::int64_t> last;
    std::int64_t count = 0;
    std::string marks;
    kafka::Error failure;
    for (const Row& row : rows) {
        if (!row.delivered()) {
            if (failure.ok()) failure = row.delivery.error;
            continue;
        }
        ++count;
        marks += fmt::format("{}[{},{},{}]", marks.empty() ? "" : ",", row.position,
                             row.delivery.partition, row.delivery.offset);
        auto& offset = last[{row.record.topic, row.delivery.partition}];
        offset = std::max(offset, row.delivery.offset);
    }
    if (!failure.ok()) log(Hooks::Level::kWarn, "not delivered: " + failure.to_string());
    if (count == 0) return false;
    const std::int64_t now = machine_now_ms();
    const absl::Status status = store_.run({kRelayKey}, [&](storage::Transaction& tx) {
        tx.post(kMarkPublished, "[" + marks + "]", now);
        tx.post(kForgetOtherClusters, cluster);
        for (const auto& [at, offset] : last) {
            tx.post(kRelayPosition, at.topic, at.partition, offset, cluster);
        }
    });
    if (!status.ok()) {
        log(Hooks::Level::kWarn, "published but not marked: " + std::string(status.message()));
        return false;
    }
    published_ += count;
    for (const Row& row : rows) {
        if (row.delivered()) tell(hooks_.published, row.record.topic);
    }
    return true;
}

void Relay::report_depth() {
    const auto now = std::chrono::steady_clock::now();
    if (!hooks_.unpublished || now - depth_at_ < 1s) return;
    depth_at_ = now;
    std::int64_t rows = 0;
    std::int64_t oldest = 0;
    const absl::Status status = store_.read([&](storage::Transaction& tx) {
        const auto row = tx.select_one(kUnpublishedDepth);
        rows = row->i64(0);
        oldest = row->opt_i64(1).value_or(0);
    });
    if (!status.ok()) return;
    const double age = oldest == 0 ? 0 : static_cast<double>(machine_now_ms() - oldest) / 1000;
    hooks_.unpublished(rows, Hooks::Seconds(std::max(age, 0.0)));
}

void Relay::sleep(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [&] { return stopping_; });
}

bool Relay::out_of_time() const {
    const std::lock_guard lock(mutex_);
    return stopping_ && std::chrono::steady_clock::now() >= stop_at_;
}

void Relay::log(Hooks::Level level, const std::string& text) const {
    tell(hooks_.log, level, text);
}

}  // namespace yilian::outbox
