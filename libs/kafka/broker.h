#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace yilian::kafka {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Where the brokers are: a fixed list, or a file that holds it. A broker that comes back elsewhere
// (the development broker does) writes its new address into the file, and producers and consumers
// follow: librdkafka itself never asks again where to bootstrap.
class BrokerAddress {
  public:
    [[nodiscard]] static BrokerAddress fixed(std::string bootstrap);
    [[nodiscard]] static BrokerAddress in_file(std::string path);

    // host:port[,host:port…]; "" while the file is missing or empty. Reads the file at each call.
    [[nodiscard]] std::string current() const;

  private:
    BrokerAddress(std::string text, bool is_file) : text_(std::move(text)), is_file_(is_file) {}
    std::string text_;
    bool is_file_;
};

// What the library tells the outside. Called on threads of librdkafka too: thread-safe, short.
// Empty functions are not called.
struct Hooks {
    // syslog level 0 to 7 and a text without message content.
    std::function<void(int level, std::string_view text)> log{};
    // JSON of librdkafka's statistics, every Connection::statistics_interval_ms.
    std::function<void(std::string_view json)> statistics{};
};

// How to reach a cluster; common to producers, consumers and admin.
struct Connection {
    BrokerAddress address = BrokerAddress::fixed("");
    std::string client_id{};  // "referrals"
    // Further librdkafka properties: security.protocol, ssl.*, sasl.*. They win over our own.
    std::map<std::string, std::string> properties{};
    int statistics_interval_ms = 0;  // 0 = none
    Hooks hooks{};
};

struct TopicPartition {
    std::string topic;
    std::int32_t partition = 0;
    friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

}  // namespace yilian::kafka
