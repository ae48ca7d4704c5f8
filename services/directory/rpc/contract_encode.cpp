#include "services/directory/rpc/contract_encode.h"

#include <algorithm>

#include "services/directory/store/queries.h"

namespace yilian::directory::rpc_edge {
namespace {

using domain::Contract;
using Role = domain::ContractRole;

void set_time(google::protobuf::Timestamp* out, Instant at) {
    const auto ms = to_ms(at);
    out->set_seconds(ms / 1000);
    out->set_nanos(static_cast<std::int32_t>(ms % 1000 * 1'000'000));
}

template <class Enum>
Enum by_name(const std::string& prefix, const std::string& name,
             bool (*parse)(google::protobuf::ConstStringParam, Enum*)) {
    Enum value{};
    if (!name.empty()) {
        const bool known = parse(prefix + name, &value);
        YILIAN_INVARIANT(known, "directory: stored enumeration without its proto twin");
    }
    return value;
}

// "CONTRACT_PARTY_RESIDENT" -> "RESIDENT".
template <class Enum>
std::string without_prefix(const std::string& prefix, Enum value,
                           const std::string& (*name)(Enum)) {
    return value == Enum{} ? "" : name(value).substr(prefix.size());
}

// Only the contract's own institution acts on it.
lifecycle::Set<Role> roles_of(const rpc::Caller& caller, const Contract& c) {
    lifecycle::Set<Role> roles;
    if (caller.institution_id != c.institution_id) return roles;
    if (caller.has_role("doctor") || caller.has_role("nurse") || caller.has_role("team_lead")) {
        roles = roles | lifecycle::Set<Role>{Role::kTeam};
    }
    if (caller.has_role("team_lead")) roles = roles | lifecycle::Set<Role>{Role::kTeamLead};
    return roles;
}

bool may_still_void(const Contract& c, const Viewer& viewer) {
    const auto pack = viewer.policies.at(viewer.district, calendar::local_date(viewer.now));
    if (!pack.ok() || !c.signed_at) return false;
    const bool delivered =
        viewer.tx.select_one(store::kDeliveriesOfContract, c.contract_id)->i64(0) > 0;
    return domain::check_void(c, viewer.now, delivered, app::contract_policy(**pack)).ok();
}

}  // namespace

v1::ContractState state_of(const Contract& c) {
    return by_name("CONTRACT_STATE_", std::string(domain::kContractLifecycle.name(c.state)),
                   v1::ContractState_Parse);
}

v1::Contract encode(const Contract& c, const Viewer& viewer) {
    v1::Contract m;
    YILIAN_INVARIANT(m.ParseFromString(c.payer_split), "directory: payer split");
    m.set_contract_id(c.contract_id);
    m.set_number(c.number);
    m.set_resident_id(c.resident_id);
    m.set_team_id(c.team_id);
    m.set_institution_id(c.institution_id);
    m.set_family_doctor_id(c.family_doctor_id);
    m.set_party(by_name("CONTRACT_PARTY_", c.party, v1::ContractParty_Parse));
    for (const std::string& id : c.package_ids) m.add_package_ids(id);
    for (const std::string& code : c.key_groups) m.add_key_groups(code);
    m.set_state(state_of(c));
    set_time(m.mutable_offered_at(), c.offered_at);
    m.set_valid_from(c.valid_from.text());
    m.set_valid_to(c.valid_to.text());
    if (c.signed_at) {
        set_time(m.mutable_signed_at(), *c.signed_at);
        m.mutable_signature()->set_method(
            by_name("SIGNATURE_METHOD_", c.signature_method, v1::SignatureMethod_Parse));
        m.mutable_signature()->set_document_id(c.signature_document_id);
    }
    m.set_previous_contract_id(c.previous_contract_id);
    m.set_end_reason(by_name("CONTRACT_END_REASON_", c.end_reason, v1::ContractEndReason_Parse));
    m.set_fee_fen(c.fee_fen);
    m.set_etag(runtime::make_etag(c.changes));
    auto allowed = domain::kContractLifecycle.allowed_action_names(
        c.state, roles_of(viewer.caller, c), [&](const lifecycle::RowData& row) {
            return !row.guards.contains(domain::kWithinVoidDays) || may_still_void(c, viewer);
        });
    std::ranges::sort(allowed);
    for (std::string& name : allowed) m.add_allowed_actions(std::move(name));
    return m;
}

std::string name_of(v1::ContractParty party) {
    return without_prefix("CONTRACT_PARTY_", party, v1::ContractParty_Name<v1::ContractParty>);
}

std::string name_of(v1::ContractEndReason reason) {
    return without_prefix("CONTRACT_END_REASON_", reason,
                          v1::ContractEndReason_Name<v1::ContractEndReason>);
}

app::Signature signature_of(const v1::ContractSignature& s) {
    return {without_prefix("SIGNATURE_METHOD_", s.method(),
                           v1::SignatureMethod_Name<v1::SignatureMethod>),
            s.document_id()};
}

std::string split_bytes(const google::protobuf::RepeatedPtrField<v1::PayerShare>& split) {
    v1::Contract carrier;
    *carrier.mutable_payer_split() = split;
    return carrier.SerializeAsString();
}

}  // namespace yilian::directory::rpc_edge
