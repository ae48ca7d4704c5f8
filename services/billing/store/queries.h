#pragma once

#include "libs/storage/transaction.h"

// SQL of lists, ledger, runs and packs; that of the copies stands in copy_queries.h.
namespace yilian::billing::store {

using storage::Query;

// --- lists -------------------------------------------------------------------------------------

#define YILIAN_LIST_COLUMNS                                                                 \
    "institution_id, list_id, version, state, in_force, resident_id, payee_id, insurance, " \
    "treatment_type, method, admitted_at, discharged_at, admission_date, discharge_date, "  \
    "period, total_fen, evidence_ref, prescription_id, data, content_digest, findings, "    \
    "accepted, received_at, reason_code, run_id, batch_id, pack_id, pack_version, "         \
    "pack_digest, changes"

inline constexpr Query kListVersion{
    "list_version", "SELECT " YILIAN_LIST_COLUMNS
                    " FROM lists WHERE institution_id = $1 AND list_id = $2 AND version = $3"};
inline constexpr Query kListInForce{
    "list_in_force", "SELECT " YILIAN_LIST_COLUMNS
                     " FROM lists WHERE institution_id = $1 AND list_id = $2 AND in_force = 1"};
inline constexpr Query kListLatest{
    "list_latest", "SELECT " YILIAN_LIST_COLUMNS
                   " FROM lists WHERE institution_id = $1 AND list_id = $2 ORDER BY in_force DESC, "
                   "version DESC LIMIT 1"};
inline constexpr Query kListLastVersion{
    "list_last_version",
    "SELECT COALESCE(MAX(version), 0) FROM lists WHERE institution_id = $1 AND list_id = $2"};
inline constexpr Query kListsOfResident{
    "lists_of_resident",
    "SELECT " YILIAN_LIST_COLUMNS
    " FROM lists WHERE in_force = 1 AND resident_id = $1 AND discharge_date >= $2 "
    "AND discharge_date < $3 ORDER BY institution_id, list_id"};
inline constexpr Query kListsOfBatch{
    "lists_of_batch",
    "SELECT " YILIAN_LIST_COLUMNS
    " FROM lists WHERE batch_id = $1 AND batch_id <> '' AND institution_id = $2 AND in_force = 1 "
    "AND payee_id <> '' ORDER BY list_id"};
inline constexpr Query kBatchKnown{
    "list_batch_known",
    "SELECT list_id FROM lists WHERE batch_id = $1 AND batch_id <> '' AND institution_id = $2 "
    "LIMIT 1"};
inline constexpr Query kListsByEvidence{
    "lists_by_evidence",
    "SELECT DISTINCT resident_id, substr(discharge_date, 1, 4) FROM lists WHERE in_force = 1 AND "
    "evidence_ref <> '' AND evidence_ref IN (SELECT $1 UNION SELECT evidence_id FROM "
    "evidence_copies WHERE referral_id = $1) ORDER BY 1, 2"};
inline constexpr Query kYearsOfResident{
    "years_of_resident",
    "SELECT DISTINCT substr(discharge_date, 1, 4) FROM lists WHERE in_force = 1 AND resident_id = "
    "$1 ORDER BY 1"};
inline constexpr Query kListPage{
    "list_page",
    "SELECT " YILIAN_LIST_COLUMNS
    " FROM lists l WHERE ($1 = '' OR institution_id = $1 OR payee_id = $1) AND ($2 = '' OR period "
    "= $2) AND ($3 = '' OR resident_id = $3) AND ($4 = '' OR $4 LIKE '%|' || state || '|%') "
    "AND NOT EXISTS (SELECT 1 FROM lists n WHERE n.institution_id = l.institution_id AND n.list_id "
    "= l.list_id AND (n.in_force > l.in_force OR (n.in_force = l.in_force AND n.version > "
    "l.version))) AND institution_id || '/' || list_id > $5 ORDER BY institution_id || '/' || "
    "list_id LIMIT $6"};
inline constexpr Query kAddList{
    "add_list",
    "INSERT INTO lists (" YILIAN_LIST_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,"
    "$24,$25,$26,$27,$28,$29,$30)"};
inline constexpr Query kMoveList{
    "move_list",
    "UPDATE lists SET state = $4, in_force = $5, reason_code = $6, run_id = $7, changes = $8 "
    "WHERE institution_id = $1 AND list_id = $2 AND version = $3 AND changes = $8 - 1"};
inline constexpr Query kRefused{
    "refused_submission",
    "SELECT findings, resident_id FROM refused_submissions WHERE institution_id = $1 AND list_id = "
    "$2 AND version = $3 AND content_digest = $4"};
inline constexpr Query kAddRefused{
    "add_refused_submission",
    "INSERT INTO refused_submissions (institution_id, list_id, version, content_digest, "
    "resident_id, findings, received_at) VALUES ($1,$2,$3,$4,$5,$6,$7)"};
inline constexpr Query kPrescriptionUsed{"prescription_used",
                                         "SELECT COUNT(*) FROM lists WHERE prescription_id = $1 "
                                         "AND prescription_id <> '' AND in_force = "
                                         "1 AND NOT "
                                         "(institution_id = $2 AND list_id = $3)"};
inline constexpr Query kOverlaps{
    "overlapping_stays",
    "SELECT institution_id FROM lists WHERE resident_id = $1 AND in_force = 1 AND treatment_type "
    "<> 'OUTPATIENT_CHRONIC' AND discharge_date >= $2 AND admitted_at < $3 AND discharged_at > $4 "
    "AND NOT (institution_id = $5 AND list_id = $6)"};

#define YILIAN_SCORE_COLUMNS                                                                 \
    "institution_id, list_id, version, group_status, mdc, adrg, group_code, rules_version, " \
    "rules_digest, mapped_codes, base_points_e4, group_average_fen, d_e8, k_e8, aux_e8, "    \
    "points_e4, deviation, flags, scheme, aux_ids"
inline constexpr Query kScore{
    "score", "SELECT " YILIAN_SCORE_COLUMNS
             " FROM scores WHERE institution_id = $1 AND list_id = $2 AND version = $3"};
inline constexpr Query kAddScore{
    "add_score",
    "INSERT INTO scores (" YILIAN_SCORE_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)"};
// Another value of the same group: by a review, or by a stay that came before.
inline constexpr Query kRescore{
    "rescore",
    "UPDATE scores SET d_e8 = $4, points_e4 = $5, flags = $6 WHERE institution_id = $1 AND list_id "
    "= $2 AND version = $3"};

#define YILIAN_SPECIAL_CASE_COLUMNS                                                             \
    "institution_id, list_id, version, state, reason_code, evidence_document_id, proposed_by, " \
    "proposed_on, formula_points_e4, formula_d_e8, experts_record_id, decided_by, decided_on"
inline constexpr Query kSpecialCase{
    "special_case", "SELECT " YILIAN_SPECIAL_CASE_COLUMNS
                    " FROM special_cases WHERE institution_id = $1 AND list_id = $2 AND version = "
                    "$3"};
inline constexpr Query kAddSpecialCase{"add_special_case",
                                       "INSERT INTO special_cases (" YILIAN_SPECIAL_CASE_COLUMNS
                                       ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)"};
inline constexpr Query kDecideSpecialCase{
    "decide_special_case",
    "UPDATE special_cases SET state = $4, experts_record_id = $5, decided_by = $6, decided_on = $7 "
    "WHERE institution_id = $1 AND list_id = $2 AND version = $3 AND state = 'PROPOSED'"};
// Stays of a year paid by a method, and how many of them were accepted as special cases.
inline constexpr Query kYearOfSpecialCases{
    "year_of_special_cases",
    "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN s.state = 'ACCEPTED' THEN 1 ELSE 0 END), 0) AS "
    "BIGINT) FROM lists l LEFT JOIN special_cases s ON s.institution_id = l.institution_id AND "
    "s.list_id = l.list_id AND s.version = l.version WHERE l.institution_id = $1 AND l.in_force = "
    "1 AND l.method = $2 AND l.discharge_date >= $3 AND l.discharge_date < $4"};

#define YILIAN_BENEFIT_COLUMNS                                                                 \
    "institution_id, list_id, version, year, in_policy_fen, deductible_fen, waiver, "          \
    "waived_fen, ratio_e8, county_ratio_used, basic_fen, serious_fen, aid_fen, personal_fen, " \
    "personal_total_fen, referral, chain_id, evidence_id, evidence_reason, ordinal, pack_id, " \
    "pack_version, bookings"
inline constexpr Query kBenefit{
    "benefit", "SELECT " YILIAN_BENEFIT_COLUMNS
               " FROM benefits WHERE institution_id = $1 AND list_id = $2 AND version = $3"};
inline constexpr Query kSaveBenefit{
    "save_benefit",
    "INSERT INTO benefits (" YILIAN_BENEFIT_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23) "
    "ON CONFLICT (institution_id, list_id, version) DO UPDATE SET in_policy_fen=$5, "
    "deductible_fen=$6, waiver=$7, waived_fen=$8, ratio_e8=$9, county_ratio_used=$10, "
    "basic_fen=$11, serious_fen=$12, aid_fen=$13, personal_fen=$14, personal_total_fen=$15, "
    "referral=$16, chain_id=$17, evidence_id=$18, evidence_reason=$19, ordinal=$20, pack_id=$21, "
    "pack_version=$22, bookings=$23 WHERE benefits.bookings = $23 - 1"};
inline constexpr Query kLockResident{
    "lock_resident",
    "INSERT INTO resident_locks (resident_id, uses) VALUES ($1, 1) ON CONFLICT (resident_id) DO "
    "UPDATE SET uses = resident_locks.uses + 1"};
inline constexpr Query kAddCorrection{
    "add_benefit_correction",
    "INSERT INTO benefit_corrections (transaction_id, institution_id, list_id, version, payee_id, "
    "insurance, refers_to, known_at, basic_fen, serious_fen, aid_fen, personal_fen, run_id) VALUES "
    "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,'')"};
inline constexpr Query kTakeCorrections{
    "take_benefit_corrections",
    "UPDATE benefit_corrections SET run_id = $1 WHERE run_id = '' AND known_at <= $2 AND refers_to "
    "IN (SELECT run_id FROM runs WHERE published_on <> '') AND ($3 = '' OR insurance = $3)"};
inline constexpr Query kDropCorrections{"drop_benefit_corrections",
                                        "DELETE FROM benefit_corrections WHERE refers_to = $1 AND "
                                        "run_id = ''"};
inline constexpr Query kFreeCorrections{
    "free_benefit_corrections", "UPDATE benefit_corrections SET run_id = '' WHERE run_id = $1"};

// --- ledger --------------------------------------------------------------------------------------

// Waits for whoever books before us; the old hash is that of the transaction before.
inline constexpr Query kNextInLedger{
    "next_in_ledger",
    "UPDATE ledger_head SET sequence = sequence + 1 WHERE id = 1 RETURNING sequence, hash"};
inline constexpr Query kSaveHead{"save_ledger_head", "UPDATE ledger_head SET hash = $1"};
inline constexpr Query kLockHead{"lock_ledger_head",
                                 "UPDATE ledger_head SET sequence = sequence WHERE id = 1"};
inline constexpr Query kAddTransaction{
    "add_ledger_transaction",
    "INSERT INTO ledger_transactions (sequence, transaction_id, period, booked_at, kind, event_id, "
    "reverses, institution_id, pack_version, pack_digest, sum_fen, previous_hash, hash) VALUES "
    "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)"};
inline constexpr Query kAddLine{
    "add_ledger_line",
    "INSERT INTO ledger_lines (sequence, line_no, account, fen) VALUES ($1,$2,$3,$4)"};
inline constexpr Query kAddRef{
    "add_ledger_ref", "INSERT INTO ledger_refs (sequence, ref_no, refers_to) VALUES ($1,$2,$3)"};
#define YILIAN_TRANSACTION_COLUMNS                                                          \
    "t.sequence, t.transaction_id, t.period, t.booked_at, t.kind, t.event_id, t.reverses, " \
    "t.institution_id, t.previous_hash, t.hash"
inline constexpr Query kTransaction{"ledger_transaction",
                                    "SELECT " YILIAN_TRANSACTION_COLUMNS
                                    " FROM ledger_transactions t WHERE t.transaction_id = $1"};
inline constexpr Query kTransactionPage{
    "ledger_transaction_page",
    "SELECT " YILIAN_TRANSACTION_COLUMNS
    " FROM ledger_transactions t WHERE ($1 = '' OR t.period = $1) AND ($2 = '' OR EXISTS (SELECT 1 "
    "FROM ledger_lines l WHERE l.sequence = t.sequence AND l.account = $2)) AND ($3 = '' OR EXISTS "
    "(SELECT 1 FROM ledger_refs r WHERE r.sequence = t.sequence AND r.refers_to = $3)) AND "
    "t.sequence > $4 ORDER BY t.sequence LIMIT $5"};
inline constexpr Query kLines{
    "ledger_lines_of",
    "SELECT account, fen FROM ledger_lines WHERE sequence = $1 ORDER BY line_no"};
inline constexpr Query kRefs{
    "ledger_refs_of", "SELECT refers_to FROM ledger_refs WHERE sequence = $1 ORDER BY ref_no"};
inline constexpr Query kReversed{"ledger_reversed",
                                 "SELECT COUNT(*) FROM ledger_refs r JOIN ledger_transactions t ON "
                                 "t.sequence = r.sequence WHERE "
                                 "r.refers_to = $1 AND t.reverses = 1"};
inline constexpr Query kAccountBalance{
    "account_balance",
    "SELECT CAST(COALESCE(SUM(fen), 0) AS BIGINT) FROM ledger_lines WHERE account = $1"};
inline constexpr Query kBalances{
    "balances",
    "SELECT l.account, CAST(SUM(l.fen) AS BIGINT), COUNT(*) FROM ledger_lines l JOIN "
    "ledger_transactions t ON t.sequence = l.sequence WHERE substr(l.account, 1, length($1)) = $1 "
    "AND ($2 = '' OR t.period <= $2) AND l.account > $3 GROUP BY l.account ORDER BY l.account "
    "LIMIT "
    "$4"};
inline constexpr Query kLedgerSum{"ledger_sum",
                                  "SELECT CAST(COALESCE(SUM(fen), 0) AS BIGINT) FROM ledger_lines"};
inline constexpr Query kAllTransactions{
    "all_ledger_transactions",
    "SELECT " YILIAN_TRANSACTION_COLUMNS
    " FROM ledger_transactions t WHERE t.sequence > $1 ORDER BY t.sequence LIMIT $2"};

inline constexpr Query kPeriod{
    "period",
    "SELECT period, closed, closed_on, closed_by, changes FROM periods WHERE period = $1"};
inline constexpr Query kClosedPeriods{
    "closed_periods", "SELECT period FROM periods WHERE closed = 1 ORDER BY period"};
inline constexpr Query kSavePeriod{
    "save_period",
    "INSERT INTO periods (period, closed, closed_on, closed_by, changes) VALUES ($1,$2,$3,$4,$5) "
    "ON "
    "CONFLICT (period) DO UPDATE SET closed=$2, closed_on=$3, closed_by=$4, changes=$5 WHERE "
    "periods.changes = $5 - 1"};

// --- capitation ----------------------------------------------------------------------------------

#define YILIAN_VERSION_COLUMNS                                                        \
    "enrolment_id, version, resident_id, consortium_id, insurance, sex, birth_date, " \
    "chronic_from, valid_from, valid_to, recorded_at, cancelled"
inline constexpr Query kVersionsOfResident{
    "enrolment_versions_of", "SELECT " YILIAN_VERSION_COLUMNS
                             " FROM enrolment_versions WHERE resident_id = $1 ORDER BY "
                             "enrolment_id, version"};
inline constexpr Query kAllVersions{
    "all_enrolment_versions",
    "SELECT " YILIAN_VERSION_COLUMNS
    " FROM enrolment_versions WHERE resident_id > $1 AND recorded_at <= $2 ORDER BY resident_id, "
    "enrolment_id, version LIMIT $3"};
inline constexpr Query kAddVersion{"add_enrolment_version",
                                   "INSERT INTO enrolment_versions (" YILIAN_VERSION_COLUMNS
                                   ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)"};

#define YILIAN_CAPITATION_COLUMNS                                                             \
    "run_id, consortium_id, period, revision, known_at, head_count, amount_fen, prepay_fen, " \
    "digest, corrects_run_id, difference_fen, pack_version, pack_digest"
inline constexpr Query kCapitationRun{"capitation_run",
                                      "SELECT " YILIAN_CAPITATION_COLUMNS
                                      " FROM capitation_months WHERE run_id = $1"};
inline constexpr Query kCapitationLatest{
    "capitation_latest",
    "SELECT " YILIAN_CAPITATION_COLUMNS
    " FROM capitation_months WHERE consortium_id = $1 AND period = $2 ORDER BY revision DESC LIMIT "
    "1"};
inline constexpr Query kCapitationFirst{
    "capitation_first",
    "SELECT " YILIAN_CAPITATION_COLUMNS
    " FROM capitation_months WHERE consortium_id = $1 AND period = $2 AND revision = 1"};
inline constexpr Query kAddCapitation{"add_capitation_month",
                                      "INSERT INTO capitation_months (" YILIAN_CAPITATION_COLUMNS
                                      ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)"};
inline constexpr Query kCapitationCells{
    "capitation_cells_of",
    "SELECT cell_id, members, units, unit_base, rate_fen, amount_fen FROM capitation_cells WHERE "
    "run_id = $1 ORDER BY cell_id"};
inline constexpr Query kAddCapitationCell{
    "add_capitation_cell",
    "INSERT INTO capitation_cells (run_id, cell_id, members, units, unit_base, rate_fen, "
    "amount_fen) VALUES ($1,$2,$3,$4,$5,$6,$7)"};

#define YILIAN_FEE_COLUMNS                                                                \
    "contract_id, resident_id, team_id, institution_id, consortium_id, period, fee_fen, " \
    "team_fen, transaction_id, reversed"
inline constexpr Query kFeeSplit{
    "fee_split", "SELECT " YILIAN_FEE_COLUMNS " FROM fee_splits WHERE contract_id = $1"};
inline constexpr Query kAddFeeSplit{"add_fee_split", "INSERT INTO fee_splits (" YILIAN_FEE_COLUMNS
                                                     ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,0)"};
inline constexpr Query kReverseFeeSplit{
    "reverse_fee_split", "UPDATE fee_splits SET reversed = 1 WHERE contract_id = $1"};

// --- pools, runs, payments
// -------------------------------------------------------------------------

#define YILIAN_POOL_COLUMNS                                                                 \
    "pool_id, insurance, year, budget_fen, reserve_rate_e8, reserve_fen, out_of_pool_fen, " \
    "payment_ratio_e8, value_num, value_den, prepay_rate_e8, approval_document_id, changes"
inline constexpr Query kPool{"pool",
                             "SELECT " YILIAN_POOL_COLUMNS " FROM pools WHERE pool_id = $1"};
inline constexpr Query kPoolOf{
    "pool_of", "SELECT " YILIAN_POOL_COLUMNS " FROM pools WHERE insurance = $1 AND year = $2"};
inline constexpr Query kPoolPage{
    "pool_page", "SELECT " YILIAN_POOL_COLUMNS
                 " FROM pools WHERE ($1 = '' OR year = $1) AND pool_id > $2 ORDER BY pool_id LIMIT "
                 "$3"};
inline constexpr Query kSavePool{
    "save_pool",
    "INSERT INTO pools (" YILIAN_POOL_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) ON CONFLICT (pool_id) DO UPDATE SET "
    "budget_fen=$4, reserve_fen=$6, approval_document_id=$12, changes=$13 WHERE pools.changes = "
    "$13 - 1"};

#define YILIAN_RUN_COLUMNS                                                                     \
    "run_id, kind, scope_id, period, cut_off_at, state, input_digest, pack_id, pack_version, " \
    "pack_digest, result_digest, case_count, prepared_by, approved_by, published_on, "         \
    "dispute_until, supersedes_run_id, changes"
inline constexpr Query kRun{"run", "SELECT " YILIAN_RUN_COLUMNS " FROM runs WHERE run_id = $1"};
inline constexpr Query kRunsOfPeriod{
    "runs_of_period", "SELECT " YILIAN_RUN_COLUMNS
                      " FROM runs WHERE kind = $1 AND scope_id = $2 AND period = $3 ORDER BY "
                      "run_id"};
inline constexpr Query kOpenRuns{"open_runs",
                                 "SELECT run_id FROM runs WHERE period = $1 AND state IN ('DRAFT', "
                                 "'COMPUTED', 'APPROVED') ORDER "
                                 "BY run_id"};
inline constexpr Query kRunPreparedBy{"run_prepared_by",
                                      "SELECT run_id FROM runs WHERE period = $1 AND prepared_by = "
                                      "$2 AND state <> 'SUPERSEDED' ORDER "
                                      "BY run_id LIMIT 1"};
inline constexpr Query kRunPage{
    "run_page", "SELECT " YILIAN_RUN_COLUMNS
                " FROM runs WHERE ($1 = '' OR period = $1) AND period || '/' || run_id > $2 ORDER "
                "BY period || '/' || run_id LIMIT $3"};
inline constexpr Query kSaveRun{
    "save_run",
    "INSERT INTO runs (" YILIAN_RUN_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18) ON CONFLICT "
    "(run_id) DO UPDATE SET cut_off_at=$5, state=$6, input_digest=$7, pack_id=$8, pack_version=$9, "
    "pack_digest=$10, result_digest=$11, case_count=$12, prepared_by=$13, approved_by=$14, "
    "published_on=$15, dispute_until=$16, supersedes_run_id=$17, changes=$18 WHERE runs.changes = "
    "$18 - 1"};
// What no run has taken yet, up to the period and the cut-off.
#define YILIAN_RUN_INPUT                                                                          \
    " FROM lists WHERE in_force = 1 AND accepted = 1 AND (run_id = '' OR run_id = $1) AND state " \
    "<> "                                                                                         \
    "'UNDER_REVIEW' AND period <= $2 AND received_at <= $3 AND ($4 = '' OR insurance = $4)"
inline constexpr Query kHasRunInput{"has_run_input", "SELECT 1" YILIAN_RUN_INPUT " LIMIT 1"};
inline constexpr Query kAddRunCases{
    "add_run_cases",
    "INSERT INTO run_cases (run_id, institution_id, list_id, version) SELECT $1, institution_id, "
    "list_id, version" YILIAN_RUN_INPUT};
inline constexpr Query kCopyRunCases{
    "copy_run_cases",
    "INSERT INTO run_cases (run_id, institution_id, list_id, version) SELECT $2, institution_id, "
    "list_id, version FROM run_cases WHERE run_id = $1"};
inline constexpr Query kCountRunCases{"count_run_cases",
                                      "SELECT COUNT(*) FROM run_cases WHERE run_id = $1"};
inline constexpr Query kClearRunCases{"clear_run_cases", "DELETE FROM run_cases WHERE run_id = $1"};
inline constexpr Query kFreeRunLists{
    "free_run_lists",
    "UPDATE lists SET run_id = '', changes = changes + 1 WHERE run_id = $1 AND "
    "run_id <> ''"};
inline constexpr Query kTakeRunLists{
    "take_run_lists",
    "UPDATE lists SET run_id = $1, changes = changes + 1 WHERE in_force = 1 AND "
    "(institution_id, list_id, version) IN (SELECT institution_id, list_id, version FROM run_cases "
    "WHERE run_id = $1)"};
inline constexpr Query kPrepayRunLists{"prepay_run_lists",
                                       "UPDATE lists SET state = 'PREPAID', changes = changes + 1 "
                                       "WHERE run_id = $1 AND run_id <> '' AND "
                                       "state IN "
                                       "('ACCEPTED', 'SCORED')"};
inline constexpr Query kRunCases{
    "run_cases_of",
    "SELECT l.institution_id, l.list_id, l.version, l.payee_id, l.insurance, l.method, "
    "l.admission_date, l.discharge_date, l.total_fen, s.group_status, s.group_code, "
    "s.rules_version, s.rules_digest, s.base_points_e4, s.d_e8, s.k_e8, s.aux_e8, s.points_e4, "
    "s.deviation, s.flags, b.in_policy_fen, b.deductible_fen, b.waiver, b.basic_fen, "
    "b.serious_fen, b.aid_fen, b.personal_fen FROM run_cases c JOIN lists l ON l.institution_id = "
    "c.institution_id AND l.list_id = c.list_id AND l.version = c.version LEFT JOIN scores s ON "
    "s.institution_id = l.institution_id AND s.list_id = l.list_id AND s.version = l.version LEFT "
    "JOIN benefits b ON b.institution_id = l.institution_id AND b.list_id = l.list_id AND "
    "b.version "
    "= l.version WHERE c.run_id = $1 AND ($2 = '' OR l.payee_id = $2) ORDER BY l.institution_id, "
    "l.list_id"};

inline constexpr Query kAddRunPool{
    "add_run_pool",
    "INSERT INTO run_pools (run_id, party, pool_id, cases, points_e4, actual_fen, money_fen, "
    "prepay_fen, carried_fen) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)"};
inline constexpr Query kClearRunPools{"clear_run_pools", "DELETE FROM run_pools WHERE run_id = $1"};
inline constexpr Query kRunPools{
    "run_pools_of",
    "SELECT party, pool_id, cases, points_e4, actual_fen, money_fen, prepay_fen, carried_fen FROM "
    "run_pools WHERE run_id = $1 ORDER BY party, pool_id"};
// Carried out of the last published month before the period.
inline constexpr Query kCarried{
    "run_carried",
    "SELECT p.party, p.pool_id, p.carried_fen FROM run_pools p JOIN runs r ON r.run_id = p.run_id "
    "WHERE r.kind = $1 AND r.scope_id = $2 AND r.state IN ('PUBLISHED', 'PAID') AND p.carried_fen "
    "<> 0 AND r.period = (SELECT MAX(x.period) FROM runs x WHERE x.kind = $1 AND x.scope_id = $2 "
    "AND x.state IN ('PUBLISHED', 'PAID') AND x.period < $3) ORDER BY p.party, p.pool_id"};
inline constexpr Query kAddStatement{
    "add_statement",
    "INSERT INTO statements (run_id, party, period, sha256, content, published, dispute_until) "
    "VALUES ($1,$2,$3,$4,$5,0,'')"};
inline constexpr Query kClearStatements{"clear_statements",
                                        "DELETE FROM statements WHERE run_id = $1"};
inline constexpr Query kPublishStatements{
    "publish_statements",
    "UPDATE statements SET published = 1, dispute_until = $2 WHERE run_id = $1"};
inline constexpr Query kStatement{
    "statement",
    "SELECT run_id, party, period, sha256, content, published, dispute_until FROM statements WHERE "
    "run_id = $1 AND party = $2"};
inline constexpr Query kStatementsOfRun{
    "statements_of_run",
    "SELECT run_id, party, period, sha256, content, published, dispute_until FROM statements WHERE "
    "run_id = $1 ORDER BY party"};
inline constexpr Query kStatementDigests{
    "statement_digests", "SELECT party, sha256 FROM statements WHERE run_id = $1 ORDER BY party"};
inline constexpr Query kStatementPage{
    "statement_page",
    "SELECT run_id, party, period, sha256, dispute_until FROM statements WHERE published = 1 AND "
    "($1 = '' OR period = $1) AND ($2 = '' OR party = $2) AND period || '/' || run_id || '/' || "
    "party > $3 ORDER BY period || '/' || run_id || '/' || party LIMIT $4"};

#define YILIAN_PAYMENT_COLUMNS                                                       \
    "payment_id, party, institution_id, amount_fen, run_ids, state, instructed_on, " \
    "due_date, confirmed_on, overdue, changes"
inline constexpr Query kPayment{
    "payment", "SELECT " YILIAN_PAYMENT_COLUMNS " FROM payments WHERE payment_id = $1"};
inline constexpr Query kPaymentPage{
    "payment_page", "SELECT " YILIAN_PAYMENT_COLUMNS
                    " FROM payments WHERE ($1 = '' OR party = $1) AND payment_id > $2 ORDER BY "
                    "payment_id LIMIT $3"};
inline constexpr Query kPaymentsOfParty{"payments_of_party",
                                        "SELECT " YILIAN_PAYMENT_COLUMNS
                                        " FROM payments WHERE party = $1 ORDER BY payment_id"};
inline constexpr Query kSavePayment{
    "save_payment", "INSERT INTO payments (" YILIAN_PAYMENT_COLUMNS
                    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) ON CONFLICT (payment_id) DO "
                    "UPDATE SET state=$6, "
                    "confirmed_on=$9, overdue=$10, changes=$11 WHERE payments.changes = $11 - 1"};

// --- rule packs, findings ------------------------------------------------------------------------

#define YILIAN_RULE_PACK_COLUMNS                                                               \
    "domain, version, digest, folder, region, effective_from, state, rule_count, case_count, " \
    "changes"
inline constexpr Query kRulePack{"rule_pack",
                                 "SELECT " YILIAN_RULE_PACK_COLUMNS
                                 " FROM rule_packs WHERE domain = $1 AND version = $2"};
inline constexpr Query kRulePackPage{
    "rule_pack_page",
    "SELECT " YILIAN_RULE_PACK_COLUMNS
    " FROM rule_packs WHERE ($1 = '' OR domain = $1) AND domain || '/' || version > $2 ORDER BY "
    "domain || '/' || version LIMIT $3"};
inline constexpr Query kRulePackInForce{
    "rule_pack_in_force",
    "SELECT " YILIAN_RULE_PACK_COLUMNS
    " FROM rule_packs WHERE domain = $1 AND state = 'ACTIVE' AND effective_from <= $2 ORDER BY "
    "effective_from DESC LIMIT 1"};
inline constexpr Query kRulePackSameDay{
    "rule_pack_same_day",
    "SELECT version FROM rule_packs WHERE domain = $1 AND state = 'ACTIVE' AND effective_from = $2 "
    "AND version <> $3"};
inline constexpr Query kSaveRulePack{
    "save_rule_pack",
    "INSERT INTO rule_packs (" YILIAN_RULE_PACK_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (domain, version) DO UPDATE SET "
    "effective_from=$6, state=$7, changes=$10 WHERE rule_packs.changes = $10 - 1"};

inline constexpr Query kPaidByPrescription{
    "paid_by_prescription",
    "SELECT institution_id, list_id FROM lists WHERE prescription_id = $1 AND prescription_id "
    "<> '' AND in_force = 1"};
inline constexpr Query kPaidWithoutDispense{
    "paid_without_dispense",
    "SELECT institution_id, list_id, prescription_id FROM lists l WHERE in_force = 1 AND period = "
    "$1 AND prescription_id <> '' AND NOT EXISTS (SELECT 1 FROM dispense_copies d WHERE "
    "d.prescription_id = l.prescription_id AND d.reversed = 0) ORDER BY institution_id, list_id"};

// --- figures
// ---------------------------------------------------------------------------------------

inline constexpr Query kCountLists{
    "count_lists", "SELECT CAST(COALESCE(SUM(accepted), 0) AS BIGINT), COUNT(*) FROM lists"};
inline constexpr Query kCountRefused{"count_refused", "SELECT COUNT(*) FROM refused_submissions"};
inline constexpr Query kCountGroups{
    "count_groups",
    "SELECT CAST(COALESCE(SUM(CASE WHEN s.group_status = 'GROUPED' THEN 1 ELSE 0 END), 0) AS "
    "BIGINT), COUNT(*) FROM scores s JOIN lists l ON l.institution_id = s.institution_id AND "
    "l.list_id = s.list_id AND l.version = s.version WHERE l.in_force = 1 AND s.scheme = "
    "'CHS_DRG' AND s.group_status <> 'ACTUAL_COST'"};
inline constexpr Query kCountWaived{
    "count_waived",
    "SELECT COUNT(*) FROM benefits b JOIN lists l ON l.institution_id = b.institution_id AND "
    "l.list_id = b.list_id AND l.version = b.version WHERE l.in_force = 1 AND b.waiver <> 'NONE'"};
inline constexpr Query kMonthFigures{
    "month_figures",
    "SELECT r.period, p.party, CAST(SUM(p.cases) AS BIGINT), CAST(SUM(p.points_e4) AS BIGINT), "
    "CAST(SUM(p.prepay_fen) AS BIGINT), CAST(SUM(p.actual_fen) AS BIGINT) FROM run_pools p JOIN "
    "runs r ON r.run_id = p.run_id WHERE r.state IN ('PUBLISHED', 'PAID') GROUP BY r.period, "
    "p.party ORDER BY r.period, p.party"};
inline constexpr Query kCapitationFigures{
    "capitation_figures",
    "SELECT period, consortium_id, head_count, amount_fen, prepay_fen FROM capitation_months m "
    "WHERE revision = (SELECT MAX(n.revision) FROM capitation_months n WHERE n.consortium_id = "
    "m.consortium_id AND n.period = m.period) ORDER BY period, consortium_id"};

}  // namespace yilian::billing::store
