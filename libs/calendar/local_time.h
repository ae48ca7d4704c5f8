#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"

namespace yilian::calendar {

// Local time is +08:00 everywhere and always: one constant, no time-zone database (architecture.md
// 7).
inline constexpr std::chrono::hours kLocalOffset{8};

// The local day in which the instant lies. Aborts outside the years 0001 to 9999.
[[nodiscard]] CivilDate local_date(Instant instant);

// Time since local midnight, 0 <= t < 24 h.
[[nodiscard]] std::chrono::milliseconds local_time_of_day(Instant instant);

// The instant at `time_of_day` after local midnight of `date`.
[[nodiscard]] Instant at_local(CivilDate date, std::chrono::milliseconds time_of_day);

// Local midnight at which `date` begins. A day ends at start_of_day(date.plus_days(1)).
[[nodiscard]] Instant start_of_day(CivilDate date);

// Same local time, date.plus_months(count).
[[nodiscard]] Instant plus_months(Instant instant, int count);
// Same local time, date.plus_days(count).
[[nodiscard]] Instant plus_days(Instant instant, int count);

// RFC 3339 at +08:00, "2026-03-06T16:00:00+08:00"; milliseconds only when they are not zero.
[[nodiscard]] std::string rfc3339(Instant instant);
// RFC 3339 in UTC, "2026-03-06T08:00:00Z", for technical headers.
[[nodiscard]] std::string rfc3339_utc(Instant instant);

// RFC 3339 with a mandatory offset: "yyyy-mm-ddThh:mm:ss[.f{1,3}](Z|+hh:mm|-hh:mm)" in upper case.
// FIELD_FORMAT for any other text: a missing offset, more decimals than milliseconds (never a
// rounding), a leap second, an instant before year 0001 or after 9999.
[[nodiscard]] Outcome<Instant> parse_rfc3339(std::string_view text);

}  // namespace yilian::calendar
