#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "libs/amount/fraction.h"
#include "libs/amount/int128.h"
#include "libs/amount/rounding.h"
#include "libs/amount/scaled.h"
#include "libs/amount/wide.h"

namespace yilian::amount {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::array kModes{Rounding::kHalfAway, Rounding::kHalfEven, Rounding::kDown,
                            Rounding::kUp};

rc::Gen<Int128> any_int128() {
    return rc::gen::map(
        rc::gen::tuple(rc::gen::arbitrary<std::int64_t>(), rc::gen::arbitrary<std::uint64_t>(),
                       rc::gen::inRange(0, 127)),
        [](const auto& parts) {
            const auto [high, low, shift] = parts;
            const auto bits = (static_cast<UInt128>(high) << 64) | low;
            return static_cast<Int128>(bits) >> shift;
        });
}

// rapidcheck sizes arbitrary<int64> well; the extremes are mixed in by hand.
rc::Gen<std::int64_t> any_int64() {
    return rc::gen::oneOf(
        rc::gen::arbitrary<std::int64_t>(),
        rc::gen::elementOf(std::vector<std::int64_t>{kMax, kMin, 0, 1, -1, kTenTo8, kTenTo16}));
}

std::uint64_t mod(Int128 value, std::uint64_t prime) {
    const Int128 rest = value % static_cast<Int128>(prime);
    return static_cast<std::uint64_t>(rest < 0 ? rest + static_cast<Int128>(prime) : rest);
}

TEST(X01_RoundingModes, TableOfTheSpecification) {
    struct Row {
        Int128 numerator, denominator;
        std::array<int, 4> expected;  // in the order of kModes
    };
    const std::vector<Row> rows{
        {5, 2, {3, 2, 2, 3}},         {7, 2, {4, 4, 3, 4}},         {-5, 2, {-3, -2, -2, -3}},
        {24999, 10000, {2, 2, 2, 3}}, {25001, 10000, {3, 3, 2, 3}}, {-1, 2, {-1, 0, 0, -1}},
        {49, 100, {0, 0, 0, 1}},      {5, -2, {-3, -2, -2, -3}},    {-6, -3, {2, 2, 2, 2}},
    };
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < kModes.size(); ++i) {
            EXPECT_EQ(divide(row.numerator, row.denominator, kModes[i]), row.expected[i])
                << to_text(row.numerator) << "/" << to_text(row.denominator) << " "
                << name_of(kModes[i]);
        }
    }
}

TEST(Rounding, NamesOfThePacksAreReadBack) {
    for (const Rounding mode : kModes) EXPECT_EQ(parse_rounding(name_of(mode)), mode);
    EXPECT_FALSE(parse_rounding("HALF_AWAY"));
    EXPECT_FALSE(parse_rounding(""));
}

TEST(X02_MultiplyThenDivide, EightyFourBitProduct) {
    EXPECT_EQ(muldiv(9000000000000, 1234567890123, 9876543210987, Rounding::kHalfAway),
              1124999989748);
    EXPECT_EQ(muldiv(9000000000000, 1234567890123, 9876543210987, Rounding::kDown), 1124999989748);
}

TEST(MultiplyDeathTest, OverflowIsAnInvariantFailure) {
    EXPECT_DEATH((void)muldiv(kMax, 2, 1, Rounding::kDown), "does not fit 64 bits");
    EXPECT_DEATH((void)muldiv(1, 1, 0, Rounding::kDown), "division by zero");
    EXPECT_DEATH((void)product_over({kMax, kMax, 1}, 1, Rounding::kDown), "64 bits");
    EXPECT_DEATH((void)(Fen::max() + Fen::of_raw(1)), "sum overflows");
    EXPECT_DEATH((void)(-Fen::of_raw(kMin)), "difference overflows");
    EXPECT_DEATH((void)Rate::whole(kMax), "product overflows");
    EXPECT_DEATH((void)divide(kInt128Min, -1, Rounding::kDown), "exceeds 128 bits");
}

// The quotient q of n / d is right when |n - q * d| < |d| and q lies on the side the mode names.
RC_GTEST_PROP(Rounding, QuotientIsTheNeighbourTheModeNames, ()) {
    const Int128 n = *any_int64();
    const Int128 d = *rc::gen::suchThat(any_int64(), [](std::int64_t v) { return v != 0; });
    for (const Rounding mode : kModes) {
        const Int128 q = divide(n, d, mode);
        const Int128 rest = n - q * d;  // fits: both operands are 64-bit values
        const UInt128 distance = magnitude(rest);
        RC_ASSERT(distance < magnitude(d));
        const bool overshoots = rest != 0 && ((rest < 0) != (n < 0));
        switch (mode) {
            case Rounding::kDown:
                RC_ASSERT(!overshoots);
                break;
            case Rounding::kUp:
                RC_ASSERT(rest == 0 || overshoots);
                break;
            case Rounding::kHalfAway:
                RC_ASSERT(2 * distance < magnitude(d) ||
                          (2 * distance == magnitude(d) && overshoots));
                break;
            case Rounding::kHalfEven:
                RC_ASSERT(2 * distance < magnitude(d) ||
                          (2 * distance == magnitude(d) && q % 2 == 0));
                break;
        }
    }
}

// Checked through residues, an arithmetic that shares nothing with the code under test.
RC_GTEST_PROP(Wide, ProductAndDivisionAgreeWithResidues, ()) {
    const UInt128 a = magnitude(*any_int128());
    const UInt128 b = magnitude(*any_int128());
    const UInt128 divisor =
        magnitude(*rc::gen::suchThat(any_int128(), [](Int128 v) { return v != 0; }));
    const Wide::Division division = Wide::product(a, b).divided_by(divisor);
    RC_ASSERT(division.remainder < divisor);
    RC_PRE(division.quotient.fits_128());
    for (const std::uint64_t prime : {2305843009213693951ul, 1000000007ul, 998244353ul}) {
        const auto m = [prime](UInt128 v) { return v % prime; };
        RC_ASSERT(m(a) * m(b) % prime ==
                  (m(division.quotient.low()) * m(divisor) + m(division.remainder)) % prime);
    }
}

RC_GTEST_PROP(ProductOver, OneRoundingOfTheExactProduct, ()) {
    const auto factors = *rc::gen::container<std::array<std::int64_t, 4>>(any_int64());
    const Int128 divisor = *rc::gen::map(
        any_int128(), [](Int128 v) { return static_cast<Int128>(magnitude(v) >> 1) + 1; });
    Wide product(1);
    for (const std::int64_t f : factors) {
        product = product.times(static_cast<std::uint64_t>(magnitude(f)));
    }
    const Wide::Division exact = product.divided_by(static_cast<UInt128>(divisor));
    // The macro does not short-circuit its operands.
    const bool fits =
        exact.quotient.fits_128() && exact.quotient.low() < static_cast<UInt128>(kMax);
    RC_PRE(fits);
    bool negative = false;
    for (const std::int64_t f : factors) negative = negative != (f < 0);
    const auto down = static_cast<std::int64_t>(exact.quotient.low());
    const auto up = down + (exact.remainder != 0 ? 1 : 0);
    const auto call = [&](Rounding mode) {
        return product_over({factors[0], factors[1], factors[2], factors[3]}, divisor, mode);
    };
    RC_ASSERT(call(Rounding::kDown) == (negative ? -down : down));
    RC_ASSERT(call(Rounding::kUp) == (negative ? -up : up));
    const std::int64_t half = call(Rounding::kHalfAway);
    const bool above = exact.remainder >= static_cast<UInt128>(divisor) - exact.remainder;
    RC_ASSERT(half == (negative ? -(above ? up : down) : (above ? up : down)));
}

TEST(ProductOver, PointsOfACaseAreExactBeyond128Bits) {
    // 4.6: P x D x K x A; this product needs 130 bits.
    EXPECT_EQ(product_over({100'000'0000, 1000'00000000, 999'99999999, 1'00000000}, kTenTo24,
                           Rounding::kHalfAway),
              99'999'999'999'0000);
    EXPECT_EQ(
        product_over({6205000, 100000000, 105000000, 100000000}, kTenTo24, Rounding::kHalfAway),
        6515250);  // X-55 c1
    EXPECT_EQ(product_over({}, 2, Rounding::kHalfEven), 0);
}

TEST(B21_DecimalText, AcceptedFormsAndOutput) {
    EXPECT_EQ(Fen::parse("0")->raw(), 0);
    EXPECT_EQ(Fen::parse("-12")->raw(), -12);
    EXPECT_EQ(Points::parse("12.5")->raw(), 125000);
    EXPECT_EQ(Points::parse("0.0001")->raw(), 1);
    EXPECT_EQ(Rate::parse("-0.00000001")->raw(), -1);
    EXPECT_EQ(Rate::parse("1")->raw(), 100000000);
    EXPECT_EQ(Fen::parse("9223372036854775807")->raw(), kMax);
    EXPECT_EQ(Fen::parse("-9223372036854775808")->raw(), kMin);
    EXPECT_EQ(Points::of_raw(-5).text(), "-0.0005");
    EXPECT_EQ(Points::of_raw(6515250).text(), "651.5250");
    EXPECT_EQ(Rate::of_raw(1).text(), "0.00000001");
    EXPECT_EQ(Fen::of_raw(kMin).text(), "-9223372036854775808");
    EXPECT_EQ(rate_of_bp(7000).text(), "0.70000000");
}

TEST(B21_DecimalText, EveryOtherFormIsRefused) {
    for (const char* text :
         {"",   "-",       "+1",  "01",  "-01", "1e3",  "1,000", " 1",   "1 ",  ".5",
          "5.", "1.00000", "0x1", "--1", "-0",  "-0.0", "1.2.3", "1.-2", "NaN", "٣"}) {
        const auto result = Points::parse(text);
        ASSERT_FALSE(result.ok()) << text;
        EXPECT_EQ(result.refusal().reason, Reason("FIELD_FORMAT")) << text;
    }
    EXPECT_FALSE(Fen::parse("1.0").ok()) << "more places than the scale, even when zero";
    for (const char* text : {"9223372036854775808", "-9223372036854775809",
                             "99999999999999999999999999999999999999999999"}) {
        ASSERT_FALSE(Fen::parse(text).ok()) << text;
        EXPECT_EQ(Fen::parse(text).refusal().reason, Reason("FIELD_RANGE")) << text;
    }
    EXPECT_EQ(Rate::parse("92233720369").refusal().reason, Reason("FIELD_RANGE"));
}

RC_GTEST_PROP(B21_DecimalText, TextIsReadBackExactly, ()) {
    const std::int64_t raw = *any_int64();
    RC_ASSERT(Fen::parse(Fen::of_raw(raw).text())->raw() == raw);
    RC_ASSERT(Points::parse(Points::of_raw(raw).text())->raw() == raw);
    RC_ASSERT(Rate::parse(Rate::of_raw(raw).text())->raw() == raw);
    const Int128 wide = *any_int128();
    RC_ASSERT(parse_int128(to_text(wide)) == wide);
}

TEST(Int128, ExtremesAndStrictText) {
    EXPECT_EQ(to_text(kInt128Max), "170141183460469231731687303715884105727");
    EXPECT_EQ(to_text(kInt128Min), "-170141183460469231731687303715884105728");
    EXPECT_EQ(parse_int128(to_text(kInt128Min)), kInt128Min);
    for (const char* text :
         {"170141183460469231731687303715884105728", "-170141183460469231731687303715884105729", "",
          "-", "-0", "00", "+1", "1 "}) {
        EXPECT_FALSE(parse_int128(text)) << text;
    }
}

RC_GTEST_PROP(Int128, SquareRootIsTheFloor, ()) {
    const auto value = static_cast<Int128>(magnitude(*any_int128()) >> 1);
    const auto root = static_cast<UInt128>(isqrt(value));
    RC_ASSERT(root * root <= static_cast<UInt128>(value));
    RC_ASSERT((root + 1) * (root + 1) > static_cast<UInt128>(value));
}

TEST(Types, DoNotMix) {
    static_assert(!std::is_convertible_v<Fen, Points>);
    static_assert(!std::is_convertible_v<std::int64_t, Fen>);
    static_assert(!std::is_constructible_v<Fen, double>);
    static_assert(!std::equality_comparable_with<Fen, Points>);
    EXPECT_EQ(multiply(Fen::of_raw(5890), *Rate::parse("0.90"), Rounding::kDown).raw(), 5301);
    EXPECT_EQ(multiply(Points::of_raw(3), Rate::of_raw(50000000), Rounding::kHalfEven).raw(), 2);
    EXPECT_EQ(ratio(Fen::of_raw(1600001), Fen::of_raw(800000), Rounding::kHalfAway).text(),
              "2.00000125");
    EXPECT_EQ(multiply_ratio(Fen::of_raw(8990), 24, 31, Rounding::kHalfAway).raw(), 6960);
}

TEST(X06_ExactFraction, PointsComeFromTheFractionNotTheRoundedWeight) {
    const auto mean = [](std::array<int, 3> w, std::array<std::int64_t, 3> fen) {
        return Fraction::of(w[0] * fen[0] + w[1] * fen[1] + w[2] * fen[2], w[0] + w[1] + w[2]);
    };
    struct Row {
        std::array<int, 3> weights;
        const char* weight;
        const char* points;
    };
    for (const Row& row :
         {Row{{1, 2, 7}, "1.96938776", "1969.3878"}, Row{{1, 3, 6}, "1.95897436", "1958.9744"},
          Row{{2, 3, 5}, "1.94818653", "1948.1865"}}) {
        const Fraction group = mean(row.weights, {1700000, 1800000, 2000000});
        const Fraction all = mean(row.weights, {900000, 950000, 1000000});
        EXPECT_EQ((group / all).to_rate(Rounding::kHalfAway).text(), row.weight);
        EXPECT_EQ((Fraction::whole(1000) * group / all).to_points(Rounding::kHalfAway).text(),
                  row.points);
    }
}

TEST(Fraction, LowestTermsAndText) {
    EXPECT_EQ(Fraction::of(6, -4).text(), "-3/2");
    EXPECT_EQ(Fraction().text(), "0/1");
    EXPECT_EQ(Fraction::of(0, -7).text(), "0/1");
    EXPECT_EQ(Fraction::of_rate(Rate::of_raw(50000000)).text(), "1/2");
    EXPECT_EQ(Fraction::of(7, 2).to_fen(Rounding::kHalfEven).raw(), 4);
    EXPECT_DEATH((void)Fraction::of(1, 0), "denominator zero");
    EXPECT_DEATH((void)(Fraction::of(1, 2) / Fraction()), "division by zero");
    EXPECT_DEATH((void)(Fraction::whole(kInt128Max) * Fraction::whole(2)), "product overflows");
}

RC_GTEST_PROP(Fraction, FieldLaws, ()) {
    const auto any = rc::gen::map(
        rc::gen::pair(rc::gen::inRange(-1000000, 1000000), rc::gen::inRange(1, 1000000)),
        [](const auto& p) { return Fraction::of(p.first, p.second); });
    const Fraction a = *any;
    const Fraction b = *any;
    const Fraction c = *any;
    RC_ASSERT(a + b == b + a);
    RC_ASSERT((a + b) - b == a);
    RC_ASSERT(a * (b + c) == a * b + a * c);
    RC_ASSERT(b.is_zero() || a / b * b == a);
    RC_ASSERT((a < b) == (a - b).is_negative());
    RC_ASSERT(gcd(magnitude(a.numerator()), magnitude(a.denominator())) == 1);
}

RC_GTEST_PROP(Fraction, ComparisonIsExactForAllValues, ()) {
    const Int128 a = *any_int128();
    const Int128 b = static_cast<Int128>(magnitude(*any_int128()) >> 1) + 1;
    RC_ASSERT(compare_fractions(a, b, a, b) == std::strong_ordering::equal);
    RC_PRE(a < kInt128Max);
    RC_ASSERT(compare_fractions(a, b, a + 1, b) == std::strong_ordering::less);
    RC_ASSERT(compare_fractions(a + 1, b, a, b) == std::strong_ordering::greater);
    RC_ASSERT(mod(a + 1, 97) == (mod(a, 97) + 1) % 97);
}

}  // namespace
}  // namespace yilian::amount
