#include "libs/amount/wide.h"

namespace yilian::amount {
namespace {

constexpr UInt128 kLow64 = UINT64_MAX;

}  // namespace

Wide Wide::product(UInt128 a, UInt128 b) {
    const UInt128 a0 = a & kLow64;
    const UInt128 a1 = a >> 64;
    const UInt128 b0 = b & kLow64;
    const UInt128 b1 = b >> 64;
    const UInt128 low = a0 * b0;
    // Each partial sum stays below 2^128: (2^64-1)^2 + 2 * (2^64-1) = 2^128 - 1.
    const UInt128 cross1 = a1 * b0 + (low >> 64);
    const UInt128 cross2 = a0 * b1 + (cross1 & kLow64);
    Wide result;
    result.low_ = (cross2 << 64) | (low & kLow64);
    result.high_ = a1 * b1 + (cross1 >> 64) + (cross2 >> 64);
    return result;
}

Wide Wide::times(std::uint64_t factor) const {
    const Wide low = product(low_, factor);
    const Wide high = product(high_, factor);
    YILIAN_INVARIANT(high.high_ == 0, "amount: product exceeds 256 bits");
    Wide result;
    result.low_ = low.low_;
    YILIAN_INVARIANT(!__builtin_add_overflow(low.high_, high.low_, &result.high_),
                     "amount: product exceeds 256 bits");
    return result;
}

Wide::Division Wide::divided_by(UInt128 divisor) const {
    YILIAN_INVARIANT(divisor > 0 && divisor <= UInt128{1} << 127, "amount: divisor out of range");
    Division result;
    result.quotient.high_ = high_ / divisor;
    UInt128 rest = high_ % divisor;
    if (rest == 0) {
        result.quotient.low_ = low_ / divisor;
        result.remainder = low_ % divisor;
        return result;
    }
    // Bit by bit: rest < divisor <= 2^127, so the shift never loses a bit.
    for (int bit = 127; bit >= 0; --bit) {
        rest = (rest << 1) | ((low_ >> bit) & 1);
        if (rest >= divisor) {
            rest -= divisor;
            result.quotient.low_ |= UInt128{1} << bit;
        }
    }
    result.remainder = rest;
    return result;
}

UInt128 Wide::low() const {
    YILIAN_INVARIANT(fits_128(), "amount: exceeds 128 bits");
    return low_;
}

}  // namespace yilian::amount
