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

v1::Practitioner with_etag(store::Stored<v1::Practitioner> stored) {
    stored.record.set_etag(runtime::make_etag(stored.changes));
    return std::move(stored.record);
}

template <class Req>
std::vector<std::string> practitioner_key(const Req& r) {
    return {"practitioner/" + r.practitioner().practitioner_id()};
}

// The answer that is kept for a resend must not hold the name: it is put in as it leaves.
template <class Req>
void reveal_name(const rpc::Caller&, const Req& r, v1::Practitioner& answer) {
    answer.set_name(r.practitioner().name());
}

Outcome<v1::Practitioner> put_practitioner(CommandContext& context, const Env& env,
                                           const v1::Practitioner& what, bool is_new) {
    context.audit("practitioner/" + what.practitioner_id());
    runtime::Work work = work_of(context, env.district, "REGISTRAR");
    app::Writing writing{.must_be_new = is_new};
    const auto result = app::register_practitioner(work, *env.personal, what, writing);
    if (!result.ok()) return result.refusal();
    v1::Practitioner answer =
        with_etag(*store::practitioner(context.tx, *env.personal, what.practitioner_id()));
    answer.clear_name();
    return answer;
}

Outcome<v1::Practitioner> run_change(CommandContext& context, const Env& env,
                                     const v1::ChangePractitionerRightsRequest& r) {
    const auto there =
        store::practitioner(context.tx, *env.personal, r.practitioner().practitioner_id());
    if (!there) return Reason("PRACTITIONER_NOT_FOUND");
    if (auto refusal = runtime::check_etag(r.etag(), there->changes)) return *refusal;
    return put_practitioner(context, env, r.practitioner(), false);
}

void bind_practitioner_commands(runtime::Binder& binder, const Env& env) {
    binder.command<v1::RegisterPractitionerRequest, v1::Practitioner>(
        method("RegisterPractitioner"),
        {.validate =
             [](const v1::RegisterPractitionerRequest& r) {
                 return rpc::Validator()
                     .present("practitioner", r.has_practitioner())
                     .nested("practitioner", [&](rpc::Validator& v) { check(v, r.practitioner()); })
                     .done();
             },
         .lock_keys = practitioner_key<v1::RegisterPractitionerRequest>,
         .run =
             [env](CommandContext& c, const v1::RegisterPractitionerRequest& r) {
                 return put_practitioner(c, env, r.practitioner(), true);
             },
         .reveal = reveal_name<v1::RegisterPractitionerRequest>});
    binder.command<v1::ChangePractitionerRightsRequest, v1::Practitioner>(
        method("ChangePractitionerRights"),
        {.validate =
             [](const v1::ChangePractitionerRightsRequest& r) {
                 return rpc::Validator()
                     .etag("etag", r.etag())
                     .present("practitioner", r.has_practitioner())
                     .nested("practitioner", [&](rpc::Validator& v) { check(v, r.practitioner()); })
                     .done();
             },
         .lock_keys = practitioner_key<v1::ChangePractitionerRightsRequest>,
         .run = [env](CommandContext& c, const auto& r) { return run_change(c, env, r); },
         .reveal = reveal_name<v1::ChangePractitionerRightsRequest>});
}

Outcome<v1::ListPractitionersResponse> run_list(QueryContext& context, const Env& env,
                                                const v1::ListPractitionersRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    v1::ListPractitionersResponse response;
    std::string position;
    for (const auto& row : context.tx.select(store::kPractitionerPage, r.institution_id(),
                                             page->position, std::int64_t{page->size} + 1)) {
        if (response.practitioners_size() == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        *response.add_practitioners() = with_etag(store::practitioner_of(row, *env.personal));
        position = response.practitioners().rbegin()->practitioner_id();
    }
    return response;
}

}  // namespace

void bind_practitioners(runtime::Binder& binder, const Env& env) {
    bind_practitioner_commands(binder, env);
    binder.query<v1::GetPractitionerRequest, v1::Practitioner>(
        method("GetPractitioner"),
        {.validate =
             [](const v1::GetPractitionerRequest& r) {
                 return rpc::Validator().id("practitioner_id", r.practitioner_id()).done();
             },
         .run = [env](QueryContext& c,
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
         .run = [env](QueryContext& c, const auto& r) { return run_list(c, env, r); }});
}

}  // namespace yilian::directory::rpc_edge
