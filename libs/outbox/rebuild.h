#pragma once

#include <atomic>

#include "libs/outbox/applier.h"
#include "libs/outbox/consumer.h"
#include "libs/storage/store.h"

// Internal to this library.
namespace yilian::outbox {

// Makes a projection anew in one transaction: what the consumer has seen, through its own handlers.
// `hold` and `release` stop the reading while it lasts. Blocks; on the repair thread.
// UNAVAILABLE or the source's own status when the history cannot be read, FAILED_PRECONDITION when
// the topics no longer hold it all, ABORTED when stopped: the old rows stand.
[[nodiscard]] absl::StatusOr<RebuildReport> rebuild_projection(
    const Projection& projection, RebuildSource source, const ConsumerOptions& options,
    const Applier& applier, storage::Store& store, ReplayClient* replay,
    const std::function<bool()>& hold, const std::function<void()>& release,
    const std::atomic<bool>& stop);

}  // namespace yilian::outbox
