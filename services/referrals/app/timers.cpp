#include "services/referrals/app/timers.h"

#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/timers/timers.h"
#include "services/referrals/app/channels.h"
#include "services/referrals/app/exams.h"
#include "services/referrals/app/review.h"
#include "services/referrals/app/slots.h"
#include "services/referrals/store/channel_rows.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/slot_rows.h"

namespace yilian::referrals::app {
namespace {

using runtime::TimerContext;

Work work_of(TimerContext& context, const Env& env) {
    return {context.tx,
            context.now,
            calendar::local_date(context.now),
            env,
            {"system", "", "SYSTEM"},
            context.meta.correlation_id,
            [&context](const events::EventDraft& draft) { (void)context.append(draft); },
            [](std::string_view, std::string_view) {}};
}

// Without a pack in force nothing can be decided; the timer fails, is tried again and then stands
// among the failures (architecture.md 7).
Rules rules_of(const Work& work) {
    auto rules = work.rules();
    if (!rules.ok()) throw std::runtime_error("POLICY_NOT_IN_FORCE");
    return std::move(rules).value();
}

std::function<std::vector<std::string>(const timers::Timer&)> lock_of(std::string aggregate) {
    return [aggregate = std::move(aggregate)](const timers::Timer& timer) {
        return std::vector{aggregate + "/" + timer.key.aggregate_id};
    };
}

}  // namespace

void bind_timers(runtime::Wiring& wiring, const EnvPtr& env) {
    wiring.on_timer(std::string(kStateTimer), lock_of("referral"), [env](TimerContext& context) {
        auto r = store::referral(context.tx, context.timer.key.aggregate_id);
        if (!r) return;
        Work work = work_of(context, *env);
        const Rules rules = rules_of(work);
        // Only what is due in the present state; a later state has set its own timer.
        const auto due = state_due(work, *r, rules);
        if (!due || *due > context.now) return;
        work.actor.institution_id = r->sender_institution_id;
        state_time_passed(work, *std::move(r), rules);
    });
    wiring.on_timer(std::string(kAlertTimer), lock_of("channel"), [env](TimerContext& context) {
        auto c = store::channel_case(context.tx, context.timer.key.aggregate_id);
        if (!c || !c->acknowledge_by || *c->acknowledge_by > context.now) return;
        Work work = work_of(context, *env);
        work.actor.institution_id = c->sender_institution_id;
        alert_unanswered(work, *std::move(c), rules_of(work));
    });
    wiring.on_timer(std::string(kCriticalTimer), lock_of("critical"), [env](TimerContext& context) {
        auto critical = store::critical(context.tx, context.timer.key.aggregate_id);
        if (!critical) return;
        Work work = work_of(context, *env);
        work.actor.institution_id = critical->base_institution_id;
        critical_unanswered(work, *std::move(critical), rules_of(work));
    });
    wiring.on_timer(std::string(kHoldTimer), lock_of("hold"), [env](TimerContext& context) {
        const std::string& hold_id = context.timer.key.aggregate_id;
        const auto hold = store::hold(context.tx, hold_id);
        if (!hold) return;
        Work work = work_of(context, *env);
        work.actor.institution_id = hold->owner_institution_id;
        expire_hold(work, hold_id, rules_of(work));
    });
    wiring.on_timer(std::string(kReleaseTimer), lock_of("slot"), [env](TimerContext& context) {
        const std::string& group_id = context.timer.key.aggregate_id;
        const auto slot = store::slot(context.tx, group_id);
        if (!slot) return;
        Work work = work_of(context, *env);
        work.actor.institution_id = slot->owner_institution_id;
        release_quota(work, group_id, rules_of(work));
    });
}

}  // namespace yilian::referrals::app
