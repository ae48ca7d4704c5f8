#include "services/billing/domain/ledger.h"

#include <algorithm>
#include <utility>

namespace yilian::billing {
namespace {

std::string named(std::string_view kind, std::string_view id) {
    std::string name(kind);
    name += ':';
    name += id;
    return name;
}

Fen total(std::span<const PartyAmount> parts) {
    Fen sum;
    for (const PartyAmount& p : parts) sum += p.amount;
    return sum;
}

void append_text(std::string& to, std::string_view text) {
    // Ids and account names hold no character that JSON would escape (billing.md 16.1, `id`).
    to += '"';
    to += text;
    to += '"';
}

}  // namespace

namespace account {
std::string fund(std::string_view p) { return named("FUND", p); }
std::string pool(std::string_view p) { return named("POOL", p); }
std::string reserve(std::string_view p) { return named("RESERVE", p); }
std::string outpool(std::string_view p) { return named("OUTPOOL", p); }
std::string cap_fund(std::string_view c) { return named("CAP_FUND", c); }
std::string cap_pool(std::string_view c) { return named("CAP_POOL", c); }
std::string payable(std::string_view p) { return named("PAYABLE", p); }
std::string claim(std::string_view p) { return named("CLAIM", p); }
std::string deposit(std::string_view i) { return named("DEPOSIT", i); }
std::string deduction(std::string_view p) { return named("DEDUCTION", p); }
std::string paid(std::string_view p) { return named("PAID", p); }
std::string surplus(std::string_view c) { return named("SURPLUS", c); }
std::string staff(std::string_view p) { return named("STAFF", p); }
std::string team(std::string_view t) { return named("TEAM", t); }
std::string rounding(std::string_view p) { return named("ROUNDING", p); }
std::string case_cost(int year) { return named("CASE_COST", std::to_string(year)); }
std::string basic(int year) { return named("BASIC", std::to_string(year)); }
std::string serious(int year) { return named("SERIOUS", std::to_string(year)); }
std::string aid(int year) { return named("AID", std::to_string(year)); }
std::string personal(int year) { return named("PERSONAL", std::to_string(year)); }
}  // namespace account

Posting& Posting::move(std::string_view from, std::string_view to, Fen amount) {
    sums_[std::string(from)] -= amount;
    sums_[std::string(to)] += amount;
    return *this;
}

Posting& Posting::add(const Posting& other) {
    for (const auto& [name, sum] : other.sums_) sums_[name] += sum;
    return *this;
}

Posting& Posting::subtract(const Posting& other) {
    for (const auto& [name, sum] : other.sums_) sums_[name] -= sum;
    return *this;
}

std::vector<Line> Posting::lines() const {
    std::vector<Line> lines;
    for (const auto& [name, sum] : sums_) {
        if (!sum.is_zero()) lines.push_back({name, sum});
    }
    return lines;
}

Posting Posting::reversal_of(std::span<const std::vector<Line>> transactions) {
    Posting posting;
    Fen sum;
    for (const auto& lines : transactions) {
        for (const Line& line : lines) {
            posting.sums_[line.account] -= line.amount;
            sum += line.amount;
        }
    }
    YILIAN_INVARIANT(sum.is_zero(), "LEDGER_UNBALANCED: a transaction to reverse");
    return posting;
}

Posting budget_fixed(std::string_view pool, Fen available, Fen reserve, Fen outpool) {
    const std::string fund = account::fund(pool);
    return Posting()
        .move(fund, account::pool(pool), available)
        .move(fund, account::reserve(pool), reserve)
        .move(fund, account::outpool(pool), outpool);
}

Posting budget_adjusted(std::string_view pool, Fen difference) {
    return Posting().move(account::fund(pool), account::pool(pool), difference);
}

Posting capitation_priced(std::string_view consortium, Fen amount) {
    return Posting().move(account::cap_fund(consortium), account::cap_pool(consortium), amount);
}

Posting capitation_prepaid(std::string_view consortium, Fen amount) {
    return Posting().move(account::cap_pool(consortium), account::payable(consortium), amount);
}

Posting capitation_corrected(std::string_view consortium, Fen difference, Fen prepay_difference) {
    return capitation_priced(consortium, difference)
        .move(account::cap_pool(consortium), account::payable(consortium), prepay_difference);
}

Posting month_prepaid(std::string_view pool, std::string_view institution, Fen amount) {
    return Posting().move(account::pool(pool), account::payable(institution), amount);
}

Posting payment_confirmed(std::string_view party, Fen amount) {
    return Posting().move(account::payable(party), account::paid(party), amount);
}

Posting actual_cost_accepted(std::string_view pool, std::string_view institution, Fen amount) {
    return Posting().move(account::outpool(pool), account::payable(institution), amount);
}

Posting year_settled(std::string_view pool, std::string_view institution, Fen settled, Fen deposit,
                     Fen prepaid) {
    const Fen due = settled - deposit - prepaid;
    Posting posting;
    posting.move(account::pool(pool), account::deposit(institution), deposit);
    if (due.is_negative()) {
        posting.move(account::claim(institution), account::pool(pool), -due);
    } else {
        posting.move(account::pool(pool), account::payable(institution), due);
    }
    return posting;
}

Posting compensated_from_reserve(std::string_view pool, Fen amount) {
    return Posting().move(account::reserve(pool), account::pool(pool), amount);
}

Posting savings_returned(std::string_view pool, Fen amount) {
    return Posting().move(account::pool(pool), account::reserve(pool), amount);
}

Posting deposit_decided(std::string_view pool, std::string_view institution, Fen released,
                        Fen forfeited) {
    const std::string deposit = account::deposit(institution);
    return Posting()
        .move(deposit, account::payable(institution), released)
        .move(deposit, account::reserve(pool), forfeited);
}

Posting deduction_made(std::string_view pool, std::string_view institution, Fen amount) {
    return Posting().move(account::payable(institution), account::deduction(pool), amount);
}

Posting deduction_final(std::string_view pool, Fen amount) {
    return Posting().move(account::deduction(pool), account::reserve(pool), amount);
}

Posting deduction_withdrawn(std::string_view pool, std::string_view institution, Fen amount) {
    return Posting().move(account::deduction(pool), account::payable(institution), amount);
}

Posting surplus_rewarded(std::string_view consortium, std::span<const PartyAmount> members,
                         std::span<const PartyAmount> staff) {
    const std::string surplus = account::surplus(consortium);
    Posting posting;
    posting.move(account::cap_pool(consortium), surplus, total(members) + total(staff));
    for (const PartyAmount& m : members) posting.move(surplus, account::payable(m.party), m.amount);
    for (const PartyAmount& s : staff) posting.move(surplus, account::staff(s.party), s.amount);
    return posting;
}

Posting overspend_shared(std::string_view consortium, std::span<const PartyAmount> members) {
    Posting posting;
    for (const PartyAmount& m : members) {
        posting.move(account::claim(m.party), account::cap_pool(consortium), m.amount);
    }
    return posting;
}

Posting contract_fee_split(std::string_view consortium, std::string_view team, Fen team_part,
                           std::string_view institution, Fen institution_part) {
    const std::string from = account::cap_pool(consortium);
    return Posting()
        .move(from, account::team(team), team_part)
        .move(from, account::payable(institution), institution_part);
}

Posting claim_repaid(std::string_view party, Fen amount) {
    return Posting().move(account::paid(party), account::claim(party), amount);
}

Posting claim_netted(std::string_view party, Fen amount) {
    return Posting().move(account::payable(party), account::claim(party), amount);
}

Posting rounding_residual(std::string_view pool, Fen amount) {
    return Posting().move(account::pool(pool), account::rounding(pool), amount);
}

Posting benefit_computed(int year, Fen basic, Fen serious, Fen aid, Fen personal) {
    const std::string cost = account::case_cost(year);
    return Posting()
        .move(account::basic(year), cost, basic)
        .move(account::serious(year), cost, serious)
        .move(account::aid(year), cost, aid)
        .move(account::personal(year), cost, personal);
}

Fen sum_of(std::span<const Line> lines) {
    Fen sum;
    for (const Line& line : lines) sum += line.amount;
    return sum;
}

Outcome<Allowed> decide_booking(const LedgerState& state, const LedgerTransaction& transaction) {
    YILIAN_INVARIANT(sum_of(transaction.lines).is_zero(), "LEDGER_UNBALANCED");
    if (state.closed_periods.contains(transaction.period)) {
        return Refusal{"PERIOD_CLOSED", {{"period", transaction.period.text()}}};
    }
    if (transaction.reverses) {
        for (const std::string& original : transaction.refers_to) {
            if (state.reversed.contains(original)) {
                return Refusal{"LEDGER_ALREADY_REVERSED", {{"transaction_id", original}}};
            }
        }
    }
    return Allowed{};
}

CivilMonth first_open_period(const LedgerState& state, CivilMonth wanted) {
    while (state.closed_periods.contains(wanted)) wanted = wanted.plus(1);
    return wanted;
}

std::map<std::string, Fen> balances(std::span<const LedgerTransaction> transactions) {
    std::map<std::string, Fen> result;
    for (const LedgerTransaction& t : transactions) {
        for (const Line& line : t.lines) result[line.account] += line.amount;
    }
    return result;
}

std::string canonical_bytes(const LedgerTransaction& t) {
    std::string json = "{\"id\":";
    append_text(json, t.id);
    json += ",\"lines\":[";
    for (std::size_t i = 0; i < t.lines.size(); ++i) {
        if (i > 0) json += ',';
        json += "{\"account\":";
        append_text(json, t.lines[i].account);
        json += ",\"fen\":" + t.lines[i].amount.text() + '}';
    }
    json += "],\"period\":";
    append_text(json, t.period.text());
    json += ",\"refers_to\":[";
    for (std::size_t i = 0; i < t.refers_to.size(); ++i) {
        if (i > 0) json += ',';
        append_text(json, t.refers_to[i]);
    }
    json += t.reverses ? "],\"reverses\":true}" : "],\"reverses\":false}";
    return json;
}

}  // namespace yilian::billing
