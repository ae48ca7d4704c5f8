#include "libs/calendar/local_time.h"
#include "libs/rpc/validate.h"
#include "services/billing/app/pool_years.h"
#include "services/billing/app/pools.h"
#include "services/billing/app/run_watch.h"
#include "services/billing/app/runs.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/rpc/pages.h"
#include "services/billing/rpc/statement_forms.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/queries.h"
#include "yilian/billing/v1/settlement_service.pb.h"

namespace yilian::billing::rpc_edge {
namespace {

using amount::Fen;
using amount::Rate;
using app::Env;
using app::Unit;
using runtime::CommandContext;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.billing.v1.SettlementService/" + std::string(name);
}

constexpr std::int64_t kOne = 100'000'000;

Violations validate_pool(const v1::CreatePoolRequest& r) {
    rpc::Validator v;
    v.id("pool_id", r.pool_id())
        .enumerated("insurance", r.insurance())
        .range("budget_fen", r.budget_fen(), 1, kFenMax)
        .range("reserve_rate_e8", r.reserve_rate_e8(), 0, kOne)
        .range("out_of_pool_fen", r.out_of_pool_fen(), 0, kFenMax)
        .range("payment_ratio_e8", r.payment_ratio_e8(), 1, kOne)
        .range("budget_value_num", r.budget_value_num(), 1, kFenMax)
        .range("budget_value_den", r.budget_value_den(), 1, kFenMax)
        .range("prepay_rate_e8", r.prepay_rate_e8(), 0, kOne)
        .optional_id("approval_document_id", r.approval_document_id());
    v.month("year", r.year() + "-01");
    return v.done();
}

Outcome<v1::Pool> run_create_pool(CommandContext& context, const Env& env,
                                  const v1::CreatePoolRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("pool/" + r.pool_id());
    if (r.approval_document_id().empty()) return Reason("APPROVAL_MISSING");
    store::PoolRow pool;
    pool.pool_id = r.pool_id();
    pool.insurance = store::insurance_name(r.insurance());
    pool.year = r.year();
    pool.budget = Fen::of_raw(r.budget_fen());
    pool.reserve_rate = Rate::of_raw(r.reserve_rate_e8());
    pool.out_of_pool = Fen::of_raw(r.out_of_pool_fen());
    pool.rates.payment_ratio = Rate::of_raw(r.payment_ratio_e8());
    pool.rates.v_bud_num = r.budget_value_num();
    pool.rates.v_bud_den = r.budget_value_den();
    pool.rates.prepay_rate = Rate::of_raw(r.prepay_rate_e8());
    pool.rates.reserve_rate = pool.reserve_rate;
    pool.approval_document_id = r.approval_document_id();
    const auto created = app::create_pool(unit, std::move(pool));
    if (!created.ok()) return created.refusal();
    return encode(*created);
}

Outcome<v1::Pool> run_adjust_pool(CommandContext& context, const Env& env,
                                  const v1::AdjustPoolRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("pool/" + r.pool_id());
    if (r.approval_document_id().empty()) return Reason("APPROVAL_MISSING");
    const auto pool = app::adjust_pool(unit, r.pool_id(), r.etag(), Fen::of_raw(r.difference_fen()),
                                       r.approval_document_id());
    if (!pool.ok()) return pool.refusal();
    return encode(*pool);
}

Outcome<v1::ListPoolsResponse> run_list_pools(QueryContext& context,
                                              const v1::ListPoolsRequest& r) {
    return page_of<v1::ListPoolsResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kPoolPage, r.year(), position, limit);
        },
        [](v1::ListPoolsResponse& response, const storage::Row& row) {
            const store::PoolRow pool = store::pool_of(row);
            *response.add_pools() = encode(pool);
            return pool.pool_id;
        });
}

bool is_year(const v1::StartRunRequest& r) {
    return r.kind() == v1::RUN_KIND_POOL_YEAR || r.kind() == v1::RUN_KIND_CONSORTIUM_YEAR;
}

Violations validate_start(const v1::StartRunRequest& r) {
    rpc::Validator v;
    v.optional_id("run_id", r.run_id())
        .enumerated("kind", r.kind())
        .id("scope_id", r.scope_id())
        .month("period", is_year(r) ? r.period() + "-01" : r.period())
        .optional_timestamp("cut_off_at", r.has_cut_off_at(), r.cut_off_at())
        .count("quality_scores", r.quality_scores_size(), 0, 5000);
    v.each("quality_scores", r.quality_scores(),
           [](rpc::Validator& inner, const v1::QualityScore& score) {
               inner.id("institution_id", score.institution_id())
                   .range("score_e8", score.score_e8(), 0, kOne);
           });
    return v.done();
}

// Kinds that have a method of their own.
Refusal served_elsewhere(v1::RunKind kind) {
    const bool month = kind == v1::RUN_KIND_CAPITATION_MONTH;
    return {"RUN_KIND_NOT_SERVED",
            {{"kind", v1::RunKind_Name(kind)},
             {"method", month ? "PriceCapitation" : "ShareConsortium"}}};
}

Outcome<store::RunRow> start(Unit& unit, const v1::StartRunRequest& r) {
    std::optional<Instant> cut_off;
    if (r.has_cut_off_at()) cut_off = store::instant_of(r.cut_off_at());
    if (r.kind() == v1::RUN_KIND_INSTITUTION_MONTH) {
        return app::start_month(
            unit, {r.run_id(), r.scope_id(), *calendar::CivilMonth::parse(r.period()), cut_off});
    }
    app::StartPoolYear what{r.run_id(), r.scope_id(), r.period(), cut_off, {}};
    for (const v1::QualityScore& score : r.quality_scores()) {
        what.quality[score.institution_id()] = Rate::of_raw(score.score_e8());
    }
    return app::start_pool_year(unit, what);
}

Outcome<v1::Run> run_start(CommandContext& context, const Env& env, const v1::StartRunRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("run/" + r.period());
    const bool served =
        r.kind() == v1::RUN_KIND_INSTITUTION_MONTH || r.kind() == v1::RUN_KIND_POOL_YEAR;
    if (!served) return served_elsewhere(r.kind());
    const auto run = start(unit, r);
    if (!run.ok()) return run.refusal();
    return encode(context.tx, *run, context.caller);
}

Outcome<v1::Run> run_approve(CommandContext& context, const Env& env,
                             const v1::ApproveRunRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("run/" + r.run_id());
    const auto run = app::approve_run(unit, r.run_id(), r.etag(), r.result_digest());
    if (!run.ok()) return run.refusal();
    return encode(context.tx, *run, context.caller);
}

Outcome<v1::Run> run_publish(CommandContext& context, const Env& env,
                             const v1::PublishRunRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("run/" + r.run_id());
    const auto run = app::publish_run(unit, r.run_id(), r.etag());
    if (!run.ok()) return run.refusal();
    return encode(context.tx, *run, context.caller);
}

Outcome<v1::Run> run_supersede(CommandContext& context, const Env& env,
                               const v1::SupersedeRunRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("run/" + r.run_id());
    const auto run = app::supersede_run(unit, r.run_id(), r.etag(), r.new_run_id());
    if (!run.ok()) return run.refusal();
    return encode(context.tx, *run, context.caller);
}

Outcome<v1::Run> run_get(QueryContext& context, const v1::GetRunRequest& r) {
    const auto run = store::run(context.tx, r.run_id());
    if (!run) return Reason("NOT_FOUND");
    return visible(context.tx, *run, context.caller);
}

Outcome<v1::ListRunsResponse> run_list_runs(QueryContext& context, const v1::ListRunsRequest& r) {
    return page_of<v1::ListRunsResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kRunPage, r.period(), position, limit);
        },
        [&](v1::ListRunsResponse& response, const storage::Row& row) {
            const store::RunRow run = store::run_of(row);
            *response.add_runs() = encode(run, context.caller);
            return run.period + '/' + run.run_id;
        });
}

// The own statement, and of a consortium that of its lead hospital.
bool may_see(QueryContext& context, const std::string& party) {
    const rpc::Caller& caller = context.caller;
    return sees_all(caller) || party == caller.institution_id ||
           store::lead_of(context.tx, party, calendar::local_date(context.now)) ==
               caller.institution_id;
}

std::string in_form(const v1::GetStatementRequest& r, const store::StatementRow& s) {
    switch (r.format()) {
        case v1::STATEMENT_FORMAT_CSV:
            return statement_csv(s.content);
        case v1::STATEMENT_FORMAT_HTML:
            return statement_html(s.content, s.dispute_until);
        default:
            return s.content;
    }
}

Outcome<v1::Statement> run_statement(QueryContext& context, const v1::GetStatementRequest& r) {
    if (!may_see(context, r.party())) return not_your_record();
    const auto s = store::statement(context.tx, r.run_id(), r.party());
    if (!s || (!s->published && !sees_all(context.caller))) return Reason("NOT_FOUND");
    v1::Statement m;
    m.set_run_id(s->run_id);
    m.set_party(s->party);
    m.set_period(s->period);
    m.set_statement_sha256(s->sha256);
    m.set_dispute_until(s->dispute_until);
    m.set_content(in_form(r, *s));
    return m;
}

Outcome<v1::ListStatementsResponse> run_statements(QueryContext& context,
                                                   const v1::ListStatementsRequest& r) {
    const auto party = own_or_all(context.caller, r.party());
    if (!party.ok()) return party.refusal();
    return page_of<v1::ListStatementsResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kStatementPage, r.period(), *party, position, limit);
        },
        [](v1::ListStatementsResponse& response, const storage::Row& row) {
            v1::Statement* m = response.add_statements();
            m->set_run_id(row.text(0));
            m->set_party(row.text(1));
            m->set_period(row.text(2));
            m->set_statement_sha256(row.text(3));
            m->set_dispute_until(row.text(4));
            return row.text(2) + '/' + row.text(0) + '/' + row.text(1);
        });
}

std::vector<std::string> run_key(const std::string& run_id) { return {"run/" + run_id}; }

void bind_pools(runtime::Binder& binder, const Env& env) {
    binder.command<v1::CreatePoolRequest, v1::Pool>(
        method("CreatePool"),
        {.validate = validate_pool,
         .lock_keys =
             [](const v1::CreatePoolRequest& r) {
                 return std::vector<std::string>{"pool/" + r.pool_id(), "pool-year/" + r.year()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_create_pool(c, env, r); }});
    binder.command<v1::AdjustPoolRequest, v1::Pool>(
        method("AdjustPool"),
        {.validate =
             [](const v1::AdjustPoolRequest& r) {
                 return rpc::Validator()
                     .id("pool_id", r.pool_id())
                     .required_etag("etag", r.etag())
                     .range("difference_fen", r.difference_fen(), -kFenMax, kFenMax)
                     .expect(r.difference_fen() != 0, "difference_fen", "FIELD_REQUIRED")
                     .optional_id("approval_document_id", r.approval_document_id())
                     .done();
             },
         .lock_keys =
             [](const v1::AdjustPoolRequest& r) {
                 return std::vector<std::string>{"pool/" + r.pool_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_adjust_pool(c, env, r); }});
    binder.query<v1::GetPoolRequest, v1::Pool>(
        method("GetPool"), {.validate =
                                [](const v1::GetPoolRequest& r) {
                                    return rpc::Validator().id("pool_id", r.pool_id()).done();
                                },
                            .run = [](QueryContext& c, const auto& r) -> Outcome<v1::Pool> {
                                const auto pool = store::pool(c.tx, r.pool_id());
                                if (!pool) return Reason("NOT_FOUND");
                                return encode(*pool);
                            }});
    binder.query<v1::ListPoolsRequest, v1::ListPoolsResponse>(
        method("ListPools"), {.validate =
                                  [](const v1::ListPoolsRequest& r) {
                                      return rpc::Validator().page_size(r.page_size()).done();
                                  },
                              .run = run_list_pools});
}

// The time from the start to the result; what is computed in chunks is ended by the timer.
template <class Step>
Outcome<v1::Run> timed(const Env& env, const Step& step) {
    const auto at = std::chrono::steady_clock::now();
    Outcome<v1::Run> run = step();
    if (!run.ok() || env.run_watch == nullptr) return run;
    env.run_watch->started(run->run_id(), at);
    if (run->state() == v1::RUN_STATE_COMPUTED) env.run_watch->computed(run->run_id());
    return run;
}

void bind_run_commands(runtime::Binder& binder, const Env& env) {
    binder.command<v1::StartRunRequest, v1::Run>(
        method("StartRun"),
        {.validate = validate_start,
         .lock_keys =
             [](const v1::StartRunRequest& r) {
                 return std::vector<std::string>{"runs/" + r.scope_id() + '/' + r.period()};
             },
         .run = [&env](
                    CommandContext& c,
                    const auto& r) { return timed(env, [&] { return run_start(c, env, r); }); }});
    binder.command<v1::ApproveRunRequest, v1::Run>(
        method("ApproveRun"),
        {.validate =
             [](const v1::ApproveRunRequest& r) {
                 return rpc::Validator()
                     .id("run_id", r.run_id())
                     .required_etag("etag", r.etag())
                     .text("result_digest", r.result_digest(), 64, 64)
                     .done();
             },
         .lock_keys = [](const v1::ApproveRunRequest& r) { return run_key(r.run_id()); },
         .run = [&env](CommandContext& c, const auto& r) { return run_approve(c, env, r); }});
    binder.command<v1::PublishRunRequest, v1::Run>(
        method("PublishRun"),
        {.validate =
             [](const v1::PublishRunRequest& r) {
                 return rpc::Validator()
                     .id("run_id", r.run_id())
                     .required_etag("etag", r.etag())
                     .done();
             },
         .lock_keys = [](const v1::PublishRunRequest& r) { return run_key(r.run_id()); },
         .run = [&env](CommandContext& c, const auto& r) { return run_publish(c, env, r); }});
    binder.command<v1::SupersedeRunRequest, v1::Run>(
        method("SupersedeRun"),
        {.validate =
             [](const v1::SupersedeRunRequest& r) {
                 return rpc::Validator()
                     .id("run_id", r.run_id())
                     .required_etag("etag", r.etag())
                     .optional_id("new_run_id", r.new_run_id())
                     .id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys = [](const v1::SupersedeRunRequest& r) { return run_key(r.run_id()); },
         .run =
             [&env](CommandContext& c, const auto& r) {
                 return timed(env, [&] { return run_supersede(c, env, r); });
             }});
}

void bind_run_reads(runtime::Binder& binder) {
    binder.query<v1::GetRunRequest, v1::Run>(
        method("GetRun"), {.validate =
                               [](const v1::GetRunRequest& r) {
                                   return rpc::Validator().id("run_id", r.run_id()).done();
                               },
                           .run = run_get});
    binder.query<v1::ListRunsRequest, v1::ListRunsResponse>(
        method("ListRuns"), {.validate =
                                 [](const v1::ListRunsRequest& r) {
                                     return rpc::Validator().page_size(r.page_size()).done();
                                 },
                             .run = run_list_runs});
    binder.query<v1::GetStatementRequest, v1::Statement>(
        method("GetStatement"), {.validate =
                                     [](const v1::GetStatementRequest& r) {
                                         return rpc::Validator()
                                             .id("run_id", r.run_id())
                                             .id("party", r.party())
                                             .expect(v1::StatementFormat_IsValid(r.format()),
                                                     "format", "FIELD_ENUM")
                                             .done();
                                     },
                                 .run = run_statement});
    binder.query<v1::ListStatementsRequest, v1::ListStatementsResponse>(
        method("ListStatements"), {.validate =
                                       [](const v1::ListStatementsRequest& r) {
                                           return rpc::Validator()
                                               .optional_id("party", r.party())
                                               .page_size(r.page_size())
                                               .done();
                                       },
                                   .run = run_statements});
}

}  // namespace

void bind_pools_and_runs(runtime::Binder& binder, const Env& env) {
    bind_pools(binder, env);
    bind_run_commands(binder, env);
    bind_run_reads(binder);
    bind_years(binder, env);
}

}  // namespace yilian::billing::rpc_edge
