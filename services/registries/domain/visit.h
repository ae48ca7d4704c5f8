#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/calendar/civil_date.h"

// Values of a follow-up visit (registries.md 2). Pure data; units stand in the names.
namespace yilian::registries::domain {

using calendar::CivilDate;

enum class VisitMode { kClinic, kHome, kPhone, kOnline };

struct Visit {
    std::string visit_id;
    std::string resident_id;
    CivilDate visit_on;
    VisitMode mode = VisitMode::kClinic;
    std::string performer_id;
    std::string institution_id;
    std::string team_id;

    std::optional<std::int32_t> sbp_mmhg;
    std::optional<std::int32_t> dbp_mmhg;
    std::optional<std::int32_t> heart_rate;
    std::optional<std::int32_t> fasting_glucose_e2;  // hundredths of mmol/L
    std::optional<std::int32_t> random_glucose_e2;
    std::optional<std::int32_t> hba1c_e2;  // hundredths of a percent
    std::optional<std::int32_t> weight_g;
    std::optional<std::int32_t> height_mm;
    std::optional<std::int32_t> waist_mm;
    std::optional<std::int32_t> spo2_pct;
    std::optional<std::int32_t> cat_score;
    std::optional<std::int32_t> mmrc;

    std::vector<std::string> danger_signs;  // codes of registries.md 4
    std::vector<std::string> reactions;     // drug reactions, codes
    bool new_complication = false;          // new or worse
    bool pregnant_or_lactating = false;
    std::string referral_id;  // the down-referral whose follow-up this visit is; may be empty
};

// The field of a visit that lies outside the ranges of registries.md 11, by proto field name.
struct RangeFault {
    std::string field;
    std::int64_t min = 0;
    std::int64_t max = 0;
};

// All faults of a visit's measured values, in field order. DBP must also lie below SBP.
[[nodiscard]] std::vector<RangeFault> range_faults(const Visit& visit);

}  // namespace yilian::registries::domain
