#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "libs/policy/keys/billing.h"
#include "libs/policy/keys/directory.h"
#include "libs/policy/keys/prescriptions.h"
#include "libs/policy/keys/referrals.h"
#include "libs/policy/keys/registries.h"
#include "libs/policy/keys/targets.h"

// The complete index of policy keys, policy-trace.md 9. A new key is a constant in one of the files
// of keys/ and a line in keys.cpp; its value goes into the national base (deploy/policies/cn).
namespace yilian::policy {

// All keys, sorted by name.
[[nodiscard]] std::span<const KeySpec> all_keys();

// Position of a key in all_keys(); empty when there is no such key.
[[nodiscard]] std::optional<std::size_t> key_index(std::string_view name);

}  // namespace yilian::policy
