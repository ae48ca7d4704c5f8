#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace yilian {

// "Stop new work, know when old work is done": the shutdown primitive of queues and servers.
// Thread-safe.
class Gate {
  public:
    // Holds the gate open for one piece of work; leaving the scope ends it.
    class [[nodiscard]] Pass {
      public:
        Pass() = default;
        explicit Pass(Gate* gate) : gate_(gate) {}
        Pass(Pass&& other) noexcept : gate_(other.gate_) { other.gate_ = nullptr; }
        Pass& operator=(Pass&& other) noexcept;
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        ~Pass() { release(); }
        explicit operator bool() const { return gate_ != nullptr; }
        void release();

      private:
        Gate* gate_ = nullptr;
    };

    // An empty pass when the gate is closed.
    Pass enter();
    // No pass is given from now on.
    void close();
    // True when all passes were released within `wait`. Call close() first.
    [[nodiscard]] bool drain(std::chrono::milliseconds wait);
    [[nodiscard]] bool closed() const;

  private:
    void leave();
    mutable std::mutex mutex_;
    std::condition_variable empty_;
    std::int64_t inside_ = 0;
    bool closed_ = false;
};

}  // namespace yilian
