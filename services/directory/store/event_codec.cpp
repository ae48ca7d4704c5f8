#include "services/directory/store/event_codec.h"

#include <algorithm>

#include "yilian/directory/v1/events.pb.h"

namespace yilian::directory::store {
namespace {

template <class Msg>
Msg resident_message(const Context& context, const v1::Resident& r) {
    Msg m;
    *m.mutable_context() = context;
    m.set_resident_id(r.resident_id());
    m.set_sex(r.sex());
    m.set_birth_date(r.birth_date());
    m.set_insurance(r.insurance());
    m.set_insured_region(r.insured_region());
    m.set_home_institution_id(r.home_institution_id());
    m.set_grid_unit_code(r.grid_unit_code());
    m.set_effective_on(r.effective_on());
    return m;
}

template <class Msg>
events::EventDraft institution_message(const Context& context, const v1::Institution& i) {
    Msg m;
    *m.mutable_context() = context;
    m.set_institution_id(i.institution_id());
    m.set_class_(i.class_());
    m.set_level(i.level());
    m.set_parent_institution_id(i.parent_institution_id());
    m.set_agreement_from(i.agreement_from());
    m.set_agreement_to(i.agreement_to());
    m.set_effective_on(i.effective_on());
    return events::make_event(m);
}

template <class Msg>
events::EventDraft practitioner_message(const Context& context, const v1::Practitioner& p) {
    Msg m;
    *m.mutable_context() = context;
    m.set_practitioner_id(p.practitioner_id());
    *m.mutable_institution_ids() = p.institution_ids();
    m.set_title(p.title());
    *m.mutable_rights() = p.rights();
    m.set_valid_from(p.valid_from());
    m.set_valid_to(p.valid_to());
    m.set_institution_id(p.institution_ids(0));
    return events::make_event(m);
}

template <class Msg>
events::EventDraft team_message(const Context& context, const v1::Team& t) {
    Msg m;
    *m.mutable_context() = context;
    m.set_team_id(t.team_id());
    m.set_institution_id(t.institution_id());
    m.set_leader_id(t.leader_id());
    std::vector<std::string> roles;
    for (const v1::TeamMember& member : t.members()) {
        roles.push_back(member.role());
        *m.add_members() = member;
    }
    std::ranges::sort(roles);
    roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
    for (const std::string& role : roles) m.add_roles(role);
    return events::make_event(m);
}

template <class Msg>
events::EventDraft contract_message(const Context& context, const domain::Contract& c) {
    Msg m;
    *m.mutable_context() = context;
    m.set_contract_id(c.contract_id);
    m.set_resident_id(c.resident_id);
    m.set_team_id(c.team_id);
    m.set_institution_id(c.institution_id);
    m.set_valid_from(c.valid_from.text());
    m.set_valid_to(c.valid_to.text());
    for (const std::string& id : c.package_ids) m.add_package_ids(id);
    for (const std::string& code : c.key_groups) m.add_key_groups(code);
    m.set_fee_fen(c.fee_fen);
    v1::Contract split;  // carries the list of shares
    YILIAN_INVARIANT(split.ParseFromString(c.payer_split), "directory: payer split");
    *m.mutable_payer_split() = split.payer_split();
    return events::make_event(m);
}

template <class Msg>
events::EventDraft change_message(const Context& context, const domain::Contract& c,
                                  domain::CivilDate effective_on,
                                  const domain::Contract* following) {
    Msg m;
    *m.mutable_context() = context;
    m.set_contract_id(c.contract_id);
    m.set_resident_id(c.resident_id);
    m.set_team_id(c.team_id);
    m.set_institution_id(c.institution_id);
    m.set_effective_on(effective_on.text());
    m.set_valid_to(c.valid_to.text());
    if (following != nullptr) {
        m.set_new_contract_id(following->contract_id);
        m.set_new_team_id(following->team_id);
    }
    v1::ContractEndReason reason = v1::CONTRACT_END_REASON_UNSPECIFIED;
    if (!c.end_reason.empty()) {
        (void)v1::ContractEndReason_Parse("CONTRACT_END_REASON_" + c.end_reason, &reason);
    }
    m.set_end_reason(reason);
    return events::make_event(m);
}

template <class Msg>
events::EventDraft service_message(const Context& context, const domain::Contract& c,
                                   std::string_view item_code, std::string_view done_by,
                                   std::string_view done_on, std::string_view event_id) {
    Msg m;
    *m.mutable_context() = context;
    m.set_contract_id(c.contract_id);
    m.set_resident_id(c.resident_id);
    m.set_item_code(std::string(item_code));
    m.set_done_by(std::string(done_by));
    m.set_done_on(std::string(done_on));
    m.set_evidence_event_id(std::string(event_id));
    return events::make_event(m);
}

template <class Msg>
events::EventDraft points_message(const Context& context, std::string_view resident_id,
                                  std::int64_t points, std::string_view rule_id,
                                  std::string_view source_event_id, std::int64_t balance) {
    Msg m;
    *m.mutable_context() = context;
    m.set_account_id("resident:" + std::string(resident_id));
    m.set_resident_id(std::string(resident_id));
    m.set_points(points);
    m.set_rule_id(std::string(rule_id));
    m.set_source_event_id(std::string(source_event_id));
    m.set_balance_after(balance);
    return events::make_event(m);
}

}  // namespace

events::EventDraft resident_registered(const Context& context, const v1::Resident& resident) {
    return events::make_event(resident_message<v1::ResidentRegistered>(context, resident));
}

events::EventDraft resident_changed(const Context& context, const v1::Resident& resident,
                                    const std::vector<std::string>& fields) {
    auto m = resident_message<v1::ResidentChanged>(context, resident);
    for (const std::string& field : fields) m.add_changed_fields(field);
    return events::make_event(m);
}

events::EventDraft resident_moved(const Context& context, const v1::Resident& resident,
                                  std::string_view from_institution_id, bool outside,
                                  std::string_view on) {
    v1::ResidentMoved m;
    *m.mutable_context() = context;
    m.set_resident_id(resident.resident_id());
    m.set_from_institution_id(std::string(from_institution_id));
    m.set_to_institution_id(resident.home_institution_id());
    m.set_outside(outside);
    m.set_on(std::string(on));
    return events::make_event(m);
}

events::EventDraft resident_deceased(const Context& context, const v1::Resident& resident) {
    v1::ResidentDeceased m;
    *m.mutable_context() = context;
    m.set_resident_id(resident.resident_id());
    m.set_on(resident.deceased_on());
    return events::make_event(m);
}

events::EventDraft health_codes_recorded(const Context& context, const v1::Resident& resident,
                                         std::string_view practitioner_id,
                                         std::string_view institution_id, std::string_view on) {
    v1::ResidentHealthCodesRecorded m;
    *m.mutable_context() = context;
    m.set_resident_id(resident.resident_id());
    std::vector<std::string> allergies;
    std::vector<std::string> groups;
    for (const v1::HealthCode& code : resident.health_codes()) {
        if (!code.to().empty()) continue;
        auto& list = code.kind() == v1::HEALTH_CODE_KIND_ALLERGY ? allergies : groups;
        list.push_back(code.code());
    }
    std::ranges::sort(allergies);
    std::ranges::sort(groups);
    for (const std::string& code : allergies) m.add_allergy_codes(code);
    for (const std::string& code : groups) m.add_special_groups(code);
    m.set_practitioner_id(std::string(practitioner_id));
    m.set_institution_id(std::string(institution_id));
    m.set_on(std::string(on));
    return events::make_event(m);
}

events::EventDraft institution_event(const Context& context, const v1::Institution& institution,
                                     bool is_new) {
    return is_new ? institution_message<v1::InstitutionRegistered>(context, institution)
                  : institution_message<v1::InstitutionChanged>(context, institution);
}

events::EventDraft membership_changed(const Context& context, const v1::Membership& membership) {
    v1::ConsortiumMembershipChanged m;
    *m.mutable_context() = context;
    m.set_consortium_id(membership.consortium_id());
    m.set_institution_id(membership.institution_id());
    m.set_role(membership.role());
    m.set_from(membership.from());
    m.set_to(membership.to());
    return events::make_event(m);
}

events::EventDraft practitioner_event(const Context& context, const v1::Practitioner& practitioner,
                                      bool is_new) {
    return is_new ? practitioner_message<v1::PractitionerRegistered>(context, practitioner)
                  : practitioner_message<v1::PractitionerRightsChanged>(context, practitioner);
}

events::EventDraft team_event(const Context& context, const v1::Team& team, bool is_new) {
    return is_new ? team_message<v1::TeamCreated>(context, team)
                  : team_message<v1::TeamMembersChanged>(context, team);
}

events::EventDraft team_dissolved(const Context& context, const v1::Team& team) {
    return team_message<v1::TeamDissolved>(context, team);
}

events::EventDraft contract_event(ContractEvent event, const Context& context,
                                  const domain::Contract& c) {
    switch (event) {
        case ContractEvent::kOffered:
            return contract_message<v1::ContractOffered>(context, c);
        case ContractEvent::kOfferLapsed:
            return contract_message<v1::ContractOfferLapsed>(context, c);
        case ContractEvent::kSigned:
            return contract_message<v1::ContractSigned>(context, c);
        case ContractEvent::kActivated:
            return contract_message<v1::ContractActivated>(context, c);
        case ContractEvent::kVoided:
            break;
    }
    return contract_message<v1::ContractVoided>(context, c);
}

events::EventDraft contract_change(ContractChange event, const Context& context,
                                   const domain::Contract& c, domain::CivilDate effective_on,
                                   const domain::Contract* following) {
    switch (event) {
        case ContractChange::kRenewalDue:
            return change_message<v1::ContractRenewalDue>(context, c, effective_on, following);
        case ContractChange::kRenewed:
            return change_message<v1::ContractRenewed>(context, c, effective_on, following);
        case ContractChange::kTeamChanged:
            return change_message<v1::ContractTeamChanged>(context, c, effective_on, following);
        case ContractChange::kEnded:
            break;
    }
    return change_message<v1::ContractEnded>(context, c, effective_on, following);
}

events::EventDraft service_delivered(const Context& context, const domain::Contract& contract,
                                     std::string_view item_code, std::string_view done_by,
                                     std::string_view done_on, std::string_view event_id) {
    return service_message<v1::ServiceDelivered>(context, contract, item_code, done_by, done_on,
                                                 event_id);
}

events::EventDraft service_reversed(const Context& context, const domain::Contract& contract,
                                    std::string_view item_code, std::string_view done_by,
                                    std::string_view done_on, std::string_view event_id) {
    return service_message<v1::ServiceReversed>(context, contract, item_code, done_by, done_on,
                                                event_id);
}

events::EventDraft points_credited(const Context& context, std::string_view resident_id,
                                   std::int64_t points, std::string_view rule_id,
                                   std::string_view source_event_id, std::int64_t balance) {
    return points_message<v1::PointsCredited>(context, resident_id, points, rule_id,
                                              source_event_id, balance);
}

events::EventDraft points_reversed(const Context& context, std::string_view resident_id,
                                   std::int64_t points, std::string_view rule_id,
                                   std::string_view source_event_id, std::int64_t balance) {
    return points_message<v1::PointsReversed>(context, resident_id, points, rule_id,
                                              source_event_id, balance);
}

events::EventDraft fee_split_computed(const Context& context, const v1::FeeSplit& split) {
    v1::FeeSplitComputed m;
    *m.mutable_context() = context;
    m.set_team_id(split.team_id());
    m.set_institution_id(split.institution_id());
    m.set_period(split.period());
    m.set_fee_fen(split.fee_fen());
    m.set_team_fen(split.team_fen());
    m.set_institution_fen(split.institution_fen());
    *m.mutable_shares() = split.shares();
    return events::make_event(m);
}

}  // namespace yilian::directory::store
