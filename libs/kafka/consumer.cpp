#include "libs/kafka/consumer.h"

#include <algorithm>
#include <set>

#include "libs/base/invariant.h"
#include "libs/kafka/native.h"

namespace yilian::kafka {
namespace {

native::PartitionList list_of(const std::vector<TopicPartition>& partitions) {
    native::PartitionList list(
        rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const TopicPartition& at : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition);
    }
    return list;
}

native::PartitionList list_of(const std::vector<StartOffset>& starts) {
    native::PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(starts.size())));
    for (const StartOffset& start : starts) {
        auto* entry = rd_kafka_topic_partition_list_add(list.get(), start.at.topic.c_str(),
                                                        start.at.partition);
        entry->offset = start.offset;
    }
    return list;
}

std::vector<TopicPartition> partitions_of(const rd_kafka_topic_partition_list_t* list) {
    std::vector<TopicPartition> partitions;
    for (int i = 0; list != nullptr && i < list->cnt; ++i) {
        partitions.push_back({list->elems[i].topic, list->elems[i].partition});
    }
    return partitions;
}

Headers headers_of(const rd_kafka_message_t* message) {
    Headers headers;
    rd_kafka_headers_t* raw = nullptr;
    if (rd_kafka_message_headers(message, &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(raw, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
        headers.emplace_back(
            name, std::string(static_cast<const char*>(value), value == nullptr ? 0 : size));
    }
    return headers;
}

std::optional<std::string> text_of(const void* data, std::size_t size) {
    if (data == nullptr) return std::nullopt;
    return std::string(static_cast<const char*>(data), size);
}

Polled polled_error(const rd_kafka_message_t* message) {
    Polled polled;
    const char* text = rd_kafka_message_errstr(message);
    polled.error = error_from(message->err, text == nullptr ? "" : text);
    polled.kind = Polled::Kind::kError;
    if (polled.error.code == ErrorCode::kOffsetOutOfRange && message->rkt != nullptr) {
        polled.kind = Polled::Kind::kOffsetLost;
        polled.at = {rd_kafka_topic_name(message->rkt), message->partition};
    }
    return polled;
}

}  // namespace

// Derives from Hooks because librdkafka hands one opaque pointer to all callbacks.
struct Consumer::Handle : Hooks {
    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (raw != nullptr) rd_kafka_destroy_flags(raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }

    // rd_kafka_rebalance_protocol is not asked here: it can hang at close (librdkafka #4041).
    static void on_rebalance(rd_kafka_t* raw, rd_kafka_resp_err_t what,
                             rd_kafka_topic_partition_list_t* list, void* opaque) {
        auto& handle = *static_cast<Handle*>(static_cast<Hooks*>(opaque));
        const std::vector<TopicPartition> partitions = partitions_of(list);
        if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
            handle.paused.clear();
            (void)handle.start(handle.rebalance.assigned(partitions));
            return;
        }
        handle.rebalance.revoked(partitions);
        handle.positions.clear();
        rd_kafka_assign(raw, nullptr);
    }

    // Replaces the assignment; what was paused stays so.
    Error start(const std::vector<StartOffset>& starts) {
        positions.clear();
        for (const StartOffset& start : starts) positions[start.at] = start.offset;
        const rd_kafka_resp_err_t native = rd_kafka_assign(raw, list_of(starts).get());
        if (native == RD_KAFKA_RESP_ERR_NO_ERROR && !paused.empty()) {
            rd_kafka_pause_partitions(
                raw, list_of(std::vector<TopicPartition>(paused.begin(), paused.end())).get());
        }
        return error_from(native);
    }

    rd_kafka_t* raw = nullptr;
    std::string bootstrap;
    Rebalance rebalance;
    std::map<TopicPartition, std::int64_t> positions;  // next offset of each assigned partition
    std::set<TopicPartition> paused;
};

Consumer::Consumer(ConsumerOptions options) : options_(std::move(options)) {}

Consumer::~Consumer() { close(); }

Error Consumer::open() {
    if (handle_ != nullptr) return {};
    const std::string bootstrap = options_.connection.address.current();
    if (bootstrap.empty()) {
        return {ErrorCode::kUnreachable, true, false, RD_KAFKA_RESP_ERR__RESOLVE,
                "no broker address yet"};
    }
    auto handle = std::make_unique<Handle>();
    static_cast<Hooks&>(*handle) = options_.connection.hooks;
    native::Settings settings(options_.connection, bootstrap, *handle);
    settings.set("group.id", options_.group);
    settings.set("enable.auto.commit", "false");
    settings.set("enable.auto.offset.store", "false");
    settings.set("auto.offset.reset", "error");
    settings.set("enable.partition.eof", "false");
    // Cooperative assignors of 2.0.2 get stuck or resume from an old position (traps.md 3).
    settings.set("partition.assignment.strategy", "range");
    settings.set("session.timeout.ms", std::to_string(options_.session_timeout_ms));
    settings.set("heartbeat.interval.ms",
                 std::to_string(std::min(3000, options_.session_timeout_ms / 3)));
    settings.set("fetch.wait.max.ms", std::to_string(options_.fetch_wait_ms));
    settings.set("fetch.error.backoff.ms", "100");
    settings.set("queued.max.messages.kbytes", "16384");
    settings.set("allow.auto.create.topics", "false");
    rd_kafka_conf_set_rebalance_cb(settings.raw(), Handle::on_rebalance);
    handle->raw = settings.make(RD_KAFKA_CONSUMER);
    if (handle->raw == nullptr) return settings.error();
    rd_kafka_poll_set_consumer(handle->raw);
    handle->bootstrap = bootstrap;
    handle_ = std::move(handle);
    return {};
}

void Consumer::close(std::chrono::milliseconds wait) {
    if (handle_ == nullptr) return;
    const auto until = std::chrono::steady_clock::now() + wait;
    bool closed = false;
    {
        const native::Queue queue(rd_kafka_queue_new(handle_->raw));
        const native::KafkaError failed(rd_kafka_consumer_close_queue(handle_->raw, queue.get()));
        closed = failed != nullptr;
        while (!closed && std::chrono::steady_clock::now() < until) {
            // Serves the rebalance callback of the last revocation.
            const native::Event event(rd_kafka_queue_poll(queue.get(), 20));
            if (event != nullptr && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) {
                Handle::on_rebalance(handle_->raw, rd_kafka_event_error(event.get()),
                                     rd_kafka_event_topic_partition_list(event.get()),
                                     static_cast<Hooks*>(handle_.get()));
            }
            closed = rd_kafka_consumer_closed(handle_->raw) != 0;
        }
    }
    if (!closed) {
        const auto& log = options_.connection.hooks.log;
        if (log) log(3, "consumer close did not end in time; handle abandoned");
        (void)handle_.release();
        return;
    }
    handle_.reset();
}

bool Consumer::needs_renewal() const {
    if (handle_ == nullptr) return false;
    if (!native::fatal_error(handle_->raw).ok()) return true;
    const std::string now = options_.connection.address.current();
    return !now.empty() && now != handle_->bootstrap;
}

Error Consumer::assign(const std::vector<StartOffset>& starts) {
    YILIAN_INVARIANT(handle_ != nullptr, "assign on a closed consumer");
    handle_->paused.clear();
    return handle_->start(starts);
}

Error Consumer::subscribe(const std::vector<std::string>& topics, Rebalance rebalance) {
    YILIAN_INVARIANT(handle_ != nullptr, "subscribe on a closed consumer");
    handle_->rebalance = std::move(rebalance);
    native::PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
    for (const std::string& topic : topics) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    }
    return error_from(rd_kafka_subscribe(handle_->raw, list.get()));
}

Polled Consumer::poll(std::chrono::milliseconds wait) {
    YILIAN_INVARIANT(handle_ != nullptr, "poll on a closed consumer");
    const native::Message message(
        rd_kafka_consumer_poll(handle_->raw, static_cast<int>(wait.count())));
    if (message == nullptr) return {};
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return polled_error(message.get());
    Polled polled;
    polled.kind = Polled::Kind::kMessage;
    polled.message.at = {rd_kafka_topic_name(message->rkt), message->partition};
    polled.message.offset = message->offset;
    handle_->positions[polled.message.at] = message->offset + 1;
    polled.message.key = text_of(message->key, message->key_len);
    polled.message.value = text_of(message->payload, message->len);
    polled.message.headers = headers_of(message.get());
    polled.message.timestamp_ms = rd_kafka_message_timestamp(message.get(), nullptr);
    return polled;
}

Error Consumer::pause(const std::vector<TopicPartition>& partitions) {
    YILIAN_INVARIANT(handle_ != nullptr, "pause on a closed consumer");
    handle_->paused.insert(partitions.begin(), partitions.end());
    return error_from(rd_kafka_pause_partitions(handle_->raw, list_of(partitions).get()));
}

Error Consumer::resume(const std::vector<TopicPartition>& partitions) {
    YILIAN_INVARIANT(handle_ != nullptr, "resume on a closed consumer");
    for (const TopicPartition& at : partitions) handle_->paused.erase(at);
    return error_from(rd_kafka_resume_partitions(handle_->raw, list_of(partitions).get()));
}

Error Consumer::seek(const std::vector<StartOffset>& starts) {
    YILIAN_INVARIANT(handle_ != nullptr, "seek on a closed consumer");
    // By a new assignment: rd_kafka_seek_partitions does nothing for a partition whose reading has
    // stopped at a lost offset, and counts its time-out wrongly (librdkafka #4230).
    std::map<TopicPartition, std::int64_t> positions = handle_->positions;
    for (const StartOffset& start : starts) positions[start.at] = start.offset;
    std::vector<StartOffset> all;
    for (const auto& [at, offset] : positions) all.push_back({at, offset});
    return handle_->start(all);
}

void Consumer::commit(const std::map<TopicPartition, std::int64_t>& next_offsets) {
    if (handle_ == nullptr || next_offsets.empty()) return;
    std::vector<StartOffset> entries;
    for (const auto& [at, offset] : next_offsets) entries.push_back({at, offset});
    (void)rd_kafka_commit(handle_->raw, list_of(entries).get(), 1);
}

std::string Consumer::cluster_id(std::chrono::milliseconds wait) {
    YILIAN_INVARIANT(handle_ != nullptr, "cluster_id on a closed consumer");
    return native::cluster_id(handle_->raw, handle_->bootstrap, wait);
}

Consumer::Counts Consumer::partition_counts(const std::vector<std::string>& topics,
                                            std::chrono::milliseconds wait) {
    YILIAN_INVARIANT(handle_ != nullptr, "partition_counts on a closed consumer");
    auto [error, counts] = native::partition_counts(handle_->raw, topics, wait);
    return {std::move(error), std::move(counts)};
}

Consumer::Watermarks Consumer::watermarks(const TopicPartition& at) const {
    Watermarks marks;
    if (handle_ != nullptr) {
        rd_kafka_get_watermark_offsets(handle_->raw, at.topic.c_str(), at.partition, &marks.low,
                                       &marks.high);
    }
    return marks;
}

}  // namespace yilian::kafka
