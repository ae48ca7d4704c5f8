// contracts.md 4 and 11: what of a credit counts.
#include "services/directory/domain/points.h"

#include <gtest/gtest.h>

namespace yilian::directory::domain {
namespace {

using calendar::CivilDate;

constexpr PointsPolicy kPolicy{true, 50, 600, 24};

CivilDate day(std::string_view text) { return *CivilDate::parse(text); }

PointsEntry entry(std::string rule, std::int64_t points, std::string_view on,
                  bool reversed = false) {
    return {std::move(rule), points, day(on), reversed};
}

TEST(C17, TwoMeasuresOfADayCountOnce) {
    EXPECT_EQ(credit_allowed("chronic_visit", 10, day("2026-03-02"), {}, kPolicy), 10);
    EXPECT_EQ(credit_allowed("chronic_visit", 10, day("2026-03-02"),
                             {entry("chronic_visit", 10, "2026-03-02")}, kPolicy),
              0);
    EXPECT_EQ(credit_allowed("chronic_visit", 10, day("2026-03-03"),
                             {entry("chronic_visit", 10, "2026-03-02")}, kPolicy),
              10);
}

TEST(C18, LastCreditOfADayIsCutToTheCap) {
    std::vector<PointsEntry> entries;
    const struct {
        const char* rule;
        std::int64_t points;
        std::int64_t counted;
    } credits[] = {{"paid_contract", 30, 30}, {"chronic_visit", 10, 10}, {"goal_reached", 20, 10}};
    for (const auto& credit : credits) {
        const auto counted =
            credit_allowed(credit.rule, credit.points, day("2026-03-02"), entries, kPolicy);
        EXPECT_EQ(counted, credit.counted) << credit.rule;
        entries.push_back(entry(credit.rule, counted, "2026-03-02"));
    }
    EXPECT_EQ(credit_allowed("lecture", 5, day("2026-03-02"), entries, kPolicy), 0);
}

TEST(PointsCap, OfTheYearCountsItsOwnDaysOnly) {
    const std::vector<PointsEntry> entries{entry("a", 595, "2026-01-05"),
                                           entry("b", 400, "2025-12-31")};
    EXPECT_EQ(credit_allowed("c", 10, day("2026-03-02"), entries, kPolicy), 5);
    EXPECT_EQ(credit_allowed("c", 10, day("2027-03-02"), entries, kPolicy), 10);
}

// Invariant 5: a reversal takes its entry out of the cap counters.
TEST(PointsCap, ReversedEntriesDoNotCount) {
    const std::vector<PointsEntry> entries{entry("a", 50, "2026-03-02", true),
                                           entry("a", -50, "2026-03-02", true)};
    EXPECT_EQ(credit_allowed("a", 10, day("2026-03-02"), entries, kPolicy), 10);
}

TEST(Points, AreNotCreditedWhereThePackHasNone) {
    EXPECT_EQ(credit_allowed("a", 10, day("2026-03-02"), {}, {false, 50, 600, 24}), 0);
}

}  // namespace
}  // namespace yilian::directory::domain
