#include "libs/amount/fraction.h"

#include "libs/amount/wide.h"

namespace yilian::amount {
namespace {

Int128 signed_gcd(Int128 a, Int128 b) {
    const UInt128 divisor = gcd(magnitude(a), magnitude(b));
    // Only gcd(min, min) or gcd(min, 0) reaches 2^127; 1 is then still a correct common divisor.
    return divisor > static_cast<UInt128>(kInt128Max) ? Int128{1} : static_cast<Int128>(divisor);
}

}  // namespace

Fraction Fraction::of(Int128 numerator, Int128 denominator) {
    YILIAN_INVARIANT(denominator != 0, "amount: fraction with denominator zero");
    const UInt128 top = magnitude(numerator);
    const UInt128 bottom = magnitude(denominator);
    const UInt128 divisor = gcd(top, bottom);
    Fraction result;
    result.numerator_ = with_sign((numerator < 0) != (denominator < 0), top / divisor);
    result.denominator_ = with_sign(false, bottom / divisor);
    return result;
}

Fraction operator+(const Fraction& a, const Fraction& b) {
    const Int128 common = signed_gcd(a.denominator_, b.denominator_);
    const Int128 left = checked_mul(a.numerator_, b.denominator_ / common);
    const Int128 right = checked_mul(b.numerator_, a.denominator_ / common);
    const Int128 top = checked_add(left, right);
    // gcd(top, lcm) divides `common`, so reducing by it first keeps the denominator small.
    const Int128 reduced = signed_gcd(top, common);
    return Fraction::of(top / reduced,
                        checked_mul(a.denominator_ / common, b.denominator_ / reduced));
}

Fraction operator-(const Fraction& a, const Fraction& b) {
    Fraction negative = b;
    negative.numerator_ = checked_sub(Int128{0}, b.numerator_);
    return a + negative;
}

Fraction operator*(const Fraction& a, const Fraction& b) {
    const Int128 across = signed_gcd(a.numerator_, b.denominator_);
    const Int128 back = signed_gcd(b.numerator_, a.denominator_);
    return Fraction::of(checked_mul(a.numerator_ / across, b.numerator_ / back),
                        checked_mul(a.denominator_ / back, b.denominator_ / across));
}

Fraction operator/(const Fraction& a, const Fraction& b) {
    YILIAN_INVARIANT(b.numerator_ != 0, "amount: division by zero");
    return a * Fraction::of(b.denominator_, b.numerator_);
}

std::strong_ordering operator<=>(const Fraction& a, const Fraction& b) {
    return compare_fractions(a.numerator_, a.denominator_, b.numerator_, b.denominator_);
}

std::int64_t Fraction::to_scaled(std::int64_t scale, Rounding mode) const {
    return narrow64(muldiv_wide(numerator_, scale, denominator_, mode));
}

std::strong_ordering compare_fractions(Int128 a, Int128 b, Int128 c, Int128 d) {
    YILIAN_INVARIANT(b > 0 && d > 0, "amount: denominator not positive");
    const bool left_negative = a < 0;
    const bool right_negative = c < 0;
    if (left_negative != right_negative) {
        return left_negative ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    const Wide left = Wide::product(magnitude(a), magnitude(d));
    const Wide right = Wide::product(magnitude(c), magnitude(b));
    return left_negative ? right <=> left : left <=> right;
}

}  // namespace yilian::amount
