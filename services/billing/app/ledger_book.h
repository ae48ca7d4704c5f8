#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/billing/app/unit.h"
#include "services/billing/domain/ledger.h"
#include "services/billing/store/ledger_rows.h"

// Writing into the ledger (billing.md 10). Every amount of the service goes through book().
namespace yilian::billing::app {

using amount::Fen;
using calendar::CivilMonth;

struct Booking {
    std::string kind;                  // business event, "benefit"
    std::vector<std::string> parts{};  // what makes its id: list, version, number of the booking …
    CivilMonth wanted{};
    bool exact = false;  // refuse a closed month instead of booking in the first open one after it
    std::vector<std::string> refers_to{};
    Posting posting{};
    std::string institution_id;  // key of TransactionPosted
    bool reverses = false;       // refers_to are the transactions that it undoes
    const policy::Pack* pack = nullptr;
};

// Id of a transaction, made from what is posted: the same business event has the same id whenever
// and wherever it is booked.
[[nodiscard]] std::string transaction_id(std::string_view kind,
                                         const std::vector<std::string>& parts);

// Appends the transaction and publishes TransactionPosted; the id, or "" where nothing moves.
// PERIOD_CLOSED (exact only), LEDGER_ALREADY_REVERSED; nothing is written then.
[[nodiscard]] Outcome<std::string> book(Unit& unit, const Booking& booking);

// Books what decides nothing and can therefore not be refused.
std::string must_book(Unit& unit, Booking booking);

// The whole of `transaction_id` with opposite signs, in the first open month from its own on.
// NOT_FOUND, LEDGER_ALREADY_REVERSED.
[[nodiscard]] Outcome<std::string> reverse(Unit& unit, std::string_view transaction_id,
                                           std::string_view reason_code);

}  // namespace yilian::billing::app
