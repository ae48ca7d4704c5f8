#pragma once

#include <optional>
#include <set>
#include <string>

#include "libs/events/registry.h"
#include "libs/outbox/applier.h"
#include "libs/storage/store.h"

// Internal to this library: subscriptions that a consumer has not had before.
namespace yilian::outbox {

struct Newcomers {
    std::set<std::string> types;   // all of them
    std::set<std::string> topics;  // of them
    // Those of an aggregate that was followed before: its sequence has passed their old events, so
    // only a rebuild brings them into a projection.
    std::set<std::string> late;
};

// Empty when the database cannot be read.
[[nodiscard]] std::optional<Newcomers> newcomers(storage::Store& store, const Applier& applier);
// They are up to date now. False when that could not be written.
[[nodiscard]] bool learn(storage::Store& store, const Applier& applier, const Newcomers& known);

}  // namespace yilian::outbox
