#include "libs/runtime/work.h"
#include "services/directory/app/registers.h"
#include "services/directory/rpc/checks.h"
#include "services/directory/rpc/methods.h"
#include "services/directory/store/queries.h"
#include "yilian/directory/v1/contract_service.pb.h"

namespace yilian::directory::rpc_edge {
namespace {

using runtime::CommandContext;
using runtime::QueryContext;
using runtime::work_of;

std::string method(std::string_view name) {
    return "yilian.directory.v1.ContractService/" + std::string(name);
}

// Registrars keep the teams of all institutions, team leads those of their own.
bool may_keep(const rpc::Caller& caller, const std::string& institution_id) {
    return caller.has_role("registrar") ||
           (caller.has_role("team_lead") && caller.institution_id == institution_id);
}

v1::Team encode(storage::Transaction& tx, store::Stored<v1::Team> stored,
                const rpc::Caller& caller) {
    v1::Team team = std::move(stored.record);
    team.set_etag(runtime::make_etag(stored.changes));
    team.set_active_contracts(
        static_cast<std::int32_t>(tx.select_one(store::kTeamContracts, team.team_id())->i64(0)));
    if (team.state() == v1::TEAM_STATE_ACTIVE && may_keep(caller, team.institution_id())) {
        team.add_allowed_actions("ChangeMembers");
    }
    return team;
}

void check_members(rpc::Validator& v,
                   const google::protobuf::RepeatedPtrField<v1::TeamMember>& members) {
    v.count("members", members.size(), 1, 50)
        .each("members", members,
              [](rpc::Validator& inner, const v1::TeamMember& m) { check(inner, m); });
}

Violations validate_create(const v1::CreateTeamRequest& r) {
    rpc::Validator v;
    v.optional_id("team_id", r.team_id())
        .id("institution_id", r.institution_id())
        .id("leader_id", r.leader_id())
        .optional_id("name_code", r.name_code())
        .optional_id("model", r.model())
        .count("grid_unit_codes", r.grid_unit_codes_size(), 0, 200);
    check_members(v, r.members());
    return v.done();
}

Outcome<v1::Team> put_team(CommandContext& context, const Env& env, v1::Team team,
                           bool must_be_new) {
    const std::string id = team.team_id();
    context.audit("team/" + id);
    if (!may_keep(context.caller, team.institution_id())) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    runtime::Work work = work_of(context, env.district, "REGISTRAR");
    app::Writing writing{.must_be_new = must_be_new};
    const auto done = app::register_team(work, *env.personal, std::move(team), writing);
    if (!done.ok()) return done.refusal();
    return encode(context.tx, *store::team(context.tx, id), context.caller);
}

Outcome<v1::Team> run_create(CommandContext& context, const Env& env,
                             const v1::CreateTeamRequest& r) {
    v1::Team team;
    team.set_team_id(r.team_id().empty() ? context.ids.next_ulid() : r.team_id());
    team.set_institution_id(r.institution_id());
    team.set_name_code(r.name_code());
    team.set_model(r.model());
    team.set_leader_id(r.leader_id());
    *team.mutable_members() = r.members();
    *team.mutable_grid_unit_codes() = r.grid_unit_codes();
    team.set_gold(r.gold());
    return put_team(context, env, std::move(team), true);
}

Outcome<v1::Team> run_change(CommandContext& context, const Env& env,
                             const v1::ChangeMembersRequest& r) {
    const auto stored = store::team(context.tx, r.team_id());
    if (!stored) return Reason("NOT_FOUND");
    if (auto refusal = runtime::check_etag(r.etag(), stored->changes)) return *refusal;
    v1::Team team = stored->record;
    if (!r.leader_id().empty()) team.set_leader_id(r.leader_id());
    *team.mutable_members() = r.members();
    return put_team(context, env, std::move(team), false);
}

void bind_team_commands(runtime::Binder& binder, const Env& env) {
    binder.command<v1::CreateTeamRequest, v1::Team>(
        method("CreateTeam"),
        {.validate = validate_create,
         .lock_keys =
             [](const v1::CreateTeamRequest& r) {
                 return r.team_id().empty() ? std::vector{"institution/" + r.institution_id()}
                                            : std::vector{"team/" + r.team_id()};
             },
         .run = [env](CommandContext& c, const auto& r) { return run_create(c, env, r); }});
    binder.command<v1::ChangeMembersRequest, v1::Team>(
        method("ChangeMembers"),
        {.validate =
             [](const v1::ChangeMembersRequest& r) {
                 rpc::Validator v;
                 v.id("team_id", r.team_id())
                     .etag("etag", r.etag())
                     .optional_id("leader_id", r.leader_id());
                 check_members(v, r.members());
                 return v.done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"team/" + r.team_id()}; },
         .run = [env](CommandContext& c, const auto& r) { return run_change(c, env, r); }});
}

Outcome<v1::ListTeamsResponse> run_list(QueryContext& context, const v1::ListTeamsRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    v1::ListTeamsResponse response;
    std::string position;
    for (const auto& row : context.tx.select(store::kTeamPage, r.institution_id(), page->position,
                                             std::int64_t{page->size} + 1)) {
        if (response.teams_size() == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        *response.add_teams() = encode(context.tx, store::team_of(row), context.caller);
        position = response.teams().rbegin()->team_id();
    }
    return response;
}

}  // namespace

void bind_teams(runtime::Binder& binder, const Env& env) {
    bind_team_commands(binder, env);
    binder.query<v1::GetTeamRequest, v1::Team>(
        method("GetTeam"),
        {.validate =
             [](const v1::GetTeamRequest& r) {
                 return rpc::Validator().id("team_id", r.team_id()).done();
             },
         .run = [](QueryContext& c, const v1::GetTeamRequest& r) -> Outcome<v1::Team> {
             auto stored = store::team(c.tx, r.team_id());
             if (!stored) return Reason("NOT_FOUND");
             return encode(c.tx, *std::move(stored), c.caller);
         }});
    binder.query<v1::ListTeamsRequest, v1::ListTeamsResponse>(
        method("ListTeams"), {.validate =
                                  [](const v1::ListTeamsRequest& r) {
                                      return rpc::Validator()
                                          .id("institution_id", r.institution_id())
                                          .page_size(r.page_size())
                                          .done();
                                  },
                              .run = run_list});
}

}  // namespace yilian::directory::rpc_edge
