#include "services/registries/domain/classification.h"

#include <algorithm>
#include <array>
#include <span>

namespace yilian::registries::domain {
namespace {

constexpr std::array<std::string_view, 9> kHypertensionSigns = {
    "CONSCIOUSNESS", "HEADACHE_DIZZINESS", "NAUSEA_VOMITING", "VISION", "EYE_PAIN", "PALPITATION",
    "CHEST",         "BREATHING",          "OTHER_DISEASE"};
constexpr std::array<std::string_view, 15> kDiabetesSigns = {
    "CONSCIOUSNESS",   "ACETONE_BREATH", "PALPITATION", "SWEATING",       "APPETITE_LOSS",
    "NAUSEA_VOMITING", "THIRST",         "POLYURIA",    "ABDOMINAL_PAIN", "BREATHING",
    "FLUSH",           "FAST_HEART",     "FEVER",       "VISION",         "OTHER_DISEASE"};
constexpr std::array<std::string_view, 4> kEmergencySigns = {"CONSCIOUSNESS", "CHEST", "VISION",
                                                             "BREATHING"};

constexpr std::int32_t kDangerSbp = 180;
constexpr std::int32_t kDangerDbp = 110;
constexpr std::int32_t kHighSbp = 140;
constexpr std::int32_t kHighDbp = 90;
constexpr std::int32_t kGlucoseGoalBelow = 700;
constexpr std::int32_t kGlucoseDangerHigh = 1670;
constexpr std::int32_t kGlucoseDangerLow = 390;
constexpr std::int32_t kRandomGlucoseHigh = 1110;

bool at_least(const std::optional<std::int32_t>& value, std::int32_t limit) {
    return value && *value >= limit;
}
bool at_most(const std::optional<std::int32_t>& value, std::int32_t limit) {
    return value && *value <= limit;
}

bool has_sign(const Visit& visit, std::span<const std::string_view> signs) {
    return std::ranges::any_of(visit.danger_signs, [&](const std::string& sign) {
        return std::ranges::find(signs, std::string_view(sign)) != signs.end();
    });
}

bool danger_pressure(const Visit& visit) {
    return at_least(visit.sbp_mmhg, kDangerSbp) || at_least(visit.dbp_mmhg, kDangerDbp);
}

bool hypertension_danger(const Visit& visit) {
    const bool high = at_least(visit.sbp_mmhg, kHighSbp) || at_least(visit.dbp_mmhg, kHighDbp);
    return danger_pressure(visit) || has_sign(visit, kHypertensionSigns) ||
           (visit.pregnant_or_lactating && high);
}

bool danger_glucose(const std::optional<std::int32_t>& value) {
    return at_least(value, kGlucoseDangerHigh) || at_most(value, kGlucoseDangerLow);
}

bool diabetes_danger(const Visit& visit) {
    const bool high = at_least(visit.fasting_glucose_e2, kGlucoseGoalBelow) ||
                      at_least(visit.random_glucose_e2, kRandomGlucoseHigh);
    return danger_glucose(visit.fasting_glucose_e2) || danger_glucose(visit.random_glucose_e2) ||
           danger_pressure(visit) || has_sign(visit, kDiabetesSigns) ||
           (visit.pregnant_or_lactating && high);
}

std::vector<std::string> missing_fields(DiseaseFamily family, const Visit& visit) {
    std::vector<std::string> missing;
    if (family == DiseaseFamily::kHypertension) {
        if (!visit.sbp_mmhg) missing.emplace_back("sbp_mmhg");
        if (!visit.dbp_mmhg) missing.emplace_back("dbp_mmhg");
    } else if (family == DiseaseFamily::kDiabetes) {
        if (!visit.fasting_glucose_e2) missing.emplace_back("fasting_glucose_e2");
    }
    return missing;
}

bool at_goal(DiseaseFamily family, const Visit& visit, const ClassificationHistory& history,
             const ClassificationPolicy& policy) {
    if (family == DiseaseFamily::kDiabetes) return *visit.fasting_glucose_e2 < kGlucoseGoalBelow;
    const BloodPressureGoal goal = goal_of(policy, history);
    return *visit.sbp_mmhg < goal.sbp_below_mmhg && *visit.dbp_mmhg < goal.dbp_below_mmhg;
}

ControlClass class_of(const Visit& visit, bool on_goal) {
    if (visit.new_complication) return ControlClass::kComplication;
    if (!visit.reactions.empty()) return ControlClass::kAdverseReaction;
    return on_goal ? ControlClass::kSatisfied : ControlClass::kUnsatisfied;
}

void add_action(Classification& result, const Visit& visit, const ClassificationPolicy& policy) {
    const bool refer =
        result.control_class == ControlClass::kComplication || result.unsatisfied_run >= 2;
    const bool counted = result.control_class != ControlClass::kNone &&
                         result.control_class != ControlClass::kSatisfied;
    if (result.danger) {
        result.action = ActionKind::kUrgentRefer;
        result.urgency = has_sign(visit, kEmergencySigns) ? Urgency::kEmergency : Urgency::kUrgent;
        result.criteria.emplace_back("DANGER");
    } else if (counted && refer) {
        result.action = ActionKind::kReferUp;
        result.urgency = Urgency::kRoutine;
        result.criteria.emplace_back(
            result.control_class == ControlClass::kComplication ? "COMPLICATION" : "TWO_IN_A_ROW");
    } else if (counted) {
        result.action = ActionKind::kAdjust;
    }
    if (result.action) result.action_due_on = visit.visit_on.plus_days(policy.urgent_days);
}

}  // namespace

DiseaseFamily family_of(std::string_view disease_code) {
    if (disease_code == "hypertension") return DiseaseFamily::kHypertension;
    if (disease_code == "diabetes_t2" || disease_code == "hyperglycaemia") {
        return DiseaseFamily::kDiabetes;
    }
    return DiseaseFamily::kOther;
}

BloodPressureGoal goal_of(const ClassificationPolicy& policy,
                          const ClassificationHistory& history) {
    if (policy.comorbid_goal_enabled && history.has_diabetes_or_ckd) {
        return {policy.comorbid_sbp_below_mmhg, policy.comorbid_dbp_below_mmhg};
    }
    const std::int32_t relaxed_from_age =
        policy.goal_rule_set == GoalRuleSet::kGuideline2017 ? 80 : 65;
    return {history.age_years >= relaxed_from_age ? 150 : 140, 90};
}

bool carries_data(std::string_view disease_code, const Visit& visit) {
    const DiseaseFamily family = family_of(disease_code);
    return family != DiseaseFamily::kOther && missing_fields(family, visit).empty();
}

Classification classify(std::string_view disease_code, const Visit& visit,
                        const ClassificationHistory& history, const ClassificationPolicy& policy) {
    Classification result;
    result.unsatisfied_run = history.unsatisfied_run;
    result.rule_set_version = name_of(policy.goal_rule_set);
    const DiseaseFamily family = family_of(disease_code);
    if (family == DiseaseFamily::kOther) return result;

    result.danger = family == DiseaseFamily::kHypertension ? hypertension_danger(visit)
                                                           : diabetes_danger(visit);
    result.missing = missing_fields(family, visit);
    if (result.missing.empty()) {
        result.on_goal = at_goal(family, visit, history, policy);
        result.control_class = class_of(visit, result.on_goal);
        result.unsatisfied_run =
            result.control_class == ControlClass::kSatisfied ? 0 : history.unsatisfied_run + 1;
    }
    add_action(result, visit, policy);
    if (result.action) {
        result.next_due_on = result.action_due_on;
    } else if (result.control_class == ControlClass::kSatisfied) {
        result.next_due_on = visit.visit_on.plus_days(policy.planned_days);
    }
    return result;
}

std::string_view name_of(ControlClass value) {
    switch (value) {
        case ControlClass::kNone:
            return "NONE";
        case ControlClass::kSatisfied:
            return "SATISFIED";
        case ControlClass::kUnsatisfied:
            return "UNSATISFIED";
        case ControlClass::kAdverseReaction:
            return "ADVERSE_REACTION";
        case ControlClass::kComplication:
            return "COMPLICATION";
    }
    return "";
}

std::string_view name_of(ActionKind value) {
    switch (value) {
        case ActionKind::kAdjust:
            return "ADJUST";
        case ActionKind::kFollow2w:
            return "FOLLOW_2W";
        case ActionKind::kReferUp:
            return "REFER_UP";
        case ActionKind::kUrgentRefer:
            return "URGENT_REFER";
        case ActionKind::kReassessLongRx:
            return "REASSESS_LONG_RX";
    }
    return "";
}

std::string_view name_of(Urgency value) {
    switch (value) {
        case Urgency::kRoutine:
            return "ROUTINE";
        case Urgency::kUrgent:
            return "URGENT";
        case Urgency::kEmergency:
            return "EMERGENCY";
    }
    return "";
}

std::string_view name_of(GoalRuleSet value) {
    switch (value) {
        case GoalRuleSet::kNorm3:
            return "norm3";
        case GoalRuleSet::kGuideline2017:
            return "guideline2017";
        case GoalRuleSet::kGuideline2020:
            return "guideline2020";
    }
    return "";
}

namespace {

template <class E>
std::optional<E> by_name(std::string_view name, std::initializer_list<E> values) {
    for (const E value : values) {
        if (name_of(value) == name) return value;
    }
    return std::nullopt;
}

}  // namespace

std::optional<GoalRuleSet> goal_rule_set_of(std::string_view name) {
    return by_name(name,
                   {GoalRuleSet::kNorm3, GoalRuleSet::kGuideline2017, GoalRuleSet::kGuideline2020});
}

std::optional<ControlClass> control_class_of(std::string_view name) {
    return by_name(name, {ControlClass::kNone, ControlClass::kSatisfied, ControlClass::kUnsatisfied,
                          ControlClass::kAdverseReaction, ControlClass::kComplication});
}

std::optional<ActionKind> action_kind_of(std::string_view name) {
    return by_name(name, {ActionKind::kAdjust, ActionKind::kFollow2w, ActionKind::kReferUp,
                          ActionKind::kUrgentRefer, ActionKind::kReassessLongRx});
}

}  // namespace yilian::registries::domain
