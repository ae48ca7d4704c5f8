#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"

// What other parameters would have given (billing.md 11.3): nothing is written, the answer is a
// report of differences. Pure, no state.
namespace yilian::billing {

using amount::Fen;
using amount::Points;
using amount::Rate;

// One case as it was or would be scored.
struct ScoredCase {
    std::string case_id;
    std::string institution_id;
    Points base;
    Rate d;
    Rate k;  // the coefficient that was applied
    Rate aux;
    Points points;
};
// round(base * D * K * A, RND-CASE), one rounding (4.6).
[[nodiscard]] Points case_points(Points base, Rate d, Rate k, Rate aux, amount::Rounding mode);

struct PointsDifference {
    std::string case_id;
    Points before;
    Points after;
    Points difference;
    // Columns that differ: base_points, d_coef, k_coef, aux_coef; "points" when only they do.
    std::vector<std::string_view> because;
};
struct MoneyDifference {
    std::string institution_id;
    Fen before;
    Fen after;
    Fen difference;
};
struct WhatIfReport {
    std::vector<PointsDifference> cases;  // that differ, by case id
    Points before;                        // of all cases
    Points after;
    std::vector<MoneyDifference> institutions;  // that differ, by id; the differences add up to 0
};

// Both sides hold the same cases, in any order; `available` is the pool, which stays fixed.
// Refusals: WHATIF_CASES_DIFFER (metadata `case_id`), POOL_NO_POINTS.
[[nodiscard]] Outcome<WhatIfReport> what_if(Fen available, std::span<const ScoredCase> before,
                                            std::span<const ScoredCase> after);

}  // namespace yilian::billing
