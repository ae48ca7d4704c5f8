#include "libs/kafka/mock_cluster.h"

#include <librdkafka/rdkafka.h>
// The mock header wants the one above before it.
#include <librdkafka/rdkafka_mock.h>

#include <array>

#include "libs/base/invariant.h"

namespace yilian::kafka {

struct MockCluster::Parts {
    rd_kafka_t* handle = nullptr;
    rd_kafka_mock_cluster_t* cluster = nullptr;
};

MockCluster::MockCluster(const std::vector<std::string>& topics, int partitions)
    : parts_(std::make_unique<Parts>()) {
    std::array<char, 512> why{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    // The handle that hosts the broker connects to nothing and would warn about it.
    rd_kafka_conf_set(conf, "log_level", "3", why.data(), why.size());
    parts_->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
    YILIAN_INVARIANT(parts_->handle != nullptr, "mock broker: no handle");
    parts_->cluster = rd_kafka_mock_cluster_new(parts_->handle, 1);
    YILIAN_INVARIANT(parts_->cluster != nullptr, "mock broker: no cluster");
    for (const std::string& topic : topics) create_topic(topic, partitions);
}

MockCluster::~MockCluster() {
    rd_kafka_mock_cluster_destroy(parts_->cluster);
    rd_kafka_destroy(parts_->handle);
}

std::string MockCluster::bootstrap() const {
    return rd_kafka_mock_cluster_bootstraps(parts_->cluster);
}

void MockCluster::create_topic(const std::string& topic, int partitions) {
    const auto error = rd_kafka_mock_topic_create(parts_->cluster, topic.c_str(), partitions, 1);
    YILIAN_INVARIANT(error == RD_KAFKA_RESP_ERR_NO_ERROR, "mock broker: topic not created");
}

void MockCluster::down() { rd_kafka_mock_broker_set_down(parts_->cluster, 1); }

void MockCluster::up() { rd_kafka_mock_broker_set_up(parts_->cluster, 1); }

void MockCluster::fail_produce(int native, int count) {
    constexpr int16_t kProduce = 0;
    for (int i = 0; i < count; ++i) {
        rd_kafka_mock_push_request_errors(parts_->cluster, kProduce, 1,
                                          static_cast<rd_kafka_resp_err_t>(native));
    }
}

void MockCluster::delay(int ms) { rd_kafka_mock_broker_set_rtt(parts_->cluster, 1, ms); }

}  // namespace yilian::kafka
