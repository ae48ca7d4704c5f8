#pragma once

#include <string>

#include "libs/runtime/app.h"

namespace yilian::registries::consume {

// Registers what this service does with other services' events (registries.md 12): keeps its copies
// of residents, practitioners, contracts and stays, and begins, links and ends care actions.
void bind(runtime::Wiring& wiring, const std::string& district);

}  // namespace yilian::registries::consume
