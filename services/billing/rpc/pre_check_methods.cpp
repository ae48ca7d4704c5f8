#include <memory>

#include "libs/policy/keys/billing.h"
#include "libs/rpc/validate.h"
#include "services/billing/app/dip_scoring.h"
#include "services/billing/app/scoring.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/rpc/trail.h"
#include "services/billing/store/copies.h"
#include "yilian/billing/v1/settlement_list_service.pb.h"

// Cases that are grouped and scored before discharge and not stored.
namespace yilian::billing::rpc_edge {
namespace {

using app::Env;
using runtime::QueryContext;

constexpr std::int64_t kAmountMax = 1'000'000'000'000;

std::string method(std::string_view name) {
    return "yilian.billing.v1.SettlementListService/" + std::string(name);
}

void check_input(rpc::Validator& v, const v1::CaseInput& input) {
    v.id("case_id", input.case_id())
        .date("discharge_date", input.discharge_date())
        .optional_enumerated("sex", input.sex())
        .count("diagnosis_codes", input.diagnosis_codes_size(), 0, 100)
        .count("procedure_codes", input.procedure_codes_size(), 0, 100)
        .count("procedure_costs_fen", input.procedure_costs_fen_size(), 0,
               input.procedure_codes_size());
    if (!input.scheme().empty()) v.one_of("scheme", input.scheme(), {"CHS_DRG", "DIP"});
    for (const std::int64_t cost : input.procedure_costs_fen()) {
        v.range("procedure_costs_fen", cost, 0, kAmountMax);
    }
}

// What a case costs and where; nothing of it when only its group is asked for.
struct Priced {
    std::string institution_id;
    std::string level;
    amount::Fen total;
    std::optional<std::int64_t> stay_days;
};

struct Asked {
    std::shared_ptr<const policy::Pack> pack;
    CivilDate day;
    bool dip = false;
};

Outcome<Asked> ask_input(QueryContext& context, const Env& env, const v1::CaseInput& input) {
    Asked asked;
    asked.day = *CivilDate::parse(input.discharge_date());
    if (!input.region().empty() && input.region() != env.district) {
        return Reason("RULES_NOT_LOADED");
    }
    const auto pack = context.policies.at(env.district, asked.day);
    if (!pack.ok()) return pack.refusal();
    asked.pack = *pack;
    const auto& blocks = asked.pack->blocks();
    asked.dip = input.scheme() == "DIP" || (input.scheme().empty() && !blocks.drg);
    if (!(asked.dip ? blocks.dip.has_value() : blocks.drg.has_value())) {
        return Reason("RULES_NOT_LOADED");
    }
    return asked;
}

struct Answer {
    store::ScoreRow row;
    Steps group;
    std::string source;
};

Outcome<Answer> answer_by_drg(QueryContext& context, const Env& env, const Asked& asked,
                              const v1::CaseInput& input, const Priced& priced) {
    const auto rules = env.rules.at(context.tx, *asked.pack, asked.day);
    if (!rules.ok()) return rules.refusal();
    app::GroupQuestion q;
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
    q.options = {.map_codes = input.map_codes() && (*rules)->pack->has_code_map(),
                 .qy = input.qy()};
    Answer answer;
    answer.row =
        app::score_case(context.tx, env.rules, *asked.pack->blocks().drg, **rules, q,
                        {priced.institution_id, priced.total, priced.stay_days, asked.day});
    answer.group = drg_group_steps(**rules, input.case_id(), q);
    answer.source = rule_pack_source(**rules);
    return answer;
}

Outcome<Answer> answer_by_dip(QueryContext& context, const Env& env, const Asked& asked,
                              const v1::CaseInput& input, const Priced& priced) {
    const auto rules = env.rules.dip_at(context.tx, *asked.pack, asked.day);
    if (!rules.ok()) return rules.refusal();
    app::DipQuestion q;
    for (int i = 0; i < input.diagnosis_codes_size(); ++i) {
        if (i == 0) {
            q.principal_dx = input.diagnosis_codes(i);
        } else {
            q.other_dx.emplace_back(input.diagnosis_codes(i));
        }
    }
    for (int i = 0; i < input.procedure_codes_size(); ++i) {
        const std::int64_t cost =
            i < input.procedure_costs_fen_size() ? input.procedure_costs_fen(i) : 0;
        q.procedures.push_back({input.procedure_codes(i), amount::Fen::of_raw(cost)});
    }
    q.institution_id = priced.institution_id;
    q.level = priced.level;
    q.total = priced.total;
    if (input.has_age_years()) q.facts.age_years = input.age_years();
    if (input.has_age_days()) q.facts.age_days = input.age_days();
    q.facts.stay_days = priced.stay_days;
    q.facts.discharge_way = input.leaving_way();
    q.discharged_on = asked.day;
    const auto dip = app::answer_dip(context.tx, env.rules, *asked.pack, **rules, q);
    Answer answer;
    answer.row = app::score_row(**rules, dip);
    answer.group = dip_group_steps(**rules, *asked.pack, q, dip);
    answer.source = rule_pack_source(**rules);
    return answer;
}

Outcome<Answer> answer_for(QueryContext& context, const Env& env, const Asked& asked,
                           const v1::CaseInput& input, const Priced& priced) {
    return asked.dip ? answer_by_dip(context, env, asked, input, priced)
                     : answer_by_drg(context, env, asked, input, priced);
}

Outcome<v1::GroupCaseResponse> run_group(QueryContext& context, const Env& env,
                                         const v1::GroupCaseRequest& r) {
    const auto asked = ask_input(context, env, r.input());
    if (!asked.ok()) return asked.refusal();
    auto answer = answer_for(context, env, *asked, r.input(), {});
    if (!answer.ok()) return answer.refusal();
    v1::GroupCaseResponse response;
    *response.mutable_grouping() = encode_grouping(answer->row);
    if (r.with_trail()) {
        for (const v1::TrailStep& s : answer->group) *response.add_trail() = s;
    }
    return response;
}

Outcome<v1::ScoreCaseResponse> run_score(QueryContext& context, const Env& env,
                                         const v1::ScoreCaseRequest& r) {
    const auto asked = ask_input(context, env, r.input());
    if (!asked.ok()) return asked.refusal();
    const auto institution = store::institution(context.tx, r.institution_id(), asked->day);
    if (!institution && asked->dip) return Reason("INSTITUTION_NOT_FOUND");
    Priced priced{r.institution_id(),
                  institution ? institution->level : "",
                  amount::Fen::of_raw(r.total_fen()),
                  {}};
    if (r.input().has_los_days()) priced.stay_days = r.input().los_days();
    const auto answer = answer_for(context, env, *asked, r.input(), priced);
    if (!answer.ok()) return answer.refusal();
    v1::ScoreCaseResponse response;
    *response.mutable_grouping() = encode_grouping(answer->row);
    *response.mutable_scoring() = encode_scoring(answer->row);
    if (!r.with_trail()) return response;
    for (const v1::TrailStep& s : answer->group) *response.add_trail() = s;
    for (v1::TrailStep& s : score_steps(answer->row, priced.total, *asked->pack, answer->source)) {
        *response.add_trail() = std::move(s);
    }
    return response;
}

}  // namespace

void bind_pre_checks(runtime::Binder& binder, const Env& env) {
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
                     .range("total_fen", r.total_fen(), 1, kAmountMax);
                 if (r.has_input()) {
                     v.nested("input", [&](auto& inner) { check_input(inner, r.input()); });
                 }
                 return v.done();
             },
         .run = [&env](QueryContext& c, const auto& r) { return run_score(c, env, r); }});
}

}  // namespace yilian::billing::rpc_edge
