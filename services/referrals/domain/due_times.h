#pragma once

#include <cstdint>

#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/calendar/working_days.h"
#include "services/referrals/domain/types.h"

// When answers are due (referrals.md 6). Working days follow the district's calendar and end at the
// same local time; minutes, hours and days run on the clock. What must happen within a limit is in
// time at the limit itself. A year without calendar is refused with POLICY_CALENDAR_MISSING.
namespace yilian::referrals::domain {

struct DuePolicy {
    std::int32_t review_emergency_min = 0;
    std::int32_t review_urgent_min = 0;
    std::int32_t review_routine_working_days = 0;
    std::int32_t info_working_days = 0;
    std::int32_t promise_urgent_working_days = 0;
    std::int32_t promise_routine_working_days = 0;
    std::int32_t alarm_share_bp = 0;
    std::int32_t base_answer_working_days = 0;
};

// Answer of a receiver to a task opened at `opened`.
[[nodiscard]] Outcome<Instant> review_due(Priority priority, Instant opened,
                                          const DuePolicy& policy,
                                          const calendar::WorkingDays& days);

// Until when an accepted patient gets a date. Emergencies: at once.
[[nodiscard]] Outcome<Instant> promise_due(Direction direction, Priority priority, Instant accepted,
                                           const DuePolicy& policy,
                                           const calendar::WorkingDays& days);

// When the share of the promise is used up: whole working days, rounded down, at least 1.
[[nodiscard]] Outcome<Instant> waiting_alarm(Direction direction, Priority priority,
                                             Instant accepted, const DuePolicy& policy,
                                             const calendar::WorkingDays& days);

}  // namespace yilian::referrals::domain
