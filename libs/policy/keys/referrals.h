#pragma once

#include <array>

#include "libs/policy/key.h"
#include "libs/policy/keys/words.h"

// Referrals, slots, shared examination, consultation and green channels (referrals.md 6 and 7,
// diagnostics.md 7).
namespace yilian::policy {
namespace key {

inline constexpr std::array<std::string_view, 5> kDirections{"UP", "DOWN", "LATERAL", "ADVICE_ONLY",
                                                             "EMERGENCY"};
inline constexpr std::array<std::string_view, 7> kReferralKinds{
    "OUTPATIENT",          "INPATIENT",      "EXAMINATION", "JOINT_CLINIC",
    "REMOTE_CONSULTATION", "REHABILITATION", "HOME_BED"};
inline constexpr std::array<std::string_view, 2> kLevelsModes{"consortium", "two_level"};
inline constexpr std::array<std::string_view, 5> kResourceKinds{
    "EXPERT", "OUTPATIENT", "EXAMINATION", "LARGE_EQUIPMENT", "BED"};
inline constexpr std::array<std::string_view, 6> kCentres{
    "imaging", "ecg", "pathology", "laboratory", "ultrasound", "examination"};
inline constexpr std::array<std::string_view, 6> kRepeatReasons{
    "RESULT_DOES_NOT_FIT",    "FAST_CHANGE",    "DECISIVE_FOR_TREATMENT", "EMERGENCY",
    "FORENSIC_OR_ASSESSMENT", "OTHER_JUSTIFIED"};
inline constexpr std::array<std::string_view, 6> kTwoPersonClasses{
    "PATHOLOGY", "IMAGING_LEVEL_2", "IMAGING", "LAB", "ECG", "ULTRASOUND"};
inline constexpr std::array<std::string_view, 6> kConsultationKinds{
    "ADVICE", "JOINT_1_1", "REMOTE_WRITTEN", "MDT", "JOINT_ROUND", "JOINT_CHRONIC_CLINIC"};
inline constexpr std::array<std::string_view, 5> kChannels{"chest_pain", "stroke", "trauma",
                                                           "obstetric", "newborn"};

}  // namespace key

inline constexpr auto kReferralDirectionsEnabled =
    key::words("referral.directions_enabled", key::kDirections);
inline constexpr auto kReferralKindsEnabled =
    key::words("referral.kinds_enabled", key::kReferralKinds);
inline constexpr auto kReferralScope = key::word("referral.scope", key::kScopes);
inline constexpr auto kReferralLevelsMode = key::word("referral.levels_mode", key::kLevelsModes);
inline constexpr auto kReferralTeamDutyEnabled = key::flag("referral.team_duty_enabled");
inline constexpr auto kReferralReceiverTechnicalGradeEnabled =
    key::flag("referral.receiver.technical_grade_enabled");
inline constexpr auto kReferralDraftRemindH =
    key::number("referral.draft.remind_h", Unit::kHours, 1, 720);
inline constexpr auto kReferralDraftDiscardDays =
    key::number("referral.draft.discard_days", Unit::kDays, 1, 366);
inline constexpr auto kReferralReviewEmergencyMin =
    key::number("referral.review.emergency_min", Unit::kMinutes, 1, 1440);
inline constexpr auto kReferralReviewUrgentMin =
    key::number("referral.review.urgent_min", Unit::kMinutes, 1, 10'080);
inline constexpr auto kReferralReviewRoutineWorkingDays =
    key::number("referral.review.routine_working_days", Unit::kWorkingDays, 1, 60);
inline constexpr auto kReferralInfoRequestWorkingDays =
    key::number("referral.info_request.working_days", Unit::kWorkingDays, 1, 60);
inline constexpr auto kReferralAdviceFinalAfterDays =
    key::number("referral.advice.final_after_days", Unit::kDays, 1, 366);
inline constexpr auto kReferralRejectedActWorkingDays =
    key::number("referral.rejected.act_working_days", Unit::kWorkingDays, 1, 60);
inline constexpr auto kReferralRedirectMaxHops =
    key::number("referral.redirect.max_hops", Unit::kCount, 0, 10);
inline constexpr auto kReferralPromiseUrgentWorkingDays =
    key::number("referral.promise.urgent_working_days", Unit::kWorkingDays, 1, 60);
inline constexpr auto kReferralPromiseRoutineWorkingDays =
    key::number("referral.promise.routine_working_days", Unit::kWorkingDays, 1, 120);
inline constexpr auto kReferralWaitingAlarmShareBp = key::bp("referral.waiting.alarm_share_bp");
inline constexpr auto kReferralNoShowAfterStartMin =
    key::number("referral.no_show.after_start_min", Unit::kMinutes, 1, 1440);
inline constexpr auto kReferralRecordUploadMin =
    key::number("referral.record_upload.min", Unit::kMinutes, 1, 1440);
inline constexpr auto kReferralReplyLetterH =
    key::number("referral.reply_letter.h", Unit::kHours, 1, 720);
inline constexpr auto kReferralDownBaseAnswerWorkingDays =
    key::number("referral.down.base_answer_working_days", Unit::kWorkingDays, 1, 60);
inline constexpr auto kReferralDownFirstFollowupDays =
    key::number("referral.down.first_followup_days", Unit::kDays, 1, 366);
inline constexpr auto kReferralDownLongStayDays =
    key::number("referral.down.long_stay_days", Unit::kDays, 1, 366);
inline constexpr auto kReferralCompletedCloseAfterDays =
    key::number("referral.completed.close_after_days", Unit::kDays, 1, 366);
inline constexpr auto kReferralEvidenceEmergencyBackdateH =
    key::number("referral.evidence.emergency_backdate_h", Unit::kHours, 0, 720);
inline constexpr auto kReferralEvidenceArrivalWithinDays =
    key::number("referral.evidence.arrival_within_days", Unit::kDays, 0, 366);

inline constexpr auto kReferralCriteriaPackIds =
    key::words("referral.criteria.pack_ids", key::kDiseaseFamilies);
inline constexpr auto kReferralCriteriaHypertensionEmergencySbp =
    key::number("referral.criteria.hypertension.emergency_sbp", Unit::kMmhg, 1, 400);
inline constexpr auto kReferralCriteriaHypertensionEmergencyDbp =
    key::number("referral.criteria.hypertension.emergency_dbp", Unit::kMmhg, 1, 400);
inline constexpr auto kReferralCriteriaHypertensionArmDifferenceMin =
    key::number("referral.criteria.hypertension.arm_difference_min", Unit::kMmhg, 1, 400);
inline constexpr auto kReferralCriteriaHypertensionOnsetAgeLtYears =
    key::number("referral.criteria.hypertension.onset_age_lt_years", Unit::kYears, 0, 150);
inline constexpr auto kReferralCriteriaHypertensionPotassiumLtE2 =
    key::number("referral.criteria.hypertension.potassium_lt_e2", Unit::kMmol, 1, 2000);
inline constexpr auto kReferralCriteriaHypertensionDrugsMin =
    key::number("referral.criteria.hypertension.drugs_min", Unit::kCount, 1, 20);
inline constexpr auto kReferralCriteriaDiabetesAgeLtYears =
    key::number("referral.criteria.diabetes.age_lt_years", Unit::kYears, 0, 150);
inline constexpr auto kReferralCriteriaDiabetesNotAtGoalMonths =
    key::number("referral.criteria.diabetes.not_at_goal_months", Unit::kMonths, 1, 60);
inline constexpr auto kReferralCriteriaDiabetesEgfrLt =
    key::number("referral.criteria.diabetes.egfr_lt", Unit::kEgfr, 1, 200);
inline constexpr auto kReferralCriteriaCopdRrGt =
    key::number("referral.criteria.copd.rr_gt", Unit::kPerMinute, 1, 100);
inline constexpr auto kReferralCriteriaCopdSpo2LtPct =
    key::number("referral.criteria.copd.spo2_lt_pct", Unit::kPercent, 1, 100);
inline constexpr auto kReferralCriteriaCopdModerateExacerbations =
    key::number("referral.criteria.copd.moderate_exacerbations", Unit::kCount, 1, 50);
inline constexpr auto kReferralCriteriaCopdOnsetAgeLtYears =
    key::number("referral.criteria.copd.onset_age_lt_years", Unit::kYears, 0, 150);

inline constexpr auto kSlotResourceKinds = key::words("slot.resource_kinds", key::kResourceKinds);
inline constexpr auto kSlotContractedPriorityEnabled =
    key::flag("slot.contracted_priority_enabled");
// The four quotas add up to 10000.
inline constexpr auto kSlotQuotaEmergencyBp = key::bp("slot.quota.emergency_bp");
inline constexpr auto kSlotQuotaContractedBp = key::bp("slot.quota.contracted_bp");
inline constexpr auto kSlotQuotaReferralBp = key::bp("slot.quota.referral_bp");
inline constexpr auto kSlotQuotaGeneralBp = key::bp("slot.quota.general_bp");
inline constexpr auto kSlotReleaseContractedH =
    key::number("slot.release.contracted_h", Unit::kHours, 0, 8760);
inline constexpr auto kSlotReleaseReferralH =
    key::number("slot.release.referral_h", Unit::kHours, 0, 8760);
inline constexpr auto kSlotHoldS = key::number("slot.hold_s", Unit::kSeconds, 1, 86'400);
inline constexpr auto kSlotGatewayTimeoutS =
    key::number("slot.gateway_timeout_s", Unit::kSeconds, 1, 86'400);
inline constexpr auto kSlotOverbookMax = key::number("slot.overbook_max", Unit::kCount, 0, 1000);
inline constexpr auto kSlotTimeSlotMinutes =
    key::number("slot.time_slot_minutes", Unit::kMinutes, 1, 1440);
inline constexpr auto kSlotReminderHoursBefore =
    key::numbers("slot.reminder_hours_before", Unit::kHours, 1, 8760, 0);

inline constexpr auto kDiagnosticsCentres = key::words("diagnostics.centres", key::kCentres);
inline constexpr auto kDiagnosticsRecognitionScope =
    key::word("diagnostics.recognition.scope", key::kScopes);
// Days by item class.
inline constexpr auto kDiagnosticsRecognitionValidityDays =
    key::number_table("diagnostics.recognition.validity_days", Unit::kDays, 0, 3660);
inline constexpr auto kDiagnosticsRecognitionReasons =
    key::words("diagnostics.recognition.reasons", key::kRepeatReasons);
// Minutes by "<class>.<priority>", working hours and working days counted as clock minutes.
inline constexpr auto kDiagnosticsReportDueMin =
    key::number_table("diagnostics.report_due_min", Unit::kMinutes, 1, 100'000);
inline constexpr auto kDiagnosticsTwoPersonClasses =
    key::words("diagnostics.two_person_classes", key::kTwoPersonClasses);
inline constexpr auto kDiagnosticsCriticalNotifyMin =
    key::number("diagnostics.critical.notify_min", Unit::kMinutes, 1, 1440);
inline constexpr auto kDiagnosticsCriticalCloseH =
    key::number("diagnostics.critical.close_h", Unit::kHours, 1, 720);
inline constexpr auto kDiagnosticsConsultationKinds =
    key::words("diagnostics.consultation.kinds", key::kConsultationKinds);
inline constexpr auto kDiagnosticsConsultationAdoptionH =
    key::number("diagnostics.consultation.adoption_h", Unit::kHours, 1, 720);

inline constexpr auto kEmergencyChannels = key::words("emergency.channels", key::kChannels);
inline constexpr auto kEmergencyAckS = key::number("emergency.ack_s", Unit::kSeconds, 1, 3600);
inline constexpr auto kEmergencyCompleteH =
    key::number("emergency.complete_h", Unit::kHours, 1, 720);
inline constexpr auto kEmergencyCareHomeSenderEnabled =
    key::flag("emergency.care_home_sender_enabled");
inline constexpr auto kEmergencyEmsLinkEnabled = key::flag("emergency.ems_link_enabled");
// Minutes by "<channel>.<interval>".
inline constexpr auto kEmergencyGoals =
    key::number_table("emergency.goals", Unit::kMinutes, 1, 10'000);

}  // namespace yilian::policy
