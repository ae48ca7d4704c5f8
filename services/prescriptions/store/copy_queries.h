#pragma once

#include "libs/storage/transaction.h"

// SQL of the copies of other services' facts. Upserts, so that the same facts in another order give
// the same rows.
namespace yilian::prescriptions::store {

using storage::Query;

// The ids under which facts of the person $1 came: the surviving one and those merged into it.
#define YILIAN_PERSON                                                                    \
    "(WITH RECURSIVE person(id) AS (SELECT CAST($1 AS TEXT) UNION SELECT m.resident_id " \
    "FROM resident_merges m JOIN person p ON m.merged_into = p.id) SELECT id FROM person)"

inline constexpr Query kMergedInto{
    "resident_merged_into",
    "SELECT merged_into FROM resident_merges WHERE resident_id = $1 AND merged_into <> ''"};
inline constexpr Query kSaveMerge{
    "save_resident_merge",
    "INSERT INTO resident_merges (resident_id, merged_into, caused_by) VALUES ($1,$2,$3) ON "
    "CONFLICT (resident_id) DO UPDATE SET merged_into=$2, caused_by=$3"};

inline constexpr Query kResident{
    "resident_copy",
    "SELECT birth_date, home_institution_id, deceased_on FROM resident_copies "
    "WHERE resident_id = $1"};
inline constexpr Query kSaveResident{
    "save_resident_copy",
    "INSERT INTO resident_copies (resident_id, sex, birth_date, home_institution_id, deceased_on, "
    "caused_by) VALUES ($1,$2,$3,$4,NULL,$5) ON CONFLICT (resident_id) DO UPDATE SET sex=$2, "
    "birth_date=$3, home_institution_id=$4, caused_by=$5"};
inline constexpr Query kResidentDied{
    "resident_copy_died",
    "UPDATE resident_copies SET deceased_on = $2, caused_by = $3 WHERE resident_id = $1"};

inline constexpr Query kHealthCodes{"health_code_copy",
                                    "SELECT allergy_codes, special_groups FROM health_code_copies "
                                    "WHERE resident_id IN " YILIAN_PERSON " ORDER BY resident_id"};
inline constexpr Query kSaveHealthCodes{
    "save_health_code_copy",
    "INSERT INTO health_code_copies (resident_id, allergy_codes, special_groups, caused_by) "
    "VALUES ($1,$2,$3,$4) ON CONFLICT (resident_id) DO UPDATE SET allergy_codes=$2, "
    "special_groups=$3, caused_by=$4"};

inline constexpr Query kInstitution{
    "institution_copy",
    "SELECT class, parent_institution_id, agreement_from, agreement_to FROM institution_copies "
    "WHERE institution_id = $1"};
inline constexpr Query kSaveInstitution{
    "save_institution_copy",
    "INSERT INTO institution_copies (institution_id, class, parent_institution_id, "
    "agreement_from, agreement_to, caused_by) VALUES ($1,$2,$3,$4,$5,$6) "
    "ON CONFLICT (institution_id) DO UPDATE SET class=$2, parent_institution_id=$3, "
    "agreement_from=$4, agreement_to=$5, caused_by=$6"};
inline constexpr Query kConsortia{
    "consortia_of_institution",
    "SELECT DISTINCT consortium_id FROM membership_copies WHERE institution_id IN ($1, $2) "
    "AND valid_from <= $3 AND (valid_to = '' OR valid_to >= $3) ORDER BY consortium_id"};
inline constexpr Query kSaveMembership{
    "save_membership_copy",
    "INSERT INTO membership_copies (institution_id, consortium_id, valid_from, valid_to, "
    "caused_by) VALUES ($1,$2,$3,$4,$5) ON CONFLICT (institution_id, consortium_id, valid_from) "
    "DO UPDATE SET valid_to=$4, caused_by=$5"};

inline constexpr Query kPractitioner{
    "practitioner_copy",
    "SELECT institution_ids, title, rights, valid_from, valid_to FROM practitioner_copies "
    "WHERE practitioner_id = $1"};
inline constexpr Query kSavePractitioner{
    "save_practitioner_copy",
    "INSERT INTO practitioner_copies (practitioner_id, institution_ids, title, rights, "
    "valid_from, valid_to, caused_by) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (practitioner_id) "
    "DO UPDATE SET institution_ids=$2, title=$3, rights=$4, valid_from=$5, valid_to=$6, "
    "caused_by=$7"};

inline constexpr Query kContractOn{
    "contract_copy_on",
    "SELECT contract_id, institution_id FROM contract_copies WHERE resident_id IN " YILIAN_PERSON
    " AND "
    "state = 'ACTIVE' AND valid_from <= $2 AND valid_to >= $2 ORDER BY contract_id LIMIT 1"};
inline constexpr Query kSaveContract{
    "save_contract_copy",
    "INSERT INTO contract_copies (contract_id, resident_id, institution_id, valid_from, valid_to, "
    "state, caused_by) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (contract_id) DO UPDATE SET "
    "institution_id=$3, valid_from=$4, valid_to=$5, state=$6, caused_by=$7"};
inline constexpr Query kEndContract{
    "end_contract_copy",
    "UPDATE contract_copies SET state = 'ENDED', valid_to = $2, caused_by = $3 "
    "WHERE contract_id = $1"};

inline constexpr Query kReferralPlan{
    "referral_plan",
    "SELECT resident_id, planned, returned, drug_codes FROM referral_plans "
    "WHERE referral_id = $1"};
inline constexpr Query kSavePlan{
    "save_referral_plan",
    "INSERT INTO referral_plans (referral_id, resident_id, planned, returned, drug_codes, "
    "caused_by) VALUES ($1,$2,1,0,$3,$4) ON CONFLICT (referral_id) DO UPDATE SET planned=1, "
    "drug_codes=CASE WHEN $3 = '' THEN referral_plans.drug_codes ELSE $3 END, caused_by=$4"};
inline constexpr Query kSaveReturn{
    "save_referral_return",
    "INSERT INTO referral_plans (referral_id, resident_id, planned, returned, drug_codes, "
    "caused_by) VALUES ($1,$2,0,1,'',$3) ON CONFLICT (referral_id) DO UPDATE SET returned=1, "
    "caused_by=$3"};

// A list of a stay; the referral that led to it ends with it.
inline constexpr Query kSaveStay{
    "save_stay_copy",
    "INSERT INTO stay_copies (stay_key, resident_id, admitted_on, discharged_on, version, "
    "withdrawn, caused_by) VALUES ($1,$2,$3,$4,$5,0,$6) ON CONFLICT (stay_key) DO UPDATE SET "
    "admitted_on=$3, discharged_on=$4, version=$5, withdrawn=0, caused_by=$6 "
    "WHERE stay_copies.version <= $5"};
inline constexpr Query kWithdrawStay{
    "withdraw_stay_copy",
    "UPDATE stay_copies SET withdrawn = 1, caused_by = $2 WHERE stay_key = $1"};
inline constexpr Query kSaveReferralStay{
    "save_referral_stay_copy",
    "INSERT INTO stay_copies (stay_key, resident_id, admitted_on, discharged_on, version, "
    "withdrawn, caused_by) VALUES ($1,$2,$3,'',0,0,$4) ON CONFLICT (stay_key) DO UPDATE SET "
    "admitted_on=$3, caused_by=$4"};
inline constexpr Query kEndReferralStay{
    "end_referral_stay_copy",
    "UPDATE stay_copies SET discharged_on = $2, caused_by = $3 WHERE stay_key = $1"};
inline constexpr Query kStays{
    "stays_of_resident",
    "SELECT admitted_on, discharged_on FROM stay_copies WHERE resident_id IN " YILIAN_PERSON
    " AND withdrawn = 0 "
    "ORDER BY admitted_on, stay_key"};

inline constexpr Query kSaveControl{
    "save_control_copy",
    "INSERT INTO control_copies (visit_id, disease_code, resident_id, enrolment_id, visit_on, "
    "control_class, voided, caused_by) VALUES ($1,$2,$3,$4,$5,$6,0,$7) "
    "ON CONFLICT (visit_id, disease_code) DO UPDATE SET enrolment_id=$4, visit_on=$5, "
    "control_class=$6, caused_by=$7"};
inline constexpr Query kVoidControl{
    "void_control_copy",
    "INSERT INTO control_copies (visit_id, disease_code, resident_id, enrolment_id, visit_on, "
    "control_class, voided, caused_by) VALUES ($1,$2,$3,'','',0,1,$4) "
    "ON CONFLICT (visit_id, disease_code) DO UPDATE SET voided=1, caused_by=$4"};
// Class 1 is NONE, which leaves the control as it was.
inline constexpr Query kControl{
    "control_of_resident",
    "SELECT c.disease_code, c.visit_id, c.visit_on, c.control_class FROM control_copies c WHERE "
    "c.resident_id IN " YILIAN_PERSON
    " AND c.voided = 0 AND c.control_class > 1 AND NOT EXISTS (SELECT 1 FROM "
    "enrolment_ends e WHERE e.enrolment_id = c.enrolment_id) ORDER BY c.visit_on, c.visit_id"};
inline constexpr Query kEndEnrolment{
    "end_enrolment_copy",
    "INSERT INTO enrolment_ends (enrolment_id, resident_id, caused_by) VALUES ($1,$2,$3) "
    "ON CONFLICT (enrolment_id) DO UPDATE SET caused_by=$3"};

inline constexpr Query kSaveSettlement{
    "save_settlement_copy",
    "INSERT INTO settlement_copies (case_key, prescription_id, list_id, withdrawn, caused_by) "
    "VALUES ($1,$2,$3,0,$4) ON CONFLICT (case_key) DO UPDATE SET prescription_id=$2, list_id=$3, "
    "withdrawn=0, caused_by=$4"};
inline constexpr Query kWithdrawSettlement{
    "withdraw_settlement_copy",
    "UPDATE settlement_copies SET withdrawn = 1, caused_by = $2 WHERE case_key = $1"};
inline constexpr Query kSettlementOf{
    "settlement_of_prescription",
    "SELECT case_key, list_id FROM settlement_copies WHERE prescription_id = $1 "
    "AND withdrawn = 0 ORDER BY case_key LIMIT 1"};

}  // namespace yilian::prescriptions::store
