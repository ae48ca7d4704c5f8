#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"
#include "libs/policy/billing_blocks.h"

// Payment by bed-day for long stays (billing.md 6.1). Pure, no state.
namespace yilian::billing {

// Days that are paid: civil days between admission and discharge, the day of discharge counted only
// where the region does; at least 1.
[[nodiscard]] std::int64_t bed_days(const policy::billing::BedDay& rules,
                                    calendar::CivilDate admitted, calendar::CivilDate discharged);

// A readmission of the same patient and group that continues the day count of the earlier stay.
[[nodiscard]] bool continues_stay(const policy::billing::BedDay& rules,
                                  calendar::CivilDate earlier_discharge,
                                  calendar::CivilDate admission);

// round(standard * points_scale / average of all cases, RND-DAY).
[[nodiscard]] amount::Points points_a_day(const policy::billing::BedDay& rules,
                                          amount::Fen standard);

// Points of `days` days of which the first is day number `first_day` (1, or where the earlier stay
// ended plus 1). FIELD_ENUM when the pack has no tiers for the type and level.
[[nodiscard]] Outcome<amount::Points> bed_day_points(const policy::billing::BedDay& rules,
                                                     std::string_view type, std::string_view level,
                                                     std::int64_t first_day, std::int64_t days);

}  // namespace yilian::billing
