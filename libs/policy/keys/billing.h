#pragma once

#include <array>

#include "libs/policy/key.h"

// Billing switches and bounds (policy-trace.md 9.2, billing.md 2.6). Where a key stands for a field
// of a parameter block, the block is laid under it at load (resolve.h); use the block then.
namespace yilian::policy {
namespace key {

inline constexpr std::array<std::string_view, 8> kMethods{
    "fee_for_service", "capitation", "regional_points", "drg", "dip",
    "disease",         "bed_day",    "day_ward"};
inline constexpr std::array<std::string_view, 2> kBudgetMethods{"negotiated", "regional_points"};
inline constexpr std::array<std::string_view, 2> kWeightBases{"patient_flow", "relative_price"};
inline constexpr std::array<std::string_view, 2> kChainModes{"difference", "cancelled"};
inline constexpr std::array<std::string_view, 3> kProtectionLayers{"basic", "serious_illness",
                                                                   "medical_aid"};
inline constexpr std::array<std::string_view, 2> kPaymentModes{"per_item",
                                                               "treat_first_single_payment"};
inline constexpr std::array<std::string_view, 3> kFeeItems{"home_bed_setup", "visit", "round"};

}  // namespace key

inline constexpr auto kBillingCapitationEnabled = key::flag("billing.capitation.enabled");
inline constexpr auto kBillingCapitationSurplusShareBp =
    key::bp("billing.capitation.surplus_share_bp");
inline constexpr auto kBillingCapitationOverspendShareBp =
    key::bp("billing.capitation.overspend_share_bp");
inline constexpr auto kBillingPackagePaymentEnabled = key::flag("billing.package_payment.enabled");
inline constexpr auto kBillingMethodsEnabled = key::words("billing.methods_enabled", key::kMethods);
inline constexpr auto kBillingBudgetMethod =
    key::word("billing.budget.method", key::kBudgetMethods);
inline constexpr auto kBillingBudgetWeightBasis =
    key::words("billing.budget.weight_basis", key::kWeightBases);
inline constexpr auto kBillingBudgetBaseTiltBp = key::bp("billing.budget.base_tilt_bp");
inline constexpr auto kBillingBudgetAdjustmentsEnabled =
    key::flag("billing.budget.adjustments_enabled");
inline constexpr auto kBillingDrgBaseGroupsMin =
    key::optional_number("billing.drg.base_groups_min", Unit::kCount, 0, 10'000);
inline constexpr auto kBillingDipBaseSamePointsSamePrice =
    key::flag("billing.dip.base_same_points_same_price");
inline constexpr auto kBillingDipBaseSurgeryFactorBp =
    key::number("billing.dip.base_surgery_factor_bp", Unit::kBasisPoints, 10'000, 50'000);
inline constexpr auto kBillingOutpatientChronicActualCost =
    key::flag("billing.outpatient_chronic.actual_cost");
inline constexpr auto kBillingInpatientBaseTopupBp =
    key::bp("billing.inpatient.base_topup_bp", 50'000);
inline constexpr auto kBillingBenefitLevelGapBp = key::bp("billing.benefit.level_gap_bp");
inline constexpr auto kBillingDeductibleSecondWaived =
    key::flag("billing.deductible.second_waived");
inline constexpr auto kBillingDeductibleChainMode =
    key::word("billing.deductible.chain_mode", key::kChainModes);
inline constexpr auto kBillingBenefitUpReferralKeepsCountyRatio =
    key::flag("billing.benefit.up_referral_keeps_county_ratio");
inline constexpr auto kBillingDisbursementWorkingDaysMax =
    key::number("billing.disbursement.working_days_max", Unit::kWorkingDays, 1, 120);
// Bounds of billing.md 8.5; empty = the plan of the district sets none of its own.
inline constexpr auto kBillingSurplusStaffShareMinBp =
    key::optional_bp_within("billing.surplus.staff_share_min_bp", 6000, 10'000);
inline constexpr auto kBillingSurplusRegionalPoolMaxBp =
    key::optional_bp_within("billing.surplus.regional_pool_max_bp", 0, 4000);
inline constexpr auto kBillingProcurementRetainedMaxBp =
    key::optional_bp_within("billing.procurement.retained_max_bp", 0, 5000);
inline constexpr auto kBillingOutOfCatalogueMaxBp =
    key::optional_number("billing.out_of_catalogue.max_bp", Unit::kBasisPoints, 0, 10'000);
inline constexpr auto kBillingSpecialServiceMaxBp =
    key::optional_number("billing.special_service.max_bp", Unit::kBasisPoints, 0, 10'000);
inline constexpr auto kBillingPublicHealthIncomePerformanceMaxBp =
    key::optional_bp_within("billing.public_health_income.performance_max_bp", 0, 7000);
inline constexpr auto kBillingStaffIncomeGrowthMaxBp =
    key::optional_bp_within("billing.staff_income.growth_max_bp", 0, 1500);
inline constexpr auto kBillingStaffIncomeLocalMeanMultipleMaxE2 =
    key::goal("billing.staff_income.local_mean_multiple_max_e2", Unit::kHundredths, 10'000);
inline constexpr auto kBillingProcurementAllianceEnabled =
    key::flag("billing.procurement.alliance_enabled");
inline constexpr auto kBillingProtectionLayers =
    key::words("billing.protection.layers", key::kProtectionLayers);
inline constexpr auto kBillingAssistanceGroups = key::words("billing.assistance.groups");
inline constexpr auto kBillingStationSettlesThroughCentre =
    key::flag("billing.station.settles_through_centre");
inline constexpr auto kBillingDayWardEnabled = key::flag("billing.day_ward.enabled");
inline constexpr auto kBillingPaymentMode = key::word("billing.payment.mode", key::kPaymentModes);
inline constexpr auto kBillingDischargeSameDaySettlement =
    key::flag("billing.discharge.same_day_settlement");
inline constexpr auto kBillingEmergencyTreatFirst = key::flag("billing.emergency.treat_first");
inline constexpr auto kBillingLtciEnabled = key::flag("billing.ltci.enabled");
inline constexpr auto kBillingOutsidePurchasePooledFundEnabled =
    key::flag("billing.outside_purchase.pooled_fund_enabled");
inline constexpr auto kBillingHomeServiceFeeItems =
    key::words("billing.home_service.fee_items", key::kFeeItems);
inline constexpr auto kBillingGeneralVisitFeeFen =
    key::optional_number("billing.general_visit_fee_fen", Unit::kFen, 0, 1'000'000);
inline constexpr auto kBillingInternetPriceRatioBp =
    key::bp("billing.internet.price_ratio_bp", 20'000);
inline constexpr auto kBillingMultiSiteFeeEnabled = key::flag("billing.multi_site_fee.enabled");
inline constexpr auto kBillingPersonalAccountFamilySharingEnabled =
    key::flag("billing.personal_account.family_sharing_enabled");
inline constexpr auto kBillingCrossProvinceOutpatientEnabled =
    key::flag("billing.cross_province.outpatient_enabled");
inline constexpr auto kBillingSupervisionInternalEnabled =
    key::flag("billing.supervision.internal_enabled");
inline constexpr auto kBillingSupervisionGridEnabled =
    key::flag("billing.supervision.grid_enabled");
// Fen a year from this floor area (square metres) on.
inline constexpr auto kBillingSubsidyClinicAreaFen =
    key::number_table("billing.subsidy.clinic_area_fen", Unit::kFen, 0, 1'000'000'000);
// Fen a month by title.
inline constexpr auto kBillingSubsidyGpPostFen =
    key::number_table("billing.subsidy.gp_post_fen", Unit::kFen, 0, 1'000'000'000);

}  // namespace yilian::policy
