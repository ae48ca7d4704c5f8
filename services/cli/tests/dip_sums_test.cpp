// The sums behind a DIP case come to what the service recorded, and a wrong record shows.
#include "services/cli/dip_sums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/policy/testing/packs.h"

namespace yilian::cli {
namespace {

namespace v1 = billing::v1;
using testing::IsEmpty;

const policy::billing::Dip& dip() {
    static const auto pack =
        policy::testing::shipped_pack("370725", *calendar::CivilDate::parse("2026-03-25"));
    return *pack->blocks().dip;
}

// 45 points of a group of 4,900 yuan, cost three times as high, K 1.05: D = 2.
v1::Case high_case() {
    v1::Case c;
    c.set_total_fen(1470000);
    c.mutable_grouping()->set_scheme("DIP");
    c.mutable_grouping()->set_status(v1::GROUP_STATUS_GROUPED);
    v1::Scoring& s = *c.mutable_scoring();
    s.set_base_points_e4(450000);
    s.set_group_average_fen(490000);
    s.set_d_e8(200000000);
    s.set_k_e8(105000000);
    s.set_aux_e8(100000000);
    s.set_points_e4(945000);
    return c;
}

bool all_hold(const std::vector<Sum>& sums) {
    return std::ranges::all_of(sums, [](const Sum& s) { return s.holds(); });
}

TEST(DipSums, DeviationAndPointsAreDoneAgain) {
    const auto sums = dip_sums(dip(), high_case());
    ASSERT_EQ(sums.size(), 2U);
    EXPECT_TRUE(all_hold(sums));
    EXPECT_EQ(sums[0].formula, "band 3: a + b × cost ÷ reference + c × K");
    EXPECT_EQ(sums[1].values, "45.0000 × 2 × 1.05 × 1");
    EXPECT_EQ(sums[1].parameter, "dip.rounding.points");
    v1::Case wrong = high_case();
    wrong.mutable_scoring()->set_points_e4(945001);
    EXPECT_FALSE(all_hold(dip_sums(dip(), wrong)));
    wrong = high_case();
    wrong.mutable_scoring()->set_d_e8(200000001);
    EXPECT_FALSE(all_hold(dip_sums(dip(), wrong)));
}

TEST(DipSums, BlankGroupByItsCost) {
    v1::Case c;
    c.set_total_fen(300000);
    c.mutable_grouping()->set_status(v1::GROUP_STATUS_BLANK);
    c.mutable_scoring()->set_k_e8(100000000);
    c.mutable_scoring()->set_points_e4(214286);
    const auto sums = dip_sums(dip(), c);
    ASSERT_EQ(sums.size(), 1U);
    EXPECT_TRUE(all_hold(sums));
}

TEST(DipSums, NoFormulaNoSum) {
    v1::Case decided = high_case();
    decided.mutable_special_case()->set_state(v1::SPECIAL_CASE_STATE_ACCEPTED);
    EXPECT_THAT(dip_sums(dip(), decided), IsEmpty());
    v1::Case actual = high_case();
    actual.mutable_grouping()->set_status(v1::GROUP_STATUS_ACTUAL_COST);
    EXPECT_THAT(dip_sums(dip(), actual), IsEmpty());
}

}  // namespace
}  // namespace yilian::cli
