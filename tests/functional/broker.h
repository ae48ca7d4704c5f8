#pragma once

#include <memory>
#include <string>

namespace yilian::functional {

// The broker of one test program, with all topics: the in-memory one, or a real Apache Kafka of its
// own, as YILIAN_TEST_BROKER says. Stopped at the end of the scope.
class Broker {
  public:
    virtual ~Broker() = default;
    [[nodiscard]] virtual std::string bootstrap() const = 0;
};

[[nodiscard]] std::unique_ptr<Broker> start_broker();

}  // namespace yilian::functional
