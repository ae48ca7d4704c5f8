#include "services/billing/domain/clearing.h"

#include <algorithm>

#include "libs/amount/allocation.h"
#include "libs/amount/int128.h"

namespace yilian::billing {

using amount::Claim;
using amount::Int128;
using policy::billing::BudgetValue;
using policy::billing::Settle;

namespace {

constexpr auto kHalfAway = amount::Rounding::kHalfAway;
constexpr auto kDown = amount::Rounding::kDown;

// 2.5 % of n by nearest rank: element number ceil(n / 40), from 1.
std::size_t low_rank(std::size_t n) { return (n + 39) / 40; }
std::size_t high_rank(std::size_t n) { return (39 * n + 39) / 40; }

std::strong_ordering compare_cost(const CaseCost& a, const CaseCost& b) {
    return Int128{a.cost.raw()} * b.points.raw() <=> Int128{b.cost.raw()} * a.points.raw();
}

struct Sums {
    Int128 cost = 0;
    Int128 points = 0;
};
Sums sums_of(std::span<const CaseCost> cases) {
    Sums sums;
    for (const CaseCost& c : cases) {
        sums.cost += c.cost.raw();
        sums.points += c.points.raw();
    }
    return sums;
}

void keep_quantiles(std::vector<CaseCost>& cases) {
    std::ranges::sort(cases, [](const auto& a, const auto& b) { return compare_cost(a, b) < 0; });
    const CaseCost low = cases[low_rank(cases.size()) - 1];
    const CaseCost high = cases[high_rank(cases.size()) - 1];
    std::erase_if(cases, [&](const CaseCost& c) {
        return compare_cost(c, low) < 0 || compare_cost(c, high) > 0;
    });
}

void keep_below_mean(std::vector<CaseCost>& cases) {
    const Sums all = sums_of(cases);
    std::erase_if(cases, [&](const CaseCost& c) {
        return amount::compare_fractions(c.cost.raw(), c.points.raw(), all.cost, all.points) >= 0;
    });
}

// What each is owed, cut in proportion to what there is.
std::vector<Fen> within(Fen fund, const std::vector<Fen>& owed,
                        std::span<const TopupMember> members) {
    Int128 sum = 0;
    std::vector<Claim> claims;
    for (std::size_t i = 0; i < owed.size(); ++i) {
        sum += owed[i].raw();
        claims.push_back({members[i].institution_id, owed[i].raw()});
    }
    if (sum <= fund.raw()) return owed;
    return amount::allocate(fund, claims).value();
}

}  // namespace

Outcome<Fraction> budget_point_value_of(BudgetValue variant, std::span<const CaseCost> cases) {
    std::vector<CaseCost> kept;
    kept.reserve(cases.size());
    for (const CaseCost& c : cases) {
        if (!c.points.is_zero()) kept.push_back(c);
    }
    if (!kept.empty() && variant == BudgetValue::kQuantile) keep_quantiles(kept);
    if (!kept.empty() && variant == BudgetValue::kGoodInterval) keep_below_mean(kept);
    if (kept.empty()) return Reason("POOL_NO_POINTS");
    const Sums sums = sums_of(kept);
    return Fraction::of(sums.cost, sums.points) * Fraction::whole(Points::kUnit);
}

Fen actual_cost_total(std::span<const Fen> fund_parts) {
    Fen total;
    for (const Fen part : fund_parts) total += part;
    return total;
}

Outcome<PoolByValue> settle_pool_by_value(const Settle& rules, const Pool& pool,
                                          std::span<const ValueMember> members) {
    std::vector<PoolMember> by_points;
    by_points.reserve(members.size());
    for (const ValueMember& m : members) {
        by_points.push_back({m.institution_id, m.points, Fen(), m.prepaid, Rate()});
    }
    Settle without_corridor = rules;
    without_corridor.corridor.reset();
    const auto by_share = settle_pool(without_corridor, pool, by_points);
    if (!by_share) return by_share.refusal();
    // The entitlements add up to available / ratio, which a tiny ratio makes too large.
    if (Int128{by_share->available.raw()} * Rate::kUnit >
        Int128{1'000'000'000'000'000'000} * pool.payment_ratio.raw()) {
        return Refusal{"POOL_OVERFLOW", {{"institution_id", ""}, {"field", "payment_ratio_e8"}}};
    }
    PoolByValue result;
    result.reserve = by_share->reserve;
    result.available = by_share->available;
    result.value = by_share->value;
    Fen left = result.available;
    for (const ValueMember& m : members) {
        MemberByValue settled;
        settled.institution_id = m.institution_id;
        settled.entitlement = points_money(m.points, result.value, Rate::whole(1), kHalfAway);
        settled.fund = settled.entitlement - m.borne_by_others;
        settled.final_amount = settled.fund - m.prepaid;
        left -= settled.fund;
        result.members.push_back(std::move(settled));
    }
    const auto one_fen_each = static_cast<std::int64_t>(members.size());
    const bool rounding = left.raw() <= one_fen_each && left.raw() >= -one_fen_each;
    (rounding ? result.residual : result.to_reserve) = left;
    result.reserve_end = result.reserve + result.to_reserve;
    return result;
}

Outcome<TiltedTargets> tilt_targets(Fen available, Fen budget, Fen last_budget, Rate tilt,
                                    std::span<const TiltMember> members) {
    std::vector<Claim> base;
    std::vector<Claim> all;
    Int128 base_points = 0;
    for (const TiltMember& m : members) {
        base.push_back({m.institution_id, m.base ? m.points.raw() : 0});
        all.push_back({m.institution_id, m.points.raw()});
        base_points += base.back().weight;
    }
    TiltedTargets result;
    if (base_points > 0 && budget > last_budget) {
        result.set_aside = std::min(amount::multiply(budget - last_budget, tilt, kDown), available);
    }
    const auto by_all = amount::allocate(available - result.set_aside, all);
    if (!by_all) return Reason("POOL_NO_POINTS");
    result.targets = *by_all;
    if (result.set_aside.is_zero()) return result;
    const auto by_base = amount::allocate(result.set_aside, base).value();
    for (std::size_t i = 0; i < by_base.size(); ++i) result.targets[i] += by_base[i];
    return result;
}

Topup top_up_base(Fen fund, Rate factor, std::span<const TopupMember> members) {
    Int128 settled = 0;
    Int128 points = 0;
    for (const TopupMember& m : members) {
        settled += m.settled.raw();
        points += m.points.raw();
    }
    Topup result;
    std::vector<Fen> missing(members.size());
    for (std::size_t i = 0; i < members.size() && points > 0; ++i) {
        if (!members[i].base) continue;
        const Int128 mean = amount::muldiv_wide(settled, members[i].points.raw(), points, kDown);
        if (mean > members[i].settled.raw()) {
            missing[i] = Fen::of_raw(amount::narrow64(mean)) - members[i].settled;
        }
    }
    result.lifted = within(fund, missing, members);
    Fen left = fund - actual_cost_total(result.lifted);
    std::vector<Fen> further(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (!members[i].base) continue;
        further[i] = amount::multiply(members[i].settled + result.lifted[i], factor, kDown);
    }
    result.added = within(left, further, members);
    result.fund_left = left - actual_cost_total(result.added);
    return result;
}

}  // namespace yilian::billing
