#include "services/referrals/domain/due_times.h"

#include <gmock/gmock.h>

#include "libs/calendar/local_time.h"

namespace yilian::referrals::domain {
namespace {

using calendar::CivilDate;

Instant at(std::string_view text) { return *calendar::parse_rfc3339(std::string(text) + "+08:00"); }

// The calendar of the acceptance examples.
calendar::WorkingDays example_days() {
    calendar::CalendarYear year{2026, {}, {}};
    for (unsigned day = 1; day <= 5; ++day) {
        year.holidays.push_back(CivilDate::literal(2026, 5, day));
    }
    return *calendar::WorkingDays::of({year});
}

constexpr DuePolicy kPolicy{5, 120, 2, 2, 2, 10, 8000, 1};

TEST(DueTimes, R01RoutineReviewEndsOnTheSecondWorkingDay) {
    EXPECT_EQ(*review_due(Priority::kRoutine, at("2026-03-06T16:00:00"), kPolicy, example_days()),
              at("2026-03-10T16:00:00"));
}

TEST(DueTimes, R02HolidaysDoNotCount) {
    EXPECT_EQ(*review_due(Priority::kRoutine, at("2026-04-30T15:00:00"), kPolicy, example_days()),
              at("2026-05-07T15:00:00"));
}

TEST(DueTimes, R03UrgentReviewRunsOnTheClock) {
    EXPECT_EQ(*review_due(Priority::kUrgent, at("2026-03-06T23:30:00"), kPolicy, example_days()),
              at("2026-03-07T01:30:00"));
    EXPECT_EQ(*review_due(Priority::kEmergency, at("2026-03-06T23:30:00"), kPolicy, example_days()),
              at("2026-03-06T23:35:00"));
}

TEST(DueTimes, R05PromiseAndAlarm) {
    const Instant accepted = at("2026-03-02T09:00:00");
    EXPECT_EQ(*promise_due(Direction::kUp, Priority::kRoutine, accepted, kPolicy, example_days()),
              at("2026-03-16T09:00:00"));
    EXPECT_EQ(*waiting_alarm(Direction::kUp, Priority::kRoutine, accepted, kPolicy, example_days()),
              at("2026-03-12T09:00:00"));
}

TEST(DueTimes, ShareOfTheUrgentPromiseIsRoundedDownToOneDay) {
    const Instant accepted = at("2026-03-02T09:00:00");
    EXPECT_EQ(*promise_due(Direction::kUp, Priority::kUrgent, accepted, kPolicy, example_days()),
              at("2026-03-04T09:00:00"));
    EXPECT_EQ(*waiting_alarm(Direction::kUp, Priority::kUrgent, accepted, kPolicy, example_days()),
              at("2026-03-03T09:00:00"));
    DuePolicy tiny = kPolicy;
    tiny.alarm_share_bp = 1000;
    EXPECT_EQ(*waiting_alarm(Direction::kUp, Priority::kUrgent, accepted, tiny, example_days()),
              at("2026-03-03T09:00:00"));
}

TEST(DueTimes, EmergenciesArePromisedAtOnce) {
    const Instant accepted = at("2026-03-02T09:00:00");
    EXPECT_EQ(
        *promise_due(Direction::kEmergency, Priority::kRoutine, accepted, kPolicy, example_days()),
        accepted);
    EXPECT_EQ(*promise_due(Direction::kUp, Priority::kEmergency, accepted, kPolicy, example_days()),
              accepted);
}

TEST(DueTimes, AYearWithoutCalendarIsRefused) {
    const auto due =
        review_due(Priority::kRoutine, at("2031-03-06T16:00:00"), kPolicy, example_days());
    ASSERT_FALSE(due.ok());
    EXPECT_EQ(due.refusal().reason.code(), "POLICY_CALENDAR_MISSING");
}

TEST(DueTimes, EveryKeyChangesItsResult) {
    const Instant start = at("2026-03-02T09:00:00");
    const auto days = example_days();
    DuePolicy p = kPolicy;
    p.review_emergency_min = 6;
    p.review_urgent_min = 121;
    p.review_routine_working_days = 3;
    p.promise_urgent_working_days = 3;
    p.promise_routine_working_days = 11;
    EXPECT_NE(*review_due(Priority::kEmergency, start, p, days),
              *review_due(Priority::kEmergency, start, kPolicy, days));
    EXPECT_NE(*review_due(Priority::kUrgent, start, p, days),
              *review_due(Priority::kUrgent, start, kPolicy, days));
    EXPECT_NE(*review_due(Priority::kRoutine, start, p, days),
              *review_due(Priority::kRoutine, start, kPolicy, days));
    EXPECT_NE(*promise_due(Direction::kUp, Priority::kUrgent, start, p, days),
              *promise_due(Direction::kUp, Priority::kUrgent, start, kPolicy, days));
    EXPECT_NE(*promise_due(Direction::kUp, Priority::kRoutine, start, p, days),
              *promise_due(Direction::kUp, Priority::kRoutine, start, kPolicy, days));
}

}  // namespace
}  // namespace yilian::referrals::domain
