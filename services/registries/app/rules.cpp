#include "services/registries/app/rules.h"

#include <algorithm>

#include "libs/policy/keys/registries.h"

namespace yilian::registries::app {
namespace {

domain::ClassificationPolicy classification_policy(const policy::Pack& pack) {
    domain::ClassificationPolicy p;
    p.goal_rule_set =
        *domain::goal_rule_set_of(pack.get(policy::kRegistryHypertensionControlRuleSet));
    p.comorbid_goal_enabled = pack.get(policy::kRegistryHypertensionComorbidGoalEnabled);
    const policy::Numbers& goal = pack.get(policy::kRegistryHypertensionComorbidGoal);
    p.comorbid_sbp_below_mmhg = static_cast<std::int32_t>(goal.at(0));
    p.comorbid_dbp_below_mmhg = static_cast<std::int32_t>(goal.at(1));
    p.urgent_days = static_cast<std::int32_t>(pack.get(policy::kRegistryFollowupUrgentDays));
    p.planned_days = static_cast<std::int32_t>(pack.get(policy::kRegistryFollowupPlannedDays));
    return p;
}

}  // namespace

bool Rules::disease_enabled(std::string_view disease_code) const {
    return std::ranges::find(pack->get(policy::kRegistryDiseases), disease_code) !=
           pack->get(policy::kRegistryDiseases).end();
}

std::int32_t Rules::lost_after_months() const {
    return static_cast<std::int32_t>(pack->get(policy::kRegistryLostAfterMonths));
}

std::int32_t Rules::moved_close_after_days() const {
    return static_cast<std::int32_t>(pack->get(policy::kRegistryMovedCloseAfterDays));
}

std::string Rules::disease_of(std::string_view diagnosis_code) const {
    for (const auto& [disease, prefixes] : pack->get(policy::kRegistryDiseaseMap)) {
        if (disease == diagnosis_code) return disease;
        for (const std::string& prefix : prefixes) {
            if (diagnosis_code.starts_with(prefix)) return disease;
        }
    }
    return disease_enabled(diagnosis_code) ? std::string(diagnosis_code) : "";
}

Outcome<Rules> rules_on(const policy::PolicyStore& policies, const std::string& district,
                        calendar::CivilDate service_date) {
    auto pack = policies.at(district, service_date);
    if (!pack.ok()) return pack.refusal();
    Rules rules{*pack, {}};
    rules.classification = classification_policy(*rules.pack);
    return rules;
}

}  // namespace yilian::registries::app
