#include <algorithm>

#include "libs/rpc/validate.h"
#include "nlohmann/json.hpp"
#include "services/billing/app/lists.h"
#include "services/billing/app/scoring.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
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

v1::TrailStep step(std::string stage, std::string rule, std::string version, std::string outcome,
                   std::vector<std::string> inputs) {
    v1::TrailStep s;
    s.set_stage(std::move(stage));
    s.set_rule_id(std::move(rule));
    s.set_rule_version(std::move(version));
    s.set_outcome(std::move(outcome));
    std::ranges::sort(inputs);
    for (std::string& input : inputs) s.add_inputs(std::move(input));
    return s;
}

std::string text_of(const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// The grouper's own trail, one step each.
std::vector<v1::TrailStep> group_steps(const app::LoadedRules& rules, std::string_view case_id,
                                       const app::GroupQuestion& question) {
    drg::Workspace workspace;
    const auto explained =
        drg::explain(*rules.pack, case_id, question.input, question.options, workspace);
    std::vector<v1::TrailStep> steps;
    const auto trail = nlohmann::json::parse(explained.trail);
    for (const auto& s : trail.at("steps")) {
        std::string kind;
        std::string outcome;
        std::vector<std::string> inputs;
        for (const auto& [key, value] : s.items()) {
            if (key == "step" || key == "kind") {
                kind = text_of(value);
            } else if (key == "result" || key == "status" || key == "class") {
                outcome = text_of(value);
            } else {
                inputs.push_back(key + '=' + text_of(value));
            }
        }
        steps.push_back(step("GROUP", kind, rules.version, outcome, std::move(inputs)));
    }
    return steps;
}

v1::TrailStep score_step(const store::ScoreRow& s) {
    return step("SCORE", "points", s.rules_version, s.points.text(),
                {"average_fen=" + s.group_average.text(), "base=" + s.base.text(),
                 "d=" + s.d.text(), "deviation=" + s.deviation, "k=" + s.k.text()});
}

v1::TrailStep benefit_step(const store::BenefitRow& b) {
    return step(
        "BENEFIT", "benefit", b.pack_id + '/' + std::to_string(b.pack_version), b.waiver,
        {"aid_fen=" + b.aid.text(), "basic_fen=" + b.basic.text(),
         "deductible_fen=" + b.deductible.text(), "evidence=" + b.evidence_reason,
         "in_policy_fen=" + b.in_policy.text(), "ordinal=" + std::to_string(b.ordinal),
         "ratio=" + b.ratio.text(), "referral=" + b.referral, "serious_fen=" + b.serious.text()});
}

Outcome<v1::Case> run_get(QueryContext& context, const v1::GetCaseRequest& r) {
    const auto view = find(context, r);
    if (!view.ok()) return view.refusal();
    return encode(*view, context.caller);
}

Outcome<v1::ListCasesResponse> run_list(QueryContext& context, const v1::ListCasesRequest& r) {
    std::string institution = r.institution_id();
    if (!sees_all(context.caller)) {
        if (!institution.empty() && institution != context.caller.institution_id) {
            return not_your_record();
        }
        institution = context.caller.institution_id;
    }
    std::string states;
    for (const auto state : r.states()) {
        const auto named = store::case_state_of(static_cast<v1::CaseState>(state));
        states += '|' + std::string(kCaseLifecycle.name(named));
    }
    if (!states.empty()) states += '|';
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    v1::ListCasesResponse response;
    std::string position;
    for (const storage::Row& row :
         context.tx.select(store::kListPage, institution, r.period(), r.resident_id(), states,
                           page->position, std::int64_t{page->size} + 1)) {
        if (response.cases_size() == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        app::CaseView view{store::list_of(row), {}, {}};
        view.score = store::score(context.tx, view.list.key);
        view.benefit = store::benefit(context.tx, view.list.key);
        position = view.list.key.case_key();
        *response.add_cases() = encode(view, context.caller);
    }
    if (!r.resident_id().empty()) {
        context.access({r.resident_id(), "SETTLEMENT", "settlement_lists"});
    }
    return response;
}

Outcome<v1::ExplainCaseResponse> run_explain(QueryContext& context, const Env& env,
                                             const v1::ExplainCaseRequest& r) {
    const auto view = find(context, r);
    if (!view.ok()) return view.refusal();
    const store::ListRow& list = view->list;
    v1::ExplainCaseResponse response;
    *response.mutable_explained() = encode(*view, context.caller);
    const std::string rules = std::to_string(kListRuleVersion);
    for (const Finding& f : list.findings) {
        *response.add_trail() =
            step("CHECK", f.reason, rules, f.severity == ListSeverity::kReject ? "REJECT" : "WARN",
                 {"field=" + f.field});
    }
    if (list.findings.empty()) *response.add_trail() = step("CHECK", "all", rules, "OK", {});
    if (view->score) {
        const auto day = *CivilDate::parse(list.discharge_date);
        const auto pack = context.policies.at(env.district, day);
        const auto loaded = pack.ok() ? env.rules.at(context.tx, **pack, day)
                                      : Outcome<app::RulesPtr>(pack.refusal());
        if (loaded.ok() && (*loaded)->digest == view->score->rules_digest) {
            const SettlementList content = store::content_of(list);
            app::GroupQuestion question;
            app::ask(content, **loaded, question);
            for (v1::TrailStep& s : group_steps(**loaded, list.key.list_id, question)) {
                *response.add_trail() = std::move(s);
            }
        }
        *response.add_trail() = score_step(*view->score);
    }
    if (view->benefit) *response.add_trail() = benefit_step(*view->benefit);
    response.set_policy_pack_id(list.pack_id);
    response.set_policy_pack_version(static_cast<std::int32_t>(list.pack_version));
    response.set_policy_digest(list.pack_digest);
    return response;
}

// --- cases that are not stored ------------------------------------------------------------------

void check_input(rpc::Validator& v, const v1::CaseInput& input) {
    v.id("case_id", input.case_id())
        .date("discharge_date", input.discharge_date())
        .optional_enumerated("sex", input.sex())
        .count("diagnosis_codes", input.diagnosis_codes_size(), 0, 100)
        .count("procedure_codes", input.procedure_codes_size(), 0, 100);
}

struct Asked {
    std::shared_ptr<const policy::Pack> pack;
    app::RulesPtr rules;
    app::GroupQuestion question;
    CivilDate day;
};

Outcome<std::unique_ptr<Asked>> ask_input(QueryContext& context, const Env& env,
                                          const v1::CaseInput& input) {
    auto asked = std::make_unique<Asked>();
    asked->day = *CivilDate::parse(input.discharge_date());
    if (!input.region().empty() && input.region() != env.district) {
        return Reason("RULES_NOT_LOADED");
    }
    const auto pack = context.policies.at(env.district, asked->day);
    if (!pack.ok()) return pack.refusal();
    asked->pack = *pack;
    const auto rules = env.rules.at(context.tx, **pack, asked->day);
    if (!rules.ok()) return rules.refusal();
    asked->rules = *rules;
    app::GroupQuestion& q = asked->question;
    q.diagnoses.assign(input.diagnosis_codes().begin(), input.diagnosis_codes().end());
    q.procedures.assign(input.procedure_codes().begin(), input.procedure_codes().end());
    q.input.diagnoses = q.diagnoses;
    q.input.procedures = q.procedures;
    if (input.sex() == common::v1::SEX_MALE || input.sex() == common::v1::SEX_FEMALE) {
        q.input.sex = input.sex();
    }
    if (input.has_age_years()) q.input.age_years = input.age_years();
    if (input.has_age_days()) q.input.age_days = input.age_days();
    if (input.has_weight_g()) q.input.weight_g = input.weight_g();
    q.options = {.map_codes = input.map_codes() && asked->rules->pack->has_code_map(),
                 .qy = input.qy()};
    return asked;
}

Outcome<v1::GroupCaseResponse> run_group(QueryContext& context, const Env& env,
                                         const v1::GroupCaseRequest& r) {
    const auto asked = ask_input(context, env, r.input());
    if (!asked.ok()) return asked.refusal();
    const Asked& a = **asked;
    if (!a.pack->blocks().drg) return Reason("RULES_NOT_LOADED");
    v1::GroupCaseResponse response;
    *response.mutable_grouping() =
        encode_grouping(app::score_case(context.tx, env.rules, *a.pack->blocks().drg, *a.rules,
                                        a.question, {"", amount::Fen(), {}, a.day}));
    if (r.with_trail()) {
        for (v1::TrailStep& s : group_steps(*a.rules, r.input().case_id(), a.question)) {
            *response.add_trail() = std::move(s);
        }
    }
    return response;
}

Outcome<v1::ScoreCaseResponse> run_score(QueryContext& context, const Env& env,
                                         const v1::ScoreCaseRequest& r) {
    const auto asked = ask_input(context, env, r.input());
    if (!asked.ok()) return asked.refusal();
    const Asked& a = **asked;
    if (!a.pack->blocks().drg) return Reason("RULES_NOT_LOADED");
    std::optional<std::int64_t> days;
    if (r.input().has_los_days()) days = r.input().los_days();
    const store::ScoreRow row =
        app::score_case(context.tx, env.rules, *a.pack->blocks().drg, *a.rules, a.question,
                        {r.institution_id(), amount::Fen::of_raw(r.total_fen()), days, a.day});
    v1::ScoreCaseResponse response;
    *response.mutable_grouping() = encode_grouping(row);
    *response.mutable_scoring() = encode_scoring(row);
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
    binder.query<v1::GroupCaseRequest, v1::GroupCaseResponse>(
        method("GroupCase"),
        {.validate =
             [](const v1::GroupCaseRequest& r) {
                 rpc::Validator v;
                 v.present("input", r.has_input());
                 if (r.has_input()) {
                     v.nested("input", [&](auto& inner) { check_input(inner, r.input()); });
                 }
                 return v.done();
             },
         .run = [&env](QueryContext& c, const auto& r) { return run_group(c, env, r); }});
    binder.query<v1::ScoreCaseRequest, v1::ScoreCaseResponse>(
        method("ScoreCase"),
        {.validate =
             [](const v1::ScoreCaseRequest& r) {
                 rpc::Validator v;
                 v.present("input", r.has_input())
                     .id("institution_id", r.institution_id())
                     .range("total_fen", r.total_fen(), 1, 1'000'000'000'000);
                 if (r.has_input()) {
                     v.nested("input", [&](auto& inner) { check_input(inner, r.input()); });
                 }
                 return v.done();
             },
         .run = [&env](QueryContext& c, const auto& r) { return run_score(c, env, r); }});
}

}  // namespace yilian::billing::rpc_edge
