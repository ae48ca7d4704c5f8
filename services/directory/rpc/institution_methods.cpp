#include "libs/calendar/local_time.h"
#include "libs/runtime/work.h"
#include "services/directory/app/registers.h"
#include "services/directory/rpc/checks.h"
#include "services/directory/rpc/methods.h"
#include "services/directory/store/queries.h"
#include "yilian/directory/v1/institution_service.pb.h"

namespace yilian::directory::rpc_edge {
namespace {

using runtime::CommandContext;
using runtime::QueryContext;
using runtime::work_of;

std::string method(std::string_view name) {
    return "yilian.directory.v1.InstitutionService/" + std::string(name);
}

std::string today_of(const QueryContext& context) {
    return calendar::local_date(context.now).text();
}

v1::Institution with_etag(store::Stored<v1::Institution> stored) {
    stored.record.set_etag(runtime::make_etag(stored.changes));
    return std::move(stored.record);
}

std::vector<std::string> institution_key(const std::string& id) { return {"institution/" + id}; }

Outcome<v1::Institution> put_institution(CommandContext& context, const Env& env,
                                         const v1::Institution& what, bool is_new) {
    context.audit("institution/" + what.institution_id());
    runtime::Work work = work_of(context, env.district, "REGISTRAR");
    app::Writing writing{.must_be_new = is_new};
    const auto result = app::register_institution(work, what, writing);
    if (!result.ok()) return result.refusal();
    return with_etag(*store::institution(context.tx, what.institution_id()));
}

Outcome<v1::Institution> run_change(CommandContext& context, const Env& env,
                                    const v1::ChangeInstitutionRequest& r) {
    const auto there = store::institution(context.tx, r.institution().institution_id());
    if (!there) return Reason("INSTITUTION_NOT_FOUND");
    if (auto refusal = runtime::check_etag(r.etag(), there->changes)) return *refusal;
    return put_institution(context, env, r.institution(), false);
}

void bind_institution_commands(runtime::Binder& binder, const Env& env) {
    binder.command<v1::RegisterInstitutionRequest, v1::Institution>(
        method("RegisterInstitution"),
        {.validate =
             [](const v1::RegisterInstitutionRequest& r) {
                 return rpc::Validator()
                     .present("institution", r.has_institution())
                     .nested("institution", [&](rpc::Validator& v) { check(v, r.institution()); })
                     .done();
             },
         .lock_keys =
             [](const auto& r) { return institution_key(r.institution().institution_id()); },
         .run =
             [env](CommandContext& c, const v1::RegisterInstitutionRequest& r) {
                 return put_institution(c, env, r.institution(), true);
             }});
    binder.command<v1::ChangeInstitutionRequest, v1::Institution>(
        method("ChangeInstitution"),
        {.validate =
             [](const v1::ChangeInstitutionRequest& r) {
                 return rpc::Validator()
                     .etag("etag", r.etag())
                     .present("institution", r.has_institution())
                     .nested("institution", [&](rpc::Validator& v) { check(v, r.institution()); })
                     .done();
             },
         .lock_keys =
             [](const auto& r) { return institution_key(r.institution().institution_id()); },
         .run = [env](CommandContext& c, const auto& r) { return run_change(c, env, r); }});
}

Outcome<v1::Membership> run_membership(CommandContext& context, const Env& env,
                                       const v1::Membership& m) {
    context.audit("membership/" + m.consortium_id() + "/" + m.institution_id());
    runtime::Work work = work_of(context, env.district, "REGISTRAR");
    app::Writing writing;
    const auto result = app::set_membership(work, m, writing);
    if (!result.ok()) return result.refusal();
    return m;
}

void bind_memberships(runtime::Binder& binder, const Env& env) {
    binder.command<v1::SetMembershipRequest, v1::Membership>(
        method("SetMembership"),
        {.validate =
             [](const v1::SetMembershipRequest& r) {
                 return rpc::Validator()
                     .present("membership", r.has_membership())
                     .nested("membership", [&](rpc::Validator& v) { check(v, r.membership()); })
                     .done();
             },
         .lock_keys =
             [](const v1::SetMembershipRequest& r) {
                 return std::vector{"institution/" + r.membership().institution_id(),
                                    "consortium/" + r.membership().consortium_id()};
             },
         .run =
             [env](CommandContext& c, const v1::SetMembershipRequest& r) {
                 return run_membership(c, env, r.membership());
             }});
}

Outcome<v1::Institution> run_get(QueryContext& context, const v1::GetInstitutionRequest& r) {
    const auto stored = store::institution(context.tx, r.institution_id());
    const auto then = store::institution_on(context.tx, r.institution_id(),
                                            r.on().empty() ? today_of(context) : r.on());
    if (!stored || !then) return Reason("INSTITUTION_NOT_FOUND");
    return with_etag({*then, stored->batch_id, stored->changes});
}

Outcome<v1::ListInstitutionsResponse> run_list(QueryContext& context,
                                               const v1::ListInstitutionsRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    v1::ListInstitutionsResponse response;
    std::string position;
    for (const auto& row :
         context.tx.select(store::kInstitutionPage, r.consortium_id(), page->position,
                           std::int64_t{page->size} + 1, today_of(context))) {
        if (response.institutions_size() == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        *response.add_institutions() = with_etag(store::institution_of(row));
        position = response.institutions().rbegin()->institution_id();
    }
    return response;
}

Outcome<v1::ListMembershipsResponse> run_list_memberships(QueryContext& context,
                                                          const v1::ListMembershipsRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    v1::ListMembershipsResponse response;
    std::string position;
    for (v1::Membership& m : store::memberships(context.tx, r.consortium_id(), r.institution_id(),
                                                page->position, std::int64_t{page->size} + 1)) {
        if (response.memberships_size() == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        position = m.consortium_id() + "/" + m.institution_id() + "/" + m.from();
        *response.add_memberships() = std::move(m);
    }
    return response;
}

void bind_institution_queries(runtime::Binder& binder) {
    binder.query<v1::GetInstitutionRequest, v1::Institution>(
        method("GetInstitution"), {.validate =
                                       [](const v1::GetInstitutionRequest& r) {
                                           return rpc::Validator()
                                               .id("institution_id", r.institution_id())
                                               .optional_date("on", r.on())
                                               .done();
                                       },
                                   .run = run_get});
    binder.query<v1::ListInstitutionsRequest, v1::ListInstitutionsResponse>(
        method("ListInstitutions"), {.validate =
                                         [](const v1::ListInstitutionsRequest& r) {
                                             return rpc::Validator()
                                                 .optional_id("consortium_id", r.consortium_id())
                                                 .page_size(r.page_size())
                                                 .done();
                                         },
                                     .run = run_list});
    binder.query<v1::ListMembershipsRequest, v1::ListMembershipsResponse>(
        method("ListMemberships"), {.validate =
                                        [](const v1::ListMembershipsRequest& r) {
                                            return rpc::Validator()
                                                .optional_id("consortium_id", r.consortium_id())
                                                .optional_id("institution_id", r.institution_id())
                                                .page_size(r.page_size())
                                                .done();
                                        },
                                    .run = run_list_memberships});
}

}  // namespace

void bind_institutions(runtime::Binder& binder, const Env& env) {
    bind_institution_commands(binder, env);
    bind_memberships(binder, env);
    bind_institution_queries(binder);
}

}  // namespace yilian::directory::rpc_edge
