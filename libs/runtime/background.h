#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace yilian::runtime {

// Calls a function now and then on a thread of its own, until stop(): sweeps and the like.
class Background {
  public:
    ~Background() { stop(); }
    void start(std::chrono::milliseconds every, std::function<void()> work) {
        thread_ = std::thread([this, every, work = std::move(work)] {
            std::unique_lock lock(mutex_);
            while (!wake_.wait_for(lock, every, [this] { return stopping_; })) {
                lock.unlock();
                work();
                lock.lock();
            }
        });
    }
    // Waits for the work in progress. Idempotent.
    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

  private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace yilian::runtime
