// billing.md 15, invariants 1, 2 and 8 over whole random years: prepays, withdrawals, corrections
// of closed months, the year end, deposits and payments of a pool, each booked as it comes
// (features.md row 105).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "libs/amount/allocation.h"
#include "services/billing/domain/ledger.h"
#include "services/billing/domain/settlement.h"

namespace yilian::billing {
namespace {

using amount::Rounding;

Fen any_fen(std::int64_t max) { return Fen::of_raw(*rc::gen::inRange<std::int64_t>(0, max)); }
Rate any_unit() { return Rate::of_raw(*rc::gen::inRange<std::int64_t>(0, Rate::kUnit + 1)); }
Rate rate(const char* text) { return Rate::parse(text).value(); }
CivilMonth month(int number) { return CivilMonth::parse("2025-01").value().plus(number); }

// The ledger of a year as the service keeps it: only appended to, balances kept beside it.
class Book {
  public:
    // Books a posting of `period`, in the first open month from there on.
    void book(const Posting& posting, CivilMonth period, std::vector<std::string> refers_to = {},
              bool reverses = false) {
        if (posting.empty()) return;
        LedgerTransaction t{.id = "T" + std::to_string(transactions_.size()),
                            .period = period,
                            .refers_to = std::move(refers_to),
                            .reverses = reverses,
                            .lines = posting.lines()};
        if (state_.closed_periods.contains(period)) {
            const auto refused = decide_booking(state_, t);
            RC_ASSERT(!refused.ok());
            RC_ASSERT(refused.refusal().reason.code() == "PERIOD_CLOSED");
            t.period = first_open_period(state_, period);
        }
        RC_ASSERT(decide_booking(state_, t).ok());
        if (reverses) state_.reversed.insert(t.refers_to.begin(), t.refers_to.end());
        for (const Line& line : t.lines) sums_[line.account] += line.amount;
        transactions_.push_back(std::move(t));
        // 15.1 at every read point: the whole is zero, balances are the fold of the lines.
        Fen whole;
        for (const auto& [account, sum] : sums_) whole += sum;
        RC_ASSERT(whole.is_zero());
    }
    // Takes a transaction back; a second time is refused.
    void reverse(std::size_t index, CivilMonth period) {
        const LedgerTransaction& undone = transactions_[index];
        const std::vector<std::vector<Line>> lines{undone.lines};
        const std::string id = undone.id;
        book(Posting::reversal_of(lines), period, {id}, true);
        const LedgerTransaction again{.id = "again",
                                      .period = first_open_period(state_, period),
                                      .refers_to = {id},
                                      .reverses = true,
                                      .lines = transactions_.back().lines};
        const auto refused = decide_booking(state_, again);
        RC_ASSERT(!refused.ok());
        RC_ASSERT(refused.refusal().reason.code() == "LEDGER_ALREADY_REVERSED");
    }
    void close(CivilMonth period) { state_.closed_periods.insert(period); }
    [[nodiscard]] Fen balance(const std::string& account) const {
        const auto found = sums_.find(account);
        return found == sums_.end() ? Fen() : found->second;
    }
    [[nodiscard]] std::size_t size() const { return transactions_.size(); }
    void check_fold() const {
        const auto folded = balances(transactions_);
        RC_ASSERT(folded == sums_);
    }

  private:
    LedgerState state_;
    std::vector<LedgerTransaction> transactions_;
    std::map<std::string, Fen> sums_;
};

policy::billing::Settle any_rules() {
    using policy::billing::CorridorKind;
    policy::billing::Settle s;
    policy::billing::Corridor c;
    const Rate low = Rate::of_raw(*rc::gen::inRange<std::int64_t>(Rate::kUnit / 2, Rate::kUnit));
    const Rate high =
        Rate::of_raw(*rc::gen::inRange<std::int64_t>(Rate::kUnit + 1, 2 * Rate::kUnit));
    c.bands = amount::Bands::of({{Rate(), true, low, false},
                                 {low, true, rate("1"), true},
                                 {rate("1"), false, high, true},
                                 {high, false, std::nullopt, false}})
                  .value();
    c.rules = {{CorridorKind::kActual, Rate()},
               {CorridorKind::kShare, any_unit()},
               {CorridorKind::kShare, any_unit()},
               {CorridorKind::kShare, any_unit()}};
    s.corridor = c;
    s.deposit_rate = Rate::of_raw(*rc::gen::inRange<std::int64_t>(0, Rate::kUnit / 20 + 1));
    s.rounding = {Rounding::kHalfAway, Rounding::kHalfAway, Rounding::kHalfAway,
                  Rounding::kHalfAway};
    return s;
}

struct House {
    std::string id;
    Fen prepaid;
    Fen paid;
};

// Twelve months of prepays, some taken back and booked anew, months closing behind them.
void play_months(Book& book, std::vector<House>& houses) {
    for (int m = 0; m < 12; ++m) {
        for (House& house : houses) {
            const Fen prepay = any_fen(20'000'000);
            const std::size_t before = book.size();
            book.book(month_prepaid("P", house.id, prepay), month(m));
            const bool booked = book.size() > before;
            house.prepaid += prepay;
            if (booked && *rc::gen::inRange(0, 6) == 0) {
                // Found wrong later, when its month may be closed already.
                const Fen right = any_fen(20'000'000);
                book.reverse(before, month(m));
                book.book(month_prepaid("P", house.id, right), month(m), {}, false);
                house.prepaid = house.prepaid - prepay + right;
            }
            if (*rc::gen::arbitrary<bool>()) {
                const Fen due = book.balance(account::payable(house.id));
                if (!due.is_negative()) {
                    book.book(payment_confirmed(house.id, due), month(m));
                    house.paid += due;
                }
            }
        }
        if (m >= 1 && *rc::gen::arbitrary<bool>()) book.close(month(m - 1));
    }
}

RC_GTEST_PROP(ClaimHistories, B15_1_B15_2_AYearOfAPoolIsBookedToTheFen, ()) {
    const Pool pool{"P", Fen::of_raw(100'000'000 + any_fen(2'000'000'000).raw()), rate("0.05"),
                    any_fen(1'000'000), rate("0.7")};
    std::vector<House> houses;
    const int count = *rc::gen::inRange(1, 5);
    for (int i = 0; i < count; ++i) houses.push_back({"H" + std::to_string(i), Fen(), Fen()});
    std::vector<PoolMember> members;
    const auto rules = any_rules();
    Book book;
    // What a pool of its budget gives is known before anything is spent.
    const Fen reserve = amount::multiply(pool.budget, pool.reserve_rate, Rounding::kHalfAway);
    const Fen available = pool.budget - reserve - pool.out_of_pool;
    book.book(budget_fixed("P", available, reserve, pool.out_of_pool), month(0));
    play_months(book, houses);
    for (const House& house : houses) {
        members.push_back({house.id, Points::of_raw(1 + any_fen(1'000'000'000).raw()),
                           any_fen(900'000'000), house.prepaid, any_unit()});
    }
    const auto settled = settle_pool(rules, pool, members);
    RC_ASSERT(settled.ok());
    RC_ASSERT(settled->available == available);
    const CivilMonth december = month(11);
    for (const MemberSettlement& m : settled->members) {
        book.book(year_settled("P", m.institution_id, m.settled, m.deposit, m.prepaid), december);
        book.book(deposit_decided("P", m.institution_id, m.released, m.deposit - m.released),
                  december);
    }
    book.book(compensated_from_reserve("P", settled->reserve_drawn), december);
    book.book(savings_returned("P", settled->reserve_returned), december);
    RC_ASSERT(book.balance(account::pool("P")).is_zero());
    RC_ASSERT(book.balance(account::reserve("P")) == settled->reserve_end);
    for (std::size_t i = 0; i < houses.size(); ++i) {
        const MemberSettlement& m = settled->members[i];
        const std::string& id = houses[i].id;
        RC_ASSERT(book.balance(account::deposit(id)).is_zero());
        RC_ASSERT(book.balance(account::paid(id)) == houses[i].paid);
        RC_ASSERT(book.balance(account::payable(id)) + book.balance(account::claim(id)) +
                      book.balance(account::paid(id)) ==
                  m.final_amount + m.prepaid);
    }
    book.check_fold();
}

RC_GTEST_PROP(ClaimHistories, B15_8_AYearOfAConsortiumIsBookedToTheFen, ()) {
    Book book;
    Fen priced;
    Fen prepaid;
    for (int m = 0; m < 12; ++m) {
        const Fen amount = any_fen(90'000'000);
        const Fen prepay = amount::multiply(amount, rate("0.95"), Rounding::kDown);
        book.book(capitation_priced("C", amount), month(m));
        book.book(capitation_prepaid("C", prepay), month(m));
        priced += amount;
        prepaid += prepay;
        if (m > 0 && *rc::gen::inRange(0, 3) == 0) {
            // Known later: an earlier month was dearer or cheaper.
            const Fen difference = Fen::of_raw(
                *rc::gen::inRange<std::int64_t>(-amount.raw() / 2, amount.raw() / 2 + 1));
            const Fen part = amount::multiply(difference, rate("0.95"), Rounding::kDown);
            book.book(capitation_corrected("C", difference, part), month(m - 1));
            priced += difference;
            prepaid += part;
        }
        if (*rc::gen::arbitrary<bool>()) book.close(month(m));
    }
    RC_ASSERT(book.balance(account::cap_pool("C")) == priced - prepaid);
    RC_ASSERT(book.balance(account::payable("C")) + book.balance(account::claim("C")) == prepaid);
    // A reward is parted among the members; a part of it is the staff's.
    const Fen reward = any_fen(1'000'000);
    const std::vector<amount::Claim> weights{
        {"A", 1 + any_fen(1000).raw()}, {"B", any_fen(1000).raw()}, {"D", any_fen(1000).raw()}};
    const auto parts = amount::allocate(reward, weights).value();
    std::vector<PartyAmount> members;
    std::vector<PartyAmount> staff;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const Fen people = amount::multiply(parts[i], rate("0.65"), Rounding::kUp);
        staff.push_back({std::string(weights[i].id), people});
        members.push_back({std::string(weights[i].id), parts[i] - people});
    }
    const Fen before = book.balance(account::cap_pool("C"));
    book.book(surplus_rewarded("C", members, staff), month(12));
    RC_ASSERT(book.balance(account::surplus("C")).is_zero());
    RC_ASSERT(before - book.balance(account::cap_pool("C")) == reward);
    Fen received;
    for (const auto& w : weights) {
        received += book.balance(account::payable(w.id)) + book.balance(account::staff(w.id));
    }
    RC_ASSERT(received == reward);
    book.check_fold();
}

}  // namespace
}  // namespace yilian::billing
