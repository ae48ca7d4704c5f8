#include "services/registries/app/steps.h"

#include "libs/calendar/local_time.h"
#include "libs/timers/timers.h"
#include "services/registries/app/timer_kinds.h"
#include "services/registries/store/rows.h"

namespace yilian::registries::app {
namespace {

using domain::EnrolmentState;

void set_timer(Work& work, std::string_view kind, const std::string& id, calendar::CivilDate on,
               const std::string& resident_id) {
    timers::schedule(work.tx, {std::string(kind), id}, calendar::start_of_day(on), resident_id);
}

void clear_timer(Work& work, std::string_view kind, const std::string& id) {
    (void)timers::cancel(work.tx, {std::string(kind), id});
}

// The timers that the enrolment's state asks for: loss after months without a visit, end of a
// pause, lapse of a move; those of former states are gone.
void plan_timers(Work& work, const domain::Enrolment& enrolment, const Rules& rules) {
    const std::string& id = enrolment.enrolment_id;
    const bool cared_for =
        enrolment.state == EnrolmentState::kActive || enrolment.state == EnrolmentState::kSuspended;
    if (const auto since = enrolment.without_visit_since(); cared_for && since) {
        // A span of n months from day d includes d + n months (interop.md 1).
        set_timer(work, kLoseTimer, id, since->plus_months(rules.lost_after_months()).plus_days(1),
                  enrolment.resident_id);
    } else {
        clear_timer(work, kLoseTimer, id);
    }
    if (enrolment.state == EnrolmentState::kSuspended && enrolment.suspended_until) {
        set_timer(work, kResumeTimer, id, enrolment.suspended_until->plus_days(1),
                  enrolment.resident_id);
    } else {
        clear_timer(work, kResumeTimer, id);
    }
    if (enrolment.state == EnrolmentState::kMoved) {
        set_timer(work, kMoveLapseTimer, id, work.today.plus_days(rules.moved_close_after_days()),
                  enrolment.resident_id);
    } else {
        clear_timer(work, kMoveLapseTimer, id);
    }
}

void keep(Work& work, domain::Enrolment& enrolment, std::string_view action, EnrolmentState from) {
    enrolment.changes += 1;
    enrolment.changed_at = work.now;
    store::save(work.tx, enrolment);
    store::add_journal(work.tx, enrolment,
                       {.action = std::string(action),
                        .from_state = std::string(domain::name_of(from)),
                        .to_state = std::string(domain::name_of(enrolment.state)),
                        .actor_id = work.actor.id,
                        .institution_id = work.actor.institution_id,
                        .at = work.now,
                        .correlation_id = work.correlation_id});
    // One event may take an enrolment through several rows, each once.
    work.touch("enrolment: " + std::string(action), enrolment.enrolment_id);
}

}  // namespace

Outcome<Allowed> apply(Work& work, domain::Enrolment& enrolment, domain::EnrolmentAction action,
                       EnrolmentState to, const Rules& rules, std::string_view reason_code) {
    const EnrolmentState from = enrolment.state;
    if (from == EnrolmentState::kNone) {
        enrolment.state = domain::kEnrolmentLifecycle.create(action, to);
    } else {
        const auto entered = domain::kEnrolmentLifecycle.enter(from, action, to);
        if (!entered.ok()) return entered.refusal();
        enrolment.state = *entered;
    }
    enrolment.reason_code = reason_code;
    enrolment.pack_id = rules.pack->id();
    enrolment.pack_version = rules.pack->version();
    keep(work, enrolment, domain::kEnrolmentLifecycle.name(action), from);
    plan_timers(work, enrolment, rules);
    return Allowed{};
}

void note_change(Work& work, domain::Enrolment& enrolment, std::string_view action) {
    keep(work, enrolment, action, enrolment.state);
}

void open_action(Work& work, const domain::CareAction& action) {
    store::save(work.tx, action);
    set_timer(work, kActionDueTimer, action.action_id, action.due_on, action.resident_id);
    set_timer(work, kActionOverdueTimer, action.action_id, action.due_on.plus_days(1),
              action.resident_id);
    work.touch("care_action.opened", action.action_id);
}

void finish_action(Work& work, domain::CareAction action, domain::CareActionState state,
                   std::string_view done_ref) {
    action.state = state;
    action.done_ref = done_ref;
    action.changes += 1;
    store::save(work.tx, action);
    clear_timer(work, kActionDueTimer, action.action_id);
    clear_timer(work, kActionOverdueTimer, action.action_id);
    work.touch("care_action.finished", action.action_id);
}

void reopen_action(Work& work, domain::CareAction action) {
    action.state = action.due_on < work.today ? domain::CareActionState::kOverdue
                                              : domain::CareActionState::kOpen;
    action.done_ref.clear();
    action.changes += 1;
    store::save(work.tx, action);
    // Days that have come were told when they came.
    if (work.today < action.due_on) {
        set_timer(work, kActionDueTimer, action.action_id, action.due_on, action.resident_id);
    }
    if (work.today <= action.due_on) {
        set_timer(work, kActionOverdueTimer, action.action_id, action.due_on.plus_days(1),
                  action.resident_id);
    }
    work.touch("care_action.reopened", action.action_id);
}

}  // namespace yilian::registries::app
