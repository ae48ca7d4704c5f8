#include <charconv>

#include "libs/rpc/validate.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/app/periods.h"
#include "services/billing/app/pools.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/rpc/pages.h"
#include "services/billing/store/queries.h"
#include "yilian/billing/v1/ledger_service.pb.h"

namespace yilian::billing::rpc_edge {
namespace {

using app::Env;
using app::Unit;
using runtime::CommandContext;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.billing.v1.LedgerService/" + std::string(name);
}

// Finance of an institution sees the accounts of its own money.
bool own_account(const rpc::Caller& caller, std::string_view account) {
    if (sees_all(caller)) return true;
    const auto colon = account.find(':');
    return colon != std::string_view::npos && account.substr(colon + 1) == caller.institution_id;
}

Outcome<v1::GetBalanceResponse> run_balance(QueryContext& context, const v1::GetBalanceRequest& r) {
    auto response = page_of<v1::GetBalanceResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kBalances, r.account_prefix(), r.until_period(),
                                     position, limit);
        },
        [&](v1::GetBalanceResponse& page, const storage::Row& row) {
            if (own_account(context.caller, row.text(0))) {
                v1::AccountBalance* balance = page.add_balances();
                balance->set_account(row.text(0));
                balance->set_balance_fen(row.i64(1));
                balance->set_line_count(row.i64(2));
            }
            return row.text(0);
        });
    if (!response.ok()) return response.refusal();
    v1::GetBalanceResponse answer = std::move(response).value();
    answer.set_ledger_sum_fen(store::ledger_sum(context.tx).raw());
    return answer;
}

bool concerns(const rpc::Caller& caller, const store::TransactionRow& row) {
    if (sees_all(caller) || row.institution_id == caller.institution_id) return true;
    for (const Line& line : row.transaction.lines) {
        if (own_account(caller, line.account)) return true;
    }
    return false;
}

Outcome<v1::ListTransactionsResponse> run_list(QueryContext& context,
                                               const v1::ListTransactionsRequest& r) {
    return page_of<v1::ListTransactionsResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            std::int64_t after = 0;
            std::from_chars(position.data(), position.data() + position.size(), after);
            return context.tx.select(store::kTransactionPage, r.period(), r.account(),
                                     r.refers_to(), after, limit);
        },
        [&](v1::ListTransactionsResponse& response, const storage::Row& row) {
            const store::TransactionRow transaction = store::transaction_of(context.tx, row);
            if (concerns(context.caller, transaction)) {
                *response.add_transactions() = encode(transaction);
            }
            return std::to_string(transaction.sequence);
        });
}

Outcome<v1::LedgerTransaction> run_reverse(CommandContext& context, const Env& env,
                                           const v1::ReverseTransactionRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("ledger_transaction/" + r.transaction_id());
    const auto reversal = app::reverse(unit, r.transaction_id(), r.reason_code());
    if (!reversal.ok()) return reversal.refusal();
    return encode(*store::transaction(context.tx, *reversal));
}

Outcome<v1::Period> run_close(CommandContext& context, const Env& env,
                              const v1::ClosePeriodRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("period/" + r.period());
    const auto period = app::close_period(unit, r.period(), r.etag());
    if (!period.ok()) return period.refusal();
    return encode(*period);
}

v1::Period encode_with_wish(storage::Transaction& tx, const store::PeriodRow& period) {
    v1::Period m = encode(period);
    m.set_reopen_asked_by(app::reopen_asked_by(tx, period));
    return m;
}

Outcome<v1::Period> run_reopen(CommandContext& context, const Env& env,
                               const v1::ReopenPeriodRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("period/" + r.period());
    const auto period = app::reopen_period(unit, r.period(), r.etag(), r.reason_code());
    if (!period.ok()) return period.refusal();
    return encode_with_wish(context.tx, *period);
}

}  // namespace

void bind_ledger(runtime::Binder& binder, const Env& env) {
    binder.query<v1::GetBalanceRequest, v1::GetBalanceResponse>(
        method("GetBalance"),
        {.validate =
             [](const v1::GetBalanceRequest& r) {
                 rpc::Validator v;
                 v.text("account_prefix", r.account_prefix(), 0, 128).page_size(r.page_size());
                 if (!r.until_period().empty()) v.month("until_period", r.until_period());
                 return v.done();
             },
         .run = run_balance});
    binder.query<v1::ListTransactionsRequest, v1::ListTransactionsResponse>(
        method("ListTransactions"), {.validate =
                                         [](const v1::ListTransactionsRequest& r) {
                                             rpc::Validator v;
                                             v.text("account", r.account(), 0, 128)
                                                 .text("refers_to", r.refers_to(), 0, 160)
                                                 .page_size(r.page_size());
                                             if (!r.period().empty()) v.month("period", r.period());
                                             return v.done();
                                         },
                                     .run = run_list});
    binder.command<v1::ReverseTransactionRequest, v1::LedgerTransaction>(
        method("ReverseTransaction"),
        {.validate =
             [](const v1::ReverseTransactionRequest& r) {
                 return rpc::Validator()
                     .id("transaction_id", r.transaction_id())
                     .id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys =
             [](const v1::ReverseTransactionRequest& r) {
                 return std::vector<std::string>{"ledger_transaction/" + r.transaction_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_reverse(c, env, r); }});
    binder.command<v1::ClosePeriodRequest, v1::Period>(
        method("ClosePeriod"),
        {.validate =
             [](const v1::ClosePeriodRequest& r) {
                 return rpc::Validator().month("period", r.period()).etag("etag", r.etag()).done();
             },
         .lock_keys =
             [](const v1::ClosePeriodRequest& r) {
                 return std::vector<std::string>{"period/" + r.period()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_close(c, env, r); }});
    binder.command<v1::ReopenPeriodRequest, v1::Period>(
        method("ReopenPeriod"),
        {.validate =
             [](const v1::ReopenPeriodRequest& r) {
                 return rpc::Validator()
                     .month("period", r.period())
                     .required_etag("etag", r.etag())
                     .id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys =
             [](const v1::ReopenPeriodRequest& r) {
                 return std::vector<std::string>{"period/" + r.period()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_reopen(c, env, r); }});
    binder.query<v1::GetPeriodRequest, v1::Period>(
        method("GetPeriod"), {.validate =
                                  [](const v1::GetPeriodRequest& r) {
                                      return rpc::Validator().month("period", r.period()).done();
                                  },
                              .run = [](QueryContext& c, const auto& r) -> Outcome<v1::Period> {
                                  return encode_with_wish(c.tx, store::period(c.tx, r.period()));
                              }});
}

}  // namespace yilian::billing::rpc_edge
