#pragma once

#include <string>
#include <string_view>

#include "libs/runtime/work.h"
#include "yilian/directory/v1/types.pb.h"

// What other services' events prove: services delivered under a contract, points, fee splits
// (contracts.md 4, 5 and 8).
namespace yilian::directory::app {

using runtime::Work;

struct Evidence {
    std::string event_id;
    std::string ref;  // visit or referral that a later event may void
    std::string resident_id;
    std::string item_code;  // "" = only points
    std::string rule_id;    // of points.rules, "" = no points
    std::string done_by;
    calendar::CivilDate done_on;
};

// Row 13 and the credit of points; the same event counts once. A resident without a contract on the
// day gets points only.
void record_evidence(Work& work, const Evidence& evidence);
// Row 14: everything that rested on `ref` is reversed.
void void_evidence(Work& work, std::string_view resident_id, std::string_view ref,
                   std::string_view event_id);

// The team's fee of a month: shares by workload (contracts.md 5). `source` tells several fees of a
// month apart; the same source gives the split it gave before. TEAM_NOT_FOUND.
[[nodiscard]] Outcome<v1::FeeSplit> compute_fee_split(Work& work, const std::string& team_id,
                                                      const std::string& period,
                                                      std::int64_t fee_fen,
                                                      std::string_view source);

}  // namespace yilian::directory::app
