#pragma once

#include "libs/policy/key.h"

// Targets of the district plans (policy-trace.md 9.3). Empty = the plan states no value.
namespace yilian::policy {

inline constexpr auto kTargetBedsPer1000E2 =
    key::goal("target.beds_per_1000_e2", Unit::kHundredths);
inline constexpr auto kTargetDoctorsPer1000E2 =
    key::goal("target.doctors_per_1000_e2", Unit::kHundredths);
inline constexpr auto kTargetNursesPer1000E2 =
    key::goal("target.nurses_per_1000_e2", Unit::kHundredths);
inline constexpr auto kTargetNursesTotal = key::goal("target.nurses_total", Unit::kCount);
inline constexpr auto kTargetGpsPer10000E2 =
    key::goal("target.gps_per_10000_e2", Unit::kHundredths);
inline constexpr auto kTargetVillageDoctorLicensedBp =
    key::goal_bp("target.village_doctor_licensed_bp");
inline constexpr auto kTargetVillageClinicLicensedAvgE2 =
    key::goal("target.village_clinic_licensed_avg_e2", Unit::kHundredths);
inline constexpr auto kTargetVillageDoctorPer1000E2 =
    key::goal("target.village_doctor_per_1000_e2", Unit::kHundredths);
inline constexpr auto kTargetPublicHealthStaffBp = key::goal_bp("target.public_health_staff_bp");
inline constexpr auto kTargetPublicHealthPhysicianMin =
    key::goal("target.public_health_physician_min", Unit::kCount);
inline constexpr auto kTargetTechnicalPostShareBp = key::goal_bp("target.technical_post_share_bp");
inline constexpr auto kTargetCdcStaffPer10000E2 =
    key::goal("target.cdc_staff_per_10000_e2", Unit::kHundredths);
inline constexpr auto kTargetBaseStaffPer1000E2 =
    key::goal("target.base_staff_per_1000_e2", Unit::kHundredths);
inline constexpr auto kTargetCdcTechnicalPostBp = key::goal_bp("target.cdc_technical_post_bp");
inline constexpr auto kTargetPostUseBp = key::goal_bp("target.post_use_bp");
inline constexpr auto kTargetControlledStaffUseBp = key::goal_bp("target.controlled_staff_use_bp");
inline constexpr auto kTargetDirectedPostShareBp = key::goal_bp("target.directed_post_share_bp");
inline constexpr auto kTargetStationStaffMin = key::goal("target.station_staff_min", Unit::kCount);
inline constexpr auto kTargetStationStaffMax = key::goal("target.station_staff_max", Unit::kCount);
inline constexpr auto kTargetStationResidentsMax =
    key::goal("target.station_residents_max", Unit::kCount);
inline constexpr auto kTargetCentresPerStreetMin =
    key::goal("target.centres_per_street_min", Unit::kCount);
inline constexpr auto kTargetCentresCoverageBp = key::goal_bp("target.centres_coverage_bp");
inline constexpr auto kTargetSubCentreMin = key::goal("target.sub_centre_min", Unit::kCount);
inline constexpr auto kTargetSubCentreShareBp = key::goal_bp("target.sub_centre_share_bp");
inline constexpr auto kTargetCentreVillageClinicMin =
    key::goal("target.centre_village_clinic_min", Unit::kCount);
inline constexpr auto kTargetQualityCampaignBp = key::goal_bp("target.quality_campaign_bp");
inline constexpr auto kTargetProvincialStandardBp = key::goal_bp("target.provincial_standard_bp");
inline constexpr auto kTargetNationalRecommendedBp = key::goal_bp("target.national_recommended_bp");
inline constexpr auto kTargetNationalRecommendedResidentsMin =
    key::goal("target.national_recommended_residents_min", Unit::kCount);
inline constexpr auto kTargetCommunityHospitalBp = key::goal_bp("target.community_hospital_bp");
inline constexpr auto kTargetNegativePressureAmbulanceMin =
    key::goal("target.negative_pressure_ambulance_min", Unit::kCount);
inline constexpr auto kTargetDeviceClassesRequired = key::words("target.device_classes_required");
inline constexpr auto kTargetClinicDeviceClassesRequired =
    key::words("target.clinic_device_classes_required");
inline constexpr auto kTargetTcmCentreItemsMin =
    key::goal("target.tcm.centre_items_min", Unit::kCount);
inline constexpr auto kTargetTcmStationItemsMin =
    key::goal("target.tcm.station_items_min", Unit::kCount);
inline constexpr auto kTargetTcmVillageShareBp = key::goal_bp("target.tcm.village_share_bp");
inline constexpr auto kTargetTcmHallCentreBp = key::goal_bp("target.tcm.hall_centre_bp");
inline constexpr auto kTargetTcmPavilionStationBp = key::goal_bp("target.tcm.pavilion_station_bp");
inline constexpr auto kTargetTcmMasterHallCount =
    key::goal("target.tcm.master_hall_count", Unit::kCount);
inline constexpr auto kTargetTcmSpreadItemsMin =
    key::goal("target.tcm.spread_items_min", Unit::kCount);
inline constexpr auto kTargetContractCoverageGrowthMinBp =
    key::goal_bp("target.contract.coverage_growth_min_bp");
inline constexpr auto kTargetContractCoverageGrowthMaxBp =
    key::goal_bp("target.contract.coverage_growth_max_bp");
inline constexpr auto kTargetContractKeyGroupRateBp =
    key::goal_bp("target.contract.key_group_rate_bp");
inline constexpr auto kTargetContractGoldTeamPerInstitution =
    key::goal("target.contract.gold_team_per_institution", Unit::kCount);
inline constexpr auto kTargetContractCareHomeCoverageBp =
    key::goal_bp("target.contract.care_home_coverage_bp");
inline constexpr auto kTargetBaseVisitShareBp = key::goal_bp("target.base_visit_share_bp");
inline constexpr auto kTargetInDistrictVisitRateBp =
    key::goal_bp("target.in_district_visit_rate_bp");
inline constexpr auto kTargetBaseFundShareBp = key::goal_bp("target.base_fund_share_bp");
inline constexpr auto kTargetFirstContactDiseases =
    key::goal("target.first_contact_diseases", Unit::kCount);
inline constexpr auto kTargetReferralBookingShareBp =
    key::goal_bp("target.referral_booking_share_bp");
inline constexpr auto kTargetSharedCentreCoverageBp =
    key::goal_bp("target.shared_centre_coverage_bp");
inline constexpr auto kTargetRecognitionCoverageBp = key::goal_bp("target.recognition_coverage_bp");
inline constexpr auto kTargetChestPainUnitBp = key::goal_bp("target.chest_pain_unit_bp");
inline constexpr auto kTargetStandardProcessBp = key::goal_bp("target.standard_process_bp");
inline constexpr auto kTargetNormManagementBp = key::goal_bp("target.norm_management_bp");
inline constexpr auto kTargetGeriatricsDeptBp = key::goal_bp("target.geriatrics_dept_bp");
inline constexpr auto kTargetElderlyFriendlyBp = key::goal_bp("target.elderly_friendly_bp");
inline constexpr auto kTargetSpecialtyCount = key::goal("target.specialty_count", Unit::kCount);
inline constexpr auto kTargetCareIntegratedInstitutions =
    key::goal("target.care_integrated_institutions", Unit::kCount);
inline constexpr auto kTargetInPolicyRatioBp = key::goal_bp("target.in_policy_ratio_bp");
inline constexpr auto kTargetPersonalSpendingShareBp =
    key::goal_bp("target.personal_spending_share_bp");
inline constexpr auto kTargetInsuredBp = key::goal_bp("target.insured_bp");
inline constexpr auto kTargetHealthFiscalShareBp = key::goal_bp("target.health_fiscal_share_bp");
inline constexpr auto kTargetHpvGirlsBp = key::goal_bp("target.hpv_girls_bp");
inline constexpr auto kTargetMaternalMortalityPer100000 =
    key::goal("target.maternal_mortality_per_100000", Unit::kPerHundredThousand);
inline constexpr auto kTargetInfantMortalityPermilleE2 =
    key::goal("target.infant_mortality_permille_e2", Unit::kHundredths);

}  // namespace yilian::policy
