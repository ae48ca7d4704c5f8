#include <algorithm>
#include <set>

#include "libs/calendar/local_time.h"
#include "libs/rpc/validate.h"
#include "services/registries/app/steps.h"
#include "services/registries/rpc/access.h"
#include "services/registries/rpc/encode.h"
#include "services/registries/rpc/methods.h"
#include "services/registries/store/queries.h"

namespace yilian::registries::rpc_edge {
namespace {

using domain::Enrolment;
using runtime::CommandContext;
using runtime::QueryContext;

constexpr const char* kPurpose = "TREATMENT";

// A list shows records of all its residents (interop.md 9: no read without an access record).
void record_reads(QueryContext& context, const std::set<std::string>& residents,
                  const char* scope) {
    for (const std::string& id : residents) context.access({id, kPurpose, scope, false});
}

Outcome<v1::ListDueResponse> run_due(QueryContext& context, const v1::ListDueRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    const auto today = calendar::local_date(context.now);
    const std::string until = r.until_on().empty() ? today.text() : r.until_on();
    const storage::Query& query =
        r.team_id().empty() ? store::kEnrolmentsDueOfInstitution : store::kEnrolmentsDueOfTeam;
    const std::string& of = r.team_id().empty() ? r.institution_id() : r.team_id();
    v1::ListDueResponse response;
    std::set<std::string> residents;
    std::string position;
    for (const storage::Row& row :
         context.tx.select(query, of, until, page->position, std::int64_t{page->size} + 1)) {
        if (response.items_size() == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        const Enrolment e = store::enrolment_of(row);
        if (e.institution_id != context.caller.institution_id) {
            return Reason("AUTH_RECORD_ACCESS_DENIED");
        }
        position = e.standing.next_due_on->text() + "/" + e.enrolment_id;
        residents.insert(e.resident_id);
        *response.add_items() = encode_due(e, today);
    }
    record_reads(context, residents, "due_list");
    return response;
}

// The team's own institution, or who may read the record of the resident.
bool may_list(QueryContext& context, const std::string& district,
              const v1::ListCareActionsRequest& r) {
    if (context.caller.has_role("service")) return true;
    if (!r.resident_id().empty()) return may_read(context, district, r.resident_id());
    return store::institution_of_team(context.tx, r.team_id()) == context.caller.institution_id;
}

Outcome<v1::ListCareActionsResponse> run_actions(QueryContext& context, const std::string& district,
                                                 const v1::ListCareActionsRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    if (!may_list(context, district, r)) return Reason("AUTH_RECORD_ACCESS_DENIED");
    v1::ListCareActionsResponse response;
    std::set<std::string> residents;
    std::string position = page->position;
    int seen = 0;
    for (const storage::Row& row :
         context.tx.select(store::kActionsOfTeam, r.team_id(), r.resident_id(), page->position,
                           std::int64_t{page->size} + 1)) {
        if (seen++ == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        const v1::CareAction action = encode(store::care_action_of(row));
        position = action.due_on() + "/" + action.action_id();
        const auto& states = r.states();
        if (!states.empty() && std::ranges::find(states, action.state()) == states.end()) continue;
        residents.insert(action.resident_id());
        *response.add_actions() = action;
    }
    record_reads(context, residents, "care_actions");
    return response;
}

Outcome<v1::GetEnrolmentsResponse> run_enrolments(QueryContext& context,
                                                  const std::string& district,
                                                  const v1::GetEnrolmentsRequest& r) {
    if (!may_read(context, district, r.resident_id())) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    v1::GetEnrolmentsResponse response;
    for (const Enrolment& e : store::enrolments_of(context.tx, r.resident_id())) {
        *response.add_enrolments() = encode(e, context.caller);
    }
    context.access({r.resident_id(), kPurpose, "enrolments", false});
    return response;
}

void bind_lists(runtime::Binder& binder, const std::string& district) {
    binder.query<v1::GetEnrolmentsRequest, v1::GetEnrolmentsResponse>(
        method("GetEnrolments"),
        {.validate =
             [](const v1::GetEnrolmentsRequest& r) {
                 return rpc::Validator().id("resident_id", r.resident_id()).done();
             },
         .run = [district](QueryContext& c,
                           const auto& r) { return run_enrolments(c, district, r); }});
    binder.query<v1::ListDueRequest, v1::ListDueResponse>(
        method("ListDue"), {.validate =
                                [](const v1::ListDueRequest& r) {
                                    return rpc::Validator()
                                        .expect(r.team_id().empty() != r.institution_id().empty(),
                                                "team_id", "FIELD_REQUIRED")
                                        .optional_date("until_on", r.until_on())
                                        .page_size(r.page_size())
                                        .done();
                                },
                            .run = run_due});
    binder.query<v1::ListCareActionsRequest, v1::ListCareActionsResponse>(
        method("ListCareActions"),
        {.validate =
             [](const v1::ListCareActionsRequest& r) {
                 return rpc::Validator()
                     .expect(!r.team_id().empty() || !r.resident_id().empty(), "team_id",
                             "FIELD_REQUIRED")
                     .page_size(r.page_size())
                     .done();
             },
         .run = [district](QueryContext& c,
                           const auto& r) { return run_actions(c, district, r); }});
}

Outcome<v1::CareAction> run_close(CommandContext& context, const std::string& district,
                                  const v1::CloseCareActionRequest& r) {
    runtime::Work work = work_of(context, district);
    const auto action = store::care_action(context.tx, r.action_id());
    if (!action) return Reason("ACTION_NOT_FOUND");
    context.audit("care_action/" + r.action_id(), action->resident_id);
    const auto enrolment = store::enrolment(context.tx, action->enrolment_id);
    if (!enrolment || enrolment->institution_id != context.caller.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    if (auto refusal = runtime::check_etag(r.etag(), action->changes)) return *refusal;
    if (!action->pending()) {
        return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                       {{"state", std::string(domain::name_of(action->state))},
                        {"action", "CloseCareAction"}}};
    }
    app::finish_action(work, *action, domain::CareActionState::kClosed, r.reason_code());
    return encode(*store::care_action(context.tx, r.action_id()));
}

}  // namespace

void bind_worklists(runtime::Binder& binder, const std::string& district) {
    bind_lists(binder, district);
    binder.command<v1::CloseCareActionRequest, v1::CareAction>(
        method("CloseCareAction"),
        {.validate =
             [](const v1::CloseCareActionRequest& r) {
                 return rpc::Validator()
                     .id("action_id", r.action_id())
                     .etag("etag", r.etag())
                     .expect(!r.reason_code().empty(), "reason_code", "FIELD_REASON_CODE_INVALID")
                     .optional_id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"care_action/" + r.action_id()}; },
         .run = [district](CommandContext& c,
                           const auto& r) { return run_close(c, district, r); }});
}

}  // namespace yilian::registries::rpc_edge
