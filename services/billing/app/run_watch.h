#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "libs/observe/metrics.h"

namespace yilian::billing::app {

// How long runs take from their start to their result, for settlement_batch_duration_seconds. A run
// that is computed in chunks keeps its start in memory; after a restart its time counts from the
// next chunk. Thread-safe.
class RunWatch {
  public:
    using Time = std::chrono::steady_clock::time_point;

    explicit RunWatch(observe::Timing timing) : timing_(timing) {}

    // Keeps the earliest start that is known of the run.
    void started(const std::string& run_id, Time at) {
        const std::lock_guard lock(mutex_);
        started_.try_emplace(run_id, at);
    }
    void computed(const std::string& run_id) {
        const std::lock_guard lock(mutex_);
        const auto found = started_.find(run_id);
        if (found == started_.end()) return;
        timing_.observe(std::chrono::steady_clock::now() - found->second);
        started_.erase(found);
    }

  private:
    observe::Timing timing_;
    std::mutex mutex_;
    std::map<std::string, Time> started_;
};

}  // namespace yilian::billing::app
