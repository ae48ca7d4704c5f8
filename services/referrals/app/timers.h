#pragma once

#include "libs/runtime/app.h"
#include "services/referrals/app/work.h"

namespace yilian::referrals::app {

// What time brings: the wait of each state, the end of tentative holds, the release of quotas. The
// kinds are kStateTimer (work.h), kHoldTimer and kReleaseTimer (slots.h).
void bind_timers(runtime::Wiring& wiring, const EnvPtr& env);

}  // namespace yilian::referrals::app
