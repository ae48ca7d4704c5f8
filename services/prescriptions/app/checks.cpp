#include "services/prescriptions/app/checks.h"

#include <map>
#include <string>
#include <utility>

#include "services/prescriptions/domain/circulation.h"
#include "services/prescriptions/store/queries.h"

namespace yilian::prescriptions::app {
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

// Invariant 1: what became effective was passed, by the pharmacist or by the rules, with exactly
// the content that was signed. An instance stands under the review of its parent.
constexpr Query kNotReviewed{
    "check_reviewed",
    "SELECT p.prescription_id FROM prescriptions p WHERE p.effective_at IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM reviews r WHERE r.prescription_id = CASE WHEN p.parent_id = '' THEN "
    "p.prescription_id ELSE p.parent_id END AND r.content_sha256 = p.content_sha256 AND "
    "((r.stage = 'PHARMACIST' AND r.result = 'PASS') OR (r.stage = 'SYSTEM' AND r.result IN "
    "('PASS', 'INFO')))) ORDER BY 1"};
constexpr Query kQuantityWrong{
    "check_quantity",
    "SELECT l.prescription_id || '/' || l.line_no FROM prescription_lines l WHERE "
    "l.dispensed_milli > l.quantity_milli OR l.dispensed_milli <> (SELECT "
    "coalesce(sum(d.quantity_milli), 0) FROM dispenses d WHERE d.prescription_id = "
    "l.prescription_id AND d.line_no = l.line_no AND d.reversed_at IS NULL) ORDER BY 1"};
constexpr Query kClaimsWrong{
    "check_claims",
    "SELECT p.prescription_id FROM prescriptions p WHERE (p.state IN ('CLAIMED', "
    "'CANCEL_PENDING', 'PARTLY_DISPENSED')) <> (1 = (SELECT count(*) FROM claims c WHERE "
    "c.prescription_id = p.prescription_id AND c.state = 'ACTIVE')) ORDER BY 1"};
constexpr Query kInstancesWrong{
    "check_instances",
    "SELECT p.prescription_id || '/' || l.line_no FROM prescriptions p JOIN prescription_lines l "
    "ON l.prescription_id = p.prescription_id WHERE p.instances > 0 AND "
    "(l.days || '/' || l.quantity_milli || '/' || p.instances) <> (SELECT sum(il.days) || '/' || "
    "sum(il.quantity_milli) || '/' || count(DISTINCT i.due_on) FROM prescriptions i JOIN "
    "prescription_lines il ON il.prescription_id = i.prescription_id WHERE "
    "i.parent_id = p.prescription_id AND il.line_no = l.line_no) ORDER BY 1"};
constexpr Query kJournalBroken{
    "check_journal",
    "SELECT p.prescription_id FROM prescriptions p WHERE NOT EXISTS (SELECT 1 FROM "
    "prescription_journal j WHERE j.prescription_id = p.prescription_id AND j.to_state = p.state) "
    "ORDER BY 1"};
constexpr Query kEligibilityWithoutEvidence{
    "check_eligibility",
    "SELECT resident_id || '/' || disease_code FROM long_eligibilities WHERE eligible = 1 AND "
    "(evidence_visit_id = '' OR limit_days < 1 OR limit_days > 84 OR valid_until < evidence_on) "
    "ORDER BY 1"};
constexpr Query kUnreversedTraces{
    "check_unreversed_traces",
    "SELECT dispense_id, trace_codes FROM dispenses WHERE reversed_at IS NULL AND "
    "trace_codes <> '' ORDER BY dispense_id"};
constexpr Query kDispensedTraces{
    "check_dispensed_traces",
    "SELECT code, last_dispense_id FROM trace_codes WHERE state = 'DISPENSED' ORDER BY code"};
constexpr Query kCirculating{
    "check_circulating",
    "SELECT p.prescription_id, p.state, p.was_dispensed, l.state, l.dispensed_milli FROM "
    "prescriptions p JOIN prescription_lines l ON l.prescription_id = p.prescription_id WHERE "
    "p.state IN ('EFFECTIVE', 'CLAIMED', 'PARTLY_DISPENSED', 'DISPENSED', 'NOT_DISPENSED', "
    "'EXPIRED', 'CANCELLED', 'REVERSED') ORDER BY p.prescription_id, l.line_no"};

// Invariant 3: a code stands in one dispense that was not reversed, and the table says so.
std::vector<std::string> trace_violations(Transaction& tx) {
    std::map<std::string, std::string> open;
    std::vector<std::string> found;
    for (const Row& row : tx.select(kUnreversedTraces)) {
        std::string_view rest = row.text(1);
        while (!rest.empty()) {
            const auto bar = rest.find('|');
            const std::string code(rest.substr(0, bar));
            if (!open.emplace(code, row.text(0)).second) found.push_back(row.text(0));
            rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
        }
    }
    for (const Row& row : tx.select(kDispensedTraces)) {
        const auto at = open.find(row.text(0));
        if (at == open.end() || at->second != row.text(1)) found.push_back(row.text(1));
        if (at != open.end()) open.erase(at);
    }
    for (const auto& [code, dispense_id] : open) found.push_back(dispense_id);
    return found;
}

// Invariant 9: the state of the whole is the function of its lines.
std::vector<std::string> header_violations(Transaction& tx) {
    std::vector<std::string> found;
    std::string id;
    std::string state;
    bool was_dispensed = false;
    std::vector<domain::Line> lines;
    const auto look = [&] {
        if (lines.empty()) return;
        const auto expected = domain::header_of(lines, state == "CLAIMED", was_dispensed);
        if (domain::kLifecycle.name(expected) != state) found.push_back(id);
        lines.clear();
    };
    for (const Row& row : tx.select(kCirculating)) {
        if (row.text(0) != id) look();
        id = row.text(0);
        state = row.text(1);
        was_dispensed = row.flag(2);
        domain::Line line;
        line.state = domain::line_state_of(row.text(3)).value_or(domain::LineState::kNone);
        line.dispensed_milli = row.i64(4);
        lines.push_back(line);
    }
    look();
    return found;
}

}  // namespace

std::vector<runtime::Check> checks() {
    return {
        rows_check("RX-C01", "what became effective was passed with the signed content",
                   kNotReviewed),
        rows_check("RX-C02",
                   "a line's dispensed quantity is that of its dispenses and at most its "
                   "own",
                   kQuantityWrong),
        {"RX-C03", "a trace code stands in at most one dispense that was not reversed",
         trace_violations},
        rows_check("RX-C04", "a prescription with a dispenser has one active claim, others none",
                   kClaimsWrong),
        rows_check("RX-C05", "instances add up to their parent and are due on different days",
                   kInstancesWrong),
        {"RX-C06", "the state of a prescription follows from its lines", header_violations},
        rows_check("RX-C07", "the journal reaches the present state of every prescription",
                   kJournalBroken),
        rows_check("RX-C08",
                   "eligibility for long prescriptions has evidence and a limit of at "
                   "most 84 days",
                   kEligibilityWithoutEvidence),
    };
}

runtime::Counts counts(Transaction& tx) {
    runtime::Counts out;
    out.push_back({"prescriptions_dispensed", tx.select_one(store::kCountDispensed)->i64(0)});
    out.push_back({"long_prescriptions", tx.select_one(store::kCountLong)->i64(0)});
    for (const Row& row : tx.select(store::kCountStates)) {
        out.push_back({"prescriptions", row.i64(1), "", row.text(0)});
    }
    return out;
}

}  // namespace yilian::prescriptions::app
