#pragma once

#include <span>

#include "libs/policy/key.h"
#include "libs/policy/yaml/blocks_reader.h"
#include "libs/policy/yaml/node.h"

// The way from keys to the parameter blocks (policy-trace.md 9.5).
namespace yilian::policy {

// What the keys of a pack are on one day: by position in all_keys(), value and where it was
// written.
struct KeysOnDay {
    std::span<const Value> values;
    std::span<const Node* const> written;
};

// Lays the keys over the blocks of `body`: a field that a key stands for takes the key's value. A
// field may be left out of the body then; one that is written and differs gives a warning.
[[nodiscard]] Node lay_keys_over(const Node& body, const KeysOnDay& keys, Problems& warnings);

// What the keys demand of the blocks without standing for a field.
[[nodiscard]] BlockBounds bounds_of(const KeysOnDay& keys);

}  // namespace yilian::policy
