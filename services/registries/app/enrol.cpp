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
        e.institution_id = team ? team->institution_id : work.actor.institution_id;
    }
    return e;
}

Outcome<Enrolment> moved(Work& work, Enrolment e, EnrolmentAction action, EnrolmentState to,
                         std::string_view reason_code, store::StateEvent event,
                         std::string_view from_institution = "",
                         std::string_view to_institution = "") {
    const auto rules = work.rules(work.today);
    if (!rules.ok()) return rules.refusal();
    const auto applied = apply(work, e, action, to, *rules, reason_code);
    if (!applied.ok()) return applied.refusal();
    work.append(store::state_changed(event, work.event_context(*rules), e, work.today,
                                     from_institution, to_institution));
    return e;
}

// The date of a first visit: planned like a satisfied one.
void plan_first_visit(Enrolment& e, const Rules& rules) {
    e.standing.next_due_on = e.confirmed_on->plus_days(rules.classification.planned_days);
}

}  // namespace

Outcome<Enrolment> find(Work& work, std::string_view id, std::string_view etag) {
    auto e = store::enrolment(work.tx, id);
    if (!e) return Reason("NOT_FOUND");
    if (auto refusal = runtime::check_etag(etag, e->changes)) return *refusal;
    return *std::move(e);
}

Outcome<Enrolment> register_candidate(Work& work, const NewEnrolment& what) {
    const auto rules = work.rules(work.today);
    if (!rules.ok()) return rules.refusal();
    if (auto refusal = refuse_new(work, what, *rules)) return *refusal;
    Enrolment e = make(work, what);
    e.candidate_on = work.today;
    const auto applied =
        apply(work, e, EnrolmentAction::kRegister, EnrolmentState::kCandidate, *rules, "");
    if (!applied.ok()) return applied.refusal();
    work.append(store::candidate_found(work.event_context(*rules), e));
    return e;
}

Outcome<Enrolment> request_confirmation(Work& work, std::string_view id, std::string_view etag,
                                        std::string_view via) {
    auto found = find(work, id, etag);
    if (!found.ok()) return found;
    const auto rules = work.rules(work.today);
    if (!rules.ok()) return rules.refusal();
    Enrolment e = std::move(found).value();
    e.confirmation_via = via;
    const auto applied = apply(work, e, EnrolmentAction::kRequestConfirmation,
                               EnrolmentState::kConfirming, *rules, "");
    if (!applied.ok()) return applied.refusal();
    work.append(store::confirmation_requested(work.event_context(*rules), e));
    return e;
}

Outcome<Enrolment> confirm(Work& work, const Confirmation& command) {
    if (command.evidence_ref.empty()) return Reason("EVIDENCE_MISSING");
    if (command.consent_document_id.empty()) return Reason("CONSENT_MISSING");
    const auto confirmed_on = command.confirmed_on.value_or(work.today);
    const auto rules = work.rules(confirmed_on);
    if (!rules.ok()) return rules.refusal();
    auto existing = store::enrolment(work.tx, command.what.enrolment_id);
    if (existing) {
        if (auto refusal = runtime::check_etag(command.etag, existing->changes)) return *refusal;
    } else if (auto refusal = refuse_new(work, command.what, *rules)) {
        return *refusal;
    }
    const auto doctor = store::practitioner(work.tx, work.actor.id);
    if (!doctor || !doctor->works_at(work.actor.institution_id, work.today)) {
        return Reason("DOCTOR_NOT_QUALIFIED");
    }
    Enrolment e = existing ? *existing : make(work, command.what);
    e.confirmed_on = confirmed_on;
    e.confirmed_by = work.actor.id;
    e.confirmation_ref = command.evidence_ref;
    plan_first_visit(e, *rules);
    const auto applied =
        apply(work, e, EnrolmentAction::kConfirm, EnrolmentState::kActive, *rules, "");
    if (!applied.ok()) return applied.refusal();
    work.append(store::enrolled(work.event_context(*rules), e));
    return e;
}

Outcome<Allowed> may_import(Work& work, const NewEnrolment& what,
                            calendar::CivilDate confirmed_on) {
    const auto rules = work.rules(confirmed_on);
    if (!rules.ok()) return rules.refusal();
    if (auto refusal = refuse_new(work, what, *rules)) return *refusal;
    return Allowed{};
}

Outcome<Enrolment> import_confirmed(Work& work, const NewEnrolment& what,
                                    calendar::CivilDate confirmed_on, std::string_view source,
                                    std::string_view batch_id) {
    const auto rules = work.rules(confirmed_on);
    if (!rules.ok()) return rules.refusal();
    if (auto refusal = refuse_new(work, what, *rules)) return *refusal;
    Enrolment e = make(work, what);
    e.confirmed_on = confirmed_on;
    e.confirmed_by = work.actor.id;
    e.confirmation_ref = source;
    e.batch_id = batch_id;
    plan_first_visit(e, *rules);
    const auto applied =
        apply(work, e, EnrolmentAction::kImport, EnrolmentState::kActive, *rules, "");
    if (!applied.ok()) return applied.refusal();
    work.append(store::enrolled(work.event_context(*rules), e));
    return e;
}

Outcome<Enrolment> close(Work& work, Enrolment enrolment, EnrolmentAction action,
                         std::string_view reason_code) {
    const std::string id = enrolment.enrolment_id;
    const std::string resident_id = enrolment.resident_id;
    enrolment.standing.next_due_on.reset();  // invariant 11: closed ones have no due date
    auto closed = moved(work, std::move(enrolment), action, EnrolmentState::kClosed, reason_code,
                        store::StateEvent::kClosed);
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
    enrolment.suspended_until = until;
    return moved(work, std::move(enrolment), EnrolmentAction::kSuspend, EnrolmentState::kSuspended,
                 reason_code, store::StateEvent::kSuspended);
}

Outcome<Enrolment> resume(Work& work, Enrolment enrolment) {
    enrolment.suspended_until.reset();
    return moved(work, std::move(enrolment), EnrolmentAction::kResume, EnrolmentState::kActive, "",
                 store::StateEvent::kResumed);
}

Outcome<Enrolment> lose(Work& work, Enrolment enrolment) {
    return moved(work, std::move(enrolment), EnrolmentAction::kLose, EnrolmentState::kLost,
                 "NO_VISIT", store::StateEvent::kLost);
}

Outcome<Enrolment> move(Work& work, Enrolment enrolment, std::string_view to_institution_id) {
    const std::string from = enrolment.institution_id;
    auto result = moved(work, std::move(enrolment), EnrolmentAction::kMove, EnrolmentState::kMoved,
                        "MOVED", store::StateEvent::kMoved, from, to_institution_id);
    if (!result.ok() || !to_institution_id.empty()) return result;
    return close(work, std::move(result).value(), EnrolmentAction::kMoveLapses, "MOVED_OUTSIDE");
}

Outcome<Enrolment> accept_transfer(Work& work, Enrolment enrolment, std::string_view team_id) {
    const std::string from = enrolment.institution_id;
    enrolment.institution_id = work.actor.institution_id;
    enrolment.team_id = team_id;
    return moved(work, std::move(enrolment), EnrolmentAction::kAcceptTransfer,
                 EnrolmentState::kActive, "", store::StateEvent::kTransferred, from,
                 work.actor.institution_id);
}

Outcome<Enrolment> refuse(Work& work, Enrolment enrolment) {
    return moved(work, std::move(enrolment), EnrolmentAction::kRefuse, EnrolmentState::kRefused,
                 "REFUSED", store::StateEvent::kRefused);
}

Outcome<Enrolment> agree_again(Work& work, Enrolment enrolment) {
    return moved(work, std::move(enrolment), EnrolmentAction::kAgree, EnrolmentState::kActive, "",
                 store::StateEvent::kReturned);
}

}  // namespace yilian::registries::app
