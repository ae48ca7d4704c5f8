#pragma once

#include <memory>
#include <string>

namespace yilian::chaos {

// The broker of a fault test, in a process that can be killed: the development broker, which loses
// its memory, or a private Apache Kafka, which keeps its log, as YILIAN_TEST_BROKER (embedded,
// kafka) says.
class Broker {
  public:
    virtual ~Broker() = default;
    // File that holds the present address.
    [[nodiscard]] virtual std::string bootstrap_file() const = 0;
    [[nodiscard]] virtual bool keeps_its_log() const = 0;
    virtual void kill9() = 0;
    // After kill9(); answers when the broker does.
    virtual void start() = 0;
};

// Started, with every topic of the platform. `folder` exists and is its own.
[[nodiscard]] std::unique_ptr<Broker> start_broker(const std::string& folder);

}  // namespace yilian::chaos
