#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/storage/store.h"

namespace yilian::outbox {

// Takes the inbox rows of events made before `before` (machine time, which their ids carry) out,
// with their effects: at most `rows_max` rows, in small units. Answers how many; call it again
// later for the rest. Blocks; not on a store thread.
//
// A redelivery of a swept event is still dropped, by its sequence. What was swept goes on being
// counted (swept_totals). Events with a doubled effect are evidence of a bug and stay.
[[nodiscard]] absl::StatusOr<std::int64_t> sweep_inbox(storage::Store& store, Instant before,
                                                       std::int64_t rows_max = 20'000);

}  // namespace yilian::outbox
