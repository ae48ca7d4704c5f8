#include "services/billing/app/checks.h"

#include <map>
#include <string>
#include <utility>

#include "libs/crypto/digest.h"
#include "services/billing/store/capitation_rows.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/queries.h"
#include "services/billing/store/settlement_rows.h"

namespace yilian::billing::app {
namespace {

using storage::Query;
using storage::Row;
using storage::Transaction;

// Every row is a violation; its first column names the record.
runtime::Check rows_check(std::string id, std::string what, const Query& query) {
    return {std::move(id), std::move(what), [&query](Transaction& tx) {
                std::vector<std::string> found;
                for (const Row& row : tx.select(query)) found.push_back(row.text(0));
                return found;
            }};
}

constexpr Query kUnbalanced{
    "check_unbalanced",
    "SELECT t.transaction_id FROM ledger_transactions t WHERE t.sum_fen <> 0 OR (SELECT COUNT(*) "
    "FROM ledger_lines l WHERE l.sequence = t.sequence) < 2 OR (SELECT SUM(l.fen) FROM "
    "ledger_lines "
    "l WHERE l.sequence = t.sequence) <> 0 ORDER BY t.sequence"};
constexpr Query kStates{
    "check_states",
    "SELECT l.institution_id || '/' || l.list_id || '/' || CAST(l.version AS TEXT) FROM lists l "
    "LEFT JOIN scores s ON s.institution_id = l.institution_id AND s.list_id = l.list_id AND "
    "s.version = l.version LEFT JOIN runs r ON r.run_id = l.run_id WHERE "
    "(l.in_force = 1 AND l.state NOT IN ('ACCEPTED', 'SCORED', 'UNDER_REVIEW', 'PREPAID', "
    "'SETTLED')) OR (l.in_force = 0 AND l.state NOT IN ('REJECTED', 'WITHDRAWN')) OR "
    "(l.state = 'REJECTED' AND l.accepted = 1) OR (l.state <> 'REJECTED' AND l.accepted = 0) OR "
    "(l.state = 'SCORED' AND s.list_id IS NULL) OR (l.state = 'PREPAID' AND (r.run_id IS NULL OR "
    "r.published_on = '')) OR (l.run_id <> '' AND r.run_id IS NULL) OR (l.method IN "
    "('DRG', 'DIP', 'BED_DAY') AND l.in_force = 1 AND s.list_id IS NULL) ORDER BY 1"};
constexpr Query kBenefitSums{
    "check_benefit_sums",
    "SELECT b.institution_id || '/' || b.list_id || '/' || CAST(b.version AS TEXT) FROM benefits b "
    "JOIN lists l ON l.institution_id = b.institution_id AND l.list_id = b.list_id AND l.version = "
    "b.version WHERE b.in_policy_fen <> b.basic_fen + b.serious_fen + b.aid_fen + b.personal_fen "
    "OR "
    "b.basic_fen < 0 OR b.serious_fen < 0 OR b.aid_fen < 0 OR b.personal_fen < 0 OR (l.in_force = "
    "1 "
    "AND b.personal_total_fen <> l.total_fen - b.basic_fen - b.serious_fen - b.aid_fen) OR "
    "(l.in_force = 0 AND b.in_policy_fen <> 0) ORDER BY 1"};
// Benefits of a year against the accounts of that year.
constexpr Query kBenefitAccounts{
    "check_benefit_accounts",
    "SELECT e.account FROM (SELECT 'CASE_COST:' || CAST(year AS TEXT) AS account, "
    "SUM(in_policy_fen) AS fen FROM benefits GROUP BY year UNION ALL SELECT 'BASIC:' || CAST(year "
    "AS TEXT), -SUM(basic_fen) FROM benefits GROUP BY year UNION ALL SELECT 'SERIOUS:' || "
    "CAST(year "
    "AS TEXT), -SUM(serious_fen) FROM benefits GROUP BY year UNION ALL SELECT 'AID:' || CAST(year "
    "AS TEXT), -SUM(aid_fen) FROM benefits GROUP BY year UNION ALL SELECT 'PERSONAL:' || CAST(year "
    "AS TEXT), -SUM(personal_fen) FROM benefits GROUP BY year) e WHERE e.fen <> COALESCE((SELECT "
    "SUM(l.fen) FROM ledger_lines l WHERE l.account = e.account), 0) ORDER BY 1"};
constexpr Query kRunInputs{
    "check_run_inputs",
    "SELECT r.run_id FROM runs r WHERE r.kind = 'INSTITUTION_MONTH' AND r.state NOT IN "
    "('SUPERSEDED', 'DRAFT') AND (r.case_count <> (SELECT "
    "COUNT(*) FROM run_cases c WHERE c.run_id = r.run_id) OR r.case_count <> (SELECT "
    "COALESCE(SUM(p.cases), 0) FROM run_pools p WHERE p.run_id = r.run_id) OR (SELECT "
    "COALESCE(SUM(s.points_e4), 0) FROM run_cases c JOIN scores s ON s.institution_id = "
    "c.institution_id AND s.list_id = c.list_id AND s.version = c.version WHERE c.run_id = "
    "r.run_id) <> (SELECT COALESCE(SUM(p.points_e4), 0) FROM run_pools p WHERE p.run_id = "
    "r.run_id)) ORDER BY 1"};
// Published prepays against the pools' accounts: what left the pools is what the runs decided.
constexpr Query kPrepays{
    "check_prepays",
    "SELECT p.party FROM (SELECT party, SUM(prepay_fen) AS fen FROM run_pools q JOIN runs r ON "
    "r.run_id = q.run_id WHERE r.state IN ('PUBLISHED', 'PAID') GROUP BY party) p WHERE p.fen <> "
    "COALESCE((SELECT SUM(l.fen) FROM ledger_lines l JOIN ledger_transactions t ON t.sequence = "
    "l.sequence WHERE t.kind = 'month_prepaid' AND l.account = 'PAYABLE:' || p.party AND NOT "
    "EXISTS "
    "(SELECT 1 FROM ledger_refs f JOIN ledger_transactions u ON u.sequence = f.sequence WHERE "
    "f.refers_to = t.transaction_id AND u.reverses = 1)), 0) AND NOT EXISTS (SELECT 1 FROM "
    "ledger_refs f JOIN ledger_transactions u ON u.sequence = f.sequence JOIN ledger_transactions "
    "o "
    "ON o.transaction_id = f.refers_to WHERE u.reverses = 1 AND o.kind = 'month_prepaid') ORDER BY "
    "1"};
constexpr Query kCapitation{
    "check_capitation",
    "SELECT m.run_id FROM capitation_months m WHERE m.amount_fen <> (SELECT COALESCE(SUM("
    "c.amount_fen), 0) FROM capitation_cells c WHERE c.run_id = m.run_id) OR m.prepay_fen > "
    "m.amount_fen OR m.difference_fen <> CASE WHEN m.revision = 1 THEN 0 ELSE m.amount_fen - "
    "(SELECT "
    "n.amount_fen FROM capitation_months n WHERE n.consortium_id = m.consortium_id AND n.period = "
    "m.period AND n.revision = m.revision - 1) END ORDER BY 1"};
constexpr Query kFees{
    "check_fees",
    "SELECT f.contract_id FROM fee_splits f WHERE f.team_fen > f.fee_fen OR f.team_fen < 0 OR NOT "
    "EXISTS (SELECT 1 FROM ledger_transactions t WHERE t.transaction_id = f.transaction_id) ORDER "
    "BY "
    "1"};
constexpr Query kClosedBookings{
    "check_closed_periods",
    "SELECT p.period FROM periods p WHERE p.closed = 1 AND EXISTS (SELECT 1 FROM runs r WHERE "
    "r.period = p.period AND r.state IN ('DRAFT', 'COMPUTED', 'APPROVED') AND r.supersedes_run_id "
    "= "
    "'') ORDER BY 1"};

std::vector<std::string> ledger_not_zero(Transaction& tx) {
    const Fen sum = store::ledger_sum(tx);
    if (sum.is_zero()) return {};
    return {"ledger " + sum.text()};
}

// Walks the whole chain in pages.
std::vector<std::string> broken_chain(Transaction& tx) {
    constexpr std::int64_t kPage = 2000;
    std::vector<std::string> found;
    std::int64_t sequence = 0;
    std::string previous;
    for (;;) {
        const auto rows = tx.select(store::kAllTransactions, sequence, kPage);
        for (const Row& row : rows) {
            const store::TransactionRow t = store::transaction_of(tx, row);
            const std::string hash =
                crypto::sha256_hex(t.previous_hash + canonical_bytes(t.transaction));
            if (t.sequence != sequence + 1 || t.previous_hash != previous || t.hash != hash) {
                found.push_back(t.transaction.id);
            }
            sequence = t.sequence;
            previous = t.hash;
        }
        if (static_cast<std::int64_t>(rows.size()) < kPage) return found;
    }
}

constexpr Query kAllStatements{
    "check_statements",
    "SELECT run_id, party, period, sha256, content FROM statements ORDER BY run_id, party"};
constexpr Query kAllRuns{
    "check_run_digests",
    "SELECT run_id, result_digest FROM runs WHERE state <> 'DRAFT' ORDER BY run_id"};

std::vector<std::string> wrong_statements(Transaction& tx) {
    std::vector<std::string> found;
    std::map<std::string, std::string> lines;
    for (const Row& row : tx.select(kAllStatements)) {
        const std::string sha = crypto::sha256_hex(row.bytes(4));
        if (sha != row.text(3)) found.push_back(row.text(0) + '/' + row.text(1));
        lines[row.text(0)] += row.text(1) + ' ' + sha + '\n';
    }
    for (const Row& row : tx.select(kAllRuns)) {
        if (crypto::sha256_hex(lines[row.text(0)]) != row.text(1)) found.push_back(row.text(0));
    }
    return found;
}

// Versions of one enrolment count from 1, are recorded in order and tell a real interval.
constexpr Query kVersions{
    "check_versions",
    "SELECT v.enrolment_id FROM enrolment_versions v WHERE (v.valid_to IS NOT NULL AND v.valid_to "
    "<= "
    "v.valid_from) OR (v.version > 1 AND NOT EXISTS (SELECT 1 FROM enrolment_versions b WHERE "
    "b.resident_id = v.resident_id AND b.enrolment_id = v.enrolment_id AND b.version = v.version - "
    "1 "
    "AND b.recorded_at <= v.recorded_at)) ORDER BY 1"};

void add_month_figures(Transaction& tx, runtime::Counts& out) {
    for (const Row& row : tx.select(store::kMonthFigures)) {
        out.push_back({"cases", row.i64(2), row.text(0), row.text(1)});
        out.push_back({"points_e4", row.i64(3), row.text(0), row.text(1)});
        out.push_back({"prepay_fen", row.i64(4), row.text(0), row.text(1)});
        out.push_back({"fund_fen", row.i64(5), row.text(0), row.text(1)});
    }
    for (const Row& row : tx.select(store::kCapitationFigures)) {
        out.push_back({"head_count", row.i64(2), row.text(0), row.text(1)});
        out.push_back({"capitation_fen", row.i64(3), row.text(0), row.text(1)});
        out.push_back({"capitation_prepay_fen", row.i64(4), row.text(0), row.text(1)});
    }
}

}  // namespace

std::vector<runtime::Check> checks() {
    std::vector<runtime::Check> all{
        {"BIL-C01", "the lines of the whole ledger add up to zero", ledger_not_zero},
        rows_check("BIL-C02", "every transaction has two or more lines that add up to zero",
                   kUnbalanced),
        {"BIL-C03", "every transaction carries the hash of the one before it", broken_chain},
        rows_check("BIL-C04", "the state of a list agrees with its score and its run", kStates),
        rows_check("BIL-C05", "the parts of a benefit add up, and only lists in force have one",
                   kBenefitSums),
        rows_check("BIL-C06", "the benefits of a year are what the accounts of the year hold",
                   kBenefitAccounts),
        {"BIL-C07", "statements have the digest that the run was approved with", wrong_statements},
        rows_check("BIL-C08", "cases and points of a run are those of its parties", kRunInputs),
        rows_check("BIL-C09", "published prepays are what the ledger holds for the party",
                   kPrepays),
        rows_check("BIL-C10", "a capitation month is the sum of its cells", kCapitation),
        rows_check("BIL-C11", "a contract fee is split once and booked", kFees),
        rows_check("BIL-C12", "enrolment versions follow each other", kVersions),
        rows_check("BIL-C13", "a closed month has no open run", kClosedBookings),
    };
    for (runtime::Check& check : supervision_checks()) all.push_back(std::move(check));
    return all;
}

runtime::Counts counts(Transaction& tx) {
    const Row lists = *tx.select_one(store::kCountLists);
    const Row groups = *tx.select_one(store::kCountGroups);
    const std::int64_t refused = tx.select_one(store::kCountRefused)->i64(0);
    runtime::Counts out;
    out.push_back({"settlement_lists_accepted", lists.i64(0)});
    out.push_back({"settlement_lists_rejected", lists.i64(1) - lists.i64(0) + refused});
    out.push_back({"drg_grouped", groups.i64(0)});
    out.push_back({"drg_ungrouped", groups.i64(1) - groups.i64(0)});
    out.push_back({"second_deductibles_waived", tx.select_one(store::kCountWaived)->i64(0)});
    out.push_back({"ledger_sum_fen", store::ledger_sum(tx).raw()});
    add_month_figures(tx, out);
    return out;
}

}  // namespace yilian::billing::app
