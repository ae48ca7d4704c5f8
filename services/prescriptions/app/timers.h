#pragma once

#include <string>

#include "libs/runtime/app.h"

namespace yilian::prescriptions::app {

// Registers what the service's timers do (kinds in change.h).
void bind_timers(runtime::Wiring& wiring, const std::string& district);

}  // namespace yilian::prescriptions::app
