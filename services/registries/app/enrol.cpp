#include "services/registries/app/enrol.h"

#include <algorithm>
#include <utility>

#include "libs/runtime/command.h"
#include "services/registries/store/event_codec.h"
#include "services/registries/store/rows.h"

namespace yilian::registries::app {
namespace {

using domain::Enrolment;
using domain::EnrolmentAction;
using domain::EnrolmentState;

// Guards of rows 1, 4 and 5.
std::optional<Refusal> refuse_new(Work& work, const NewEnrolment& what, const Rules& rules) {
    const auto resident = store::resident(work.tx, what.resident_id);
    if (!resident) return Refusal{"RESIDENT_NOT_FOUND"};
    if (!resident->merged_into.empty()) {
        return Refusal{"RESIDENT_NOT_FOUND", {{"merged_into", resident->merged_into}}};
    }
    if (resident->deceased_on) return Refusal{"RESIDENT_DECEASED"};
    if (!rules.disease_enabled(what.disease_code)) {
        return Refusal{"DISEASE_NOT_ENABLED", {{"disease_code", what.disease_code}}};
    }
    for (const Enrolment& e : store::enrolments_of(work.tx, what.resident_id)) {
        if (e.open() && e.disease_code == what.disease_code) {
            return Refusal{"ENROLMENT_EXISTS", {{"enrolment_id", e.enrolment_id}}};
        }
    }
    if (store::enrolment(work.tx, what.enrolment_id)) {
        return Refusal{"ENROLMENT_EXISTS", {{"enrolment_id", what.enrolment_id}}};
    }
    const auto place = store::institution_of_team(work.tx, what.team_id);
    if (place && !what.institution_id.empty() && *place != what.institution_id) {
        return Refusal{"TARGET_NOT_FOUND", {{"team_id", what.team_id}}};
    }
    return std::nullopt;
}

Enrolment make(Work& work, const NewEnrolment& what) {
    Enrolment e;
    e.enrolment_id = what.enrolment_id;
    e.resident_id = what.resident_id;
    e.disease_code = what.disease_code;
    e.team_id = what.team_id;
    e.institution_id = what.institution_id;
    const auto team = store::team_in_charge(work.tx, what.resident_id, work.today);
    if (e.team_id.empty() && team) e.team_id = team->team_id;
    if (e.institution_id.empty()) {
        const auto place = store::institution_of_team(work.tx, e.team_id);
        e.institution_id = place ? *place : team ? team->institution_id : work.actor.institution_id;
    }
    return e;
}

struct Move {
    EnrolmentAction action;
    EnrolmentState to;
    std::string_view reason_code;
    store::StateEvent event;
    calendar::CivilDate on;
    std::string_view from_institution = "";
    std::string_view to_institution = "";
};

Outcome<Enrolment> moved(Work& work, Enrolment e, const Move& move) {
    const auto rules = rules_on(work, work.today);
    if (!rules.ok()) return rules.refusal();
    const auto applied = apply(work, e, move.action, move.to, *rules, move.reason_code);
    if (!applied.ok()) return applied.refusal();
    work.append(store::state_changed(move.event, work.event_context(*rules->pack), e, move.on,
                                     move.from_institution, move.to_institution));
    return e;
}

// Confirmed: the first visit is planned like the one after a satisfied visit.
void begin(Work& work, Enrolment& e, calendar::CivilDate confirmed_on, std::string_view evidence,
           const Rules& rules) {
    e.confirmed_on = confirmed_on;
    e.enrolled_on = work.today;
    e.confirmed_by = work.actor.id;
    e.confirmation_ref = evidence;
    e.standing.next_due_on = confirmed_on.plus_days(rules.classification.planned_days);
}

std::optional<Refusal> refuse_future(const Work& work, calendar::CivilDate day, const char* field) {
    if (day <= work.today) return std::nullopt;
    return Refusal{"FIELD_RANGE", {{"field", field}}};
}

}  // namespace

Outcome<Enrolment> find(Work& work, std::string_view id, std::string_view etag) {
    auto e = store::enrolment(work.tx, id);
    if (!e) return Reason("NOT_FOUND");
    if (auto refusal = runtime::check_etag(etag, e->changes)) return *refusal;
    return *std::move(e);
}

Outcome<Enrolment> register_candidate(Work& work, const NewEnrolment& what) {
    const auto rules = rules_on(work, work.today);
    if (!rules.ok()) return rules.refusal();
    if (auto refusal = refuse_new(work, what, *rules)) return *refusal;
    Enrolment e = make(work, what);
    e.candidate_on = work.today;
    const auto applied =
        apply(work, e, EnrolmentAction::kRegister, EnrolmentState::kCandidate, *rules, "");
    if (!applied.ok()) return applied.refusal();
    work.append(store::candidate_found(work.event_context(*rules->pack), e));
    return e;
}

Outcome<Enrolment> request_confirmation(Work& work, std::string_view id, std::string_view etag,
                                        std::string_view via) {
    auto found = find(work, id, etag);
    if (!found.ok()) return found;
    const auto rules = rules_on(work, work.today);
    if (!rules.ok()) return rules.refusal();
    Enrolment e = std::move(found).value();
    e.confirmation_via = via;
    const auto applied = apply(work, e, EnrolmentAction::kRequestConfirmation,
                               EnrolmentState::kConfirming, *rules, "");
    if (!applied.ok()) return applied.refusal();
    work.append(store::confirmation_requested(work.event_context(*rules->pack), e));
    return e;
}

Outcome<Enrolment> confirm(Work& work, const Confirmation& command) {
    const auto confirmed_on = command.confirmed_on.value_or(work.today);
    const auto rules = rules_on(work, confirmed_on);
    if (!rules.ok()) return rules.refusal();
    const auto existing = store::enrolment(work.tx, command.what.enrolment_id);
    if (existing) {
        if (auto refusal = runtime::check_etag(command.etag, existing->changes)) return *refusal;
        const auto legal =
            domain::kEnrolmentLifecycle.check(existing->state, EnrolmentAction::kConfirm);
        if (!legal.ok()) return legal.refusal();
    } else if (auto refusal = refuse_new(work, command.what, *rules)) {
        return *refusal;
    }
    const std::string evidence = !command.evidence_ref.empty() ? command.evidence_ref
                                 : existing                    ? existing->confirmation_ref
                                                               : "";
    if (evidence.empty()) return Reason("EVIDENCE_MISSING");
    if (command.consent_document_id.empty()) return Reason("CONSENT_MISSING");
    if (auto refusal = refuse_future(work, confirmed_on, "confirmed_on")) return *refusal;
    const auto doctor = store::practitioner(work.tx, work.actor.id);
    if (!doctor || !doctor->works_at(work.actor.institution_id, work.today)) {
        return Reason("DOCTOR_NOT_QUALIFIED");
    }
    Enrolment e = existing ? *existing : make(work, command.what);
    begin(work, e, confirmed_on, evidence, *rules);
    const auto applied =
        apply(work, e, EnrolmentAction::kConfirm, EnrolmentState::kActive, *rules, "");
    if (!applied.ok()) return applied.refusal();
    work.append(store::enrolled(work.event_context(*rules->pack), e));
    return e;
}

Outcome<Allowed> may_import(Work& work, const NewEnrolment& what,
                            calendar::CivilDate confirmed_on) {
    const auto rules = rules_on(work, confirmed_on);
    if (!rules.ok()) return rules.refusal();
    if (auto refusal = refuse_future(work, confirmed_on, "confirmed_on")) return *refusal;
    if (auto refusal = refuse_new(work, what, *rules)) return *refusal;
    return Allowed{};
}

Outcome<Enrolment> import_confirmed(Work& work, const NewEnrolment& what,
                                    calendar::CivilDate confirmed_on, std::string_view source,
                                    std::string_view batch_id) {
    if (auto allowed = may_import(work, what, confirmed_on); !allowed.ok()) {
        return allowed.refusal();
    }
    const auto rules = rules_on(work, confirmed_on);
    Enrolment e = make(work, what);
    e.batch_id = batch_id;
    begin(work, e, confirmed_on, source, *rules);
    const auto applied =
        apply(work, e, EnrolmentAction::kImport, EnrolmentState::kActive, *rules, "");
    if (!applied.ok()) return applied.refusal();
    work.append(store::enrolled(work.event_context(*rules->pack), e));
    return e;
}

Outcome<Enrolment> close(Work& work, Enrolment enrolment, EnrolmentAction action,
                         std::string_view reason_code, calendar::CivilDate on) {
    const std::string id = enrolment.enrolment_id;
    const std::string resident_id = enrolment.resident_id;
    enrolment.standing.next_due_on.reset();  // invariant 11: closed ones have no due date
    auto closed =
        moved(work, std::move(enrolment),
              {action, EnrolmentState::kClosed, reason_code, store::StateEvent::kClosed, on});
    if (!closed.ok()) return closed;
    for (const domain::CareAction& open : store::care_actions_of(work.tx, resident_id)) {
        if (open.enrolment_id == id && open.pending()) {
            finish_action(work, open, domain::CareActionState::kClosed, reason_code);
        }
    }
    return closed;
}

Outcome<Enrolment> suspend(Work& work, Enrolment enrolment, calendar::CivilDate until,
                           std::string_view reason_code) {
    if (until < work.today) return Refusal{"FIELD_RANGE", {{"field", "until_on"}}};
    enrolment.suspended_until = until;
    return moved(work, std::move(enrolment),
                 {EnrolmentAction::kSuspend, EnrolmentState::kSuspended, reason_code,
                  store::StateEvent::kSuspended, work.today});
}

Outcome<Enrolment> resume(Work& work, Enrolment enrolment) {
    enrolment.suspended_until.reset();
    return moved(work, std::move(enrolment),
                 {EnrolmentAction::kResume, EnrolmentState::kActive, "",
                  store::StateEvent::kResumed, work.today});
}

Outcome<Enrolment> lose(Work& work, Enrolment enrolment) {
    enrolment.suspended_until.reset();
    return moved(work, std::move(enrolment),
                 {EnrolmentAction::kLose, EnrolmentState::kLost, "NO_VISIT",
                  store::StateEvent::kLost, work.today});
}

Outcome<Enrolment> move(Work& work, Enrolment enrolment, std::string_view to_institution_id,
                        calendar::CivilDate on) {
    const std::string from = enrolment.institution_id;
    enrolment.suspended_until.reset();
    enrolment.moved_to = to_institution_id;
    auto result = moved(work, std::move(enrolment),
                        {EnrolmentAction::kMove, EnrolmentState::kMoved, "MOVED",
                         store::StateEvent::kMoved, on, from, to_institution_id});
    if (!result.ok() || !to_institution_id.empty()) return result;
    return close(work, std::move(result).value(), EnrolmentAction::kMoveLapses, "MOVED_OUTSIDE",
                 on);
}

Outcome<Enrolment> accept_transfer(Work& work, Enrolment enrolment, std::string_view team_id) {
    const std::string& here = work.actor.institution_id;
    const auto legal =
        domain::kEnrolmentLifecycle.check(enrolment.state, EnrolmentAction::kAcceptTransfer);
    if (!legal.ok()) return legal.refusal();
    if (!enrolment.moved_to.empty() && enrolment.moved_to != here) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    if (store::institution_of_team(work.tx, team_id) != here) {
        return Refusal{"TARGET_NOT_FOUND", {{"team_id", std::string(team_id)}}};
    }
    const std::string from = enrolment.institution_id;
    enrolment.institution_id = here;
    enrolment.team_id = team_id;
    enrolment.moved_to.clear();
    return moved(work, std::move(enrolment),
                 {EnrolmentAction::kAcceptTransfer, EnrolmentState::kActive, "",
                  store::StateEvent::kTransferred, work.today, from, here});
}

Outcome<Enrolment> refuse(Work& work, Enrolment enrolment) {
    return moved(work, std::move(enrolment),
                 {EnrolmentAction::kRefuse, EnrolmentState::kRefused, "REFUSED",
                  store::StateEvent::kRefused, work.today});
}

Outcome<Enrolment> agree_again(Work& work, Enrolment enrolment) {
    return moved(work, std::move(enrolment),
                 {EnrolmentAction::kAgree, EnrolmentState::kActive, "",
                  store::StateEvent::kReturned, work.today});
}

void follow_contract(Work& work, const std::string& resident_id, const std::string& team_id,
                     std::string_view institution_id) {
    for (Enrolment& e : store::enrolments_of(work.tx, resident_id)) {
        if (!e.open() || e.institution_id != institution_id || e.team_id == team_id) continue;
        e.team_id = team_id;
        note_change(work, e, "follow the contract's team");
        for (domain::CareAction action : store::care_actions_of(work.tx, resident_id)) {
            if (action.enrolment_id != e.enrolment_id || !action.pending()) continue;
            action.team_id = team_id;
            action.changes += 1;
            store::save(work.tx, action);
            work.touch("care_action.team", action.action_id);
        }
    }
}

void keep_confirmation(Work& work, const std::string& resident_id, const std::string& referral_id,
                       const std::vector<std::string>& diagnosis_codes) {
    const auto rules = rules_on(work, work.today);
    if (!rules.ok()) return;
    for (Enrolment& e : store::enrolments_of(work.tx, resident_id)) {
        const bool waits =
            e.state == EnrolmentState::kConfirming && e.confirmation_via == "REFERRAL";
        const bool named = std::ranges::any_of(diagnosis_codes, [&](const std::string& code) {
            return rules->disease_of(code) == e.disease_code;
        });
        if (!waits || !named) continue;
        e.confirmation_ref = referral_id;
        note_change(work, e, "keep the referral's diagnosis");
    }
}

}  // namespace yilian::registries::app
