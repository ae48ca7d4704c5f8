// Prints "yyyy-mm-dd,0|1" (1 = working day) for each day of the years that the program carries, for
// the comparison with a public package (compare_with_public_package.py).

#include <cstdio>

#include "libs/calendar/working_days.h"

int main() {
    using yilian::calendar::CivilDate;
    const auto calendar = yilian::calendar::WorkingDays::national();
    for (const int year : calendar.years()) {
        for (CivilDate day = CivilDate::literal(year, 1, 1); day.year() == year;
             day = day.plus_days(1)) {
            std::printf("%s,%d\n", day.text().c_str(), *calendar.is_working_day(day) ? 1 : 0);
        }
    }
    return 0;
}
