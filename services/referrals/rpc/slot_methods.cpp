#include <set>

#include "services/referrals/app/slots.h"
#include "services/referrals/rpc/encode.h"
#include "services/referrals/rpc/methods.h"
#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/slot_rows.h"
#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/slot_service.pb.h"

namespace yilian::referrals::rpc_edge {
namespace {

using rpc::Validator;
using runtime::CommandContext;

constexpr int kPlansMax = 200;
constexpr int kItemsMax = 200;
constexpr std::int32_t kCapacityMax = 10'000;

Violations check_offer(const v1::PublishServiceOfferRequest& r) {
    const v1::ServiceOffer& offer = r.offer();
    Validator v;
    v.present("offer", r.has_offer()).etag("etag", r.etag());
    v.nested("offer", [&](Validator& o) {
        o.id("offer_id", offer.offer_id())
            .id("institution_id", offer.institution_id())
            .optional_id("department_code", offer.department_code())
            .count("kinds", offer.kinds_size(), 1, 7)
            .date("valid_from", offer.valid_from())
            .optional_date("valid_to", offer.valid_to());
        for (const int kind : offer.kinds()) {
            o.expect(kind != 0 && v1::ReferralKind_IsValid(kind), "kinds", "FIELD_ENUM");
        }
        check_codes(o, "disease_codes", offer.disease_codes(), kItemsMax);
        check_codes(o, "required_item_codes", offer.required_item_codes(), kItemsMax);
        o.each("booking_windows", offer.booking_windows(),
               [](Validator& inner, const v1::BookingWindow& w) {
                   inner.enumerated("priority", w.priority())
                       .range("from_days", w.from_days(), 0, 366)
                       .range("to_days", w.to_days(), w.from_days(), 366);
               });
        o.each("grades", offer.grades(), [](Validator& inner, const v1::DiseaseGrade& g) {
            inner.optional_id("disease_code", g.disease_code()).range("grade", g.grade(), 0, 100);
        });
    });
    return v.done();
}

Outcome<v1::ServiceOffer> publish_offer(CommandContext& context,
                                        const v1::PublishServiceOfferRequest& r) {
    if (r.offer().institution_id() != context.caller.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    const auto before = store::offer(context.tx, r.offer().offer_id());
    if (before) {
        if (before->institution_id != r.offer().institution_id()) {
            return Reason("AUTH_RECORD_ACCESS_DENIED");
        }
        if (auto refusal = runtime::check_etag(r.etag(), before->changes)) return *refusal;
    }
    v1::ServiceOffer message = r.offer();
    message.clear_etag();
    const auto offer = store::offer_of(message, before ? before->changes + 1 : 1);
    store::save(context.tx, offer);
    context.audit("offer/" + offer.offer_id);
    return encode(offer);
}

Violations check_pool(const v1::PublishPoolRequest& r) {
    const v1::ResourcePool& pool = r.pool();
    Validator v;
    v.present("pool", r.has_pool()).etag("etag", r.etag());
    v.nested("pool", [&](Validator& p) {
        p.id("pool_id", pool.pool_id())
            .id("owner_institution_id", pool.owner_institution_id())
            .enumerated("resource_kind", pool.resource_kind())
            .optional_id("specialty_code", pool.specialty_code())
            .optional_id("device_id", pool.device_id())
            .optional_id("practitioner_id", pool.practitioner_id())
            .optional_id("ward_code", pool.ward_code())
            .expect(pool.sex_limit().empty() || pool.sex_limit() == "M" || pool.sex_limit() == "F",
                    "sex_limit", "FIELD_ENUM")
            .range("isolation_level", pool.isolation_level(), 0, 9)
            .range("monitoring_level", pool.monitoring_level(), 0, 9)
            .count("quotas", pool.quotas_size(), 0, 4);
        p.each("quotas", pool.quotas(), [](Validator& inner, const v1::QuotaShare& share) {
            inner.enumerated("quota_class", share.quota_class())
                .range("share_bp", share.share_bp(), 0, 10000);
        });
    });
    return v.done();
}

Outcome<v1::ResourcePool> publish_pool(CommandContext& context, const app::Env& env,
                                       const v1::PublishPoolRequest& r) {
    app::Work work = work_of(context, env);
    v1::ResourcePool message = r.pool();
    message.clear_etag();
    const auto pool = app::publish_pool(work, store::pool_of(message, 0), r.etag());
    if (!pool.ok()) return pool.refusal();
    context.audit("pool/" + pool->pool_id);
    return encode(*pool);
}

Violations check_plans(const v1::OpenSlotsRequest& r) {
    Validator v;
    v.id("pool_id", r.pool_id()).etag("etag", r.etag());
    v.expect(r.plans_size() > 0, "plans", "FIELD_REQUIRED");
    v.each("plans", r.plans(), [](Validator& inner, const v1::SlotPlan& plan) {
        inner.timestamp("start_at", plan.has_start_at(), plan.start_at())
            .timestamp("end_at", plan.has_end_at(), plan.end_at())
            .expect(store::instant_of(plan.start_at()) < store::instant_of(plan.end_at()), "end_at",
                    "FIELD_RANGE")
            .range("capacity", plan.capacity(), 1, kCapacityMax)
            .expect(plan.slot_ids_size() == 0 || plan.slot_ids_size() == 4, "slot_ids",
                    "FIELD_COUNT");
        for (const std::string& id : plan.slot_ids()) inner.ulid("slot_ids", id);
    });
    return v.done();
}

template <class Response>
Response slots_response(const std::vector<domain::Slot>& slots) {
    Response response;
    for (const domain::Slot& slot : slots) *response.add_slots() = encode(slot);
    return response;
}

Outcome<v1::OpenSlotsResponse> open_slots(CommandContext& context, const app::Env& env,
                                          const v1::OpenSlotsRequest& r) {
    if (r.plans_size() > kPlansMax) {
        return Refusal{"LIMIT_ROWS", {{"max", std::to_string(kPlansMax)}}};
    }
    std::vector<app::SlotPlan> plans;
    for (const v1::SlotPlan& plan : r.plans()) {
        plans.push_back({store::instant_of(plan.start_at()), store::instant_of(plan.end_at()),
                         plan.capacity(), store::strings(plan.slot_ids())});
    }
    app::Work work = work_of(context, env);
    const auto slots = app::open_slots(work, r.pool_id(), r.etag(), plans);
    if (!slots.ok()) return slots.refusal();
    context.audit("pool/" + r.pool_id());
    return slots_response<v1::OpenSlotsResponse>(*slots);
}

Outcome<v1::BlockSlotsResponse> block_slots(CommandContext& context, const app::Env& env,
                                            const v1::BlockSlotsRequest& r) {
    app::Work work = work_of(context, env);
    const auto slots = app::block_slots(work, store::strings(r.slot_ids()));
    if (!slots.ok()) return slots.refusal();
    for (const domain::Slot& slot : *slots) context.audit("slot/" + slot.slot_id);
    return slots_response<v1::BlockSlotsResponse>(*slots);
}

Outcome<v1::Hold> answer_hold(CommandContext& context, const Outcome<domain::Hold>& hold) {
    if (!hold.ok()) return hold.refusal();
    context.audit("hold/" + hold->hold_id, hold->resident_id);
    return encode(*hold);
}

void bind_pools(runtime::Binder& binder, const app::EnvPtr& env) {
    binder.command<v1::PublishServiceOfferRequest, v1::ServiceOffer>(
        slot_method("PublishServiceOffer"),
        {.validate = check_offer,
         .lock_keys = [](const auto& r) { return std::vector{"offer/" + r.offer().offer_id()}; },
         .run = publish_offer});
    binder.command<v1::PublishPoolRequest, v1::ResourcePool>(
        slot_method("PublishPool"),
        {.validate = check_pool,
         .lock_keys = [](const auto& r) { return std::vector{"pool/" + r.pool().pool_id()}; },
         .run = [env](CommandContext& c, const auto& r) { return publish_pool(c, *env, r); }});
    binder.command<v1::OpenSlotsRequest, v1::OpenSlotsResponse>(
        slot_method("OpenSlots"),
        {.validate = check_plans,
         .lock_keys = [](const auto& r) { return std::vector{"pool/" + r.pool_id()}; },
         .run = [env](CommandContext& c, const auto& r) { return open_slots(c, *env, r); }});
    binder.command<v1::BlockSlotsRequest, v1::BlockSlotsResponse>(
        slot_method("BlockSlots"),
        {.validate =
             [](const v1::BlockSlotsRequest& r) {
                 Validator v;
                 v.id("reason_code", r.reason_code())
                     .expect(r.slot_ids_size() > 0, "slot_ids", "FIELD_REQUIRED");
                 check_codes(v, "slot_ids", r.slot_ids(), kItemsMax);
                 return v.done();
             },
         .lock_keys =
             [](const auto& r) {
                 const std::set<std::string> ids(r.slot_ids().begin(), r.slot_ids().end());
                 std::vector<std::string> keys;
                 for (const std::string& id : ids) keys.push_back("slot/" + id);
                 return keys;
             },
         .run = [env](CommandContext& c, const auto& r) { return block_slots(c, *env, r); }});
}

}  // namespace

void bind_slots(runtime::Binder& binder, const app::EnvPtr& env) {
    bind_pools(binder, env);
    binder.command<v1::HoldSlotRequest, v1::Hold>(
        slot_method("HoldSlot"),
        {.validate =
             [](const v1::HoldSlotRequest& r) {
                 return Validator()
                     .optional_ulid("hold_id", r.hold_id())
                     .id("slot_id", r.slot_id())
                     .id("resident_id", r.resident_id())
                     .optional_id("referral_id", r.referral_id())
                     .done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"slot/" + r.slot_id()}; },
         .run =
             [env](CommandContext& c, const v1::HoldSlotRequest& r) {
                 app::Work work = work_of(c, *env);
                 return answer_hold(c,
                                    app::hold_slot(work, {r.hold_id(), r.slot_id(), r.resident_id(),
                                                          r.referral_id(), r.request_id()}));
             }});
    binder.command<v1::ReleaseHoldRequest, v1::Hold>(
        slot_method("ReleaseHold"),
        {.validate =
             [](const v1::ReleaseHoldRequest& r) {
                 return Validator().id("hold_id", r.hold_id()).done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"hold/" + r.hold_id()}; },
         .run =
             [env](CommandContext& c, const v1::ReleaseHoldRequest& r) {
                 app::Work work = work_of(c, *env);
                 return answer_hold(c, app::release_hold(work, r.hold_id()));
             }});
}

}  // namespace yilian::referrals::rpc_edge
