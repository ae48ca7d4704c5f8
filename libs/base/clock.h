#pragma once

#include <chrono>
#include <mutex>

namespace yilian {

// An instant in UTC with millisecond precision; every stored and sent time has this type.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

[[nodiscard]] constexpr Instant instant_from_ms(std::int64_t ms) {
    return Instant(std::chrono::milliseconds(ms));
}
[[nodiscard]] constexpr std::int64_t to_ms(Instant instant) {
    return instant.time_since_epoch().count();
}

// The business clock (architecture.md 7): domain dates, timers and expiries. TLS, tokens, deadlines,
// leases of the relay and retries use std::chrono::steady_clock / system_clock directly.
// Implementations are thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
};

// Follows the machine's clock.
class WallClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override;
};

// Stands still until it is set. Only in local runs and tests. It never goes backwards: setting an
// earlier instant leaves it where it is.
class DrivenClock final : public Clock {
  public:
    explicit DrivenClock(Instant start) : now_(start) {}
    [[nodiscard]] Instant now() const override;
    void set(Instant to);

  private:
    mutable std::mutex mutex_;
    Instant now_;
};

// When the caller stops waiting, on the machine's monotonic clock.
using Deadline = std::chrono::steady_clock::time_point;

}  // namespace yilian
