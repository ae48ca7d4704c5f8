#pragma once

#include <string>

#include "libs/runtime/app.h"

namespace yilian::registries::app {

// Registers what the service's timers do (timer_kinds.h).
void bind_timers(runtime::Wiring& wiring, const std::string& district);

}  // namespace yilian::registries::app
