#include "libs/rpc/validate.h"
#include "services/billing/app/special_cases.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
#include "yilian/billing/v1/settlement_list_service.pb.h"

namespace yilian::billing::rpc_edge {
namespace {

using app::Env;
using app::Unit;
using runtime::CommandContext;

std::string method(std::string_view name) {
    return "yilian.billing.v1.SettlementListService/" + std::string(name);
}

// Points of one case and a deviation that experts may grant.
constexpr std::int64_t kPointsMax = 1'000'000 * amount::Points::kUnit;
constexpr std::int64_t kDeviationMax = 1'000 * amount::Rate::kUnit;

Outcome<v1::Case> run_propose(CommandContext& context, const Env& env,
                              const v1::ProposeSpecialCaseRequest& r) {
    Unit unit = app::unit_of(context, env);
    const std::string& institution = context.caller.institution_id;
    context.audit("settlement_list/" + institution + '/' + r.list_id());
    const auto view = app::propose_special_case(unit, institution, r.list_id(), r.etag(),
                                                r.reason_code(), r.evidence_document_id());
    if (!view.ok()) return view.refusal();
    return encode(*view, context.caller);
}

Outcome<v1::Case> run_decide(CommandContext& context, const Env& env,
                             const v1::DecideSpecialCaseRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("settlement_list/" + r.institution_id() + '/' + r.list_id());
    app::SpecialDecision decision{r.institution_id(),   r.list_id(), r.etag(), r.accepted(), {}, {},
                                  r.experts_record_id()};
    if (r.has_points_e4()) decision.points = amount::Points::of_raw(r.points_e4());
    if (r.has_d_e8()) decision.d = amount::Rate::of_raw(r.d_e8());
    const auto view = app::decide_special_case(unit, decision);
    if (!view.ok()) return view.refusal();
    return encode(*view, context.caller);
}

Violations validate_decide(const v1::DecideSpecialCaseRequest& r) {
    rpc::Validator v;
    v.id("institution_id", r.institution_id())
        .id("list_id", r.list_id())
        .required_etag("etag", r.etag())
        .id("experts_record_id", r.experts_record_id())
        .range("points_e4", r.points_e4(), 0, kPointsMax)
        .range("d_e8", r.d_e8(), 0, kDeviationMax);
    // Accepted means one value, declined none.
    const int values = (r.has_points_e4() ? 1 : 0) + (r.has_d_e8() ? 1 : 0);
    v.present("points_e4", values == (r.accepted() ? 1 : 0));
    return v.done();
}

}  // namespace

void bind_special_cases(runtime::Binder& binder, const Env& env) {
    binder.command<v1::ProposeSpecialCaseRequest, v1::Case>(
        method("ProposeSpecialCase"),
        {.validate =
             [](const v1::ProposeSpecialCaseRequest& r) {
                 return rpc::Validator()
                     .id("list_id", r.list_id())
                     .required_etag("etag", r.etag())
                     .id("reason_code", r.reason_code())
                     .optional_id("evidence_document_id", r.evidence_document_id())
                     .done();
             },
         .lock_keys =
             [](const v1::ProposeSpecialCaseRequest& r) {
                 return std::vector<std::string>{"special_case/" + r.list_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_propose(c, env, r); }});
    // Decisions of one institution wait for each other: they share its ceiling.
    binder.command<v1::DecideSpecialCaseRequest, v1::Case>(
        method("DecideSpecialCase"),
        {.validate = validate_decide,
         .lock_keys =
             [](const v1::DecideSpecialCaseRequest& r) {
                 return std::vector<std::string>{"special_cases_of/" + r.institution_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_decide(c, env, r); }});
}

}  // namespace yilian::billing::rpc_edge
