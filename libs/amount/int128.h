#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/invariant.h"

namespace yilian::amount {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

// std::numeric_limits does not know 128-bit integers in strict C++20 mode.
inline constexpr UInt128 kUInt128Max = ~UInt128{0};
inline constexpr Int128 kInt128Max = static_cast<Int128>(kUInt128Max >> 1);
inline constexpr Int128 kInt128Min = -kInt128Max - 1;

// Checked arithmetic on any signed integer type, Int128 included. An overflow is a bug of the
// formula and aborts (billing.md 2.1); it is never a result.
template <class T>
[[nodiscard]] constexpr T checked_add(T a, T b) {
    T result{};
    YILIAN_INVARIANT(!__builtin_add_overflow(a, b, &result), "amount: sum overflows");
    return result;
}
template <class T>
[[nodiscard]] constexpr T checked_sub(T a, T b) {
    T result{};
    YILIAN_INVARIANT(!__builtin_sub_overflow(a, b, &result), "amount: difference overflows");
    return result;
}
template <class T>
[[nodiscard]] constexpr T checked_mul(T a, T b) {
    T result{};
    YILIAN_INVARIANT(!__builtin_mul_overflow(a, b, &result), "amount: product overflows");
    return result;
}

// The same number in 64 bits; aborts when it does not fit.
[[nodiscard]] constexpr std::int64_t narrow64(Int128 value) {
    YILIAN_INVARIANT(value >= INT64_MIN && value <= INT64_MAX, "amount: does not fit 64 bits");
    return static_cast<std::int64_t>(value);
}

// |value|, also for kInt128Min.
[[nodiscard]] constexpr UInt128 magnitude(Int128 value) {
    return value < 0 ? ~static_cast<UInt128>(value) + 1 : static_cast<UInt128>(value);
}

// Signed value of a magnitude; aborts when it does not fit.
[[nodiscard]] constexpr Int128 with_sign(bool negative, UInt128 absolute) {
    YILIAN_INVARIANT(absolute <= static_cast<UInt128>(kInt128Max), "amount: exceeds 128 bits");
    return negative ? -static_cast<Int128>(absolute) : static_cast<Int128>(absolute);
}

// Decimal digits with a leading '-' for negative values.
[[nodiscard]] std::string to_text(Int128 value);

// Strict inverse of to_text: optional '-', no '+', no leading zero, no "-0", nothing else. Empty on
// any other form and on a value outside 128 bits.
[[nodiscard]] std::optional<Int128> parse_int128(std::string_view text);

// Greatest common divisor of two magnitudes; gcd(0, b) = b.
[[nodiscard]] UInt128 gcd(UInt128 a, UInt128 b);

// Largest r with r * r <= value. `value` >= 0.
[[nodiscard]] Int128 isqrt(Int128 value);

}  // namespace yilian::amount
