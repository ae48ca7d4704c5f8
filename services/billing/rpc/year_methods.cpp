#include "google/longrunning/operations.pb.h"
#include "libs/rpc/validate.h"
#include "services/billing/app/consortium_years.h"
#include "services/billing/app/what_ifs.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/store/list_codec.h"
#include "yilian/billing/v1/settlement_service.pb.h"

namespace yilian::billing::rpc_edge {
namespace {

using amount::Fen;
using amount::Rate;
using app::Env;
using app::Unit;
using runtime::CommandContext;
using runtime::QueryContext;

constexpr std::int64_t kOne = 100'000'000;
constexpr std::string_view kOperations = "operations/";

std::string method(std::string_view name) {
    return "yilian.billing.v1.SettlementService/" + std::string(name);
}

Violations validate_share(const v1::ShareConsortiumRequest& r) {
    rpc::Validator v;
    v.optional_id("run_id", r.run_id())
        .id("consortium_id", r.consortium_id())
        .month("year", r.year() + "-01")
        .count("negotiated", r.negotiated_size(), 0, 200)
        .count("excluded", r.excluded_size(), 0, 200)
        .count("weights", r.weights_size(), 1, 1000)
        .optional_timestamp("cut_off_at", r.has_cut_off_at(), r.cut_off_at());
    if (r.has_quality_score_e8()) v.range("quality_score_e8", r.quality_score_e8(), 0, kOne);
    v.each("negotiated", r.negotiated(), [](rpc::Validator& inner, const v1::YearItem& item) {
        inner.id("reason_code", item.reason_code())
            .range("amount_fen", item.amount_fen(), -kFenMax, kFenMax)
            .id("approval_document_id", item.approval_document_id());
    });
    v.each("excluded", r.excluded(), [](rpc::Validator& inner, const v1::YearItem& item) {
        inner.id("reason_code", item.reason_code())
            .range("amount_fen", item.amount_fen(), 0, kFenMax)
            .id("approval_document_id", item.approval_document_id());
    });
    v.each("weights", r.weights(), [](rpc::Validator& inner, const v1::MemberWeight& w) {
        inner.id("institution_id", w.institution_id())
            .range("weight_e4", w.weight_e4(), 0, kFenMax)
            .id("source", w.source());
    });
    std::set<std::string> members;
    for (const v1::MemberWeight& w : r.weights()) {
        v.expect(members.insert(w.institution_id()).second, "weights", "ROW_DUPLICATE_KEY");
    }
    return v.done();
}

Outcome<v1::Run> run_share(CommandContext& context, const Env& env,
                           const v1::ShareConsortiumRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("run/" + r.consortium_id() + '/' + r.year());
    app::ShareYear what;
    what.run_id = r.run_id();
    what.consortium_id = r.consortium_id();
    what.year = r.year();
    if (r.has_cut_off_at()) what.cut_off_at = store::instant_of(r.cut_off_at());
    if (r.has_quality_score_e8()) what.quality = Rate::of_raw(r.quality_score_e8());
    for (const v1::YearItem& item : r.negotiated()) {
        what.items.push_back(
            {"NEGOTIATED", item.reason_code(), item.amount_fen(), item.approval_document_id()});
    }
    for (const v1::YearItem& item : r.excluded()) {
        what.items.push_back(
            {"EXCLUDED", item.reason_code(), item.amount_fen(), item.approval_document_id()});
    }
    for (const v1::MemberWeight& w : r.weights()) {
        what.items.push_back({"WEIGHT", w.institution_id(), w.weight_e4(), w.source()});
    }
    const auto run = app::share_year_of(unit, what);
    if (!run.ok()) return run.refusal();
    return encode(context.tx, *run, context.caller);
}

Outcome<google::longrunning::Operation> run_operation(
    QueryContext& context, const google::longrunning::GetOperationRequest& r) {
    const auto run = store::run(context.tx, r.name().substr(kOperations.size()));
    if (!run) return Reason("NOT_FOUND");
    const v1::Run told = visible(context.tx, *run, context.caller);
    google::longrunning::Operation operation;
    operation.set_name(r.name());
    operation.mutable_metadata()->PackFrom(told);
    operation.set_done(run->state != RunState::kDraft);
    if (operation.done()) operation.mutable_response()->PackFrom(told);
    return operation;
}

v1::DifferenceReport encode(const app::WhatIf& w) {
    v1::DifferenceReport m;
    m.ParseFromString(w.report);
    m.set_kept_until(w.kept_until);
    return m;
}

Outcome<v1::DifferenceReport> run_what_if(CommandContext& context, const Env& env,
                                          const v1::StartWhatIfRequest& r) {
    Unit unit = app::unit_of(context, env);
    app::TryOut what;
    what.what_if_id = r.what_if_id().empty() ? context.ids.next_ulid() : r.what_if_id();
    what.pool_id = r.pool_id();
    what.period = r.period();
    what.rules_folder = r.rules_folder();
    what.policy_on = r.policy_on();
    what.available = Fen::of_raw(r.available_fen());
    for (const v1::TriedCoefficient& c : r.coefficients()) {
        what.coefficients[c.institution_id()] = Rate::of_raw(c.k_e8());
    }
    context.audit("what_if/" + what.what_if_id);
    const auto report = app::try_out(unit, what);
    if (!report.ok()) return report.refusal();
    return encode(*report);
}

Outcome<v1::DifferenceReport> run_report(QueryContext& context,
                                         const v1::GetDifferenceReportRequest& r) {
    const auto report = app::what_if(context.tx, r.what_if_id());
    if (!report) return Reason("NOT_FOUND");
    return encode(*report);
}

Violations validate_what_if(const v1::StartWhatIfRequest& r) {
    rpc::Validator v;
    v.optional_ulid("what_if_id", r.what_if_id())
        .id("pool_id", r.pool_id())
        .month("period", r.period().size() == 4 ? r.period() + "-01" : r.period())
        .optional_id("rules_folder", r.rules_folder())
        .optional_date("policy_on", r.policy_on())
        .count("coefficients", r.coefficients_size(), 0, 1000)
        .range("available_fen", r.available_fen(), 0, kFenMax);
    v.each(
        "coefficients", r.coefficients(), [](rpc::Validator& inner, const v1::TriedCoefficient& c) {
            inner.id("institution_id", c.institution_id()).range("k_e8", c.k_e8(), 0, 100 * kOne);
        });
    const bool tried = !r.rules_folder().empty() || !r.policy_on().empty() ||
                       r.coefficients_size() > 0 || r.available_fen() > 0;
    v.expect(tried, "rules_folder", "FIELD_REQUIRED");
    return v.done();
}

}  // namespace

void bind_years(runtime::Binder& binder, const Env& env) {
    binder.command<v1::ShareConsortiumRequest, v1::Run>(
        method("ShareConsortium"),
        {.validate = validate_share,
         .lock_keys =
             [](const v1::ShareConsortiumRequest& r) {
                 return std::vector<std::string>{"runs/" + r.consortium_id() + '/' + r.year()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_share(c, env, r); }});
    binder.query<google::longrunning::GetOperationRequest, google::longrunning::Operation>(
        method("GetOperation"), {.validate =
                                     [](const google::longrunning::GetOperationRequest& r) {
                                         const bool named = r.name().starts_with(kOperations);
                                         return rpc::Validator()
                                             .text("name", r.name(), kOperations.size() + 1, 160)
                                             .expect(named, "name", "FIELD_FORMAT")
                                             .done();
                                     },
                                 .run = run_operation});
    binder.command<v1::StartWhatIfRequest, v1::DifferenceReport>(
        method("StartWhatIf"),
        {.validate = validate_what_if,
         .lock_keys =
             [](const v1::StartWhatIfRequest& r) {
                 return std::vector<std::string>{"what-if/" + r.pool_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_what_if(c, env, r); }});
    binder.query<v1::GetDifferenceReportRequest, v1::DifferenceReport>(
        method("GetDifferenceReport"),
        {.validate =
             [](const v1::GetDifferenceReportRequest& r) {
                 return rpc::Validator().ulid("what_if_id", r.what_if_id()).done();
             },
         .run = run_report});
}

}  // namespace yilian::billing::rpc_edge
