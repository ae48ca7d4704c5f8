#pragma once

#include "libs/outbox/consumer.h"
#include "libs/runtime/app.h"
#include "services/billing/app/unit.h"

namespace yilian::billing::consume {

// The handlers of every event that the service consumes (events.md), by type. `env` outlives them.
// Each keeps the copy of the fact first and then draws what follows from it, so that the same facts
// in another order end in the same enrolments, benefits and bookings.
[[nodiscard]] outbox::Subscriptions handlers(const app::Env& env);

// Registers them and the copies that can be rebuilt.
void bind(runtime::Wiring& wiring, const app::Env& env);

}  // namespace yilian::billing::consume
