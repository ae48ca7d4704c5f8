#pragma once

#include "libs/storage/transaction.h"

// SQL of supervision, reviews and disputes.
namespace yilian::billing::store {

using storage::Query;

#define YILIAN_FINDING_COLUMNS                                                                \
    "finding_id, rule_id, rule_version, family, severity, action, institution_id, list_ids, " \
    "period, amount_fen, evidence, state, decision, decided_by, deducted_fen, pool_id, "      \
    "transaction_id, hearing_until, raised_at, changes"
inline constexpr Query kFindingRow{
    "finding_row", "SELECT " YILIAN_FINDING_COLUMNS " FROM findings WHERE finding_id = $1"};
inline constexpr Query kAddFindingRow{
    "add_finding_row",
    "INSERT INTO findings (" YILIAN_FINDING_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)"};
inline constexpr Query kMoveFinding{
    "move_finding",
    "UPDATE findings SET state=$2, decision=$3, decided_by=$4, deducted_fen=$5, pool_id=$6, "
    "transaction_id=$7, hearing_until=$8, changes=$9 WHERE finding_id = $1 AND changes = $9 - 1"};
inline constexpr Query kFindingPage{
    "finding_page",
    "SELECT " YILIAN_FINDING_COLUMNS
    " FROM findings WHERE ($1 = '' OR institution_id = $1) AND ($2 = '' OR family = $2) AND "
    "($3 = '' OR state = $3) AND ($4 = '' OR period = $4) AND finding_id > $5 ORDER BY finding_id "
    "LIMIT $6"};
inline constexpr Query kAddFindingList{
    "add_finding_list",
    "INSERT INTO finding_lists (institution_id, list_id, finding_id) VALUES ($1,$2,$3) ON CONFLICT "
    "DO NOTHING"};
inline constexpr Query kFindingOfList{
    "finding_of_list",
    "SELECT finding_id FROM finding_lists WHERE institution_id = $1 AND list_id = $2 LIMIT 1"};
// Money of lists whose findings ask to hold it and are not decided.
inline constexpr Query kHeldOf{
    "held_of",
    "SELECT CAST(COALESCE(SUM(f.amount_fen), 0) AS BIGINT) FROM findings f WHERE f.institution_id "
    "= $1 AND f.action = 'HOLD' AND f.state IN ('RAISED', 'ASKED', 'ANSWERED')"};

inline constexpr Query kDropChargeLines{
    "drop_charge_lines", "DELETE FROM charge_lines WHERE institution_id = $1 AND list_id = $2"};
inline constexpr Query kAddChargeLine{
    "add_charge_line",
    "INSERT INTO charge_lines (institution_id, list_id, line_no, item_code, used_on, "
    "quantity_milli, amount_fen, dept, ordered_item_code) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)"};
// Lines of lists in force that are discharged in the days.
inline constexpr Query kChargeLines{
    "charge_lines",
    "SELECT c.institution_id, c.list_id, c.line_no, c.item_code, c.used_on, c.quantity_milli, "
    "c.amount_fen, c.dept, c.ordered_item_code FROM lists l JOIN charge_lines c ON "
    "c.institution_id = l.institution_id AND c.list_id = l.list_id WHERE l.in_force = 1 AND "
    "l.discharge_date >= $1 AND l.discharge_date <= $2 ORDER BY c.institution_id, c.list_id, "
    "c.line_no"};

inline constexpr Query kDrugSale{
    "drug_sale",
    "SELECT resident_id, item_code, sold_on, quantity_milli, prescribed_milli, amount_fen, "
    "contact_digest FROM drug_sales WHERE institution_id = $1 AND sale_id = $2"};
inline constexpr Query kAddDrugSale{
    "add_drug_sale",
    "INSERT INTO drug_sales (institution_id, sale_id, resident_id, item_code, sold_on, "
    "quantity_milli, prescribed_milli, amount_fen, contact_digest) VALUES "
    "($1,$2,$3,$4,$5,$6,$7,$8,$9)"};
inline constexpr Query kDrugSales{
    "drug_sales",
    "SELECT institution_id, sale_id, resident_id, item_code, sold_on, quantity_milli, "
    "prescribed_milli, amount_fen, contact_digest FROM drug_sales WHERE sold_on >= $1 AND sold_on "
    "<= $2 ORDER BY institution_id, sale_id"};

// Lists in force of the days, each with its group where it has one.
inline constexpr Query kSupervisedLists{
    "supervised_lists",
    "SELECT l.institution_id, l.list_id, l.version, l.resident_id, l.received_at, l.discharged_at, "
    "l.period, l.data, COALESCE(s.group_code, ''), COALESCE(s.group_average_fen, 0), "
    "COALESCE(s.points_e4, 0) FROM lists l LEFT JOIN scores s ON s.institution_id = "
    "l.institution_id AND s.list_id = l.list_id AND s.version = l.version WHERE l.in_force = 1 AND "
    "l.discharge_date >= $1 AND l.discharge_date <= $2 ORDER BY l.institution_id, l.list_id"};
inline constexpr Query kDispensesOfPaid{
    "dispenses_of_paid",
    "SELECT l.institution_id, l.list_id, l.prescription_id, (SELECT COUNT(*) FROM dispense_copies "
    "d "
    "WHERE d.prescription_id = l.prescription_id AND d.reversed = 0) FROM lists l WHERE l.in_force "
    "= 1 AND l.period = $1 AND l.prescription_id <> '' ORDER BY l.institution_id, l.list_id"};
// First versions of the month: the month's deadline counts for the first version received.
inline constexpr Query kListQuality{
    "list_quality",
    "SELECT institution_id, COUNT(*), CAST(SUM(accepted) AS BIGINT), CAST(SUM(CASE WHEN "
    "received_at <= discharged_at + $2 THEN 1 ELSE 0 END) AS BIGINT) FROM lists WHERE period = $1 "
    "AND version = 1 GROUP BY institution_id ORDER BY institution_id"};
inline constexpr Query kAcceptedOfMonth{
    "accepted_of_month",
    "SELECT institution_id, list_id, version FROM lists WHERE in_force = 1 AND period = $1 ORDER "
    "BY institution_id, list_id"};

#define YILIAN_REVIEW_COLUMNS \
    "review_id, institution_id, list_id, version, period, state, reason_code, finding_id, changes"
inline constexpr Query kReview{
    "review", "SELECT " YILIAN_REVIEW_COLUMNS " FROM list_reviews WHERE review_id = $1"};
inline constexpr Query kSaveReview{
    "save_review",
    "INSERT INTO list_reviews (" YILIAN_REVIEW_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (review_id) DO UPDATE SET state=$6, "
    "reason_code=$7, finding_id=$8, changes=$9 WHERE list_reviews.changes = $9 - 1"};
inline constexpr Query kReviewPage{
    "review_page",
    "SELECT " YILIAN_REVIEW_COLUMNS
    " FROM list_reviews WHERE ($1 = '' OR institution_id = $1) AND ($2 = '' OR period = $2) AND "
    "review_id > $3 ORDER BY review_id LIMIT $4"};

#define YILIAN_DISPUTE_COLUMNS                                                                    \
    "dispute_id, run_id, party, institution_id, subject, subject_id, disputed_fen, claimed_fen, " \
    "granted_fen, state, reason_code, decision_reason_code, documents, opened_on, opened_by, "    \
    "reviewed_by, review_until, escalated, resettlement_run_id, transaction_id, changes"
inline constexpr Query kDispute{
    "dispute", "SELECT " YILIAN_DISPUTE_COLUMNS " FROM disputes WHERE dispute_id = $1"};
inline constexpr Query kSaveDispute{
    "save_dispute",
    "INSERT INTO disputes (" YILIAN_DISPUTE_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21) ON "
    "CONFLICT (dispute_id) DO UPDATE SET granted_fen=$9, state=$10, decision_reason_code=$12, "
    "documents=$13, reviewed_by=$16, escalated=$18, resettlement_run_id=$19, transaction_id=$20, "
    "changes=$21 WHERE disputes.changes = $21 - 1"};
inline constexpr Query kOpenDisputeAbout{
    "open_dispute_about",
    "SELECT dispute_id FROM disputes WHERE run_id = $1 AND party = $2 AND subject = $3 AND "
    "subject_id = $4 AND state IN ('OPEN', 'EVIDENCE_REQUESTED', 'UNDER_REVIEW')"};
// Insurance of a case that the run settled for the party.
inline constexpr Query kCaseOfRun{
    "case_of_run",
    "SELECT l.insurance FROM run_cases c JOIN lists l ON l.institution_id = c.institution_id AND "
    "l.list_id = c.list_id AND l.version = c.version WHERE c.run_id = $1 AND l.payee_id = $2 AND "
    "c.list_id = $3 ORDER BY c.institution_id LIMIT 1"};
inline constexpr Query kDisputedOf{
    "disputed_of",
    "SELECT CAST(COALESCE(SUM(disputed_fen), 0) AS BIGINT) FROM disputes WHERE party = $1 AND "
    "state IN ('OPEN', 'EVIDENCE_REQUESTED', 'UNDER_REVIEW')"};
inline constexpr Query kDisputePage{
    "dispute_page",
    "SELECT " YILIAN_DISPUTE_COLUMNS
    " FROM disputes WHERE ($1 = '' OR party = $1) AND ($2 = '' OR run_id = $2) AND dispute_id > $3 "
    "ORDER BY dispute_id LIMIT $4"};

inline constexpr Query kTrailLength{"trail_length",
                                    "SELECT COUNT(*) FROM trail_entries WHERE record_id = $1"};
inline constexpr Query kAddTrail{
    "add_trail",
    "INSERT INTO trail_entries (record_id, entry_no, occurred_at, actor, action, from_state, "
    "to_state, reason_code, documents) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)"};
inline constexpr Query kTrail{
    "trail",
    "SELECT entry_no, occurred_at, actor, action, from_state, to_state, reason_code, documents "
    "FROM trail_entries WHERE record_id = $1 ORDER BY entry_no"};

inline constexpr Query kReopening{
    "reopening",
    "SELECT asked_by, done_by FROM period_reopenings WHERE period = $1 AND close_changes = $2"};
inline constexpr Query kAskReopening{
    "ask_reopening",
    "INSERT INTO period_reopenings (period, close_changes, asked_by, done_by, reason_code) VALUES "
    "($1,$2,$3,'',$4)"};
inline constexpr Query kDoReopening{
    "do_reopening",
    "UPDATE period_reopenings SET done_by = $3 WHERE period = $1 AND close_changes = $2"};

// Payments that are instructed and not confirmed: overdue, and how many warnings passed.
inline constexpr Query kPaymentClocks{
    "payment_clocks",
    "SELECT p.overdue, (SELECT COUNT(*) FROM payment_warnings w WHERE w.payment_id = p.payment_id) "
    "FROM payments p WHERE p.state = 'INSTRUCTED'"};
inline constexpr Query kAddPaymentWarning{
    "add_payment_warning",
    "INSERT INTO payment_warnings (payment_id, working_day, warned_on) VALUES ($1,$2,$3) ON "
    "CONFLICT DO NOTHING"};

}  // namespace yilian::billing::store
