#include "libs/outbox/rebuild.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "libs/outbox/queries.h"

namespace yilian::outbox {
namespace {

using namespace std::chrono_literals;
using History = std::vector<events::Envelope>;

constexpr std::int64_t kPage = 1000;
// All is read before the transaction begins; more than this would not fit a process of ours.
constexpr std::size_t kBytesMax = std::size_t{1} << 30U;

std::map<std::string, std::set<std::string>> types_by_topic(const Projection& projection) {
    std::map<std::string, std::set<std::string>> result;
    for (const std::string& type : projection.types) result[events::topic_of(type)].insert(type);
    return result;
}

std::string common_prefix(const std::set<std::string>& types) {
    // Sorted: what the first and the last share, all share.
    const auto [first, last] = std::mismatch(types.begin()->begin(), types.begin()->end(),
                                             types.rbegin()->begin(), types.rbegin()->end());
    return {types.begin()->begin(), first};
}

absl::Status too_large() {
    return absl::ResourceExhaustedError("the history of this projection is too large to rebuild");
}

absl::StatusOr<History> from_owner(const std::string& topic, const std::set<std::string>& types,
                                   ReplayClient* replay, const std::atomic<bool>& stop) {
    if (replay == nullptr) return absl::UnavailableError("no way to ask the owner");
    History history;
    std::size_t bytes = 0;
    ReplayRange range;
    range.limit = kPage;
    range.type_prefix = common_prefix(types);
    while (!stop) {
        auto page = replay->by_position(events::service_of(topic), range);
        if (!page.ok()) return page.status();
        if (page->empty()) return history;
        range.after_position = page->back().position;
        for (StoredEvent& stored : *page) {
            if (!types.contains(stored.event.type)) continue;
            bytes += stored.event.payload.size();
            history.push_back(std::move(stored.event));
        }
        if (bytes > kBytesMax) return too_large();
    }
    return absl::AbortedError("stopped");
}

struct Reach {
    std::map<kafka::TopicPartition, std::int64_t> open;  // next offset that need not be read
    std::string cluster_id;
};

absl::StatusOr<Reach> reach_of(const std::string& topic, const std::string& consumer,
                               storage::Store& store) {
    Reach reach;
    const absl::Status status = store.read([&](storage::Transaction& tx) {
        reach = {};
        for (const storage::Row& row : tx.select(kStreams, consumer)) {
            if (row.text(0) != topic || row.i64(2) == 0) continue;
            reach.open[{topic, static_cast<std::int32_t>(row.i64(1))}] = row.i64(2);
            reach.cluster_id = row.text(3);
        }
    });
    if (!status.ok()) return status;
    return reach;
}

// Reads each partition from offset 0 up to where the consumer stands.
absl::StatusOr<History> from_topic(const std::string& topic, const std::set<std::string>& types,
                                   const ConsumerOptions& options, const Applier& applier,
                                   storage::Store& store, const std::atomic<bool>& stop) {
    auto reach = reach_of(topic, options.name, store);
    if (!reach.ok()) return reach.status();
    kafka::Consumer reader{{.connection = options.connection,
                            .group = options.name + ".rebuild",
                            .fetch_wait_ms = options.fetch_wait_ms}};
    if (const kafka::Error error = reader.open(); !error.ok()) {
        return absl::UnavailableError(error.to_string());
    }
    if (!reach->open.empty() && reader.cluster_id(5s) != reach->cluster_id) {
        return absl::FailedPreconditionError(topic + ": another broker than the one consumed");
    }
    std::vector<kafka::StartOffset> starts;
    for (const auto& [at, end] : reach->open) starts.push_back({at, 0});
    if (const kafka::Error error = reader.assign(starts); !error.ok()) {
        return absl::UnavailableError(error.to_string());
    }
    History history;
    std::size_t bytes = 0;
    auto patience = std::chrono::steady_clock::now() + 30s;
    while (!reach->open.empty() && !stop) {
        kafka::Polled polled = reader.poll(50ms);
        if (polled.kind == kafka::Polled::Kind::kOffsetLost) {
            return absl::FailedPreconditionError(topic + ": no longer holds its whole history");
        }
        if (std::chrono::steady_clock::now() > patience) {
            return absl::UnavailableError(topic + ": broker does not answer");
        }
        if (polled.kind != kafka::Polled::Kind::kMessage) continue;
        patience = std::chrono::steady_clock::now() + 30s;
        kafka::Received& record = polled.message;
        const auto open = reach->open.find(record.at);
        if (open == reach->open.end()) continue;
        if (record.offset + 1 >= open->second) reach->open.erase(open);
        Incoming incoming;
        incoming.topic = topic;
        incoming.headers = std::move(record.headers);
        incoming.key = std::move(record.key);
        incoming.value = std::move(record.value);
        applier.decode(incoming);
        if (!incoming.event.ok() || !types.contains(incoming.event->type)) continue;
        bytes += incoming.event->payload.size();
        if (bytes > kBytesMax) return too_large();
        history.push_back(*std::move(incoming.event));
    }
    if (stop) return absl::AbortedError("stopped");
    return history;
}

// The consumer's own view: an event counts when its sequence is behind the progress of its
// aggregate. What is newer comes by the ordinary way.
class Seen {
  public:
    Seen(storage::Transaction& tx, const std::string& consumer, const std::string& topic) {
        for (const storage::Row& row : tx.select(kLastSequences, consumer, topic)) {
            last_[row.text(0)] = row.i64(1);
        }
    }
    [[nodiscard]] bool holds(const events::Envelope& event) {
        const auto last = last_.find(event.subject);
        return last != last_.end() && event.sequence <= last->second &&
               done_.insert(event.id).second;  // a topic may hold an event twice
    }

  private:
    std::map<std::string, std::int64_t> last_;
    std::set<std::string> done_;
};

void build(storage::Transaction& tx, const Projection& projection, const Applier& applier,
           const std::map<std::string, History>& histories, RebuildReport& report) {
    report = {};
    report.projection = projection.name;
    const ProjectionDigest before = digest_of(tx, projection);
    report.rows_before = before.rows;
    report.digest_before = before.sha256;
    for (const ProjectionTable& table : projection.tables) tx.run(table.clear);
    for (const auto& [topic, history] : histories) {
        Seen seen(tx, applier.consumer(), topic);
        for (const events::Envelope& event : history) {
            if (!seen.holds(event)) continue;
            try {
                applier.project(tx, event);
            } catch (const PoisonEvent& poison) {
                throw storage::Rollback(absl::FailedPreconditionError(fmt::format(
                    "event {} of the history is poison: {}", event.id, poison.reason())));
            }
            ++report.applied_events;
        }
    }
    const ProjectionDigest after = digest_of(tx, projection);
    report.rows_after = after.rows;
    report.digest_after = after.sha256;
}

}  // namespace

absl::StatusOr<RebuildReport> rebuild_projection(const Projection& projection, RebuildSource source,
                                                 const ConsumerOptions& options,
                                                 const Applier& applier, storage::Store& store,
                                                 ReplayClient* replay,
                                                 const std::function<bool()>& hold,
                                                 const std::function<void()>& release,
                                                 const std::atomic<bool>& stop) {
    for (const std::string& type : projection.types) {
        if (!applier.handles(type)) {
            return absl::InvalidArgumentError("no handler for " + type);
        }
    }
    if (!hold()) return absl::AbortedError("stopped");
    std::map<std::string, History> histories;
    absl::Status status;
    for (const auto& [topic, types] : types_by_topic(projection)) {
        auto history = source == RebuildSource::kOwnerLog
                           ? from_owner(topic, types, replay, stop)
                           : from_topic(topic, types, options, applier, store, stop);
        if (!history.ok()) {
            status = history.status();
            break;
        }
        histories[topic] = *std::move(history);
    }
    RebuildReport report;
    if (status.ok()) {
        status = store.run({"rebuild/" + projection.name}, [&](storage::Transaction& tx) {
            build(tx, projection, applier, histories, report);
        });
    }
    release();
    if (!status.ok()) return status;
    return report;
}

}  // namespace yilian::outbox
