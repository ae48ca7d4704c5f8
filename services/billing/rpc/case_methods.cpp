#include "libs/rpc/validate.h"
#include "services/billing/app/dip_scoring.h"
#include "services/billing/app/lists.h"
#include "services/billing/app/pools.h"
#include "services/billing/app/scoring.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/rpc/pages.h"
#include "services/billing/rpc/trail.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/queries.h"
#include "yilian/billing/v1/settlement_list_service.pb.h"

namespace yilian::billing::rpc_edge {
namespace {

using app::Env;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.billing.v1.SettlementListService/" + std::string(name);
}

bool may_read(const store::ListRow& list, const rpc::Caller& caller) {
    return sees_all(caller) || list.key.institution_id == caller.institution_id ||
           list.payee_id == caller.institution_id;
}

template <class Req>
Outcome<app::CaseView> find(QueryContext& context, const Req& r) {
    const std::string institution =
        r.institution_id().empty() ? context.caller.institution_id : r.institution_id();
    auto view = app::find_case(context.tx, institution, r.list_id(), r.version());
    if (!view) return Reason("NOT_FOUND");
    if (!may_read(view->list, context.caller)) return not_your_record();
    const std::string& resident = view->list.resident_id;
    if (!resident.empty()) {
        context.access({resident, "SETTLEMENT", "settlement_list/" + view->list.key.case_key()});
    }
    return *std::move(view);
}

Outcome<v1::Case> run_get(QueryContext& context, const v1::GetCaseRequest& r) {
    const auto view = find(context, r);
    if (!view.ok()) return view.refusal();
    return encode(*view, context.caller);
}

Outcome<v1::ListCasesResponse> run_list(QueryContext& context, const v1::ListCasesRequest& r) {
    const auto institution = own_or_all(context.caller, r.institution_id());
    if (!institution.ok()) return institution.refusal();
    std::string states;
    for (const auto state : r.states()) {
        const auto named = store::case_state_of(static_cast<v1::CaseState>(state));
        states += '|' + std::string(kCaseLifecycle.name(named));
    }
    if (!states.empty()) states += '|';
    auto response = page_of<v1::ListCasesResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kListPage, *institution, r.period(), r.resident_id(),
                                     states, position, limit);
        },
        [&](v1::ListCasesResponse& page, const storage::Row& row) {
            app::CaseView view{store::list_of(row), {}, {}};
            view.score = store::score(context.tx, view.list.key);
            view.benefit = store::benefit(context.tx, view.list.key);
            view.special = store::special_case(context.tx, view.list.key);
            *page.add_cases() = encode(view, context.caller);
            return view.list.key.case_key();
        });
    if (response.ok() && !r.resident_id().empty()) {
        context.access({r.resident_id(), "SETTLEMENT", "settlement_lists"});
    }
    return response;
}

// The rules that grouped a stored case; null when the folder no longer holds them.
app::RulesPtr rules_of(QueryContext& context, const Env& env, const policy::Pack& pack,
                       const app::CaseView& view) {
    const store::ScoreRow& score = *view.score;
    const std::string_view domain = score.scheme == "DIP" ? app::kDipDomain : app::kDrgDomain;
    const auto used = env.rules.used(context.tx, domain, score.rules_version, score.rules_digest);
    if (used.ok()) return *used;
    if (score.scheme == "DIP") return nullptr;
    const auto named = env.rules.at(context.tx, pack, *CivilDate::parse(view.list.discharge_date));
    return named.ok() && (*named)->digest == score.rules_digest ? *named : nullptr;
}

Steps group_steps(QueryContext& context, const Env& env, const policy::Pack& pack,
                  const app::LoadedRules& rules, const app::CaseView& view) {
    const SettlementList content = store::content_of(view.list);
    if (view.score->scheme == "DIP") {
        const auto question = app::ask_dip(content, *CivilDate::parse(view.list.discharge_date));
        return dip_group_steps(rules, pack, question,
                               app::answer_dip(context.tx, env.rules, pack, rules, question));
    }
    app::GroupQuestion question;
    app::ask(content, rules, question);
    return drg_group_steps(rules, view.list.key.list_id, question);
}

// Group, points and money of a scored case, by the pack that decided.
Steps priced_steps(QueryContext& context, const Env& env, const policy::Pack& pack,
                   const app::CaseView& view) {
    const store::ScoreRow& score = *view.score;
    Steps steps;
    std::string source;
    if (score.scheme == "BED_DAY") {
        steps = bed_day_group_steps(score);
    } else if (const auto rules = rules_of(context, env, pack, view)) {
        source = rule_pack_source(*rules);
        steps = group_steps(context, env, pack, *rules, view);
    } else {
        source = "rule pack " + score.rules_version;
        steps.push_back(note_step("GROUP", "rules", score.rules_version,
                                  "The rule pack that grouped the case is no longer loaded: its "
                                  "steps cannot be shown again."));
    }
    for (v1::TrailStep& s : score_steps(score, view.list.total, pack, source)) {
        steps.push_back(std::move(s));
    }
    if (view.special) steps.push_back(special_step(*view.special, score));
    const int year = CivilDate::parse(view.list.discharge_date)->year();
    const auto terms = app::pool_terms(context.tx, pack, view.list.insurance, year);
    if (terms && pack.blocks().run && score.group_status != "ACTUAL_COST") {
        steps.push_back(money_step(score, terms->pool_id, terms->rates, *pack.blocks().run, pack));
    }
    return steps;
}

Outcome<v1::ExplainCaseResponse> run_explain(QueryContext& context, const Env& env,
                                             const v1::ExplainCaseRequest& r) {
    const auto view = find(context, r);
    if (!view.ok()) return view.refusal();
    const store::ListRow& list = view->list;
    v1::ExplainCaseResponse response;
    *response.mutable_explained() = encode(*view, context.caller);
    Steps steps = check_steps(list);
    const auto pack = context.policies.at(env.district, *CivilDate::parse(list.discharge_date));
    const bool decided = pack.ok() && (*pack)->digest() == list.pack_digest;
    if (view->score && decided) {
        for (v1::TrailStep& s : priced_steps(context, env, **pack, *view)) {
            steps.push_back(std::move(s));
        }
    } else if (view->score) {
        steps.push_back(note_step("SCORE", "policy", std::to_string(list.pack_version),
                                  "The policy pack that priced the case is no longer in force: "
                                  "only its result can be shown."));
    }
    if (view->benefit) {
        steps.push_back(benefit_step(*view->benefit, decided ? pack->get() : nullptr));
    }
    for (v1::TrailStep& s : steps) *response.add_trail() = std::move(s);
    response.set_policy_pack_id(list.pack_id);
    response.set_policy_pack_version(static_cast<std::int32_t>(list.pack_version));
    response.set_policy_digest(list.pack_digest);
    return response;
}

template <class Req>
Violations validate_key(const Req& r) {
    return rpc::Validator()
        .optional_id("institution_id", r.institution_id())
        .id("list_id", r.list_id())
        .not_negative("version", r.version())
        .done();
}

}  // namespace

void bind_case_reads(runtime::Binder& binder, const Env& env) {
    binder.query<v1::GetCaseRequest, v1::Case>(
        method("GetCase"), {.validate = validate_key<v1::GetCaseRequest>, .run = run_get});
    binder.query<v1::ListCasesRequest, v1::ListCasesResponse>(
        method("ListCases"), {.validate =
                                  [](const v1::ListCasesRequest& r) {
                                      rpc::Validator v;
                                      v.optional_id("institution_id", r.institution_id())
                                          .optional_id("resident_id", r.resident_id())
                                          .page_size(r.page_size());
                                      if (!r.period().empty()) v.month("period", r.period());
                                      return v.done();
                                  },
                              .run = run_list});
    binder.query<v1::ExplainCaseRequest, v1::ExplainCaseResponse>(
        method("ExplainCase"),
        {.validate = validate_key<v1::ExplainCaseRequest>,
         .run = [&env](QueryContext& c, const auto& r) { return run_explain(c, env, r); }});
}

}  // namespace yilian::billing::rpc_edge
