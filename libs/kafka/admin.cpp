#include "libs/kafka/admin.h"

#include <array>
#include <memory>

#include "libs/kafka/native.h"

namespace yilian::kafka {
namespace {

using native::Owned;

// A handle for one call, with the hooks that its opaque points to.
struct ShortLived {
    Hooks hooks;
    std::string bootstrap;
    Error error;
    Owned<rd_kafka_t, rd_kafka_destroy> handle;

    explicit ShortLived(const Connection& connection)
        : hooks(connection.hooks), bootstrap(connection.address.current()) {
        if (bootstrap.empty()) {
            error = error_from(RD_KAFKA_RESP_ERR__RESOLVE, "no broker address yet");
            return;
        }
        native::Settings settings(connection, bootstrap, hooks);
        handle.reset(settings.make(RD_KAFKA_PRODUCER));
        error = settings.error();
    }
};

using NewTopic = Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;

Error first_failure(rd_kafka_event_t* event) {
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return error_from(rd_kafka_event_error(event), rd_kafka_event_error_string(event));
    }
    std::size_t count = 0;
    const rd_kafka_topic_result_t** results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (std::size_t i = 0; i < count; ++i) {
        const rd_kafka_resp_err_t native = rd_kafka_topic_result_error(results[i]);
        const Error error = error_from(native);
        if (!error.ok() && error.code != ErrorCode::kTopicExists) {
            const char* why = rd_kafka_topic_result_error_string(results[i]);
            return error_from(native, std::string(rd_kafka_topic_result_name(results[i])) + ": " +
                                          (why == nullptr ? "" : why));
        }
    }
    return {};
}

}  // namespace

std::string dead_letter_topic(const std::string& group, const std::string& topic) {
    return group + "." + topic + ".dlt";
}

Error create_topics(const Connection& connection, const std::vector<TopicSpec>& topics,
                    std::chrono::milliseconds wait) {
    const ShortLived client(connection);
    if (!client.error.ok()) return client.error;
    std::array<char, 512> why{};
    std::vector<NewTopic> specs;
    std::vector<rd_kafka_NewTopic_t*> raw;
    for (const TopicSpec& topic : topics) {
        specs.emplace_back(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions,
                                                 topic.replication, why.data(), why.size()));
        if (specs.back() == nullptr) return error_from(RD_KAFKA_RESP_ERR__INVALID_ARG, why.data());
        for (const auto& [name, value] : topic.settings) {
            rd_kafka_NewTopic_set_config(specs.back().get(), name.c_str(), value.c_str());
        }
        raw.push_back(specs.back().get());
    }
    const int wait_ms = static_cast<int>(wait.count());
    const Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy> options(
        rd_kafka_AdminOptions_new(client.handle.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
    rd_kafka_AdminOptions_set_request_timeout(options.get(), wait_ms, why.data(), why.size());
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), wait_ms, why.data(), why.size());
    const native::Queue queue(rd_kafka_queue_new(client.handle.get()));
    rd_kafka_CreateTopics(client.handle.get(), raw.data(), raw.size(), options.get(), queue.get());
    const native::Event event(rd_kafka_queue_poll(queue.get(), wait_ms + 1000));
    if (event == nullptr) return error_from(RD_KAFKA_RESP_ERR__TIMED_OUT);
    return first_failure(event.get());
}

TopicList list_topics(const Connection& connection, std::chrono::milliseconds wait) {
    const ShortLived client(connection);
    if (!client.error.ok()) return {client.error, {}};
    auto [error, names] = native::topic_names(client.handle.get(), wait);
    return {std::move(error), std::move(names)};
}

ClusterId cluster_id(const Connection& connection, std::chrono::milliseconds wait) {
    const ShortLived client(connection);
    if (!client.error.ok()) return {client.error, ""};
    std::string id = native::cluster_id(client.handle.get(), client.bootstrap, wait);
    if (id.empty()) return {error_from(RD_KAFKA_RESP_ERR__TIMED_OUT, "cluster id"), ""};
    return {{}, std::move(id)};
}

}  // namespace yilian::kafka
