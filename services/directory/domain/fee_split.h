#pragma once

#include <string>
#include <utility>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"

// The contract fee between team and institution, and the team's part among its members
// (contracts.md 5). Pure.
namespace yilian::directory::domain {

struct MemberWorkload {
    std::string practitioner_id;  // unique within a call
    std::int64_t points_e2 = 0;
    // Peer scores of the period: the quality factor is their mean ÷ 100, exactly; none: 1.
    std::int64_t score_sum_e2 = 0;
    std::int64_t score_count = 0;
};

struct FeeSplit {
    amount::Fen team;
    amount::Fen institution;
    std::vector<std::pair<std::string, amount::Fen>> shares;  // by practitioner id
};

// Team part = fee × floor, rounded up so that the floor always holds (RND-MIN, C-14); members by
// workload × quality factor and largest remainder (C-15), in equal parts where nobody has any.
// `fee` is not negative.
[[nodiscard]] FeeSplit split_fee(amount::Fen fee, std::int64_t floor_bp,
                                 std::vector<MemberWorkload> members);

}  // namespace yilian::directory::domain
