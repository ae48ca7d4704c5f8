#include "services/billing/domain/pool_year.h"

#include <algorithm>

namespace yilian::billing {

using policy::billing::YearEndMethod;

namespace {

std::vector<PoolMember> pool_members(const std::vector<YearMember>& members) {
    std::vector<PoolMember> out;
    out.reserve(members.size());
    for (const YearMember& m : members) {
        out.push_back({m.institution_id, m.points, m.actual, m.prepaid, m.quality});
    }
    return out;
}

Outcome<TiltedTargets> tilted(const PoolYearRules& rules, const Pool& pool,
                              std::optional<Fen> last_budget,
                              const std::vector<YearMember>& members) {
    const Fen reserve =
        amount::multiply(pool.budget, pool.reserve_rate, rules.settle.rounding.reserve);
    const Fen available = pool.budget - reserve - pool.out_of_pool;
    if (available.is_negative()) return Reason("POOL_NEGATIVE");
    std::vector<TiltMember> claims;
    for (const YearMember& m : members) claims.push_back({m.institution_id, m.points, m.base});
    return tilt_targets(available, pool.budget, last_budget.value_or(pool.budget), rules.tilt,
                        claims);
}

// The reserve lifts base level by what it still holds.
void lift_base(const PoolYearRules& rules, PoolYear& year) {
    if (rules.topup.is_zero()) return;
    std::vector<TopupMember> members;
    for (const MemberYear& m : year.members) {
        members.push_back({m.in.institution_id, m.in.points, m.settled, m.in.base});
    }
    const Fen held = year.reserve_end - year.forfeited;
    const Topup topup = top_up_base(held, rules.topup, members);
    for (std::size_t i = 0; i < year.members.size(); ++i) {
        MemberYear& m = year.members[i];
        m.topup = topup.lifted[i] + topup.added[i];
        m.final_amount += m.topup;
        year.reserve_drawn += m.topup;
        year.reserve_end -= m.topup;
    }
}

Outcome<PoolYear> by_share(const PoolYearRules& rules, const Pool& pool,
                           std::optional<Fen> last_budget, std::vector<YearMember> members) {
    const std::vector<PoolMember> settled_members = pool_members(members);
    PoolYear year;
    std::vector<Fen> targets;
    if (!rules.tilt.is_zero()) {
        // Figures beyond 64 bits are refused before anything is summed.
        if (const auto fits = settle_pool(rules.settle, pool, settled_members); !fits.ok()) {
            return fits.refusal();
        }
        const auto tilt = tilted(rules, pool, last_budget, members);
        if (!tilt.ok()) return tilt.refusal();
        year.tilt = tilt->set_aside;
        targets = tilt->targets;
    }
    const auto settled = settle_pool(rules.settle, pool, settled_members, targets);
    if (!settled.ok()) return settled.refusal();
    year.reserve = settled->reserve;
    year.available = settled->available;
    year.total_points = settled->total_points;
    year.value = settled->value;
    year.compensation = settled->compensation;
    year.savings = settled->savings;
    year.reserve_drawn = settled->reserve_drawn;
    year.reserve_returned = settled->reserve_returned;
    year.forfeited = settled->forfeited;
    year.reserve_end = settled->reserve_end;
    const Fen lacking = settled->compensation - settled->savings - settled->reserve_drawn;
    if (!lacking.is_negative()) year.from_fund = lacking;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const MemberSettlement& m = settled->members[i];
        year.members.push_back({std::move(members[i]), m.target, m.usage, m.band, m.corridor,
                                m.settled, m.deposit, m.released, Fen(), m.final_amount});
    }
    lift_base(rules, year);
    return year;
}

Outcome<PoolYear> by_value(const PoolYearRules& rules, const Pool& pool,
                           std::vector<YearMember> members) {
    std::vector<ValueMember> claims;
    Points total;
    for (const YearMember& m : members) {
        claims.push_back({m.institution_id, m.points, m.borne_by_others, m.prepaid});
    }
    const auto settled = settle_pool_by_value(rules.settle, pool, claims);
    if (!settled.ok()) return settled.refusal();
    for (const YearMember& m : members) total += m.points;
    PoolYear year;
    year.reserve = settled->reserve;
    year.available = settled->available;
    year.total_points = total;
    year.value = settled->value;
    year.residual = settled->residual;
    year.reserve_returned = settled->to_reserve;
    year.reserve_end = settled->reserve_end;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const MemberByValue& m = settled->members[i];
        year.members.push_back({std::move(members[i]),
                                m.entitlement,
                                {},
                                {},
                                m.fund,
                                m.fund,
                                Fen(),
                                Fen(),
                                Fen(),
                                m.final_amount});
    }
    return year;
}

}  // namespace

Outcome<PoolYear> clear_pool_year(const PoolYearRules& rules, const Pool& pool,
                                  std::optional<Fen> last_budget, std::vector<YearMember> members) {
    std::ranges::sort(members, {}, &YearMember::institution_id);
    auto cleared = rules.method == YearEndMethod::kShare
                       ? by_share(rules, pool, last_budget, std::move(members))
                       : by_value(rules, pool, std::move(members));
    if (!cleared.ok()) return cleared.refusal();
    PoolYear year = *std::move(cleared);
    year.pool_id = pool.id;
    return year;
}

Fraction point_value(Fen available, Rate payment_ratio, Points points) {
    return Fraction::whole(available.raw()) /
           (Fraction::of_rate(payment_ratio) * Fraction::of(points.raw(), Points::kUnit));
}

Posting pool_year_posting(const PoolYear& year) {
    return compensated_from_reserve(year.pool_id, year.reserve_drawn)
        .add(savings_returned(year.pool_id, year.reserve_returned))
        .add(budget_adjusted(year.pool_id, year.from_fund))
        .add(rounding_residual(year.pool_id, year.residual));
}

Posting member_year_posting(const PoolYear& year, const MemberYear& m) {
    return year_settled(year.pool_id, m.in.institution_id, m.settled + m.topup, m.deposit,
                        m.in.prepaid)
        .add(
            deposit_decided(year.pool_id, m.in.institution_id, m.released, m.deposit - m.released));
}

}  // namespace yilian::billing
