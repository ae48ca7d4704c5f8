#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "libs/calendar/civil_date.h"
#include "libs/calendar/civil_month.h"
#include "libs/calendar/local_time.h"

namespace yilian::calendar {
namespace {

using namespace std::chrono_literals;

CivilDate date(const char* text) { return CivilDate::parse(text).value(); }
Instant at(const char* text) { return parse_rfc3339(text).value(); }

rc::Gen<CivilDate> any_date() {
    const auto first = CivilDate::literal(1, 1, 1);
    const auto last = CivilDate::literal(9999, 12, 31);
    return rc::gen::oneOf(rc::gen::map(rc::gen::inRange(0, days_between(first, last) + 1),
                                       [=](int days) { return first.plus_days(days); }),
                          // Month ends and leap days, where rules break.
                          rc::gen::map(rc::gen::inRange(1990 * 12, 2040 * 12), [](int month) {
                              return CivilMonth().plus(month - 1970 * 12).last_day();
                          }));
}

TEST(CivilDate, StrictText) {
    EXPECT_EQ(date("2024-02-29"), CivilDate::literal(2024, 2, 29));
    EXPECT_EQ(date("0001-01-01").text(), "0001-01-01");
    EXPECT_EQ(date("9999-12-31").text(), "9999-12-31");
    for (const char* text :
         {"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-4-1", "20260401",
          "2026/04/01", "2026-04-01 ", " 2026-04-01", "2026-04-01T", "+026-04-01", "0000-01-01",
          "2026-04-0x", "10000-01-01", "2026-04-00", "-026-04-01"}) {
        ASSERT_FALSE(CivilDate::parse(text).ok()) << text;
        EXPECT_EQ(CivilDate::parse(text).refusal().reason, Reason("FIELD_FORMAT")) << text;
    }
}

RC_GTEST_PROP(CivilDate, TextIsReadBackAndOrdersLikeTheDate, ()) {
    const CivilDate a = *any_date();
    const CivilDate b = *any_date();
    RC_ASSERT(CivilDate::parse(a.text()).value() == a);
    RC_ASSERT((a < b) == (a.text() < b.text()));
    RC_ASSERT(CivilDate::of(a.year(), a.month(), a.day()) == a);
}

TEST(CivilDateDeathTest, LeavingTheCalendarAborts) {
    EXPECT_DEATH((void)date("9999-12-31").plus_days(1), "day out of range");
    EXPECT_DEATH((void)date("0001-01-31").plus_months(-1), "day out of range");
}

TEST(N1_AddMonths, KeepsTheDayOrTakesTheLastOfAShorterMonth) {
    EXPECT_EQ(date("2026-08-31").plus_months(6).text(), "2027-02-28");
    EXPECT_EQ(date("2024-01-31").plus_months(1).text(), "2024-02-29");
    EXPECT_EQ(date("2024-02-29").plus_months(12).text(), "2025-02-28");
    EXPECT_EQ(date("2026-03-31").plus_months(-1).text(), "2026-02-28");
    EXPECT_EQ(date("2026-01-15").plus_months(-13).text(), "2024-12-15");
    EXPECT_EQ(date("2026-05-20").plus_months(0).text(), "2026-05-20");
}

RC_GTEST_PROP(N1_AddMonths, LandsInTheNamedMonth, ()) {
    const CivilDate from = date("1950-01-01").plus_days(*rc::gen::inRange(0, 40000));
    const int count = *rc::gen::inRange(-600, 600);
    const CivilDate to = from.plus_months(count);
    RC_ASSERT(months_between(CivilMonth::containing(from), CivilMonth::containing(to)) == count);
    RC_ASSERT(to.day() == from.day() ||
              (to.day() < from.day() && CivilMonth::containing(to).last_day() == to));
    if (count > 0) RC_ASSERT(completed_months(from, to) == count);
    if (count > 0) RC_ASSERT(completed_months(from, to.plus_days(-1)) == count - 1);
}

TEST(N1_Age, CompletedYears) {
    EXPECT_EQ(age_years(date("1967-06-15"), date("2026-03-02")), 58);
    EXPECT_EQ(age_years(date("1967-06-15"), date("2026-06-14")), 58);
    EXPECT_EQ(age_years(date("1967-06-15"), date("2026-06-15")), 59);
    EXPECT_EQ(age_years(date("2026-06-15"), date("2026-06-15")), 0);
    EXPECT_EQ(age_years(date("2026-06-15"), date("2020-01-01")), 0) << "0 before birth";
}

TEST(N1_Age, BornOn29FebruaryGrowsOlderOn1MarchInACommonYear) {
    const CivilDate birth = date("2000-02-29");
    EXPECT_EQ(age_years(birth, date("2018-02-28")), 17);
    EXPECT_EQ(age_years(birth, date("2018-03-01")), 18);
    EXPECT_EQ(age_years(birth, date("2020-02-28")), 19);
    EXPECT_EQ(age_years(birth, date("2020-02-29")), 20);
}

TEST(CivilMonth, TextAndArithmetic) {
    EXPECT_EQ(CivilMonth::parse("2026-03").value().first_day(), date("2026-03-01"));
    EXPECT_EQ(CivilMonth::parse("2024-02").value().last_day(), date("2024-02-29"));
    EXPECT_EQ(CivilMonth::parse("2023-02").value().day_or_last(30), date("2023-02-28"));
    EXPECT_EQ(CivilMonth::parse("2025-12").value().plus(1).text(), "2026-01");
    EXPECT_EQ(CivilMonth::parse("2025-01").value().plus(-1).text(), "2024-12");
    EXPECT_TRUE(CivilMonth::parse("2025-01").value().contains(date("2025-01-31")));
    EXPECT_FALSE(CivilMonth::parse("2025-01").value().contains(date("2025-02-01")));
    for (const char* text : {"", "2026-3", "2026-13", "2026-00", "0000-01", "2026-03-01", "2026_03",
                             "202603", "2026-0a"}) {
        EXPECT_FALSE(CivilMonth::parse(text).ok()) << text;
    }
}

TEST(LocalTime, DayChangesAtLocalMidnight) {
    EXPECT_EQ(local_date(at("2026-03-06T15:59:59.999Z")), date("2026-03-06"));
    EXPECT_EQ(local_date(at("2026-03-06T16:00:00Z")), date("2026-03-07"));
    EXPECT_EQ(rfc3339(start_of_day(date("2026-03-07"))), "2026-03-07T00:00:00+08:00");
    EXPECT_EQ(rfc3339_utc(start_of_day(date("2026-03-07"))), "2026-03-06T16:00:00Z");
    EXPECT_EQ(rfc3339(plus_months(at("2026-08-31T09:30:00+08:00"), 6)),
              "2027-02-28T09:30:00+08:00");
    EXPECT_EQ(rfc3339(plus_days(at("2026-12-31T23:59:00+08:00"), 1)), "2027-01-01T23:59:00+08:00");
    EXPECT_EQ(local_date(instant_from_ms(-1)), date("1970-01-01")) << "before the epoch";
}

TEST(LocalTime, Rfc3339AcceptedForms) {
    const Instant expected = at_local(date("2026-03-06"), 16h);
    EXPECT_EQ(at("2026-03-06T16:00:00+08:00"), expected);
    EXPECT_EQ(at("2026-03-06T08:00:00Z"), expected);
    EXPECT_EQ(at("2026-03-06T03:00:00-05:00"), expected);
    EXPECT_EQ(at("2026-03-07T07:45:00+23:45"), expected);
    EXPECT_EQ(at("2026-03-06T08:00:00.1Z"), expected + 100ms);
    EXPECT_EQ(at("2026-03-06T08:00:00.12Z"), expected + 120ms);
    EXPECT_EQ(rfc3339(expected + 7ms), "2026-03-06T16:00:00.007+08:00");
}

TEST(LocalTime, Rfc3339EverythingElseIsRefused) {
    for (const char* text : {"",
                             "2026-03-06",
                             "2026-03-06T16:00:00",
                             "2026-03-06 16:00:00Z",
                             "2026-03-06t16:00:00Z",
                             "2026-03-06T16:00:00z",
                             "2026-03-06T24:00:00Z",
                             "2026-03-06T16:60:00Z",
                             "2026-03-06T16:00:60Z",
                             "2026-03-06T16:00Z",
                             "2026-03-06T16:00:00.Z",
                             "2026-03-06T16:00:00.1234Z",
                             "2026-03-06T16:00:00+0800",
                             "2026-03-06T16:00:00+08",
                             "2026-03-06T16:00:00+24:00",
                             "2026-03-06T16:00:00+08:60",
                             "2026-03-06T16:00:00ZZ",
                             "2026-03-06T16:00:00,5Z",
                             "2026-02-30T16:00:00Z",
                             "0001-01-01T00:00:00+01:00",
                             "9999-12-31T00:00:00Z",
                             "2026-03-06T16:00:00 +08:00"}) {
        ASSERT_FALSE(parse_rfc3339(text).ok()) << text;
        EXPECT_EQ(parse_rfc3339(text).refusal().reason, Reason("FIELD_FORMAT")) << text;
    }
}

RC_GTEST_PROP(LocalTime, Rfc3339IsReadBack, ()) {
    const Instant instant =
        instant_from_ms(*rc::gen::inRange<std::int64_t>(-62'135'000'000'000, 253'402'000'000'000));
    RC_ASSERT(parse_rfc3339(rfc3339(instant)).value() == instant);
    RC_ASSERT(parse_rfc3339(rfc3339_utc(instant)).value() == instant);
    RC_ASSERT(at_local(local_date(instant), local_time_of_day(instant)) == instant);
}

}  // namespace
}  // namespace yilian::calendar
