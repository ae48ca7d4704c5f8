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

template <class Msg>
Msg with_etag(store::Stored<Msg> stored) {
    stored.record.set_etag(runtime::make_etag(stored.changes));
    return std::move(stored.record);
}

std::vector<std::string> institution_key(const std::string& id) { return {"institution/" + id}; }

Outcome<v1::Institution> put_institution(CommandContext& context, const Env& env,
                                         const v1::Institution& what, std::string_view etag,
                                         bool is_new) {
    const auto there = store::institution(context.tx, what.institution_id());
    if (!is_new && !there) return Reason("INSTITUTION_NOT_FOUND");
    if (!is_new) {
        if (auto refusal = runtime::check_etag(etag, there->changes)) return *refusal;
    }
    runtime::Work work = work_of(context, env.district, "REGISTRAR");
    const auto result = app::register_institution(work, what, "", is_new);
    if (!result.ok()) return result.refusal();
    context.audit("institution/" + what.institution_id());
    return with_etag(*store::institution(context.tx, what.institution_id()));
}

Outcome<v1::Practitioner> put_practitioner(CommandContext& context, const Env& env,
                                           const v1::Practitioner& what, std::string_view etag,
                                           bool is_new) {
    const auto there = store::practitioner(context.tx, *env.personal, what.practitioner_id());
    if (!is_new && !there) return Reason("PRACTITIONER_NOT_FOUND");
    if (!is_new) {
        if (auto refusal = runtime::check_etag(etag, there->changes)) return *refusal;
    }
    runtime::Work work = work_of(context, env.district, "REGISTRAR");
    const auto result = app::register_practitioner(work, *env.personal, what, "", is_new);
    if (!result.ok()) return result.refusal();
    context.audit("practitioner/" + what.practitioner_id());
    return with_etag(*store::practitioner(context.tx, *env.personal, what.practitioner_id()));
}

void bind_commands(runtime::Binder& binder, const Env& env) {
    binder.command<v1::RegisterInstitutionRequest, v1::Institution>(
        method("RegisterInstitution"),
        {.validate =
             [](const v1::RegisterInstitutionRequest& r) {
                 return rpc::Validator()
                     .present("institution", r.has_institution())
                     .nested("institution",
                             [&](rpc::Validator& v) { check(v, r.institution()); })
                     .done();
             },
         .lock_keys =
             [](const auto& r) { return institution_key(r.institution().institution_id()); },
         .run =
             [env](CommandContext& c, const v1::RegisterInstitutionRequest& r) {
                 return put_institution(c, env, r.institution(), "", true);
             }});
    binder.command<v1::ChangeInstitutionRequest, v1::Institution>(
        method("ChangeInstitution"),
        {.validate =
             [](const v1::ChangeInstitutionRequest& r) {
                 return rpc::Validator()
                     .etag("etag", r.etag())
                     .nested("institution",
                             [&](rpc::Validator& v) { check(v, r.institution()); })
                     .done();
             },
         .lock_keys =
             [](const auto& r) { return institution_key(r.institution().institution_id()); },
         .run =
             [env](CommandContext& c, const v1::ChangeInstitutionRequest& r) {
                 return put_institution(c, env, r.institution(), r.etag(), false);
             }});
    binder.command<v1::SetMembershipRequest, v1::Membership>(
        method("SetMembership"),
        {.validate =
             [](const v1::SetMembershipRequest& r) {
                 return rpc::Validator()
                     .nested("membership", [&](rpc::Validator& v) { check(v, r.membership()); })
                     .done();
             },
         .lock_keys =
             [](const auto& r) { return institution_key(r.membership().institution_id()); },
         .run =
             [env](CommandContext& c,
                   const v1::SetMembershipRequest& r) -> Outcome<v1::Membership> {
             runtime::Work work = work_of(c, env.district, "REGISTRAR");
             const auto result = app::set_membership(work, r.membership(), "");
             if (!result.ok()) return result.refusal();
             c.audit("membership/" + r.membership().institution_id());
             return r.membership();
         }});
    binder.command<v1::RegisterPractitionerRequest, v1::Practitioner>(
        method("RegisterPractitioner"),
        {.validate =
             [](const v1::RegisterPractitionerRequest& r) {
                 return rpc::Validator()
                     .nested("practitioner",
                             [&](rpc::Validator& v) { check(v, r.practitioner()); })
                     .done();
             },
         .lock_keys =
             [](const auto& r) {
                 return std::vector{"practitioner/" + r.practitioner().practitioner_id()};
             },
         .run =
             [env](CommandContext& c, const v1::RegisterPractitionerRequest& r) {
                 return put_practitioner(c, env, r.practitioner(), "", true);
             }});
    binder.command<v1::ChangePractitionerRightsRequest, v1::Practitioner>(
        method("ChangePractitionerRights"),
        {.validate =
             [](const v1::ChangePractitionerRightsRequest& r) {
                 return rpc::Validator()
                     .etag("etag", r.etag())
                     .nested("practitioner",
                             [&](rpc::Validator& v) { check(v, r.practitioner()); })
                     .done();
             },
         .lock_keys =
             [](const auto& r) {
                 return std::vector{"practitioner/" + r.practitioner().practitioner_id()};
             },
         .run =
             [env](CommandContext& c, const v1::ChangePractitionerRightsRequest& r) {
                 return put_practitioner(c, env, r.practitioner(), r.etag(), false);
             }});
}

void bind_queries(runtime::Binder& binder, const Env& env) {
    binder.query<v1::GetInstitutionRequest, v1::Institution>(
        method("GetInstitution"),
        {.validate =
             [](const v1::GetInstitutionRequest& r) {
                 return rpc::Validator().id("institution_id", r.institution_id()).done();
             },
         .run =
             [](QueryContext& c, const v1::GetInstitutionRequest& r) -> Outcome<v1::Institution> {
             auto stored = store::institution(c.tx, r.institution_id());
             if (!stored) return Reason("INSTITUTION_NOT_FOUND");
             return with_etag(*std::move(stored));
         }});
    binder.query<v1::ListInstitutionsRequest, v1::ListInstitutionsResponse>(
        method("ListInstitutions"),
        {.validate =
             [](const v1::ListInstitutionsRequest& r) {
                 return rpc::Validator().page_size(r.page_size()).done();
             },
         .run =
             [](QueryContext& c, const v1::ListInstitutionsRequest& r)
             -> Outcome<v1::ListInstitutionsResponse> {
             const auto page = c.page(r, 50, 500);
             if (!page.ok()) return page.refusal();
             v1::ListInstitutionsResponse response;
             std::string position;
             for (const auto& row : c.tx.select(store::kInstitutionPage, r.consortium_id(),
                                                page->position, std::int64_t{page->size} + 1)) {
                 if (response.institutions_size() == page->size) {
                     response.set_next_page_token(c.next_page_token(r, position));
                     break;
                 }
                 *response.add_institutions() = with_etag(store::institution_of(row));
                 position = response.institutions().rbegin()->institution_id();
             }
             return response;
         }});
    binder.query<v1::ListMembershipsRequest, v1::ListMembershipsResponse>(
        method("ListMemberships"),
        {.validate =
             [](const v1::ListMembershipsRequest& r) {
                 return rpc::Validator().page_size(r.page_size()).done();
             },
         .run =
             [](QueryContext& c, const v1::ListMembershipsRequest& r)
             -> Outcome<v1::ListMembershipsResponse> {
             const auto page = c.page(r, 50, 500);
             if (!page.ok()) return page.refusal();
             v1::ListMembershipsResponse response;
             std::string position;
             for (v1::Membership& m :
                  store::memberships(c.tx, r.consortium_id(), r.institution_id(), page->position,
                                     std::int64_t{page->size} + 1)) {
                 if (response.memberships_size() == page->size) {
                     response.set_next_page_token(c.next_page_token(r, position));
                     break;
                 }
                 position = m.consortium_id() + "/" + m.institution_id() + "/" + m.from();
                 *response.add_memberships() = std::move(m);
             }
             return response;
         }});
    binder.query<v1::GetPractitionerRequest, v1::Practitioner>(
        method("GetPractitioner"),
        {.validate =
             [](const v1::GetPractitionerRequest& r) {
                 return rpc::Validator().id("practitioner_id", r.practitioner_id()).done();
             },
         .run =
             [env](QueryContext& c,
                   const v1::GetPractitionerRequest& r) -> Outcome<v1::Practitioner> {
             auto stored = store::practitioner(c.tx, *env.personal, r.practitioner_id());
             if (!stored) return Reason("PRACTITIONER_NOT_FOUND");
             return with_etag(*std::move(stored));
         }});
    binder.query<v1::ListPractitionersRequest, v1::ListPractitionersResponse>(
        method("ListPractitioners"),
        {.validate =
             [](const v1::ListPractitionersRequest& r) {
                 return rpc::Validator()
                     .id("institution_id", r.institution_id())
                     .page_size(r.page_size())
                     .done();
             },
         .run =
             [env](QueryContext& c, const v1::ListPractitionersRequest& r)
             -> Outcome<v1::ListPractitionersResponse> {
             const auto page = c.page(r, 50, 500);
             if (!page.ok()) return page.refusal();
             v1::ListPractitionersResponse response;
             std::string position;
             for (const auto& row : c.tx.select(store::kPractitionerPage, r.institution_id(),
                                                page->position, std::int64_t{page->size} + 1)) {
                 if (response.practitioners_size() == page->size) {
                     response.set_next_page_token(c.next_page_token(r, position));
                     break;
                 }
                 *response.add_practitioners() =
                     with_etag(store::practitioner_of(row, *env.personal));
                 position = response.practitioners().rbegin()->practitioner_id();
             }
             return response;
         }});
}

}  // namespace

void bind_institutions(runtime::Binder& binder, const Env& env) {
    bind_commands(binder, env);
    bind_queries(binder, env);
}

}  // namespace yilian::directory::rpc_edge
