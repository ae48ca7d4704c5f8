#pragma once

#include <string>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"

// The contract fee between team and institution, and the team's part among its members
// (contracts.md 5). Pure.
namespace yilian::directory::domain {

struct MemberWorkload {
    std::string practitioner_id;
    std::int64_t points_e2 = 0;  // workload × quality factor
};

struct FeeSplit {
    amount::Fen team;
    amount::Fen institution;
    std::vector<std::pair<std::string, amount::Fen>> shares;  // by practitioner id
};

// Team part = fee × floor, rounded up so that the floor always holds (RND-MIN, C-14); members by
// largest remainder (C-15), in equal parts where nobody has workload.
[[nodiscard]] FeeSplit split_fee(amount::Fen fee, std::int64_t floor_bp,
                                 std::vector<MemberWorkload> members);

}  // namespace yilian::directory::domain
