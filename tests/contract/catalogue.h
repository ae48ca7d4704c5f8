#pragma once

#include <string>

#include "tests/contract/contracts.h"

namespace yilian::contract {

// Partitions of every topic; fixed at creation, since another number maps keys to other partitions.
inline constexpr int kPartitions = 12;
// How long the broker keeps events; the owner's outbox keeps them for ever (ReplayEvents).
inline constexpr int kRetentionDays = 30;

// The catalogue of topics and events, proto/asyncapi.yaml, in AsyncAPI 3: a channel a topic, a
// message an event. Made from the event options and comments alone, so that it cannot say anything
// else than they do.
[[nodiscard]] std::string render_catalogue(const Contracts& contracts);

}  // namespace yilian::contract
