#include "libs/base/clock.h"

#include <algorithm>

namespace yilian {

Instant WallClock::now() const {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Instant DrivenClock::now() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

void DrivenClock::set(Instant to) {
    const std::lock_guard lock(mutex_);
    now_ = std::max(now_, to);
}

}  // namespace yilian
