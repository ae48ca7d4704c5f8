#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/kafka/broker.h"
#include "libs/kafka/error.h"

namespace yilian::kafka {

struct ProducerOptions {
    Connection connection{};
    // Bounds of the queue; send() answers QUEUE_FULL beyond them.
    int queue_messages_max = 20'000;
    int queue_kbytes_max = 65'536;
    // Largest record with key and headers; the broker's message.max.bytes must allow it.
    int record_bytes_max = 1'000'000;
};

struct Record {
    std::string topic;
    std::string key;  // chooses the partition (murmur2, as the Java client does)
    std::string value;
    Headers headers{};
    std::int64_t timestamp_ms = 0;  // machine time; 0 = now
};

// What became of one record. Without error it is in the log of all in-sync replicas at that place.
struct Delivery {
    Error error{};
    std::int32_t partition = -1;
    std::int64_t offset = -1;
};

// Idempotent producer, acks=all. Used on one thread.
//
// Records never time out by themselves: while the broker is away the handle keeps them in order and
// goes on trying. Whoever cannot wait calls abandon(). A record that fails with PURGED or TIMEOUT
// may be in the log all the same: send it again and let the reader's inbox absorb the repeat.
//
// librdkafka 2.0.2 can end in a fatal error after a "possibly persisted" one (librdkafka #4438),
// and it never bootstraps again: then needs_renewal() says so, and abandon() makes the next send()
// start with a new handle (a new producer id).
class Producer {
  public:
    using Done = std::function<void(const Delivery&)>;

    explicit Producer(ProducerOptions options);
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;
    // Abandons what is outstanding.
    ~Producer();

    // Queues a record. `done` is called exactly once, from poll() or abandon(). On an error it is
    // not called: UNREACHABLE (no address yet), QUEUE_FULL, MESSAGE_TOO_LARGE, CONFIGURATION,
    // FATAL, DENIED.
    [[nodiscard]] Error send(const Record& record, Done done);
    // Serves delivery reports; waits up to `wait` for the first.
    void poll(std::chrono::milliseconds wait);
    // Records sent whose `done` has not been called.
    [[nodiscard]] std::size_t outstanding() const;

    // The handle is fatally broken, or the broker's address is another one now.
    [[nodiscard]] bool needs_renewal() const;
    // Why, when it is broken.
    [[nodiscard]] Error fatal() const;
    // Ends the handle; each outstanding record gets PURGED.
    void abandon();

    // Fetches metadata of the topics, so that the first record does not wait for it (librdkafka
    // #5032). UNREACHABLE or TIMEOUT when the broker stays away.
    [[nodiscard]] Error warm_up(const std::vector<std::string>& topics,
                                std::chrono::milliseconds wait);
    // Which broker this is; "" when it does not answer in time. Offsets of different ids cannot be
    // compared.
    [[nodiscard]] std::string cluster_id(std::chrono::milliseconds wait);

  private:
    struct Handle;
    [[nodiscard]] Error open();

    ProducerOptions options_;
    std::unique_ptr<Handle> handle_;
};

}  // namespace yilian::kafka
