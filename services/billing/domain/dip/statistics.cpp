#include "services/billing/domain/dip/statistics.h"

#include <algorithm>

#include "libs/amount/wide.h"

namespace yilian::billing::dip {

using amount::Fen;
using amount::Fraction;
using amount::Int128;
using amount::Rate;
using amount::Rounding;
using policy::billing::Trim;
using policy::billing::TrimMethod;

namespace {

// n * squares - sum^2, which is n^2 times the variance.
Int128 spread(const Moments& moments) {
    return amount::checked_sub(amount::checked_mul(Int128{moments.count}, moments.squares),
                               amount::checked_mul(moments.sum, moments.sum));
}

// Element number ceil(p * n) of the sorted costs, at least 1.
std::int64_t quantile(std::span<const std::int64_t> sorted, Rate p) {
    const auto size = static_cast<std::int64_t>(sorted.size());
    const std::int64_t number = amount::muldiv(p.raw(), size, Rate::kUnit, Rounding::kUp);
    return sorted[static_cast<std::size_t>(std::clamp<std::int64_t>(number, 1, size) - 1)];
}

void trim_sigma(Rate k, std::vector<std::int64_t>& sorted) {
    Moments moments;
    for (const std::int64_t cost : sorted) moments.add(cost);
    const auto factor = amount::magnitude(Int128{k.raw()} * k.raw());
    const auto limit = amount::Wide::product(factor, amount::magnitude(spread(moments)));
    std::erase_if(sorted, [&](std::int64_t cost) {
        const Int128 off = amount::checked_sub(
            amount::checked_mul(Int128{moments.count}, Int128{cost}), moments.sum);
        const auto square = amount::magnitude(amount::checked_mul(off, off));
        return amount::Wide::product(square, amount::magnitude(amount::kTenTo16)) > limit;
    });
}

void trim_iqr(Rate k, std::vector<std::int64_t>& sorted) {
    const std::int64_t q1 = quantile(sorted, Rate::of_raw(Rate::kUnit / 4));
    const std::int64_t q3 = quantile(sorted, Rate::of_raw(Rate::kUnit / 4 * 3));
    const Int128 reach = Int128{k.raw()} * (q3 - q1);
    std::erase_if(sorted, [&](std::int64_t cost) {
        const Int128 scaled = Int128{cost} * Rate::kUnit;
        return scaled < Int128{q1} * Rate::kUnit - reach ||
               scaled > Int128{q3} * Rate::kUnit + reach;
    });
}

}  // namespace

void Moments::add(std::int64_t cost) {
    ++count;
    sum = amount::checked_add(sum, Int128{cost});
    squares = amount::checked_add(squares, Int128{cost} * cost);
}

void Moments::add(const Moments& other) {
    count += other.count;
    sum = amount::checked_add(sum, other.sum);
    squares = amount::checked_add(squares, other.squares);
}

Fen Moments::average() const {
    return Fen::of_raw(amount::narrow64(amount::divide(sum, count, Rounding::kHalfAway)));
}

std::int64_t Moments::cv_e4() const {
    const Int128 square = amount::checked_mul(sum, sum);
    // The root of a cut number, cut, is the cut root.
    return amount::narrow64(amount::isqrt(
        amount::muldiv_wide(spread(*this), amount::kTenTo8, square, Rounding::kDown)));
}

std::vector<std::int64_t> trimmed(const Trim& trim, std::vector<std::int64_t> costs) {
    std::ranges::sort(costs);
    if (costs.empty() || static_cast<std::int64_t>(costs.size()) < trim.min_cases) return costs;
    switch (trim.method) {
        case TrimMethod::kNone:
            break;
        case TrimMethod::kSigma:
            trim_sigma(trim.k, costs);
            break;
        case TrimMethod::kIqr:
            trim_iqr(trim.k, costs);
            break;
        case TrimMethod::kQuantile: {
            const std::int64_t low = quantile(costs, trim.low);
            const std::int64_t high = quantile(costs, trim.high);
            std::erase_if(costs, [&](std::int64_t cost) { return cost < low || cost > high; });
            break;
        }
    }
    return costs;
}

std::optional<Fraction> weighted_mean(std::span<const Rate> weights,
                                      std::span<const std::optional<Fen>> averages) {
    YILIAN_INVARIANT(weights.size() == averages.size(), "dip: one average a year");
    Int128 sum = 0;
    Int128 total = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (!averages[i]) continue;
        sum = amount::checked_add(sum, Int128{weights[i].raw()} * averages[i]->raw());
        total += weights[i].raw();
    }
    if (total == 0) return std::nullopt;
    return Fraction::of(sum, total);
}

Rate relative_weight(const Fraction& mean, const Fraction& all) {
    return (mean / all).to_rate(Rounding::kHalfAway);
}

amount::Points group_points(const policy::billing::Dip& dip, const Fraction& mean,
                            const Fraction& all) {
    return (Fraction::whole(dip.points_scale) * (mean / all)).to_points(dip.rounding.points);
}

Rate institution_coefficient(std::optional<Fen> own, std::optional<Fen> all) {
    if (!own || !all || all->is_zero()) return Rate::whole(1);
    return amount::ratio(*own, *all, Rounding::kHalfAway);
}

}  // namespace yilian::billing::dip
