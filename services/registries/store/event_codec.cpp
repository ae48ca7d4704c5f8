#include "services/registries/store/event_codec.h"

#include "services/registries/store/enum_codec.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::registries::store {
namespace {

template <class Msg>
Msg of_enrolment(const Context& context, const domain::Enrolment& enrolment) {
    Msg m;
    *m.mutable_context() = context;
    m.set_enrolment_id(enrolment.enrolment_id);
    m.set_resident_id(enrolment.resident_id);
    m.set_disease_code(enrolment.disease_code);
    return m;
}

template <class Msg>
Msg of_place(const Context& context, const domain::Enrolment& enrolment) {
    Msg m = of_enrolment<Msg>(context, enrolment);
    m.set_institution_id(enrolment.institution_id);
    m.set_team_id(enrolment.team_id);
    return m;
}

template <class Msg>
events::EventDraft state_event(const Context& context, const domain::Enrolment& enrolment,
                               domain::CivilDate effective_on, std::string_view from,
                               std::string_view to) {
    Msg m = of_enrolment<Msg>(context, enrolment);
    m.set_effective_on(effective_on.text());
    m.set_reason_code(enrolment.reason_code);
    m.set_from_institution_id(std::string(from));
    m.set_to_institution_id(std::string(to));
    return events::make_event(m);
}

template <class Msg>
events::EventDraft action_event(const Context& context, const domain::CareAction& action) {
    Msg m;
    *m.mutable_context() = context;
    m.set_action_id(action.action_id);
    m.set_enrolment_id(action.enrolment_id);
    m.set_resident_id(action.resident_id);
    m.set_team_id(action.team_id);
    m.set_kind(to_proto(action.kind));
    m.set_due_on(action.due_on.text());
    return events::make_event(m);
}

}  // namespace

events::EventDraft candidate_found(const Context& context, const domain::Enrolment& enrolment) {
    return events::make_event(of_place<v1::EnrolmentCandidateFound>(context, enrolment));
}

events::EventDraft confirmation_requested(const Context& context,
                                          const domain::Enrolment& enrolment) {
    auto m = of_place<v1::ConfirmationRequested>(context, enrolment);
    m.set_via(enrolment.confirmation_via == "REFERRAL" ? v1::CONFIRMATION_VIA_REFERRAL
                                                       : v1::CONFIRMATION_VIA_VISIT);
    return events::make_event(m);
}

events::EventDraft enrolled(const Context& context, const domain::Enrolment& enrolment) {
    auto m = of_place<v1::ResidentEnrolled>(context, enrolment);
    m.set_confirmed_on(enrolment.confirmed_on->text());
    return events::make_event(m);
}

events::EventDraft state_changed(StateEvent event, const Context& context,
                                 const domain::Enrolment& enrolment, domain::CivilDate effective_on,
                                 std::string_view from, std::string_view to) {
    switch (event) {
        case StateEvent::kSuspended:
            return state_event<v1::EnrolmentSuspended>(context, enrolment, effective_on, from, to);
        case StateEvent::kResumed:
            return state_event<v1::EnrolmentResumed>(context, enrolment, effective_on, from, to);
        case StateEvent::kLost:
            return state_event<v1::EnrolmentLost>(context, enrolment, effective_on, from, to);
        case StateEvent::kReturned:
            return state_event<v1::EnrolmentReturned>(context, enrolment, effective_on, from, to);
        case StateEvent::kMoved:
            return state_event<v1::EnrolmentMoved>(context, enrolment, effective_on, from, to);
        case StateEvent::kTransferred:
            return state_event<v1::EnrolmentTransferred>(context, enrolment, effective_on, from,
                                                         to);
        case StateEvent::kRefused:
            return state_event<v1::EnrolmentRefused>(context, enrolment, effective_on, from, to);
        case StateEvent::kClosed:
            break;
    }
    return state_event<v1::EnrolmentClosed>(context, enrolment, effective_on, from, to);
}

events::EventDraft visit_recorded(const Context& context, const domain::Visit& visit,
                                  const std::vector<std::string>& disease_codes,
                                  const std::vector<std::string>& action_ids) {
    v1::VisitRecorded m;
    *m.mutable_context() = context;
    m.set_visit_id(visit.visit_id);
    m.set_resident_id(visit.resident_id);
    m.set_visit_on(visit.visit_on.text());
    m.set_mode(to_proto(visit.mode));
    m.set_institution_id(visit.institution_id);
    m.set_performer_id(visit.performer_id);
    m.set_team_id(visit.team_id);
    m.set_referral_id(visit.referral_id);
    for (const std::string& code : disease_codes) m.add_disease_codes(code);
    for (const std::string& id : action_ids) m.add_action_ids(id);
    return events::make_event(m);
}

events::EventDraft visit_classified(const Context& context, const domain::Visit& visit,
                                    const VisitClass& row,
                                    const std::vector<domain::CareAction>& actions) {
    v1::VisitClassified m;
    *m.mutable_context() = context;
    m.set_visit_id(visit.visit_id);
    m.set_enrolment_id(row.enrolment_id);
    m.set_resident_id(visit.resident_id);
    m.set_disease_code(row.disease_code);
    m.set_visit_on(visit.visit_on.text());
    m.set_class_(to_proto(row.control_class));
    m.set_danger(row.danger);
    m.set_on_goal(row.on_goal);
    m.set_unsatisfied_run(row.unsatisfied_run);
    m.set_next_due_on(row.next_due_on);
    m.set_rule_set_version(row.rule_set_version);
    for (const domain::CareAction& action : actions) {
        v1::PlannedAction* planned = m.add_actions();
        planned->set_action_id(action.action_id);
        planned->set_kind(to_proto(action.kind));
        planned->set_due_on(action.due_on.text());
    }
    return events::make_event(m);
}

events::EventDraft visit_voided(const Context& context, const StoredVisit& visit,
                                const std::vector<std::string>& disease_codes) {
    v1::VisitVoided m;
    *m.mutable_context() = context;
    m.set_visit_id(visit.visit.visit_id);
    m.set_resident_id(visit.visit.resident_id);
    for (const std::string& code : disease_codes) m.add_disease_codes(code);
    m.set_reason_code(visit.void_reason_code);
    return events::make_event(m);
}

events::EventDraft referral_advised(const Context& context, const domain::CareAction& action,
                                    std::string_view institution_id, domain::Urgency urgency,
                                    const std::vector<std::string>& criteria) {
    v1::ReferralAdvised m;
    *m.mutable_context() = context;
    m.set_action_id(action.action_id);
    m.set_enrolment_id(action.enrolment_id);
    m.set_visit_id(action.visit_id);
    m.set_resident_id(action.resident_id);
    m.set_team_id(action.team_id);
    m.set_institution_id(std::string(institution_id));
    m.set_disease_code(action.disease_code);
    m.set_urgency(to_proto(urgency));
    for (const std::string& code : criteria) m.add_criteria(code);
    m.set_follow_by(action.due_on.text());
    return events::make_event(m);
}

events::EventDraft action_due(const Context& context, const domain::CareAction& action) {
    return action_event<v1::CareActionDue>(context, action);
}

events::EventDraft action_overdue(const Context& context, const domain::CareAction& action) {
    return action_event<v1::CareActionOverdue>(context, action);
}

}  // namespace yilian::registries::store
