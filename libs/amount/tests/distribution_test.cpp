#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "libs/amount/allocation.h"
#include "libs/amount/bands.h"

namespace yilian::amount {
namespace {

struct Party {
    std::string id;
    std::int64_t weight;
};

std::vector<Claim> claims_of(const std::vector<Party>& parties) {
    std::vector<Claim> claims;
    for (const Party& party : parties) claims.push_back({party.id, party.weight});
    return claims;
}

std::map<std::string, std::int64_t> shares_by_id(std::int64_t total,
                                                 const std::vector<Party>& parties) {
    const auto shares = allocate(Fen::of_raw(total), claims_of(parties));
    std::map<std::string, std::int64_t> result;
    for (std::size_t i = 0; i < parties.size(); ++i) result[parties[i].id] = (*shares)[i].raw();
    return result;
}

// Some parties with distinct ids and at least one weight above 0; small weights make ties frequent.
rc::Gen<std::vector<Party>> any_parties() {
    const auto weight = rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 6),
                                       rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000));
    return rc::gen::map(
        rc::gen::suchThat(rc::gen::container<std::vector<std::int64_t>>(weight),
                          [](const auto& ws) {
                              return std::any_of(ws.begin(), ws.end(),
                                                 [](std::int64_t w) { return w > 0; });
                          }),
        [](const std::vector<std::int64_t>& weights) {
            std::vector<Party> parties;
            for (std::size_t i = 0; i < weights.size(); ++i) {
                parties.push_back({"H" + std::to_string((i * 7919) % 10007), weights[i]});
            }
            return parties;
        });
}

rc::Gen<std::int64_t> any_total() {
    return rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 100),
                          rc::gen::inRange<std::int64_t>(0, 9'000'000'000'000'000'000));
}

TEST(X03_LargestRemainder, TieGoesToTheSmallerId) {
    const auto shares = shares_by_id(1000, {{"H3", 1}, {"H1", 1}, {"H2", 1}, {"H9", 3}});
    EXPECT_EQ(shares, (std::map<std::string, std::int64_t>{
                          {"H1", 167}, {"H2", 167}, {"H3", 166}, {"H9", 500}}));
}

TEST(X04_LargestRemainder, BiggestWeightGetsNoExtraFen) {
    const auto shares = shares_by_id(100, {{"A", 5000001}, {"B", 2499999}, {"C", 2500000}});
    EXPECT_EQ(shares, (std::map<std::string, std::int64_t>{{"A", 50}, {"B", 25}, {"C", 25}}));
}

TEST(R07_SlotQuota, TieToTheClassOfHigherPrecedence) {
    const auto shares =
        allocate_count(25, std::vector<Claim>{{"1", 500}, {"2", 3000}, {"3", 3000}, {"4", 3500}});
    EXPECT_EQ(*shares, (std::vector<std::int64_t>{1, 8, 7, 9}));
}

TEST(Allocate, Refusals) {
    const auto reason = [](std::int64_t total, const std::vector<Party>& parties) {
        return allocate(Fen::of_raw(total), claims_of(parties)).refusal().reason;
    };
    EXPECT_EQ(reason(100, {}), Reason("ALLOC_NO_WEIGHT"));
    EXPECT_EQ(reason(100, {{"A", 0}, {"B", 0}}), Reason("ALLOC_NO_WEIGHT"));
    EXPECT_EQ(reason(-1, {{"A", 1}}), Reason("ALLOC_NEGATIVE"));
    EXPECT_EQ(reason(1, {{"A", 2}, {"B", -1}}), Reason("ALLOC_NEGATIVE"));
    EXPECT_DEATH((void)shares_by_id(1, {{"A", 1}, {"A", 1}}), "equal ids tie");
}

RC_GTEST_PROP(B153_Allocate, SumIsExactAndEachShareIsWithinOneFenOfItsQuota, ()) {
    const auto parties = *any_parties();
    const std::int64_t total = *any_total();
    const auto shares = allocate(Fen::of_raw(total), claims_of(parties));
    Int128 sum = 0;
    Int128 weights = 0;
    for (const Party& p : parties) weights += p.weight;
    for (std::size_t i = 0; i < parties.size(); ++i) {
        const std::int64_t share = (*shares)[i].raw();
        sum += share;
        const Int128 floor = Int128{total} * parties[i].weight / weights;
        RC_ASSERT(share == floor || share == floor + 1);
        RC_ASSERT(parties[i].weight != 0 || share == 0);
    }
    RC_ASSERT(sum == Int128{total});
}

RC_GTEST_PROP(B153_Allocate, OrderOfClaimsDoesNotMatter, ()) {
    auto parties = *any_parties();
    const std::int64_t total = *any_total();
    const auto before = shares_by_id(total, parties);
    std::rotate(parties.begin(),
                parties.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(parties)),
                parties.end());
    if (*rc::gen::arbitrary<bool>()) std::reverse(parties.begin(), parties.end());
    RC_ASSERT(shares_by_id(total, parties) == before);
}

RC_GTEST_PROP(B153_Allocate, RaisingAWeightNeverLowersItsShareNorLiftsAnotherByMoreThanOne, ()) {
    auto parties = *any_parties();
    const std::int64_t total = *any_total();
    const auto before = shares_by_id(total, parties);
    Party& raised = parties[*rc::gen::inRange<std::size_t>(0, parties.size())];
    raised.weight += *rc::gen::inRange<std::int64_t>(1, 1'000'000);
    const auto after = shares_by_id(total, parties);
    for (const auto& [id, share] : after) {
        if (id == raised.id) {
            RC_ASSERT(share >= before.at(id));
        } else {
            RC_ASSERT(share <= before.at(id) + 1);
        }
    }
}

RC_GTEST_PROP(B153_Allocate, EqualWeightsDifferByAtMostOneFen, ()) {
    const auto parties = *any_parties();
    const auto shares = shares_by_id(*any_total(), parties);
    for (const Party& a : parties) {
        for (const Party& b : parties) {
            if (a.weight == b.weight) RC_ASSERT(shares.at(a.id) - shares.at(b.id) <= 1);
        }
    }
}

TEST(Allocate, WeightsBeyond64BitsStayExact) {
    // Scaling all weights by one factor changes nothing, also when total x weight needs 256 bits.
    const std::vector<Party> parties{{"A", 5}, {"B", 3}, {"C", 9}};
    std::vector<Claim> scaled = claims_of(parties);
    for (Claim& claim : scaled) claim.weight *= kTenTo24;
    const auto small = allocate(Fen::of_raw(1'000'000'000'000'001), claims_of(parties));
    const auto large = allocate(Fen::of_raw(1'000'000'000'000'001), scaled);
    EXPECT_EQ(*small, *large);
}

Band band(const char* lo, bool lo_closed, const char* hi, bool hi_closed) {
    Band result{*Rate::parse(lo), lo_closed, {}, hi_closed};
    if (std::string(hi) != "inf") result.hi = *Rate::parse(hi);
    return result;
}

std::string fault(std::vector<Band> bands) {
    const auto result = Bands::of(std::move(bands));
    if (result.ok()) return "";
    return result.refusal().reason.text() + " " + result.refusal().metadata.at(0).second;
}

TEST(X56_Bands, GapsAndOverlapsAreRefused) {
    EXPECT_EQ(fault({band("0", true, "0.8", false), band("0.85", true, "inf", false)}),
              "POLICY_BAND_GAP 1");
    EXPECT_EQ(fault({band("0", true, "0.9", false), band("0.85", true, "inf", false)}),
              "POLICY_BAND_OVERLAP 1");
    EXPECT_EQ(fault({band("0", true, "0.85", true), band("0.85", true, "inf", false)}),
              "POLICY_BAND_OVERLAP 1");
    EXPECT_EQ(fault({band("0", true, "0.85", false), band("0.85", false, "inf", false)}),
              "POLICY_BAND_GAP 1");
    EXPECT_EQ(fault({band("0", false, "inf", false)}), "POLICY_BAND_GAP 0");
    EXPECT_EQ(fault({band("0.1", true, "inf", false)}), "POLICY_BAND_GAP 0");
    EXPECT_EQ(fault({band("-0.1", true, "inf", false)}), "POLICY_BAND_OVERLAP 0");
    EXPECT_EQ(fault({band("0", true, "1", true)}), "POLICY_BAND_GAP 0");
    EXPECT_EQ(fault({}), "POLICY_BAND_GAP 0");
    EXPECT_EQ(fault({band("0", true, "inf", false), band("1", true, "inf", false)}),
              "POLICY_BAND_OVERLAP 1");
    EXPECT_EQ(fault({band("0", true, "1", false), band("1", true, "0.5", false),
                     band("0.5", true, "inf", false)}),
              "POLICY_BAND_OVERLAP 1");
    EXPECT_EQ(fault({band("0", true, "1", false), band("1", true, "1", true),
                     band("1", false, "inf", false)}),
              "")
        << "a band of one point is allowed";
}

TEST(X12_Bands, MembershipIsExactAtTheBounds) {
    const Bands national =
        *Bands::of({band("0", true, "0.5", false), band("0.5", true, "2", true),
                    band("2", false, "5", true), band("5", false, "inf", false)});
    const std::vector<std::pair<std::int64_t, std::size_t>> cases{
        {399999, 0}, {400000, 1}, {1600000, 1}, {1600001, 2}, {4000000, 2}, {4000001, 3}};
    for (const auto& [cost, index] : cases) EXPECT_EQ(national.index_of(cost, 800000), index);
    EXPECT_EQ(national.index_of(0, 800000), 0u);
    // A difference far below 10^-8 still decides.
    EXPECT_EQ(national.index_of(2 * kTenTo24 + 1, kTenTo24), 2u);
    EXPECT_EQ(national.index_of(Fraction::of(2 * kTenTo24, kTenTo24)), 1u);
    EXPECT_EQ(national.index_of(kInt128Max, 1), 3u);
    EXPECT_DEATH((void)national.index_of(-1, 1), "outside the bands");
}

}  // namespace
}  // namespace yilian::amount
