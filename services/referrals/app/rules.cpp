#include "services/referrals/app/rules.h"

#include <algorithm>
#include <utility>

#include "libs/policy/keys/referrals.h"
#include "libs/policy/keys/registries.h"

namespace yilian::referrals::app {
namespace {

std::int32_t i32(std::int64_t value) { return static_cast<std::int32_t>(value); }

domain::DuePolicy due_policy(const policy::Pack& p) {
    return {.review_emergency_min = i32(p.get(policy::kReferralReviewEmergencyMin)),
            .review_urgent_min = i32(p.get(policy::kReferralReviewUrgentMin)),
            .review_routine_working_days = i32(p.get(policy::kReferralReviewRoutineWorkingDays)),
            .info_working_days = i32(p.get(policy::kReferralInfoRequestWorkingDays)),
            .promise_urgent_working_days = i32(p.get(policy::kReferralPromiseUrgentWorkingDays)),
            .promise_routine_working_days = i32(p.get(policy::kReferralPromiseRoutineWorkingDays)),
            .alarm_share_bp = i32(p.get(policy::kReferralWaitingAlarmShareBp)),
            .base_answer_working_days = i32(p.get(policy::kReferralDownBaseAnswerWorkingDays))};
}

domain::CriteriaPolicy criteria_policy(const policy::Pack& p) {
    return {
        .pack_ids = p.get(policy::kReferralCriteriaPackIds),
        .emergency_sbp = p.get(policy::kReferralCriteriaHypertensionEmergencySbp),
        .emergency_dbp = p.get(policy::kReferralCriteriaHypertensionEmergencyDbp),
        .hypertension_onset_age_lt = p.get(policy::kReferralCriteriaHypertensionOnsetAgeLtYears),
        .potassium_lt_e2 = p.get(policy::kReferralCriteriaHypertensionPotassiumLtE2),
        .arm_difference_min = p.get(policy::kReferralCriteriaHypertensionArmDifferenceMin),
        .drugs_min = p.get(policy::kReferralCriteriaHypertensionDrugsMin),
        .diabetes_age_lt = p.get(policy::kReferralCriteriaDiabetesAgeLtYears),
        .diabetes_not_at_goal_months = p.get(policy::kReferralCriteriaDiabetesNotAtGoalMonths),
        .egfr_lt = p.get(policy::kReferralCriteriaDiabetesEgfrLt),
        .rr_gt = p.get(policy::kReferralCriteriaCopdRrGt),
        .spo2_lt_pct = p.get(policy::kReferralCriteriaCopdSpo2LtPct),
        .moderate_exacerbations = p.get(policy::kReferralCriteriaCopdModerateExacerbations),
        .copd_onset_age_lt = p.get(policy::kReferralCriteriaCopdOnsetAgeLtYears)};
}

domain::SlotPolicy slot_policy(const policy::Pack& p) {
    return {.resource_kinds = p.get(policy::kSlotResourceKinds),
            .shares_bp = {i32(p.get(policy::kSlotQuotaEmergencyBp)),
                          i32(p.get(policy::kSlotQuotaContractedBp)),
                          i32(p.get(policy::kSlotQuotaReferralBp)),
                          i32(p.get(policy::kSlotQuotaGeneralBp))},
            .release_contracted_h = i32(p.get(policy::kSlotReleaseContractedH)),
            .release_referral_h = i32(p.get(policy::kSlotReleaseReferralH)),
            .hold_s = i32(p.get(policy::kSlotHoldS)),
            .overbook_max = i32(p.get(policy::kSlotOverbookMax)),
            .contracted_priority = p.get(policy::kSlotContractedPriorityEnabled)};
}

domain::SubmitPolicy submit_policy(const policy::Pack& p) {
    return {.directions_enabled = p.get(policy::kReferralDirectionsEnabled),
            .kinds_enabled = p.get(policy::kReferralKindsEnabled),
            .scope = p.get(policy::kReferralScope),
            .two_level = p.get(policy::kReferralLevelsMode) == "two_level",
            .technical_grade_enabled = p.get(policy::kReferralReceiverTechnicalGradeEnabled),
            .max_hops = i32(p.get(policy::kReferralRedirectMaxHops))};
}

domain::channel::Policy channel_policy(const policy::Pack& p) {
    return {.channels = p.get(policy::kEmergencyChannels),
            .care_home_sender = p.get(policy::kEmergencyCareHomeSenderEnabled),
            .ems_link = p.get(policy::kEmergencyEmsLinkEnabled),
            .ack_s = i32(p.get(policy::kEmergencyAckS)),
            .complete_h = i32(p.get(policy::kEmergencyCompleteH)),
            .goals = p.get(policy::kEmergencyGoals)};
}

domain::exam::Policy exam_policy(const policy::Pack& p) {
    return {.centres = p.get(policy::kDiagnosticsCentres),
            .recognise_in_district = p.get(policy::kDiagnosticsRecognitionScope) != "consortium",
            .validity_days = p.get(policy::kDiagnosticsRecognitionValidityDays),
            .repeat_reasons = p.get(policy::kDiagnosticsRecognitionReasons),
            .report_due_min = p.get(policy::kDiagnosticsReportDueMin),
            .two_person_classes = p.get(policy::kDiagnosticsTwoPersonClasses),
            .notify_min = i32(p.get(policy::kDiagnosticsCriticalNotifyMin)),
            .close_h = i32(p.get(policy::kDiagnosticsCriticalCloseH))};
}

domain::PromptPolicy prompt_policy(const policy::Pack& p) {
    return {.draft_remind_h = i32(p.get(policy::kReferralDraftRemindH)),
            .rejected_act_working_days = i32(p.get(policy::kReferralRejectedActWorkingDays)),
            .record_upload_min = i32(p.get(policy::kReferralRecordUploadMin)),
            .reply_letter_h = i32(p.get(policy::kReferralReplyLetterH)),
            .long_stay_days = i32(p.get(policy::kReferralDownLongStayDays))};
}

}  // namespace

Rules rules_of(std::shared_ptr<const policy::Pack> pack) {
    const policy::Pack& p = *pack;
    Rules rules;
    rules.submit = submit_policy(p);
    rules.due = due_policy(p);
    rules.criteria = criteria_policy(p);
    rules.slot = slot_policy(p);
    rules.evidence = {i32(p.get(policy::kReferralEvidenceEmergencyBackdateH)),
                      i32(p.get(policy::kReferralEvidenceArrivalWithinDays))};
    rules.channel = channel_policy(p);
    rules.exam = exam_policy(p);
    rules.prompts = prompt_policy(p);
    rules.reply_letter_h = i32(p.get(policy::kReferralReplyLetterH));
    rules.team_duty = p.get(policy::kReferralTeamDutyEnabled);
    rules.draft_discard_days = i32(p.get(policy::kReferralDraftDiscardDays));
    rules.advice_final_after_days = i32(p.get(policy::kReferralAdviceFinalAfterDays));
    rules.rejected_act_working_days = i32(p.get(policy::kReferralRejectedActWorkingDays));
    rules.no_show_after_min = i32(p.get(policy::kReferralNoShowAfterStartMin));
    rules.record_upload_min = i32(p.get(policy::kReferralRecordUploadMin));
    rules.first_followup_days = i32(p.get(policy::kReferralDownFirstFollowupDays));
    rules.close_after_days = i32(p.get(policy::kReferralCompletedCloseAfterDays));
    rules.pack = std::move(pack);
    return rules;
}

std::vector<std::string> Rules::diseases_of(std::string_view diagnosis_code) const {
    if (diagnosis_code.empty()) return {};
    std::vector<std::string> found;
    for (const auto& [disease, prefixes] : pack->get(policy::kRegistryDiseaseMap)) {
        const bool here = disease == diagnosis_code ||
                          std::ranges::any_of(prefixes, [&](const std::string& prefix) {
                              return diagnosis_code.starts_with(prefix);
                          });
        if (here) found.push_back(disease);
    }
    return found;
}

std::string Rules::disease_of(std::string_view diagnosis_code) const {
    const auto diseases = diseases_of(diagnosis_code);
    // Families overlap; the one with referral criteria says most.
    for (const std::string& disease : diseases) {
        if (std::ranges::find(criteria.pack_ids, disease) != criteria.pack_ids.end()) {
            return disease;
        }
    }
    return diseases.empty() ? "" : diseases.front();
}

}  // namespace yilian::referrals::app
