#pragma once

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"

namespace yilian::calendar {

// A month of a year: the period of capitation, settlement and booking. Value type, thread-safe.
class CivilMonth {
  public:
    constexpr CivilMonth() = default;  // 1970-01

    [[nodiscard]] static constexpr CivilMonth containing(CivilDate date) {
        return CivilMonth(date.year() * 12 + static_cast<int>(date.month()) - 1);
    }
    // Exactly "yyyy-mm", year 0001 to 9999, else FIELD_FORMAT.
    [[nodiscard]] static Outcome<CivilMonth> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    [[nodiscard]] constexpr int year() const { return index_ / 12; }
    [[nodiscard]] constexpr unsigned month() const {
        return static_cast<unsigned>(index_ % 12) + 1;
    }
    [[nodiscard]] constexpr CivilDate first_day() const {
        return CivilDate::literal(year(), month(), 1);
    }
    [[nodiscard]] CivilDate last_day() const { return first_day().plus_days(days() - 1); }
    // Number of days, 28 to 31.
    [[nodiscard]] int days() const;
    // The given day of the month, or the last one of a shorter month. 1 <= day <= 31.
    [[nodiscard]] CivilDate day_or_last(int day) const;
    [[nodiscard]] constexpr bool contains(CivilDate date) const {
        return containing(date) == *this;
    }

    // `count` may be negative. A result outside the years 0001 to 9999 aborts.
    [[nodiscard]] constexpr CivilMonth plus(int count) const {
        const int index = index_ + count;
        YILIAN_INVARIANT(index >= 12 && index < 10000 * 12, "calendar: month out of range");
        return CivilMonth(index);
    }

    friend constexpr bool operator==(CivilMonth, CivilMonth) = default;
    friend constexpr auto operator<=>(CivilMonth, CivilMonth) = default;

    friend void PrintTo(const CivilMonth& month, std::ostream* out) { *out << month.text(); }

  private:
    constexpr explicit CivilMonth(int index) : index_(index) {}
    std::int32_t index_ = 1970 * 12;  // year * 12 + month - 1
};

using Period = CivilMonth;

// Months from `from` to `to`; negative when `to` is earlier.
[[nodiscard]] constexpr int months_between(CivilMonth from, CivilMonth to) {
    return (to.year() - from.year()) * 12 + static_cast<int>(to.month()) -
           static_cast<int>(from.month());
}

}  // namespace yilian::calendar
