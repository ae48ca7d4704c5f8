#pragma once

#include <string>
#include <string_view>

#include "libs/runtime/work.h"
#include "yilian/directory/v1/types.pb.h"

// The division of contract fees (contracts.md 5).
namespace yilian::directory::app {

using runtime::Work;

struct Fee {
    std::string team_id;
    std::string period;  // yyyy-mm, or yyyy for a whole year
    std::int64_t fee_fen = 0;
    // Tells several fees of a month apart: the event that booked it. The same source gives the
    // split it gave before.
    std::string source;
    // Workload counts as far as it was known before this instant.
    Instant known_before{};
};

// Shares by workload and peer scores of the period among those who were members in it, everything
// to the leader where there were none. TEAM_NOT_FOUND, POLICY_NOT_IN_FORCE, FIELD_FORMAT (period),
// ID_REUSED (the source divided another amount).
[[nodiscard]] Outcome<v1::FeeSplit> compute_fee_split(Work& work, const Fee& fee);

}  // namespace yilian::directory::app
