#pragma once

#include <functional>
#include <string>

#include "libs/base/clock.h"
#include "libs/config/service_config.h"
#include "libs/runtime/pipeline.h"
#include "libs/runtime/registered.h"
#include "libs/timers/engine.h"

namespace yilian::runtime {

// OperatorService: clock, pipeline, checks, counts, repairs of one running service. The same in
// each; what differs is what the service registered. References live until the server has stopped.
struct OperatorParts {
    const config::ServiceConfig& config;
    storage::Store& store;
    const Clock& clock;
    bool driven = false;
    timers::TimerEngine& timers;
    Pipeline& pipeline;
    const Wiring::Registered& registered;
    const rpc::ErrorMaker& errors;
};
void bind_operator_service(ServerBinder& binder, OperatorParts parts);

// Checks that every service has, whatever it does: RUN-C01 no doubled effect, RUN-C02 event
// sequences without gap, RUN-C03 every kept answer audited, RUN-C04 every effect has its inbox row,
// RUN-C05 the audit chain is sound, RUN-C06 no dead letter.
[[nodiscard]] std::vector<Check> common_checks();
// events_published, events_consumed, duplicate_effects, dead_letters.
[[nodiscard]] Counts common_counts(storage::Transaction& tx);

}  // namespace yilian::runtime
