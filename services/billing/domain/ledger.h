#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"
#include "libs/calendar/civil_month.h"

// Double-entry ledger: transactions of signed lines that add up to zero, never changed, corrected
// only by new ones (billing.md 10). Pure: storing and hash-chaining are the service's.
namespace yilian::billing {

using amount::Fen;
using calendar::CivilMonth;

// Accounts of billing.md 10.2, as their names.
namespace account {
[[nodiscard]] std::string fund(std::string_view pool);
[[nodiscard]] std::string pool(std::string_view pool);
[[nodiscard]] std::string reserve(std::string_view pool);
[[nodiscard]] std::string outpool(std::string_view pool);
[[nodiscard]] std::string cap_fund(std::string_view consortium);
[[nodiscard]] std::string cap_pool(std::string_view consortium);
[[nodiscard]] std::string payable(std::string_view party);
[[nodiscard]] std::string claim(std::string_view party);
[[nodiscard]] std::string deposit(std::string_view institution);
[[nodiscard]] std::string deduction(std::string_view pool);
[[nodiscard]] std::string paid(std::string_view party);
[[nodiscard]] std::string surplus(std::string_view consortium);
[[nodiscard]] std::string staff(std::string_view party);
[[nodiscard]] std::string team(std::string_view team);
[[nodiscard]] std::string rounding(std::string_view pool);
[[nodiscard]] std::string case_cost(int year);
[[nodiscard]] std::string basic(int year);
[[nodiscard]] std::string serious(int year);
[[nodiscard]] std::string aid(int year);
[[nodiscard]] std::string personal(int year);
}  // namespace account

struct Line {
    std::string account;
    Fen amount;  // signed
    friend bool operator==(const Line&, const Line&) = default;
};

// Lines that add up to zero: each account once, no zero line, ordered by account bytes. Built from
// moves, so an unbalanced posting cannot be written down. Value type.
class Posting {
  public:
    Posting() = default;
    // `amount` leaves `from` and enters `to`; a negative amount goes the other way.
    Posting& move(std::string_view from, std::string_view to, Fen amount);
    // Everything that the other one moves, or takes back.
    Posting& add(const Posting& other);
    Posting& subtract(const Posting& other);

    [[nodiscard]] std::vector<Line> lines() const;
    // Nothing moves: such a posting is not booked.
    [[nodiscard]] bool empty() const { return lines().empty(); }

    // Lines with opposite signs of one or several transactions taken together.
    [[nodiscard]] static Posting reversal_of(std::span<const std::vector<Line>> transactions);

  private:
    std::map<std::string, Fen, std::less<>> sums_;
};

// --- business events (billing.md 10.3) ---------------------------------------------------------

[[nodiscard]] Posting budget_fixed(std::string_view pool, Fen available, Fen reserve, Fen outpool);
[[nodiscard]] Posting budget_adjusted(std::string_view pool, Fen difference);
[[nodiscard]] Posting capitation_priced(std::string_view consortium, Fen amount);
[[nodiscard]] Posting capitation_prepaid(std::string_view consortium, Fen amount);
// A retroactive difference and the part of it that was already prepaid (signed like the
// difference).
[[nodiscard]] Posting capitation_corrected(std::string_view consortium, Fen difference,
                                           Fen prepay_difference);
[[nodiscard]] Posting month_prepaid(std::string_view pool, std::string_view institution,
                                    Fen amount);
[[nodiscard]] Posting payment_confirmed(std::string_view party, Fen amount);
[[nodiscard]] Posting actual_cost_accepted(std::string_view pool, std::string_view institution,
                                           Fen amount);
// settled - deposit - prepaid: what is still due, or, negative, a claim on the institution.
[[nodiscard]] Posting year_settled(std::string_view pool, std::string_view institution, Fen settled,
                                   Fen deposit, Fen prepaid);
[[nodiscard]] Posting compensated_from_reserve(std::string_view pool, Fen amount);
[[nodiscard]] Posting savings_returned(std::string_view pool, Fen amount);
[[nodiscard]] Posting deposit_decided(std::string_view pool, std::string_view institution,
                                      Fen released, Fen forfeited);
[[nodiscard]] Posting deduction_made(std::string_view pool, std::string_view institution,
                                     Fen amount);
[[nodiscard]] Posting deduction_final(std::string_view pool, Fen amount);
[[nodiscard]] Posting deduction_withdrawn(std::string_view pool, std::string_view institution,
                                          Fen amount);
struct PartyAmount {
    std::string party;
    Fen amount;
};
// The reward leaves the capitation pool over SURPLUS; members and staff parts add up to the reward.
[[nodiscard]] Posting surplus_rewarded(std::string_view consortium,
                                       std::span<const PartyAmount> members,
                                       std::span<const PartyAmount> staff);
[[nodiscard]] Posting overspend_shared(std::string_view consortium,
                                       std::span<const PartyAmount> members);
[[nodiscard]] Posting contract_fee_split(std::string_view consortium, std::string_view team,
                                         Fen team_part, std::string_view institution,
                                         Fen institution_part);
[[nodiscard]] Posting claim_repaid(std::string_view party, Fen amount);
[[nodiscard]] Posting claim_netted(std::string_view party, Fen amount);
// Positive: left in the pool and taken to the residual account.
[[nodiscard]] Posting rounding_residual(std::string_view pool, Fen amount);
[[nodiscard]] Posting benefit_computed(int year, Fen basic, Fen serious, Fen aid, Fen personal);

// --- rules (billing.md 10.4) -------------------------------------------------------------------

struct LedgerTransaction {
    std::string id;
    CivilMonth period{};
    std::vector<std::string> refers_to{};
    bool reverses = false;  // refers_to are the transactions it undoes
    std::vector<Line> lines{};
};

// What a decision needs of the ledger: which of the periods are closed, which of the transactions
// named have been reversed.
struct LedgerState {
    std::set<CivilMonth> closed_periods;
    std::set<std::string, std::less<>> reversed;
};

// Refusals: PERIOD_CLOSED, LEDGER_ALREADY_REVERSED (metadata: the transaction). Lines that do not
// add up to zero abort: LEDGER_UNBALANCED is a bug, never a refusal.
[[nodiscard]] Outcome<Allowed> decide_booking(const LedgerState& state,
                                              const LedgerTransaction& transaction);

// The period in which a correction of `wanted` is booked: the first open one from there on.
[[nodiscard]] CivilMonth first_open_period(const LedgerState& state, CivilMonth wanted);

// Balance of every account as the fold of the lines, zero balances included.
[[nodiscard]] std::map<std::string, Fen> balances(std::span<const LedgerTransaction> transactions);

[[nodiscard]] Fen sum_of(std::span<const Line> lines);

// Bytes under which a transaction is hashed into the ledger's chain: canonical JSON of everything
// but the hash itself (keys by bytes, no blanks).
[[nodiscard]] std::string canonical_bytes(const LedgerTransaction& transaction);

}  // namespace yilian::billing
