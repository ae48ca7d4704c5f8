#include "services/billing/domain/what_if.h"

#include <algorithm>
#include <map>

#include "libs/amount/allocation.h"
#include "libs/amount/rounding.h"

namespace yilian::billing {
namespace {

std::vector<const ScoredCase*> by_id(std::span<const ScoredCase> cases) {
    std::vector<const ScoredCase*> sorted;
    sorted.reserve(cases.size());
    for (const ScoredCase& c : cases) sorted.push_back(&c);
    std::ranges::sort(sorted, {}, &ScoredCase::case_id);
    return sorted;
}

PointsDifference difference_of(const ScoredCase& before, const ScoredCase& after) {
    PointsDifference d{
        before.case_id, before.points, after.points, after.points - before.points, {}};
    if (before.base != after.base) d.because.emplace_back("base_points");
    if (before.d != after.d) d.because.emplace_back("d_coef");
    if (before.k != after.k) d.because.emplace_back("k_coef");
    if (before.aux != after.aux) d.because.emplace_back("aux_coef");
    if (d.because.empty() && before.points != after.points) d.because.emplace_back("points");
    return d;
}

using PointsOf = std::map<std::string, Points, std::less<>>;

std::vector<Fen> money_of(Fen available, const PointsOf& points) {
    std::vector<amount::Claim> claims;
    for (const auto& [id, p] : points) claims.push_back({id, p.raw()});
    return amount::allocate(available, claims).value();
}

}  // namespace

Points case_points(Points base, Rate d, Rate k, Rate aux, amount::Rounding mode) {
    return Points::of_raw(
        amount::product_over({base.raw(), d.raw(), k.raw(), aux.raw()}, amount::kTenTo24, mode));
}

Outcome<WhatIfReport> what_if(Fen available, std::span<const ScoredCase> before,
                              std::span<const ScoredCase> after) {
    const auto was = by_id(before);
    const auto would_be = by_id(after);
    WhatIfReport report;
    PointsOf points_before;
    PointsOf points_after;
    for (std::size_t i = 0; i < std::max(was.size(), would_be.size()); ++i) {
        const bool same = i < was.size() && i < would_be.size() &&
                          was[i]->case_id == would_be[i]->case_id &&
                          was[i]->institution_id == would_be[i]->institution_id;
        if (!same) {
            const ScoredCase* odd = i < was.size() ? was[i] : would_be[i];
            return Refusal{"WHATIF_CASES_DIFFER", {{"case_id", odd->case_id}}};
        }
        report.before += was[i]->points;
        report.after += would_be[i]->points;
        points_before[was[i]->institution_id] += was[i]->points;
        points_after[was[i]->institution_id] += would_be[i]->points;
        PointsDifference d = difference_of(*was[i], *would_be[i]);
        if (!d.because.empty()) report.cases.push_back(std::move(d));
    }
    if (report.before.is_zero() || report.after.is_zero()) return Reason("POOL_NO_POINTS");
    const auto money_before = money_of(available, points_before);
    const auto money_after = money_of(available, points_after);
    std::size_t i = 0;
    for (const auto& [id, points] : points_before) {
        if (money_before[i] != money_after[i]) {
            report.institutions.push_back(
                {id, money_before[i], money_after[i], money_after[i] - money_before[i]});
        }
        ++i;
    }
    return report;
}

}  // namespace yilian::billing
