#include "services/referrals/app/checks.h"

#include <map>
#include <string>
#include <utility>

#include "libs/crypto/signature.h"
#include "services/referrals/domain/referral_table.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/referral_rows.h"

namespace yilian::referrals::app {
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

constexpr Query kHistoryBehind{
    "check_history",
    "SELECT r.referral_id FROM referrals r WHERE NOT EXISTS (SELECT 1 FROM referral_events e "
    "WHERE e.referral_id = r.referral_id AND e.version = r.changes AND e.to_state = r.state) "
    "OR (SELECT count(*) FROM referral_events e WHERE e.referral_id = r.referral_id) <> r.changes "
    "ORDER BY 1"};
constexpr Query kHistoryRows{
    "check_history_rows",
    "SELECT referral_id, version, action, from_state, to_state FROM referral_events "
    "ORDER BY referral_id, version"};
constexpr Query kUsedWrong{
    "check_used",
    "SELECT s.slot_id FROM slots s WHERE s.used <> (SELECT count(*) FROM holds h "
    "WHERE h.slot_id = s.slot_id AND h.state IN ('TENTATIVE', 'CONFIRMED')) OR s.consumed <> "
    "(SELECT count(*) FROM holds h WHERE h.slot_id = s.slot_id AND h.state = 'CONSUMED') "
    "OR s.used + s.consumed > s.capacity + s.overbook ORDER BY 1"};
constexpr Query kQuotaSum{
    "check_quota_sum",
    "SELECT group_id FROM slots GROUP BY group_id HAVING sum(capacity) <> sum(opened) "
    "OR count(*) <> 4 ORDER BY 1"};
constexpr Query kHoldsWrong{
    "check_holds",
    "SELECT h.hold_id FROM holds h LEFT JOIN referrals r ON r.referral_id = h.referral_id "
    "WHERE h.state = 'CONFIRMED' AND (r.referral_id IS NULL OR r.state <> 'BOOKED' "
    "OR r.hold_id <> h.hold_id) UNION ALL SELECT r.referral_id FROM referrals r "
    "WHERE r.state = 'BOOKED' AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.hold_id = r.hold_id "
    "AND h.state = 'CONFIRMED') ORDER BY 1"};
constexpr Query kTasksWrong{
    "check_tasks",
    "SELECT r.referral_id FROM referrals r WHERE (SELECT count(*) FROM referral_tasks t "
    "WHERE t.referral_id = r.referral_id AND t.outcome = 'OPEN') <> CASE WHEN r.state IN "
    "('UNDER_REVIEW', 'INFO_REQUESTED', 'DOWN_PROPOSED') THEN 1 ELSE 0 END ORDER BY 1"};
constexpr Query kFollowUpWrong{
    "check_follow_up",
    "SELECT r.referral_id FROM referrals r WHERE r.state IN ('BASE_ACCEPTED', 'FOLLOWED_UP') "
    "AND NOT EXISTS (SELECT 1 FROM follow_up_orders o WHERE o.referral_id = r.referral_id "
    "AND (r.state = 'BASE_ACCEPTED' OR o.done_visit_id <> '')) ORDER BY 1"};
constexpr Query kEvidenceMissing{
    "check_evidence",
    "SELECT r.referral_id FROM referrals r WHERE r.encounter_ref <> '' AND NOT EXISTS "
    "(SELECT 1 FROM evidence e WHERE e.referral_id = r.referral_id AND e.down = 0) UNION ALL "
    "SELECT d.referral_id FROM down_legs d WHERE d.arrived_at IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM evidence e WHERE e.referral_id = d.referral_id AND e.down = 1) UNION ALL "
    "SELECT e.evidence_id FROM evidence e WHERE e.supersedes_evidence_id <> '' AND NOT EXISTS "
    "(SELECT 1 FROM evidence b WHERE b.evidence_id = e.supersedes_evidence_id "
    "AND b.referral_id = e.referral_id AND b.down = e.down AND b.position < e.position) "
    "ORDER BY 1"};

constexpr Query kCaseWrong{
    "check_channel_case",
    "SELECT c.case_id FROM channel_cases c WHERE NOT EXISTS (SELECT 1 FROM referrals r "
    "WHERE r.referral_id = c.referral_id) OR (c.state NOT IN ('ALERTED', 'STOOD_DOWN') AND "
    "c.acknowledged_at IS NULL) OR (c.state = 'CLOSED' AND c.completed_at IS NULL) ORDER BY 1"};
constexpr Query kExamWrong{
    "check_exam",
    "SELECT o.order_id FROM exam_orders o WHERE (o.state IN ('SIGNED', 'DELIVERED') AND ("
    "NOT EXISTS (SELECT 1 FROM exam_reports p WHERE p.order_id = o.order_id) OR EXISTS (SELECT 1 "
    "FROM exam_reports p WHERE p.order_id = o.order_id AND p.signed_at IS NULL))) "
    "OR (o.state IN ('REPORTED', 'VERIFIED') AND NOT EXISTS (SELECT 1 FROM exam_reports p "
    "WHERE p.order_id = o.order_id AND p.signed_at IS NULL)) ORDER BY 1"};

// A line of the history that no row of the table covers. Lines without action of the table (a
// resident merged, a visit voided) must leave the state alone.
bool covered(const std::string& action, const std::string& from, const std::string& to) {
    const auto known = domain::kLifecycle.action_named(action);
    if (!known) return from == to;
    const auto before = domain::kLifecycle.state_named(from);
    const auto after = domain::kLifecycle.state_named(to);
    if (!after) return false;
    for (const lifecycle::RowData& row : domain::kLifecycle.model().rows) {
        if (row.action != static_cast<int>(*known)) continue;
        const int start = before ? static_cast<int>(*before) : 0;
        const bool starts = before ? lifecycle::has(row.from, start) : row.creates;
        if (starts && lifecycle::has(row.targets(start), static_cast<int>(*after))) return true;
    }
    return false;
}

std::vector<std::string> uncovered_steps(Transaction& tx) {
    std::vector<std::string> found;
    std::string referral_id;
    std::string state;
    for (const Row& row : tx.select(kHistoryRows)) {
        const std::string from = row.text(0) == referral_id ? state : "";
        if (row.text(3) != from || !covered(row.text(2), row.text(3), row.text(4))) {
            found.push_back(row.text(0) + "/" + std::to_string(row.i64(1)));
        }
        referral_id = row.text(0);
        state = row.text(4);
    }
    return found;
}

std::vector<std::string> bad_signatures(Transaction& tx) {
    std::map<std::string, crypto::VerifyKey> keys;
    for (const Row& row : tx.select(store::kKeys)) {
        auto key = crypto::VerifyKey::from_pem(crypto::SignatureAlgorithm::kEcdsaP256, row.text(1));
        if (key.ok()) keys.emplace(row.text(0), *std::move(key));
    }
    std::vector<std::string> found;
    for (const Row& row : tx.select(store::kAllEvidence)) {
        const domain::Evidence e = store::evidence_row(row).evidence;
        const auto key = keys.find(e.key_id);
        if (key == keys.end() || !key->second.verify(e.signed_text(), e.signature)) {
            found.push_back(e.evidence_id);
        }
    }
    return found;
}

std::int64_t count(Transaction& tx, const Query& query, std::string_view parameter) {
    return parameter.empty() ? tx.select_one(query)->i64(0)
                             : tx.select_one(query, parameter)->i64(0);
}

}  // namespace

std::vector<runtime::Check> checks() {
    return {
        {"REF-C01", "every step of a history is a row of the transition table", uncovered_steps},
        rows_check("REF-C02", "the history leads to the present state, one line a change",
                   kHistoryBehind),
        rows_check("REF-C03", "places used are live holds, consumed ones patients who came",
                   kUsedWrong),
        rows_check("REF-C04", "the quotas of a slot sum to its capacity", kQuotaSum),
        rows_check("REF-C05", "a confirmed hold belongs to a booked referral and the reverse",
                   kHoldsWrong),
        rows_check("REF-C06", "an open task exists exactly while an answer is awaited",
                   kTasksWrong),
        rows_check("REF-C07", "who was taken back has a follow-up order, done once followed up",
                   kFollowUpWrong),
        rows_check("REF-C08", "care and return have evidence, superseding in order",
                   kEvidenceMissing),
        {"REF-C09", "every evidence verifies with its key", bad_signatures},
        rows_check("REF-C10", "a case of a channel has its referral, and a receiver once taken",
                   kCaseWrong),
        rows_check("REF-C11", "an examination is signed exactly while its newest report is",
                   kExamWrong),
    };
}

runtime::Counts counts(Transaction& tx) {
    runtime::Counts out;
    out.push_back({"referrals_created", count(tx, store::kCountCreated, "")});
    out.push_back({"referrals_closed", count(tx, store::kCountState, "CLOSED")});
    out.push_back({"referrals_up", count(tx, store::kCountDirection, "UP")});
    out.push_back({"referrals_down", count(tx, store::kCountDown, "")});
    out.push_back({"down_referrals_followed_up", count(tx, store::kCountFollowedUp, "")});
    for (const Row& row : tx.select(store::kFlowUp)) {
        out.push_back({"flow_up", row.i64(2), "", row.text(0) + ">" + row.text(1)});
    }
    for (const Row& row : tx.select(store::kFlowDown)) {
        out.push_back({"flow_down", row.i64(2), "", row.text(0) + ">" + row.text(1)});
    }
    for (const Row& row : tx.select(store::kHoldsByState)) {
        out.push_back({"holds", row.i64(1), "", row.text(0)});
    }
    for (const Row& row : tx.select(store::kEvidenceByValidity)) {
        out.push_back({"evidence", row.i64(1), "", row.flag(0) ? "valid" : "invalid"});
    }
    return out;
}

}  // namespace yilian::referrals::app
