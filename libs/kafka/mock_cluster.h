#pragma once

#include <memory>
#include <string>
#include <vector>

namespace yilian::kafka {

// librdkafka's mock broker in this process: one broker on a random port of 127.0.0.1, everything in
// memory, 5 MiB or 100 000 records a partition. For tests and the development broker only; nothing
// about durability, transactions, rebalance timing or retention of Kafka may be concluded from it
// (traps.md 3.1). Target yilian_kafka_mock, never linked into a service.
class MockCluster {
  public:
    // A topic made on demand would get 4 partitions, so the topics are made here.
    explicit MockCluster(const std::vector<std::string>& topics, int partitions);
    MockCluster(const MockCluster&) = delete;
    MockCluster& operator=(const MockCluster&) = delete;
    // Everything is gone afterwards.
    ~MockCluster();

    [[nodiscard]] std::string bootstrap() const;
    void create_topic(const std::string& topic, int partitions);

    // Fault injection. Connections are cut and refused until up().
    void down();
    void up();
    // The next `count` produce requests answer with this rd_kafka_resp_err_t.
    void fail_produce(int native, int count);
    // Answers to every request are delayed.
    void delay(int ms);

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace yilian::kafka
