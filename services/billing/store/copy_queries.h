#pragma once

#include "libs/storage/transaction.h"

// SQL of the copies of other services' facts. Written by consumers alone.
namespace yilian::billing::store {

using storage::Query;

inline constexpr Query kResident{
    "resident_copy",
    "SELECT resident_id, sex, birth_date, deceased_on, left_on, merged_into FROM resident_copies "
    "WHERE resident_id = $1"};
inline constexpr Query kSaveResident{
    "save_resident_copy",
    "INSERT INTO resident_copies (resident_id, sex, birth_date, deceased_on, left_on, merged_into) "
    "VALUES ($1,$2,$3,'','','') ON CONFLICT (resident_id) DO UPDATE SET sex=$2, birth_date=$3"};
inline constexpr Query kResidentDied{
    "resident_copy_died", "UPDATE resident_copies SET deceased_on = $2 WHERE resident_id = $1"};
inline constexpr Query kResidentLeft{
    "resident_copy_left", "UPDATE resident_copies SET left_on = $2 WHERE resident_id = $1"};
inline constexpr Query kResidentMerged{
    "resident_copy_merged", "UPDATE resident_copies SET merged_into = $2 WHERE resident_id = $1"};
inline constexpr Query kMergedInto{
    "resident_copies_merged_into",
    "SELECT resident_id FROM resident_copies WHERE merged_into = $1 AND merged_into <> "
    "'' ORDER BY resident_id"};
inline constexpr Query kInsurances{
    "insurance_copies_of",
    "SELECT effective_on, insurance FROM insurance_copies WHERE resident_id = $1 ORDER BY "
    "effective_on"};
inline constexpr Query kSaveInsurance{
    "save_insurance_copy",
    "INSERT INTO insurance_copies (resident_id, effective_on, insurance) VALUES ($1,$2,$3) ON "
    "CONFLICT (resident_id, effective_on) DO UPDATE SET insurance=$3"};

// As of a day: the facts in force then, or the earliest known.
inline constexpr Query kInstitutionOn{
    "institution_copy_on",
    "SELECT class, level, parent_id, agreement_from, agreement_to FROM institution_copies WHERE "
    "institution_id = $1 ORDER BY CASE WHEN effective_on <= $2 THEN 0 ELSE 1 END, CASE WHEN "
    "effective_on <= $2 THEN effective_on ELSE '' END DESC, effective_on LIMIT 1"};
inline constexpr Query kSaveInstitution{
    "save_institution_copy",
    "INSERT INTO institution_copies (institution_id, effective_on, class, level, parent_id, "
    "agreement_from, agreement_to) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (institution_id, "
    "effective_on) DO UPDATE SET class=$3, level=$4, parent_id=$5, agreement_from=$6, "
    "agreement_to=$7"};
inline constexpr Query kChildren{
    "institution_children",
    "SELECT DISTINCT institution_id FROM institution_copies WHERE parent_id = $1 ORDER BY "
    "institution_id"};
inline constexpr Query kLatestParent{
    "institution_latest_parent",
    "SELECT parent_id FROM institution_copies WHERE institution_id = $1 ORDER BY effective_on DESC "
    "LIMIT 1"};

inline constexpr Query kMemberships{"membership_copies_of",
                                    "SELECT consortium_id, from_on, to_on FROM membership_copies "
                                    "WHERE institution_id = $1 ORDER BY "
                                    "from_on, consortium_id"};
inline constexpr Query kSaveMembership{
    "save_membership_copy",
    "INSERT INTO membership_copies (consortium_id, institution_id, from_on, to_on, role) VALUES "
    "($1,$2,$3,$4,$5) ON CONFLICT (institution_id, consortium_id, from_on) DO UPDATE SET to_on=$4, "
    "role=$5"};
inline constexpr Query kLead{
    "consortium_lead",
    "SELECT institution_id FROM membership_copies WHERE consortium_id = $1 AND role = 'LEAD' AND "
    "from_on <= $2 AND (to_on = '' OR to_on >= $2) ORDER BY institution_id LIMIT 1"};
inline constexpr Query kConsortia{
    "consortia", "SELECT DISTINCT consortium_id FROM membership_copies ORDER BY consortium_id"};

inline constexpr Query kContract{
    "contract_copy",
    "SELECT contract_id, resident_id, team_id, institution_id, valid_from, valid_to, ended_on, "
    "state, fee_fen FROM contract_copies WHERE contract_id = $1"};
inline constexpr Query kContractsOfResident{
    "contract_copies_of",
    "SELECT contract_id, resident_id, team_id, institution_id, valid_from, valid_to, ended_on, "
    "state, fee_fen FROM contract_copies WHERE resident_id = $1 ORDER BY contract_id"};
inline constexpr Query kResidentsOfInstitution{
    "contract_copies_residents",
    "SELECT DISTINCT resident_id FROM contract_copies WHERE institution_id = $1 ORDER BY "
    "resident_id"};
inline constexpr Query kSaveContract{
    "save_contract_copy",
    "INSERT INTO contract_copies (contract_id, resident_id, team_id, institution_id, valid_from, "
    "valid_to, ended_on, state, fee_fen) VALUES ($1,$2,$3,$4,$5,$6,'',$7,$8) ON CONFLICT "
    "(contract_id) DO UPDATE SET state=$7, valid_from=$5, valid_to=$6, team_id=$3, fee_fen=$8"};
inline constexpr Query kEndContract{
    "end_contract_copy", "UPDATE contract_copies SET ended_on = $2 WHERE contract_id = $1"};

inline constexpr Query kTeam{
    "team_copy", "SELECT institution_id, dissolved FROM team_copies WHERE team_id = $1"};
inline constexpr Query kSaveTeam{
    "save_team_copy",
    "INSERT INTO team_copies (team_id, institution_id, successor_id, dissolved) VALUES "
    "($1,$2,$3,$4)"
    " ON CONFLICT (team_id) DO UPDATE SET institution_id=$2, successor_id=$3, dissolved=$4"};

inline constexpr Query kChronicOf{
    "chronic_copies_of",
    "SELECT confirmed_on, closed_on FROM chronic_copies WHERE resident_id = $1 AND confirmed_on <> "
    "'' ORDER BY enrolment_id"};
inline constexpr Query kSaveChronic{
    "save_chronic_copy",
    "INSERT INTO chronic_copies (enrolment_id, resident_id, disease_code, confirmed_on, closed_on) "
    "VALUES ($1,$2,$3,$4,'') ON CONFLICT (enrolment_id) DO UPDATE SET confirmed_on=$4, "
    "disease_code=$3"};
inline constexpr Query kCloseChronic{
    "close_chronic_copy",
    "INSERT INTO chronic_copies (enrolment_id, resident_id, disease_code, confirmed_on, closed_on) "
    "VALUES ($1,$2,$3,'',$4) ON CONFLICT (enrolment_id) DO UPDATE SET closed_on=$4"};

#define YILIAN_EVIDENCE_COLUMNS                                                        \
    "evidence_id, referral_id, sequence, chain_id, resident_id, from_institution_id, " \
    "to_institution_id, direction, beyond_county, valid, arrived_at, admitted_at, issued_at"
// What the owner answered counts until the event itself has come.
inline constexpr Query kEvidenceNamed{
    "evidence_named",
    "SELECT " YILIAN_EVIDENCE_COLUMNS
    " FROM evidence_copies WHERE referral_id = $1 OR referral_id IN (SELECT referral_id FROM "
    "evidence_copies WHERE evidence_id = $1 UNION SELECT referral_id FROM evidence_answers WHERE "
    "evidence_id = $1) UNION ALL SELECT " YILIAN_EVIDENCE_COLUMNS
    " FROM evidence_answers WHERE (referral_id = $1 OR referral_id IN (SELECT referral_id FROM "
    "evidence_copies WHERE evidence_id = $1 UNION SELECT referral_id FROM evidence_answers WHERE "
    "evidence_id = $1)) AND NOT EXISTS (SELECT 1 FROM evidence_copies c WHERE c.evidence_id = "
    "evidence_answers.evidence_id) ORDER BY 3, 1"};
inline constexpr Query kEvidenceHeld{
    "evidence_held",
    "SELECT COUNT(*) FROM evidence_copies WHERE evidence_id = $1 OR referral_id = $1"};
inline constexpr Query kKeepEvidenceAnswer{
    "keep_evidence_answer",
    "INSERT INTO evidence_answers (" YILIAN_EVIDENCE_COLUMNS
    ") VALUES ($1,$2,0,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) ON CONFLICT (evidence_id) DO NOTHING"};
inline constexpr Query kSaveEvidence{
    "save_evidence_copy",
    "INSERT INTO evidence_copies (" YILIAN_EVIDENCE_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) ON CONFLICT (evidence_id) DO UPDATE SET "
    "sequence=$3"};

inline constexpr Query kSaveDispense{
    "save_dispense_copy",
    "INSERT INTO dispense_copies (dispense_id, line_no, prescription_id, resident_id, "
    "dispenser_id, "
    "quantity_milli, dispensed_on, reversed) VALUES ($1,$2,$3,$4,$5,$6,$7,0) ON CONFLICT "
    "(dispense_id, line_no) DO UPDATE SET quantity_milli=$6, dispensed_on=$7"};
inline constexpr Query kReverseDispense{
    "reverse_dispense_copy",
    "UPDATE dispense_copies SET reversed = 1 WHERE dispense_id = $1 AND line_no = $2"};
inline constexpr Query kDispensed{
    "dispensed",
    "SELECT COUNT(*) FROM dispense_copies WHERE prescription_id = $1 AND reversed = 0"};
inline constexpr Query kClearFeeShares{
    "clear_fee_share_copies", "DELETE FROM fee_share_copies WHERE team_id = $1 AND period = $2"};
inline constexpr Query kSaveFeeShare{
    "save_fee_share_copy",
    "INSERT INTO fee_share_copies (team_id, period, practitioner_id, amount_fen) VALUES "
    "($1,$2,$3,$4)"};

}  // namespace yilian::billing::store
