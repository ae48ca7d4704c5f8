#include "services/billing/domain/bed_day.h"

#include <algorithm>
#include <string>

namespace yilian::billing {

using amount::Fen;
using amount::Points;
using policy::billing::BedDay;
using policy::billing::BedDayTier;

std::int64_t bed_days(const BedDay& rules, calendar::CivilDate admitted,
                      calendar::CivilDate discharged) {
    const std::int64_t nights = calendar::days_between(admitted, discharged);
    return std::max<std::int64_t>(1, nights + (rules.count_discharge_day ? 1 : 0));
}

bool continues_stay(const BedDay& rules, calendar::CivilDate earlier_discharge,
                    calendar::CivilDate admission) {
    const int gap = calendar::days_between(earlier_discharge, admission);
    return gap >= 0 && gap <= rules.merge_days;
}

Points points_a_day(const BedDay& rules, Fen standard) {
    return Points::of_raw(amount::muldiv(standard.raw(), rules.points_scale * Points::kUnit,
                                         rules.mean_fen.raw(), rules.rounding.points));
}

Outcome<Points> bed_day_points(const BedDay& rules, std::string_view type, std::string_view level,
                               std::int64_t first_day, std::int64_t days) {
    const auto by_type = rules.types.find(std::string(type));
    if (by_type == rules.types.end()) {
        return Refusal{"FIELD_ENUM", {{"field", "bed_day_type"}}};
    }
    const auto tiers = by_type->second.find(std::string(level));
    if (tiers == by_type->second.end()) return Refusal{"FIELD_ENUM", {{"field", "level"}}};
    Points total;
    std::int64_t day = first_day;
    const std::int64_t end = first_day + days;  // first day after the stay
    for (const BedDayTier& tier : tiers->second) {
        const std::int64_t tier_end = tier.to_day ? std::min(*tier.to_day + 1, end) : end;
        if (tier_end <= day) continue;
        total += points_a_day(rules, tier.standard_fen).times(tier_end - day);
        day = tier_end;
    }
    return total;
}

}  // namespace yilian::billing
