#pragma once

#include "libs/storage/transaction.h"

// SQL of shared examination.
namespace yilian::referrals::store {

using storage::Query;

inline constexpr Query kExamSite{
    "exam_site", "SELECT stored, changes FROM exam_sites WHERE institution_id = $1"};
inline constexpr Query kSaveExamSite{
    "save_exam_site",
    "INSERT INTO exam_sites (institution_id, stored, changes) VALUES ($1,$2,$3) "
    "ON CONFLICT (institution_id) DO UPDATE SET stored=$2, changes=$3 "
    "WHERE exam_sites.changes = $3 - 1"};

#define YILIAN_EXAM_COLUMNS                                                                      \
    "order_id, resident_id, base_institution_id, centre_id, item_code, priority, "               \
    "ordering_practitioner_id, device_id, referral_id, channel_case_id, chest_pain, state, "     \
    "reason_code, reader_id, ordered_at, acquired_at, uploaded_at, report_due_at, reported_at, " \
    "document_id, changes"
inline constexpr Query kExam{"exam_order",
                             "SELECT " YILIAN_EXAM_COLUMNS " FROM exam_orders WHERE order_id = $1"};
inline constexpr Query kSaveExam{
    "save_exam_order",
    "INSERT INTO exam_orders (" YILIAN_EXAM_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21) "
    "ON CONFLICT (order_id) DO UPDATE SET resident_id=$2, base_institution_id=$3, centre_id=$4, "
    "item_code=$5, priority=$6, ordering_practitioner_id=$7, device_id=$8, referral_id=$9, "
    "channel_case_id=$10, chest_pain=$11, state=$12, reason_code=$13, reader_id=$14, "
    "ordered_at=$15, acquired_at=$16, uploaded_at=$17, report_due_at=$18, reported_at=$19, "
    "document_id=$20, changes=$21 WHERE exam_orders.changes = $21 - 1"};
inline constexpr Query kExamPage{
    "exam_page",
    "SELECT order_id FROM exam_orders WHERE order_id > $4 AND ($1 = '' OR "
    "base_institution_id = $1 OR centre_id = $1) AND ($2 = '' OR resident_id = $2) "
    "AND ($3 = '' OR $3 LIKE '%|' || state || '|%') ORDER BY order_id LIMIT $5"};
inline constexpr Query kExamReports{
    "exam_reports",
    "SELECT report_id, version, read_by, verified_by, reported_at, signed_at, passed, mark, stored "
    "FROM exam_reports WHERE order_id = $1 ORDER BY version"};
inline constexpr Query kSaveExamReport{
    "save_exam_report",
    "INSERT INTO exam_reports (order_id, version, report_id, read_by, verified_by, reported_at, "
    "signed_at, passed, mark, stored) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) "
    "ON CONFLICT (order_id, version) DO UPDATE SET verified_by=$5, signed_at=$7, mark=$9 "
    "WHERE exam_reports.signed_at IS NULL"};
// Newest signed version of each earlier order of the item since an instant, newest first.
inline constexpr Query kPriorReports{
    "prior_exam_reports",
    "SELECT p.report_id, o.order_id, o.item_code, p.signed_at, p.passed, p.mark, "
    "o.base_institution_id FROM exam_orders o JOIN exam_reports p ON p.order_id = o.order_id "
    "WHERE o.resident_id = $1 AND o.item_code = $2 AND p.signed_at >= $3 AND p.signed_at <= $4 "
    "AND p.version = (SELECT max(q.version) FROM exam_reports q WHERE q.order_id = o.order_id "
    "AND q.signed_at IS NOT NULL) ORDER BY p.signed_at DESC, p.report_id"};
inline constexpr Query kAddDecision{
    "add_recognition_decision",
    "INSERT INTO recognition_decisions (decision_id, item_code, resident_id, institution_id, "
    "order_id, prior_report_id, outcome, reason_code, decided_by, decided_at) "
    "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)"};

#define YILIAN_CRITICAL_COLUMNS                                                              \
    "critical_id, order_id, resident_id, item_code, base_institution_id, centre_id, state, " \
    "duty, raised_at, notified_at, acknowledged_by, acknowledged_at, treatment_code, "       \
    "treated_at, closed_at, changes"
inline constexpr Query kCritical{"critical_value", "SELECT " YILIAN_CRITICAL_COLUMNS
                                                   " FROM critical_values WHERE critical_id = $1"};
inline constexpr Query kSaveCritical{
    "save_critical_value",
    "INSERT INTO critical_values (" YILIAN_CRITICAL_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16) ON CONFLICT (critical_id) "
    "DO UPDATE SET order_id=$2, resident_id=$3, item_code=$4, base_institution_id=$5, "
    "centre_id=$6, state=$7, duty=$8, raised_at=$9, notified_at=$10, acknowledged_by=$11, "
    "acknowledged_at=$12, treatment_code=$13, treated_at=$14, closed_at=$15, changes=$16 "
    "WHERE critical_values.changes = $16 - 1"};

}  // namespace yilian::referrals::store
