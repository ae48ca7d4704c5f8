#include "libs/calendar/civil_date.h"

#include <algorithm>

#include "libs/calendar/digits.h"

namespace yilian::calendar {

Outcome<CivilDate> CivilDate::parse(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return Reason("FIELD_FORMAT");
    const auto year = read_digits(text.substr(0, 4));
    const auto month = read_digits(text.substr(5, 2));
    const auto day = read_digits(text.substr(8, 2));
    if (!year || !month || !day) return Reason("FIELD_FORMAT");
    const auto date = of(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
    if (!date) return Reason("FIELD_FORMAT");
    return *date;
}

std::string CivilDate::text() const {
    const auto date = ymd();
    std::string text;
    text.reserve(10);
    append_digits(text, static_cast<int>(date.year()), 4);
    text.push_back('-');
    append_digits(text, static_cast<int>(static_cast<unsigned>(date.month())), 2);
    text.push_back('-');
    append_digits(text, static_cast<int>(static_cast<unsigned>(date.day())), 2);
    return text;
}

CivilDate CivilDate::plus_months(int count) const {
    const auto from = ymd();
    const std::chrono::year_month month =
        std::chrono::year_month(from.year(), from.month()) + std::chrono::months(count);
    const std::chrono::year_month_day_last last(month.year(),
                                                std::chrono::month_day_last(month.month()));
    const std::chrono::day day = std::min(from.day(), last.day());
    return of_days(std::chrono::year_month_day(month.year(), month.month(), day));
}

int age_years(CivilDate birth, CivilDate on) {
    if (on <= birth) return 0;
    const auto born = birth.ymd();  // each of its parts would be computed from the day again
    const auto now = on.ymd();
    const bool before_birthday =
        now.month() != born.month() ? now.month() < born.month() : now.day() < born.day();
    return static_cast<int>(now.year()) - static_cast<int>(born.year()) - (before_birthday ? 1 : 0);
}

int completed_months(CivilDate from, CivilDate to) {
    if (to <= from) return 0;
    const int months = (to.year() - from.year()) * 12 + static_cast<int>(to.month()) -
                       static_cast<int>(from.month());
    return from.plus_months(months) <= to ? months : months - 1;
}

}  // namespace yilian::calendar
