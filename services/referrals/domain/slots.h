#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"
#include "services/referrals/domain/types.h"

// Places of a pool: quotas, their release, holds and who may take which (referrals.md 5).
namespace yilian::referrals::domain {

inline constexpr std::size_t kQuotaClasses = 4;
// By class in the order emergency, contracted, referral, general.
template <class T>
using ByClass = std::array<T, kQuotaClasses>;
[[nodiscard]] constexpr std::size_t index_of(QuotaClass quota) {
    return static_cast<std::size_t>(quota) - 1;
}
[[nodiscard]] constexpr QuotaClass class_at(std::size_t index) {
    return static_cast<QuotaClass>(index + 1);
}

struct SlotPolicy {
    std::vector<std::string> resource_kinds;
    ByClass<std::int32_t> shares_bp{};
    std::int32_t release_contracted_h = 0;
    std::int32_t release_referral_h = 0;
    std::int32_t hold_s = 0;
    std::int32_t overbook_max = 0;
    bool contracted_priority = false;
};

// Quotas of appointments and devices flow down at release points. Beds keep theirs: an urgent
// patient is promised a bed within two working days, so a bed that flowed away 72 hours before
// would never be a contracted one (events.md 7, step 11).
[[nodiscard]] constexpr bool flows_down(ResourceKind kind) { return kind != ResourceKind::kBed; }

// Emergency places are kept until two hours before, never released before (P, no key).
inline constexpr std::int32_t kReleaseEmergencyH = 2;

// Whole places by largest remainder, ties in the order of the classes. The shares sum
// to 10000, else QUOTA_SUM_INVALID.
[[nodiscard]] Outcome<ByClass<std::int32_t>> divide(std::int32_t capacity,
                                                    const ByClass<std::int32_t>& shares_bp);

struct Places {
    std::int32_t capacity = 0;
    std::int32_t taken = 0;  // held, booked or consumed
};
struct Release {
    QuotaClass from = QuotaClass::kNone;
    QuotaClass to = QuotaClass::kNone;
    std::int32_t count = 0;
    friend bool operator==(const Release&, const Release&) = default;
};
// What flows down by `now` of a slot that starts at `start`; changes `places`. Nothing unused,
// nothing released. Safe to repeat.
[[nodiscard]] std::vector<Release> release(ByClass<Places>& places, Instant start, Instant now,
                                           const SlotPolicy& policy);
// The next instant after `now` at which a class is released; empty when all have been.
[[nodiscard]] std::optional<Instant> next_release(Instant start, Instant now,
                                                  const SlotPolicy& policy);

// Whose places a resident may take. `referral` false: books without one.
struct Taker {
    bool referral = false;
    bool emergency = false;   // direction or priority EMERGENCY
    bool contracted = false;  // of the sending team
};
[[nodiscard]] bool may_take(QuotaClass quota, const Taker& taker);

// How far ahead a receiver lets a priority be booked, both ends allowed.
struct BookingWindow {
    Priority priority = Priority::kNone;
    std::int32_t from_days = 0;
    std::int32_t to_days = 0;
};
// Open when no window is published for the priority.
[[nodiscard]] bool window_open(const std::vector<BookingWindow>& windows, Priority priority,
                               calendar::CivilDate today, calendar::CivilDate slot_on);

struct Pool {
    std::string pool_id;
    std::string owner_institution_id;
    ResourceKind resource_kind = ResourceKind::kNone;
    std::string specialty_code;
    std::string stored;                              // yilian.referrals.v1.ResourcePool, serialised
    std::optional<ByClass<std::int32_t>> shares_bp;  // empty: those of the policy pack
    std::int64_t changes = 0;
};

// One class of a slot. The four classes of a span of time share `group_id`.
struct Slot {
    std::string slot_id;
    std::string group_id;
    std::string pool_id;
    std::string owner_institution_id;
    ResourceKind resource_kind = ResourceKind::kNone;
    std::string specialty_code;
    Instant start_at{};
    Instant end_at{};
    QuotaClass quota = QuotaClass::kNone;
    std::int32_t opened = 0;    // places when opened
    std::int32_t capacity = 0;  // after releases
    std::int32_t used = 0;      // tentative and confirmed holds
    std::int32_t consumed = 0;  // patients who came
    std::int32_t overbook = 0;
    bool blocked = false;
    QuotaClass released_from = QuotaClass::kNone;
    std::int64_t changes = 0;

    [[nodiscard]] std::int32_t taken() const { return used + consumed; }
    [[nodiscard]] bool full() const {
        return blocked || capacity == 0 || taken() >= capacity + overbook;
    }
};

struct Hold {
    std::string hold_id;
    std::string slot_id;
    std::string pool_id;
    std::string owner_institution_id;
    QuotaClass quota = QuotaClass::kNone;
    std::string referral_id;  // "" when booked without one
    std::string resident_id;
    std::string institution_id;  // who holds
    HoldState state = HoldState::kNone;
    Instant start_at{};
    Instant expires_at{};
    std::string request_id;  // of the HoldSlot that made it
    std::int64_t changes = 0;

    [[nodiscard]] bool live() const {
        return state == HoldState::kTentative || state == HoldState::kConfirmed;
    }
};

// Guards of HoldSlot, in this order: SLOT_IN_PAST, QUOTA_CLASS_NOT_ALLOWED, BOOKING_WINDOW_CLOSED,
// SLOT_FULL. A slot that starts now can still be taken.
[[nodiscard]] Outcome<Allowed> check_hold(const Slot& slot, const Taker& taker, bool window_open,
                                          Instant now);
// Guards of BookReferral and RebookReferral: HOLD_NOT_FOUND (given back), HOLD_EXPIRED,
// HOLD_NOT_YOURS, QUOTA_CLASS_NOT_ALLOWED, SLOT_IN_PAST. `institution_id` books.
[[nodiscard]] Outcome<Allowed> check_booking(const Hold& hold, std::string_view referral_id,
                                             std::string_view resident_id,
                                             std::string_view institution_id, const Taker& taker,
                                             Instant now);

// One referral on a waiting list.
struct Waiting {
    std::string referral_id;
    Direction direction = Direction::kNone;
    Priority priority = Priority::kNone;
    bool contracted = false;
    Instant accepted_at{};
    Instant submitted_at{};
    Instant promise_due_at{};
    std::string resident_id{};
};
// Whether its promise has passed, which raises it one step; an emergency has nothing above it.
[[nodiscard]] bool is_raised(const Waiting& waiting, Instant now);
// Order of service: emergencies, priority (raised one step once the promise has
// passed), contracted residents of the sending team, longest wait, submit time, id.
void sort_by_service(std::vector<Waiting>& queue, Instant now, bool contracted_priority);

}  // namespace yilian::referrals::domain
