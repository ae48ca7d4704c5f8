#include "services/billing/app/timers.h"

#include "libs/timers/timers.h"
#include "services/billing/app/month_runs.h"
#include "services/billing/app/payments.h"

namespace yilian::billing::app {

void bind_timers(runtime::Wiring& wiring, const Env& env) {
    wiring.on_timer(
        std::string(kOverdueTimer),
        [](const timers::Timer& timer) {
            return std::vector<std::string>{"party/" + timer.payload};
        },
        [&env](runtime::TimerContext& context) {
            Unit unit = unit_of(context, env);
            payment_overdue(unit, context.timer.key.aggregate_id);
        });
    wiring.on_timer(
        std::string(kComputeTimer),
        [](const timers::Timer& timer) {
            return std::vector<std::string>{"run/" + timer.key.aggregate_id};
        },
        [&env](runtime::TimerContext& context) {
            Unit unit = unit_of(context, env);
            compute_chunks(unit, context.timer.key.aggregate_id);
        });
}

}  // namespace yilian::billing::app
