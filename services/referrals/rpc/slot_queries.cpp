#include <algorithm>

#include "libs/calendar/local_time.h"
#include "libs/policy/store.h"
#include "services/referrals/app/slots.h"
#include "services/referrals/rpc/encode.h"
#include "services/referrals/rpc/methods.h"
#include "services/referrals/rpc/reading.h"
#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/slot_rows.h"
#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/slot_service.pb.h"

namespace yilian::referrals::rpc_edge {
namespace {

using runtime::QueryContext;

using runtime::kPageDefault;
using runtime::kPageMax;
constexpr std::chrono::hours kSearchAhead{14 * 24};

// "start/rank/id" of the last slot seen.
struct Position {
    std::int64_t start = -1;
    std::int64_t rank = 0;
    std::string slot_id;
};
Position position_of(const std::string& text) {
    Position position;
    if (text.empty()) return position;
    const auto first = text.find('/');
    const auto second = text.find('/', first + 1);
    position.start = std::stoll(text.substr(0, first));
    position.rank = std::stoll(text.substr(first + 1, second - first - 1));
    position.slot_id = text.substr(second + 1);
    return position;
}
std::string text_of(const domain::Slot& slot) {
    return std::to_string(to_ms(slot.start_at)) + "/" +
           std::to_string(static_cast<int>(slot.quota)) + "/" + slot.slot_id;
}

Outcome<Allowed> check_kind(QueryContext& context, const app::Env& env, domain::ResourceKind kind) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    if (std::ranges::find(rules->slot.resource_kinds, domain::name_of(kind)) ==
        rules->slot.resource_kinds.end()) {
        return Refusal{"RESOURCE_KIND_DISABLED",
                       {{"resource_kind", std::string(domain::name_of(kind))}}};
    }
    return Allowed{};
}

Outcome<domain::Taker> taker_of(QueryContext& context, const std::string& referral_id) {
    if (referral_id.empty()) return app::taker_of(nullptr);
    const auto r = store::referral(context.tx, referral_id);
    if (!r) return Refusal{"NOT_FOUND", {{"referral_id", referral_id}}};
    if (!context.caller.has_role("service") &&
        !store::is_party(context.tx, referral_id, context.caller.institution_id)) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    return app::taker_of(&*r);
}

Outcome<v1::SearchSlotsResponse> run_search(QueryContext& context, const app::Env& env,
                                            const v1::SearchSlotsRequest& request) {
    const auto kind = store::from_proto<domain::ResourceKind>(request.resource_kind());
    if (auto allowed = check_kind(context, env, kind); !allowed.ok()) return allowed.refusal();
    const auto taker = taker_of(context, request.referral_id());
    if (!taker.ok()) return taker.refusal();
    const auto page = context.page(request, kPageDefault, kPageMax);
    if (!page.ok()) return page.refusal();
    const Instant from =
        request.has_from() ? std::max(store::instant_of(request.from()), context.now) : context.now;
    const Instant until =
        request.has_until() ? store::instant_of(request.until()) : from + kSearchAhead;
    Position position = position_of(page->position);
    v1::SearchSlotsResponse response;
    std::string last;
    // Classes that the caller may not take are passed over, so a page may need several reads.
    for (;;) {
        const auto rows = context.tx.select(
            store::kFreeSlots, request.pool_id(), request.owner_institution_id(),
            domain::name_of(kind), request.specialty_code(), from, until, position.start,
            position.rank, position.slot_id, std::int64_t{kPageMax});
        for (const storage::Row& row : rows) {
            const domain::Slot slot = store::slot_of(row);
            position = position_of(text_of(slot));
            if (!domain::may_take(slot.quota, *taker)) continue;
            if (response.slots_size() == page->size) {
                response.set_next_page_token(context.next_page_token(request, last));
                return response;
            }
            last = text_of(slot);
            *response.add_slots() = encode(slot);
        }
        if (rows.size() < static_cast<std::size_t>(kPageMax)) return response;
    }
}

Outcome<v1::ListServiceOffersResponse> run_offers(QueryContext& context,
                                                  const v1::ListServiceOffersRequest& request) {
    const auto page = context.page(request, kPageDefault, kPageMax);
    if (!page.ok()) return page.refusal();
    v1::ListServiceOffersResponse response;
    std::string position = page->position;
    std::string last;
    for (;;) {
        const auto rows = context.tx.select(store::kOfferPage, request.institution_id(), position,
                                            std::int64_t{kPageMax});
        for (const storage::Row& row : rows) {
            const auto offer =
                store::offer_of(store::parsed<v1::ServiceOffer>(row.bytes(0)), row.i64(1));
            position = offer.institution_id + "/" + offer.offer_id;
            const auto& diseases = offer.disease_codes;
            if (!request.disease_code().empty() && !diseases.empty() &&
                std::ranges::find(diseases, request.disease_code()) == diseases.end()) {
                continue;
            }
            if (response.offers_size() == page->size) {
                response.set_next_page_token(context.next_page_token(request, last));
                return response;
            }
            last = position;
            *response.add_offers() = encode(offer);
        }
        if (rows.size() < static_cast<std::size_t>(kPageMax)) return response;
    }
}

Outcome<v1::Hold> run_hold(QueryContext& context, const v1::GetHoldRequest& request) {
    const auto hold = store::hold(context.tx, request.hold_id());
    if (!hold) return Reason("HOLD_NOT_FOUND");
    const rpc::Caller& caller = context.caller;
    const bool sees = sees_all(caller) || caller.institution_id == hold->institution_id ||
                      caller.institution_id == hold->owner_institution_id;
    if (!sees) return Reason("AUTH_RECORD_ACCESS_DENIED");
    context.access({hold->resident_id, "GetHold", "hold/" + hold->hold_id});
    return encode(*hold);
}

}  // namespace

void bind_slot_queries(runtime::Binder& binder, const app::EnvPtr& env) {
    binder.query<v1::SearchSlotsRequest, v1::SearchSlotsResponse>(
        slot_method("SearchSlots"),
        {.validate =
             [](const v1::SearchSlotsRequest& r) {
                 return rpc::Validator()
                     .optional_id("owner_institution_id", r.owner_institution_id())
                     .optional_id("pool_id", r.pool_id())
                     .enumerated("resource_kind", r.resource_kind())
                     .optional_id("specialty_code", r.specialty_code())
                     .optional_id("referral_id", r.referral_id())
                     .optional_timestamp("from", r.has_from(), r.from())
                     .optional_timestamp("until", r.has_until(), r.until())
                     .page_size(r.page_size())
                     .done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_search(c, *env, r); }});
    binder.query<v1::ListServiceOffersRequest, v1::ListServiceOffersResponse>(
        slot_method("ListServiceOffers"),
        {.validate =
             [](const v1::ListServiceOffersRequest& r) {
                 return rpc::Validator()
                     .optional_id("institution_id", r.institution_id())
                     .optional_id("disease_code", r.disease_code())
                     .page_size(r.page_size())
                     .done();
             },
         .run = [](QueryContext& c, const auto& r) { return run_offers(c, r); }});
    binder.query<v1::GetPoolRequest, v1::ResourcePool>(
        slot_method("GetPool"),
        {.validate =
             [](const v1::GetPoolRequest& r) {
                 return rpc::Validator().id("pool_id", r.pool_id()).done();
             },
         .run = [](QueryContext& c, const v1::GetPoolRequest& r) -> Outcome<v1::ResourcePool> {
             const auto pool = store::pool(c.tx, r.pool_id());
             if (!pool) return Reason("NOT_FOUND");
             return encode(*pool);
         }});
    binder.query<v1::GetHoldRequest, v1::Hold>(
        slot_method("GetHold"),
        {.validate =
             [](const v1::GetHoldRequest& r) {
                 return rpc::Validator().id("hold_id", r.hold_id()).done();
             },
         .run = [](QueryContext& c, const auto& r) { return run_hold(c, r); }});
}

}  // namespace yilian::referrals::rpc_edge
