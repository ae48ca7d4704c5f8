#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

// Internal to this library.
namespace yilian::outbox {

// One thread that runs named tasks one after the other and repeats, with growing waits, those that
// could not finish. Thread-safe.
class TaskQueue {
  public:
    // True when finished; false: run it again later.
    using Step = std::function<bool()>;

    TaskQueue(std::chrono::milliseconds wait_min, std::chrono::milliseconds wait_max)
        : wait_min_(wait_min), wait_max_(wait_max) {}
    TaskQueue(const TaskQueue&) = delete;
    TaskQueue& operator=(const TaskQueue&) = delete;
    ~TaskQueue() { stop(); }

    void start();
    // Ends after the running step; what waits is dropped, `dropped` of each called. Idempotent.
    void stop();
    // A task that waits under the same name already is not added again: its next run sees the
    // newest state. Empty names are never equal. After stop(): calls `dropped` at once.
    void add(std::string name, Step step, std::function<void()> dropped = {});
    // Set once stop() was called; long steps look at it.
    [[nodiscard]] const std::atomic<bool>& stopping() const { return stopping_; }

  private:
    struct Task {
        std::string name;
        Step step;
        std::function<void()> dropped;
        std::chrono::milliseconds wait{};
    };
    using Clock = std::chrono::steady_clock;
    void loop();

    const std::chrono::milliseconds wait_min_;
    const std::chrono::milliseconds wait_max_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<Clock::time_point, Task> due_;
    std::set<std::string> waiting_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace yilian::outbox
