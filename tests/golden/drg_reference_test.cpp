// billing.md 5.1: every reference case of CHS-DRG 1.1 gives the reference group.
#include "tests/golden/drg_cases.h"

namespace yilian::golden {
namespace {

void expect_all(const char* file, std::size_t count, billing::drg::GroupOptions options) {
    const auto folder = shared_path("data/chs-drg-1.1");
    if (!folder) return;
    EXPECT_EQ(compare_cases(*folder, *folder / file, options), count);
}

TEST(DrgReference, B5_1_EveryCase) { expect_all("cases.csv", 20000, {}); }
TEST(DrgReference, B5_1_EveryCaseWithCodeConversion) {
    expect_all("cases_mapped.csv", 5000, {.map_codes = true});
}
TEST(DrgReference, B5_1_EveryCaseWithAmbiguousGroup) {
    expect_all("cases_qy.csv", 5000, {.qy = true});
}

TEST(DrgReference, B17_PackSizeStaysBelow64MiB) {
    const auto folder = shared_path("data/chs-drg-1.1");
    if (!folder) return;
    const auto pack = load_pack(*folder);
    ASSERT_NE(pack, nullptr);
    EXPECT_EQ(pack->mdcs().size(), 26U);
    EXPECT_EQ(pack->adrgs().size(), 376U);
    EXPECT_EQ(pack->drgs().size(), 628U);
    EXPECT_LT(pack->bytes(), 64U << 20);
    EXPECT_EQ(pack->digest().size(), 64U);
}

}  // namespace
}  // namespace yilian::golden
