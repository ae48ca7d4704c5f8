#include "services/registries/app/work.h"

#include <algorithm>

#include "libs/calendar/local_time.h"
#include "libs/policy/keys/registries.h"
#include "libs/timers/timers.h"
#include "services/registries/app/timer_kinds.h"
#include "services/registries/store/rows.h"

namespace yilian::registries::app {
namespace {

domain::ClassificationPolicy classification_policy(const policy::Pack& pack) {
    domain::ClassificationPolicy p;
    p.goal_rule_set =
        *domain::goal_rule_set_of(pack.get(policy::kRegistryHypertensionControlRuleSet));
    p.comorbid_goal_enabled = pack.get(policy::kRegistryHypertensionComorbidGoalEnabled);
    const policy::Numbers& goal = pack.get(policy::kRegistryHypertensionComorbidGoal);
    p.comorbid_sbp_below_mmhg = static_cast<std::int32_t>(goal.at(0));
    p.comorbid_dbp_below_mmhg = static_cast<std::int32_t>(goal.at(1));
    p.urgent_days = static_cast<std::int32_t>(pack.get(policy::kRegistryFollowupUrgentDays));
    p.planned_days = static_cast<std::int32_t>(pack.get(policy::kRegistryFollowupPlannedDays));
    return p;
}

void set_timer(Work& work, std::string_view kind, const std::string& id, calendar::CivilDate on,
               const std::string& resident_id) {
    timers::schedule(work.tx, {std::string(kind), id}, calendar::start_of_day(on), resident_id);
}

void clear_timer(Work& work, std::string_view kind, const std::string& id) {
    (void)timers::cancel(work.tx, {std::string(kind), id});
}

}  // namespace

bool Rules::disease_enabled(std::string_view disease_code) const {
    return std::ranges::find(pack->get(policy::kRegistryDiseases), disease_code) !=
           pack->get(policy::kRegistryDiseases).end();
}

std::int32_t Rules::lost_after_months() const {
    return static_cast<std::int32_t>(pack->get(policy::kRegistryLostAfterMonths));
}

std::int32_t Rules::moved_close_after_days() const {
    return static_cast<std::int32_t>(pack->get(policy::kRegistryMovedCloseAfterDays));
}

std::string Rules::disease_of(std::string_view diagnosis_code) const {
    for (const auto& [disease, prefixes] : pack->get(policy::kRegistryDiseaseMap)) {
        if (disease == diagnosis_code) return disease;
        for (const std::string& prefix : prefixes) {
            if (diagnosis_code.starts_with(prefix)) return disease;
        }
    }
    return disease_enabled(diagnosis_code) ? std::string(diagnosis_code) : "";
}

Outcome<Rules> Work::rules(calendar::CivilDate service_date) const {
    auto pack = policies.at(district, service_date);
    if (!pack.ok()) return pack.refusal();
    Rules rules{*pack, {}};
    rules.classification = classification_policy(*rules.pack);
    return rules;
}

common::v1::EventContext Work::event_context(const Rules& rules) const {
    common::v1::EventContext context;
    context.set_district_code(district);
    context.set_policy_pack_id(rules.pack->id());
    context.set_policy_pack_version(rules.pack->version());
    context.set_policy_digest(rules.pack->digest());
    context.set_actor_kind(actor.kind);
    context.set_institution_id(actor.institution_id);
    return context;
}

Outcome<Allowed> apply(Work& work, domain::Enrolment& enrolment, domain::EnrolmentAction action,
                       domain::EnrolmentState to, const Rules& rules,
                       std::string_view reason_code) {
    const domain::EnrolmentState from = enrolment.state;
    if (from == domain::EnrolmentState::kNone) {
        enrolment.state = domain::kEnrolmentLifecycle.create(action, to);
    } else {
        const auto entered = domain::kEnrolmentLifecycle.enter(from, action, to);
        if (!entered.ok()) return entered.refusal();
        enrolment.state = *entered;
    }
    enrolment.reason_code = reason_code;
    enrolment.pack_id = rules.pack->id();
    enrolment.pack_version = rules.pack->version();
    enrolment.changes += 1;
    enrolment.changed_at = work.now;
    store::save(work.tx, enrolment);
    store::add_journal(work.tx, enrolment,
                       {.action = std::string(domain::kEnrolmentLifecycle.name(action)),
                        .from_state = std::string(domain::name_of(from)),
                        .to_state = std::string(domain::name_of(enrolment.state)),
                        .actor_id = work.actor.id,
                        .institution_id = work.actor.institution_id,
                        .at = work.now,
                        .correlation_id = work.correlation_id});
    plan_timers(work, enrolment, rules);
    work.touch("enrolment", enrolment.enrolment_id);
    return Allowed{};
}

void plan_timers(Work& work, const domain::Enrolment& enrolment, const Rules& rules) {
    const std::string& id = enrolment.enrolment_id;
    const bool cared_for = enrolment.state == domain::EnrolmentState::kActive ||
                           enrolment.state == domain::EnrolmentState::kSuspended;
    const auto since = enrolment.standing.last_visit_on ? enrolment.standing.last_visit_on
                                                        : enrolment.confirmed_on;
    if (cared_for && since) {
        // A span of n months from day d includes d + n months (interop.md 1).
        set_timer(work, kLoseTimer, id,
                  since->plus_months(rules.lost_after_months()).plus_days(1),
                  enrolment.resident_id);
    } else {
        clear_timer(work, kLoseTimer, id);
    }
    if (enrolment.state == domain::EnrolmentState::kSuspended && enrolment.suspended_until) {
        set_timer(work, kResumeTimer, id, enrolment.suspended_until->plus_days(1),
                  enrolment.resident_id);
    } else {
        clear_timer(work, kResumeTimer, id);
    }
    if (enrolment.state == domain::EnrolmentState::kMoved) {
        set_timer(work, kMoveLapseTimer, id, work.today.plus_days(rules.moved_close_after_days()),
                  enrolment.resident_id);
    } else {
        clear_timer(work, kMoveLapseTimer, id);
    }
}

void open_action(Work& work, const domain::CareAction& action) {
    store::save(work.tx, action);
    set_timer(work, kActionDueTimer, action.action_id, action.due_on, action.resident_id);
    set_timer(work, kActionOverdueTimer, action.action_id, action.due_on.plus_days(1),
              action.resident_id);
    work.touch("care_action", action.action_id);
}

void finish_action(Work& work, domain::CareAction action, domain::CareActionState state,
                   std::string_view done_ref) {
    action.state = state;
    action.done_ref = done_ref;
    action.changes += 1;
    store::save(work.tx, action);
    clear_timer(work, kActionDueTimer, action.action_id);
    clear_timer(work, kActionOverdueTimer, action.action_id);
    work.touch("care_action", action.action_id);
}

}  // namespace yilian::registries::app
