// billing-examples.md: numbers, distribution and working days. Inputs and
// results are read from the specification.
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/amount/allocation.h"
#include "libs/amount/rounding.h"
#include "libs/calendar/working_days.h"
#include "tests/golden/money_values.h"

namespace yilian::golden {
namespace {

using amount::Fen;
using amount::Rate;
using amount::Rounding;

TEST(BillingExamples, X01_RoundingModes) {
    const auto example = billing_example("X-01");
    if (!example) return;
    const auto& rows = example->tables.at(0);
    ASSERT_EQ(rows.size(), 7U);
    for (const auto& row : rows) {
        const Rate value = rate(row, "value");
        for (const auto& [name, text] : row) {
            if (name == "value") continue;
            const auto mode = amount::parse_rounding(name);
            ASSERT_TRUE(mode.has_value()) << name;
            EXPECT_EQ(amount::to_text(amount::divide(value.raw(), Rate::kUnit, *mode)), text)
                << row.at("value") << " " << name;
        }
    }
}

TEST(BillingExamples, X02_MultiplyThenDivide) {
    const auto example = billing_example("X-02");
    if (!example) return;
    const auto& row = example->tables.at(0).at(0);
    const auto result = [&](Rounding mode) {
        return Fen::of_raw(amount::muldiv(fen(row, "a").raw(), fen(row, "b").raw(),
                                          fen(row, "c").raw(), mode))
            .text();
    };
    EXPECT_EQ(result(Rounding::kHalfAway), row.at("round(a × b ÷ c), half_away"));
    EXPECT_EQ(result(Rounding::kDown), row.at("down"));
}

TEST(BillingExamples, X03_LargestRemainderWithATie) {
    const auto example = billing_example("X-03");
    if (!example) return;
    const auto& rows = example->tables.at(0);
    // "1,000 fen over four institutions with weights H3 = 1, H1 = 1, …"
    const std::string& prose = example->prose;
    const auto weight_of = [&](const std::string& id) {
        const auto at = prose.find(id + " = ");
        EXPECT_NE(at, std::string::npos) << id;
        return std::stoll(prose.substr(at + id.size() + 3));
    };
    std::vector<amount::Claim> claims;
    std::int64_t sum = 0;
    for (const auto& row : rows) {
        claims.push_back({row.at("institution"), weight_of(row.at("institution"))});
        sum += weight_of(row.at("institution"));
    }
    ASSERT_NE(prose.find("1,000 fen over"), std::string::npos);
    const auto shares = amount::allocate(Fen::of_raw(1000), claims).value();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::int64_t scaled = 1000 * amount::narrow64(claims[i].weight);
        EXPECT_EQ(std::to_string(scaled / sum), rows[i].at("floor"));
        EXPECT_EQ(std::to_string(scaled % sum), rows[i].at("remainder (of 6)"));
        EXPECT_EQ(shares[i].text(), rows[i].at("result"));
    }
}

TEST(BillingExamples, X04_BiggestWeightGetsNoExtraFen) {
    const auto example = billing_example("X-04");
    if (!example) return;
    const auto& rows = example->tables.at(0);
    std::vector<amount::Claim> claims;
    Fen total;
    for (const auto& row : rows) {
        claims.push_back({row.at("institution"), fen(row, "weight").raw()});
        total += fen(row, "result");
    }
    EXPECT_EQ(total, Fen::of_raw(100));
    const auto shares = amount::allocate(total, claims).value();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(shares[i].text(), rows[i].at("result"));
    }
    claims = {{"A", 0}, {"B", 0}};
    EXPECT_EQ(amount::allocate(total, claims).refusal().reason, Reason("ALLOC_NO_WEIGHT"));
    claims = {{"A", 0}, {"B", 1}};
    EXPECT_EQ(amount::allocate(total, claims).value()[0], Fen());
}

TEST(BillingExamples, X54_ThirtyWorkingDays) {
    const auto example = billing_example("X-54");
    if (!example) return;
    ASSERT_NE(example->prose.find("holidays 2025-10-01 … 10-08, make-up working days 2025-09-28 "
                                  "and 2025-10-11"),
              std::string::npos);
    const auto day = [](std::string_view text) { return calendar::CivilDate::parse(text).value(); };
    calendar::CalendarYear year{2025, {}, {day("2025-09-28"), day("2025-10-11")}};
    for (int i = 0; i < 8; ++i) year.holidays.push_back(day("2025-10-01").plus_days(i));
    const auto days = calendar::WorkingDays::of({year});
    ASSERT_TRUE(days.ok());
    const auto& rows = example->tables.at(0);
    ASSERT_EQ(rows.size(), 5U);
    for (const auto& row : rows) {
        const auto received = day(row.at("received"));
        EXPECT_EQ(days->nth_after(received, 1)->text(), row.at("first counted day"));
        EXPECT_EQ(days->nth_after(received, 30)->text(), row.at("last day for payment"));
    }
}

}  // namespace
}  // namespace yilian::golden
