#include "libs/rpc/rate_limit.h"

#include <algorithm>

namespace yilian::rpc {
namespace {
constexpr std::int64_t kToken = 1'000'000;
}

RateLimit::RateLimit(int per_second, int burst, std::size_t principals_max)
    : per_second_(per_second),
      burst_micro_(std::max(burst, 1) * kToken),
      principals_max_(principals_max) {}

std::optional<std::chrono::milliseconds> RateLimit::take(std::string_view principal, Time now) {
    if (per_second_ <= 0) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto found = by_principal_.find(principal);
    if (found == by_principal_.end()) {
        if (recent_.size() >= principals_max_) {
            by_principal_.erase(recent_.back().principal);
            recent_.pop_back();
        }
        recent_.push_front({std::string(principal), burst_micro_, now});
        by_principal_.emplace(recent_.front().principal, recent_.begin());
    } else {
        recent_.splice(recent_.begin(), recent_, found->second);
    }
    Bucket& bucket = recent_.front();
    // A full bucket needs burst/rate seconds; longer pauses must not overflow.
    const auto idle =
        std::min<std::chrono::steady_clock::duration>(now - bucket.refilled, std::chrono::hours(1));
    const std::int64_t micros = std::chrono::duration_cast<std::chrono::microseconds>(idle).count();
    bucket.micro_tokens = std::min(burst_micro_, bucket.micro_tokens + micros * per_second_);
    bucket.refilled = now;
    if (bucket.micro_tokens >= kToken) {
        bucket.micro_tokens -= kToken;
        return std::nullopt;
    }
    const std::int64_t wait_us = (kToken - bucket.micro_tokens + per_second_ - 1) / per_second_;
    return std::chrono::milliseconds(wait_us / 1000 + 1);
}

}  // namespace yilian::rpc
