#pragma once

#include <span>
#include <string>
#include <vector>

#include "services/billing/domain/settlement.h"

// Variants of the regional points budget beside settlement.h: how the budget point value is found,
// the year end by value, tilt to base level (billing.md 7.2, 7.4, 7.7). Pure, no state.
namespace yilian::billing {

struct CaseCost {
    Fen cost;
    Points points;  // cases without points do not count
};
// `v_bud: quantile` drops cases whose cost per point lies outside the 2.5th to 97.5th percentile
// (nearest rank, bounds kept); `good_interval` keeps cases below the regional mean of cost per
// point; then sum of cost / sum of points, fen a point, exact. `weighted` takes all cases (years:
// budget_point_value()). POOL_NO_POINTS when no case is left.
[[nodiscard]] Outcome<Fraction> budget_point_value_of(policy::billing::BudgetValue variant,
                                                      std::span<const CaseCost> cases);

// Compliant claims at actual cost (6.2): an out-of-pool item of the pool, never points.
[[nodiscard]] Fen actual_cost_total(std::span<const Fen> fund_parts);

// --- year end by value (`method: value_minus_patient`) ------------------------------------------

struct ValueMember {
    std::string institution_id;
    Points points;
    Fen borne_by_others;  // by patients and other payers
    Fen prepaid;
};
struct MemberByValue {
    std::string institution_id;
    Fen entitlement;   // round(points * value)
    Fen fund;          // entitlement - borne by others; may be negative
    Fen final_amount;  // fund - prepaid; negative: claim
};
struct PoolByValue {
    Fen reserve;
    Fen available;
    Fraction value;                      // fen a point, exact
    std::vector<MemberByValue> members;  // in the order given
    // available - sum of the fund parts: up to one fen an institution it is a rounding residual,
    // otherwise the reserve takes or gives it. One of the two is 0.
    Fen residual;
    Fen to_reserve;
    Fen reserve_end;  // reserve + to_reserve; negative: the region has to decide
};
// Refusals of settle_pool.
[[nodiscard]] Outcome<PoolByValue> settle_pool_by_value(const policy::billing::Settle& rules,
                                                        const Pool& pool,
                                                        std::span<const ValueMember> members);

// --- tilt to base level (7.7) -------------------------------------------------------------------

struct TiltMember {
    std::string institution_id;
    Points points;
    bool base = false;  // an institution of base level
};
struct TiltedTargets {
    Fen set_aside;             // of the new money, for base institutions alone
    std::vector<Fen> targets;  // in the order given; the sum is `available`
};
// New money of the year (budget less that of last year, if positive) * tilt, rounded down and at
// most `available`, goes to base institutions by their points; the rest to all by points. Without
// points at base level nothing is set aside. POOL_NO_POINTS when nobody has points.
[[nodiscard]] Outcome<TiltedTargets> tilt_targets(Fen available, Fen budget, Fen last_budget,
                                                  Rate tilt, std::span<const TiltMember> members);

struct TopupMember {
    std::string institution_id;
    Points points;
    Fen settled;  // after the corridor
    bool base = false;
};
struct Topup {
    std::vector<Fen> lifted;  // to the mean payment per point, in the order given
    std::vector<Fen> added;   // by the further factor, from what is left of the fund
    Fen fund_left;
};
// Base institutions paid less per point than the mean of all are lifted to it, in proportion where
// the fund is short and never above it; what is left may add `factor` of their payment, again in
// proportion where it is short.
[[nodiscard]] Topup top_up_base(Fen fund, Rate factor, std::span<const TopupMember> members);

}  // namespace yilian::billing
