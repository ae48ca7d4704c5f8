#pragma once

#include "libs/storage/transaction.h"

// SQL of the copies of other services' facts. Every write upserts, so that a repeated or rebuilt
// event gives the same row.
namespace yilian::referrals::store {

using storage::Query;

inline constexpr Query kResident{
    "resident_copy",
    "SELECT sex, birth_date, deceased_on FROM resident_copies WHERE resident_id = $1"};
inline constexpr Query kSaveResident{
    "save_resident_copy",
    "INSERT INTO resident_copies (resident_id, sex, birth_date, deceased_on, caused_by) "
    "VALUES ($1,$2,$3,NULL,$4) ON CONFLICT (resident_id) DO UPDATE SET sex=$2, birth_date=$3, "
    "caused_by=$4"};
inline constexpr Query kResidentDied{
    "resident_copy_died",
    "UPDATE resident_copies SET deceased_on = $2, caused_by = $3 WHERE resident_id = $1"};

inline constexpr Query kInstitution{
    "institution_copy", "SELECT class, level FROM institution_copies WHERE institution_id = $1"};
inline constexpr Query kSaveInstitution{
    "save_institution_copy",
    "INSERT INTO institution_copies (institution_id, class, level, parent_institution_id, "
    "caused_by) VALUES ($1,$2,$3,$4,$5) ON CONFLICT (institution_id) DO UPDATE SET class=$2, "
    "level=$3, parent_institution_id=$4, caused_by=$5"};

// The smallest consortium of which both are members on the day.
inline constexpr Query kCommonConsortium{
    "common_consortium",
    "SELECT a.consortium_id FROM membership_copies a JOIN membership_copies b "
    "ON b.consortium_id = a.consortium_id WHERE a.institution_id = $1 AND b.institution_id = $2 "
    "AND a.valid_from <= $3 AND (a.valid_to IS NULL OR a.valid_to >= $3) AND b.valid_from <= $3 "
    "AND (b.valid_to IS NULL OR b.valid_to >= $3) ORDER BY a.consortium_id LIMIT 1"};
inline constexpr Query kSaveMembership{
    "save_membership_copy",
    "INSERT INTO membership_copies (consortium_id, institution_id, valid_from, valid_to, role, "
    "caused_by) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (consortium_id, institution_id, "
    "valid_from) DO UPDATE SET valid_to=$4, role=$5, caused_by=$6"};

inline constexpr Query kPractitioner{
    "practitioner_copy",
    "SELECT institution_ids, valid_from, valid_to FROM practitioner_copies "
    "WHERE practitioner_id = $1"};
inline constexpr Query kSavePractitioner{
    "save_practitioner_copy",
    "INSERT INTO practitioner_copies (practitioner_id, institution_ids, title, rights, "
    "valid_from, valid_to, caused_by) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT "
    "(practitioner_id) DO UPDATE SET institution_ids=$2, title=$3, rights=$4, valid_from=$5, "
    "valid_to=$6, caused_by=$7"};

inline constexpr Query kContractOn{
    "contract_copy_on",
    "SELECT contract_id, team_id, institution_id FROM contract_copies WHERE resident_id = $1 "
    "AND voided = 0 AND valid_from <= $2 AND valid_to >= $2 ORDER BY contract_id LIMIT 1"};
inline constexpr Query kSaveContract{
    "save_contract_copy",
    "INSERT INTO contract_copies (contract_id, resident_id, team_id, institution_id, valid_from, "
    "valid_to, voided, caused_by) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (contract_id) DO "
    "UPDATE SET team_id=$3, institution_id=$4, valid_from=$5, valid_to=$6, voided=$7, "
    "caused_by=$8"};
inline constexpr Query kEndContract{
    "end_contract_copy",
    "UPDATE contract_copies SET valid_to = $2, caused_by = $3 WHERE contract_id = $1"};

inline constexpr Query kTeam{
    "team_copy", "SELECT institution_id, successor_id FROM team_copies WHERE team_id = $1"};
inline constexpr Query kSaveTeam{
    "save_team_copy",
    "INSERT INTO team_copies (team_id, institution_id, leader_id, successor_id, dissolved, "
    "caused_by) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (team_id) DO UPDATE SET "
    "institution_id=$2, leader_id=$3, successor_id=$4, dissolved=$5, caused_by=$6"};

inline constexpr Query kSaveAdvice{
    "save_advice_copy",
    "INSERT INTO advice_copies (action_id, enrolment_id, resident_id, team_id, institution_id, "
    "disease_code, urgency, criteria, follow_by, caused_by) "
    "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (action_id) DO UPDATE SET "
    "team_id=$4, institution_id=$5, disease_code=$6, urgency=$7, criteria=$8, follow_by=$9, "
    "caused_by=$10"};
inline constexpr Query kAdvice{"advice_copy",
                               "SELECT resident_id FROM advice_copies WHERE action_id = $1"};

inline constexpr Query kVisit{
    "visit_copy", "SELECT resident_id, visit_on, voided FROM visit_copies WHERE visit_id = $1"};
inline constexpr Query kSaveVisit{
    "save_visit_copy",
    "INSERT INTO visit_copies (visit_id, resident_id, visit_on, institution_id, referral_id, "
    "voided, caused_by) VALUES ($1,$2,$3,$4,$5,0,$6) ON CONFLICT (visit_id) DO UPDATE SET "
    "visit_on=$3, institution_id=$4, referral_id=$5, caused_by=$6"};
inline constexpr Query kVoidVisit{
    "void_visit_copy", "UPDATE visit_copies SET voided = 1, caused_by = $2 WHERE visit_id = $1"};

inline constexpr Query kSaveDispense{
    "save_dispense_copy",
    "INSERT INTO dispense_copies (dispense_id, line_no, resident_id, generic_code, dispensed_on, "
    "reversed, caused_by) VALUES ($1,$2,$3,$4,$5,0,$6) ON CONFLICT (dispense_id, line_no) DO "
    "UPDATE SET generic_code=$4, dispensed_on=$5, caused_by=$6"};
inline constexpr Query kReverseDispense{
    "reverse_dispense_copy",
    "UPDATE dispense_copies SET reversed = 1, caused_by = $3 WHERE dispense_id = $1 "
    "AND line_no = $2"};
inline constexpr Query kDispensedSince{
    "dispensed_since",
    "SELECT DISTINCT generic_code FROM dispense_copies WHERE resident_id = $1 "
    "AND dispensed_on >= $2 AND reversed = 0 ORDER BY generic_code"};

}  // namespace yilian::referrals::store
