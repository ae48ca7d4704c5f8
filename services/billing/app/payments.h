#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/billing/app/unit.h"
#include "services/billing/store/settlement_rows.h"

// Payments (billing.md 10.3, 14.1, 14.5).
namespace yilian::billing::app {

// Fires on the first day after the due date and each working day until the payment is confirmed;
// aggregate id = payment id, payload = party.
inline constexpr std::string_view kOverdueTimer = "payment.overdue";
// Fires on each warning day of the clock; aggregate id = payment id, name = the working day.
inline constexpr std::string_view kWarningTimer = "payment.warning";

struct Instruction {
    std::string payment_id;
    std::string party;
    amount::Fen amount;
    std::vector<std::string> run_ids;
    std::string claim_received_on;  // "" = today
};
// PAYMENT_AMOUNT_MISMATCH (more than is payable and not yet instructed), DISPUTE_OPEN_AMOUNT (more
// than is left without what open disputes and held findings concern), ID_REUSED, NOT_FOUND (a run),
// POLICY_NOT_IN_FORCE, POLICY_CALENDAR_MISSING.
[[nodiscard]] Outcome<store::PaymentRow> instruct_payment(Unit& unit, const Instruction& what);

// NOT_FOUND, ETAG_MISMATCH, PAYMENT_ALREADY_CONFIRMED, PAYMENT_AMOUNT_MISMATCH,
// STATE_TRANSITION_NOT_ALLOWED.
[[nodiscard]] Outcome<store::PaymentRow> confirm_payment(Unit& unit, std::string_view payment_id,
                                                         std::string_view etag, amount::Fen amount,
                                                         const std::string& confirmed_on);

// NOT_FOUND, ETAG_MISMATCH, PAYMENT_ALREADY_CONFIRMED, STATE_TRANSITION_NOT_ALLOWED.
[[nodiscard]] Outcome<store::PaymentRow> fail_payment(Unit& unit, std::string_view payment_id,
                                                      std::string_view etag);

// The timer: publishes PaymentOverdue, raises the finding of the clock once, and sets itself for
// the next working day.
void payment_overdue(Unit& unit, const std::string& payment_id);
// The timer: the working day of a warning has come, which the metric of the clocks shows.
void payment_warned(Unit& unit, const std::string& payment_id, std::int64_t working_day);

}  // namespace yilian::billing::app
