#include <utility>

#include "libs/rpc/validate.h"
#include "services/billing/app/rule_packs.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/rpc/pages.h"
#include "services/billing/store/queries.h"
#include "yilian/billing/v1/rule_pack_service.pb.h"

namespace yilian::billing::rpc_edge {
namespace {

using app::Env;
using app::Unit;
using runtime::CommandContext;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.billing.v1.RulePackService/" + std::string(name);
}

Outcome<v1::RulePack> run_load(CommandContext& context, const Env& env,
                               const v1::LoadRulePackRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("rule_pack/" + r.domain() + '/' + r.folder());
    const auto loaded = env.rules.load(r.domain(), r.folder());
    if (!loaded.ok()) return loaded.refusal();
    if (!r.expected_digest().empty() && r.expected_digest() != (*loaded)->digest) {
        return Refusal{"RULES_DIGEST", {{"digest", (*loaded)->digest}}};
    }
    const auto policy = unit.pack(unit.today);
    const auto* dip = policy.ok() && (*policy)->blocks().dip ? &*(*policy)->blocks().dip : nullptr;
    const auto cases = env.rules.check_cases(r.folder(), **loaded, dip);
    if (!cases.ok()) return cases.refusal();
    const auto pack =
        app::store_rule_pack(unit, r.domain(), r.folder(), **loaded, *cases, r.validate_only());
    if (!pack.ok()) return pack.refusal();
    return encode(*pack);
}

Outcome<v1::RulePack> run_activate(CommandContext& context, const Env& env,
                                   const v1::ActivateRulePackRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("rule_pack/" + r.domain() + '/' + r.version());
    const auto pack = app::activate_rule_pack(unit, r.domain(), r.version(), r.etag(), r.digest(),
                                              *CivilDate::parse(r.effective_from()));
    if (!pack.ok()) return pack.refusal();
    return encode(*pack);
}

Outcome<v1::RulePack> run_roll_back(CommandContext& context, const Env& env,
                                    const v1::RollBackRulePackRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("rule_pack/" + r.domain() + '/' + r.version());
    const auto pack = app::roll_back_rule_pack(unit, r.domain(), r.version(), r.etag());
    if (!pack.ok()) return pack.refusal();
    return encode(*pack);
}

Outcome<v1::ListRulePacksResponse> run_list(QueryContext& context,
                                            const v1::ListRulePacksRequest& r) {
    return page_of<v1::ListRulePacksResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kRulePackPage, r.domain(), position, limit);
        },
        [](v1::ListRulePacksResponse& response, const storage::Row& row) {
            const store::RulePackRow pack = store::rule_pack_of(row);
            *response.add_rule_packs() = encode(pack);
            return pack.domain + '/' + pack.version;
        });
}

void check_version(rpc::Validator& v, const std::string& domain, const std::string& version,
                   const std::string& etag) {
    v.one_of("domain", domain, {app::kDrgDomain, app::kDipDomain, app::kWeightsDomain})
        .text("version", version, 1, 64)
        .required_etag("etag", etag);
}

template <class Req>
std::vector<std::string> domain_key(const Req& r) {
    return {"rule_packs/" + r.domain()};
}

}  // namespace

void bind_rule_packs(runtime::Binder& binder, const Env& env) {
    binder.command<v1::LoadRulePackRequest, v1::RulePack>(
        method("LoadRulePack"),
        {.validate =
             [](const v1::LoadRulePackRequest& r) {
                 rpc::Validator v;
                 v.one_of("domain", r.domain(),
                          {app::kDrgDomain, app::kDipDomain, app::kWeightsDomain})
                     .id("folder", r.folder());
                 if (!r.expected_digest().empty()) {
                     v.text("expected_digest", r.expected_digest(), 64, 64);
                 }
                 return v.done();
             },
         .lock_keys = domain_key<v1::LoadRulePackRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_load(c, env, r); }});
    binder.command<v1::ActivateRulePackRequest, v1::RulePack>(
        method("ActivateRulePack"),
        {.validate =
             [](const v1::ActivateRulePackRequest& r) {
                 rpc::Validator v;
                 check_version(v, r.domain(), r.version(), r.etag());
                 v.text("digest", r.digest(), 64, 64).date("effective_from", r.effective_from());
                 return v.done();
             },
         .lock_keys = domain_key<v1::ActivateRulePackRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_activate(c, env, r); }});
    binder.command<v1::RollBackRulePackRequest, v1::RulePack>(
        method("RollBackRulePack"),
        {.validate =
             [](const v1::RollBackRulePackRequest& r) {
                 rpc::Validator v;
                 check_version(v, r.domain(), r.version(), r.etag());
                 v.id("reason_code", r.reason_code());
                 return v.done();
             },
         .lock_keys = domain_key<v1::RollBackRulePackRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_roll_back(c, env, r); }});
    binder.query<v1::ListRulePacksRequest, v1::ListRulePacksResponse>(
        method("ListRulePacks"), {.validate =
                                      [](const v1::ListRulePacksRequest& r) {
                                          return rpc::Validator().page_size(r.page_size()).done();
                                      },
                                  .run = run_list});
}

}  // namespace yilian::billing::rpc_edge
