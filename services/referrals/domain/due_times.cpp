#include "services/referrals/domain/due_times.h"

#include <algorithm>
#include <chrono>

namespace yilian::referrals::domain {
namespace {

bool at_once(Direction direction, Priority priority) {
    return direction == Direction::kEmergency || priority == Priority::kEmergency;
}

std::int32_t promised_days(Priority priority, const DuePolicy& policy) {
    return priority == Priority::kUrgent ? policy.promise_urgent_working_days
                                         : policy.promise_routine_working_days;
}

}  // namespace

Outcome<Instant> review_due(Priority priority, Instant opened, const DuePolicy& policy,
                            const calendar::WorkingDays& days) {
    switch (priority) {
        case Priority::kEmergency:
            return opened + std::chrono::minutes(policy.review_emergency_min);
        case Priority::kUrgent:
            return opened + std::chrono::minutes(policy.review_urgent_min);
        case Priority::kRoutine:
        case Priority::kNone:
            break;
    }
    return days.end_after_working_days(opened, policy.review_routine_working_days);
}

Outcome<Instant> promise_due(Direction direction, Priority priority, Instant accepted,
                             const DuePolicy& policy, const calendar::WorkingDays& days) {
    if (at_once(direction, priority)) return accepted;
    return days.end_after_working_days(accepted, promised_days(priority, policy));
}

Outcome<Instant> waiting_alarm(Direction direction, Priority priority, Instant accepted,
                               const DuePolicy& policy, const calendar::WorkingDays& days) {
    if (at_once(direction, priority)) return accepted;
    const std::int32_t share = promised_days(priority, policy) * policy.alarm_share_bp / 10000;
    return days.end_after_working_days(accepted, std::max(share, 1));
}

}  // namespace yilian::referrals::domain
