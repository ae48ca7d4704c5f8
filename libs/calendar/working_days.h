#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"
#include "libs/calendar/civil_month.h"

namespace yilian::calendar {

// The published arrangement of one year: everything that differs from Monday to Friday.
struct CalendarYear {
    int year = 0;
    std::vector<CivilDate> holidays;      // off; may fall on a weekend
    std::vector<CivilDate> make_up_days;  // Saturdays and Sundays on which work is done
};

// Working days of a district: Monday to Friday, minus holidays, plus make-up days, all of it data.
// Immutable after construction, thread-safe, cheap to copy (a few hundred bytes a year).
//
// Every question about a day of a year without data is refused with POLICY_CALENDAR_MISSING
// (metadata `year`); a weekday is never guessed to be a working day.
class WorkingDays {
  public:
    WorkingDays() = default;  // no year at all

    // InvalidArgument, naming the date: a year given twice; a date outside its year, given twice,
    // or both holiday and make-up day; a make-up day from Monday to Friday.
    [[nodiscard]] static absl::StatusOr<WorkingDays> of(const std::vector<CalendarYear>& years);

    // Reads "date,kind,occasion" lines with that header; kind is `off` or `work`; LF or CRLF, '#'
    // starts a comment line. InvalidArgument with the line number for anything else, for what of()
    // refuses, and for a year in which 1 January or 1 October is not off (cut-off data).
    [[nodiscard]] static absl::StatusOr<WorkingDays> from_csv(std::string_view text);

    // The arrangements of the State Council compiled into the program (data/cn_holidays.csv).
    // Parsed on each call; take it once at start.
    [[nodiscard]] static WorkingDays national();

    [[nodiscard]] bool has_year(int year) const;
    // Years with data, ascending.
    [[nodiscard]] const std::vector<int>& years() const { return years_; }

    [[nodiscard]] Outcome<bool> is_working_day(CivilDate date) const;

    // The n-th working day after `start`; `start` itself never counts, whatever it is. 0 gives
    // `start`. n >= 0.
    [[nodiscard]] Outcome<CivilDate> nth_after(CivilDate start, int n) const;

    // "n working days" from an instant: the same local time on the n-th working day after the start
    // day (referrals.md 6). What must happen within the limit is in time at the instant itself.
    [[nodiscard]] Outcome<Instant> end_after_working_days(Instant start, int n) const;

    // The n-th working day of a month, counted from 1; may lie in a later month when the month has
    // fewer.
    [[nodiscard]] Outcome<CivilDate> nth_of_month(CivilMonth month, int n) const;

    // The day itself when it is a working day, else the next one.
    [[nodiscard]] Outcome<CivilDate> on_or_after(CivilDate date) const;

    // Working days d with from < d <= to; 0 when to <= from.
    [[nodiscard]] Outcome<int> count_between(CivilDate from, CivilDate to) const;

  private:
    struct Exception {
        CivilDate date;
        bool working = false;
    };

    std::vector<int> years_;             // ascending
    std::vector<Exception> exceptions_;  // ascending by date
};

}  // namespace yilian::calendar
