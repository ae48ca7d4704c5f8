#include "services/directory/domain/fee_split.h"

#include <algorithm>
#include <numeric>

#include "libs/amount/allocation.h"
#include "libs/amount/rounding.h"

namespace yilian::directory::domain {
namespace {

constexpr std::int64_t kFullScoreE2 = 10'000;

std::int64_t score_count(const MemberWorkload& m) { return m.score_count == 0 ? 1 : m.score_count; }
std::int64_t score_sum(const MemberWorkload& m) {
    return m.score_count == 0 ? kFullScoreE2 : m.score_sum_e2;
}

}  // namespace

FeeSplit split_fee(amount::Fen fee, std::int64_t floor_bp, std::vector<MemberWorkload> members) {
    FeeSplit split;
    split.team = amount::Fen::of_raw(amount::narrow64(amount::divide(
        static_cast<amount::Int128>(fee.raw()) * floor_bp, 10000, amount::Rounding::kUp)));
    split.institution = fee - split.team;
    std::ranges::sort(members, {}, &MemberWorkload::practitioner_id);
    // Means become whole numbers over their common denominator.
    std::int64_t common = 1;
    for (const MemberWorkload& m : members) common = std::lcm(common, score_count(m));
    std::vector<amount::Claim> claims;
    bool nobody = true;
    for (const MemberWorkload& m : members) {
        const auto weight =
            static_cast<amount::Int128>(m.points_e2) * score_sum(m) * (common / score_count(m));
        nobody = nobody && weight == 0;
        claims.push_back({m.practitioner_id, weight});
    }
    if (claims.empty()) return split;
    if (nobody) {
        for (amount::Claim& claim : claims) claim.weight = 1;
    }
    const auto parts = amount::allocate(split.team, claims);
    for (std::size_t i = 0; i < members.size(); ++i) {
        split.shares.emplace_back(members[i].practitioner_id, (*parts)[i]);
    }
    return split;
}

}  // namespace yilian::directory::domain
