// contracts.md 5, 10 and 11: the division of contract fees.
#include "services/directory/domain/fee_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <random>

namespace yilian::directory::domain {
namespace {

using amount::Fen;

std::vector<std::int64_t> shares(const FeeSplit& split) {
    std::vector<std::int64_t> out;
    for (const auto& [id, part] : split.shares) out.push_back(part.raw());
    return out;
}

TEST(C13, FloorOfSeventyPercentOfAThousandContracts) {
    const FeeSplit split = split_fee(Fen::of_raw(12'000'000), 7000, {});
    EXPECT_EQ(split.team, Fen::of_raw(8'400'000));
    EXPECT_EQ(split.institution, Fen::of_raw(3'600'000));
}

TEST(C14, TeamAmountIsRoundedUpToTheFen) {
    const FeeSplit split = split_fee(Fen::of_raw(12'345), 7000, {});
    EXPECT_EQ(split.team, Fen::of_raw(8'642));
    EXPECT_EQ(split.institution, Fen::of_raw(3'703));
}

TEST(C15, MembersShareByWorkloadWithLargestRemainder) {
    const FeeSplit split =
        split_fee(Fen::of_raw(12'000'000), 7000, {{"a", 410}, {"b", 260}, {"c", 195}});
    EXPECT_THAT(shares(split), testing::ElementsAre(3'981'503, 2'524'855, 1'893'642));
}

TEST(FeeSplit, QualityIsTheExactMeanOfThePeerScores) {
    // a: 100 × 0.90; b: 100 × mean of 80, 85, 90 = 0.85; c without scores: 100 × 1.
    const FeeSplit split =
        split_fee(Fen::of_raw(2'750'000), 10'000,
                  {{"a", 100, 9'000, 1}, {"b", 100, 8'000 + 8'500 + 9'000, 3}, {"c", 100, 0, 0}});
    EXPECT_THAT(shares(split), testing::ElementsAre(900'000, 850'000, 1'000'000));
}

TEST(FeeSplit, WithoutWorkloadMembersShareEqually) {
    EXPECT_THAT(shares(split_fee(Fen::of_raw(10), 10'000, {{"b"}, {"a"}, {"c"}})),
                testing::ElementsAre(4, 3, 3));
}

std::vector<MemberWorkload> arbitrary_members() {
    const auto points =
        *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 100'000));
    std::vector<MemberWorkload> members;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto scores = *rc::gen::inRange<std::int64_t>(0, 5);
        members.push_back({"p" + std::to_string(i), points[i],
                           scores * *rc::gen::inRange<std::int64_t>(0, 10'001), scores});
    }
    return members;
}

// Invariant 6: floor, sums.
TEST(FeeSplit, KeepsFloorAndSums) {
    EXPECT_TRUE(rc::check("parts add up", [] {
        const auto fee = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
        const auto floor_bp = *rc::gen::inRange<std::int64_t>(7000, 10'001);
        const FeeSplit split = split_fee(Fen::of_raw(fee), floor_bp, arbitrary_members());
        RC_ASSERT(split.team.raw() + split.institution.raw() == fee);
        RC_ASSERT(split.team.raw() * 10'000 >= fee * floor_bp);
        std::int64_t sum = 0;
        for (const std::int64_t part : shares(split)) sum += part;
        RC_ASSERT(split.shares.empty() || sum == split.team.raw());
    }));
}

// Invariant 7: permuting members does not change shares.
TEST(FeeSplit, DoesNotDependOnTheOrderOfMembers) {
    EXPECT_TRUE(rc::check("permuted members", [] {
        auto members = arbitrary_members();
        const FeeSplit split = split_fee(Fen::of_raw(8'400'001), 7000, members);
        std::mt19937 random(*rc::gen::arbitrary<unsigned>());
        std::ranges::shuffle(members, random);
        RC_ASSERT(split_fee(Fen::of_raw(8'400'001), 7000, members).shares == split.shares);
    }));
}

}  // namespace
}  // namespace yilian::directory::domain
