#pragma once

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>

#include "libs/amount/int128.h"
#include "libs/amount/rounding.h"
#include "libs/base/outcome.h"

namespace yilian::amount {

// Text with at most `places` decimals -> integer scaled by 10^places, and back with exactly
// `places` decimals (billing.md 2.1). Form: optional '-', digits without a leading zero, and
// optionally '.' with 1..places digits; no '+', exponent, blank, thousands sign or "-0".
// Refusals: FIELD_FORMAT for any other form, more places included (never a rounding);
// FIELD_RANGE for a well-formed number outside 64 bits. 0 <= places <= 18.
[[nodiscard]] Outcome<std::int64_t> parse_scaled(std::string_view text, int places);
[[nodiscard]] std::string format_scaled(std::int64_t value, int places);

// A decimal number kept as a 64-bit integer with a fixed scale. Quantities of different Tag do not
// mix: there is no conversion, comparison or arithmetic between them, and no multiplication of two
// of them without naming a rounding mode (multiply(), ratio() below). Addition, subtraction and
// negation are exact and checked; an overflow aborts. Value type, thread-safe, constexpr.
template <class Tag, int kPlacesOf>
class Scaled {
  public:
    static constexpr int kPlaces = kPlacesOf;
    static constexpr std::int64_t kUnit = [] {
        std::int64_t unit = 1;
        for (int i = 0; i < kPlacesOf; ++i) unit *= 10;
        return unit;
    }();

    constexpr Scaled() = default;  // zero

    // From and to the stored integer: fen, points_e4, rate_e8.
    [[nodiscard]] static constexpr Scaled of_raw(std::int64_t raw) { return Scaled(raw); }
    [[nodiscard]] constexpr std::int64_t raw() const { return raw_; }

    // A whole number: Rate::whole(1) is 1.00000000.
    [[nodiscard]] static constexpr Scaled whole(std::int64_t value) {
        return Scaled(checked_mul(value, kUnit));
    }
    [[nodiscard]] static constexpr Scaled max() {
        return Scaled(std::numeric_limits<std::int64_t>::max());
    }

    // parse_scaled / format_scaled with this scale.
    [[nodiscard]] static Outcome<Scaled> parse(std::string_view text) {
        const Outcome<std::int64_t> raw = parse_scaled(text, kPlaces);
        if (!raw) return raw.refusal();
        return Scaled(*raw);
    }
    [[nodiscard]] std::string text() const { return format_scaled(raw_, kPlaces); }

    [[nodiscard]] constexpr bool is_zero() const { return raw_ == 0; }
    [[nodiscard]] constexpr bool is_negative() const { return raw_ < 0; }

    friend constexpr Scaled operator+(Scaled a, Scaled b) {
        return Scaled(checked_add(a.raw_, b.raw_));
    }
    friend constexpr Scaled operator-(Scaled a, Scaled b) {
        return Scaled(checked_sub(a.raw_, b.raw_));
    }
    friend constexpr Scaled operator-(Scaled a) {
        return Scaled(checked_sub(std::int64_t{0}, a.raw_));
    }
    constexpr Scaled& operator+=(Scaled b) { return *this = *this + b; }
    constexpr Scaled& operator-=(Scaled b) { return *this = *this - b; }
    // A count of equal quantities.
    [[nodiscard]] constexpr Scaled times(std::int64_t count) const {
        return Scaled(checked_mul(raw_, count));
    }

    friend constexpr bool operator==(Scaled, Scaled) = default;
    friend constexpr auto operator<=>(Scaled, Scaled) = default;

    // For test messages.
    friend void PrintTo(const Scaled& value, std::ostream* out) { *out << value.text(); }

  private:
    constexpr explicit Scaled(std::int64_t raw) : raw_(raw) {}
    std::int64_t raw_ = 0;
};

// Money: whole fen (分). Text is an integer.
using Fen = Scaled<struct FenTag, 0>;
// What a case is worth before money: scale 10^-4. Text has exactly 4 decimals.
using Points = Scaled<struct PointsTag, 4>;
// Rate, coefficient, ratio, weight: scale 10^-8. Text has exactly 8 decimals.
using Rate = Scaled<struct RateTag, 8>;

// Basis points of a policy pack: 1 bp = 10^4 of 10^-8, exact.
[[nodiscard]] constexpr Rate rate_of_bp(std::int64_t basis_points) {
    return Rate::of_raw(checked_mul(basis_points, kTenTo4));
}

// round(quantity * rate): Fen * Rate -> Fen, Points * Rate -> Points, Rate * Rate -> Rate.
template <class Tag, int kPlaces>
[[nodiscard]] Scaled<Tag, kPlaces> multiply(Scaled<Tag, kPlaces> quantity, Rate rate,
                                            Rounding mode) {
    return Scaled<Tag, kPlaces>::of_raw(muldiv(quantity.raw(), rate.raw(), Rate::kUnit, mode));
}

// round(quantity * numerator / denominator), the fraction being of one kind:
// multiply_ratio(amount, covered_days, days_in_month, mode).
template <class Tag, int kPlaces>
[[nodiscard]] Scaled<Tag, kPlaces> multiply_ratio(Scaled<Tag, kPlaces> quantity,
                                                  std::int64_t numerator, std::int64_t denominator,
                                                  Rounding mode) {
    return Scaled<Tag, kPlaces>::of_raw(muldiv(quantity.raw(), numerator, denominator, mode));
}

// round(part / whole) of two quantities of one kind, to 10^-8. Aborts when whole is 0.
template <class Tag, int kPlaces>
[[nodiscard]] Rate ratio(Scaled<Tag, kPlaces> part, Scaled<Tag, kPlaces> whole, Rounding mode) {
    return Rate::of_raw(muldiv(part.raw(), Rate::kUnit, whole.raw(), mode));
}

}  // namespace yilian::amount
