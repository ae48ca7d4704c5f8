#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/amount/fraction.h"
#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"
#include "libs/policy/billing_blocks.h"

// Regional points budget: prepay of a month and settlement of a year (billing.md 7). Pure, no
// state.
namespace yilian::billing {

using amount::Fen;
using amount::Fraction;
using amount::Points;
using amount::Rate;

// --- point value and prepay --------------------------------------------------------------------

// Cost and points of one finished year with its weight.
struct BudgetYear {
    Rate weight;
    Fen cost;
    Points points;
};
// Budget point value at the start of a year: sum(w * cost) / sum(w * points), fen a point, exact.
// POOL_NO_POINTS when there are none.
[[nodiscard]] Outcome<Fraction> budget_point_value(std::span<const BudgetYear> years);

// round(points * value * payment ratio): what the points of a month are worth (7.3).
[[nodiscard]] Fen points_money(Points points, const Fraction& value, Rate payment_ratio,
                               amount::Rounding mode);

// Prepay of an institution's month. Negative points or money (withdrawn lists) give a negative
// carry that is taken off the next month; nothing is ever paid back.
struct MonthPrepay {
    Fen money;    // of the month, carry of the last month included
    Fen prepay;   // round(money * prepay_rate, RND-PRE), 0 when money is negative
    Fen carried;  // 0 or negative: for the next month
};
// `prepay_basis: points`. The pool's v_bud, payment_ratio and prepay_rate apply.
[[nodiscard]] MonthPrepay prepay_by_points(const policy::billing::Run& run,
                                           const policy::billing::PoolRates& pool, Points points,
                                           Fen carried);
// `prepay_basis: audited`: of the audited fund part.
[[nodiscard]] MonthPrepay prepay_by_audit(const policy::billing::Run& run,
                                          const policy::billing::PoolRates& pool, Fen audited,
                                          Fen carried);

// --- year end ----------------------------------------------------------------------------------

struct Pool {
    std::string id;
    Fen budget;
    Rate reserve_rate;
    Fen out_of_pool;
    Rate payment_ratio;
};

// The year of one institution in a pool.
struct PoolMember {
    std::string institution_id;
    Points points;
    Fen actual;
    Fen prepaid;
    Rate quality;  // 0 to 1
};

struct MemberSettlement {
    std::string institution_id;
    Points points;
    Fen target;
    Fen actual;
    std::optional<Rate> usage;        // actual / target, shown; empty when the target is 0
    std::optional<std::size_t> band;  // of the corridor, from 1; empty without corridor or target
    Fen corridor;                     // result of 7.5 before the compensation limit
    Fen settled;
    Fen deposit;
    Fen released;
    Fen prepaid;
    Fen final_amount;  // settled - deposit + released - prepaid; negative: claim
};

struct PoolSettlement {
    Fen reserve;
    Fen available;
    Points total_points;
    Fraction value;  // fen a point, exact
    Fen compensation;
    Fen savings;
    Fen reserve_drawn;
    Fen reserve_returned;
    Fen forfeited;
    Fen reserve_end;
    std::vector<MemberSettlement> members;  // in the order given
};

// Refusals: POOL_NEGATIVE (reserve and out-of-pool items exceed the budget), POOL_NO_POINTS (also
// with payment ratio 0: points then have no value), POOL_OVERFLOW (the figures of a pool, or the
// usage of a target, exceed 64 bits; metadata `institution_id` and `field` of the largest one, "" =
// the pool itself). Institution ids are unique; amounts are not negative. `targets`, in the order
// of the members, replace the shares by points; their sum is what is available.
[[nodiscard]] Outcome<PoolSettlement> settle_pool(const policy::billing::Settle& rules,
                                                  const Pool& pool,
                                                  std::span<const PoolMember> members,
                                                  std::span<const Fen> targets = {});

struct CorridorResult {
    std::size_t band = 0;  // index
    Fen settled;
};
// 7.5 for one institution; `target` > 0. Rounded once, by `mode`.
[[nodiscard]] CorridorResult apply_corridor(const policy::billing::Corridor& corridor, Fen target,
                                            Fen actual, amount::Rounding mode);

// --- budget shares by patient flow (7.6) -------------------------------------------------------

struct ServiceFlow {
    std::int64_t flow = 0;  // visits or cases of insured patients
    Rate relative_price;
};
// Sum of flow * relative price, each term rounded to 10^-4 half_away.
[[nodiscard]] Points flow_weight(std::span<const ServiceFlow> flows);

}  // namespace yilian::billing
