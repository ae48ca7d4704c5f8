#include "libs/amount/int128.h"

#include <algorithm>
#include <utility>

namespace yilian::amount {

std::string to_text(Int128 value) {
    UInt128 rest = magnitude(value);
    std::string digits;
    do {
        digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
        rest /= 10;
    } while (rest != 0);
    if (value < 0) digits.push_back('-');
    std::reverse(digits.begin(), digits.end());
    return digits;
}

std::optional<Int128> parse_int128(std::string_view text) {
    const bool negative = text.starts_with('-');
    const std::string_view digits = negative ? text.substr(1) : text;
    if (digits.empty() || (digits[0] == '0' && (digits.size() > 1 || negative))) return {};
    // Accumulated on the negative side, where one more value exists.
    Int128 value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return {};
        if (__builtin_mul_overflow(value, Int128{10}, &value) ||
            __builtin_sub_overflow(value, Int128{c - '0'}, &value)) {
            return {};
        }
    }
    if (negative) return value;
    if (value == kInt128Min) return {};
    return -value;
}

UInt128 gcd(UInt128 a, UInt128 b) {
    while (b != 0) {
        a %= b;
        std::swap(a, b);
    }
    return a;
}

Int128 isqrt(Int128 value) {
    YILIAN_INVARIANT(value >= 0, "amount: square root of a negative number");
    UInt128 low = 0;
    UInt128 high = UInt128{1} << 64;
    const auto target = static_cast<UInt128>(value);
    while (high - low > 1) {
        const UInt128 middle = low + (high - low) / 2;
        (middle * middle <= target ? low : high) = middle;
    }
    return static_cast<Int128>(low);
}

}  // namespace yilian::amount
