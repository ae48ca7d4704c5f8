#include "libs/kafka/producer.h"

#include "libs/base/invariant.h"
#include "libs/kafka/native.h"

namespace yilian::kafka {
namespace {

struct Pending {
    Producer::Done done;
    std::size_t* outstanding;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    const std::unique_ptr<Pending> pending(static_cast<Pending*>(message->_private));
    --*pending->outstanding;
    Delivery delivery;
    delivery.error = error_from(message->err);
    if (delivery.error.ok()) {
        delivery.partition = message->partition;
        delivery.offset = message->offset;
    }
    pending->done(delivery);
}

}  // namespace

struct Producer::Handle {
    rd_kafka_t* raw = nullptr;
    std::string bootstrap;
    std::size_t outstanding = 0;

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (raw != nullptr) rd_kafka_destroy(raw);
    }
};

Producer::Producer(ProducerOptions options) : options_(std::move(options)) {}

Producer::~Producer() { abandon(); }

Error Producer::open() {
    if (handle_ != nullptr) return {};
    const std::string bootstrap = options_.connection.address.current();
    if (bootstrap.empty()) {
        return {ErrorCode::kUnreachable, true, false, RD_KAFKA_RESP_ERR__RESOLVE,
                "no broker address yet"};
    }
    auto handle = std::make_unique<Handle>();
    native::Settings settings(options_.connection, bootstrap, options_.connection.hooks);
    settings.set("enable.idempotence", "true");
    settings.set("acks", "all");
    settings.set("partitioner", "murmur2_random");
    settings.set("linger.ms", "1");
    settings.set("message.timeout.ms", "0");
    settings.set("queue.buffering.max.messages", std::to_string(options_.queue_messages_max));
    settings.set("queue.buffering.max.kbytes", std::to_string(options_.queue_kbytes_max));
    settings.set("message.max.bytes", std::to_string(options_.record_bytes_max));
    rd_kafka_conf_set_dr_msg_cb(settings.raw(), on_delivery);
    handle->raw = settings.make(RD_KAFKA_PRODUCER);
    if (handle->raw == nullptr) return settings.error();
    handle->bootstrap = bootstrap;
    handle_ = std::move(handle);
    return {};
}

Error Producer::send(const Record& record, Done done) {
    if (Error error = open(); !error.ok()) return error;
    rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers) {
        rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size()));
    }
    auto pending = std::make_unique<Pending>(Pending{std::move(done), &handle_->outstanding});
    // producev, partition unassigned: produceva frees the headers twice for a partition that does
    // not exist (librdkafka #4628). The value pointer is never null, or it would be a tombstone.
    const rd_kafka_resp_err_t native = rd_kafka_producev(
        handle_->raw, RD_KAFKA_V_TOPIC(record.topic.c_str()),
        RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
        RD_KAFKA_V_TIMESTAMP(record.timestamp_ms), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_OPAQUE(pending.get()), RD_KAFKA_V_END);
    if (native != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_headers_destroy(headers);  // ours on failure, librdkafka's on success
        if (const Error broken = native::fatal_error(handle_->raw); !broken.ok()) return broken;
        return error_from(native);
    }
    (void)pending.release();  // on_delivery takes it back
    ++handle_->outstanding;
    return {};
}

void Producer::poll(std::chrono::milliseconds wait) {
    if (handle_ != nullptr) rd_kafka_poll(handle_->raw, static_cast<int>(wait.count()));
}

std::size_t Producer::outstanding() const { return handle_ == nullptr ? 0 : handle_->outstanding; }

bool Producer::needs_renewal() const {
    if (handle_ == nullptr) return false;
    if (!native::fatal_error(handle_->raw).ok()) return true;
    const std::string now = options_.connection.address.current();
    return !now.empty() && now != handle_->bootstrap;
}

Error Producer::fatal() const {
    return handle_ == nullptr ? Error{} : native::fatal_error(handle_->raw);
}

void Producer::abandon() {
    if (handle_ == nullptr) return;
    rd_kafka_purge(handle_->raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    // Each purged record still gets its delivery report, from the handle's queue.
    while (handle_->outstanding > 0) rd_kafka_poll(handle_->raw, 100);
    handle_.reset();
}

Error Producer::warm_up(const std::vector<std::string>& topics, std::chrono::milliseconds wait) {
    if (Error error = open(); !error.ok()) return error;
    return native::partition_counts(handle_->raw, topics, wait).error;
}

std::string Producer::cluster_id(std::chrono::milliseconds wait) {
    if (!open().ok()) return "";
    return native::cluster_id(handle_->raw, handle_->bootstrap, wait);
}

}  // namespace yilian::kafka
