#pragma once

#include "libs/runtime/app.h"

namespace yilian::referrals::consume {

// Handlers that do nothing but keep a copy, and the projections by which each copy can be made
// anew.
void bind_copies(runtime::Wiring& wiring);
void bind_projections(runtime::Wiring& wiring);

}  // namespace yilian::referrals::consume
