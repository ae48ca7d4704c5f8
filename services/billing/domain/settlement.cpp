#include "services/billing/domain/settlement.h"

#include <algorithm>
#include <limits>

#include "libs/amount/allocation.h"
#include "libs/amount/int128.h"

namespace yilian::billing {

using amount::Int128;
using amount::kTenTo16;
using policy::billing::CompensationLimit;
using policy::billing::Corridor;
using policy::billing::CorridorKind;
using policy::billing::PoolRates;
using policy::billing::Run;
using policy::billing::Settle;

namespace {

// RND-DEP is always down; the mode in the block is that of the released part (billing.md 16.10).
constexpr auto kDown = amount::Rounding::kDown;
constexpr auto kHalfAway = amount::Rounding::kHalfAway;

Fen at_least_zero(Fen value) { return std::max(value, Fen()); }

MonthPrepay prepay_of(const Run& run, const PoolRates& pool, Fen of_month, Fen carried) {
    MonthPrepay result;
    result.money = of_month + carried;
    if (result.money.is_negative()) {
        result.carried = result.money;
    } else {
        result.prepay = amount::multiply(result.money, pool.prepay_rate, run.rounding.prepay);
    }
    return result;
}

// Settled amounts before the limit; with the limit, the pool's compensations are cut to what
// reserve and savings can carry, by largest remainder.
void limit_compensation(PoolSettlement& result, CompensationLimit limit) {
    for (const MemberSettlement& m : result.members) {
        result.compensation += at_least_zero(m.settled - m.target);
        result.savings += at_least_zero(m.target - m.settled);
    }
    const Fen carried = result.reserve + result.savings;
    if (limit == CompensationLimit::kNone || result.compensation <= carried) return;
    std::vector<amount::Claim> claims;
    claims.reserve(result.members.size());
    for (const MemberSettlement& m : result.members) {
        claims.push_back({m.institution_id, at_least_zero(m.settled - m.target).raw()});
    }
    const auto shares = amount::allocate(carried, claims).value();
    for (std::size_t i = 0; i < shares.size(); ++i) {
        MemberSettlement& m = result.members[i];
        if (m.settled > m.target) m.settled = m.target + shares[i];
    }
    result.compensation = carried;
}

// Sums up to here, and every sum of compensations and savings made from them, fit 64 bits.
constexpr Int128 kMost = Int128{1} << 61;

Refusal overflow(const std::string& institution_id, const char* field) {
    return Refusal{"POOL_OVERFLOW", {{"institution_id", institution_id}, {"field", field}}};
}

Outcome<Allowed> check_sum(std::span<const PoolMember> members, const char* field,
                           std::int64_t (*figure)(const PoolMember&)) {
    Int128 sum = 0;
    const PoolMember* largest = nullptr;
    for (const PoolMember& m : members) {
        sum += figure(m);
        const bool larger = largest == nullptr || figure(m) > figure(*largest);
        const bool first_of_equals = largest != nullptr && figure(m) == figure(*largest) &&
                                     m.institution_id < largest->institution_id;
        if (larger || first_of_equals) largest = &m;
    }
    if (sum > kMost) return overflow(largest->institution_id, field);
    return Allowed{};
}

Outcome<Allowed> check_figures(const Pool& pool, std::span<const PoolMember> members) {
    if (Int128{pool.budget.raw()} > kMost) return overflow("", "budget_fen");
    if (Int128{pool.out_of_pool.raw()} > kMost) return overflow("", "out_of_pool_fen");
    struct Column {
        const char* field;
        std::int64_t (*figure)(const PoolMember&);
    };
    static constexpr Column kColumns[] = {
        {"points", [](const PoolMember& m) { return m.points.raw(); }},
        {"actual_fen", [](const PoolMember& m) { return m.actual.raw(); }},
        {"prepaid_fen", [](const PoolMember& m) { return m.prepaid.raw(); }}};
    for (const Column& column : kColumns) {
        if (auto fits = check_sum(members, column.field, column.figure); !fits.ok()) return fits;
    }
    return Allowed{};
}

bool usage_fits(Fen actual, Fen target) {
    return Int128{actual.raw()} * Rate::kUnit <
           Int128{std::numeric_limits<std::int64_t>::max()} * target.raw();
}

std::vector<Fen> shares_by_points(Fen available, std::span<const PoolMember> members) {
    std::vector<amount::Claim> claims;
    claims.reserve(members.size());
    for (const PoolMember& m : members) claims.push_back({m.institution_id, m.points.raw()});
    return amount::allocate(available, claims).value();
}

void add_targets(PoolSettlement& result, std::span<const PoolMember> members,
                 std::span<const Fen> targets) {
    for (std::size_t i = 0; i < members.size(); ++i) {
        const PoolMember& m = members[i];
        MemberSettlement s;
        s.institution_id = m.institution_id;
        s.points = m.points;
        s.target = targets[i];
        s.actual = m.actual;
        s.prepaid = m.prepaid;
        if (!s.target.is_zero() && usage_fits(s.actual, s.target)) {
            s.usage = amount::ratio(s.actual, s.target, kHalfAway);
        }
        result.members.push_back(std::move(s));
    }
}

}  // namespace

Outcome<Fraction> budget_point_value(std::span<const BudgetYear> years) {
    Int128 cost = 0;
    Int128 points = 0;
    for (const BudgetYear& y : years) {
        cost = amount::checked_add(
            cost, amount::checked_mul(Int128{y.weight.raw()}, Int128{y.cost.raw()}));
        points = amount::checked_add(
            points, amount::checked_mul(Int128{y.weight.raw()}, Int128{y.points.raw()}));
    }
    if (points == 0) return Reason("POOL_NO_POINTS");
    return Fraction::of(cost, points) * Fraction::whole(Points::kUnit);
}

Fen points_money(Points points, const Fraction& value, Rate payment_ratio, amount::Rounding mode) {
    return (Fraction::of(points.raw(), Points::kUnit) * Fraction::of_rate(payment_ratio) * value)
        .to_fen(mode);
}

MonthPrepay prepay_by_points(const Run& run, const PoolRates& pool, Points points, Fen carried) {
    const Fraction value = Fraction::of(pool.v_bud_num, pool.v_bud_den);
    const Fen money = points_money(points, value, pool.payment_ratio, run.rounding.point_money);
    return prepay_of(run, pool, money, carried);
}

MonthPrepay prepay_by_audit(const Run& run, const PoolRates& pool, Fen audited, Fen carried) {
    return prepay_of(run, pool, audited, carried);
}

CorridorResult apply_corridor(const Corridor& corridor, Fen target, Fen actual,
                              amount::Rounding mode) {
    const std::size_t band = corridor.bands.index_of(actual.raw(), target.raw());
    if (corridor.rules[band].kind == CorridorKind::kActual) return {band, actual};
    if (corridor.rules[band].kind == CorridorKind::kTarget) return {band, target};
    const Fen low = std::min(actual, target);
    // fen * 10^16 from here: bounds and shares have 8 decimals each.
    const Int128 from = Int128{low.raw()} * Rate::kUnit;
    const Int128 to = Int128{std::max(actual, target).raw()} * Rate::kUnit;
    Int128 sum = amount::checked_mul(from, Int128{Rate::kUnit});
    for (std::size_t i = 0; i < corridor.bands.size(); ++i) {
        if (corridor.rules[i].kind != CorridorKind::kShare) continue;
        const amount::Band& b = corridor.bands[i];
        const Int128 lo = std::max(from, Int128{b.lo.raw()} * target.raw());
        const Int128 hi = b.hi ? std::min(to, Int128{b.hi->raw()} * target.raw()) : to;
        if (lo >= hi) continue;
        sum = amount::checked_add(
            sum, amount::checked_mul(Int128{corridor.rules[i].share.raw()}, hi - lo));
    }
    return {band, Fen::of_raw(amount::narrow64(amount::divide(sum, kTenTo16, mode)))};
}

Outcome<PoolSettlement> settle_pool(const Settle& rules, const Pool& pool,
                                    std::span<const PoolMember> members,
                                    std::span<const Fen> targets) {
    if (const auto fits = check_figures(pool, members); !fits.ok()) return fits.refusal();
    PoolSettlement result;
    result.reserve = amount::multiply(pool.budget, pool.reserve_rate, rules.rounding.reserve);
    result.available = pool.budget - result.reserve - pool.out_of_pool;
    if (result.available.is_negative()) return Reason("POOL_NEGATIVE");
    for (const PoolMember& m : members) result.total_points += m.points;
    if (result.total_points.is_zero() || pool.payment_ratio.is_zero()) {
        return Reason("POOL_NO_POINTS");
    }
    result.value = Fraction::whole(result.available.raw()) /
                   (Fraction::of_rate(pool.payment_ratio) *
                    Fraction::of(result.total_points.raw(), Points::kUnit));
    if (targets.empty()) {
        add_targets(result, members, shares_by_points(result.available, members));
    } else {
        add_targets(result, members, targets);
    }
    for (MemberSettlement& m : result.members) {
        if (!m.target.is_zero() && !m.usage) return overflow(m.institution_id, "actual_fen");
        m.corridor = m.target;
        if (rules.corridor && !m.target.is_zero()) {
            const auto applied =
                apply_corridor(*rules.corridor, m.target, m.actual, rules.rounding.corridor);
            m.corridor = applied.settled;
            m.band = applied.band + 1;
        }
        m.settled = m.corridor;
    }
    limit_compensation(result, rules.compensation_limit);
    for (std::size_t i = 0; i < members.size(); ++i) {
        MemberSettlement& m = result.members[i];
        m.deposit = amount::multiply(m.settled, rules.deposit_rate, kDown);
        m.released = amount::multiply(m.deposit, members[i].quality, rules.rounding.deposit);
        m.final_amount = m.settled - m.deposit + m.released - m.prepaid;
        result.forfeited += m.deposit - m.released;
    }
    // Without a limit the region pays what the reserve cannot (7.5).
    result.reserve_drawn =
        std::min(at_least_zero(result.compensation - result.savings), result.reserve);
    result.reserve_returned = at_least_zero(result.savings - result.compensation);
    result.reserve_end =
        result.reserve - result.reserve_drawn + result.reserve_returned + result.forfeited;
    return result;
}

Points flow_weight(std::span<const ServiceFlow> flows) {
    Points weight;
    for (const ServiceFlow& f : flows) {
        weight += Points::of_raw(amount::product_over(
            {f.flow, Points::kUnit, f.relative_price.raw()}, Rate::kUnit, kHalfAway));
    }
    return weight;
}

}  // namespace yilian::billing
