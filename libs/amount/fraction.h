#pragma once

#include <compare>
#include <ostream>
#include <string>

#include "libs/amount/int128.h"
#include "libs/amount/rounding.h"
#include "libs/amount/scaled.h"

namespace yilian::amount {

// Exact rational number: a numerator and a positive denominator of 128 bits in lowest terms
// (billing.md 2.1), for values that are shown rounded but never used rounded (the point value of a
// pool, weighted means). Comparison is exact for all values. Arithmetic reduces before it
// multiplies and aborts when a result does not fit 128 bits in lowest terms. Value type,
// thread-safe.
class Fraction {
  public:
    Fraction() = default;  // 0/1
    // numerator / denominator, reduced; the denominator may be negative but not zero.
    [[nodiscard]] static Fraction of(Int128 numerator, Int128 denominator);
    [[nodiscard]] static Fraction whole(Int128 value) { return of(value, 1); }
    [[nodiscard]] static Fraction of_rate(Rate rate) { return of(rate.raw(), Rate::kUnit); }

    [[nodiscard]] Int128 numerator() const { return numerator_; }
    [[nodiscard]] Int128 denominator() const { return denominator_; }
    // Decimal text for JSON and events, which may exceed 64 bits.
    [[nodiscard]] std::string numerator_text() const { return to_text(numerator_); }
    [[nodiscard]] std::string denominator_text() const { return to_text(denominator_); }
    [[nodiscard]] std::string text() const { return numerator_text() + "/" + denominator_text(); }

    [[nodiscard]] bool is_zero() const { return numerator_ == 0; }
    [[nodiscard]] bool is_negative() const { return numerator_ < 0; }

    friend Fraction operator+(const Fraction& a, const Fraction& b);
    friend Fraction operator-(const Fraction& a, const Fraction& b);
    friend Fraction operator*(const Fraction& a, const Fraction& b);
    // Aborts when b is zero.
    friend Fraction operator/(const Fraction& a, const Fraction& b);
    friend bool operator==(const Fraction&, const Fraction&) = default;
    friend std::strong_ordering operator<=>(const Fraction& a, const Fraction& b);

    // round(this * scale) as 64 bits, one division: to_scaled(10'000, mode) gives 10^-4 units.
    [[nodiscard]] std::int64_t to_scaled(std::int64_t scale, Rounding mode) const;
    [[nodiscard]] Rate to_rate(Rounding mode) const {
        return Rate::of_raw(to_scaled(Rate::kUnit, mode));
    }
    // The fraction read as a number of fen.
    [[nodiscard]] Fen to_fen(Rounding mode) const { return Fen::of_raw(to_scaled(1, mode)); }
    // The fraction read as a number of points.
    [[nodiscard]] Points to_points(Rounding mode) const {
        return Points::of_raw(to_scaled(Points::kUnit, mode));
    }

    friend void PrintTo(const Fraction& value, std::ostream* out) { *out << value.text(); }

  private:
    Int128 numerator_ = 0;
    Int128 denominator_ = 1;
};

// a / b compared with c / d, exact for all 128-bit values. b > 0 and d > 0; nothing is reduced.
[[nodiscard]] std::strong_ordering compare_fractions(Int128 a, Int128 b, Int128 c, Int128 d);

}  // namespace yilian::amount
