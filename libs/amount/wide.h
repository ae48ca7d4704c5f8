#pragma once

#include <compare>
#include <cstdint>

#include "libs/amount/int128.h"

namespace yilian::amount {

// Unsigned 256 bits: the exact intermediate for products that do not fit 128 bits, and for
// comparing fractions. Only what the formulas need; not a general big integer. Value type,
// thread-safe.
class Wide {
  public:
    constexpr Wide() = default;
    constexpr explicit Wide(UInt128 value) : low_(value) {}

    // Exact product of two 128-bit magnitudes.
    [[nodiscard]] static Wide product(UInt128 a, UInt128 b);

    // Multiplies by a 64-bit factor; aborts beyond 256 bits.
    [[nodiscard]] Wide times(std::uint64_t factor) const;

    struct Division;
    // Exact division with remainder. 0 < divisor <= 2^127.
    [[nodiscard]] Division divided_by(UInt128 divisor) const;

    [[nodiscard]] bool fits_128() const { return high_ == 0; }
    // The value; aborts unless fits_128().
    [[nodiscard]] UInt128 low() const;

    friend constexpr bool operator==(const Wide&, const Wide&) = default;
    friend constexpr std::strong_ordering operator<=>(const Wide& a, const Wide& b) {
        const UInt128 x = a.high_ != b.high_ ? a.high_ : a.low_;
        const UInt128 y = a.high_ != b.high_ ? b.high_ : b.low_;
        return x < y   ? std::strong_ordering::less
               : x > y ? std::strong_ordering::greater
                       : std::strong_ordering::equal;
    }

  private:
    UInt128 high_ = 0;
    UInt128 low_ = 0;
};

struct Wide::Division {
    Wide quotient;
    UInt128 remainder = 0;
};

}  // namespace yilian::amount
