#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/calendar/civil_date.h"

// Health points 健康积分 (contracts.md 4): a double-entry ledger whose balances are sums. Pure.
namespace yilian::directory::domain {

struct PointsPolicy {
    bool enabled = false;            // points.enabled
    std::int64_t cap_day = 0;        // points.cap.day
    std::int64_t cap_year = 0;       // points.cap.year
    std::int64_t expiry_months = 0;  // points.expiry_months
};

struct PointsEntry {
    std::string rule_id;
    std::int64_t points = 0;  // to the resident; negative for reversals and expiry
    calendar::CivilDate occurred_on;
    bool reversed = false;  // taken back by a later entry, or is itself a reversal
};

// How much of a credit counts: one credit a rule and day (C-17), cut by the caps of day and year
// (C-18). 0 = no entry.
[[nodiscard]] std::int64_t credit_allowed(std::string_view rule_id, std::int64_t points,
                                          calendar::CivilDate on,
                                          const std::vector<PointsEntry>& entries,
                                          const PointsPolicy& policy);

}  // namespace yilian::directory::domain
