#include "libs/calendar/local_time.h"
#include "libs/policy/store.h"
#include "libs/rpc/validate.h"
#include "services/directory/rpc/methods.h"
#include "yilian/directory/v1/policy_service.pb.h"

namespace yilian::directory::rpc_edge {
namespace {

using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.directory.v1.PolicyService/" + std::string(name);
}

v1::PolicyPack encode(const policy::Pack& pack, const policy::PackSet& set, bool documents) {
    v1::PolicyPack m;
    m.set_district_code(pack.id());
    m.set_pack_id(pack.id());
    m.set_pack_version(pack.version());
    m.set_digest(pack.digest());
    m.set_valid_from(pack.in_force().from.text());
    if (pack.in_force().to) m.set_valid_to(pack.in_force().to->text());
    if (!documents) return m;
    for (const policy::Document& document : set.documents()) {
        const bool base = document.region == "cn" && document.version == pack.base_version();
        const bool own = document.region == pack.id() && document.version == pack.version();
        if (!base && !own) continue;
        v1::PolicyDocument* d = m.add_documents();
        d->set_path(document.region + "/v" + std::to_string(document.version) + ".yaml");
        d->set_content(document.text);
    }
    return m;
}

}  // namespace

void bind_policies(runtime::Binder& binder, const Env& env) {
    (void)env;
    binder.query<v1::GetPolicyPackRequest, v1::PolicyPack>(
        method("GetPolicyPack"),
        {.validate =
             [](const v1::GetPolicyPackRequest& r) {
                 return rpc::Validator()
                     .id("district_code", r.district_code())
                     .optional_date("on", r.on())
                     .done();
             },
         .run = [](QueryContext& c,
                   const v1::GetPolicyPackRequest& r) -> Outcome<v1::PolicyPack> {
             const auto on = r.on().empty() ? calendar::local_date(c.now)
                                            : *calendar::CivilDate::parse(r.on());
             const auto set = c.policies.current();
             const auto pack = set->at(r.district_code(), on);
             if (!pack.ok()) return pack.refusal();
             return encode(**pack, *set, r.with_documents());
         }});
    binder.query<v1::ListPolicyPacksRequest, v1::ListPolicyPacksResponse>(
        method("ListPolicyPacks"),
        {.validate =
             [](const v1::ListPolicyPacksRequest& r) {
                 return rpc::Validator()
                     .id("district_code", r.district_code())
                     .page_size(r.page_size())
                     .done();
             },
         .run = [](QueryContext& c, const v1::ListPolicyPacksRequest& r)
                    -> Outcome<v1::ListPolicyPacksResponse> {
             // A district has a handful of packs in its lifetime: always one page.
             const auto page = c.page(r, 500, 500);
             if (!page.ok()) return page.refusal();
             v1::ListPolicyPacksResponse response;
             const auto set = c.policies.current();
             for (const policy::PackSet::Entry& entry : set->entries()) {
                 if (entry.pack->id() == r.district_code()) {
                     *response.add_packs() = encode(*entry.pack, *set, false);
                 }
             }
             return response;
         }});
}

}  // namespace yilian::directory::rpc_edge
