#include <algorithm>
#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/events/event.h"
#include "libs/policy/store.h"
#include "libs/rpc/validate.h"
#include "libs/runtime/policy_packs.h"
#include "libs/runtime/work.h"
#include "services/directory/rpc/methods.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/directory/v1/policy_service.pb.h"

namespace yilian::directory::rpc_edge {
namespace {

using runtime::CommandContext;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.directory.v1.PolicyService/" + std::string(name);
}

constexpr std::string_view kBaseRegion = "cn";

std::string last_day(const policy::DateRange& days) {
    return days.to ? days.to->plus_days(-1).text() : "";
}

v1::PolicyPack encode(const policy::Pack& pack, const policy::PackSet& set, bool documents) {
    v1::PolicyPack m;
    m.set_district_code(pack.id());
    m.set_pack_id(pack.id());
    m.set_pack_version(pack.version());
    m.set_digest(pack.digest());
    m.set_valid_from(pack.in_force().from.text());
    m.set_valid_to(last_day(pack.in_force()));
    if (!documents) return m;
    const auto add = [&](std::string_view region, std::int32_t version) {
        for (const policy::Document& document : set.documents()) {
            if (document.region != region || document.version != version) continue;
            v1::PolicyDocument* d = m.add_documents();
            d->set_path(document.region + "/v" + std::to_string(document.version) + ".yaml");
            d->set_content(document.text);
        }
    };
    add(kBaseRegion, pack.base_version());
    if (pack.id() != kBaseRegion) add(pack.id(), pack.version());
    return m;
}

constexpr int kDocumentsMax = 20;
constexpr std::size_t kDocumentBytesMax = std::size_t{1} << 20U;
constexpr std::size_t kProblemsMax = 50;

Violations check(const v1::PublishPolicyPackRequest& r) {
    return rpc::Validator()
        .count("documents", r.documents_size(), 1, kDocumentsMax)
        .each("documents", r.documents(),
              [](rpc::Validator& v, const v1::PolicyDocument& document) {
                  v.text("path", document.path(), 1, 200)
                      .required("content", document.content())
                      .expect(document.content().size() <= kDocumentBytesMax, "content",
                              "FIELD_RANGE");
              })
        .done();
}

std::vector<policy::PackText> texts(const v1::PublishPolicyPackRequest& r) {
    std::vector<policy::PackText> out;
    for (const v1::PolicyDocument& d : r.documents()) out.push_back({d.path(), d.content()});
    return out;
}

// The reason of the first thing that is wrong; where each stands, without the values.
Refusal refusal_of(const policy::Problems& problems) {
    Refusal refusal{problems.front().reason};
    for (const policy::Problem& problem : problems) {
        if (refusal.metadata.size() == kProblemsMax) break;
        refusal.metadata.emplace_back(
            "problem_" + std::to_string(refusal.metadata.size() + 1),
            problem.file + ":" + std::to_string(problem.line) + ": " + problem.reason.text());
    }
    return refusal;
}

// Days of a pack whose dated values make several stretches of it.
policy::DateRange days_of(const policy::PackSet& set, const policy::Pack& pack) {
    policy::DateRange days = pack.in_force();
    for (const policy::PackSet::Entry& entry : set.entries()) {
        const policy::Pack& other = *entry.pack;
        if (other.id() != pack.id() || other.digest() != pack.digest()) continue;
        days.from = std::min(days.from, other.in_force().from);
        if (!other.in_force().to || (days.to && *days.to < *other.in_force().to)) {
            days.to = other.in_force().to;
        }
    }
    return days;
}

void announce(CommandContext& context, const Env& env, const policy::Pack& pack,
              const policy::DateRange& days) {
    v1::PolicyPackPublished event;
    *event.mutable_context() =
        runtime::work_of(context, env.district, "OPERATOR").event_context(pack);
    event.set_district_code(pack.id());
    event.set_pack_id(pack.id());
    event.set_pack_version(pack.version());
    event.set_digest(pack.digest());
    event.set_valid_from(days.from.text());
    event.set_valid_to(last_day(days));
    context.append(events::make_event(pack.id(), event));
}

Outcome<v1::PublishPolicyPackResponse> run_publish(CommandContext& context, const Env& env,
                                                   const v1::PublishPolicyPackRequest& r) {
    const runtime::PolicyPacks::Candidate candidate = env.packs->with(texts(r));
    if (candidate.set == nullptr) return refusal_of(candidate.problems);
    runtime::PolicyPacks::keep(context.tx, candidate);
    v1::PublishPolicyPackResponse response;
    for (const auto& pack : candidate.packs) {
        const policy::DateRange days = days_of(*candidate.set, *pack);
        announce(context, env, *pack, days);
        context.audit("policy_pack/" + pack->id() + "/" + std::to_string(pack->version()));
        v1::PolicyPack& m = *response.add_packs() = encode(*pack, *candidate.set, false);
        m.set_valid_from(days.from.text());
        m.set_valid_to(last_day(days));
    }
    return response;
}

// The newest version of the pack, or the one that is asked for.
std::shared_ptr<const policy::Pack> named(const policy::PackSet& set,
                                          const v1::GetPolicyPackRequest& r) {
    std::shared_ptr<const policy::Pack> found;
    for (const policy::PackSet::Entry& entry : set.entries()) {
        const policy::Pack& pack = *entry.pack;
        const bool asked = pack.id() == r.pack_id() &&
                           (r.pack_version() == 0 || pack.version() == r.pack_version()) &&
                           (r.digest().empty() || pack.digest() == r.digest());
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

void bind_policies(runtime::Binder& binder, const Env& env) {
    binder.command<v1::PublishPolicyPackRequest, v1::PublishPolicyPackResponse>(
        method("PublishPolicyPack"),
        {.validate = check,
         .lock_keys =
             [](const v1::PublishPolicyPackRequest&) {
                 return std::vector<std::string>{"policy_packs"};
             },
         .run = [env](CommandContext& c,
                      const v1::PublishPolicyPackRequest& r) { return run_publish(c, env, r); },
         .reveal = [packs = env.packs](
                       const rpc::Caller&, const v1::PublishPolicyPackRequest& r,
                       v1::PublishPolicyPackResponse&) { packs->adopt(texts(r)); }});
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
