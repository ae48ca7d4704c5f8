#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "libs/base/outcome.h"

namespace yilian::calendar {

// A day of the Gregorian calendar, years 0001 to 9999, as it is lived at +08:00. Four bytes, value
// type, thread-safe, constexpr. A result outside the years aborts.
class CivilDate {
  public:
    constexpr CivilDate() = default;  // 1970-01-01

    // Empty when the day does not exist.
    [[nodiscard]] static constexpr std::optional<CivilDate> of(int year, unsigned month,
                                                               unsigned day) {
        const std::chrono::year_month_day ymd{std::chrono::year(year), std::chrono::month(month),
                                              std::chrono::day(day)};
        if (year < 1 || year > 9999 || !ymd.ok()) return {};
        return CivilDate(std::chrono::sys_days(ymd).time_since_epoch().count());
    }
    // For constants: aborts (fails to compile in a constant) when the day does not exist.
    [[nodiscard]] static constexpr CivilDate literal(int year, unsigned month, unsigned day) {
        const auto date = of(year, month, day);
        YILIAN_INVARIANT(date.has_value(), "calendar: no such day");
        return *date;
    }
    [[nodiscard]] static constexpr CivilDate of_days(std::chrono::sys_days days) {
        const auto count = days.time_since_epoch().count();
        YILIAN_INVARIANT(count >= kFirst && count <= kLast, "calendar: day out of range");
        return CivilDate(count);
    }
    // Exactly "yyyy-mm-dd" of an existing day, else FIELD_FORMAT.
    [[nodiscard]] static Outcome<CivilDate> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    [[nodiscard]] constexpr std::chrono::sys_days days() const {
        return std::chrono::sys_days(std::chrono::days(days_));
    }
    [[nodiscard]] constexpr std::chrono::year_month_day ymd() const { return days(); }
    [[nodiscard]] constexpr int year() const { return static_cast<int>(ymd().year()); }
    [[nodiscard]] constexpr unsigned month() const { return static_cast<unsigned>(ymd().month()); }
    [[nodiscard]] constexpr unsigned day() const { return static_cast<unsigned>(ymd().day()); }
    // 1 = Monday ... 7 = Sunday.
    [[nodiscard]] constexpr unsigned iso_weekday() const {
        return std::chrono::weekday(days()).iso_encoding();
    }

    [[nodiscard]] constexpr CivilDate plus_days(int count) const {
        return of_days(days() + std::chrono::days(count));
    }
    // Keeps the day of the month or takes the last day of a shorter month:
    // 2026-08-31 + 6 = 2027-02-28. `count` may be negative. A span of n months from day d includes
    // the day d.plus_months(n) (interop.md 1).
    [[nodiscard]] CivilDate plus_months(int count) const;

    friend constexpr bool operator==(CivilDate, CivilDate) = default;
    friend constexpr auto operator<=>(CivilDate, CivilDate) = default;

    friend void PrintTo(const CivilDate& date, std::ostream* out) { *out << date.text(); }

  private:
    static constexpr std::int32_t kFirst = -719162;  // 0001-01-01
    static constexpr std::int32_t kLast = 2932896;   // 9999-12-31
    constexpr explicit CivilDate(std::int64_t days) : days_(static_cast<std::int32_t>(days)) {}
    std::int32_t days_ = 0;
};

// Days from `from` to `to`; negative when `to` is earlier.
[[nodiscard]] constexpr int days_between(CivilDate from, CivilDate to) {
    return static_cast<int>((to.days() - from.days()).count());
}

// Completed years on the day `on`; 0 before birth. Who is born on 29 February grows older on 1
// March in a common year (interop.md 1).
[[nodiscard]] int age_years(CivilDate birth, CivilDate on);

// Completed months from `from` to `to`: the largest n >= 0 with from.plus_months(n) <= to; 0 when
// `to` is earlier.
[[nodiscard]] int completed_months(CivilDate from, CivilDate to);

}  // namespace yilian::calendar
