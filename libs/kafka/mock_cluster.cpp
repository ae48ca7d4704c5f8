#include "libs/kafka/mock_cluster.h"

#include <arpa/inet.h>
#include <librdkafka/rdkafka.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
// The mock header wants the one above before it.
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <filesystem>

#include "libs/base/invariant.h"

namespace yilian::kafka {
namespace {

// The port on which `fd` listens; -1 when it is no listening IPv4 socket.
int listening_port(int fd) {
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0)
        return -1;
    sockaddr_in address{};
    socklen_t length = sizeof address;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return -1;
    return address.sin_family == AF_INET ? ntohs(address.sin_port) : -1;
}

// The mock leaves Nagle's algorithm on, which holds every second answer back for 40 ms (a real
// broker turns it off). Accepted connections inherit the option from the listening socket, and only
// the list of open files leads to it.
void answer_without_delay(const std::string& bootstrap) {
    const int port = std::stoi(bootstrap.substr(bootstrap.rfind(':') + 1));
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        const int fd = std::stoi(entry.path().filename());
        if (listening_port(fd) != port) continue;
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

}  // namespace

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
    answer_without_delay(bootstrap());
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
