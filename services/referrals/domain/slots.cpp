#include "services/referrals/domain/slots.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <tuple>

#include "libs/amount/allocation.h"

namespace yilian::referrals::domain {
namespace {

using std::chrono::hours;

struct ReleaseStep {
    QuotaClass from;
    QuotaClass to;
    Instant at;
};

// In the order in which they happen to one slot when all are due at once: what comes down from
// contracted may flow on from referral.
std::array<ReleaseStep, 3> steps_of(Instant start, const SlotPolicy& policy) {
    return {
        {{QuotaClass::kContractedReferral, QuotaClass::kReferral,
          start - hours(policy.release_contracted_h)},
         {QuotaClass::kReferral, QuotaClass::kGeneral, start - hours(policy.release_referral_h)},
         {QuotaClass::kEmergency, QuotaClass::kGeneral, start - hours(kReleaseEmergencyH)}}};
}

bool emergency_class(const Waiting& w) {
    return w.direction == Direction::kEmergency || w.priority == Priority::kEmergency;
}

int effective_priority(const Waiting& w, Instant now) {
    const int priority = static_cast<int>(w.priority);
    const int highest = static_cast<int>(Priority::kEmergency);
    return now > w.promise_due_at ? std::min(priority + 1, highest) : priority;
}

}  // namespace

Outcome<ByClass<std::int32_t>> divide(std::int32_t capacity,
                                      const ByClass<std::int32_t>& shares_bp) {
    if (std::accumulate(shares_bp.begin(), shares_bp.end(), 0) != 10000) {
        return Reason("QUOTA_SUM_INVALID");
    }
    constexpr ByClass<std::string_view> kOrder{"1", "2", "3", "4"};
    ByClass<amount::Claim> claims{};
    for (std::size_t i = 0; i < kQuotaClasses; ++i) claims[i] = {kOrder[i], shares_bp[i]};
    const auto shares = amount::allocate_count(capacity, claims);
    if (!shares.ok()) return shares.refusal();
    ByClass<std::int32_t> places{};
    for (std::size_t i = 0; i < kQuotaClasses; ++i) {
        places[i] = static_cast<std::int32_t>((*shares)[i]);
    }
    return places;
}

std::vector<Release> release(ByClass<Places>& places, Instant start, Instant now,
                             const SlotPolicy& policy) {
    std::vector<Release> released;
    for (const ReleaseStep& step : steps_of(start, policy)) {
        Places& from = places[index_of(step.from)];
        const std::int32_t unused = from.capacity - from.taken;
        if (now < step.at || unused <= 0) continue;
        from.capacity -= unused;
        places[index_of(step.to)].capacity += unused;
        released.push_back({step.from, step.to, unused});
    }
    return released;
}

std::optional<Instant> next_release(Instant start, Instant now, const SlotPolicy& policy) {
    std::optional<Instant> next;
    for (const ReleaseStep& step : steps_of(start, policy)) {
        if (step.at > now && (!next || step.at < *next)) next = step.at;
    }
    return next;
}

bool may_take(QuotaClass quota, const Taker& taker) {
    switch (quota) {
        case QuotaClass::kGeneral:
            return true;
        case QuotaClass::kReferral:
            return taker.referral;
        case QuotaClass::kContractedReferral:
            return taker.referral && taker.contracted;
        case QuotaClass::kEmergency:
            return taker.referral && taker.emergency;
        case QuotaClass::kNone:
            break;
    }
    return false;
}

bool window_open(const std::vector<BookingWindow>& windows, Priority priority,
                 calendar::CivilDate today, calendar::CivilDate slot_on) {
    bool published = false;
    for (const BookingWindow& window : windows) {
        if (window.priority != priority) continue;
        published = true;
        if (slot_on >= today.plus_days(window.from_days) &&
            slot_on <= today.plus_days(window.to_days)) {
            return true;
        }
    }
    return !published;
}

Outcome<Allowed> check_hold(const Slot& slot, const Taker& taker, bool is_window_open,
                            Instant now) {
    if (slot.start_at < now) return Reason("SLOT_IN_PAST");
    if (!may_take(slot.quota, taker)) return Reason("QUOTA_CLASS_NOT_ALLOWED");
    if (!is_window_open) return Reason("BOOKING_WINDOW_CLOSED");
    if (slot.full()) return Reason("SLOT_FULL");
    return Allowed{};
}

Outcome<Allowed> check_booking(const Hold& hold, std::string_view referral_id,
                               std::string_view resident_id, std::string_view institution_id,
                               const Taker& taker, Instant now) {
    if (hold.state == HoldState::kReleased) return Reason("HOLD_NOT_FOUND");
    if (hold.state == HoldState::kExpired) return Reason("HOLD_EXPIRED");
    const bool other_referral = !hold.referral_id.empty() && hold.referral_id != referral_id;
    if (other_referral || hold.resident_id != resident_id ||
        hold.institution_id != institution_id || hold.state != HoldState::kTentative) {
        return Reason("HOLD_NOT_YOURS");
    }
    if (now >= hold.expires_at) return Reason("HOLD_EXPIRED");
    if (!may_take(hold.quota, taker)) return Reason("QUOTA_CLASS_NOT_ALLOWED");
    if (hold.start_at < now) return Reason("SLOT_IN_PAST");
    return Allowed{};
}

bool is_raised(const Waiting& waiting, Instant now) {
    return now > waiting.promise_due_at &&
           effective_priority(waiting, now) != static_cast<int>(waiting.priority);
}

void sort_by_service(std::vector<Waiting>& queue, Instant now, bool contracted_priority) {
    const auto rank = [&](const Waiting& w) {
        return std::make_tuple(!emergency_class(w), -effective_priority(w, now),
                               contracted_priority && !w.contracted, w.accepted_at, w.submitted_at,
                               std::string_view(w.referral_id));
    };
    std::ranges::sort(queue, {}, rank);
}

}  // namespace yilian::referrals::domain
