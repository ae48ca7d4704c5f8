#pragma once

#include "libs/runtime/app.h"
#include "services/billing/app/unit.h"

namespace yilian::billing::app {

// `env` lives as long as the wiring.
void bind_timers(runtime::Wiring& wiring, const Env& env);

}  // namespace yilian::billing::app
