#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "libs/amount/fraction.h"
#include "libs/amount/scaled.h"
#include "libs/policy/billing_blocks.h"

// Averages, trimming and spread of costs (billing.md 4.2 steps 5 to 8), exact. Pure, no state.
namespace yilian::billing::dip {

// Count, sum and sum of squares of costs in fen. Aborts beyond 128 bits.
struct Moments {
    std::int64_t count = 0;
    amount::Int128 sum = 0;
    amount::Int128 squares = 0;

    void add(std::int64_t cost);
    void add(const Moments& other);
    // round(sum / count, RND-AVG half_away). `count` > 0.
    [[nodiscard]] amount::Fen average() const;
    // Population sigma / mean in 10^-4, cut (not rounded). `sum` > 0.
    [[nodiscard]] std::int64_t cv_e4() const;
};

// The costs that stay, sorted. Below trim.min_cases all of them do; bounds are kept. Nothing stays
// only where the parameters demand it (k = 0, low above high).
[[nodiscard]] std::vector<std::int64_t> trimmed(const policy::billing::Trim& trim,
                                                std::vector<std::int64_t> costs);

// Sum of weight * average / sum of weights over the years that have an average; empty when none
// has. `averages` runs with `weights`, oldest first.
[[nodiscard]] std::optional<amount::Fraction> weighted_mean(
    std::span<const amount::Rate> weights, std::span<const std::optional<amount::Fen>> averages);

// m / M, RND-RW half_away. `all` > 0.
[[nodiscard]] amount::Rate relative_weight(const amount::Fraction& mean,
                                           const amount::Fraction& all);
// points_scale * m / M from the exact fractions, RND-PTS (dip.rounding.points).
[[nodiscard]] amount::Points group_points(const policy::billing::Dip& dip,
                                          const amount::Fraction& mean,
                                          const amount::Fraction& all);

// Coefficient of an institution in a group: its average / the average of all, 10^-8 half_away; 1
// without history (billing.md 4.6).
[[nodiscard]] amount::Rate institution_coefficient(std::optional<amount::Fen> own,
                                                   std::optional<amount::Fen> all);

}  // namespace yilian::billing::dip
