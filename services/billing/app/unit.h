#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "libs/calendar/working_days.h"
#include "libs/runtime/work.h"
#include "services/billing/domain/evidence.h"

namespace yilian::billing::supervision {
struct RuleSet;
}

// What every use case of the service works with.
namespace yilian::billing::app {

class RuleBook;
class RunWatch;

// Shared by all units; lives as long as the wiring.
struct Env {
    IdSource& ids;
    const policy::PolicyStore& policies;
    std::string district;
    RuleBook& rules;
    calendar::WorkingDays days;
    // A run of more cases is computed after its start, this many at a time.
    std::int64_t chunk_cases = 20'000;
    // Rules of fund supervision; null = none.
    std::shared_ptr<const supervision::RuleSet> supervision{};
    // Set once the ledger was seen not to add up: nothing is booked any more (billing.md 10.4).
    std::shared_ptr<const std::atomic<bool>> posting_stopped{};
    std::shared_ptr<RunWatch> run_watch{};  // null = nobody measures
};

// One unit in progress. `cause` is the event that asked for it, "" for commands and timers.
struct Unit : runtime::Work {
    const Env& env;
    std::string cause;
    // What the owner of the evidence answered before this unit, when the copy had none.
    std::optional<Evidence> told{};
};

[[nodiscard]] inline Unit unit_of(runtime::CommandContext& context, const Env& env) {
    return {
        runtime::work_of(context, env.district, std::string(runtime::actor_kind(context.caller))),
        env, ""};
}
[[nodiscard]] inline Unit unit_of(runtime::TimerContext& context, const Env& env) {
    return {runtime::work_of(context, env.district), env, ""};
}
[[nodiscard]] inline Unit unit_of(outbox::ConsumeContext& context, const Env& env) {
    return {runtime::work_of(context, env.ids, env.policies, env.district), env, context.event.id};
}

}  // namespace yilian::billing::app
