#include "libs/calendar/local_time.h"
#include "libs/rpc/validate.h"
#include "services/billing/app/capitation_months.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/list_codec.h"
#include "yilian/billing/v1/capitation_service.pb.h"

namespace yilian::billing::rpc_edge {
namespace {

using app::Env;
using app::Unit;
using runtime::CommandContext;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.billing.v1.CapitationService/" + std::string(name);
}

// Finance sees the consortium that its hospital leads.
bool may_see(storage::Transaction& tx, const rpc::Caller& caller, const std::string& consortium,
             CivilDate on) {
    return sees_all(caller) || caller.institution_id == consortium ||
           store::lead_of(tx, consortium, on) == caller.institution_id;
}

Outcome<v1::CapitationMonth> run_price(CommandContext& context, const Env& env,
                                       const v1::PriceCapitationRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("capitation/" + r.consortium_id() + '/' + r.period());
    app::PriceMonth what;
    what.run_id = r.run_id();
    what.consortium_id = r.consortium_id();
    what.period = *calendar::CivilMonth::parse(r.period());
    if (r.has_known_at()) what.known_at = store::instant_of(r.known_at());
    what.validate_only = r.validate_only();
    if (!may_see(context.tx, context.caller, r.consortium_id(), what.period.first_day())) {
        return not_your_record();
    }
    const auto month = app::price_month(unit, what);
    if (!month.ok()) return month.refusal();
    return encode(*month);
}

Outcome<v1::CapitationMonth> run_get(QueryContext& context,
                                     const v1::GetCapitationMonthRequest& r) {
    const auto first = calendar::CivilMonth::parse(r.period())->first_day();
    if (!may_see(context.tx, context.caller, r.consortium_id(), first)) return not_your_record();
    const auto month = store::capitation_month(context.tx, r.consortium_id(), r.period());
    if (!month) return Reason("NOT_FOUND");
    return encode(*month);
}

Outcome<v1::GetHeadCountResponse> run_heads(QueryContext& context,
                                            const v1::GetHeadCountRequest& r) {
    const auto on = *CivilDate::parse(r.on());
    const Instant known = r.has_known_at() ? store::instant_of(r.known_at()) : context.now;
    if (on > calendar::local_date(context.now) || known > context.now) {
        return Reason("DATE_IN_FUTURE");
    }
    v1::GetHeadCountResponse response;
    store::set_instant(response.mutable_known_at(), known);
    for (const app::HeadCount& count : app::head_counts(context.tx, on, known)) {
        const bool asked = r.consortium_id().empty() || r.consortium_id() == count.consortium_id;
        if (!asked || !may_see(context.tx, context.caller, count.consortium_id, on)) continue;
        v1::HeadCountRow* row = response.add_rows();
        row->set_consortium_id(count.consortium_id);
        row->set_head_count(count.heads);
        row->set_overlap_count(count.overlaps);
    }
    return response;
}

}  // namespace

void bind_capitation(runtime::Binder& binder, const Env& env) {
    binder.command<v1::PriceCapitationRequest, v1::CapitationMonth>(
        method("PriceCapitation"),
        {.validate =
             [](const v1::PriceCapitationRequest& r) {
                 return rpc::Validator()
                     .optional_id("run_id", r.run_id())
                     .id("consortium_id", r.consortium_id())
                     .month("period", r.period())
                     .optional_timestamp("known_at", r.has_known_at(), r.known_at())
                     .done();
             },
         .lock_keys =
             [](const v1::PriceCapitationRequest& r) {
                 return std::vector<std::string>{"capitation/" + r.consortium_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_price(c, env, r); }});
    binder.query<v1::GetCapitationMonthRequest, v1::CapitationMonth>(
        method("GetCapitationMonth"), {.validate =
                                           [](const v1::GetCapitationMonthRequest& r) {
                                               return rpc::Validator()
                                                   .id("consortium_id", r.consortium_id())
                                                   .month("period", r.period())
                                                   .done();
                                           },
                                       .run = run_get});
    binder.query<v1::GetHeadCountRequest, v1::GetHeadCountResponse>(
        method("GetHeadCount"), {.validate =
                                     [](const v1::GetHeadCountRequest& r) {
                                         return rpc::Validator()
                                             .optional_id("consortium_id", r.consortium_id())
                                             .date("on", r.on())
                                             .optional_timestamp("known_at", r.has_known_at(),
                                                                 r.known_at())
                                             .done();
                                     },
                                 .run = run_heads});
}

}  // namespace yilian::billing::rpc_edge
