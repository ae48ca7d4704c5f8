// billing.md 5.1: several packs in one process, chosen by region and discharge date.
#include <gtest/gtest.h>

#include "services/billing/domain/drg/rule_index.h"
#include "services/billing/tests/drg_mini_pack.h"

namespace yilian::billing::drg {
namespace {

using calendar::CivilDate;

constexpr CivilDate day(int year, unsigned month, unsigned d) {
    return CivilDate::literal(year, month, d);
}

TEST(DrgIndex, B5_1_PackOfRegionAndDischargeDate) {
    const auto old_pack = switched("version,old\n");
    const auto new_pack = switched("version,new\n");
    const auto other = switched("version,other\n");
    const auto index = RuleIndex::of({{"350104", day(2026, 1, 1), {}, new_pack},
                                      {"350104", day(2025, 1, 1), day(2025, 12, 1), old_pack},
                                      {"120111", day(2025, 1, 1), day(2026, 1, 1), other}});
    ASSERT_TRUE(index.ok());
    const auto version = [&](std::string_view region, CivilDate on) -> std::string {
        const auto& pack = index->at(region, on);
        return pack ? pack->switches().version : "none";
    };
    EXPECT_EQ(version("350104", day(2024, 12, 31)), "none");
    EXPECT_EQ(version("350104", day(2025, 1, 1)), "old");
    EXPECT_EQ(version("350104", day(2025, 11, 30)), "old");
    EXPECT_EQ(version("350104", day(2025, 12, 1)), "none");
    EXPECT_EQ(version("350104", day(2026, 1, 1)), "new");
    EXPECT_EQ(version("350104", day(2030, 1, 1)), "new");
    EXPECT_EQ(version("120111", day(2025, 6, 1)), "other");
    EXPECT_EQ(version("120111", day(2026, 1, 1)), "none");
    EXPECT_EQ(version("120112", day(2025, 6, 1)), "none");
}

TEST(DrgIndex, B2_5_OverlapAndEmptyTermsAreRefused) {
    const auto pack = built(mini_files());
    const auto reason = [](const Outcome<RuleIndex>& o) { return o.refusal().reason.code(); };
    EXPECT_EQ(
        reason(RuleIndex::of({{"1", day(2025, 1, 1), {}, pack}, {"1", day(2026, 1, 1), {}, pack}})),
        "POLICY_OVERLAP");
    EXPECT_EQ(reason(RuleIndex::of({{"1", day(2025, 1, 1), day(2026, 1, 2), pack},
                                    {"1", day(2026, 1, 1), {}, pack}})),
              "POLICY_OVERLAP");
    EXPECT_EQ(reason(RuleIndex::of({{"1", day(2025, 1, 1), day(2025, 1, 1), pack}})),
              "RULES_TABLE_MALFORMED");
    EXPECT_TRUE(RuleIndex::of({{"1", day(2025, 1, 1), day(2026, 1, 1), pack},
                               {"1", day(2026, 1, 1), {}, pack}})
                    .ok());
}

}  // namespace
}  // namespace yilian::billing::drg
