#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace yilian::rpc {

// A token bucket for each principal (security.md 6, API4). The machine's monotonic clock is passed
// in. Remembers at most `principals_max`, the least recently seen are forgotten. Thread-safe.
class RateLimit {
  public:
    using Time = std::chrono::steady_clock::time_point;

    // per_second 0: everything passes.
    RateLimit(int per_second, int burst, std::size_t principals_max = 10'000);

    // Takes one token, or answers how long to wait for the next.
    [[nodiscard]] std::optional<std::chrono::milliseconds> take(std::string_view principal,
                                                                Time now);

  private:
    struct Bucket {
        std::string principal;
        std::int64_t micro_tokens;  // millionths of a token
        Time refilled;
    };
    const int per_second_;
    const std::int64_t burst_micro_;
    const std::size_t principals_max_;
    std::mutex mutex_;
    std::list<Bucket> recent_;  // most recently seen first
    std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_principal_;
};

}  // namespace yilian::rpc
