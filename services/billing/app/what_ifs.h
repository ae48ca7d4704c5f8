#pragma once

#include <map>
#include <optional>
#include <string>

#include "services/billing/app/unit.h"
#include "services/billing/store/what_if_rows.h"

// What other parameters would have given (billing.md 11.3). Nothing is booked or published.
namespace yilian::billing::app {

// Reports that are kept at the same time.
inline constexpr std::int64_t kMostWhatIfs = 100;

struct TryOut {
    std::string what_if_id;
    std::string pool_id;
    std::string period;                                // yyyy-MM or yyyy
    std::string rules_folder;                          // "" = the rules in force at each discharge
    std::string policy_on;                             // "" = the policy of each discharge
    std::map<std::string, amount::Rate> coefficients;  // by institution
    amount::Fen available;                             // 0 = what the pool had
};
using WhatIf = store::WhatIfRow;

// Prices the cases of published months again. DIP and bed-day cases keep their points. The same id
// again is answered as it is. NOT_FOUND (the pool, the folder), RUN_INPUT_EMPTY, RULES_NOT_LOADED,
// POOL_NO_POINTS, POLICY_NOT_IN_FORCE, WHATIF_LIMIT_REACHED, refusals of RuleBook::load.
[[nodiscard]] Outcome<WhatIf> try_out(Unit& unit, const TryOut& what);

[[nodiscard]] std::optional<WhatIf> what_if(storage::Transaction& tx, std::string_view what_if_id);

}  // namespace yilian::billing::app
