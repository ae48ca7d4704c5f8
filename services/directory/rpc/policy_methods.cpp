#include <algorithm>
#include <utility>

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

// The newest version of the pack, or the one that is asked for.
std::shared_ptr<const policy::Pack> named(const policy::PackSet& set,
                                          const v1::GetPolicyPackRequest& r) {
    std::shared_ptr<const policy::Pack> found;
    for (const policy::PackSet::Entry& entry : set.entries()) {
        const policy::Pack& pack = *entry.pack;
        const bool asked = pack.id() == r.pack_id() &&
                           (r.pack_version() == 0 || pack.version() == r.pack_version());
        if (asked && (!found || found->version() < pack.version())) found = entry.pack;
    }
    return found;
}

Outcome<v1::PolicyPack> run_get(QueryContext& context, const v1::GetPolicyPackRequest& r) {
    const auto set = context.policies.current();
    if (!r.pack_id().empty()) {
        const auto pack = named(*set, r);
        if (!pack) return Reason("NOT_FOUND");
        return encode(*pack, *set, r.with_documents());
    }
    const auto on =
        r.on().empty() ? calendar::local_date(context.now) : *calendar::CivilDate::parse(r.on());
    const auto pack = set->at(r.district_code(), on);
    if (!pack.ok()) return pack.refusal();
    return encode(**pack, *set, r.with_documents());
}

Outcome<v1::ListPolicyPacksResponse> run_list(QueryContext& context,
                                              const v1::ListPolicyPacksRequest& r) {
    // A district has a handful of packs in its lifetime: always one page.
    const auto page = context.page(r, 500, 500);
    if (!page.ok()) return page.refusal();
    v1::ListPolicyPacksResponse response;
    const auto set = context.policies.current();
    for (const policy::PackSet::Entry& entry : set->entries()) {
        if (entry.pack->id() == r.district_code()) {
            *response.add_packs() = encode(*entry.pack, *set, false);
        }
    }
    std::sort(response.mutable_packs()->begin(), response.mutable_packs()->end(),
              [](const v1::PolicyPack& a, const v1::PolicyPack& b) {
                  return std::pair(a.valid_from(), a.pack_version()) <
                         std::pair(b.valid_from(), b.pack_version());
              });
    return response;
}

}  // namespace

void bind_policies(runtime::Binder& binder, const Env& /*env*/) {
    binder.query<v1::GetPolicyPackRequest, v1::PolicyPack>(
        method("GetPolicyPack"), {.validate =
                                      [](const v1::GetPolicyPackRequest& r) {
                                          return rpc::Validator()
                                              .id("district_code", r.district_code())
                                              .optional_date("on", r.on())
                                              .optional_id("pack_id", r.pack_id())
                                              .not_negative("pack_version", r.pack_version())
                                              .done();
                                      },
                                  .run = run_get});
    binder.query<v1::ListPolicyPacksRequest, v1::ListPolicyPacksResponse>(
        method("ListPolicyPacks"), {.validate =
                                        [](const v1::ListPolicyPacksRequest& r) {
                                            return rpc::Validator()
                                                .id("district_code", r.district_code())
                                                .page_size(r.page_size())
                                                .done();
                                        },
                                    .run = run_list});
}

}  // namespace yilian::directory::rpc_edge
