#pragma once

#include "google/protobuf/timestamp.pb.h"
#include "libs/base/clock.h"

namespace yilian::runtime {

// UTC with millisecond precision on the wire (interop.md 1).
[[nodiscard]] inline google::protobuf::Timestamp to_timestamp(Instant instant) {
    const std::int64_t ms = to_ms(instant);
    std::int64_t seconds = ms / 1000;
    std::int64_t rest = ms % 1000;
    if (rest < 0) {
        --seconds;
        rest += 1000;
    }
    google::protobuf::Timestamp out;
    out.set_seconds(seconds);
    out.set_nanos(static_cast<std::int32_t>(rest * 1'000'000));
    return out;
}
[[nodiscard]] inline Instant from_timestamp(const google::protobuf::Timestamp& timestamp) {
    return instant_from_ms(timestamp.seconds() * 1000 + timestamp.nanos() / 1'000'000);
}

}  // namespace yilian::runtime
