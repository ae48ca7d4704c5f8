#include "services/directory/domain/points.h"

#include <algorithm>

namespace yilian::directory::domain {

std::int64_t credit_allowed(std::string_view rule_id, std::int64_t points, calendar::CivilDate on,
                            const std::vector<PointsEntry>& entries, const PointsPolicy& policy) {
    if (!policy.enabled) return 0;
    std::int64_t day = 0;
    std::int64_t year = 0;
    for (const PointsEntry& entry : entries) {
        if (entry.reversed || entry.points <= 0) continue;
        if (entry.rule_id == rule_id && entry.occurred_on == on) return 0;
        if (entry.occurred_on == on) day += entry.points;
        if (entry.occurred_on.year() == on.year()) year += entry.points;
    }
    return std::max<std::int64_t>(0,
                                  std::min({points, policy.cap_day - day, policy.cap_year - year}));
}

}  // namespace yilian::directory::domain
