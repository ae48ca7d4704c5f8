#include "libs/rpc/validate.h"
#include "services/billing/app/payments.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/rpc/pages.h"
#include "services/billing/store/queries.h"
#include "yilian/billing/v1/settlement_service.pb.h"

namespace yilian::billing::rpc_edge {
namespace {

using amount::Fen;
using app::Env;
using app::Unit;
using runtime::CommandContext;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.billing.v1.SettlementService/" + std::string(name);
}

Outcome<v1::Payment> run_instruct(CommandContext& context, const Env& env,
                                  const v1::InstructPaymentRequest& r) {
    Unit unit = app::unit_of(context, env);
    app::Instruction what;
    what.payment_id = r.payment_id().empty() ? context.ids.next_ulid() : r.payment_id();
    what.party = r.party();
    what.amount = Fen::of_raw(r.amount_fen());
    what.run_ids = {r.run_ids().begin(), r.run_ids().end()};
    what.claim_received_on = r.claim_received_on();
    context.audit("payment/" + what.payment_id);
    const auto payment = app::instruct_payment(unit, what);
    if (!payment.ok()) return payment.refusal();
    return encode(*payment, context.caller);
}

Outcome<v1::Payment> run_confirm(CommandContext& context, const Env& env,
                                 const v1::ConfirmPaymentRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("payment/" + r.payment_id());
    const auto payment = app::confirm_payment(unit, r.payment_id(), r.etag(),
                                              Fen::of_raw(r.amount_fen()), r.confirmed_on());
    if (!payment.ok()) return payment.refusal();
    return encode(*payment, context.caller);
}

Outcome<v1::Payment> run_fail(CommandContext& context, const Env& env,
                              const v1::FailPaymentRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("payment/" + r.payment_id());
    const auto payment = app::fail_payment(unit, r.payment_id(), r.etag());
    if (!payment.ok()) return payment.refusal();
    return encode(*payment, context.caller);
}

Outcome<v1::Payment> run_get(QueryContext& context, const v1::GetPaymentRequest& r) {
    const auto payment = store::payment(context.tx, r.payment_id());
    if (!payment) return Reason("NOT_FOUND");
    const bool own = payment->party == context.caller.institution_id ||
                     payment->institution_id == context.caller.institution_id;
    if (!own && !sees_all(context.caller)) return not_your_record();
    return encode(*payment, context.caller);
}

Outcome<v1::ListPaymentsResponse> run_list(QueryContext& context,
                                           const v1::ListPaymentsRequest& r) {
    const auto party = own_or_all(context.caller, r.party());
    if (!party.ok()) return party.refusal();
    return page_of<v1::ListPaymentsResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kPaymentPage, *party, position, limit);
        },
        [&](v1::ListPaymentsResponse& response, const storage::Row& row) {
            const store::PaymentRow payment = store::payment_of(row);
            *response.add_payments() = encode(payment, context.caller);
            return payment.payment_id;
        });
}

}  // namespace

void bind_payments(runtime::Binder& binder, const Env& env) {
    binder.command<v1::InstructPaymentRequest, v1::Payment>(
        method("InstructPayment"),
        {.validate =
             [](const v1::InstructPaymentRequest& r) {
                 rpc::Validator v;
                 v.optional_ulid("payment_id", r.payment_id())
                     .id("party", r.party())
                     .range("amount_fen", r.amount_fen(), 1, kFenMax)
                     .count("run_ids", r.run_ids_size(), 0, 100)
                     .optional_date("claim_received_on", r.claim_received_on());
                 v.each("run_ids", r.run_ids(),
                        [](rpc::Validator& inner, const std::string& id) { inner.id("", id); });
                 return v.done();
             },
         .lock_keys =
             [](const v1::InstructPaymentRequest& r) {
                 return std::vector<std::string>{"party/" + r.party()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_instruct(c, env, r); }});
    binder.command<v1::ConfirmPaymentRequest, v1::Payment>(
        method("ConfirmPayment"),
        {.validate =
             [](const v1::ConfirmPaymentRequest& r) {
                 return rpc::Validator()
                     .ulid("payment_id", r.payment_id())
                     .required_etag("etag", r.etag())
                     .range("amount_fen", r.amount_fen(), 1, kFenMax)
                     .optional_date("confirmed_on", r.confirmed_on())
                     .done();
             },
         .lock_keys =
             [](const v1::ConfirmPaymentRequest& r) {
                 return std::vector<std::string>{"payment/" + r.payment_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_confirm(c, env, r); }});
    binder.command<v1::FailPaymentRequest, v1::Payment>(
        method("FailPayment"),
        {.validate =
             [](const v1::FailPaymentRequest& r) {
                 return rpc::Validator()
                     .ulid("payment_id", r.payment_id())
                     .required_etag("etag", r.etag())
                     .id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys =
             [](const v1::FailPaymentRequest& r) {
                 return std::vector<std::string>{"payment/" + r.payment_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_fail(c, env, r); }});
    binder.query<v1::GetPaymentRequest, v1::Payment>(
        method("GetPayment"),
        {.validate =
             [](const v1::GetPaymentRequest& r) {
                 return rpc::Validator().ulid("payment_id", r.payment_id()).done();
             },
         .run = run_get});
    binder.query<v1::ListPaymentsRequest, v1::ListPaymentsResponse>(
        method("ListPayments"), {.validate =
                                     [](const v1::ListPaymentsRequest& r) {
                                         return rpc::Validator()
                                             .optional_id("party", r.party())
                                             .page_size(r.page_size())
                                             .done();
                                     },
                                 .run = run_list});
}

}  // namespace yilian::billing::rpc_edge
