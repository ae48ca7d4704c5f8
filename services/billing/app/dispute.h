#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/billing/app/unit.h"
#include "services/billing/store/supervision_rows.h"

// Disputes about published settlements (billing.md 11.4).
namespace yilian::billing::app {

// Fires on the day after the last one of the review and each working day until the decision;
// aggregate id = dispute.
inline constexpr std::string_view kDisputeReviewTimer = "dispute.review";

struct NewDispute {
    std::string dispute_id;
    std::string run_id;
    std::string party;
    std::string subject;     // CASE, POINTS, TARGET, DEDUCTION, SPLIT
    std::string subject_id;  // list, pool, finding or split
    amount::Fen disputed{};  // part of the published money that waits for the decision
    amount::Fen claimed{};   // difference asked for
    std::string reason_code;
    std::vector<std::string> documents;
};
// NOT_FOUND (no published statement, or nothing of that name in it), DISPUTE_TOO_LATE,
// DISPUTE_DUPLICATE, DISPUTE_AMOUNT_MISMATCH (more in dispute than was published), ID_REUSED,
// POLICY_NOT_IN_FORCE, POLICY_CALENDAR_MISSING. The same dispute again is answered as it stands.
[[nodiscard]] Outcome<store::DisputeRow> open_dispute(Unit& unit, const NewDispute& what);

// All others: NOT_FOUND, ETAG_MISMATCH, DISPUTE_CLOSED, STATE_TRANSITION_NOT_ALLOWED.
[[nodiscard]] Outcome<store::DisputeRow> add_evidence(Unit& unit, std::string_view dispute_id,
                                                      std::string_view etag,
                                                      const std::vector<std::string>& documents);
[[nodiscard]] Outcome<store::DisputeRow> request_evidence(Unit& unit, std::string_view dispute_id,
                                                          std::string_view etag,
                                                          const std::string& reason_code);
[[nodiscard]] Outcome<store::DisputeRow> start_review(Unit& unit, std::string_view dispute_id,
                                                      std::string_view etag);
[[nodiscard]] Outcome<store::DisputeRow> withdraw_dispute(Unit& unit, std::string_view dispute_id,
                                                          std::string_view etag,
                                                          const std::string& reason_code);

struct DisputeDecision {
    std::string outcome;  // UPHELD, PARTLY_UPHELD, REJECTED
    amount::Fen granted{};
    std::string reason_code;
};
// Also SAME_PERSON, DISPUTE_AMOUNT_MISMATCH (granted does not fit outcome and claim), and what
// supersede_run refuses where the district settles the whole pool again.
[[nodiscard]] Outcome<store::DisputeRow> decide_dispute(Unit& unit, std::string_view dispute_id,
                                                        std::string_view etag,
                                                        const DisputeDecision& decision);

// The timer: the review is late, which is escalated and noted.
void dispute_late(Unit& unit, const std::string& dispute_id);

// Money of a party that open disputes keep from being paid.
[[nodiscard]] amount::Fen disputed_of(Unit& unit, std::string_view party);

}  // namespace yilian::billing::app
