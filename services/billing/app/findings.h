#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/billing/app/unit.h"
#include "services/billing/store/supervision_rows.h"

// Findings of fund supervision (billing.md 12): raised once, answered, decided. A finding never
// changes money by itself; a deduction withholds it, and a second person makes it final after the
// hearing.
namespace yilian::billing::app {

// The day after the last one of the hearing; aggregate id = finding.
inline constexpr std::string_view kHearingTimer = "finding.hearing";
// Rules that events and people use; their condition has no input of its own.
inline constexpr std::string_view kTraceRule = "TRACE_SEEN_TWICE";
inline constexpr std::string_view kDispenseRule = "PAID_WITHOUT_DISPENSE";
inline constexpr std::string_view kReviewRule = "MANUAL_REVIEW";
inline constexpr std::string_view kPaymentClockRule = "PAYMENT_CLOCK";

struct NewFinding {
    std::string rule_id;
    std::string record;  // what was found: the same is found once
    std::string institution_id;
    std::vector<std::string> list_ids{};
    std::string period{};  // "" = this month
    amount::Fen amount{};
    std::vector<std::pair<std::string, std::string>> evidence{};
};
struct Raised {
    std::string finding_id;
    bool is_new = false;
};
// Severity, family and action are those of the rule's version of today. Publishes FindingRaised.
Raised raise_finding(Unit& unit, const NewFinding& found);

// Lists of the month that pay a prescription of which nothing was dispensed.
void raise_paid_without_dispense(Unit& unit, const std::string& period);
// The same for one prescription whose dispense was undone.
void check_undone_dispense(Unit& unit, const std::string& prescription_id);
// Two dispenses of one trace code.
void raise_trace_conflict(Unit& unit, const std::string& conflict_id,
                          const std::string& institution_id);

// NOT_FOUND, ETAG_MISMATCH, FINDING_DECIDED, STATE_TRANSITION_NOT_ALLOWED.
[[nodiscard]] Outcome<store::FindingRow> ask_finding(Unit& unit, std::string_view finding_id,
                                                     std::string_view etag,
                                                     const std::string& reason_code);
// The same refusals.
[[nodiscard]] Outcome<store::FindingRow> answer_finding(Unit& unit, std::string_view finding_id,
                                                        std::string_view etag,
                                                        const std::string& reason_code,
                                                        std::vector<std::string> documents);

struct FindingDecision {
    std::string decision;  // DISMISS, CONFIRM, DEDUCT, FINAL, WITHDRAW
    amount::Fen amount{};  // of DEDUCT; 0 = the finding's
    std::string reason_code;
};
// The same refusals, and HEARING_RUNNING, SAME_PERSON, FINDING_WITHOUT_LIST,
// FINDING_AMOUNT_MISMATCH (nothing, or more than the lists cost), POLICY_NOT_IN_FORCE,
// POLICY_CALENDAR_MISSING.
[[nodiscard]] Outcome<store::FindingRow> decide_finding(Unit& unit, std::string_view finding_id,
                                                        std::string_view etag,
                                                        const FindingDecision& decision);

// Money of an institution that undecided findings ask to hold.
[[nodiscard]] amount::Fen held_of(Unit& unit, std::string_view institution_id);

// The timer: notes in the trail that the hearing is over.
void hearing_over(Unit& unit, const std::string& finding_id);

}  // namespace yilian::billing::app
