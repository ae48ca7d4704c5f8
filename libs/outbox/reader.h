#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/kafka/consumer.h"
#include "libs/outbox/units.h"

// Internal to this library.
namespace yilian::outbox {

// The reading thread of a consumer: takes records from Kafka, hands them to the store one unit
// each, keeps the order of each partition, gives up nothing. What it cannot cure by itself it asks
// for.
class Reader {
  public:
    // What the reader asks the repair side; called on the reading thread, must not block.
    struct Requests {
        // Events of this subject are parked.
        std::function<void(const std::string& topic, const std::string& subject)> parked;
        // History was lost: fetch it from the owner, then call restart() with these partitions.
        std::function<void(const std::string& topic, std::vector<std::int32_t> partitions)> lost;
        // Once: the topics seem to have been read up to their ends.
        std::function<void()> quiet;
    };

    Reader(const ConsumerOptions& options, const Applier& applier, Units& units,
           storage::Store& store, Requests requests, Hooks hooks);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { stop(); }

    void start();
    // Nothing new is read; what is in flight is finished, offsets are told, the group is left.
    void stop();
    // Thread-safe: read these partitions from the oldest record that is kept, on the present
    // broker.
    void restart(const std::string& topic, const std::vector<std::int32_t>& partitions);
    // Thread-safe: blocks until nothing is in flight and nothing new will be, until release().
    // False when the reader was stopped meanwhile.
    bool hold();
    void release();

  private:
    using Steady = std::chrono::steady_clock;
    struct Slot {
        enum class State { kInFlight, kDone, kFailed };
        AttemptPtr attempt;
        State state = State::kInFlight;
        bool later = false;
    };
    using SlotPtr = std::shared_ptr<Slot>;
    // What is under way in one partition, in the order of offsets.
    struct Flow {
        static Flow from(std::int64_t offset) {
            Flow flow;
            flow.chain = offset;
            flow.next = offset;
            return flow;
        }
        std::deque<SlotPtr> slots;
        std::size_t in_flight = 0;
        std::int64_t chain = 0;              // progress once all slots are done
        std::optional<std::int64_t> next{};  // offset of the next record, when that is known
        std::int64_t told = -1;              // committed to the broker
        std::int64_t done = -1;              // progress that is durable
        bool resting = false;                // paused after a transient failure
        bool lost = false;                   // waits to have its history fetched
        Steady::time_point retry_at{};
        std::chrono::milliseconds backoff{};
    };
    // A progress row.
    struct Position {
        std::int64_t next_offset = 0;
        std::string cluster_id;
    };
    using Positions = std::map<kafka::TopicPartition, Position>;

    void loop();
    void step();
    bool connect();
    void disconnect();
    [[nodiscard]] std::optional<Positions> load_positions();
    bool ensure_rows(const std::map<std::string, std::int32_t>& counts);
    bool begin_manual(const std::map<std::string, std::int32_t>& counts);
    bool begin_group();
    [[nodiscard]] std::vector<kafka::StartOffset> on_assigned(
        const std::vector<kafka::TopicPartition>& given);
    void on_revoked(const std::vector<kafka::TopicPartition>& taken);
    void look_for_missing_topics();

    void on_message(kafka::Received&& record);
    void on_lost(const kafka::TopicPartition& at);
    void flush_skipped();
    void notice_quiet();
    void submit(Flow& flow, const SlotPtr& slot);
    void collect();
    void follow_up(const Attempt& attempt);
    void advance(const kafka::TopicPartition& at, Flow& flow);
    void tend();
    void do_restarts();
    bool reset_rows(const std::string& topic, const std::vector<std::int32_t>& partitions);
    void tell_offsets(bool now);
    void wait_in_flight(const std::function<bool()>& none);
    void pause_here(std::chrono::milliseconds wait);
    bool obey_hold();
    [[nodiscard]] std::chrono::milliseconds poll_wait() const;
    void complain(const std::string& text);
    void log(Hooks::Level level, const std::string& text) const;

    const ConsumerOptions& options_;
    const Applier& applier_;
    Units& units_;
    storage::Store& store_;
    const Requests requests_;
    const Hooks hooks_;

    // Of the reading thread.
    kafka::Consumer consumer_;
    std::string cluster_;
    std::map<kafka::TopicPartition, Flow> flows_;
    std::set<std::string> missing_topics_;
    std::size_t in_flight_ = 0;
    Steady::time_point told_at_{}, renewal_at_{}, missing_at_{}, complained_at_{};
    Steady::time_point busy_at_{}, connected_at_{};
    bool was_quiet_ = false;

    // Shared.
    struct Ended {
        SlotPtr slot;
        absl::Status status;
    };
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Ended> ended_;
    std::map<std::string, std::set<std::int32_t>> restarts_;
    int holds_ = 0;
    bool held_ = false;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace yilian::outbox
