#include "libs/policy/keys.h"
#include "libs/rpc/validate.h"
#include "libs/runtime/work.h"
#include "services/directory/app/fee_split.h"
#include "services/directory/rpc/access.h"
#include "services/directory/rpc/methods.h"
#include "services/directory/store/queries.h"
#include "yilian/directory/v1/contract_service.pb.h"

namespace yilian::directory::rpc_edge {
namespace {

using runtime::CommandContext;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.directory.v1.ContractService/" + std::string(name);
}

bool is_period(const std::string& text) {
    return calendar::CivilDate::parse(text + (text.size() == 4 ? "-01-01" : "-01")).ok();
}

// Fees are divided when their period is over; what a booking starts divides by what is known then.
bool is_over(const std::string& period, calendar::CivilDate today) {
    return period < today.text().substr(0, period.size());
}

Outcome<v1::FeeSplit> run_fee_split(CommandContext& context, const Env& env,
                                    const v1::ComputeFeeSplitRequest& r) {
    context.audit("team/" + r.team_id());
    const auto team = store::team(context.tx, r.team_id());
    if (team && !context.caller.has_role("service") &&
        team->record.institution_id() != context.caller.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    runtime::Work work = runtime::work_of(context, env.district, "AGENCY");
    if (!is_over(r.period(), work.today)) return Reason("PERIOD_OPEN");
    return app::compute_fee_split(work,
                                  {r.team_id(), r.period(), r.fee_fen(), "computed", context.now});
}

void put_entries(QueryContext& context, const v1::GetPointsRequest& r, const runtime::Page& page,
                 v1::PointsAccount& account) {
    std::string position;
    for (const auto& row : context.tx.select(store::kPointsPage, r.resident_id(), page.position,
                                             std::int64_t{page.size} + 1)) {
        if (account.entries_size() == page.size) {
            account.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        v1::PointsEntry* entry = account.add_entries();
        entry->set_entry_id(row.text(0));
        entry->set_points(row.i64(1));
        entry->set_rule_id(row.text(2));
        entry->set_source_event_id(row.text(3));
        entry->set_occurred_on(row.text(4));
        entry->set_expires_on(row.text(5));
        entry->set_reversal_of(row.text(6));
        position = row.text(4) + "/" + row.text(0);
    }
}

Outcome<v1::PointsAccount> run_points(QueryContext& context, const Env& env,
                                      const v1::GetPointsRequest& r) {
    const auto pack = context.policies.at(env.district, calendar::local_date(context.now));
    if (!pack.ok()) return pack.refusal();
    if (!(*pack)->get(policy::kPointsEnabled)) return Reason("POINTS_DISABLED");
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    const auto resident = store::resident(context.tx, r.resident_id());
    if (!resident) return Reason("RESIDENT_NOT_FOUND");
    if (!may_read(context, env.district, resident->record)) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    v1::PointsAccount account;
    account.set_account_id("resident:" + r.resident_id());
    account.set_resident_id(r.resident_id());
    account.set_balance(context.tx.select_one(store::kPointsBalance, r.resident_id())->i64(0));
    put_entries(context, r, *page, account);
    context.access({r.resident_id(), "TREATMENT", "points", false});
    return account;
}

}  // namespace

void bind_money_and_points(runtime::Binder& binder, const Env& env) {
    binder.command<v1::ComputeFeeSplitRequest, v1::FeeSplit>(
        method("ComputeFeeSplit"),
        {.validate =
             [](const v1::ComputeFeeSplitRequest& r) {
                 return rpc::Validator()
                     .id("team_id", r.team_id())
                     .required("period", r.period())
                     .expect(r.period().empty() || is_period(r.period()), "period", "FIELD_FORMAT")
                     .positive("fee_fen", r.fee_fen())
                     .done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"team/" + r.team_id()}; },
         .run = [env](CommandContext& c, const auto& r) { return run_fee_split(c, env, r); }});
    binder.query<v1::GetPointsRequest, v1::PointsAccount>(
        method("GetPoints"),
        {.validate =
             [](const v1::GetPointsRequest& r) {
                 return rpc::Validator()
                     .id("resident_id", r.resident_id())
                     .page_size(r.page_size())
                     .done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_points(c, env, r); }});
}

}  // namespace yilian::directory::rpc_edge
