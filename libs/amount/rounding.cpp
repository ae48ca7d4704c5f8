#include "libs/amount/rounding.h"

#include "libs/amount/wide.h"

namespace yilian::amount {
namespace {

// Whether the magnitude of the quotient grows by one. `remainder` < `divisor`; written without
// 2 * remainder, which could overflow.
bool rounds_away(bool quotient_is_odd, UInt128 remainder, UInt128 divisor, Rounding mode) {
    const UInt128 complement = divisor - remainder;
    switch (mode) {
        case Rounding::kHalfAway:
            return remainder >= complement;
        case Rounding::kHalfEven:
            return remainder > complement || (remainder == complement && quotient_is_odd);
        case Rounding::kDown:
            return false;
        case Rounding::kUp:
            return remainder != 0;
    }
    invariant_broken("amount: unknown rounding mode", __FILE__, __LINE__);
}

Int128 rounded(const Wide::Division& division, UInt128 divisor, bool negative, Rounding mode) {
    UInt128 quotient = division.quotient.low();
    if (rounds_away((quotient & 1) != 0, division.remainder, divisor, mode)) {
        quotient = checked_add(quotient, UInt128{1});
    }
    return with_sign(negative, quotient);
}

}  // namespace

std::optional<Rounding> parse_rounding(std::string_view name) {
    for (const Rounding mode :
         {Rounding::kHalfAway, Rounding::kHalfEven, Rounding::kDown, Rounding::kUp}) {
        if (name == name_of(mode)) return mode;
    }
    return {};
}

std::string_view name_of(Rounding mode) {
    switch (mode) {
        case Rounding::kHalfAway:
            return "half_away";
        case Rounding::kHalfEven:
            return "half_even";
        case Rounding::kDown:
            return "down";
        case Rounding::kUp:
            return "up";
    }
    invariant_broken("amount: unknown rounding mode", __FILE__, __LINE__);
}

Int128 divide(Int128 numerator, Int128 denominator, Rounding mode) {
    YILIAN_INVARIANT(denominator != 0, "amount: division by zero");
    const UInt128 divisor = magnitude(denominator);
    const UInt128 value = magnitude(numerator);
    UInt128 quotient = value / divisor;
    if (rounds_away((quotient & 1) != 0, value % divisor, divisor, mode)) ++quotient;
    return with_sign((numerator < 0) != (denominator < 0), quotient);
}

std::int64_t muldiv(std::int64_t a, std::int64_t b, std::int64_t c, Rounding mode) {
    return narrow64(divide(Int128{a} * b, c, mode));
}

Int128 muldiv_wide(Int128 a, Int128 b, Int128 c, Rounding mode) {
    YILIAN_INVARIANT(c != 0, "amount: division by zero");
    const bool negative = ((a < 0) != (b < 0)) != (c < 0);
    const UInt128 divisor = magnitude(c);
    return rounded(Wide::product(magnitude(a), magnitude(b)).divided_by(divisor), divisor, negative,
                   mode);
}

std::int64_t product_over(std::initializer_list<std::int64_t> factors, Int128 divisor,
                          Rounding mode) {
    YILIAN_INVARIANT(factors.size() <= 4, "amount: more than four factors");
    YILIAN_INVARIANT(divisor > 0, "amount: divisor not positive");
    Int128 product = 1;
    bool fits = true;
    for (const std::int64_t factor : factors) {
        fits = fits && !__builtin_mul_overflow(product, Int128{factor}, &product);
    }
    if (fits) return narrow64(divide(product, divisor, mode));

    Wide wide(1);
    bool negative = false;
    for (const std::int64_t factor : factors) {
        wide = wide.times(static_cast<std::uint64_t>(magnitude(factor)));
        negative = negative != (factor < 0);
    }
    const auto absolute = static_cast<UInt128>(divisor);
    return narrow64(rounded(wide.divided_by(absolute), absolute, negative, mode));
}

}  // namespace yilian::amount
