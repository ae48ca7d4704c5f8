#pragma once

#include "libs/storage/transaction.h"

// SQL of chunks, years and what-ifs.
namespace yilian::billing::store {

using storage::Query;

// --- chunks of a month's run -----------------------------------------------------------------

inline constexpr Query kAddChunks{
    "add_run_chunks",
    "INSERT INTO run_chunks (run_id, party, digest, done) SELECT DISTINCT $1, l.payee_id, '', 0 "
    "FROM run_cases c JOIN lists l ON l.institution_id = c.institution_id AND l.list_id = "
    "c.list_id AND l.version = c.version WHERE c.run_id = $1"};
inline constexpr Query kAddChunk{
    "add_run_chunk",
    "INSERT INTO run_chunks (run_id, party, digest, done) VALUES ($1,$2,'',0) ON CONFLICT (run_id, "
    "party) DO NOTHING"};
inline constexpr Query kNextChunk{
    "next_run_chunk",
    "SELECT party FROM run_chunks WHERE run_id = $1 AND done = 0 ORDER BY party LIMIT 1"};
// `done`: 0 to be priced, 1 priced, 2 closed with the run. Before its facts are read: whoever
// changes one of them later finds the chunk done and opens it.
inline constexpr Query kTakeChunk{
    "take_run_chunk", "UPDATE run_chunks SET done = 1 WHERE run_id = $1 AND party = $2"};
inline constexpr Query kFinishChunk{
    "finish_run_chunk", "UPDATE run_chunks SET digest = $3 WHERE run_id = $1 AND party = $2"};
// A fact of a case changed while the run is still computed: its party is priced again.
inline constexpr Query kReopenChunk{
    "reopen_run_chunk",
    "UPDATE run_chunks SET done = 0 WHERE run_id = $1 AND party = $2 AND done < 2"};
// Waits for whoever reopens one of them; from here on nobody does.
inline constexpr Query kCloseChunks{
    "close_run_chunks", "UPDATE run_chunks SET done = 2 WHERE run_id = $1 AND done = 1"};
inline constexpr Query kChunks{
    "run_chunks_of", "SELECT party, digest, done FROM run_chunks WHERE run_id = $1 ORDER BY party"};
inline constexpr Query kClearChunks{"clear_run_chunks", "DELETE FROM run_chunks WHERE run_id = $1"};
inline constexpr Query kClearPartyPools{"clear_run_party_pools",
                                        "DELETE FROM run_pools WHERE run_id = $1 AND party = $2"};
inline constexpr Query kClearPartyStatement{
    "clear_run_party_statement", "DELETE FROM statements WHERE run_id = $1 AND party = $2"};
inline constexpr Query kStateBenefits{
    "state_run_benefits",
    "UPDATE run_cases SET benefit_no = COALESCE((SELECT b.bookings FROM benefits b WHERE "
    "b.institution_id = run_cases.institution_id AND b.list_id = run_cases.list_id AND b.version = "
    "run_cases.version), 0) WHERE run_id = $1"};
inline constexpr Query kRunCaseKeys{
    "run_case_keys",
    "SELECT institution_id, list_id, version FROM run_cases WHERE run_id = $1 AND (institution_id "
    "> $2 OR (institution_id = $2 AND list_id > $3)) ORDER BY institution_id, list_id LIMIT $4"};
inline constexpr Query kStatedBenefits{
    "run_stated_benefits",
    "SELECT c.institution_id, c.list_id, c.benefit_no FROM run_cases c "
    "JOIN lists l ON l.institution_id = c.institution_id AND l.list_id = c.list_id AND l.version = "
    "c.version WHERE c.run_id = $1 AND l.payee_id = $2 ORDER BY c.institution_id, c.list_id"};
inline constexpr Query kCorrectionsOfRun{
    "benefit_corrections_of_run",
    "SELECT c.institution_id, c.list_id, c.payee_id, c.insurance, c.refers_to, "
    "CAST(SUM(c.basic_fen) AS BIGINT), CAST(SUM(c.serious_fen) AS BIGINT), CAST(SUM(c.aid_fen) AS "
    "BIGINT), CAST(SUM(c.personal_fen) AS BIGINT) FROM benefit_corrections c WHERE c.run_id = $1 "
    "AND ($2 = '' OR c.payee_id = $2) GROUP BY c.institution_id, c.list_id, c.payee_id, "
    "c.insurance, c.refers_to ORDER BY c.institution_id, c.list_id"};

// --- years -------------------------------------------------------------------------------------

// Months of the year whose settlement is not finished yet.
inline constexpr Query kOpenMonths{
    "open_months",
    "SELECT run_id FROM runs WHERE kind = 'INSTITUTION_MONTH' AND scope_id IN ($1, $2) AND period "
    ">= $3 AND period <= $4 AND state IN ('DRAFT', 'COMPUTED', 'APPROVED') ORDER BY run_id LIMIT "
    "1"};
// What is known of the cases that published months of the year brought into the pool.
inline constexpr Query kYearCases{
    "year_cases",
    "SELECT l.payee_id, COUNT(*), CAST(COALESCE(SUM(s.points_e4), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(b.basic_fen), 0) AS BIGINT), CAST(SUM(l.total_fen - COALESCE(b.basic_fen, "
    "0)) AS BIGINT) FROM runs r JOIN run_cases c ON c.run_id = r.run_id JOIN lists l ON "
    "l.institution_id = c.institution_id AND l.list_id = c.list_id AND l.version = c.version LEFT "
    "JOIN scores s ON s.institution_id = l.institution_id AND s.list_id = l.list_id AND s.version "
    "= l.version LEFT JOIN benefits b ON b.institution_id = l.institution_id AND b.list_id = "
    "l.list_id AND b.version = l.version WHERE r.kind = 'INSTITUTION_MONTH' AND r.state IN "
    "('PUBLISHED', 'PAID') AND r.period >= $2 AND r.period <= $3 AND l.insurance = $1 AND l.method "
    "IN ('DRG', 'DIP', 'BED_DAY') AND COALESCE(s.group_status, '') <> 'ACTUAL_COST' GROUP BY "
    "l.payee_id ORDER BY l.payee_id"};
inline constexpr Query kYearMonths{
    "year_months",
    "SELECT p.run_id, r.period, p.party, p.prepay_fen, s.sha256 FROM run_pools p JOIN runs r ON "
    "r.run_id = p.run_id JOIN statements s ON s.run_id = p.run_id AND s.party = p.party WHERE "
    "r.kind = 'INSTITUTION_MONTH' AND r.state IN ('PUBLISHED', 'PAID') AND p.pool_id = $1 AND "
    "r.period >= $2 AND r.period <= $3 ORDER BY r.period, p.run_id, p.party"};
inline constexpr Query kSettleYearLists{
    "settle_year_lists",
    "UPDATE lists SET state = 'SETTLED', changes = changes + 1 WHERE in_force = 1 AND state = "
    "'PREPAID' AND insurance = $1 AND run_id IN (SELECT run_id FROM runs WHERE kind = "
    "'INSTITUTION_MONTH' AND state IN ('PUBLISHED', 'PAID') AND period >= $2 AND period <= $3)"};
// The last revision of each month of capitation known at an instant.
inline constexpr Query kCapitationYear{
    "capitation_year",
    "SELECT m.run_id, m.period, m.amount_fen, m.head_count FROM capitation_months m WHERE "
    "m.consortium_id = $1 AND m.period >= $2 AND m.period <= $3 AND m.revision = (SELECT "
    "MAX(n.revision) FROM capitation_months n WHERE n.consortium_id = m.consortium_id AND n.period "
    "= m.period AND n.known_at <= $4) ORDER BY m.period"};
inline constexpr Query kResidentFund{
    "resident_fund",
    "SELECT l.discharge_date, b.basic_fen FROM lists l JOIN benefits b ON b.institution_id = "
    "l.institution_id AND b.list_id = l.list_id AND b.version = l.version WHERE l.resident_id = $1 "
    "AND l.in_force = 1 AND l.accepted = 1 AND l.discharge_date >= $2 AND l.discharge_date <= $3 "
    "AND l.received_at <= $4"};

inline constexpr Query kAddRunInput{
    "add_run_input",
    "INSERT INTO run_inputs (run_id, kind, code, source, value) VALUES ($1,$2,$3,$4,$5)"};
inline constexpr Query kRunInputsOf{
    "run_inputs_of",
    "SELECT kind, code, source, value FROM run_inputs WHERE run_id = $1 ORDER BY kind, code, "
    "source"};
inline constexpr Query kClearRunInputs{"clear_run_inputs",
                                       "DELETE FROM run_inputs WHERE run_id = $1"};
inline constexpr Query kAddRunMonth{
    "add_run_month",
    "INSERT INTO run_months (run_id, month_run_id, period, party, amount_fen, head_count, "
    "statement_sha256) VALUES ($1,$2,$3,$4,$5,$6,$7)"};
inline constexpr Query kRunMonths{
    "run_months_of",
    "SELECT month_run_id, period, party, amount_fen, head_count, statement_sha256 FROM run_months "
    "WHERE run_id = $1 ORDER BY period, month_run_id, party"};
inline constexpr Query kClearRunMonths{"clear_run_months",
                                       "DELETE FROM run_months WHERE run_id = $1"};
inline constexpr Query kAddFigure{
    "add_run_figure", "INSERT INTO run_figures (run_id, party, name, value) VALUES ($1,$2,$3,$4)"};
inline constexpr Query kFigures{
    "run_figures_of",
    "SELECT party, name, value FROM run_figures WHERE run_id = $1 ORDER BY party, name"};
inline constexpr Query kClearFigures{"clear_run_figures",
                                     "DELETE FROM run_figures WHERE run_id = $1"};

// --- what-ifs ------------------------------------------------------------------------------------

inline constexpr Query kWhatIf{"what_if",
                               "SELECT report, kept_until FROM what_ifs WHERE what_if_id = $1"};
inline constexpr Query kCountWhatIfs{"count_what_ifs", "SELECT COUNT(*) FROM what_ifs"};
inline constexpr Query kDropWhatIfs{"drop_what_ifs", "DELETE FROM what_ifs WHERE kept_until <= $1"};
inline constexpr Query kAddWhatIf{
    "add_what_if",
    "INSERT INTO what_ifs (what_if_id, pool_id, kept_until, report) VALUES ($1,$2,$3,$4)"};
inline constexpr Query kWhatIfCases{
    "what_if_cases",
    "SELECT l.institution_id, l.list_id, l.version, l.payee_id FROM runs r JOIN run_cases c ON "
    "c.run_id = r.run_id JOIN lists l ON l.institution_id = c.institution_id AND l.list_id = "
    "c.list_id AND l.version = c.version JOIN scores s ON s.institution_id = l.institution_id AND "
    "s.list_id = l.list_id AND s.version = l.version WHERE r.kind = 'INSTITUTION_MONTH' AND "
    "r.state IN ('PUBLISHED', 'PAID') AND r.period >= $2 AND r.period <= $3 AND l.insurance = $1 "
    "AND l.method IN ('DRG', 'DIP', 'BED_DAY') AND s.group_status <> 'ACTUAL_COST' ORDER BY "
    "l.institution_id, l.list_id"};
// What published months of the pool were worth.
inline constexpr Query kWhatIfMoney{
    "what_if_money",
    "SELECT CAST(COALESCE(SUM(p.money_fen), 0) AS BIGINT) FROM run_pools p JOIN runs r ON r.run_id "
    "= p.run_id WHERE r.kind = 'INSTITUTION_MONTH' AND r.state IN ('PUBLISHED', 'PAID') AND "
    "p.pool_id = $1 AND r.period >= $2 AND r.period <= $3 AND p.money_fen > 0"};

}  // namespace yilian::billing::store
