#include "libs/kafka/native.h"

#include <algorithm>
#include <array>

namespace yilian::kafka::native {
namespace {

void on_log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
    const auto* hooks = static_cast<const Hooks*>(rd_kafka_opaque(handle));
    if (hooks == nullptr || !hooks->log) return;
    hooks->log(level, std::string(facility) + ": " + text);
}

int on_statistics(rd_kafka_t*, char* json, std::size_t size, void* opaque) {
    const auto* hooks = static_cast<const Hooks*>(opaque);
    if (hooks != nullptr && hooks->statistics) hooks->statistics({json, size});
    return 0;  // the buffer stays librdkafka's
}

// Without it librdkafka prints to stderr. What matters arrives as results of calls.
void on_error(rd_kafka_t*, int native, const char* reason, void* opaque) {
    const auto* hooks = static_cast<const Hooks*>(opaque);
    if (hooks != nullptr && hooks->log) hooks->log(4, error_from(native, reason).to_string());
}

struct Metadata {
    const rd_kafka_metadata_t* held = nullptr;
    Metadata() = default;
    Metadata(const Metadata&) = delete;
    Metadata& operator=(const Metadata&) = delete;
    ~Metadata() {
        if (held != nullptr) rd_kafka_metadata_destroy(held);
    }
};

}  // namespace

Settings::Settings(const Connection& connection, const std::string& bootstrap, Hooks& hooks)
    : conf_(rd_kafka_conf_new()), properties_(connection.properties) {
    set("bootstrap.servers", bootstrap);
    set("client.id", connection.client_id);
    set("statistics.interval.ms", std::to_string(connection.statistics_interval_ms));
    // A broker that comes back is found again quickly, and an idle connection is no error.
    set("reconnect.backoff.ms", "50");
    set("reconnect.backoff.max.ms", "1000");
    set("log.connection.close", "false");
    set("socket.keepalive.enable", "true");
    // Off by default in 2.0.2; with it small requests wait 40 ms for a delayed acknowledgement.
    set("socket.nagle.disable", "true");
    set("broker.address.family", "any");
    rd_kafka_conf_set_opaque(conf_, &hooks);
    rd_kafka_conf_set_log_cb(conf_, on_log);
    rd_kafka_conf_set_stats_cb(conf_, on_statistics);
    rd_kafka_conf_set_error_cb(conf_, on_error);
}

Settings::~Settings() {
    if (conf_ != nullptr) rd_kafka_conf_destroy(conf_);
}

void Settings::set(const std::string& name, const std::string& value) {
    std::array<char, 512> why{};
    if (rd_kafka_conf_set(conf_, name.c_str(), value.c_str(), why.data(), why.size()) !=
            RD_KAFKA_CONF_OK &&
        error_.ok()) {
        error_ = error_from(RD_KAFKA_RESP_ERR__INVALID_ARG, why.data());
    }
}

rd_kafka_t* Settings::make(rd_kafka_type_t type) {
    for (const auto& [name, value] : properties_) set(name, value);
    if (!error_.ok()) return nullptr;
    std::array<char, 512> why{};
    rd_kafka_t* handle = rd_kafka_new(type, conf_, why.data(), why.size());
    if (handle == nullptr) {
        error_ = error_from(RD_KAFKA_RESP_ERR__INVALID_ARG, why.data());
        return nullptr;
    }
    conf_ = nullptr;  // rd_kafka_new took it
    return handle;
}

Error fatal_error(rd_kafka_t* handle) {
    std::array<char, 512> why{};
    const rd_kafka_resp_err_t native = rd_kafka_fatal_error(handle, why.data(), why.size());
    if (native == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return {ErrorCode::kFatal, true, true, native, why.data()};
}

std::string cluster_id(rd_kafka_t* handle, const std::string& bootstrap,
                       std::chrono::milliseconds wait) {
    // Asking for metadata makes it connect; rd_kafka_clusterid alone only waits until something
    // does.
    Metadata metadata;
    const int wait_ms = static_cast<int>(wait.count());
    if (rd_kafka_metadata(handle, 0, nullptr, &metadata.held, wait_ms) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        return "";
    }
    char* raw = rd_kafka_clusterid(handle, wait_ms);
    if (raw == nullptr) return "";
    std::string id(raw);
    rd_kafka_mem_free(handle, raw);
    if (!id.starts_with("mockCluster")) return id;
    // The mock's id is an address in its memory: two runs may have the same. Their random ports
    // differ.
    return id + "@" + bootstrap;
}

PartitionCounts partition_counts(rd_kafka_t* handle, const std::vector<std::string>& topics,
                                 std::chrono::milliseconds wait) {
    PartitionCounts result;
    const auto until = std::chrono::steady_clock::now() + wait;
    for (const std::string& topic : topics) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        const auto ms = static_cast<int>(std::max<std::int64_t>(left.count(), 1));
        rd_kafka_topic_t* handle_of_topic = rd_kafka_topic_new(handle, topic.c_str(), nullptr);
        if (handle_of_topic == nullptr) return {error_from(rd_kafka_last_error()), {}};
        const Owned<rd_kafka_topic_t, rd_kafka_topic_destroy> owner(handle_of_topic);
        Metadata metadata;
        const auto native = rd_kafka_metadata(handle, 0, handle_of_topic, &metadata.held, ms);
        if (native != RD_KAFKA_RESP_ERR_NO_ERROR) return {error_from(native), {}};
        result.counts[topic] = 0;
        for (int i = 0; i < metadata.held->topic_cnt; ++i) {
            const rd_kafka_metadata_topic_t& found = metadata.held->topics[i];
            if (topic != found.topic) continue;
            if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR &&
                error_from(found.err).code != ErrorCode::kUnknownTopic) {
                return {error_from(found.err), {}};
            }
            result.counts[topic] = found.partition_cnt;
        }
    }
    return result;
}

TopicNames topic_names(rd_kafka_t* handle, std::chrono::milliseconds wait) {
    Metadata metadata;
    const auto native =
        rd_kafka_metadata(handle, 1, nullptr, &metadata.held, static_cast<int>(wait.count()));
    if (native != RD_KAFKA_RESP_ERR_NO_ERROR) return {error_from(native), {}};
    TopicNames result;
    for (int i = 0; i < metadata.held->topic_cnt; ++i) {
        result.names.emplace_back(metadata.held->topics[i].topic);
    }
    std::sort(result.names.begin(), result.names.end());
    return result;
}

}  // namespace yilian::kafka::native
