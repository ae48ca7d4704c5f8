#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/referrals/app/work.h"
#include "services/referrals/domain/slots.h"

// Pools, slots and holds (referrals.md 5). A hold blocks a place until it expires, is given back,
// is booked or the patient comes; the counts of the slot change in the same transaction.
namespace yilian::referrals::app {

// Timers. `hold.expiry`: aggregate hold. `slot.release`: aggregate group of a slot's classes.
inline constexpr std::string_view kHoldTimer = "hold.expiry";
inline constexpr std::string_view kReleaseTimer = "slot.release";

// RESOURCE_KIND_DISABLED, QUOTA_SUM_INVALID, AUTH_RECORD_ACCESS_DENIED, ETAG_MISMATCH. `message` is
// the pool as sent.
[[nodiscard]] Outcome<domain::Pool> publish_pool(Work& work, domain::Pool pool,
                                                 std::string_view etag);

struct SlotPlan {
    Instant start_at{};
    Instant end_at{};
    std::int32_t capacity = 0;
    std::vector<std::string> slot_ids;  // empty, or one for each class
};
// NOT_FOUND, AUTH_RECORD_ACCESS_DENIED, ETAG_MISMATCH, SLOT_IN_PAST, SLOT_OVERLAP,
// QUOTA_SUM_INVALID, ALREADY_EXISTS (a slot id is taken). Answers the classes sorted by start and
// class, after the release that is due already.
[[nodiscard]] Outcome<std::vector<domain::Slot>> open_slots(Work& work, std::string_view pool_id,
                                                            std::string_view etag,
                                                            const std::vector<SlotPlan>& plans);
// NOT_FOUND, AUTH_RECORD_ACCESS_DENIED, SLOT_HAS_HOLDS.
[[nodiscard]] Outcome<std::vector<domain::Slot>> block_slots(
    Work& work, const std::vector<std::string>& slot_ids);

// Who takes places for this referral (nullptr: books without one).
[[nodiscard]] domain::Taker taker_of(const domain::Referral* referral);

struct HoldRequest {
    std::string hold_id;  // "" lets the service make one
    std::string slot_id;
    std::string resident_id;
    std::string referral_id;
    std::string request_id;
};
// NOT_FOUND, AUTH_RECORD_ACCESS_DENIED, SLOT_IN_PAST, QUOTA_CLASS_NOT_ALLOWED,
// BOOKING_WINDOW_CLOSED, SLOT_FULL, ALREADY_EXISTS. A referral holds at its receiver only, and once
// it is accepted or before; ended ones hold nothing.
[[nodiscard]] Outcome<domain::Hold> hold_slot(Work& work, const HoldRequest& request);
// HOLD_NOT_FOUND, HOLD_NOT_YOURS.
[[nodiscard]] Outcome<domain::Hold> release_hold(Work& work, std::string_view hold_id);

// The parts of bookings; the guards have been checked.
void confirm_hold(Work& work, domain::Hold hold, std::string_view referral_id, const Rules& rules);
void give_back_hold(Work& work, std::string_view hold_id, const Rules& rules);
void consume_hold(Work& work, std::string_view hold_id, const Rules& rules);

// Timers.
void expire_hold(Work& work, std::string_view hold_id, const Rules& rules);
void release_quota(Work& work, std::string_view group_id, const Rules& rules);

}  // namespace yilian::referrals::app
