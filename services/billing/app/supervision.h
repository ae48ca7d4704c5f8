#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/runtime/pack_trust.h"
#include "services/billing/app/unit.h"
#include "services/billing/domain/supervision.h"
#include "services/billing/store/supervision_rows.h"

// Running the rules of supervision over a month, what they read besides the lists, and the sampled
// review of accepted lists (billing.md 12).
namespace yilian::billing::app {

// The rules of a folder (`rules.csv`, `items.csv`), checked by `trust`; empty when there is no such
// folder. Throws std::invalid_argument with every defect, one a line.
[[nodiscard]] std::shared_ptr<const supervision::RuleSet> load_supervision_rules(
    const std::filesystem::path& folder, const runtime::PackTrust& trust = {});

struct ChargeLines {
    std::string institution_id;
    std::string list_id;
    std::vector<supervision::LineFact> lines;
};
// Keeps the lines of a list in place of those before; their sum. NOT_FOUND (no list in force),
// CHARGE_LINES_FIXED (a finding names the list).
[[nodiscard]] Outcome<amount::Fen> submit_charge_lines(Unit& unit, const ChargeLines& what);

struct SalesReceipt {
    std::int64_t added = 0;
    std::int64_t known = 0;
};
// ID_REUSED with the sale; then none is kept.
[[nodiscard]] Outcome<SalesReceipt> submit_drug_sales(
    Unit& unit, const std::vector<supervision::SaleFact>& sales);

struct RuleCount {
    std::string rule_id;
    std::int64_t hits = 0;
    std::int64_t raised = 0;
};
struct SupervisionReport {
    std::int64_t lists = 0;          // of the month
    std::vector<RuleCount> rules{};  // in force on the last day of the month, by id
};
// Evaluates the rules in force on the last day of the month and raises what they find; what was
// found before stays. DATE_IN_FUTURE, POLICY_NOT_IN_FORCE.
[[nodiscard]] Outcome<SupervisionReport> run_supervision(Unit& unit, calendar::CivilMonth month);

struct Sample {
    std::vector<store::ReviewRow> reviews;  // of the month, by institution and list
    std::int64_t lists = 0;                 // accepted ones of the month
};
// Draws the share of each institution's accepted lists that the rule MANUAL_REVIEW names, by a
// digest of month and list: the same lists give the same sample, whoever draws it when.
[[nodiscard]] Sample draw_reviews(Unit& unit, calendar::CivilMonth month);

struct ReviewDecision {
    bool override_machine = false;
    std::string reason_code;
    amount::Fen amount{};
};
// NOT_FOUND, ETAG_MISMATCH, REVIEW_DECIDED.
[[nodiscard]] Outcome<store::ReviewRow> decide_review(Unit& unit, std::string_view review_id,
                                                      std::string_view etag,
                                                      const ReviewDecision& decision);

}  // namespace yilian::billing::app
