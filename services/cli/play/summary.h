#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "services/cli/play/district.h"
#include "services/cli/play/settle.h"
#include "services/cli/verify.h"

// What a run came to: out/summary.json, its verdict and its form in the terminal. Pure; the bytes
// depend on what was played alone, not on store, broker, threads or time.
namespace yilian::cli::play {

// Referrals by month, from the events of the referrals service.
struct Flow {
    std::int64_t up = 0;
    std::int64_t down = 0;
    std::int64_t followed_up = 0;
};
using FlowByMonth = std::map<std::string, Flow>;
[[nodiscard]] FlowByMonth read_flow(const OperatorClients& clients);

struct SummaryParts {
    const District& district;
    const Verification& verified;
    const Settlement& settlement;
    const FlowByMonth& flow;
    // Point value of the budget by insurance.
    std::int64_t point_value_num = 0;
    std::int64_t point_value_den = 1;
};

// Members and their order: services/cli/README.md, "summary.json".
[[nodiscard]] nlohmann::ordered_json make_summary(const SummaryParts& parts);

// What keeps a run from being good, one line each: a count that must be 0 and is not, or one that
// must not be 0 and is. Counts that the district's rules switch off are named in "exempt".
[[nodiscard]] std::vector<std::string> shortcomings(const nlohmann::ordered_json& summary);

// A play is not tame: of its commands 3 % are sent twice and 1 % are to be refused. Lines as above
// where the shares are less than half or more than one and a half of that; of a play too small to
// have shares none.
[[nodiscard]] std::vector<std::string> untrue_shares(std::int64_t commands, std::int64_t sent_twice,
                                                     std::int64_t refused_as_planned);

void print_summary(const nlohmann::ordered_json& summary, std::ostream& out);

}  // namespace yilian::cli::play
