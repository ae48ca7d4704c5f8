#pragma once

#include <array>

#include "libs/policy/key.h"

// Prescriptions (prescriptions.md 5).
namespace yilian::policy {
namespace key {

inline constexpr std::array<std::string_view, 6> kLongDiseases{
    "hypertension", "diabetes", "coronary", "stroke", "copd", "dyslipidaemia"};
inline constexpr std::array<std::string_view, 8> kLongExcluded{
    "toxic",          "radioactive",    "precursor",     "narcotic",
    "psychotropic_1", "psychotropic_2", "antimicrobial", "special_storage"};
inline constexpr std::array<std::string_view, 2> kClinicClasses{"village_clinic",
                                                                "centre_village_clinic"};
inline constexpr std::array<std::string_view, 6> kEssentialLevels{
    "hospital", "centre",         "township_hospital",
    "station",  "village_clinic", "non_government_community"};
inline constexpr std::array<std::string_view, 2> kOutOfListActions{"warn", "block"};
inline constexpr std::array<std::string_view, 3> kPublicHealthRights{"off", "pilot",
                                                                     "per_national"};
inline constexpr std::array<std::string_view, 4> kHealthPrescriptions{"promotion", "education",
                                                                      "diet", "exercise"};

}  // namespace key

inline constexpr auto kRxValidityDays = key::number("rx.validity.days", Unit::kDays, 1, 30);
inline constexpr auto kRxValidityMaxDays = key::number("rx.validity.max_days", Unit::kDays, 1, 30);
inline constexpr auto kRxValidityCountsIssueDay = key::flag("rx.validity.counts_issue_day");
inline constexpr auto kRxValidityInsuranceDays =
    key::number("rx.validity.insurance_days", Unit::kDays, 1, 30);
inline constexpr auto kRxQuantityNormalDays =
    key::number("rx.quantity.normal_days", Unit::kDays, 1, 84);
inline constexpr auto kRxQuantityEmergencyDays =
    key::number("rx.quantity.emergency_days", Unit::kDays, 1, 84);
inline constexpr auto kRxLinesMax = key::number("rx.lines_max", Unit::kCount, 1, 50);
inline constexpr auto kRxPiecesSeparate = key::flag("rx.pieces_separate");

inline constexpr auto kRxControlledInjectionDoses =
    key::number("rx.controlled.injection_doses", Unit::kDoses, 1, 10);
inline constexpr auto kRxControlledSlowReleaseDays =
    key::number("rx.controlled.slow_release_days", Unit::kDays, 1, 84);
inline constexpr auto kRxControlledOtherDays =
    key::number("rx.controlled.other_days", Unit::kDays, 1, 84);
inline constexpr auto kRxControlledInpatientDays =
    key::number("rx.controlled.inpatient_days", Unit::kDays, 1, 84);
inline constexpr auto kRxControlledMethylphenidateDays =
    key::number("rx.controlled.methylphenidate_days", Unit::kDays, 1, 84);
inline constexpr auto kRxControlledPsychotropic2Days =
    key::number("rx.controlled.psychotropic2_days", Unit::kDays, 1, 84);
// Days for cancer or severe chronic pain: injection, controlled release, other forms.
inline constexpr auto kRxControlledPainDays =
    key::numbers("rx.controlled.pain_days", Unit::kDays, 1, 84, 3);
// "one_dose/<place>" by ingredient, place level2_hospital or in_institution.
inline constexpr auto kRxControlledSpecialList = key::word_table("rx.controlled.special_list");
inline constexpr auto kRxControlledLongTermDocuments =
    key::number("rx.controlled.long_term_documents", Unit::kCount, 0, 20);
inline constexpr auto kRxToxicDays = key::number("rx.toxic.days", Unit::kDays, 1, 84);
// Years by class of prescription.
inline constexpr auto kRxRetentionYears =
    key::number_table("rx.retention_years", Unit::kYears, 1, 100);
// Lowest title of the prescriber by grade of the antibiotic.
inline constexpr auto kRxAntibioticGrades = key::word_table("rx.antibiotic.grades");
inline constexpr auto kRxPrintColour = key::word_table("rx.print_colour");

inline constexpr auto kRxInternetEnabled = key::flag("rx.internet.enabled");
inline constexpr auto kRxInternetFirstVisitAllowed = key::flag("rx.internet.first_visit_allowed");
inline constexpr auto kRxPublicHealthPhysicianRight =
    key::word("rx.public_health_physician_right", key::kPublicHealthRights);

// No pack may allow a long prescription above 84 days (policy-trace.md 7 row 1).
inline constexpr auto kRxLongEnabled = key::flag("rx.long.enabled");
inline constexpr auto kRxLongDefaultDays = key::number("rx.long.default_days", Unit::kDays, 1, 84);
inline constexpr auto kRxLongMaxDays = key::number("rx.long.max_days", Unit::kDays, 1, 84);
inline constexpr auto kRxLongMinDays = key::number("rx.long.min_days", Unit::kDays, 1, 84);
inline constexpr auto kRxLongStrictAboveDays =
    key::number("rx.long.strict_above_days", Unit::kDays, 1, 84);
inline constexpr auto kRxLongDiseases = key::words("rx.long.diseases", key::kLongDiseases);
inline constexpr auto kRxLongExcludedClasses =
    key::words("rx.long.excluded_classes", key::kLongExcluded);
inline constexpr auto kRxLongEvidenceMaxAgeDays =
    key::number("rx.long.evidence_max_age_days", Unit::kDays, 1, 366);
inline constexpr auto kRxLongOverlapWarnDays =
    key::number("rx.long.overlap_warn_days", Unit::kDays, 0, 84);
inline constexpr auto kRxLongInstanceLeadDays =
    key::number("rx.long.instance_lead_days", Unit::kDays, 0, 84);

inline constexpr auto kRxSharedEnabled = key::flag("rx.shared.enabled");
inline constexpr auto kRxExtendedEnabled = key::flag("rx.extended.enabled");
inline constexpr auto kRxExtendedValidityDays =
    key::number("rx.extended.validity_days", Unit::kDays, 1, 30);
inline constexpr auto kRxRepeatEnabled = key::flag("rx.repeat.enabled");
inline constexpr auto kRxRepeatMaxAgeDays =
    key::number("rx.repeat.max_age_days", Unit::kDays, 1, 366);
inline constexpr auto kRxOutflowEnabled = key::flag("rx.outflow.enabled");
inline constexpr auto kRxCloudPharmacyEnabled = key::flag("rx.cloud_pharmacy.enabled");
inline constexpr auto kRxCloudPharmacyDiseases =
    key::words("rx.cloud_pharmacy.diseases", key::kLongDiseases);
inline constexpr auto kRxCloudPharmacyQualifiedClasses =
    key::words("rx.cloud_pharmacy.qualified_classes", key::kClinicClasses);
inline constexpr auto kRxPreparationMemberUseEnabled =
    key::flag("rx.preparation.member_use_enabled");
inline constexpr auto kRxTcmSharedPharmacyEnabled = key::flag("rx.tcm.shared_pharmacy_enabled");
inline constexpr auto kRxHealthPrescriptionKinds =
    key::words("rx.health_prescription.kinds", key::kHealthPrescriptions);

inline constexpr auto kRxCatalogueUnified = key::flag("rx.catalogue.unified");
inline constexpr auto kRxEssentialSchemeLevels =
    key::words("rx.essential.scheme_levels", key::kEssentialLevels);
inline constexpr auto kRxEssentialOutOfListAction =
    key::word("rx.essential.out_of_list_action", key::kOutOfListActions);
inline constexpr auto kRxEssentialPreferEnabled = key::flag("rx.essential.prefer_enabled");
inline constexpr auto kRxStockPurchasedByCentre = key::flag("rx.stock.purchased_by_centre");
inline constexpr auto kRxMonitoringEnabled = key::flag("rx.monitoring.enabled");
inline constexpr auto kRxExternalPurchaseTrackingEnabled =
    key::flag("rx.external_purchase.tracking_enabled");
inline constexpr auto kRxClaimLeaseMin =
    key::number("rx.claim.lease_min", Unit::kMinutes, 1, 10'080);
inline constexpr auto kRxReviewAutoPassEnabled = key::flag("rx.review.auto_pass_enabled");
inline constexpr auto kRxOverrideRuleReviewAboveBp = key::bp("rx.override.rule_review_above_bp");

inline constexpr auto kRxSamplingOutpatientBp = key::bp("rx.sampling.outpatient_bp");
inline constexpr auto kRxSamplingOutpatientMin =
    key::number("rx.sampling.outpatient_min", Unit::kCount, 0, 100'000);
inline constexpr auto kRxSamplingInpatientBp = key::bp("rx.sampling.inpatient_bp");
inline constexpr auto kRxSamplingInpatientMin =
    key::number("rx.sampling.inpatient_min", Unit::kCount, 0, 100'000);
inline constexpr auto kRxSanctionUnreasonablePerPeriod =
    key::number("rx.sanction.unreasonable_per_period", Unit::kCount, 1, 1000);
inline constexpr auto kRxSanctionAbnormalWarn =
    key::number("rx.sanction.abnormal_warn", Unit::kCount, 1, 1000);
inline constexpr auto kRxSanctionAbnormalWithdraw =
    key::number("rx.sanction.abnormal_withdraw", Unit::kCount, 1, 1000);
inline constexpr auto kRxTraceRequiredFrom = key::date("rx.trace.required_from");
inline constexpr auto kRxShortageStockDaysLt =
    key::number("rx.shortage.stock_days_lt", Unit::kDays, 0, 366);
inline constexpr auto kRxShortagePatientDaysLt =
    key::number("rx.shortage.patient_days_lt", Unit::kDays, 0, 366);

}  // namespace yilian::policy
