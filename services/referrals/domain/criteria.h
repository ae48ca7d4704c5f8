#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/referrals/domain/types.h"

// Referral criteria as packs of data (referrals.md 7): three-valued, so that a missing input is
// answered as missing and never as "not met".
namespace yilian::referrals::domain {

// Coded inputs: "sbp_mmhg" 186, "potassium_e2" 320, "severe_headache" 1 (yes) or 0 (no). What is
// not in the map is not known. All codes: README.md of the service.
using Facts = std::map<std::string, std::int64_t, std::less<>>;

// Thresholds of the district's pack.
struct CriteriaPolicy {
    std::vector<std::string> pack_ids;
    std::int64_t emergency_sbp = 0;
    std::int64_t emergency_dbp = 0;
    std::int64_t hypertension_onset_age_lt = 0;
    std::int64_t potassium_lt_e2 = 0;
    std::int64_t arm_difference_min = 0;
    std::int64_t drugs_min = 0;
    std::int64_t diabetes_age_lt = 0;
    std::int64_t diabetes_not_at_goal_months = 0;
    std::int64_t egfr_lt = 0;
    std::int64_t rr_gt = 0;
    std::int64_t spo2_lt_pct = 0;
    std::int64_t moderate_exacerbations = 0;
    std::int64_t copd_onset_age_lt = 0;
};

struct CriterionOutcome {
    std::string criterion_id;
    CriterionResult result = CriterionResult::kNone;
    std::vector<std::string> missing_inputs;  // which could still decide it
    std::string explanation;                  // values compared, "3.20 < 3.50"
};

struct Criteria {
    std::string pack_id;
    std::int32_t pack_version = 0;
    std::vector<CriterionOutcome> outcomes;  // in the order of the pack
    // EMERGENCY when one of its criteria is met, UP or DOWN when one of those is; else none.
    Direction suggested = Direction::kNone;

    [[nodiscard]] std::vector<std::string> ids(CriterionResult result) const;
    [[nodiscard]] bool any_met() const;
};

// Which criteria of a pack are asked: those for a way up (emergency ones included) or down.
enum class CriteriaSide { kUp, kDown };

// Empty when the district has no such pack, or nobody wrote one (CRITERIA_PACK_NOT_FOUND).
// `down_to_village`: the receiver of a way down is a village clinic or station (HTN-D2).
[[nodiscard]] std::optional<Criteria> evaluate(std::string_view pack_id, std::int32_t pack_version,
                                               CriteriaSide side, const Facts& facts,
                                               const CriteriaPolicy& policy, bool down_to_village);

// The packs that exist in this program, sorted.
[[nodiscard]] std::vector<std::string> criteria_packs();
// Every input code of a pack, sorted.
[[nodiscard]] std::vector<std::string> criteria_inputs(std::string_view pack_id,
                                                       const CriteriaPolicy& policy);

// Inputs that the service fills in itself when nobody gave them.
inline constexpr std::string_view kAgeInput = "age_years";
inline constexpr std::string_view kAdviceInput = "advice_of_registry";
inline constexpr std::string_view kPregnancyInput = "pregnant_or_lactating";

}  // namespace yilian::referrals::domain
