#include <algorithm>
#include <set>

#include "libs/policy/keys.h"
#include "libs/rpc/validate.h"
#include "services/directory/rpc/access.h"
#include "services/directory/rpc/contract_encode.h"
#include "services/directory/rpc/methods.h"
#include "services/directory/store/queries.h"

namespace yilian::directory::rpc_edge {
namespace {

using calendar::CivilDate;
using domain::Contract;
using runtime::QueryContext;

constexpr std::string_view kPurpose = "TREATMENT";

std::string method(std::string_view name) {
    return "yilian.directory.v1.ContractService/" + std::string(name);
}

v1::Contract encode_for(QueryContext& context, const Env& env, const Contract& c) {
    return encode(c, {context.tx, context.caller, context.policies, env.district, context.now});
}

// The contract's institution, or who may read the resident's record.
bool may_read_contract(QueryContext& context, const Env& env, const Contract& c) {
    if (c.institution_id == context.caller.institution_id) return true;
    if (context.caller.has_role("registrar")) return true;
    const auto resident = store::resident(context.tx, c.resident_id);
    return resident && may_read(context, env.district, resident->record);
}

Outcome<v1::Contract> run_get(QueryContext& context, const Env& env,
                              const v1::GetContractRequest& r) {
    const auto c = store::contract(context.tx, r.contract_id());
    if (!c) return Reason("NOT_FOUND");
    if (!may_read_contract(context, env, *c)) return Reason("AUTH_RECORD_ACCESS_DENIED");
    context.access({c->resident_id, std::string(kPurpose), "contract/" + r.contract_id(), false});
    return encode_for(context, env, *c);
}

Outcome<v1::ListContractsResponse> run_list(QueryContext& context, const Env& env,
                                            const v1::ListContractsRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    v1::ListContractsResponse response;
    std::set<std::string> residents;
    std::string position;
    int seen = 0;
    for (const auto& row : context.tx.select(store::kContractPage, r.resident_id(), r.team_id(),
                                             page->position, std::int64_t{page->size} + 1)) {
        if (seen++ == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        const Contract c = store::contract_of(row);
        if (!may_read_contract(context, env, c)) return Reason("AUTH_RECORD_ACCESS_DENIED");
        position = c.contract_id;
        const auto& states = r.states();
        if (!states.empty() && std::ranges::find(states, state_of(c)) == states.end()) continue;
        residents.insert(c.resident_id);
        *response.add_contracts() = encode_for(context, env, c);
    }
    for (const std::string& id : residents) {
        context.access({id, std::string(kPurpose), "contracts", false});
    }
    return response;
}

void put_status(QueryContext& context, const Env& env, const Contract& c, CivilDate on,
                const v1::Resident& resident, v1::ContractStatus& status) {
    status.set_contracted(true);
    status.set_contract_id(c.contract_id);
    status.set_contract_version(c.changes);
    status.set_state(state_of(c));
    status.set_team_id(c.team_id);
    status.set_institution_id(c.institution_id);
    status.set_valid_from(c.valid_from.text());
    status.set_valid_to(c.valid_to.text());
    const auto pack = context.policies.at(env.district, on);
    if (!pack.ok()) return;
    for (const std::string& code : app::key_groups_of(context.tx, resident, on, **pack)) {
        status.add_key_groups(code);
    }
    for (const std::string& field : (*pack)->get(policy::kContractBenefitsFields)) {
        status.add_benefits(field);
    }
}

// Asked by every institution before bookings, referrals and prescriptions: no scope, but recorded.
Outcome<v1::ContractStatus> run_status(QueryContext& context, const Env& env,
                                       const v1::GetContractStatusRequest& r) {
    const CivilDate on =
        r.on().empty() ? calendar::local_date(context.now) : *CivilDate::parse(r.on());
    v1::ContractStatus status;
    status.set_resident_id(r.resident_id());
    status.set_day(on.text());
    const auto resident = store::resident(context.tx, r.resident_id());
    if (!resident) return status;
    const std::string& died = resident->record.deceased_on();
    const bool alive = died.empty() || on.text() <= died;
    for (const Contract& c : store::contracts_of(context.tx, r.resident_id())) {
        if (!alive || !c.covers(on)) continue;
        put_status(context, env, c, on, resident->record, status);
        break;
    }
    context.access({r.resident_id(), std::string(kPurpose), "contract_status", false});
    return status;
}

}  // namespace

void bind_contract_queries(runtime::Binder& binder, const Env& env) {
    binder.query<v1::GetContractRequest, v1::Contract>(
        method("GetContract"),
        {.validate =
             [](const v1::GetContractRequest& r) {
                 return rpc::Validator().id("contract_id", r.contract_id()).done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_get(c, env, r); }});
    binder.query<v1::ListContractsRequest, v1::ListContractsResponse>(
        method("ListContracts"),
        {.validate =
             [](const v1::ListContractsRequest& r) {
                 return rpc::Validator()
                     .expect(!r.resident_id().empty() || !r.team_id().empty(), "resident_id",
                             "FIELD_REQUIRED")
                     .optional_id("resident_id", r.resident_id())
                     .optional_id("team_id", r.team_id())
                     .page_size(r.page_size())
                     .done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_list(c, env, r); }});
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

}  // namespace yilian::directory::rpc_edge
