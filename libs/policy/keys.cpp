#include "libs/policy/keys.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace yilian::policy {
namespace {

// One line a key, in the order of the headers.
const KeySpec kIndex[] = {
    // keys/directory.h
    kDirectoryConsortiumKinds.spec,
    kDirectoryConsortiumUnifiedFields.spec,
    kDirectoryInstitutionClasses.spec,
    kDirectoryPracticeMultiSiteEnabled.spec,
    kDirectoryRecordAccessMode.spec,
    kDirectoryStationManagedByCentre.spec,
    kContractKeyGroups.spec,
    kContractTeamModel.spec,
    kContractTeamRolesRequired.spec,
    kContractTeamRolesAllowed.spec,
    kContractProviderMultiLevelEnabled.spec,
    kContractProviderAdmissionRules.spec,
    kContractCareHomeEnabled.spec,
    kContractPackagePersonalEnabled.spec,
    kContractHomeServiceKinds.spec,
    kContractBenefitsFields.spec,
    kContractEvaluationDimensions.spec,
    kContractPayDimensions.spec,
    kContractPeriodFlexible.spec,
    kContractPeriodMinMonths.spec,
    kContractPeriodMaxMonths.spec,
    kContractEffectiveMaxIdleMonths.spec,
    kContractOfferValidDays.spec,
    kContractVoidDays.spec,
    kContractRenewalNoticeDays.spec,
    kContractResidentsPerDoctorMax.spec,
    kContractFunctionalCommunityEnabled.spec,
    kContractGridEnabled.spec,
    kContractFusionModuleEnabled.spec,
    kContractFeeTeamShareMinBp.spec,
    kPointsEnabled.spec,
    kPointsRules.spec,
    kPointsCapDay.spec,
    kPointsCapYear.spec,
    kPointsExpiryMonths.spec,
    kPointsManualMax.spec,
    kInteropLayers.spec,
    kInteropThreeSectorEnabled.spec,
    kInteropSecurityProfile.spec,
    kInteropPersonCodeKinds.spec,
    kSupervisionStages.spec,
    kSupervisionPdcaEnabled.spec,
    // keys/referrals.h
    kReferralDirectionsEnabled.spec,
    kReferralKindsEnabled.spec,
    kReferralScope.spec,
    kReferralLevelsMode.spec,
    kReferralTeamDutyEnabled.spec,
    kReferralReceiverTechnicalGradeEnabled.spec,
    kReferralDraftRemindH.spec,
    kReferralDraftDiscardDays.spec,
    kReferralReviewEmergencyMin.spec,
    kReferralReviewUrgentMin.spec,
    kReferralReviewRoutineWorkingDays.spec,
    kReferralInfoRequestWorkingDays.spec,
    kReferralAdviceFinalAfterDays.spec,
    kReferralRejectedActWorkingDays.spec,
    kReferralRedirectMaxHops.spec,
    kReferralPromiseUrgentWorkingDays.spec,
    kReferralPromiseRoutineWorkingDays.spec,
    kReferralWaitingAlarmShareBp.spec,
    kReferralNoShowAfterStartMin.spec,
    kReferralRecordUploadMin.spec,
    kReferralReplyLetterH.spec,
    kReferralDownBaseAnswerWorkingDays.spec,
    kReferralDownFirstFollowupDays.spec,
    kReferralDownLongStayDays.spec,
    kReferralCompletedCloseAfterDays.spec,
    kReferralEvidenceEmergencyBackdateH.spec,
    kReferralEvidenceArrivalWithinDays.spec,
    kReferralCriteriaPackIds.spec,
    kReferralCriteriaHypertensionEmergencySbp.spec,
    kReferralCriteriaHypertensionEmergencyDbp.spec,
    kReferralCriteriaHypertensionArmDifferenceMin.spec,
    kReferralCriteriaHypertensionOnsetAgeLtYears.spec,
    kReferralCriteriaHypertensionPotassiumLtE2.spec,
    kReferralCriteriaHypertensionDrugsMin.spec,
    kReferralCriteriaDiabetesAgeLtYears.spec,
    kReferralCriteriaDiabetesNotAtGoalMonths.spec,
    kReferralCriteriaDiabetesEgfrLt.spec,
    kReferralCriteriaCopdRrGt.spec,
    kReferralCriteriaCopdSpo2LtPct.spec,
    kReferralCriteriaCopdModerateExacerbations.spec,
    kReferralCriteriaCopdOnsetAgeLtYears.spec,
    kSlotResourceKinds.spec,
    kSlotContractedPriorityEnabled.spec,
    kSlotQuotaEmergencyBp.spec,
    kSlotQuotaContractedBp.spec,
    kSlotQuotaReferralBp.spec,
    kSlotQuotaGeneralBp.spec,
    kSlotReleaseContractedH.spec,
    kSlotReleaseReferralH.spec,
    kSlotHoldS.spec,
    kSlotGatewayTimeoutS.spec,
    kSlotOverbookMax.spec,
    kSlotTimeSlotMinutes.spec,
    kSlotReminderHoursBefore.spec,
    kDiagnosticsCentres.spec,
    kDiagnosticsRecognitionScope.spec,
    kDiagnosticsRecognitionValidityDays.spec,
    kDiagnosticsRecognitionReasons.spec,
    kDiagnosticsReportDueMin.spec,
    kDiagnosticsTwoPersonClasses.spec,
    kDiagnosticsCriticalNotifyMin.spec,
    kDiagnosticsCriticalCloseH.spec,
    kDiagnosticsConsultationKinds.spec,
    kDiagnosticsConsultationAdoptionH.spec,
    kEmergencyChannels.spec,
    kEmergencyAckS.spec,
    kEmergencyCompleteH.spec,
    kEmergencyCareHomeSenderEnabled.spec,
    kEmergencyEmsLinkEnabled.spec,
    kEmergencyGoals.spec,
    // keys/prescriptions.h
    kRxValidityDays.spec,
    kRxValidityMaxDays.spec,
    kRxValidityCountsIssueDay.spec,
    kRxValidityInsuranceDays.spec,
    kRxQuantityNormalDays.spec,
    kRxQuantityEmergencyDays.spec,
    kRxLinesMax.spec,
    kRxPiecesSeparate.spec,
    kRxControlledInjectionDoses.spec,
    kRxControlledSlowReleaseDays.spec,
    kRxControlledOtherDays.spec,
    kRxControlledInpatientDays.spec,
    kRxControlledMethylphenidateDays.spec,
    kRxControlledPsychotropic2Days.spec,
    kRxControlledPainDays.spec,
    kRxControlledSpecialList.spec,
    kRxControlledLongTermDocuments.spec,
    kRxToxicDays.spec,
    kRxRetentionYears.spec,
    kRxAntibioticGrades.spec,
    kRxPrintColour.spec,
    kRxInternetEnabled.spec,
    kRxInternetFirstVisitAllowed.spec,
    kRxPublicHealthPhysicianRight.spec,
    kRxLongEnabled.spec,
    kRxLongDefaultDays.spec,
    kRxLongMaxDays.spec,
    kRxLongMinDays.spec,
    kRxLongStrictAboveDays.spec,
    kRxLongDiseases.spec,
    kRxLongExcludedClasses.spec,
    kRxLongEvidenceMaxAgeDays.spec,
    kRxLongOverlapWarnDays.spec,
    kRxLongInstanceLeadDays.spec,
    kRxSharedEnabled.spec,
    kRxExtendedEnabled.spec,
    kRxExtendedValidityDays.spec,
    kRxRepeatEnabled.spec,
    kRxRepeatMaxAgeDays.spec,
    kRxOutflowEnabled.spec,
    kRxCloudPharmacyEnabled.spec,
    kRxCloudPharmacyDiseases.spec,
    kRxCloudPharmacyQualifiedClasses.spec,
    kRxPreparationMemberUseEnabled.spec,
    kRxTcmSharedPharmacyEnabled.spec,
    kRxHealthPrescriptionKinds.spec,
    kRxCatalogueUnified.spec,
    kRxEssentialSchemeLevels.spec,
    kRxEssentialOutOfListAction.spec,
    kRxEssentialPreferEnabled.spec,
    kRxStockPurchasedByCentre.spec,
    kRxMonitoringEnabled.spec,
    kRxExternalPurchaseTrackingEnabled.spec,
    kRxClaimLeaseMin.spec,
    kRxReviewAutoPassEnabled.spec,
    kRxOverrideRuleReviewAboveBp.spec,
    kRxSamplingOutpatientBp.spec,
    kRxSamplingOutpatientMin.spec,
    kRxSamplingInpatientBp.spec,
    kRxSamplingInpatientMin.spec,
    kRxSanctionUnreasonablePerPeriod.spec,
    kRxSanctionAbnormalWarn.spec,
    kRxSanctionAbnormalWithdraw.spec,
    kRxTraceRequiredFrom.spec,
    kRxShortageStockDaysLt.spec,
    kRxShortagePatientDaysLt.spec,
    // keys/registries.h
    kRegistryDiseases.spec,
    kRegistryHypertensionControlRuleSet.spec,
    kRegistryHypertensionHeavyDrinkMl.spec,
    kRegistryHypertensionComorbidGoal.spec,
    kRegistryHypertensionComorbidGoalEnabled.spec,
    kRegistryFollowupUrgentDays.spec,
    kRegistryFollowupPlannedDays.spec,
    kRegistryOverdueReturnDays.spec,
    kRegistryMovedCloseAfterDays.spec,
    kRegistryVisitsPerYearMin.spec,
    kRegistryCopdVisitsPerYear.spec,
    kRegistryLostAfterMonths.spec,
    kRegistryPrevalenceHypertensionBp.spec,
    kRegistryPrevalenceDiabetesBp.spec,
    kRegistryPrevalenceCopdAge40Bp.spec,
    kRegistryCopdFev1ShortIntervalLtPct.spec,
    kRegistryElderlyAgeFrom.spec,
    kRegistryElderlyCognitiveEnabled.spec,
    kRegistryElderlyDepressionEnabled.spec,
    kRegistryComplicationIntervalMonths.spec,
    kRegistryCentreEnabled.spec,
    kRegistryMultiDiseaseMergeVisits.spec,
    kRegistryReminderEnabled.spec,
    kRegistryDeviceFeedEnabled.spec,
    kRegistryAiPictureEnabled.spec,
    kRegistryPublicHealthPerformanceFeedEnabled.spec,
    kRegistryChainSteps.spec,
    kRegistryDiseaseMap.spec,
    kRegistryRecordQualityRules.spec,
    kRegistryDiseaseGuidesPackIds.spec,
    kRegistryFusionModel.spec,
    kRegistryAllianceTiers.spec,
    kRegistryPeerQcSampleMin.spec,
    kRegistryPeerQcSampleBp.spec,
    kScreeningProgrammes.spec,
    kScreeningDiagnosticDueDays.spec,
    kScreeningColorectalAgeFrom.spec,
    kScreeningColorectalAgeTo.spec,
    kScreeningColorectalCycleYears.spec,
    kIndicatorConsortiumGroups.spec,
    kIndicatorMonitoringGroups.spec,
    kIndicatorConsortiumDefinitionPack.spec,
    kIndicatorFirstContactEnabled.spec,
    kIndicatorTaskTrackingEnabled.spec,
    kIndicatorTertiarySharesEnabled.spec,
    kIndicatorPublicHealthIncomeEnabled.spec,
    kIndicatorSecondmentFullTimeDays.spec,
    kIndicatorCompletenessMinBp.spec,
    kIndicatorPeriodCloseDay.spec,
    kIndicatorSmallCell.spec,
    // keys/billing.h
    kBillingCapitationEnabled.spec,
    kBillingCapitationSurplusShareBp.spec,
    kBillingCapitationOverspendShareBp.spec,
    kBillingPackagePaymentEnabled.spec,
    kBillingMethodsEnabled.spec,
    kBillingBudgetMethod.spec,
    kBillingBudgetWeightBasis.spec,
    kBillingBudgetBaseTiltBp.spec,
    kBillingBudgetAdjustmentsEnabled.spec,
    kBillingDrgBaseGroupsMin.spec,
    kBillingDipBaseSamePointsSamePrice.spec,
    kBillingDipBaseSurgeryFactorBp.spec,
    kBillingOutpatientChronicActualCost.spec,
    kBillingInpatientBaseTopupBp.spec,
    kBillingBenefitLevelGapBp.spec,
    kBillingDeductibleSecondWaived.spec,
    kBillingDeductibleChainMode.spec,
    kBillingBenefitUpReferralKeepsCountyRatio.spec,
    kBillingDisbursementWorkingDaysMax.spec,
    kBillingSurplusStaffShareMinBp.spec,
    kBillingSurplusRegionalPoolMaxBp.spec,
    kBillingProcurementRetainedMaxBp.spec,
    kBillingOutOfCatalogueMaxBp.spec,
    kBillingSpecialServiceMaxBp.spec,
    kBillingPublicHealthIncomePerformanceMaxBp.spec,
    kBillingStaffIncomeGrowthMaxBp.spec,
    kBillingStaffIncomeLocalMeanMultipleMaxE2.spec,
    kBillingProcurementAllianceEnabled.spec,
    kBillingProtectionLayers.spec,
    kBillingAssistanceGroups.spec,
    kBillingStationSettlesThroughCentre.spec,
    kBillingDayWardEnabled.spec,
    kBillingPaymentMode.spec,
    kBillingDischargeSameDaySettlement.spec,
    kBillingEmergencyTreatFirst.spec,
    kBillingLtciEnabled.spec,
    kBillingOutsidePurchasePooledFundEnabled.spec,
    kBillingHomeServiceFeeItems.spec,
    kBillingGeneralVisitFeeFen.spec,
    kBillingInternetPriceRatioBp.spec,
    kBillingMultiSiteFeeEnabled.spec,
    kBillingPersonalAccountFamilySharingEnabled.spec,
    kBillingCrossProvinceOutpatientEnabled.spec,
    kBillingSupervisionInternalEnabled.spec,
    kBillingSupervisionGridEnabled.spec,
    kBillingSubsidyClinicAreaFen.spec,
    kBillingSubsidyGpPostFen.spec,
    // keys/targets.h
    kTargetBedsPer1000E2.spec,
    kTargetDoctorsPer1000E2.spec,
    kTargetNursesPer1000E2.spec,
    kTargetNursesTotal.spec,
    kTargetGpsPer10000E2.spec,
    kTargetVillageDoctorLicensedBp.spec,
    kTargetVillageClinicLicensedAvgE2.spec,
    kTargetVillageDoctorPer1000E2.spec,
    kTargetPublicHealthStaffBp.spec,
    kTargetPublicHealthPhysicianMin.spec,
    kTargetTechnicalPostShareBp.spec,
    kTargetCdcStaffPer10000E2.spec,
    kTargetBaseStaffPer1000E2.spec,
    kTargetCdcTechnicalPostBp.spec,
    kTargetPostUseBp.spec,
    kTargetControlledStaffUseBp.spec,
    kTargetDirectedPostShareBp.spec,
    kTargetStationStaffMin.spec,
    kTargetStationStaffMax.spec,
    kTargetStationResidentsMax.spec,
    kTargetCentresPerStreetMin.spec,
    kTargetCentresCoverageBp.spec,
    kTargetSubCentreMin.spec,
    kTargetSubCentreShareBp.spec,
    kTargetCentreVillageClinicMin.spec,
    kTargetQualityCampaignBp.spec,
    kTargetProvincialStandardBp.spec,
    kTargetNationalRecommendedBp.spec,
    kTargetNationalRecommendedResidentsMin.spec,
    kTargetCommunityHospitalBp.spec,
    kTargetNegativePressureAmbulanceMin.spec,
    kTargetDeviceClassesRequired.spec,
    kTargetClinicDeviceClassesRequired.spec,
    kTargetTcmCentreItemsMin.spec,
    kTargetTcmStationItemsMin.spec,
    kTargetTcmVillageShareBp.spec,
    kTargetTcmHallCentreBp.spec,
    kTargetTcmPavilionStationBp.spec,
    kTargetTcmMasterHallCount.spec,
    kTargetTcmSpreadItemsMin.spec,
    kTargetContractCoverageGrowthMinBp.spec,
    kTargetContractCoverageGrowthMaxBp.spec,
    kTargetContractKeyGroupRateBp.spec,
    kTargetContractGoldTeamPerInstitution.spec,
    kTargetContractCareHomeCoverageBp.spec,
    kTargetBaseVisitShareBp.spec,
    kTargetInDistrictVisitRateBp.spec,
    kTargetBaseFundShareBp.spec,
    kTargetFirstContactDiseases.spec,
    kTargetReferralBookingShareBp.spec,
    kTargetSharedCentreCoverageBp.spec,
    kTargetRecognitionCoverageBp.spec,
    kTargetChestPainUnitBp.spec,
    kTargetStandardProcessBp.spec,
    kTargetNormManagementBp.spec,
    kTargetGeriatricsDeptBp.spec,
    kTargetElderlyFriendlyBp.spec,
    kTargetSpecialtyCount.spec,
    kTargetCareIntegratedInstitutions.spec,
    kTargetInPolicyRatioBp.spec,
    kTargetPersonalSpendingShareBp.spec,
    kTargetInsuredBp.spec,
    kTargetHealthFiscalShareBp.spec,
    kTargetHpvGirlsBp.spec,
    kTargetMaternalMortalityPer100000.spec,
    kTargetInfantMortalityPermilleE2.spec,
};

std::vector<KeySpec> sorted_index() {
    std::vector<KeySpec> keys(std::begin(kIndex), std::end(kIndex));
    std::ranges::sort(keys, {}, &KeySpec::name);
    return keys;
}

}  // namespace

std::span<const KeySpec> all_keys() {
    static const std::vector<KeySpec> keys = sorted_index();
    return keys;
}

std::optional<std::size_t> key_index(std::string_view name) {
    const auto keys = all_keys();
    const auto found = std::ranges::lower_bound(keys, name, {}, &KeySpec::name);
    if (found == keys.end() || found->name != name) return std::nullopt;
    return static_cast<std::size_t>(found - keys.begin());
}

std::string_view name_of(Unit unit) {
    switch (unit) {
        case Unit::kNone:
            return "";
        case Unit::kCount:
            return "count";
        case Unit::kBasisPoints:
            return "bp";
        case Unit::kHundredths:
            return "e2";
        case Unit::kFen:
            return "fen";
        case Unit::kPoints:
            return "points";
        case Unit::kSeconds:
            return "s";
        case Unit::kMinutes:
            return "min";
        case Unit::kHours:
            return "h";
        case Unit::kDays:
            return "days";
        case Unit::kWorkingDays:
            return "working_days";
        case Unit::kMonths:
            return "months";
        case Unit::kYears:
            return "years";
        case Unit::kDayOfMonth:
            return "day_of_month";
        case Unit::kDoses:
            return "doses";
        case Unit::kPercent:
            return "pct";
        case Unit::kMmhg:
            return "mmHg";
        case Unit::kMmol:
            return "e2_mmol_l";
        case Unit::kEgfr:
            return "ml_min_173";
        case Unit::kPerMinute:
            return "per_min";
        case Unit::kMlPerDay:
            return "ml_day";
        case Unit::kPerHundredThousand:
            return "per_100000";
    }
    return "";
}

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::kFlag:
            return "true or false";
        case Kind::kNumber:
            return "an integer";
        case Kind::kWord:
            return "a word";
        case Kind::kDate:
            return "a quoted date";
        case Kind::kGoal:
            return "an integer";
        case Kind::kWords:
            return "a list of words";
        case Kind::kNumbers:
            return "a list of integers";
        case Kind::kNumberTable:
            return "a table of integers";
        case Kind::kWordTable:
            return "a table of words";
        case Kind::kWordsTable:
            return "a table of lists of words";
    }
    return "";
}

}  // namespace yilian::policy
