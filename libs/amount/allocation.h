#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "libs/amount/int128.h"
#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"

namespace yilian::amount {

// One party of a distribution: `id` decides ties by its bytes and must be unique within a call;
// it is only viewed during the call. `weight` >= 0 is any integer measure (raw points, counts,
// fen).
struct Claim {
    std::string_view id;
    Int128 weight = 0;
};

// Distribution by largest remainder (最大余数法, billing.md 2.3): share_i = floor(total * w_i / W),
// and the missing units go one each to the largest remainders, equal remainders to the smaller id.
// The answer has the order of `claims`. Its sum is exactly `total`; it does not depend on the order
// of the claims; weight 0 gets 0. Exact for all 128-bit weights; linear time; no state.
// Refusals: ALLOC_NEGATIVE (total or a weight below 0; metadata id), ALLOC_NO_WEIGHT (all weights
// 0, or no claims). Aborts when two equal ids tie for the last unit or the weights' sum exceeds 128
// bits.
[[nodiscard]] Outcome<std::vector<Fen>> allocate(Fen total, std::span<const Claim> claims);

// The same for plain counts (slots over quota classes: ids that sort in the order of precedence).
[[nodiscard]] Outcome<std::vector<std::int64_t>> allocate_count(std::int64_t total,
                                                                std::span<const Claim> claims);

}  // namespace yilian::amount
