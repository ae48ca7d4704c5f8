#pragma once

#include <chrono>
#include <cstdint>

namespace yilian::outbox {

// Machine time: ages of rows, record timestamps, leases. Never a business time.
[[nodiscard]] inline std::int64_t machine_now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace yilian::outbox
