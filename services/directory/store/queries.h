#pragma once

#include "libs/storage/transaction.h"

// All SQL of the service.
namespace yilian::directory::store {

using storage::Query;

inline constexpr Query kInstitution{
    "institution", "SELECT record, batch_id, changes FROM institutions WHERE institution_id = $1"};
inline constexpr Query kInstitutionOn{
    "institution_on",
    "SELECT record FROM institution_versions WHERE institution_id = $1 ORDER BY CASE WHEN "
    "effective_on <= $2 THEN 0 ELSE 1 END, CASE WHEN effective_on <= $2 THEN effective_on ELSE '' "
    "END DESC, effective_on LIMIT 1"};
inline constexpr Query kInstitutionPage{
    "institution_page",
    "SELECT i.record, i.batch_id, i.changes FROM institutions i WHERE i.institution_id > $2 AND "
    "($1 = '' OR EXISTS (SELECT 1 FROM memberships m WHERE m.consortium_id = $1 AND "
    "m.institution_id = i.institution_id AND m.valid_from <= $4 AND (m.valid_to = '' OR "
    "m.valid_to >= $4))) ORDER BY i.institution_id LIMIT $3"};
inline constexpr Query kSaveInstitution{
    "save_institution",
    "INSERT INTO institutions (institution_id, parent_institution_id, record, batch_id, changes) "
    "VALUES ($1,$2,$3,$4,$5) ON CONFLICT (institution_id) DO UPDATE SET parent_institution_id=$2, "
    "record=$3, changes=$5 WHERE institutions.changes = $5 - 1"};
inline constexpr Query kSaveInstitutionVersion{
    "save_institution_version",
    "INSERT INTO institution_versions (institution_id, effective_on, record) VALUES ($1,$2,$3) "
    "ON CONFLICT (institution_id, effective_on) DO UPDATE SET record=$3"};

inline constexpr Query kMemberships{
    "memberships",
    "SELECT consortium_id, institution_id, role, valid_from, valid_to FROM memberships WHERE "
    "($1 = '' OR consortium_id = $1) AND ($2 = '' OR institution_id = $2) AND "
    "consortium_id || '/' || institution_id || '/' || valid_from > $3 "
    "ORDER BY consortium_id || '/' || institution_id || '/' || valid_from LIMIT $4"};
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
    "SELECT p.record, p.wrapped_key, p.sealed_name, p.batch_id, p.changes FROM practitioner_sites "
    "s "
    "JOIN practitioners p ON p.practitioner_id = s.practitioner_id WHERE s.institution_id = $1 "
    "AND s.practitioner_id > $2 ORDER BY s.practitioner_id LIMIT $3"};
inline constexpr Query kSavePractitioner{
    "save_practitioner",
    "INSERT INTO practitioners (practitioner_id, record, wrapped_key, sealed_name, batch_id, "
    "changes) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (practitioner_id) DO UPDATE SET "
    "record=$2, wrapped_key=$3, sealed_name=$4, changes=$6 WHERE practitioners.changes = $6 - 1"};
inline constexpr Query kClearSites{"clear_practitioner_sites",
                                   "DELETE FROM practitioner_sites WHERE practitioner_id = $1"};
inline constexpr Query kAddSite{
    "add_practitioner_site",
    "INSERT INTO practitioner_sites (institution_id, practitioner_id) VALUES ($1,$2) "
    "ON CONFLICT (institution_id, practitioner_id) DO NOTHING"};

#define YILIAN_RESIDENT_COLUMNS                                                             \
    "resident_id, state, sex, birth_date, insurance, insured_region, home_institution_id, " \
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

inline constexpr Query kTeam{"team",
                             "SELECT record, batch_id, changes FROM teams WHERE team_id = $1"};
inline constexpr Query kTeamPage{
    "team_page",
    "SELECT record, batch_id, changes FROM teams WHERE institution_id = $1 AND team_id > $2 "
    "ORDER BY team_id LIMIT $3"};
inline constexpr Query kSaveTeam{
    "save_team",
    "INSERT INTO teams (team_id, institution_id, record, batch_id, changes) VALUES "
    "($1,$2,$3,$4,$5) "
    "ON CONFLICT (team_id) DO UPDATE SET record=$3, changes=$5 WHERE teams.changes = $5 - 1"};
inline constexpr Query kClearMembers{"clear_team_members",
                                     "DELETE FROM team_members WHERE team_id = $1"};
inline constexpr Query kAddMember{
    "add_team_member",
    "INSERT INTO team_members (team_id, practitioner_id, role, capacity_share_bp) "
    "VALUES ($1,$2,$3,$4) ON CONFLICT (practitioner_id, team_id, role) DO UPDATE SET "
    "capacity_share_bp=$4"};
inline constexpr Query kSharesElsewhere{
    "shares_elsewhere",
    "SELECT COALESCE(CAST(sum(capacity_share_bp) AS BIGINT), 0) FROM team_members "
    "WHERE practitioner_id = $1 AND team_id <> $2"};
inline constexpr Query kTeamContracts{
    "team_contracts",
    "SELECT count(*) FROM contracts WHERE team_id = $1 AND state IN ('SIGNED', 'ACTIVE', "
    "'DUE_FOR_RENEWAL')"};
inline constexpr Query kDoctorContracts{
    "doctor_contracts",
    "SELECT count(*) FROM contracts WHERE family_doctor_id = $1 AND state IN ('SIGNED', 'ACTIVE', "
    "'DUE_FOR_RENEWAL')"};

#define YILIAN_CONTRACT_COLUMNS                                                            \
    "contract_id, number, resident_id, team_id, institution_id, family_doctor_id, party, " \
    "package_ids, key_groups, state, offered_at, signed_at, valid_from, valid_to, "        \
    "signature_method, signature_document_id, previous_contract_id, end_reason, fee_fen, " \
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
inline constexpr Query kContractHead{"contract_head",
                                     "SELECT changes FROM contract_heads WHERE resident_id = $1"};
inline constexpr Query kRaiseContractHead{
    "raise_contract_head",
    "INSERT INTO contract_heads (resident_id, changes) VALUES ($1, 1) ON CONFLICT (resident_id) "
    "DO UPDATE SET changes = contract_heads.changes + 1 WHERE contract_heads.changes = $2"};
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
    "done_by, done_on, evidence_ref, known_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) "
    "ON CONFLICT (evidence_event_id, item_code) DO NOTHING"};
inline constexpr Query kDeliveriesOfContract{
    "deliveries_of_contract",
    "SELECT count(*) FROM deliveries WHERE contract_id = $1 AND reversed_at IS NULL"};
inline constexpr Query kDeliveriesByRef{
    "deliveries_by_ref",
    "SELECT evidence_event_id, item_code, contract_id, done_by, done_on FROM deliveries "
    "WHERE evidence_ref = $1 AND reversed_at IS NULL ORDER BY evidence_event_id, item_code"};
inline constexpr Query kReverseDelivery{
    "reverse_delivery",
    "UPDATE deliveries SET reversed_at = $3 WHERE evidence_event_id = $1 AND item_code = $2"};
inline constexpr Query kVoidedAt{"voided_evidence",
                                 "SELECT voided_at FROM voided_evidence WHERE evidence_ref = $1"};
inline constexpr Query kVoidEvidence{
    "void_evidence",
    "INSERT INTO voided_evidence (evidence_ref, voided_at, caused_by) VALUES ($1,$2,$3) "
    "ON CONFLICT (evidence_ref) DO NOTHING"};
// What of a month was known before an instant.
inline constexpr Query kWorkload{
    "workload",
    "SELECT done_by, count(*) FROM deliveries WHERE team_id = $1 AND substr(done_on, 1, "
    "length($2)) = $2 "
    "AND known_at < $3 AND (reversed_at IS NULL OR reversed_at >= $3) GROUP BY done_by "
    "ORDER BY done_by"};

inline constexpr Query kPointsOfResident{
    "points_of_resident",
    "SELECT entry_id, points, rule_id, source_event_id, occurred_on, expires_on, reversal_of, "
    "source_ref FROM points_entries WHERE resident_id = $1 ORDER BY occurred_on, entry_id"};
inline constexpr Query kPointsPage{
    "points_page",
    "SELECT entry_id, points, rule_id, source_event_id, occurred_on, expires_on, reversal_of "
    "FROM points_entries WHERE resident_id = $1 AND ($2 = '' OR occurred_on || '/' || entry_id < "
    "$2) ORDER BY occurred_on DESC, entry_id DESC LIMIT $3"};
inline constexpr Query kPointsBalance{
    "points_balance",
    "SELECT COALESCE(CAST(sum(points) AS BIGINT), 0) FROM points_entries WHERE resident_id = $1"};
inline constexpr Query kPointsBySource{
    "points_by_source",
    "SELECT entry_id, points, rule_id, occurred_on, expires_on FROM points_entries e WHERE "
    "resident_id = $1 AND source_ref = $2 AND reversal_of = '' AND NOT EXISTS (SELECT 1 FROM "
    "points_entries r WHERE r.reversal_of = e.entry_id) ORDER BY entry_id"};
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
inline constexpr Query kAllFeeSplits{"all_fee_splits",
                                     "SELECT team_id, period, source, record FROM fee_splits "
                                     "ORDER BY team_id, period, source"};

// Copies of other services' facts.
inline constexpr Query kClosePeriod{"close_period",
                                    "INSERT INTO closed_periods (period, caused_by) VALUES ($1,$2) "
                                    "ON CONFLICT (period) DO NOTHING"};
inline constexpr Query kSaveEnrolmentCopy{
    "save_enrolment_copy",
    "INSERT INTO enrolment_copies (enrolment_id, resident_id, disease_code, confirmed_on, "
    "caused_by) VALUES ($1,$2,$3,$4,$5) ON CONFLICT (enrolment_id) DO UPDATE SET "
    "confirmed_on=$4, caused_by=$5"};
inline constexpr Query kDiseasesOf{
    "diseases_of",
    "SELECT DISTINCT disease_code FROM enrolment_copies WHERE resident_id = $1 "
    "ORDER BY disease_code"};
inline constexpr Query kSavePeerScore{
    "save_peer_score",
    "INSERT INTO peer_score_copies (review_id, performer_id, month, score_e2, caused_by) "
    "VALUES ($1,$2,$3,$4,$5) ON CONFLICT (review_id) DO UPDATE SET score_e2=$4, caused_by=$5"};
inline constexpr Query kPeerScores{
    "peer_scores",
    "SELECT CAST(sum(score_e2) AS BIGINT), count(*) FROM peer_score_copies "
    "WHERE performer_id = $1 AND substr(month, 1, length($2)) = $2 HAVING count(*) > 0"};
inline constexpr Query kAddAccess{
    "add_access",
    "INSERT INTO access_copies (event_id, service, resident_id, reader_id, institution_id, "
    "purpose, scope, break_glass, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) "
    "ON CONFLICT (event_id) DO NOTHING"};

// Imports and their undoing.
inline constexpr Query kBatch{
    "import_batch", "SELECT institution_id, undone FROM import_batches WHERE batch_id = $1"};
inline constexpr Query kAddBatch{
    "add_import_batch",
    "INSERT INTO import_batches (batch_id, institution_id, imported_at, undone) "
    "VALUES ($1,$2,$3,0) ON CONFLICT (batch_id) DO NOTHING"};
inline constexpr Query kMarkUndone{"undo_import_batch",
                                   "UPDATE import_batches SET undone = 1 WHERE batch_id = $1"};
inline constexpr Query kMembershipsOfBatch{
    "memberships_of_batch",
    "SELECT consortium_id, institution_id, role, valid_from, valid_to FROM memberships "
    "WHERE batch_id = $1 ORDER BY consortium_id, institution_id, valid_from"};
inline constexpr Query kTeamsOfBatch{
    "teams_of_batch",
    "SELECT record, batch_id, changes FROM teams WHERE batch_id = $1 ORDER BY team_id"};
inline constexpr Query kPractitionersOfBatch{
    "practitioners_of_batch",
    "SELECT record, practitioner_id FROM practitioners WHERE batch_id = $1 "
    "ORDER BY practitioner_id"};
inline constexpr Query kResidentsOfBatch{
    "residents_of_batch",
    "SELECT resident_id FROM residents WHERE batch_id = $1 ORDER BY resident_id"};
inline constexpr Query kInstitutionsOfBatch{
    "institutions_of_batch",
    "SELECT record, batch_id, changes FROM institutions WHERE batch_id = $1 "
    "ORDER BY institution_id"};

// The first thing outside of the batch that depends on a row of it: what it is, its id.
inline constexpr Query kUseOfTeams{
    "use_of_teams",
    "SELECT 'team', t.team_id FROM teams t WHERE t.batch_id = $1 AND t.changes > 1 "
    "UNION ALL SELECT 'contract', c.contract_id FROM contracts c JOIN teams t ON t.team_id = "
    "c.team_id WHERE t.batch_id = $1 "
    "UNION ALL SELECT 'fee_split', f.team_id FROM fee_splits f JOIN teams t ON t.team_id = "
    "f.team_id WHERE t.batch_id = $1 ORDER BY 1, 2 LIMIT 1"};
inline constexpr Query kUseOfPractitioners{
    "use_of_practitioners",
    "SELECT 'practitioner', p.practitioner_id FROM practitioners p WHERE p.batch_id = $1 AND "
    "p.changes > 1 "
    "UNION ALL SELECT 'team', m.team_id FROM team_members m JOIN practitioners p ON "
    "p.practitioner_id = m.practitioner_id JOIN teams t ON t.team_id = m.team_id "
    "WHERE p.batch_id = $1 AND t.batch_id <> $1 "
    "UNION ALL SELECT 'contract', c.contract_id FROM contracts c JOIN practitioners p ON "
    "p.practitioner_id = c.family_doctor_id WHERE p.batch_id = $1 "
    "UNION ALL SELECT 'resident', h.resident_id FROM health_codes h JOIN practitioners p ON "
    "p.practitioner_id = h.recorded_by JOIN residents r ON r.resident_id = h.resident_id "
    "WHERE p.batch_id = $1 AND r.batch_id <> $1 "
    "UNION ALL SELECT 'delivery', d.evidence_event_id FROM deliveries d JOIN practitioners p ON "
    "p.practitioner_id = d.done_by WHERE p.batch_id = $1 ORDER BY 1, 2 LIMIT 1"};
inline constexpr Query kUseOfResidents{
    "use_of_residents",
    "SELECT 'resident', r.resident_id FROM residents r WHERE r.batch_id = $1 AND r.changes > 1 "
    "UNION ALL SELECT 'contract', c.contract_id FROM contracts c JOIN residents r ON "
    "r.resident_id = c.resident_id WHERE r.batch_id = $1 "
    "UNION ALL SELECT 'points', p.entry_id FROM points_entries p JOIN residents r ON "
    "r.resident_id = p.resident_id WHERE r.batch_id = $1 "
    "UNION ALL SELECT 'enrolment', e.enrolment_id FROM enrolment_copies e JOIN residents r ON "
    "r.resident_id = e.resident_id WHERE r.batch_id = $1 "
    "UNION ALL SELECT 'record', a.scope FROM access_copies a JOIN residents r ON "
    "r.resident_id = a.resident_id WHERE r.batch_id = $1 ORDER BY 1, 2 LIMIT 1"};
inline constexpr Query kUseOfInstitutions{
    "use_of_institutions",
    "SELECT 'institution', i.institution_id FROM institutions i WHERE i.batch_id = $1 AND "
    "i.changes > 1 "
    "UNION ALL SELECT 'institution', x.institution_id FROM institutions x JOIN institutions i ON "
    "i.institution_id = x.parent_institution_id WHERE i.batch_id = $1 AND x.batch_id <> $1 "
    "UNION ALL SELECT 'membership', m.consortium_id || '/' || m.institution_id FROM memberships m "
    "JOIN institutions i ON i.institution_id = m.institution_id WHERE i.batch_id = $1 AND "
    "m.batch_id <> $1 "
    "UNION ALL SELECT 'practitioner', s.practitioner_id FROM practitioner_sites s JOIN "
    "institutions i ON i.institution_id = s.institution_id JOIN practitioners p ON "
    "p.practitioner_id = s.practitioner_id WHERE i.batch_id = $1 AND p.batch_id <> $1 "
    "UNION ALL SELECT 'team', t.team_id FROM teams t JOIN institutions i ON i.institution_id = "
    "t.institution_id WHERE i.batch_id = $1 AND t.batch_id <> $1 "
    "UNION ALL SELECT 'resident', r.resident_id FROM residents r JOIN institutions i ON "
    "i.institution_id = r.home_institution_id WHERE i.batch_id = $1 AND r.batch_id <> $1 "
    "ORDER BY 1, 2 LIMIT 1"};

inline constexpr Query kDropMemberships{"drop_memberships",
                                        "DELETE FROM memberships WHERE batch_id = $1"};
inline constexpr Query kDropMembers{
    "drop_team_members",
    "DELETE FROM team_members WHERE team_id IN (SELECT team_id FROM teams WHERE batch_id = $1)"};
inline constexpr Query kDropTeams{"drop_teams", "DELETE FROM teams WHERE batch_id = $1"};
inline constexpr Query kDropSites{
    "drop_practitioner_sites",
    "DELETE FROM practitioner_sites WHERE practitioner_id IN (SELECT practitioner_id FROM "
    "practitioners WHERE batch_id = $1)"};
inline constexpr Query kDropPractitioners{"drop_practitioners",
                                          "DELETE FROM practitioners WHERE batch_id = $1"};
inline constexpr Query kDropHealthCodes{
    "drop_health_codes",
    "DELETE FROM health_codes WHERE resident_id IN (SELECT resident_id FROM residents "
    "WHERE batch_id = $1)"};
inline constexpr Query kDropIdentities{
    "drop_identities",
    "DELETE FROM identities WHERE resident_id IN (SELECT resident_id FROM residents "
    "WHERE batch_id = $1)"};
inline constexpr Query kDropResidents{"drop_residents",
                                      "DELETE FROM residents WHERE batch_id = $1"};
inline constexpr Query kDropInstitutionVersions{
    "drop_institution_versions",
    "DELETE FROM institution_versions WHERE institution_id IN (SELECT institution_id FROM "
    "institutions WHERE batch_id = $1)"};
inline constexpr Query kDropInstitutions{"drop_institutions",
                                         "DELETE FROM institutions WHERE batch_id = $1"};

// Figures and checks. A contract that was renewed or followed by another team is in force until the
// one after it starts.
inline constexpr Query kCountResidents{
    "count_residents",
    "SELECT count(*) FROM residents WHERE state = 'ALIVE' AND moved_outside = 0"};
inline constexpr Query kCountActive{
    "count_active",
    "SELECT count(*) FROM contracts c WHERE c.state IN ('ACTIVE', 'DUE_FOR_RENEWAL') OR "
    "(c.state IN ('RENEWED', 'CHANGED') AND EXISTS (SELECT 1 FROM contracts n WHERE "
    "n.previous_contract_id = c.contract_id AND n.state = 'SIGNED'))"};
inline constexpr Query kCheckOverlap{
    "check_overlap",
    "SELECT a.contract_id FROM contracts a JOIN contracts b ON b.resident_id = a.resident_id AND "
    "b.contract_id > a.contract_id AND a.valid_from <= b.valid_to AND b.valid_from <= a.valid_to "
    "WHERE a.state NOT IN ('OFFERED', 'VOID', 'EXPIRED_UNSIGNED') AND b.state NOT IN "
    "('OFFERED', 'VOID', 'EXPIRED_UNSIGNED') ORDER BY 1"};
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
    "contract_journal j WHERE j.contract_id = c.contract_id) OR NOT EXISTS (SELECT 1 FROM "
    "contract_journal j WHERE j.contract_id = c.contract_id AND j.changes = c.changes AND "
    "j.to_state = c.state) OR EXISTS (SELECT 1 FROM contract_journal j JOIN contract_journal k ON "
    "k.contract_id = j.contract_id AND k.changes = j.changes + 1 WHERE j.contract_id = "
    "c.contract_id AND k.from_state <> j.to_state) ORDER BY 1"};
inline constexpr Query kCheckPointsTwice{
    "check_points_twice",
    "SELECT min(e.entry_id) FROM points_entries e WHERE e.reversal_of = '' AND NOT EXISTS (SELECT "
    "1 "
    "FROM points_entries r WHERE r.reversal_of = e.entry_id) GROUP BY e.rule_id, e.resident_id, "
    "e.occurred_on HAVING count(*) > 1 ORDER BY 1"};
inline constexpr Query kCheckReversal{
    "check_reversal",
    "SELECT r.entry_id FROM points_entries r WHERE r.reversal_of <> '' AND NOT EXISTS (SELECT 1 "
    "FROM points_entries e WHERE e.entry_id = r.reversal_of AND e.resident_id = r.resident_id AND "
    "e.points = -r.points) ORDER BY 1"};
inline constexpr Query kCheckShares{
    "check_shares",
    "SELECT practitioner_id FROM team_members GROUP BY practitioner_id "
    "HAVING sum(capacity_share_bp) > 10000 ORDER BY 1"};

}  // namespace yilian::directory::store
