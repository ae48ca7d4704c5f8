#pragma once

#include "libs/storage/transaction.h"

// All SQL of the service.
namespace yilian::directory::store {

using storage::Query;

inline constexpr Query kInstitution{
    "institution", "SELECT record, batch_id, changes FROM institutions WHERE institution_id = $1"};
inline constexpr Query kInstitutionPage{
    "institution_page",
    "SELECT i.record, i.batch_id, i.changes FROM institutions i WHERE i.institution_id > $2 AND "
    "($1 = '' OR EXISTS (SELECT 1 FROM memberships m WHERE m.consortium_id = $1 AND "
    "m.institution_id = i.institution_id)) ORDER BY i.institution_id LIMIT $3"};
inline constexpr Query kSaveInstitution{
    "save_institution",
    "INSERT INTO institutions (institution_id, record, batch_id, changes) VALUES ($1,$2,$3,$4) "
    "ON CONFLICT (institution_id) DO UPDATE SET record=$2, changes=$4 "
    "WHERE institutions.changes = $4 - 1"};
inline constexpr Query kDeleteInstitution{"delete_institution",
                                          "DELETE FROM institutions WHERE institution_id = $1"};

inline constexpr Query kMemberships{
    "memberships",
    "SELECT consortium_id, institution_id, role, valid_from, valid_to FROM memberships WHERE "
    "($1 = '' OR consortium_id = $1) AND ($2 = '' OR institution_id = $2) AND "
    "consortium_id || '/' || institution_id || '/' || valid_from > $3 "
    "ORDER BY consortium_id, institution_id, valid_from LIMIT $4"};
inline constexpr Query kSaveMembership{
    "save_membership",
    "INSERT INTO memberships (consortium_id, institution_id, role, valid_from, valid_to, batch_id) "
    "VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (consortium_id, institution_id, valid_from) DO UPDATE "
    "SET role=$3, valid_to=$5"};

inline constexpr Query kPractitioner{
    "practitioner",
    "SELECT record, wrapped_key, sealed_name, batch_id, changes FROM practitioners "
    "WHERE practitioner_id = $1"};
inline constexpr Query kPractitionerPage{
    "practitioner_page",
    "SELECT record, wrapped_key, sealed_name, batch_id, changes FROM practitioners "
    "WHERE institution_id = $1 AND practitioner_id > $2 ORDER BY practitioner_id LIMIT $3"};
inline constexpr Query kSavePractitioner{
    "save_practitioner",
    "INSERT INTO practitioners (practitioner_id, record, wrapped_key, sealed_name, institution_id, "
    "batch_id, changes) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (practitioner_id) DO UPDATE SET "
    "record=$2, wrapped_key=$3, sealed_name=$4, institution_id=$5, changes=$7 "
    "WHERE practitioners.changes = $7 - 1"};

#define YILIAN_RESIDENT_COLUMNS                                                               \
    "resident_id, state, sex, birth_date, insurance, insured_region, home_institution_id, "   \
    "grid_unit_code, aid_class, deceased_on, moved_outside, effective_on, batch_id, changes"
inline constexpr Query kResident{
    "resident", "SELECT " YILIAN_RESIDENT_COLUMNS " FROM residents WHERE resident_id = $1"};
inline constexpr Query kSaveResident{
    "save_resident",
    "INSERT INTO residents (" YILIAN_RESIDENT_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) ON CONFLICT (resident_id) DO UPDATE "
    "SET state=$2, sex=$3, birth_date=$4, insurance=$5, insured_region=$6, "
    "home_institution_id=$7, grid_unit_code=$8, aid_class=$9, deceased_on=$10, moved_outside=$11, "
    "effective_on=$12, changes=$14 WHERE residents.changes = $14 - 1"};
inline constexpr Query kIdentityByDigest{
    "identity_by_digest",
    "SELECT resident_id FROM identities WHERE document_kind = $1 AND document_digest = $2"};
inline constexpr Query kSaveIdentity{
    "save_identity",
    "INSERT INTO identities (resident_id, document_kind, document_digest, wrapped_key, sealed) "
    "VALUES ($1,$2,$3,$4,$5) ON CONFLICT (resident_id) DO UPDATE SET document_kind=$2, "
    "document_digest=$3, wrapped_key=$4, sealed=$5"};
inline constexpr Query kHealthCodes{
    "health_codes",
    "SELECT kind, code, valid_from, valid_to, recorded_by, recorded_on FROM health_codes "
    "WHERE resident_id = $1 ORDER BY kind, code, valid_from"};
inline constexpr Query kSaveHealthCode{
    "save_health_code",
    "INSERT INTO health_codes (resident_id, kind, code, valid_from, valid_to, recorded_by, "
    "recorded_on) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (resident_id, kind, code, valid_from) "
    "DO UPDATE SET valid_to=$5, recorded_by=$6, recorded_on=$7"};

inline constexpr Query kTeam{
    "team", "SELECT record, batch_id, changes FROM teams WHERE team_id = $1"};
inline constexpr Query kTeamPage{
    "team_page",
    "SELECT record, batch_id, changes FROM teams WHERE institution_id = $1 AND team_id > $2 "
    "ORDER BY team_id LIMIT $3"};
inline constexpr Query kSaveTeam{
    "save_team",
    "INSERT INTO teams (team_id, institution_id, record, batch_id, changes) VALUES ($1,$2,$3,$4,$5) "
    "ON CONFLICT (team_id) DO UPDATE SET record=$3, changes=$5 WHERE teams.changes = $5 - 1"};
inline constexpr Query kTeamContracts{
    "team_contracts",
    "SELECT count(*) FROM contracts WHERE team_id = $1 AND state IN ('SIGNED', 'ACTIVE', "
    "'DUE_FOR_RENEWAL')"};
inline constexpr Query kDoctorContracts{
    "doctor_contracts",
    "SELECT count(*) FROM contracts WHERE family_doctor_id = $1 AND state IN ('SIGNED', 'ACTIVE', "
    "'DUE_FOR_RENEWAL')"};

#define YILIAN_CONTRACT_COLUMNS                                                                   \
    "contract_id, number, resident_id, team_id, institution_id, family_doctor_id, party, "        \
    "package_ids, key_groups, state, offered_at, signed_at, valid_from, valid_to, "               \
    "signature_method, signature_document_id, previous_contract_id, end_reason, fee_fen, "        \
    "payer_split, changes"
inline constexpr Query kContract{
    "contract", "SELECT " YILIAN_CONTRACT_COLUMNS " FROM contracts WHERE contract_id = $1"};
inline constexpr Query kContractsOfResident{
    "contracts_of_resident",
    "SELECT " YILIAN_CONTRACT_COLUMNS
    " FROM contracts WHERE resident_id = $1 ORDER BY valid_from, contract_id"};
inline constexpr Query kContractPage{
    "contract_page",
    "SELECT " YILIAN_CONTRACT_COLUMNS
    " FROM contracts WHERE ($1 = '' OR resident_id = $1) AND ($2 = '' OR team_id = $2) AND "
    "contract_id > $3 ORDER BY contract_id LIMIT $4"};
inline constexpr Query kSaveContract{
    "save_contract",
    "INSERT INTO contracts (" YILIAN_CONTRACT_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21) "
    "ON CONFLICT (contract_id) DO UPDATE SET state=$10, signed_at=$12, valid_from=$13, "
    "valid_to=$14, signature_method=$15, signature_document_id=$16, end_reason=$18, fee_fen=$19, "
    "payer_split=$20, key_groups=$9, changes=$21 WHERE contracts.changes = $21 - 1"};
inline constexpr Query kNextNumber{
    "next_contract_number",
    "INSERT INTO contract_numbers (scope, last_number) VALUES ($1, 1) ON CONFLICT (scope) DO "
    "UPDATE SET last_number = contract_numbers.last_number + 1 RETURNING last_number"};
inline constexpr Query kAddContractJournal{
    "add_contract_journal",
    "INSERT INTO contract_journal (contract_id, changes, action, from_state, to_state, actor_id, "
    "institution_id, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)"};

inline constexpr Query kAddDelivery{
    "add_delivery",
    "INSERT INTO deliveries (evidence_event_id, item_code, contract_id, resident_id, team_id, "
    "done_by, done_on, evidence_ref, reversed) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0) "
    "ON CONFLICT (evidence_event_id, item_code) DO NOTHING"};
inline constexpr Query kDeliveriesOfContract{
    "deliveries_of_contract",
    "SELECT count(*) FROM deliveries WHERE contract_id = $1 AND reversed = 0"};
inline constexpr Query kDeliveriesByRef{
    "deliveries_by_ref",
    "SELECT evidence_event_id, item_code, contract_id, resident_id, done_by, done_on FROM "
    "deliveries WHERE evidence_ref = $1 AND reversed = 0 ORDER BY evidence_event_id, item_code"};
inline constexpr Query kReverseDelivery{
    "reverse_delivery",
    "UPDATE deliveries SET reversed = 1 WHERE evidence_event_id = $1 AND item_code = $2"};
inline constexpr Query kWorkload{
    "workload",
    "SELECT done_by, count(*) FROM deliveries WHERE team_id = $1 AND substr(done_on, 1, 7) = $2 "
    "AND reversed = 0 GROUP BY done_by ORDER BY done_by"};

inline constexpr Query kPointsOfResident{
    "points_of_resident",
    "SELECT entry_id, points, rule_id, source_event_id, occurred_on, expires_on, reversal_of, "
    "source_ref FROM points_entries WHERE resident_id = $1 ORDER BY occurred_on, entry_id"};
inline constexpr Query kPointsBySource{
    "points_by_source",
    "SELECT entry_id, points, rule_id, source_event_id, occurred_on, expires_on, reversal_of, "
    "source_ref FROM points_entries WHERE resident_id = $1 AND source_ref = $2 "
    "ORDER BY entry_id"};
inline constexpr Query kAddPoints{
    "add_points",
    "INSERT INTO points_entries (entry_id, resident_id, debit_account, credit_account, points, "
    "rule_id, source_event_id, source_ref, occurred_on, expires_on, reversal_of) "
    "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) "
    "ON CONFLICT (rule_id, source_event_id, reversal_of) DO NOTHING"};

inline constexpr Query kFeeSplit{
    "fee_split",
    "SELECT record FROM fee_splits WHERE team_id = $1 AND period = $2 AND source = $3"};
inline constexpr Query kSaveFeeSplit{
    "save_fee_split",
    "INSERT INTO fee_splits (team_id, period, source, record) VALUES ($1,$2,$3,$4)"};
inline constexpr Query kClosePeriod{
    "close_period",
    "INSERT INTO closed_periods (period, caused_by) VALUES ($1,$2) ON CONFLICT (period) DO NOTHING"};

inline constexpr Query kBatch{
    "import_batch", "SELECT kind, undone FROM import_batches WHERE batch_id = $1"};
inline constexpr Query kAddBatch{
    "add_import_batch",
    "INSERT INTO import_batches (batch_id, kind, institution_id, imported_at, undone) "
    "VALUES ($1,$2,$3,$4,0) ON CONFLICT (batch_id) DO NOTHING"};

// Figures and checks.
inline constexpr Query kCountResidents{
    "count_residents", "SELECT count(*) FROM residents WHERE state = 'ALIVE' AND moved_outside = 0"};
inline constexpr Query kCountActive{
    "count_active",
    "SELECT count(*) FROM contracts WHERE state IN ('ACTIVE', 'DUE_FOR_RENEWAL')"};
inline constexpr Query kCheckTwoInForce{
    "check_two_in_force",
    "SELECT resident_id FROM contracts WHERE state IN ('ACTIVE', 'DUE_FOR_RENEWAL') "
    "GROUP BY resident_id HAVING count(*) > 1 ORDER BY 1"};
inline constexpr Query kCheckPointsTwice{
    "check_points_twice",
    "SELECT min(entry_id) FROM points_entries WHERE reversal_of = '' "
    "GROUP BY rule_id, resident_id, occurred_on HAVING count(*) - (SELECT count(*) FROM "
    "points_entries r WHERE r.reversal_of <> '' AND r.rule_id = min(points_entries.rule_id) AND "
    "r.resident_id = min(points_entries.resident_id) AND r.occurred_on = "
    "min(points_entries.occurred_on)) > 1 ORDER BY 1"};
inline constexpr Query kCheckIdentity{
    "check_identity",
    "SELECT r.resident_id FROM residents r WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE "
    "i.resident_id = r.resident_id) ORDER BY 1"};
inline constexpr Query kCheckTeam{
    "check_team",
    "SELECT c.contract_id FROM contracts c WHERE NOT EXISTS (SELECT 1 FROM teams t WHERE "
    "t.team_id = c.team_id AND t.institution_id = c.institution_id) ORDER BY 1"};
inline constexpr Query kCheckJournal{
    "check_journal",
    "SELECT c.contract_id FROM contracts c WHERE c.changes <> (SELECT count(*) FROM "
    "contract_journal j WHERE j.contract_id = c.contract_id) ORDER BY 1"};

}  // namespace yilian::directory::store
