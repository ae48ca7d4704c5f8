#include "services/registries/app/care_actions.h"

#include <algorithm>

#include "services/registries/store/event_codec.h"
#include "services/registries/store/rows.h"

namespace yilian::registries::app {
namespace {

using domain::CareAction;
using domain::CareActionState;
using domain::Enrolment;

void save_linked(Work& work, CareAction action, std::string_view referral_id) {
    if (action.referral_id == referral_id) return;
    action.referral_id = referral_id;
    action.changes += 1;
    store::save(work.tx, action);
    work.touch("care_action.linked", action.action_id);
}

// The open enrolment a discharge belongs to: that of the first diagnosis that has one, else the
// first by disease, so that the answer does not depend on the order of events.
std::optional<Enrolment> enrolment_for(Work& work, std::string_view resident_id,
                                       const std::vector<std::string>& disease_codes) {
    std::vector<Enrolment> open = store::enrolments_of(work.tx, resident_id);
    std::erase_if(open, [](const Enrolment& e) { return !e.open() || !e.confirmed_on; });
    if (open.empty()) return std::nullopt;
    const auto rules = rules_on(work, work.today);
    if (rules.ok()) {
        for (const std::string& code : disease_codes) {
            const std::string disease = rules->disease_of(code);
            const auto found = std::ranges::find(open, disease, &Enrolment::disease_code);
            if (found != open.end()) return *found;
        }
    }
    return open.front();
}

}  // namespace

void link_advice(Work& work, std::string_view action_id, std::string_view referral_id) {
    if (auto action = store::care_action(work.tx, action_id)) {
        save_linked(work, *action, referral_id);
    }
}

void unlink_advice(Work& work, std::string_view action_id) {
    if (auto action = store::care_action(work.tx, action_id); action && action->pending()) {
        save_linked(work, *action, "");
    }
}

void advice_done(Work& work, std::string_view action_id, std::string_view referral_id) {
    if (auto action = store::care_action(work.tx, action_id); action && action->pending()) {
        finish_action(work, *action, CareActionState::kDone, referral_id);
    }
}

void advice_ended(Work& work, std::string_view resident_id, std::string_view referral_id,
                  std::string_view reason_code) {
    for (const CareAction& action : store::care_actions_of(work.tx, resident_id)) {
        const bool advice = action.kind == domain::ActionKind::kReferUp ||
                            action.kind == domain::ActionKind::kUrgentRefer;
        if (advice && action.referral_id == referral_id && action.pending()) {
            finish_action(work, action, CareActionState::kClosed, reason_code);
        }
    }
}

void open_follow_up(Work& work, std::string_view resident_id, std::string_view referral_id,
                    std::string_view team_id, const std::vector<std::string>& disease_codes,
                    calendar::CivilDate due_on) {
    const auto actions = store::care_actions_of(work.tx, resident_id);
    const bool there = std::ranges::any_of(actions, [&](const CareAction& a) {
        return a.kind == domain::ActionKind::kFollow2w && a.referral_id == referral_id;
    });
    if (there) return;
    const auto enrolment = enrolment_for(work, resident_id, disease_codes);
    if (!enrolment) return;
    CareAction action;
    action.action_id = work.ids.next_ulid();
    action.enrolment_id = enrolment->enrolment_id;
    action.resident_id = resident_id;
    action.team_id = team_id.empty() ? enrolment->team_id : std::string(team_id);
    action.disease_code = enrolment->disease_code;
    action.referral_id = referral_id;
    action.kind = domain::ActionKind::kFollow2w;
    action.opened_on = work.today;
    action.due_on = due_on;
    action.changes = 1;
    open_action(work, action);
}

void reassessed(Work& work, std::string_view resident_id, std::string_view disease_code,
                std::string_view evidence) {
    for (const CareAction& action : store::care_actions_of(work.tx, resident_id)) {
        if (action.kind == domain::ActionKind::kReassessLongRx && action.pending() &&
            action.disease_code == disease_code) {
            finish_action(work, action, CareActionState::kDone, evidence);
        }
    }
}

Outcome<Allowed> action_fell_due(Work& work, std::string_view action_id) {
    const auto action = store::care_action(work.tx, action_id);
    if (!action || !action->pending()) return Allowed{};
    const auto rules = rules_on(work, work.today);
    if (!rules.ok()) return rules.refusal();
    work.append(store::action_due(work.event_context(*rules->pack), *action));
    return Allowed{};
}

Outcome<Allowed> action_became_overdue(Work& work, std::string_view action_id) {
    auto action = store::care_action(work.tx, action_id);
    if (!action || action->state != CareActionState::kOpen) return Allowed{};
    const auto rules = rules_on(work, work.today);
    if (!rules.ok()) return rules.refusal();
    action->state = CareActionState::kOverdue;
    action->changes += 1;
    store::save(work.tx, *action);
    work.append(store::action_overdue(work.event_context(*rules->pack), *action));
    return Allowed{};
}

}  // namespace yilian::registries::app
