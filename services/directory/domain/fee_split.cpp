#include "services/directory/domain/fee_split.h"

#include <algorithm>

#include "libs/amount/allocation.h"
#include "libs/amount/rounding.h"

namespace yilian::directory::domain {

FeeSplit split_fee(amount::Fen fee, std::int64_t floor_bp, std::vector<MemberWorkload> members) {
    FeeSplit split;
    split.team = amount::Fen::of_raw(amount::narrow64(
        amount::divide(static_cast<amount::Int128>(fee.raw()) * floor_bp, 10000,
                       amount::Rounding::kUp)));
    split.institution = fee - split.team;
    std::ranges::sort(members, {}, &MemberWorkload::practitioner_id);
    const bool nobody =
        std::ranges::all_of(members, [](const MemberWorkload& m) { return m.points_e2 == 0; });
    std::vector<amount::Claim> claims;
    for (const MemberWorkload& m : members) {
        claims.push_back({m.practitioner_id, nobody ? 1 : m.points_e2});
    }
    if (claims.empty()) return split;
    const auto parts = amount::allocate(split.team, claims);
    for (std::size_t i = 0; i < members.size(); ++i) {
        split.shares.emplace_back(members[i].practitioner_id, (*parts)[i]);
    }
    return split;
}

}  // namespace yilian::directory::domain
