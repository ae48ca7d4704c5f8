#pragma once

#include <array>

#include "libs/policy/key.h"

// Registers, contracts, points, supervision and integration (contracts.md, interop.md).
namespace yilian::policy {
namespace key {

inline constexpr std::array<std::string_view, 5> kConsortiumKinds{
    "tight", "city_group", "county", "specialty_alliance", "health_service"};
inline constexpr std::array<std::string_view, 5> kUnifiedFields{"staff", "finance", "business",
                                                                "catalogue", "information"};
inline constexpr std::array<std::string_view, 8> kInstitutionClasses{"hospital",
                                                                     "centre",
                                                                     "township_hospital",
                                                                     "station",
                                                                     "village_clinic",
                                                                     "integrated_clinic",
                                                                     "centre_village_clinic",
                                                                     "service_point"};
inline constexpr std::array<std::string_view, 3> kRecordAccessModes{"consent", "contract",
                                                                    "open_to_person"};
inline constexpr std::array<std::string_view, 13> kKeyGroups{"age_65",
                                                             "pregnant",
                                                             "age_0_6",
                                                             "disabled",
                                                             "poor",
                                                             "special_family_planning",
                                                             "hypertension",
                                                             "diabetes",
                                                             "tuberculosis",
                                                             "severe_mental",
                                                             "three_high_one_chronic",
                                                             "pupils",
                                                             "workers"};
inline constexpr std::array<std::string_view, 3> kTeamModels{"FREE", "3_1_N", "CORE4"};
inline constexpr std::array<std::string_view, 11> kTeamRoles{"GP",
                                                             "NURSE",
                                                             "PUBLIC_HEALTH",
                                                             "VILLAGE_DOCTOR",
                                                             "SPECIALIST_ADVISER",
                                                             "HEALTH_MANAGER",
                                                             "PHARMACIST",
                                                             "TCM",
                                                             "REHAB",
                                                             "GRID_WORKER",
                                                             "VOLUNTEER"};
inline constexpr std::array<std::string_view, 3> kAdmissionRules{"licence", "quota", "complaints"};
inline constexpr std::array<std::string_view, 5> kHomeServices{"visit", "nursing", "rehabilitation",
                                                               "home_bed", "palliative"};
inline constexpr std::array<std::string_view, 4> kBenefitFields{"visit", "referral", "drug",
                                                                "insurance"};
inline constexpr std::array<std::string_view, 3> kLayers{"institution", "platform", "application"};
inline constexpr std::array<std::string_view, 3> kPersonCodes{"id_document", "insurance_code",
                                                              "health_card"};
inline constexpr std::array<std::string_view, 2> kSecurityProfiles{"standard", "domestic"};
inline constexpr std::array<std::string_view, 3> kStages{"before", "during", "after"};

}  // namespace key

inline constexpr auto kDirectoryConsortiumKinds =
    key::words("directory.consortium.kinds", key::kConsortiumKinds);
inline constexpr auto kDirectoryConsortiumUnifiedFields =
    key::words("directory.consortium.unified_fields", key::kUnifiedFields);
inline constexpr auto kDirectoryInstitutionClasses =
    key::words("directory.institution.classes", key::kInstitutionClasses);
inline constexpr auto kDirectoryPracticeMultiSiteEnabled =
    key::flag("directory.practice.multi_site_enabled");
inline constexpr auto kDirectoryRecordAccessMode =
    key::word("directory.record_access.mode", key::kRecordAccessModes);
inline constexpr auto kDirectoryStationManagedByCentre =
    key::flag("directory.station.managed_by_centre");

inline constexpr auto kContractKeyGroups = key::words("contract.key_groups", key::kKeyGroups);
inline constexpr auto kContractTeamModel = key::word("contract.team.model", key::kTeamModels);
inline constexpr auto kContractTeamRolesRequired =
    key::words("contract.team.roles_required", key::kTeamRoles);
inline constexpr auto kContractTeamRolesAllowed =
    key::words("contract.team.roles_allowed", key::kTeamRoles);
inline constexpr auto kContractProviderMultiLevelEnabled =
    key::flag("contract.provider.multi_level_enabled");
inline constexpr auto kContractProviderAdmissionRules =
    key::words("contract.provider.admission_rules", key::kAdmissionRules);
inline constexpr auto kContractCareHomeEnabled = key::flag("contract.care_home.enabled");
inline constexpr auto kContractPackagePersonalEnabled =
    key::flag("contract.package.personal_enabled");
inline constexpr auto kContractHomeServiceKinds =
    key::words("contract.home_service.kinds", key::kHomeServices);
inline constexpr auto kContractBenefitsFields =
    key::words("contract.benefits.fields", key::kBenefitFields);
// Weights of the evaluation and of the pay scheme by dimension; they add up to 10000.
inline constexpr auto kContractEvaluationDimensions =
    key::weights("contract.evaluation.dimensions");
inline constexpr auto kContractPayDimensions = key::weights("contract.pay.dimensions");
inline constexpr auto kContractPeriodFlexible = key::flag("contract.period.flexible");
inline constexpr auto kContractPeriodMinMonths =
    key::number("contract.period.min_months", Unit::kMonths, 1, 120);
inline constexpr auto kContractPeriodMaxMonths =
    key::number("contract.period.max_months", Unit::kMonths, 1, 120);
inline constexpr auto kContractEffectiveMaxIdleMonths =
    key::number("contract.effective.max_idle_months", Unit::kMonths, 1, 120);
inline constexpr auto kContractOfferValidDays =
    key::number("contract.offer.valid_days", Unit::kDays, 1, 366);
inline constexpr auto kContractVoidDays = key::number("contract.void_days", Unit::kDays, 0, 366);
inline constexpr auto kContractRenewalNoticeDays =
    key::number("contract.renewal.notice_days", Unit::kDays, 1, 366);
inline constexpr auto kContractResidentsPerDoctorMax =
    key::number("contract.residents_per_doctor_max", Unit::kCount, 1, 100'000);
inline constexpr auto kContractFunctionalCommunityEnabled =
    key::flag("contract.functional_community.enabled");
inline constexpr auto kContractGridEnabled = key::flag("contract.grid.enabled");
inline constexpr auto kContractFusionModuleEnabled = key::flag("contract.fusion_module.enabled");
// Part of the contract fee for the family-doctor team; never below 70 %.
inline constexpr auto kContractFeeTeamShareMinBp =
    key::bp_floor("contract.fee.team_share_min_bp", 7000);

inline constexpr auto kPointsEnabled = key::flag("points.enabled");
inline constexpr auto kPointsRules = key::number_table("points.rules", Unit::kPoints, 0, 100'000);
inline constexpr auto kPointsCapDay = key::number("points.cap.day", Unit::kPoints, 0, 1'000'000);
inline constexpr auto kPointsCapYear = key::number("points.cap.year", Unit::kPoints, 0, 1'000'000);
inline constexpr auto kPointsExpiryMonths =
    key::number("points.expiry_months", Unit::kMonths, 1, 1200);
inline constexpr auto kPointsManualMax =
    key::number("points.manual.max", Unit::kPoints, 0, 1'000'000);

inline constexpr auto kInteropLayers = key::words("interop.layers", key::kLayers);
inline constexpr auto kInteropThreeSectorEnabled = key::flag("interop.three_sector.enabled");
inline constexpr auto kInteropSecurityProfile =
    key::word("interop.security.profile", key::kSecurityProfiles);
inline constexpr auto kInteropPersonCodeKinds =
    key::words("interop.person_code.kinds", key::kPersonCodes);

inline constexpr auto kSupervisionStages = key::words("supervision.stages", key::kStages);
inline constexpr auto kSupervisionPdcaEnabled = key::flag("supervision.pdca.enabled");

}  // namespace yilian::policy
