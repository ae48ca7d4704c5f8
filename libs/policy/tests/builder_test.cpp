// Packs for tests: from plain values, and the shipped ones with keys changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "libs/policy/pack_builder.h"
#include "libs/policy/testing/packs.h"

namespace yilian::policy::testing {
namespace {

using ::testing::ElementsAre;

constexpr Date kDay = Date::literal(2026, 3, 31);

TEST(PackBuilder, HoldsWhatWasSetAndNeutralValuesElsewhere) {
    const auto pack = PackBuilder("990100")
                          .set(kRxLongMaxDays, 56)
                          .set(kReferralScope, "city")
                          .set(kEmergencyChannels, Words{"stroke"})
                          .set(kBillingOutOfCatalogueMaxBp, 1200)
                          .set(kTargetGpsPer10000E2, Goal{400, 500})
                          .build();
    EXPECT_EQ(pack->id(), "990100");
    EXPECT_EQ(pack->get(kRxLongMaxDays), 56);
    EXPECT_EQ(pack->get(kReferralScope), "city");
    EXPECT_THAT(pack->get(kEmergencyChannels), ElementsAre("stroke"));
    EXPECT_EQ(pack->get(kBillingOutOfCatalogueMaxBp), 1200);
    EXPECT_EQ(pack->get(kTargetGpsPer10000E2), (Goal{400, 500}));
    EXPECT_EQ(pack->get(kBillingSpecialServiceMaxBp), std::nullopt);
    EXPECT_FALSE(pack->get(kPointsEnabled));
    EXPECT_EQ(pack->get(kReferralLevelsMode), "consortium");
}

TEST(PackBuilder, StartsFromAPack) {
    const auto from = shipped_pack("350104", kDay);
    const auto changed = PackBuilder(*from).set(kRxLongMaxDays, 28).build();
    EXPECT_EQ(changed->get(kRxLongMaxDays), 28);
    EXPECT_EQ(changed->get(kRxLongMinDays), 28);
    EXPECT_EQ(changed->blocks().run->pools.size(), 2U);
}

TEST(ShippedPacks, KeysCanBeChangedAndBlocksFollow) {
    EXPECT_EQ(shipped_pack("350104", kDay)->blocks().benefit->chain_mode,
              billing::ChainMode::kCancelled);
    const auto pack = pack_with("350104", kDay,
                                {{"billing.deductible.chain_mode", "difference"},
                                 {"rx.long.max_days", "30"},
                                 {"slot.reminder_hours_before", "[1]"}});
    EXPECT_EQ(pack->blocks().benefit->chain_mode, billing::ChainMode::kDifference);
    EXPECT_EQ(pack->get(kRxLongMaxDays), 30);
    EXPECT_THAT(pack->get(kSlotReminderHoursBefore), ElementsAre(1));
    EXPECT_NE(pack->digest(), shipped_pack("350104", kDay)->digest());
    EXPECT_THROW((void)pack_with("350104", kDay, {{"rx.long.max_days", "85"}}), std::runtime_error);
    EXPECT_THROW((void)pack_with("350104", kDay, {{"rx.long", "85"}}), std::runtime_error);
    EXPECT_THROW((void)shipped_pack("999999", kDay), std::runtime_error);
}

}  // namespace
}  // namespace yilian::policy::testing
