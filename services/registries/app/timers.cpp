#include "services/registries/app/timers.h"

#include <functional>
#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/timers/timers.h"
#include "services/registries/app/care_actions.h"
#include "services/registries/app/enrol.h"
#include "services/registries/app/timer_kinds.h"
#include "services/registries/store/rows.h"

namespace yilian::registries::app {
namespace {

using domain::Enrolment;
using domain::EnrolmentAction;
using runtime::TimerContext;

Work work_of(TimerContext& context, const std::string& district) {
    return {context.tx,
            context.now,
            calendar::local_date(context.now),
            context.ids,
            context.policies,
            district,
            {"system", "", "SYSTEM"},
            context.meta.correlation_id,
            [&context](const events::EventDraft& draft) { (void)context.append(draft); },
            [](std::string_view, std::string_view) {}};
}

// The payload of every timer is the resident, whose key commands and events take too.
std::vector<std::string> resident_key(const timers::Timer& timer) {
    return {"resident/" + timer.payload};
}

// A timer whose enrolment has moved on meanwhile does nothing.
void on_enrolment(runtime::Wiring& wiring, const std::string& district, std::string_view kind,
                  EnrolmentAction action, std::function<void(Work&, Enrolment)> act) {
    wiring.on_timer(std::string(kind), resident_key, [district, action, act](TimerContext& context) {
        auto e = store::enrolment(context.tx, context.timer.key.aggregate_id);
        if (!e || !domain::kEnrolmentLifecycle.legal(e->state, action)) return;
        Work work = work_of(context, district);
        work.actor.institution_id = e->institution_id;
        act(work, *std::move(e));
    });
}

}  // namespace

void bind_timers(runtime::Wiring& wiring, const std::string& district) {
    on_enrolment(wiring, district, kLoseTimer, EnrolmentAction::kLose,
                 [](Work& work, Enrolment e) { (void)lose(work, std::move(e)); });
    on_enrolment(wiring, district, kResumeTimer, EnrolmentAction::kResume,
                 [](Work& work, Enrolment e) { (void)resume(work, std::move(e)); });
    on_enrolment(wiring, district, kMoveLapseTimer, EnrolmentAction::kMoveLapses,
                 [](Work& work, Enrolment e) {
                     (void)close(work, std::move(e), EnrolmentAction::kMoveLapses, "MOVE_LAPSED");
                 });
    wiring.on_timer(std::string(kActionDueTimer), resident_key, [district](TimerContext& context) {
        Work work = work_of(context, district);
        action_fell_due(work, context.timer.key.aggregate_id);
    });
    wiring.on_timer(std::string(kActionOverdueTimer), resident_key, [district](TimerContext& context) {
        Work work = work_of(context, district);
        action_became_overdue(work, context.timer.key.aggregate_id);
    });
}

}  // namespace yilian::registries::app
