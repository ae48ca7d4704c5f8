#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "libs/amount/int128.h"

namespace yilian::amount {

// How a quotient becomes an integer (billing.md 2.2). Always an argument, never a default: which
// mode applies is part of the policy, each named step (RND-...) has its own.
enum class Rounding {
    kHalfAway,  // half away from zero (四舍五入): 2.5 -> 3, -2.5 -> -3
    kHalfEven,  // half to the even neighbour: 2.5 -> 2, 3.5 -> 4
    kDown,      // toward zero: 2.9 -> 2, -2.9 -> -2
    kUp,        // away from zero: 2.1 -> 3, -2.1 -> -3
};

// Names of policy packs: half_away, half_even, down, up. Empty for any other text.
[[nodiscard]] std::optional<Rounding> parse_rounding(std::string_view name);
[[nodiscard]] std::string_view name_of(Rounding mode);

// round(numerator / denominator). The denominator may be negative but not zero. The result of
// kInt128Min / -1 overflows and aborts.
[[nodiscard]] Int128 divide(Int128 numerator, Int128 denominator, Rounding mode);

// round(a * b / c) with the product in 128 bits and one division (billing.md 2.1). Aborts when c is
// 0 or the result does not fit 64 bits.
[[nodiscard]] std::int64_t muldiv(std::int64_t a, std::int64_t b, std::int64_t c, Rounding mode);

// The same on 128-bit numbers; the product is formed in 256 bits, so it is exact for every input.
// Aborts only when the result does not fit 128 bits.
[[nodiscard]] Int128 muldiv_wide(Int128 a, Int128 b, Int128 c, Rounding mode);

// round(f1 * f2 * ... / divisor) with ONE rounding, for instance the points of a case
// (billing.md 4.6): product_over({p_e4, d_e8, k_e8, a_e8}, kTenTo24, mode).
// At most four factors, so that the product of any 64-bit values is exact: it is formed in 128 bits
// when it fits (the usual case) and in 256 bits otherwise, with the same result. 0 < divisor.
// Aborts when the result does not fit 64 bits.
[[nodiscard]] std::int64_t product_over(std::initializer_list<std::int64_t> factors, Int128 divisor,
                                        Rounding mode);

inline constexpr std::int64_t kTenTo4 = 10'000;
inline constexpr std::int64_t kTenTo8 = 100'000'000;
inline constexpr std::int64_t kTenTo16 = kTenTo8 * kTenTo8;
inline constexpr Int128 kTenTo24 = Int128{kTenTo16} * kTenTo8;

}  // namespace yilian::amount
