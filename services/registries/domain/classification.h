#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/registries/domain/visit.h"

// Classification of a visit (registries.md 4 and 5; national public-health service norm, third
// edition). A pure function of visit, history and rule set, so it can always be computed again.
namespace yilian::registries::domain {

// Families of disease codes that a rule set exists for. Codes outside them are enrolled but not
// classified.
enum class DiseaseFamily { kHypertension, kDiabetes, kOther };
[[nodiscard]] DiseaseFamily family_of(std::string_view disease_code);

enum class ControlClass { kNone, kSatisfied, kUnsatisfied, kAdverseReaction, kComplication };
enum class ActionKind { kAdjust, kFollow2w, kReferUp, kUrgentRefer, kReassessLongRx };
enum class Urgency { kRoutine, kUrgent, kEmergency };

enum class GoalRuleSet { kNorm3, kGuideline2017, kGuideline2020 };

// What of the district's pack the classification reads.
struct ClassificationPolicy {
    GoalRuleSet goal_rule_set = GoalRuleSet::kNorm3;  // registry.hypertension.control_rule_set
    bool comorbid_goal_enabled = false;               // registry.hypertension.comorbid_goal_enabled
    std::int32_t comorbid_sbp_below_mmhg = 130;       // registry.hypertension.comorbid_goal
    std::int32_t comorbid_dbp_below_mmhg = 80;
    std::int32_t urgent_days = 14;   // registry.followup.urgent_days
    std::int32_t planned_days = 90;  // registry.followup.planned_days
};

// What of the person and the enrolment the classification reads.
struct ClassificationHistory {
    std::int32_t age_years = 0;  // completed years on the day of the visit
    bool has_diabetes_or_ckd = false;
    std::int32_t unsatisfied_run = 0;  // of the visits before this one
};

struct Classification {
    ControlClass control_class = ControlClass::kNone;
    bool danger = false;
    bool on_goal = false;              // measured values below goal, reactions apart
    std::int32_t unsatisfied_run = 0;  // with this visit; unchanged for kNone
    std::optional<ActionKind> action;
    std::optional<Urgency> urgency;  // with kReferUp and kUrgentRefer
    std::optional<CivilDate> action_due_on;
    std::optional<CivilDate> next_due_on;  // empty: the enrolment's date stays
    std::vector<std::string> missing;      // fields without which the class is kNone
    std::vector<std::string> criteria;     // why a referral is advised, stable codes
    std::string rule_set_version;
};

struct BloodPressureGoal {
    std::int32_t sbp_below_mmhg;
    std::int32_t dbp_below_mmhg;
};
// The goal by rule set and age; with diabetes or kidney disease the comorbid goal where enabled.
[[nodiscard]] BloodPressureGoal goal_of(const ClassificationPolicy& policy,
                                        const ClassificationHistory& history);

// Classifies `visit` for one disease. Families without a rule set give class kNone and no dates.
[[nodiscard]] Classification classify(std::string_view disease_code, const Visit& visit,
                                      const ClassificationHistory& history,
                                      const ClassificationPolicy& policy);

// Whether the visit carries the data of the disease (blood pressure; fasting glucose).
[[nodiscard]] bool carries_data(std::string_view disease_code, const Visit& visit);

[[nodiscard]] std::string_view name_of(ControlClass value);
[[nodiscard]] std::string_view name_of(ActionKind value);
[[nodiscard]] std::string_view name_of(Urgency value);
[[nodiscard]] std::string_view name_of(GoalRuleSet value);
[[nodiscard]] std::optional<GoalRuleSet> goal_rule_set_of(std::string_view name);
[[nodiscard]] std::optional<ControlClass> control_class_of(std::string_view name);
[[nodiscard]] std::optional<ActionKind> action_kind_of(std::string_view name);

}  // namespace yilian::registries::domain
