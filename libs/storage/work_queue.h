#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace yilian::storage {

// Bounded queue in front of worker threads, in arrival order. Thread-safe.
template <class Item>
class WorkQueue {
  public:
    explicit WorkQueue(std::size_t capacity) : capacity_(capacity) {}

    // RESOURCE_EXHAUSTED when full, CANCELLED when closed; the item is then left to the caller.
    [[nodiscard]] absl::Status push(Item& item) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_) return absl::CancelledError("store is stopped");
            if (items_.size() >= capacity_)
                return absl::ResourceExhaustedError("store queue is full");
            items_.push_back(std::move(item));
        }
        filled_.notify_one();
        return absl::OkStatus();
    }

    // Waits for work, then takes what is there: up to `max` items, and no further than the item
    // with which the sum of `weight(item)` reaches `weight_max`. Empty when closed and drained.
    template <class Weight>
    [[nodiscard]] std::vector<Item> pop(std::size_t max, std::size_t weight_max, Weight weight) {
        std::vector<Item> taken;
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [&] { return !items_.empty() || closed_; });
        std::size_t sum = 0;
        while (!items_.empty() && taken.size() < max && sum < weight_max) {
            sum += weight(items_.front());
            taken.push_back(std::move(items_.front()));
            items_.pop_front();
        }
        return taken;
    }

    // push() refuses from now on; pop() hands out what is left.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        filled_.notify_all();
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }

  private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable filled_;
    std::deque<Item> items_;
    bool closed_ = false;
};

}  // namespace yilian::storage
