#include "services/registries/rpc/encode.h"

#include <algorithm>

#include "fmt/format.h"
#include "libs/runtime/command.h"
#include "services/registries/domain/enrolment_table.h"
#include "services/registries/store/enum_codec.h"
#include "yilian/registries/v1/registry_service.pb.h"

namespace yilian::registries::rpc_edge {
namespace {

std::string text_of(const std::optional<domain::CivilDate>& date) {
    return date ? date->text() : "";
}

void set_time(google::protobuf::Timestamp* out, Instant at) {
    const auto ms = to_ms(at);
    out->set_seconds(ms / 1000);
    out->set_nanos(static_cast<std::int32_t>(ms % 1000 * 1'000'000));
}

}  // namespace

namespace {

using Role = domain::EnrolmentRole;

lifecycle::Set<Role> roles_of(const rpc::Caller& caller) {
    lifecycle::Set<Role> roles;
    const bool team = caller.has_role("doctor") || caller.has_role("nurse");
    if (team || caller.has_role("team_lead")) roles = roles | lifecycle::Set<Role>{Role::kTeam};
    if (caller.has_role("doctor")) roles = roles | lifecycle::Set<Role>{Role::kDoctor};
    if (caller.has_role("team_lead")) roles = roles | lifecycle::Set<Role>{Role::kTeamLead};
    return roles;
}

bool is_method(const std::string& name) {
    static const auto* const kService =
        v1::RecordVisitRequest::descriptor()->file()->FindServiceByName("RegistryService");
    return kService->FindMethodByName(name) != nullptr;
}

// A visit may be recorded wherever one is received, whichever row it takes; what is no method
// belongs to the system. An institution that does not care may only take over.
std::vector<std::string> allowed_actions(const domain::Enrolment& e, const rpc::Caller& caller) {
    const auto roles = roles_of(caller);
    auto names = domain::kEnrolmentLifecycle.allowed_action_names(
        e.state, roles, [](const lifecycle::RowData&) { return true; });
    if (e.receives_visits() && roles.contains(Role::kTeam)) names.emplace_back("RecordVisit");
    const bool ours = e.institution_id == caller.institution_id;
    const bool target = e.moved_to.empty() || e.moved_to == caller.institution_id;
    std::erase_if(names, [&](const std::string& name) {
        if (name == "AcceptTransfer") return !target;
        return !ours || !is_method(name);
    });
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

}  // namespace

v1::Enrolment encode(const domain::Enrolment& e, const rpc::Caller& caller) {
    v1::Enrolment m;
    m.set_enrolment_id(e.enrolment_id);
    m.set_resident_id(e.resident_id);
    m.set_disease_code(e.disease_code);
    m.set_team_id(e.team_id);
    m.set_institution_id(e.institution_id);
    m.set_state(store::to_proto(e.state));
    m.set_candidate_on(text_of(e.candidate_on));
    m.set_confirmed_on(text_of(e.confirmed_on));
    m.set_confirmed_by(e.confirmed_by);
    m.set_confirmation_ref(e.confirmation_ref);
    if (!e.confirmation_via.empty()) {
        m.set_confirmation_via(e.confirmation_via == "REFERRAL" ? v1::CONFIRMATION_VIA_REFERRAL
                                                                : v1::CONFIRMATION_VIA_VISIT);
    }
    m.set_class_(store::to_proto(e.standing.control_class));
    m.set_unsatisfied_run(e.standing.unsatisfied_run);
    m.set_last_visit_on(text_of(e.standing.last_visit_on));
    m.set_last_visit_id(e.standing.last_visit_id);
    m.set_next_due_on(text_of(e.standing.next_due_on));
    m.set_suspended_until(text_of(e.suspended_until));
    m.set_reason_code(e.reason_code);
    m.set_registry_pack_id(e.pack_id);
    m.set_registry_pack_version(e.pack_version);
    m.set_etag(runtime::make_etag(e.changes));
    for (std::string& name : allowed_actions(e, caller)) m.add_allowed_actions(std::move(name));
    return m;
}

v1::CareAction encode(const domain::CareAction& a) {
    v1::CareAction m;
    m.set_action_id(a.action_id);
    m.set_enrolment_id(a.enrolment_id);
    m.set_resident_id(a.resident_id);
    m.set_team_id(a.team_id);
    m.set_disease_code(a.disease_code);
    m.set_referral_id(a.referral_id);
    m.set_kind(store::to_proto(a.kind));
    m.set_due_on(a.due_on.text());
    m.set_state(store::to_proto(a.state));
    m.set_done_ref(a.done_ref);
    m.set_visit_id(a.visit_id);
    m.set_etag(runtime::make_etag(a.changes));
    return m;
}

v1::Visit encode(storage::Transaction& tx, const store::StoredVisit& stored) {
    v1::Visit m;
    const domain::Visit& v = stored.visit;
    m.set_visit_id(v.visit_id);
    m.set_resident_id(v.resident_id);
    m.set_institution_id(v.institution_id);
    m.set_team_id(v.team_id);
    m.set_performer_id(v.performer_id);
    YILIAN_INVARIANT(m.mutable_data()->ParseFromString(stored.data),
                     "registries: stored visit does not parse");
    set_time(m.mutable_recorded_at(), stored.recorded_at);
    m.set_referral_id(v.referral_id);
    m.set_voided(stored.voided);
    m.set_void_reason_code(stored.void_reason_code);
    m.set_etag(runtime::make_etag(stored.changes));
    const auto actions = store::care_actions_of(tx, v.resident_id);
    for (const store::VisitClass& row : store::classes_of(tx, v.visit_id)) {
        v1::Classification* c = m.add_classifications();
        c->set_enrolment_id(row.enrolment_id);
        c->set_disease_code(row.disease_code);
        c->set_class_(store::to_proto(row.control_class));
        c->set_danger(row.danger);
        c->set_on_goal(row.on_goal);
        c->set_unsatisfied_run(row.unsatisfied_run);
        c->set_next_due_on(row.next_due_on);
        c->set_rule_set_version(row.rule_set_version);
        for (const std::string& field : row.missing) c->add_missing(field);
        for (const domain::CareAction& action : actions) {
            if (action.visit_id == v.visit_id && action.enrolment_id == row.enrolment_id) {
                *c->add_actions() = encode(action);
            }
        }
    }
    std::vector<std::string> done;
    for (const domain::CareAction& action : actions) {
        if (action.done_ref == v.visit_id && action.state == domain::CareActionState::kDone) {
            done.push_back(action.action_id);
        }
    }
    std::ranges::sort(done);
    for (std::string& id : done) m.add_done_action_ids(std::move(id));
    return m;
}

v1::Classification encode(const app::PreviewedClass& preview) {
    v1::Classification m;
    const domain::Classification& c = preview.classification;
    m.set_enrolment_id(preview.enrolment_id);
    m.set_disease_code(preview.disease_code);
    m.set_class_(store::to_proto(c.control_class));
    m.set_danger(c.danger);
    m.set_on_goal(c.on_goal);
    m.set_unsatisfied_run(c.unsatisfied_run);
    m.set_next_due_on(text_of(c.next_due_on));
    m.set_rule_set_version(c.rule_set_version);
    for (const std::string& field : c.missing) m.add_missing(field);
    if (domain::family_of(preview.disease_code) == domain::DiseaseFamily::kHypertension) {
        m.set_goal(fmt::format("<{}/{}", preview.goal.sbp_below_mmhg, preview.goal.dbp_below_mmhg));
    }
    for (const std::string& code : c.criteria) m.add_reasons(code);
    return m;
}

v1::ControlStatus encode_status(const domain::Enrolment& e) {
    v1::ControlStatus m;
    m.set_enrolment_id(e.enrolment_id);
    m.set_disease_code(e.disease_code);
    m.set_class_(store::to_proto(e.standing.control_class));
    m.set_on_goal(e.standing.on_goal);
    m.set_visit_id(e.standing.class_visit_id);
    m.set_visit_on(text_of(e.standing.class_visit_on));
    m.set_unsatisfied_run(e.standing.unsatisfied_run);
    m.set_next_due_on(text_of(e.standing.next_due_on));
    m.set_rule_set_version(e.standing.rule_set_version);
    set_time(m.mutable_known_at(), e.changed_at);
    return m;
}

v1::DueItem encode_due(const domain::Enrolment& e, domain::CivilDate today) {
    v1::DueItem m;
    m.set_enrolment_id(e.enrolment_id);
    m.set_resident_id(e.resident_id);
    m.set_disease_code(e.disease_code);
    m.set_team_id(e.team_id);
    m.set_next_due_on(text_of(e.standing.next_due_on));
    m.set_overdue(e.standing.next_due_on && *e.standing.next_due_on < today);
    m.set_class_(store::to_proto(e.standing.control_class));
    return m;
}

}  // namespace yilian::registries::rpc_edge
