#pragma once

#include <string>

#include "libs/runtime/app.h"

namespace yilian::directory::consume {

// Registers what this service does with other services' events (contracts.md 8, events.md):
// evidence of due items and points, the split of contract fees, copies (key groups, peer scores,
// closed months, reads of records) and the projections that hold the copies.
void bind(runtime::Wiring& wiring, const std::string& district);

}  // namespace yilian::directory::consume
