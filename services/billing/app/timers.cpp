#include "services/billing/app/timers.h"

#include <charconv>

#include "libs/timers/timers.h"
#include "services/billing/app/dispute.h"
#include "services/billing/app/findings.h"
#include "services/billing/app/month_runs.h"
#include "services/billing/app/payments.h"
#include "services/billing/app/run_watch.h"
#include "services/billing/store/settlement_rows.h"

namespace yilian::billing::app {
namespace {

std::int64_t number_of(const std::string& text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

void bind_timers(runtime::Wiring& wiring, const Env& env) {
    const auto party = [](const timers::Timer& timer) {
        return std::vector<std::string>{"party/" + timer.payload};
    };
    wiring.on_timer(std::string(kOverdueTimer), party, [&env](runtime::TimerContext& context) {
        Unit unit = unit_of(context, env);
        payment_overdue(unit, context.timer.key.aggregate_id);
    });
    wiring.on_timer(std::string(kWarningTimer), party, [&env](runtime::TimerContext& context) {
        Unit unit = unit_of(context, env);
        payment_warned(unit, context.timer.key.aggregate_id, number_of(context.timer.key.name));
    });
    wiring.on_timer(
        std::string(kComputeTimer),
        [](const timers::Timer& timer) {
            return std::vector<std::string>{"run/" + timer.key.aggregate_id};
        },
        [&env](runtime::TimerContext& context) {
            Unit unit = unit_of(context, env);
            const std::string& run_id = context.timer.key.aggregate_id;
            if (env.run_watch != nullptr) {
                env.run_watch->started(run_id, std::chrono::steady_clock::now());
            }
            compute_chunks(unit, run_id);
            const auto run = store::run(unit.tx, run_id);
            if (env.run_watch != nullptr && run && run->state != RunState::kDraft) {
                env.run_watch->computed(run_id);
            }
        });
    wiring.on_timer(
        std::string(kHearingTimer),
        [](const timers::Timer& timer) {
            return std::vector<std::string>{"finding/" + timer.payload};
        },
        [&env](runtime::TimerContext& context) {
            Unit unit = unit_of(context, env);
            hearing_over(unit, context.timer.key.aggregate_id);
        });
    wiring.on_timer(
        std::string(kDisputeReviewTimer),
        [](const timers::Timer& timer) {
            return std::vector<std::string>{"dispute/" + timer.payload};
        },
        [&env](runtime::TimerContext& context) {
            Unit unit = unit_of(context, env);
            dispute_late(unit, context.timer.key.aggregate_id);
        });
}

}  // namespace yilian::billing::app
