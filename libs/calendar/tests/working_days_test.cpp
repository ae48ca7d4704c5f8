#include "libs/calendar/working_days.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "libs/calendar/local_time.h"

namespace yilian::calendar {
namespace {

CivilDate date(const std::string& text) { return CivilDate::parse(text).value(); }

std::string end_after(const std::string& start, int n) {
    const Instant from = parse_rfc3339(start + ":00+08:00").value();
    return rfc3339(*WorkingDays::national().end_after_working_days(from, n)).substr(0, 16);
}

TEST(R01_WorkingDays, TwoAcrossAWeekend) {
    EXPECT_EQ(end_after("2026-03-06T16:00", 2), "2026-03-10T16:00");
}

TEST(R02_WorkingDays, TwoAcrossLabourDay) {
    EXPECT_EQ(end_after("2026-04-30T15:00", 2), "2026-05-07T15:00");
}

TEST(R05_WorkingDays, PromiseAndItsAlarm) {
    EXPECT_EQ(end_after("2026-03-02T09:00", 10), "2026-03-16T09:00");
    EXPECT_EQ(end_after("2026-03-02T09:00", 8), "2026-03-12T09:00");
}

TEST(R24_WorkingDays, OneAfterFriday) {
    EXPECT_EQ(end_after("2026-03-13T17:00", 1), "2026-03-16T17:00");
}

TEST(WorkingDays, MakeUpSaturdayCounts) {
    EXPECT_EQ(end_after("2026-05-08T10:00", 1), "2026-05-09T10:00");
    EXPECT_EQ(end_after("2026-05-08T10:00", 0), "2026-05-08T10:00");
}

TEST(X54_WorkingDays, ThirtyForThePayment) {
    const CalendarYear autumn{
        2025,
        {date("2025-10-01"), date("2025-10-02"), date("2025-10-03"), date("2025-10-04"),
         date("2025-10-05"), date("2025-10-06"), date("2025-10-07"), date("2025-10-08")},
        {date("2025-09-28"), date("2025-10-11")}};
    const WorkingDays days = WorkingDays::of({autumn}).value();
    struct Row {
        const char *received, *first, *last;
    };
    for (const Row& row : {Row{"2025-09-22", "2025-09-23", "2025-11-07"},
                           Row{"2025-09-28", "2025-09-29", "2025-11-14"},
                           Row{"2025-10-01", "2025-10-09", "2025-11-18"},
                           Row{"2025-10-08", "2025-10-09", "2025-11-18"},
                           Row{"2025-09-19", "2025-09-22", "2025-11-06"}}) {
        EXPECT_EQ(days.nth_after(date(row.received), 1)->text(), row.first);
        EXPECT_EQ(days.nth_after(date(row.received), 30)->text(), row.last);
        EXPECT_EQ(WorkingDays::national().nth_after(date(row.received), 30)->text(), row.last);
        EXPECT_EQ(*days.count_between(date(row.received), date(row.last)), 30);
    }
}

TEST(E7_WorkingDays, MonthCloseAndDisputeWindowOfTheWalk) {
    const WorkingDays days = WorkingDays::national();
    EXPECT_EQ(days.nth_of_month(CivilMonth::parse("2026-03").value(), 1)->text(), "2026-03-02");
    EXPECT_EQ(days.nth_of_month(CivilMonth::parse("2026-04").value(), 10)->text(), "2026-04-15");
    EXPECT_EQ(days.nth_after(date("2026-04-15"), 10)->text(), "2026-04-29");
    EXPECT_EQ(days.on_or_after(date("2026-05-01"))->text(), "2026-05-06");
    EXPECT_EQ(days.on_or_after(date("2026-05-06"))->text(), "2026-05-06");
}

TEST(WorkingDays, YearWithoutDataIsRefused) {
    const WorkingDays days = WorkingDays::national();
    EXPECT_EQ(days.years(), (std::vector<int>{2024, 2025, 2026}));
    const auto refused = [](const auto& outcome) {
        ASSERT_FALSE(outcome.ok());
        EXPECT_EQ(outcome.refusal().reason, Reason("POLICY_CALENDAR_MISSING"));
        EXPECT_EQ(outcome.refusal().metadata, (Metadata{{"year", "2027"}}));
    };
    refused(days.is_working_day(date("2027-03-01")));
    refused(days.nth_after(date("2026-12-31"), 1));
    refused(days.end_after_working_days(start_of_day(date("2026-12-25")), 30));
    refused(days.count_between(date("2026-12-30"), date("2027-01-02")));
    EXPECT_TRUE(days.nth_after(date("2026-12-30"), 1).ok());
    EXPECT_FALSE(WorkingDays().is_working_day(date("2026-01-05")).ok());
}

std::string load(const std::string& text) {
    const auto result = WorkingDays::from_csv(text);
    return result.ok() ? "" : std::string(result.status().message());
}

TEST(WorkingDays, BadDataIsRefusedWithItsPlace) {
    const std::string head = "date,kind,occasion\n2026-01-01,off,a\n2026-10-01,off,b\n";
    EXPECT_EQ(load(head), "");
    EXPECT_EQ(load("# note\r\ndate,kind,occasion\r\n2026-01-01,off,a\r\n2026-10-01,off,b\r\n"), "");
    EXPECT_EQ(load(""), "calendar: empty file");
    EXPECT_EQ(load("day,kind,occasion\n"), "calendar: line 1: header is not date,kind,occasion");
    EXPECT_EQ(load(head + "2026-02-30,off,x\n"), "calendar: line 4: date is not yyyy-mm-dd");
    EXPECT_EQ(load(head + "2026-02-03,OFF,x\n"), "calendar: line 4: kind is neither off nor work");
    EXPECT_EQ(load(head + "2026-02-03,off\n"), "calendar: line 4: three fields expected");
    EXPECT_EQ(load(head + "2026-02-03,off,x,y\n"), "calendar: line 4: three fields expected");
    EXPECT_EQ(load(head + "2026-01-01,off,x\n"), "calendar: 2026-01-01 is given twice");
    EXPECT_EQ(load(head + "2026-01-05,work,x\n"),
              "calendar: 2026-01-05 is a make-up day but no Saturday or Sunday");
    EXPECT_EQ(load("date,kind,occasion\n2026-01-01,off,a\n"),
              "calendar: 2026-10-01 is not off: the year is not complete");
    EXPECT_FALSE(WorkingDays::of({{2026, {}, {}}, {2026, {}, {}}}).ok());
    EXPECT_FALSE(WorkingDays::of({{2026, {date("2025-10-01")}, {}}}).ok());
}

RC_GTEST_PROP(WorkingDays, NthAfterIsTheDayUntilWhichNWereCounted, ()) {
    const WorkingDays days = WorkingDays::national();
    const CivilDate start = date("2024-01-01").plus_days(*rc::gen::inRange(0, 900));
    const int n = *rc::gen::inRange(1, 60);
    const CivilDate end = *days.nth_after(start, n);
    RC_ASSERT(*days.is_working_day(end));
    RC_ASSERT(*days.count_between(start, end) == n);
    RC_ASSERT(*days.nth_after(*days.nth_after(start, n - 1), 1) == end);
}

}  // namespace
}  // namespace yilian::calendar
