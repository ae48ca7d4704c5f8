#include "libs/calendar/civil_month.h"

#include <algorithm>

#include "libs/calendar/digits.h"

namespace yilian::calendar {

Outcome<CivilMonth> CivilMonth::parse(std::string_view text) {
    if (text.size() != 7 || text[4] != '-') return Reason("FIELD_FORMAT");
    const auto year = read_digits(text.substr(0, 4));
    const auto month = read_digits(text.substr(5, 2));
    if (!year || !month || *year < 1 || *month < 1 || *month > 12) return Reason("FIELD_FORMAT");
    return CivilMonth(*year * 12 + *month - 1);
}

std::string CivilMonth::text() const {
    std::string text;
    append_digits(text, year(), 4);
    text.push_back('-');
    append_digits(text, static_cast<int>(month()), 2);
    return text;
}

int CivilMonth::days() const {
    const std::chrono::year_month_day_last last{
        std::chrono::year(year()), std::chrono::month_day_last{std::chrono::month(month())}};
    return static_cast<int>(static_cast<unsigned>(last.day()));
}

CivilDate CivilMonth::day_or_last(int day) const {
    YILIAN_INVARIANT(day >= 1 && day <= 31, "calendar: day of month out of range");
    return first_day().plus_days(std::min(day, days()) - 1);
}

}  // namespace yilian::calendar
