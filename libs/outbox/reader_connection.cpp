#include <fmt/format.h>

#include <algorithm>

#include "libs/base/failpoint.h"
#include "libs/outbox/queries.h"
#include "libs/outbox/reader.h"

// The half of Reader that deals with the broker: connecting, starting positions, the loop.
namespace yilian::outbox {
namespace {

using namespace std::chrono_literals;

kafka::ConsumerOptions kafka_options(const ConsumerOptions& options) {
    kafka::ConsumerOptions made;
    made.connection = options.connection;
    made.group = options.name;
    made.fetch_wait_ms = options.fetch_wait_ms;
    made.session_timeout_ms = options.session_timeout_ms;
    return made;
}

}  // namespace

Reader::Reader(const ConsumerOptions& options, const Applier& applier, Units& units,
               storage::Store& store, Requests requests, Hooks hooks)
    : options_(options),
      applier_(applier),
      units_(units),
      store_(store),
      requests_(std::move(requests)),
      hooks_(std::move(hooks)),
      consumer_(kafka_options(options)) {}

void Reader::start() {
    thread_ = std::thread([this] { loop(); });
}

void Reader::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Reader::loop() {
    while (!stopping_) {
        if (obey_hold()) continue;
        if (!consumer_.is_open() && !connect()) {
            pause_here(200ms);
            continue;
        }
        step();
    }
    disconnect();
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
}

void Reader::step() {
    collect();
    tend();
    const auto now = Steady::now();
    if (now >= renewal_at_) {
        renewal_at_ = now + 200ms;
        if (consumer_.needs_renewal()) {
            log(Hooks::Level::kInfo, "the broker has moved or the handle is broken: reconnecting");
            disconnect();
            return;
        }
    }
    if (in_flight_ >= options_.in_flight_max) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, 20ms, [&] { return !ended_.empty(); });
        return;
    }
    kafka::Polled polled = consumer_.poll(poll_wait());
    switch (polled.kind) {
        case kafka::Polled::Kind::kMessage:
            busy_at_ = Steady::now();
            on_message(std::move(polled.message));
            break;
        case kafka::Polled::Kind::kOffsetLost:
            on_lost(polled.at);
            break;
        case kafka::Polled::Kind::kError:
            complain(polled.error.to_string());
            break;
        case kafka::Polled::Kind::kNothing:
            flush_skipped();
            break;
    }
    tell_offsets(false);
}

bool Reader::connect() {
    if (const kafka::Error error = consumer_.open(); !error.ok()) {
        complain(error.to_string());
        return false;
    }
    cluster_ = consumer_.cluster_id(1s);
    const auto counts = cluster_.empty() ? kafka::Consumer::Counts{}
                                         : consumer_.partition_counts(applier_.topics(), 3s);
    missing_topics_.clear();
    std::map<std::string, std::int32_t> present;
    for (const auto& [topic, count] : counts.counts) {
        if (count > 0) {
            present[topic] = count;
        } else {
            missing_topics_.insert(topic);
        }
    }
    const bool ok = !cluster_.empty() && counts.error.ok() && ensure_rows(present) &&
                    (options_.use_group ? begin_group() : begin_manual(present));
    if (ok) {
        connected_at_ = busy_at_ = Steady::now();
        log(Hooks::Level::kInfo, options_.name + " reads from broker " + cluster_);
        return true;
    }
    complain(cluster_.empty() ? "broker does not answer" : counts.error.to_string());
    disconnect();
    return false;
}

void Reader::disconnect() {
    if (!consumer_.is_open()) return;
    wait_in_flight([&] { return in_flight_ == 0; });
    tell_offsets(true);
    // Leaves the group, which may call on_revoked().
    consumer_.close();
    flows_.clear();
    const std::lock_guard lock(mutex_);
    restarts_.clear();
}

std::optional<Reader::Positions> Reader::load_positions() {
    Positions positions;
    const absl::Status status = store_.read([&](storage::Transaction& tx) {
        positions.clear();
        for (const storage::Row& row : tx.select(kStreams, options_.name)) {
            positions[{row.text(0), static_cast<std::int32_t>(row.i64(1))}] = {row.i64(2),
                                                                               row.text(3)};
        }
    });
    if (!status.ok()) return std::nullopt;
    return positions;
}

// A row for each partition from the start, so that status shows what is still to be read.
bool Reader::ensure_rows(const std::map<std::string, std::int32_t>& counts) {
    return store_
        .run({options_.name + "/streams"},
             [&](storage::Transaction& tx) {
                 for (const auto& [topic, count] : counts) {
                     for (std::int32_t p = 0; p < count; ++p) {
                         tx.post(kEnsureStream, options_.name, topic, p, cluster_);
                     }
                 }
             })
        .ok();
}

bool Reader::begin_manual(const std::map<std::string, std::int32_t>& counts) {
    const auto positions = load_positions();
    if (!positions) return false;
    std::vector<kafka::StartOffset> starts;
    std::map<std::string, std::vector<std::int32_t>> lost;
    for (const auto& [topic, count] : counts) {
        for (std::int32_t p = 0; p < count; ++p) {
            const kafka::TopicPartition at{topic, p};
            const auto found = positions->find(at);
            const Position position =
                found == positions->end() ? Position{0, cluster_} : found->second;
            if (position.cluster_id != cluster_) {
                lost[topic].push_back(p);
                continue;
            }
            flows_[at] = Flow::from(position.next_offset);
            starts.push_back({at, position.next_offset});
        }
    }
    if (!consumer_.seek(starts).ok()) return false;
    for (auto& [topic, partitions] : lost) {
        log(Hooks::Level::kWarn, topic + ": another broker; missing events come from the owner");
        requests_.lost(topic, std::move(partitions));
    }
    return true;
}

bool Reader::begin_group() {
    return consumer_
        .subscribe(applier_.topics(),
                   {.assigned = [this](const auto& given) { return on_assigned(given); },
                    .revoked = [this](const auto& taken) { on_revoked(taken); }})
        .ok();
}

std::vector<kafka::StartOffset> Reader::on_assigned(
    const std::vector<kafka::TopicPartition>& given) {
    std::optional<Positions> positions = load_positions();
    while (!positions && !stopping_) {
        pause_here(100ms);
        positions = load_positions();
    }
    std::vector<kafka::StartOffset> starts;
    std::set<std::string> lost;
    for (const kafka::TopicPartition& at : given) {
        if (!positions) break;
        const auto found = positions->find(at);
        const Position position = found == positions->end() ? Position{0, cluster_} : found->second;
        if (position.cluster_id == cluster_) {
            flows_[at] = Flow::from(position.next_offset);
            starts.push_back({at, position.next_offset});
            continue;
        }
        // The group waits for us, so the topic goes on at once; what is missing follows.
        while (!reset_rows(at.topic, {at.partition}) && !stopping_) pause_here(100ms);
        flows_[at] = Flow{};
        starts.push_back({at, kafka::StartOffset::kBeginning});
        lost.insert(at.topic);
    }
    for (const std::string& topic : lost) requests_.lost(topic, {});
    return starts;
}

void Reader::on_revoked(const std::vector<kafka::TopicPartition>& taken) {
    wait_in_flight([&] {
        return std::all_of(taken.begin(), taken.end(), [&](const auto& at) {
            const auto found = flows_.find(at);
            return found == flows_.end() || found->second.in_flight == 0;
        });
    });
    tell_offsets(true);
    for (const kafka::TopicPartition& at : taken) flows_.erase(at);
}

void Reader::look_for_missing_topics() {
    missing_at_ = Steady::now() + 1s;
    const std::vector<std::string> wanted(missing_topics_.begin(), missing_topics_.end());
    const auto counts = consumer_.partition_counts(wanted, 500ms);
    std::map<std::string, std::int32_t> present;
    for (const auto& [topic, count] : counts.counts) {
        if (count > 0) present[topic] = count;
    }
    if (present.empty() || !ensure_rows(present)) return;
    if (!options_.use_group && !begin_manual(present)) return;
    for (const auto& [topic, count] : present) missing_topics_.erase(topic);
}

void Reader::tell_offsets(bool now) {
    const auto at_time = Steady::now();
    if (!now && at_time - told_at_ < 1s) return;
    told_at_ = at_time;
    std::map<kafka::TopicPartition, std::int64_t> offsets;
    for (auto& [at, flow] : flows_) {
        if (flow.done > flow.told) offsets[at] = flow.done;
    }
    if (offsets.empty()) return;
    failpoint("before_offset_commit");
    if (options_.before_offset_commit && !options_.before_offset_commit()) return;
    consumer_.commit(offsets);
    for (const auto& [at, offset] : offsets) flows_.at(at).told = offset;
}

bool Reader::obey_hold() {
    std::unique_lock lock(mutex_);
    if (holds_ == 0) return false;
    lock.unlock();
    if (consumer_.is_open()) wait_in_flight([&] { return in_flight_ == 0; });
    lock.lock();
    held_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return holds_ == 0 || stopping_; });
    held_ = false;
    return true;
}

bool Reader::hold() {
    std::unique_lock lock(mutex_);
    ++holds_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return held_ || stopping_; });
    if (held_ && !stopping_) return true;
    --holds_;
    return false;
}

void Reader::release() {
    const std::lock_guard lock(mutex_);
    --holds_;
    changed_.notify_all();
}

void Reader::pause_here(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [&] { return stopping_ || holds_ > 0; });
}

// What repeats is said once in ten seconds.
void Reader::complain(const std::string& text) {
    const auto now = Steady::now();
    if (now - complained_at_ < 10s) return;
    complained_at_ = now;
    log(Hooks::Level::kWarn, text);
}

void Reader::log(Hooks::Level level, const std::string& text) const {
    tell(hooks_.log, level, text);
}

}  // namespace yilian::outbox
