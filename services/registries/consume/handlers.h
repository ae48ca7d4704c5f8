#pragma once

#include <string>

#include "libs/runtime/app.h"

namespace yilian::registries::consume {

// The copies of other services' facts, each a projection that can be rebuilt, and what follows from
// the facts for enrolments (deaths, moves, the team of a contract).
void bind_copies(runtime::Wiring& wiring, const std::string& district);
// What referrals and prescriptions do with care actions and enrolments (registries.md 12).
void bind_care(runtime::Wiring& wiring, const std::string& district);

}  // namespace yilian::registries::consume
