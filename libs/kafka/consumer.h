#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/kafka/broker.h"
#include "libs/kafka/error.h"

namespace yilian::kafka {

struct ConsumerOptions {
    Connection connection{};
    std::string group{};  // where offsets are committed, and who joins in group mode
    // How long a broker holds an empty fetch back. The mock broker does not answer sooner when a
    // record arrives, so this is latency there; a real one answers at once.
    int fetch_wait_ms = 20;
    int session_timeout_ms = 45'000;  // group mode; the mock wants 6000
};

// A record as it came, copied out of librdkafka.
struct Received {
    TopicPartition at;
    std::int64_t offset = -1;
    std::optional<std::string> key{};
    std::optional<std::string> value{};  // null = tombstone
    Headers headers{};
    std::int64_t timestamp_ms = 0;
};

// Where to read a partition from.
struct StartOffset {
    static constexpr std::int64_t kBeginning = -2;  // the oldest record that is kept
    TopicPartition at;
    std::int64_t offset = kBeginning;
};

// What poll() met.
struct Polled {
    enum class Kind {
        kNothing,
        kMessage,     // `message`
        kOffsetLost,  // `at`: the position is outside of what the broker keeps; reading has stopped
                      // there until seek() or assign()
        kError,       // `error`; retriable ones pass by themselves
    };
    Kind kind = Kind::kNothing;
    Received message{};
    TopicPartition at{};
    Error error{};
};

// Reads records one by one (batch calls of 2.0.2 skip or misnumber after pause and seek). Never
// commits or resets offsets by itself: a lost position is told, not skipped. Used on one thread.
class Consumer {
  public:
    // Group mode: called from poll() and close(). `assigned` answers where to start; `revoked`
    // returns when the work in progress of those partitions has ended.
    struct Rebalance {
        std::function<std::vector<StartOffset>(const std::vector<TopicPartition>&)> assigned;
        std::function<void(const std::vector<TopicPartition>&)> revoked;
    };

    explicit Consumer(ConsumerOptions options);
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;
    ~Consumer();

    // Makes the handle for the present address. UNREACHABLE (no address yet), CONFIGURATION.
    [[nodiscard]] Error open();
    // Leaves the group and ends the handle. Bounded: a close that librdkafka does not finish within
    // `wait` is abandoned (the handle leaks; librdkafka #4187). Idempotent.
    void close(std::chrono::milliseconds wait = std::chrono::seconds(5));
    [[nodiscard]] bool is_open() const { return handle_ != nullptr; }
    // The broker's address is another one than at open(), or the handle is fatally broken.
    [[nodiscard]] bool needs_renewal() const;

    // Manual mode: reads exactly these partitions from these offsets.
    [[nodiscard]] Error assign(const std::vector<StartOffset>& starts);
    // Group mode, eager range assignor: the group decides which partitions, `rebalance` where to
    // start.
    [[nodiscard]] Error subscribe(const std::vector<std::string>& topics, Rebalance rebalance);

    [[nodiscard]] Polled poll(std::chrono::milliseconds wait);

    [[nodiscard]] Error pause(const std::vector<TopicPartition>& partitions);
    [[nodiscard]] Error resume(const std::vector<TopicPartition>& partitions);
    // The next records of these partitions will be those at `offset` or later; the other assigned
    // partitions go on where they are.
    [[nodiscard]] Error seek(const std::vector<StartOffset>& starts);

    // Tells the group's offsets to the broker, for lag figures. Not waited for, failure is ignored:
    // the truth is the consumer's database.
    void commit(const std::map<TopicPartition, std::int64_t>& next_offsets);

    [[nodiscard]] std::string cluster_id(std::chrono::milliseconds wait);
    // Partitions of each topic; 0 for one that does not exist.
    struct Counts {
        Error error;
        std::map<std::string, std::int32_t> counts;
    };
    [[nodiscard]] Counts partition_counts(const std::vector<std::string>& topics,
                                          std::chrono::milliseconds wait);
    // Oldest kept and next offset as last seen in a fetch answer; does not ask the broker.
    struct Watermarks {
        std::int64_t low = -1;
        std::int64_t high = -1;
    };
    [[nodiscard]] Watermarks watermarks(const TopicPartition& at) const;

  private:
    struct Handle;
    ConsumerOptions options_;
    std::unique_ptr<Handle> handle_;
};

}  // namespace yilian::kafka
