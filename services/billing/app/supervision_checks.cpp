#include "services/billing/app/checks.h"

namespace yilian::billing::app {
namespace {

using storage::Query;

constexpr Query kDeductions{
    "check_deductions",
    "SELECT p.pool_id FROM (SELECT pool_id, SUM(CASE WHEN state = 'HEARING' THEN deducted_fen ELSE "
    "0 END) AS fen FROM findings WHERE pool_id <> '' GROUP BY pool_id) p WHERE p.fen <> "
    "COALESCE((SELECT SUM(l.fen) FROM ledger_lines l WHERE l.account = 'DEDUCTION:' || p.pool_id), "
    "0) ORDER BY 1"};
constexpr Query kTrails{
    "check_trails",
    "SELECT r.id FROM (SELECT finding_id AS id, state FROM findings UNION ALL SELECT review_id, "
    "state FROM list_reviews UNION ALL SELECT dispute_id, state FROM disputes) r WHERE r.state <> "
    "COALESCE((SELECT t.to_state FROM trail_entries t WHERE t.record_id = r.id ORDER BY t.entry_no "
    "DESC LIMIT 1), 'RAISED') ORDER BY 1"};
constexpr Query kGranted{
    "check_granted_disputes",
    "SELECT d.dispute_id FROM disputes d WHERE (d.state NOT IN ('UPHELD', 'PARTLY_UPHELD') AND "
    "(d.granted_fen <> 0 OR d.transaction_id <> '')) OR (d.state IN ('UPHELD', 'PARTLY_UPHELD') "
    "AND d.resettlement_run_id = '' AND NOT EXISTS (SELECT 1 FROM ledger_transactions t JOIN "
    "ledger_lines l ON l.sequence = t.sequence WHERE t.transaction_id = d.transaction_id AND "
    "l.account = 'PAYABLE:' || d.party AND l.fen = d.granted_fen)) ORDER BY 1"};

runtime::Check rows_check(std::string id, std::string what, const Query& query) {
    return {std::move(id), std::move(what), [&query](storage::Transaction& tx) {
                std::vector<std::string> found;
                for (const storage::Row& row : tx.select(query)) found.push_back(row.text(0));
                return found;
            }};
}

}  // namespace

std::vector<runtime::Check> supervision_checks() {
    return {
        rows_check("BIL-C14", "what findings withhold is what the ledger withholds", kDeductions),
        rows_check("BIL-C15", "the state of a finding, review or dispute is the last of its trail",
                   kTrails),
        rows_check("BIL-C16", "a granted dispute is booked or settled again", kGranted)};
}

}  // namespace yilian::billing::app
