#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/billing/app/unit.h"
#include "services/billing/store/settlement_rows.h"

// Settlement runs (billing.md 11.1). Every step is one unit: killed anywhere, a step has happened
// or not. A month of many cases is computed in several (month_runs.h).
namespace yilian::billing::app {

struct StartMonth {
    // "" = "INSTITUTION_MONTH-{period}", with the pool before the period where the scope is one;
    // the id of a computed run computes it again, of one being computed tells how far it is.
    std::string run_id;
    std::string scope_id;  // the district with all its pools, or one pool
    calendar::CivilMonth period{};
    std::optional<Instant> cut_off_at{};  // empty = now
};
// Fixes the input (every accepted list that no run has taken, of the month or an earlier one) and
// computes it; a run of more cases than Env::chunk_cases is answered in DRAFT and computed by a
// timer. RUN_ALREADY_OPEN, RUN_INPUT_EMPTY, PERIOD_CLOSED, STATE_TRANSITION_NOT_ALLOWED (the
// month is published already), ID_REUSED, NOT_FOUND (the scope), POLICY_NOT_IN_FORCE.
[[nodiscard]] Outcome<store::RunRow> start_month(Unit& unit, const StartMonth& what);

// NOT_FOUND, ETAG_MISMATCH, STATE_TRANSITION_NOT_ALLOWED, RUN_DIGEST_MISMATCH, SAME_PERSON.
[[nodiscard]] Outcome<store::RunRow> approve_run(Unit& unit, std::string_view run_id,
                                                 std::string_view etag,
                                                 std::string_view result_digest);

// Books what the run decided, publishes statements, moves the cases to PREPAID (a month) or SETTLED
// (a year). NOT_FOUND, ETAG_MISMATCH, STATE_TRANSITION_NOT_ALLOWED, PERIOD_CLOSED (a month).
[[nodiscard]] Outcome<store::RunRow> publish_run(Unit& unit, std::string_view run_id,
                                                 std::string_view etag);

// Computes the cases of a published run again as they stand now; publishing the new run books the
// differences and retires the old one. NOT_FOUND, ETAG_MISMATCH, STATE_TRANSITION_NOT_ALLOWED,
// RUN_ALREADY_OPEN, PERIOD_CLOSED, ID_REUSED.
[[nodiscard]] Outcome<store::RunRow> supersede_run(Unit& unit, std::string_view run_id,
                                                   std::string_view etag,
                                                   const std::string& new_run_id);

// A run whose parties are all paid becomes PAID.
void settle_payments_of(Unit& unit, const std::string& run_id);

}  // namespace yilian::billing::app
