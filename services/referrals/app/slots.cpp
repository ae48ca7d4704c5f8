#include "services/referrals/app/slots.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <tuple>
#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/runtime/command.h"
#include "libs/timers/timers.h"
#include "services/referrals/store/event_codec.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/slot_rows.h"

namespace yilian::referrals::app {
namespace {

using domain::Hold;
using domain::HoldState;
using domain::Pool;
using domain::Slot;

void save_changed(Work& work, Slot& slot) {
    slot.changes += 1;
    store::save(work.tx, slot);
    work.touch("slot", slot.slot_id + "/" + std::to_string(slot.changes));
}

void save_changed(Work& work, Hold& hold, HoldState state) {
    hold.state = state;
    hold.changes += 1;
    store::save(work.tx, hold);
    work.touch("hold", hold.hold_id + "/" + std::to_string(hold.changes));
}

void plan_release(Work& work, std::string_view group_id, domain::ResourceKind kind, Instant start,
                  const Rules& rules) {
    if (!domain::flows_down(kind)) return;
    if (const auto next = domain::next_release(start, work.now, rules.slot)) {
        timers::schedule(work.tx, {std::string(kReleaseTimer), std::string(group_id)}, *next, "");
    }
}

// Lets unused places of a span of time flow down as far as their release points have passed, and
// tells it. Nobody can book what has begun: nothing flows then.
void flow_down(Work& work, std::vector<Slot>& group, const Rules& rules) {
    if (group.empty() || group.front().start_at < work.now ||
        !domain::flows_down(group.front().resource_kind)) {
        return;
    }
    domain::ByClass<domain::Places> places{};
    for (const Slot& slot : group) {
        // Blocked places are nobody's to take, so nothing of them flows on.
        places[domain::index_of(slot.quota)] = {slot.capacity,
                                                slot.blocked ? slot.capacity : slot.taken()};
    }
    const auto released = domain::release(places, group.front().start_at, work.now, rules.slot);
    if (released.empty()) return;
    for (Slot& slot : group) {
        const auto index = domain::index_of(slot.quota);
        for (const domain::Release& step : released) {
            if (step.to == slot.quota) slot.released_from = step.from;
        }
        if (slot.capacity == places[index].capacity) continue;
        slot.capacity = places[index].capacity;
        save_changed(work, slot);
    }
    for (const domain::Release& step : released) {
        work.append(
            store::quota_released(work.event_context(rules), group.front(), step, work.now));
    }
}

// Takes a live hold out of its slot: the place is free again, in the class it was taken from.
void free_place(Work& work, const Hold& hold, const Rules& rules) {
    Slot slot = *store::slot(work.tx, hold.slot_id);
    slot.used -= 1;
    save_changed(work, slot);
    auto group = store::group(work.tx, slot.group_id);
    flow_down(work, group, rules);
}

void end_hold(Work& work, Hold hold, HoldState state, store::HoldEvent event, const Rules& rules) {
    if (hold.state == HoldState::kTentative) {
        (void)timers::cancel(work.tx, {std::string(kHoldTimer), hold.hold_id});
    }
    save_changed(work, hold, state);
    free_place(work, hold, rules);
    work.append(store::hold_event(event, work.event_context(rules), hold));
}

std::vector<Slot> classes_of(Work& work, const Pool& pool, const SlotPlan& plan,
                             const domain::ByClass<std::int32_t>& places,
                             std::int32_t overbook_max) {
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < domain::kQuotaClasses; ++i) {
        Slot slot;
        slot.slot_id = plan.slot_ids.empty() ? work.env.ids.next_ulid() : plan.slot_ids[i];
        slot.group_id = slots.empty() ? slot.slot_id : slots.front().slot_id;
        slot.pool_id = pool.pool_id;
        slot.owner_institution_id = pool.owner_institution_id;
        slot.resource_kind = pool.resource_kind;
        slot.specialty_code = pool.specialty_code;
        slot.start_at = plan.start_at;
        slot.end_at = plan.end_at;
        slot.quota = domain::class_at(i);
        slot.opened = slot.capacity = places[i];
        slot.overbook = overbook_max;
        slots.push_back(std::move(slot));
    }
    return slots;
}

struct Span {
    Instant start;
    Instant end;
};

// What is open already around the plans; one question for all of them.
std::vector<Span> spans_around(Work& work, std::string_view pool_id,
                               const std::vector<SlotPlan>& plans) {
    Instant from = plans.front().start_at;
    Instant to = plans.front().end_at;
    for (const SlotPlan& plan : plans) {
        from = std::min(from, plan.start_at);
        to = std::max(to, plan.end_at);
    }
    std::vector<Span> spans;
    for (const storage::Row& row : work.tx.select(store::kSpans, pool_id, from, to)) {
        spans.push_back({row.instant(0), row.instant(1)});
    }
    return spans;
}

// Guards of OpenSlots that need the database or the other plans.
Outcome<Allowed> check_plans(Work& work, std::string_view pool_id,
                             const std::vector<SlotPlan>& plans) {
    std::vector<Span> spans = spans_around(work, pool_id, plans);
    std::set<std::string> ids;
    for (const SlotPlan& plan : plans) {
        if (plan.start_at < work.now) return Reason("SLOT_IN_PAST");
        spans.push_back({plan.start_at, plan.end_at});
        if (plan.slot_ids.empty()) continue;
        const bool twice = std::ranges::any_of(
            plan.slot_ids, [&](const std::string& id) { return !ids.insert(id).second; });
        if (twice || work.tx.select_one(store::kKnownSlot, plan.slot_ids[0], plan.slot_ids[1],
                                        plan.slot_ids[2], plan.slot_ids[3])) {
            return Refusal{"ALREADY_EXISTS", {{"slot_id", plan.slot_ids[0]}}};
        }
    }
    std::ranges::sort(spans, {}, &Span::start);
    for (std::size_t i = 1; i < spans.size(); ++i) {
        if (spans[i].start < spans[i - 1].end) return Reason("SLOT_OVERLAP");
    }
    return Allowed{};
}

bool enabled(const Rules& rules, domain::ResourceKind kind) {
    return std::ranges::find(rules.slot.resource_kinds, domain::name_of(kind)) !=
           rules.slot.resource_kinds.end();
}

// Whether the owner's offers let this referral book a slot of that day today.
bool is_window_open(Work& work, const domain::Referral* referral, const Slot& slot,
                    const Rules& rules) {
    if (referral == nullptr) return true;
    const auto offers = store::offers_of(work.tx, slot.owner_institution_id);
    const domain::Offer* offer = domain::matching_offer(
        offers, referral->content, referral->content.receiver_department_code,
        rules.diseases_of(referral->main_diagnosis_code), work.today);
    return offer == nullptr || domain::window_open(offer->windows, referral->content.priority,
                                                   work.today, calendar::local_date(slot.start_at));
}

}  // namespace

Outcome<Pool> publish_pool(Work& work, Pool pool, std::string_view etag) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    if (pool.owner_institution_id != work.actor.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    if (!enabled(*rules, pool.resource_kind)) {
        return Refusal{"RESOURCE_KIND_DISABLED",
                       {{"resource_kind", std::string(domain::name_of(pool.resource_kind))}}};
    }
    const auto quotas = domain::divide(1, pool.shares_bp.value_or(rules->slot.shares_bp));
    if (!quotas.ok()) return quotas.refusal();
    const auto before = store::pool(work.tx, pool.pool_id);
    if (before) {
        if (before->owner_institution_id != pool.owner_institution_id) {
            return Reason("AUTH_RECORD_ACCESS_DENIED");
        }
        if (auto refusal = runtime::check_etag(etag, before->changes)) return *refusal;
    }
    pool.changes = before ? before->changes + 1 : 1;
    store::save(work.tx, pool);
    return pool;
}

Outcome<std::vector<Slot>> open_slots(Work& work, std::string_view pool_id, std::string_view etag,
                                      const std::vector<SlotPlan>& plans) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    const auto pool = store::pool(work.tx, pool_id);
    if (!pool) return Reason("NOT_FOUND");
    if (pool->owner_institution_id != work.actor.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    if (auto refusal = runtime::check_etag(etag, pool->changes)) return *refusal;
    if (auto checked = check_plans(work, pool_id, plans); !checked.ok()) return checked.refusal();
    const auto shares = pool->shares_bp.value_or(rules->slot.shares_bp);
    std::vector<Slot> opened;
    for (const SlotPlan& plan : plans) {
        const auto places = domain::divide(plan.capacity, shares);
        if (!places.ok()) return places.refusal();
        auto group = classes_of(work, *pool, plan, *places, rules->slot.overbook_max);
        for (Slot& slot : group) {
            slot.changes = 1;
            store::add(work.tx, slot);
        }
        flow_down(work, group, *rules);
        plan_release(work, group.front().group_id, pool->resource_kind, plan.start_at, *rules);
        for (Slot& slot : group) opened.push_back(std::move(slot));
    }
    std::ranges::sort(opened, {}, [](const Slot& slot) {
        return std::make_tuple(slot.start_at, static_cast<int>(slot.quota));
    });
    return opened;
}

Outcome<std::vector<Slot>> block_slots(Work& work, const std::vector<std::string>& slot_ids) {
    std::vector<Slot> slots;
    for (const std::string& id : std::set<std::string>(slot_ids.begin(), slot_ids.end())) {
        auto slot = store::slot(work.tx, id);
        if (!slot) return Refusal{"NOT_FOUND", {{"slot_id", id}}};
        if (slot->owner_institution_id != work.actor.institution_id) {
            return Reason("AUTH_RECORD_ACCESS_DENIED");
        }
        if (slot->used > 0) return Refusal{"SLOT_HAS_HOLDS", {{"slot_id", id}}};
        slots.push_back(*std::move(slot));
    }
    for (Slot& slot : slots) {
        if (slot.blocked) continue;
        slot.blocked = true;
        save_changed(work, slot);
    }
    std::ranges::sort(slots, {}, [](const Slot& slot) {
        return std::make_tuple(slot.start_at, static_cast<int>(slot.quota), slot.slot_id);
    });
    return slots;
}

domain::Taker taker_of(const domain::Referral* referral) {
    if (referral == nullptr) return {};
    return {.referral = true,
            .emergency =
                referral->emergency() || referral->content.priority == domain::Priority::kEmergency,
            .contracted = !referral->contract_id.empty()};
}

Outcome<Hold> hold_slot(Work& work, const HoldRequest& request) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto slot = store::slot(work.tx, request.slot_id);
    if (!slot) return Refusal{"NOT_FOUND", {{"slot_id", request.slot_id}}};
    std::optional<domain::Referral> referral;
    if (!request.referral_id.empty()) {
        referral = store::referral(work.tx, request.referral_id);
        if (!referral) return Refusal{"NOT_FOUND", {{"referral_id", request.referral_id}}};
        if (referral->resident_id != request.resident_id ||
            domain::roles_of(*referral, work.actor.institution_id).empty()) {
            return Reason("AUTH_RECORD_ACCESS_DENIED");
        }
        // The quotas of an owner are for those who are referred to it.
        if (referral->receiver_institution_id() != slot->owner_institution_id ||
            domain::kLifecycle.is_final(referral->state)) {
            return Reason("QUOTA_CLASS_NOT_ALLOWED");
        }
    }
    const domain::Referral* known = referral ? &*referral : nullptr;
    const auto allowed = domain::check_hold(*slot, taker_of(known),
                                            is_window_open(work, known, *slot, *rules), work.now);
    if (!allowed.ok()) return allowed.refusal();
    if (!request.hold_id.empty() && store::hold(work.tx, request.hold_id)) {
        return Refusal{"ALREADY_EXISTS", {{"hold_id", request.hold_id}}};
    }
    slot->used += 1;
    save_changed(work, *slot);
    Hold hold{.hold_id = work.id_or_new(request.hold_id),
              .slot_id = slot->slot_id,
              .pool_id = slot->pool_id,
              .owner_institution_id = slot->owner_institution_id,
              .quota = slot->quota,
              .referral_id = request.referral_id,
              .resident_id = request.resident_id,
              .institution_id = work.actor.institution_id,
              .start_at = slot->start_at,
              .expires_at = work.now + std::chrono::seconds(rules->slot.hold_s),
              .request_id = request.request_id};
    save_changed(work, hold, HoldState::kTentative);
    timers::schedule(work.tx, {std::string(kHoldTimer), hold.hold_id}, hold.expires_at, "");
    work.append(store::hold_event(store::HoldEvent::kHeld, work.event_context(*rules), hold));
    return hold;
}

Outcome<Hold> release_hold(Work& work, std::string_view hold_id) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    const auto hold = store::hold(work.tx, hold_id);
    if (!hold) return Reason("HOLD_NOT_FOUND");
    if (hold->institution_id != work.actor.institution_id) return Reason("HOLD_NOT_YOURS");
    if (hold->state != HoldState::kTentative) return Reason("HOLD_NOT_FOUND");
    end_hold(work, *hold, HoldState::kReleased, store::HoldEvent::kReleased, *rules);
    return *store::hold(work.tx, hold_id);
}

void confirm_hold(Work& work, Hold hold, std::string_view referral_id, const Rules& rules) {
    (void)timers::cancel(work.tx, {std::string(kHoldTimer), hold.hold_id});
    hold.referral_id = referral_id;
    save_changed(work, hold, HoldState::kConfirmed);
    work.append(store::hold_event(store::HoldEvent::kConfirmed, work.event_context(rules), hold));
}

void give_back_hold(Work& work, std::string_view hold_id, const Rules& rules) {
    auto hold = store::hold(work.tx, hold_id);
    if (!hold || !hold->live()) return;
    end_hold(work, *std::move(hold), HoldState::kReleased, store::HoldEvent::kReleased, rules);
}

void consume_hold(Work& work, std::string_view hold_id, const Rules& rules) {
    auto hold = store::hold(work.tx, hold_id);
    if (!hold || !hold->live()) return;
    save_changed(work, *hold, HoldState::kConsumed);
    // The place stays taken: the patient sits on it.
    Slot slot = *store::slot(work.tx, hold->slot_id);
    slot.used -= 1;
    slot.consumed += 1;
    save_changed(work, slot);
    work.append(store::hold_event(store::HoldEvent::kConsumed, work.event_context(rules), *hold));
}

void expire_hold(Work& work, std::string_view hold_id, const Rules& rules) {
    auto hold = store::hold(work.tx, hold_id);
    if (!hold || hold->state != HoldState::kTentative) return;
    end_hold(work, *std::move(hold), HoldState::kExpired, store::HoldEvent::kExpired, rules);
}

void release_quota(Work& work, std::string_view group_id, const Rules& rules) {
    auto group = store::group(work.tx, group_id);
    if (group.empty()) return;
    const Instant start = group.front().start_at;
    const domain::ResourceKind kind = group.front().resource_kind;
    flow_down(work, group, rules);
    plan_release(work, group_id, kind, start, rules);
}

}  // namespace yilian::referrals::app
