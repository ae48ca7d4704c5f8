#include "libs/calendar/working_days.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "libs/base/embedded_file.h"
#include "libs/calendar/local_time.h"

namespace yilian::calendar {

// Defined by yilian_embed (CMakeLists.txt).
std::span<const EmbeddedFile> holiday_files();

namespace {

constexpr std::string_view kHeader = "date,kind,occasion";

absl::Status bad_date(CivilDate date, std::string_view what) {
    return absl::InvalidArgumentError(fmt::format("calendar: {} {}", date.text(), what));
}

absl::Status bad_line(int line, std::string_view what) {
    return absl::InvalidArgumentError(fmt::format("calendar: line {}: {}", line, what));
}

Refusal year_missing(CivilDate date) {
    return {"POLICY_CALENDAR_MISSING", {{"year", std::to_string(date.year())}}};
}

// Adds one line of the file to its year.
absl::Status read_line(std::string_view text, int line, std::map<int, CalendarYear>& years) {
    const std::size_t first = text.find(',');
    const std::size_t second = first == text.npos ? text.npos : text.find(',', first + 1);
    if (second == text.npos || text.find(',', second + 1) != text.npos) {
        return bad_line(line, "three fields expected");
    }
    const auto date = CivilDate::parse(text.substr(0, first));
    if (!date) return bad_line(line, "date is not yyyy-mm-dd");
    const std::string_view kind = text.substr(first + 1, second - first - 1);
    CalendarYear& year = years[date->year()];
    year.year = date->year();
    if (kind == "off") {
        year.holidays.push_back(*date);
    } else if (kind == "work") {
        year.make_up_days.push_back(*date);
    } else {
        return bad_line(line, "kind is neither off nor work");
    }
    return absl::OkStatus();
}

// Data that was cut off would silently turn holidays into working days.
absl::Status check_complete(const CalendarYear& year) {
    for (const unsigned month : {1U, 10U}) {
        const CivilDate date = CivilDate::literal(year.year, month, 1);
        if (std::find(year.holidays.begin(), year.holidays.end(), date) == year.holidays.end()) {
            return bad_date(date, "is not off: the year is not complete");
        }
    }
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WorkingDays> WorkingDays::of(const std::vector<CalendarYear>& years) {
    WorkingDays result;
    for (const CalendarYear& year : years) {
        result.years_.push_back(year.year);
        for (const bool working : {false, true}) {
            for (const CivilDate date : working ? year.make_up_days : year.holidays) {
                if (date.year() != year.year) return bad_date(date, "lies outside its year");
                if (working && date.iso_weekday() <= 5) {
                    return bad_date(date, "is a make-up day but no Saturday or Sunday");
                }
                result.exceptions_.push_back({date, working});
            }
        }
    }
    std::sort(result.years_.begin(), result.years_.end());
    if (std::adjacent_find(result.years_.begin(), result.years_.end()) != result.years_.end()) {
        return absl::InvalidArgumentError("calendar: a year is given twice");
    }
    std::sort(result.exceptions_.begin(), result.exceptions_.end(),
              [](const Exception& a, const Exception& b) { return a.date < b.date; });
    const auto twice =
        std::adjacent_find(result.exceptions_.begin(), result.exceptions_.end(),
                           [](const Exception& a, const Exception& b) { return a.date == b.date; });
    if (twice != result.exceptions_.end()) return bad_date(twice->date, "is given twice");
    return result;
}

absl::StatusOr<WorkingDays> WorkingDays::from_csv(std::string_view text) {
    std::map<int, CalendarYear> years;
    bool header_seen = false;
    for (int line = 1; !text.empty(); ++line) {
        const std::size_t end = text.find('\n');
        std::string_view content = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (content.ends_with('\r')) content.remove_suffix(1);
        if (content.empty() || content.starts_with('#')) continue;
        if (!header_seen) {
            if (content != kHeader) return bad_line(line, "header is not date,kind,occasion");
            header_seen = true;
            continue;
        }
        if (const auto status = read_line(content, line, years); !status.ok()) return status;
    }
    if (!header_seen) return absl::InvalidArgumentError("calendar: empty file");
    std::vector<CalendarYear> list;
    for (auto& [number, year] : years) {
        if (const auto status = check_complete(year); !status.ok()) return status;
        list.push_back(std::move(year));
    }
    return of(list);
}

WorkingDays WorkingDays::national() {
    const auto files = holiday_files();
    YILIAN_INVARIANT(files.size() == 1, "calendar: embedded data missing");
    auto result = from_csv(files[0].text);
    YILIAN_INVARIANT(result.ok(), "calendar: embedded data malformed");
    return *std::move(result);
}

bool WorkingDays::has_year(int year) const {
    return std::binary_search(years_.begin(), years_.end(), year);
}

Outcome<bool> WorkingDays::is_working_day(CivilDate date) const {
    if (!has_year(date.year())) return year_missing(date);
    const auto found = std::lower_bound(
        exceptions_.begin(), exceptions_.end(), date,
        [](const Exception& exception, CivilDate day) { return exception.date < day; });
    if (found != exceptions_.end() && found->date == date) return found->working;
    return date.iso_weekday() <= 5;
}

Outcome<CivilDate> WorkingDays::nth_after(CivilDate start, int n) const {
    YILIAN_INVARIANT(n >= 0, "calendar: negative count of working days");
    CivilDate date = start;
    while (n > 0) {
        date = date.plus_days(1);
        const auto working = is_working_day(date);
        if (!working) return working.refusal();
        if (*working) --n;
    }
    return date;
}

Outcome<Instant> WorkingDays::end_after_working_days(Instant start, int n) const {
    const auto date = nth_after(local_date(start), n);
    if (!date) return date.refusal();
    return at_local(*date, local_time_of_day(start));
}

Outcome<CivilDate> WorkingDays::nth_of_month(CivilMonth month, int n) const {
    YILIAN_INVARIANT(n >= 1, "calendar: working days of a month are counted from 1");
    return nth_after(month.first_day().plus_days(-1), n);
}

Outcome<CivilDate> WorkingDays::on_or_after(CivilDate date) const {
    return nth_after(date.plus_days(-1), 1);
}

Outcome<int> WorkingDays::count_between(CivilDate from, CivilDate to) const {
    int count = 0;
    for (CivilDate date = from; date < to;) {
        date = date.plus_days(1);
        const auto working = is_working_day(date);
        if (!working) return working.refusal();
        count += *working ? 1 : 0;
    }
    return count;
}

}  // namespace yilian::calendar
