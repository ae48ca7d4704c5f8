#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "libs/kafka/broker.h"
#include "libs/kafka/error.h"

// Topics of the platform. Each call makes a short-lived handle and blocks up to `wait`.
namespace yilian::kafka {

// Fixed for ever: another count maps keys to other partitions and breaks the order per key.
inline constexpr int kPartitions = 12;

struct TopicSpec {
    std::string name;
    int partitions = kPartitions;
    int replication = 1;
    // Further topic settings, "retention.ms" = "604800000".
    std::vector<std::pair<std::string, std::string>> settings{};
};

// "<consumer group>.<topic>.dlt"
[[nodiscard]] std::string dead_letter_topic(const std::string& group, const std::string& topic);

// Creates the topics that are missing. UNSUPPORTED by the mock broker, whose topics are made when
// it starts (deploy/local/devbroker). A topic that exists is left as it is.
[[nodiscard]] Error create_topics(const Connection& connection,
                                  const std::vector<TopicSpec>& topics,
                                  std::chrono::milliseconds wait);

struct TopicList {
    Error error;
    std::vector<std::string> names;  // sorted
};
[[nodiscard]] TopicList list_topics(const Connection& connection, std::chrono::milliseconds wait);

// Which instance of a broker this is: Kafka's cluster id. "" with an error when it does not answer.
struct ClusterId {
    Error error;
    std::string id;
};
[[nodiscard]] ClusterId cluster_id(const Connection& connection, std::chrono::milliseconds wait);

}  // namespace yilian::kafka
