#pragma once

#include <array>

#include "libs/policy/key.h"

// Chronic-disease registries, screening and indicators (registries.md, indicators.md).
namespace yilian::policy {
namespace key {

inline constexpr std::array<std::string_view, 18> kRegistryDiseases{"hypertension",
                                                                    "diabetes_t2",
                                                                    "copd",
                                                                    "elderly",
                                                                    "cancer",
                                                                    "cardio_cerebrovascular",
                                                                    "respiratory",
                                                                    "metabolic",
                                                                    "hyperglycaemia",
                                                                    "hyperlipidaemia",
                                                                    "chronic_respiratory",
                                                                    "coronary",
                                                                    "stroke",
                                                                    "nephrotic_syndrome",
                                                                    "fundus",
                                                                    "neuropathy",
                                                                    "peripheral_vascular",
                                                                    "chronic_kidney_disease"};
inline constexpr std::array<std::string_view, 3> kControlRuleSets{"norm3", "guideline2017",
                                                                  "guideline2020"};
inline constexpr std::array<std::string_view, 6> kChainSteps{
    "screening", "assessment", "guidance", "first_contact", "referral", "followup"};
inline constexpr std::array<std::string_view, 3> kAllianceTiers{"lead_hospital", "township_hub",
                                                                "family_team"};
inline constexpr std::array<std::string_view, 7> kQualityRules{
    "last_digit_heaping", "same_value_three_visits", "spike_139_89",       "implausible_pace",
    "phone_place_hour",   "visit_after_death",       "glucose_not_fasting"};
inline constexpr std::array<std::string_view, 6> kProgrammes{
    "cardiovascular", "colorectal", "epilepsy", "congenital_heart", "autism", "hpv"};
inline constexpr std::array<std::string_view, 5> kConsortiumGroups{
    "management", "capability_quality", "visit_order", "resource_use", "fund_efficiency"};
inline constexpr std::array<std::string_view, 4> kMonitoringGroups{"output", "quality", "cost",
                                                                   "tiered_care"};

}  // namespace key

inline constexpr auto kRegistryDiseases = key::words("registry.diseases", key::kRegistryDiseases);
inline constexpr auto kRegistryHypertensionControlRuleSet =
    key::word("registry.hypertension.control_rule_set", key::kControlRuleSets);
inline constexpr auto kRegistryHypertensionHeavyDrinkMl =
    key::number("registry.hypertension.heavy_drink_ml", Unit::kMlPerDay, 1, 1000);
// Systolic, diastolic: both below.
inline constexpr auto kRegistryHypertensionComorbidGoal =
    key::numbers("registry.hypertension.comorbid_goal", Unit::kMmhg, 1, 400, 2);
inline constexpr auto kRegistryHypertensionComorbidGoalEnabled =
    key::flag("registry.hypertension.comorbid_goal_enabled");
inline constexpr auto kRegistryFollowupUrgentDays =
    key::number("registry.followup.urgent_days", Unit::kDays, 1, 366);
inline constexpr auto kRegistryFollowupPlannedDays =
    key::number("registry.followup.planned_days", Unit::kDays, 1, 366);
inline constexpr auto kRegistryOverdueReturnDays =
    key::number("registry.overdue.return_days", Unit::kDays, 1, 366);
inline constexpr auto kRegistryMovedCloseAfterDays =
    key::number("registry.moved.close_after_days", Unit::kDays, 1, 366);
inline constexpr auto kRegistryVisitsPerYearMin =
    key::number("registry.visits.per_year_min", Unit::kCount, 0, 366);
inline constexpr auto kRegistryCopdVisitsPerYear =
    key::number("registry.copd.visits_per_year", Unit::kCount, 0, 366);
inline constexpr auto kRegistryLostAfterMonths =
    key::number("registry.lost_after_months", Unit::kMonths, 1, 120);
inline constexpr auto kRegistryPrevalenceHypertensionBp =
    key::bp("registry.prevalence.hypertension_bp");
inline constexpr auto kRegistryPrevalenceDiabetesBp = key::bp("registry.prevalence.diabetes_bp");
inline constexpr auto kRegistryPrevalenceCopdAge40Bp = key::bp("registry.prevalence.copd_age40_bp");
inline constexpr auto kRegistryCopdFev1ShortIntervalLtPct =
    key::number("registry.copd.fev1_short_interval_lt_pct", Unit::kPercent, 0, 100);
inline constexpr auto kRegistryElderlyAgeFrom =
    key::number("registry.elderly.age_from", Unit::kYears, 0, 150);
inline constexpr auto kRegistryElderlyCognitiveEnabled =
    key::flag("registry.elderly.cognitive_enabled");
inline constexpr auto kRegistryElderlyDepressionEnabled =
    key::flag("registry.elderly.depression_enabled");
inline constexpr auto kRegistryComplicationIntervalMonths =
    key::number("registry.complication.interval_months", Unit::kMonths, 1, 120);
inline constexpr auto kRegistryCentreEnabled = key::flag("registry.centre.enabled");
inline constexpr auto kRegistryMultiDiseaseMergeVisits =
    key::flag("registry.multi_disease.merge_visits");
inline constexpr auto kRegistryReminderEnabled = key::flag("registry.reminder.enabled");
inline constexpr auto kRegistryDeviceFeedEnabled = key::flag("registry.device_feed.enabled");
inline constexpr auto kRegistryAiPictureEnabled = key::flag("registry.ai_picture.enabled");
inline constexpr auto kRegistryPublicHealthPerformanceFeedEnabled =
    key::flag("registry.public_health.performance_feed_enabled");
inline constexpr auto kRegistryChainSteps = key::words("registry.chain.steps", key::kChainSteps);
// ICD-10 categories by disease code; a diagnosis belongs to a disease by prefix.
inline constexpr auto kRegistryDiseaseMap = key::words_table("registry.disease_map");
inline constexpr auto kRegistryRecordQualityRules =
    key::words("registry.record_quality.rules", key::kQualityRules);
inline constexpr auto kRegistryDiseaseGuidesPackIds =
    key::words("registry.disease_guides.pack_ids");
inline constexpr auto kRegistryFusionModel = key::label("registry.fusion_model");
inline constexpr auto kRegistryAllianceTiers =
    key::words("registry.alliance.tiers", key::kAllianceTiers);
inline constexpr auto kRegistryPeerQcSampleMin =
    key::number("registry.peer_qc.sample_min", Unit::kCount, 0, 10'000);
inline constexpr auto kRegistryPeerQcSampleBp = key::bp("registry.peer_qc.sample_bp");

inline constexpr auto kScreeningProgrammes = key::words("screening.programmes", key::kProgrammes);
inline constexpr auto kScreeningDiagnosticDueDays =
    key::number("screening.diagnostic_due_days", Unit::kDays, 1, 366);
inline constexpr auto kScreeningColorectalAgeFrom =
    key::number("screening.colorectal.age_from", Unit::kYears, 0, 150);
inline constexpr auto kScreeningColorectalAgeTo =
    key::number("screening.colorectal.age_to", Unit::kYears, 0, 150);
inline constexpr auto kScreeningColorectalCycleYears =
    key::number("screening.colorectal.cycle_years", Unit::kYears, 1, 50);

inline constexpr auto kIndicatorConsortiumGroups =
    key::words("indicator.consortium.groups", key::kConsortiumGroups);
inline constexpr auto kIndicatorMonitoringGroups =
    key::words("indicator.monitoring.groups", key::kMonitoringGroups);
inline constexpr auto kIndicatorConsortiumDefinitionPack =
    key::label("indicator.consortium.definition_pack");
inline constexpr auto kIndicatorFirstContactEnabled = key::flag("indicator.first_contact.enabled");
inline constexpr auto kIndicatorTaskTrackingEnabled = key::flag("indicator.task_tracking.enabled");
inline constexpr auto kIndicatorTertiarySharesEnabled =
    key::flag("indicator.tertiary_shares.enabled");
inline constexpr auto kIndicatorPublicHealthIncomeEnabled =
    key::flag("indicator.public_health_income.enabled");
inline constexpr auto kIndicatorSecondmentFullTimeDays =
    key::number("indicator.secondment.full_time_days", Unit::kDays, 1, 366);
inline constexpr auto kIndicatorCompletenessMinBp = key::bp("indicator.completeness.min_bp");
inline constexpr auto kIndicatorPeriodCloseDay =
    key::number("indicator.period.close_day", Unit::kDayOfMonth, 1, 28);
inline constexpr auto kIndicatorSmallCell =
    key::number("indicator.small_cell", Unit::kCount, 0, 1000);

}  // namespace yilian::policy
