#include <algorithm>

#include "libs/policy/keys.h"
#include "libs/runtime/work.h"
#include "services/directory/app/contracts.h"
#include "services/directory/app/evidence.h"
#include "services/directory/app/registers.h"
#include "services/directory/rpc/checks.h"
#include "services/directory/rpc/methods.h"
#include "services/directory/store/queries.h"
#include "yilian/directory/v1/contract_service.pb.h"

namespace yilian::directory::rpc_edge {
namespace {

using calendar::CivilDate;
using domain::Contract;
using runtime::CommandContext;
using runtime::QueryContext;
using runtime::work_of;

std::string method(std::string_view name) {
    return "yilian.directory.v1.ContractService/" + std::string(name);
}

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

// "CONTRACT_PARTY_RESIDENT" -> "RESIDENT", "" for the zero value.
template <class Enum>
std::string name_of(const std::string& prefix, Enum value,
                    const std::string& (*name)(Enum)) {
    return value == Enum{} ? "" : name(value).substr(prefix.size());
}

lifecycle::Set<domain::ContractRole> roles_of(const rpc::Caller& caller) {
    using Role = domain::ContractRole;
    lifecycle::Set<Role> roles;
    if (caller.has_role("doctor") || caller.has_role("nurse") || caller.has_role("team_lead")) {
        roles = roles | lifecycle::Set<Role>{Role::kTeam};
    }
    if (caller.has_role("team_lead")) roles = roles | lifecycle::Set<Role>{Role::kTeamLead};
    return roles;
}

v1::Contract encode(const Contract& c, const rpc::Caller& caller) {
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
    m.set_state(by_name("CONTRACT_STATE_",
                        std::string(domain::kContractLifecycle.name(c.state)),
                        v1::ContractState_Parse));
    set_time(m.mutable_offered_at(), c.offered_at);
    if (c.signed_at) set_time(m.mutable_signed_at(), *c.signed_at);
    m.set_valid_from(c.valid_from.text());
    m.set_valid_to(c.valid_to.text());
    m.mutable_signature()->set_method(
        by_name("SIGNATURE_METHOD_", c.signature_method, v1::SignatureMethod_Parse));
    m.mutable_signature()->set_document_id(c.signature_document_id);
    m.set_previous_contract_id(c.previous_contract_id);
    m.set_end_reason(by_name("CONTRACT_END_REASON_", c.end_reason, v1::ContractEndReason_Parse));
    m.set_fee_fen(c.fee_fen);
    m.set_etag(runtime::make_etag(c.changes));
    auto allowed = domain::kContractLifecycle.allowed_action_names(
        c.state, roles_of(caller), [](const lifecycle::RowData&) { return true; });
    std::ranges::sort(allowed);
    for (std::string& name : allowed) m.add_allowed_actions(std::move(name));
    return m;
}

app::Signature signature_of(const v1::ContractSignature& s) {
    return {name_of("SIGNATURE_METHOD_", s.method(), v1::SignatureMethod_Name<v1::SignatureMethod>),
            s.document_id()};
}

std::string split_bytes(const google::protobuf::RepeatedPtrField<v1::PayerShare>& split) {
    v1::Contract carrier;
    *carrier.mutable_payer_split() = split;
    return carrier.SerializeAsString();
}

Outcome<v1::Contract> answer(CommandContext& context, const Outcome<Contract>& result) {
    if (!result.ok()) return result.refusal();
    context.audit("contract/" + result->contract_id, result->resident_id);
    return encode(*result, context.caller);
}

// A contract belongs to its team's institution (security.md 3).
std::optional<Refusal> out_of_scope(CommandContext& context, const std::string& contract_id) {
    const auto c = store::contract(context.tx, contract_id);
    if (!c) return Refusal{"NOT_FOUND"};
    if (c->institution_id != context.caller.institution_id) {
        return Refusal{"AUTH_RECORD_ACCESS_DENIED"};
    }
    return std::nullopt;
}

template <class Req>
std::vector<std::string> contract_key(const Req& r) {
    return {"contract/" + r.contract_id()};
}

void check_fee(rpc::Validator& v, std::int64_t fee_fen,
               const google::protobuf::RepeatedPtrField<v1::PayerShare>& split) {
    v.range("fee_fen", fee_fen, 0, 1'000'000'000);
    std::int64_t sum = 0;
    for (const v1::PayerShare& share : split) sum += share.amount_fen();
    v.expect(split.empty() || sum == fee_fen, "payer_split", "FIELD_SUM");
}

Outcome<v1::Contract> run_offer(CommandContext& context, const Env& env,
                                const v1::OfferContractRequest& r) {
    const auto team = store::team(context.tx, r.team_id());
    if (team && team->record.institution_id() != context.caller.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    Contract offer;
    offer.contract_id = r.contract_id().empty() ? context.ids.next_ulid() : r.contract_id();
    offer.resident_id = r.resident_id();
    offer.team_id = r.team_id();
    offer.family_doctor_id = r.family_doctor_id();
    offer.party =
        r.party() == v1::CONTRACT_PARTY_UNSPECIFIED
            ? "RESIDENT"
            : name_of("CONTRACT_PARTY_", r.party(), v1::ContractParty_Name<v1::ContractParty>);
    offer.package_ids.assign(r.package_ids().begin(), r.package_ids().end());
    offer.valid_from = *CivilDate::parse(r.valid_from());
    offer.valid_to = *CivilDate::parse(r.valid_to());
    offer.fee_fen = r.fee_fen();
    offer.payer_split = split_bytes(r.payer_split());
    runtime::Work work = work_of(context, env.district, "CLINICIAN");
    return answer(context, app::offer_contract(work, std::move(offer)));
}

Outcome<v1::RenewContractResponse> run_renew(CommandContext& context, const Env& env,
                                             const v1::RenewContractRequest& r) {
    if (auto refusal = out_of_scope(context, r.contract_id())) return *refusal;
    const auto old = store::contract(context.tx, r.contract_id());
    Contract next;
    next.contract_id =
        r.new_contract_id().empty() ? context.ids.next_ulid() : r.new_contract_id();
    next.valid_to = *CivilDate::parse(r.valid_to());
    next.package_ids.assign(r.package_ids().begin(), r.package_ids().end());
    if (next.package_ids.empty()) next.package_ids = old->package_ids;
    next.fee_fen = r.has_fee_fen() ? r.fee_fen() : old->fee_fen;
    next.payer_split = r.has_fee_fen() ? split_bytes(r.payer_split()) : old->payer_split;
    runtime::Work work = work_of(context, env.district, "CLINICIAN");
    const auto both = app::renew_contract(work, r.contract_id(), r.etag(), std::move(next),
                                          signature_of(r.signature()));
    if (!both.ok()) return both.refusal();
    context.audit("contract/" + r.contract_id(), both->old.resident_id);
    v1::RenewContractResponse response;
    *response.mutable_renewed() = encode(both->old, context.caller);
    *response.mutable_signed_() = encode(both->next, context.caller);
    return response;
}

Outcome<v1::ChangeTeamResponse> run_change_team(CommandContext& context, const Env& env,
                                                const v1::ChangeTeamRequest& r) {
    runtime::Work work = work_of(context, env.district, "CLINICIAN");
    const auto both = app::change_team(
        work, r.contract_id(), r.etag(),
        r.new_contract_id().empty() ? context.ids.next_ulid() : r.new_contract_id(),
        r.new_team_id(), r.reason_code(), signature_of(r.signature()));
    if (!both.ok()) return both.refusal();
    context.audit("contract/" + r.contract_id(), both->old.resident_id);
    v1::ChangeTeamResponse response;
    *response.mutable_changed() = encode(both->old, context.caller);
    *response.mutable_signed_() = encode(both->next, context.caller);
    return response;
}

void bind_contract_commands(runtime::Binder& binder, const Env& env) {
    binder.command<v1::OfferContractRequest, v1::Contract>(
        method("OfferContract"),
        {.validate =
             [](const v1::OfferContractRequest& r) {
                 rpc::Validator v;
                 v.optional_ulid("contract_id", r.contract_id())
                     .id("resident_id", r.resident_id())
                     .id("team_id", r.team_id())
                     .optional_id("family_doctor_id", r.family_doctor_id())
                     .count("package_ids", r.package_ids_size(), 0, 20)
                     .date("valid_from", r.valid_from())
                     .date("valid_to", r.valid_to());
                 check_fee(v, r.fee_fen(), r.payer_split());
                 return v.done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"resident/" + r.resident_id()}; },
         .run = [env](CommandContext& c, const auto& r) { return run_offer(c, env, r); }});
    binder.command<v1::SignContractRequest, v1::Contract>(
        method("SignContract"),
        {.validate =
             [](const v1::SignContractRequest& r) {
                 return rpc::Validator()
                     .id("contract_id", r.contract_id())
                     .etag("etag", r.etag())
                     .present("signature", r.has_signature())
                     .optional_date("valid_from", r.valid_from())
                     .optional_date("valid_to", r.valid_to())
                     .done();
             },
         .lock_keys = contract_key<v1::SignContractRequest>,
         .run = [env](CommandContext& c,
                      const v1::SignContractRequest& r) -> Outcome<v1::Contract> {
             if (auto refusal = out_of_scope(c, r.contract_id())) return *refusal;
             runtime::Work work = work_of(c, env.district, "CLINICIAN");
             return answer(c, app::sign_contract(work, r.contract_id(), r.etag(),
                                                 signature_of(r.signature()), r.valid_from(),
                                                 r.valid_to()));
         }});
    binder.command<v1::DeclineOfferRequest, v1::Contract>(
        method("DeclineOffer"),
        {.validate =
             [](const v1::DeclineOfferRequest& r) {
                 return rpc::Validator().id("contract_id", r.contract_id()).etag("etag", r.etag()).done();
             },
         .lock_keys = contract_key<v1::DeclineOfferRequest>,
         .run = [env](CommandContext& c,
                      const v1::DeclineOfferRequest& r) -> Outcome<v1::Contract> {
             if (auto refusal = out_of_scope(c, r.contract_id())) return *refusal;
             runtime::Work work = work_of(c, env.district, "CLINICIAN");
             return answer(c, app::decline_offer(work, r.contract_id(), r.etag()));
         }});
    binder.command<v1::VoidContractRequest, v1::Contract>(
        method("VoidContract"),
        {.validate =
             [](const v1::VoidContractRequest& r) {
                 return rpc::Validator().id("contract_id", r.contract_id()).etag("etag", r.etag()).done();
             },
         .lock_keys = contract_key<v1::VoidContractRequest>,
         .run = [env](CommandContext& c,
                      const v1::VoidContractRequest& r) -> Outcome<v1::Contract> {
             if (auto refusal = out_of_scope(c, r.contract_id())) return *refusal;
             runtime::Work work = work_of(c, env.district, "CLINICIAN");
             return answer(c, app::void_contract(work, r.contract_id(), r.etag()));
         }});
    binder.command<v1::EndContractRequest, v1::Contract>(
        method("EndContract"),
        {.validate =
             [](const v1::EndContractRequest& r) {
                 return rpc::Validator()
                     .id("contract_id", r.contract_id())
                     .etag("etag", r.etag())
                     .enumerated("end_reason", r.end_reason())
                     .done();
             },
         .lock_keys = contract_key<v1::EndContractRequest>,
         .run = [env](CommandContext& c,
                      const v1::EndContractRequest& r) -> Outcome<v1::Contract> {
             if (auto refusal = out_of_scope(c, r.contract_id())) return *refusal;
             runtime::Work work = work_of(c, env.district, "CLINICIAN");
             return answer(
                 c, app::end_contract(work, r.contract_id(), r.etag(),
                                      name_of("CONTRACT_END_REASON_", r.end_reason(),
                                              v1::ContractEndReason_Name<v1::ContractEndReason>)));
         }});
    binder.command<v1::RenewContractRequest, v1::RenewContractResponse>(
        method("RenewContract"),
        {.validate =
             [](const v1::RenewContractRequest& r) {
                 rpc::Validator v;
                 v.id("contract_id", r.contract_id())
                     .etag("etag", r.etag())
                     .optional_ulid("new_contract_id", r.new_contract_id())
                     .date("valid_to", r.valid_to())
                     .present("signature", r.has_signature());
                 check_fee(v, r.fee_fen(), r.payer_split());
                 return v.done();
             },
         .lock_keys = contract_key<v1::RenewContractRequest>,
         .run = [env](CommandContext& c, const auto& r) { return run_renew(c, env, r); }});
    binder.command<v1::ChangeTeamRequest, v1::ChangeTeamResponse>(
        method("ChangeTeam"),
        {.validate =
             [](const v1::ChangeTeamRequest& r) {
                 return rpc::Validator()
                     .id("contract_id", r.contract_id())
                     .etag("etag", r.etag())
                     .optional_ulid("new_contract_id", r.new_contract_id())
                     .id("new_team_id", r.new_team_id())
                     .present("signature", r.has_signature())
                     .done();
             },
         .lock_keys = contract_key<v1::ChangeTeamRequest>,
         .run = [env](CommandContext& c, const auto& r) { return run_change_team(c, env, r); }});
}

Outcome<v1::ContractStatus> run_status(QueryContext& context, const Env& env,
                                       const v1::GetContractStatusRequest& r) {
    const CivilDate on =
        r.on().empty() ? calendar::local_date(context.now) : *CivilDate::parse(r.on());
    v1::ContractStatus status;
    status.set_resident_id(r.resident_id());
    status.set_day(on.text());
    for (const Contract& c : store::contracts_of(context.tx, r.resident_id())) {
        if (!c.covers(on)) continue;
        status.set_contracted(true);
        status.set_contract_id(c.contract_id);
        status.set_contract_version(c.changes);
        status.set_state(by_name("CONTRACT_STATE_",
                                 std::string(domain::kContractLifecycle.name(c.state)),
                                 v1::ContractState_Parse));
        status.set_team_id(c.team_id);
        status.set_institution_id(c.institution_id);
        status.set_valid_from(c.valid_from.text());
        status.set_valid_to(c.valid_to.text());
        for (const std::string& code : c.key_groups) status.add_key_groups(code);
        if (const auto pack = context.policies.at(env.district, on); pack.ok()) {
            for (const std::string& field : (*pack)->get(policy::kContractBenefitsFields)) {
                status.add_benefits(field);
            }
        }
        break;
    }
    context.access({r.resident_id(), "TREATMENT", "contract_status", false});
    return status;
}

void bind_contract_queries(runtime::Binder& binder, const Env& env) {
    binder.query<v1::GetContractRequest, v1::Contract>(
        method("GetContract"),
        {.validate =
             [](const v1::GetContractRequest& r) {
                 return rpc::Validator().id("contract_id", r.contract_id()).done();
             },
         .run = [](QueryContext& c, const v1::GetContractRequest& r) -> Outcome<v1::Contract> {
             const auto contract = store::contract(c.tx, r.contract_id());
             if (!contract) return Reason("NOT_FOUND");
             c.access({contract->resident_id, "TREATMENT", "contract/" + r.contract_id(), false});
             return encode(*contract, c.caller);
         }});
    binder.query<v1::ListContractsRequest, v1::ListContractsResponse>(
        method("ListContracts"),
        {.validate =
             [](const v1::ListContractsRequest& r) {
                 return rpc::Validator()
                     .expect(!r.resident_id().empty() || !r.team_id().empty(), "resident_id",
                             "FIELD_REQUIRED")
                     .page_size(r.page_size())
                     .done();
             },
         .run = [](QueryContext& c,
                   const v1::ListContractsRequest& r) -> Outcome<v1::ListContractsResponse> {
             const auto page = c.page(r, 50, 500);
             if (!page.ok()) return page.refusal();
             v1::ListContractsResponse response;
             std::string position = page->position;
             int seen = 0;
             for (const auto& row :
                  c.tx.select(store::kContractPage, r.resident_id(), r.team_id(), page->position,
                              std::int64_t{page->size} + 1)) {
                 if (seen++ == page->size) {
                     response.set_next_page_token(c.next_page_token(r, position));
                     break;
                 }
                 v1::Contract m = encode(store::contract_of(row), c.caller);
                 position = m.contract_id();
                 const auto& states = r.states();
                 if (states.empty() || std::ranges::find(states, m.state()) != states.end()) {
                     *response.add_contracts() = std::move(m);
                 }
             }
             return response;
         }});
    binder.query<v1::GetContractStatusRequest, v1::ContractStatus>(
        method("GetContractStatus"),
        {.validate =
             [](const v1::GetContractStatusRequest& r) {
                 return rpc::Validator()
                     .id("resident_id", r.resident_id())
                     .optional_date("on", r.on())
                     .done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_status(c, env, r); }});
}

Outcome<v1::Team> team_answer(storage::Transaction& tx, const std::string& id) {
    auto stored = store::team(tx, id);
    if (!stored) return Reason("TEAM_NOT_FOUND");
    stored->record.set_etag(runtime::make_etag(stored->changes));
    stored->record.set_active_contracts(
        static_cast<std::int32_t>(tx.select_one(store::kTeamContracts, id)->i64(0)));
    return std::move(stored->record);
}

void check_members(rpc::Validator& v,
                   const google::protobuf::RepeatedPtrField<v1::TeamMember>& members) {
    v.count("members", members.size(), 1, 50)
        .each("members", members,
              [](rpc::Validator& inner, const v1::TeamMember& m) { check(inner, m); });
}

void bind_teams(runtime::Binder& binder, const Env& env) {
    binder.command<v1::CreateTeamRequest, v1::Team>(
        method("CreateTeam"),
        {.validate =
             [](const v1::CreateTeamRequest& r) {
                 rpc::Validator v;
                 v.optional_id("team_id", r.team_id())
                     .id("institution_id", r.institution_id())
                     .id("leader_id", r.leader_id())
                     .optional_id("name_code", r.name_code())
                     .optional_id("model", r.model());
                 check_members(v, r.members());
                 return v.done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"institution/" + r.institution_id()}; },
         .run = [env](CommandContext& c, const v1::CreateTeamRequest& r) -> Outcome<v1::Team> {
             v1::Team team;
             team.set_team_id(r.team_id().empty() ? c.ids.next_ulid() : r.team_id());
             team.set_institution_id(r.institution_id());
             team.set_name_code(r.name_code());
             team.set_model(r.model());
             team.set_leader_id(r.leader_id());
             *team.mutable_members() = r.members();
             *team.mutable_grid_unit_codes() = r.grid_unit_codes();
             team.set_gold(r.gold());
             runtime::Work work = work_of(c, env.district, "REGISTRAR");
             const auto done = app::register_team(work, *env.personal, team, "", true);
             if (!done.ok()) return done.refusal();
             c.audit("team/" + team.team_id());
             return team_answer(c.tx, team.team_id());
         }});
    binder.command<v1::ChangeMembersRequest, v1::Team>(
        method("ChangeMembers"),
        {.validate =
             [](const v1::ChangeMembersRequest& r) {
                 rpc::Validator v;
                 v.id("team_id", r.team_id()).etag("etag", r.etag()).optional_id("leader_id", r.leader_id());
                 check_members(v, r.members());
                 return v.done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"team/" + r.team_id()}; },
         .run = [env](CommandContext& c, const v1::ChangeMembersRequest& r) -> Outcome<v1::Team> {
             auto stored = store::team(c.tx, r.team_id());
             if (!stored) return Reason("TEAM_NOT_FOUND");
             if (auto refusal = runtime::check_etag(r.etag(), stored->changes)) return *refusal;
             v1::Team team = stored->record;
             if (!r.leader_id().empty()) team.set_leader_id(r.leader_id());
             *team.mutable_members() = r.members();
             runtime::Work work = work_of(c, env.district, "REGISTRAR");
             const auto done = app::register_team(work, *env.personal, team, "", false);
             if (!done.ok()) return done.refusal();
             c.audit("team/" + r.team_id());
             return team_answer(c.tx, r.team_id());
         }});
    binder.query<v1::GetTeamRequest, v1::Team>(
        method("GetTeam"),
        {.validate =
             [](const v1::GetTeamRequest& r) {
                 return rpc::Validator().id("team_id", r.team_id()).done();
             },
         .run = [](QueryContext& c,
                   const v1::GetTeamRequest& r) { return team_answer(c.tx, r.team_id()); }});
    binder.query<v1::ListTeamsRequest, v1::ListTeamsResponse>(
        method("ListTeams"),
        {.validate =
             [](const v1::ListTeamsRequest& r) {
                 return rpc::Validator()
                     .id("institution_id", r.institution_id())
                     .page_size(r.page_size())
                     .done();
             },
         .run = [](QueryContext& c,
                   const v1::ListTeamsRequest& r) -> Outcome<v1::ListTeamsResponse> {
             const auto page = c.page(r, 50, 500);
             if (!page.ok()) return page.refusal();
             v1::ListTeamsResponse response;
             std::string position;
             for (const auto& row : c.tx.select(store::kTeamPage, r.institution_id(),
                                                page->position, std::int64_t{page->size} + 1)) {
                 if (response.teams_size() == page->size) {
                     response.set_next_page_token(c.next_page_token(r, position));
                     break;
                 }
                 position = store::team_of(row).record.team_id();
                 *response.add_teams() = *team_answer(c.tx, position);
             }
             return response;
         }});
}

void bind_money_and_points(runtime::Binder& binder, const Env& env) {
    binder.command<v1::ComputeFeeSplitRequest, v1::FeeSplit>(
        method("ComputeFeeSplit"),
        {.validate =
             [](const v1::ComputeFeeSplitRequest& r) {
                 return rpc::Validator()
                     .id("team_id", r.team_id())
                     .month("period", r.period())
                     .positive("fee_fen", r.fee_fen())
                     .done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"team/" + r.team_id()}; },
         .run = [env](CommandContext& c,
                      const v1::ComputeFeeSplitRequest& r) -> Outcome<v1::FeeSplit> {
             runtime::Work work = work_of(c, env.district, "AGENCY");
             const auto split =
                 app::compute_fee_split(work, r.team_id(), r.period(), r.fee_fen(), "computed");
             if (split.ok()) c.audit("team/" + r.team_id());
             return split;
         }});
    binder.query<v1::GetPointsRequest, v1::PointsAccount>(
        method("GetPoints"),
        {.validate =
             [](const v1::GetPointsRequest& r) {
                 return rpc::Validator().id("resident_id", r.resident_id()).done();
             },
         .run = [env](QueryContext& c,
                      const v1::GetPointsRequest& r) -> Outcome<v1::PointsAccount> {
             const auto pack = c.policies.at(env.district, calendar::local_date(c.now));
             if (!pack.ok()) return pack.refusal();
             if (!(*pack)->get(policy::kPointsEnabled)) return Reason("POINTS_DISABLED");
             v1::PointsAccount account;
             account.set_account_id("resident:" + r.resident_id());
             account.set_resident_id(r.resident_id());
             std::int64_t balance = 0;
             for (const auto& row : c.tx.select(store::kPointsOfResident, r.resident_id())) {
                 v1::PointsEntry* entry = account.add_entries();
                 entry->set_entry_id(row.text(0));
                 entry->set_points(row.i64(1));
                 entry->set_rule_id(row.text(2));
                 entry->set_source_event_id(row.text(3));
                 entry->set_occurred_on(row.text(4));
                 entry->set_expires_on(row.text(5));
                 entry->set_reversal_of(row.text(6));
                 balance += row.i64(1);
             }
             account.set_balance(balance);
             c.access({r.resident_id(), "TREATMENT", "points", false});
             return account;
         }});
}

}  // namespace

void bind_contracts(runtime::Binder& binder, const Env& env) {
    bind_contract_commands(binder, env);
    bind_contract_queries(binder, env);
    bind_teams(binder, env);
    bind_money_and_points(binder, env);
}

}  // namespace yilian::directory::rpc_edge
