#include "services/registries/app/timers.h"

#include <functional>
#include <utility>

#include "libs/runtime/work.h"
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

// The payload of every timer is the resident, whose key commands and events take too.
std::vector<std::string> resident_key(const timers::Timer& timer) {
    return {"resident/" + timer.payload};
}

// What a timer may not do now fails, so that an operator sees it among the failed ones.
template <class T>
void must(const Outcome<T>& outcome) {
    if (!outcome.ok()) {
        throw storage::Rollback(absl::FailedPreconditionError(outcome.refusal().reason.text()));
    }
}

// A timer whose enrolment has moved on meanwhile does nothing.
void on_enrolment(runtime::Wiring& wiring, const std::string& district, std::string_view kind,
                  EnrolmentAction action, std::function<Outcome<Enrolment>(Work&, Enrolment)> act) {
    wiring.on_timer(std::string(kind), resident_key,
                    [district, action, act](TimerContext& context) {
                        auto e = store::enrolment(context.tx, context.timer.key.aggregate_id);
                        if (!e || !domain::kEnrolmentLifecycle.legal(e->state, action)) return;
                        Work work = runtime::work_of(context, district);
                        work.actor.institution_id = e->institution_id;
                        must(act(work, *std::move(e)));
                    });
}

}  // namespace

void bind_timers(runtime::Wiring& wiring, const std::string& district) {
    on_enrolment(wiring, district, kLoseTimer, EnrolmentAction::kLose,
                 [](Work& work, Enrolment e) { return lose(work, std::move(e)); });
    on_enrolment(wiring, district, kResumeTimer, EnrolmentAction::kResume,
                 [](Work& work, Enrolment e) { return resume(work, std::move(e)); });
    on_enrolment(wiring, district, kMoveLapseTimer, EnrolmentAction::kMoveLapses,
                 [](Work& work, Enrolment e) {
                     return close(work, std::move(e), EnrolmentAction::kMoveLapses, "MOVE_LAPSED",
                                  work.today);
                 });
    wiring.on_timer(std::string(kActionDueTimer), resident_key, [district](TimerContext& context) {
        Work work = runtime::work_of(context, district);
        must(action_fell_due(work, context.timer.key.aggregate_id));
    });
    wiring.on_timer(std::string(kActionOverdueTimer), resident_key,
                    [district](TimerContext& context) {
                        Work work = runtime::work_of(context, district);
                        must(action_became_overdue(work, context.timer.key.aggregate_id));
                    });
}

}  // namespace yilian::registries::app
