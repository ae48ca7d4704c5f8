#include <algorithm>

#include "services/cli/play/district.h"

namespace yilian::cli::play {
namespace {

bool has(const policy::Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string first_of(const policy::Words& words, std::initializer_list<const char*> wanted) {
    for (const char* word : wanted) {
        if (has(words, word)) return word;
    }
    return "";
}

}  // namespace

Rules rules_of(const policy::Pack& pack) {
    Rules rules;
    const policy::Words& diseases = pack.get(policy::kRegistryDiseases);
    rules.hypertension = first_of(diseases, {"hypertension"});
    rules.diabetes = first_of(diseases, {"diabetes_t2", "hyperglycaemia"});
    rules.extended = pack.get(policy::kRxExtendedEnabled);
    rules.shared = pack.get(policy::kRxSharedEnabled);
    rules.long_days = static_cast<int>(std::clamp(pack.get(policy::kRxLongDefaultDays),
                                                  pack.get(policy::kRxLongMinDays),
                                                  pack.get(policy::kRxLongMaxDays)));
    rules.normal_days = static_cast<int>(pack.get(policy::kRxQuantityNormalDays));
    const policy::Words& kinds = pack.get(policy::kSlotResourceKinds);
    rules.clinic_kind = first_of(kinds, {"OUTPATIENT", "EXPERT"});
    rules.beds = has(kinds, "BED");
    rules.graded = pack.get(policy::kReferralReceiverTechnicalGradeEnabled);
    rules.two_level = pack.get(policy::kReferralLevelsMode) == "two_level";
    rules.capitation = pack.get(policy::kBillingCapitationEnabled);
    rules.chronic_actual_cost = pack.get(policy::kBillingOutpatientChronicActualCost);
    rules.second_waived = pack.get(policy::kBillingDeductibleSecondWaived);
    rules.team_model = pack.get(policy::kContractTeamModel);
    if (const auto& run = pack.blocks().run) {
        rules.month_close_working_day = static_cast<int>(run->month_close_working_day);
        rules.capitation_working_day = static_cast<int>(run->capitation_working_day);
        rules.declare_days = static_cast<int>(run->declare_days);
    }
    if (const auto& benefit = pack.blocks().benefit) {
        for (const auto& [aid_class, rule] : benefit->aid) rules.aid_classes.push_back(aid_class);
    }
    if (const auto target = pack.get(policy::kTargetNormManagementBp)) {
        rules.control_target_bp = target->value;
    }
    return rules;
}

}  // namespace yilian::cli::play
