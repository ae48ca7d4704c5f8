#include "services/billing/domain/points.h"

#include <algorithm>

#include "libs/amount/int128.h"

namespace yilian::billing {

using amount::Int128;
using amount::kTenTo16;
using amount::kTenTo8;
using policy::billing::DeviationRule;
using policy::billing::Drg;

namespace {

// D = a + b * cost / average + c * K, one division.
Rate deviation(const DeviationRule& rule, const DrgCost& cost, Rate k, amount::Rounding mode) {
    const Int128 average = cost.group_average.raw();
    const Int128 fixed = Int128{rule.a.raw()} * kTenTo8 + Int128{rule.c.raw()} * k.raw();
    const Int128 numerator = amount::checked_add(
        amount::checked_mul(fixed, average),
        amount::checked_mul(Int128{rule.b.raw()} * kTenTo8, Int128{cost.cost.raw()}));
    return Rate::of_raw(amount::narrow64(
        amount::divide(numerator, amount::checked_mul(average, Int128{kTenTo8}), mode)));
}

DrgScore incomplete(const Drg& drg, const DrgCost& cost, Points base) {
    const auto mode = drg.rounding.case_points;
    const Points by_cost =
        amount::multiply_ratio(base, cost.cost.raw(), cost.group_average.raw(), mode);
    return {.stay = DrgStay::kIncomplete,
            .base = base,
            .d = amount::ratio(cost.cost, cost.group_average, mode),
            .k = Rate::whole(1),
            .points = std::min(base, by_cost),
            .flag = {}};
}

}  // namespace

std::string_view name_of(DrgStay stay) {
    switch (stay) {
        case DrgStay::kComplete:
            return "COMPLETE";
        case DrgStay::kIncomplete:
            return "INCOMPLETE";
        case DrgStay::kHigh:
            return "HIGH";
        case DrgStay::kUngrouped:
            return "UNGROUPED";
    }
    return "";
}

Points drg_base_points(const Drg& drg, Fen group_average) {
    return Points::of_raw(amount::muldiv(group_average.raw(), drg.points_scale * Points::kUnit,
                                         drg.mean_fen.raw(), drg.rounding.points));
}

DrgScore score_drg(const Drg& drg, std::string_view drg_code, const DrgCost& cost) {
    const Points base = drg_base_points(drg, cost.group_average);
    const Int128 scaled_cost = Int128{cost.cost.raw()} * Rate::kUnit;
    if (scaled_cost < Int128{drg.low.raw()} * cost.group_average.raw()) {
        return incomplete(drg, cost, base);
    }
    const bool same_price =
        std::ranges::find(drg.same_price_groups, drg_code) != drg.same_price_groups.end();
    DrgScore score{.stay = DrgStay::kComplete,
                   .base = base,
                   .d = Rate::whole(1),
                   .k = same_price ? Rate::whole(1) : cost.coefficient,
                   .points = {},
                   .flag = {}};
    const std::size_t band =
        drg.above_high.bands.index_of(cost.cost.raw(), cost.group_average.raw());
    if (band > 0) {
        const DeviationRule& rule = drg.above_high.rules[band - 1];
        score.stay = DrgStay::kHigh;
        score.d = deviation(rule, cost, score.k, drg.rounding.case_points);
        if (!rule.multiply_k) score.k = Rate::whole(1);
        score.flag = rule.flag;
    }
    score.points = Points::of_raw(amount::product_over({base.raw(), score.d.raw(), score.k.raw()},
                                                       kTenTo16, drg.rounding.case_points));
    return score;
}

DrgScore score_ungrouped(const Drg& drg, drg::GroupStatus status) {
    YILIAN_INVARIANT(status != drg::GroupStatus::kSuccess, "points: a grouped case has a group");
    Rate factor = drg.ungrouped.fail;
    if (status == drg::GroupStatus::kCheckFailed) factor = drg.ungrouped.check_failed;
    if (status == drg::GroupStatus::kAmbiguous) factor = drg.ungrouped.qy;
    const Points average = Points::whole(drg.points_scale);
    return {.stay = DrgStay::kUngrouped,
            .base = average,
            .d = factor,
            .k = Rate::whole(1),
            .points = amount::multiply(average, factor, drg.rounding.case_points),
            .flag = {}};
}

bool outside_drg(const Drg& drg, std::int64_t stay_days) {
    return stay_days < drg.min_days || stay_days > drg.max_days;
}

Rate case_mix_index(Rate sum_of_weights, std::int64_t cases) {
    return amount::multiply_ratio(sum_of_weights, 1, cases, amount::Rounding::kHalfAway);
}

Outcome<Fen> drg_rate(const Drg& drg, Fen budget, Rate sum_of_weights) {
    if (sum_of_weights.is_zero()) return Reason("POOL_NO_POINTS");
    return Fen::of_raw(
        amount::muldiv(budget.raw(), Rate::kUnit, sum_of_weights.raw(), drg.rounding.rate));
}

Fen drg_standard(const Drg& drg, Rate weight, Fen rate, Rate k) {
    return Fen::of_raw(
        amount::product_over({weight.raw(), rate.raw(), k.raw()}, kTenTo16, drg.rounding.standard));
}

Outcome<Fen> drg_residual(Fen budget, Fen sum_of_standards, std::int64_t cases) {
    const Fen residual = budget - sum_of_standards;
    if (amount::magnitude(residual.raw()) > amount::magnitude(cases)) {
        return Refusal{"DRG_RATE_DRIFT",
                       {{"residual_fen", residual.text()}, {"cases", std::to_string(cases)}}};
    }
    return residual;
}

}  // namespace yilian::billing
