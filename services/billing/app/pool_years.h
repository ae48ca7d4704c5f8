#pragma once

#include <map>
#include <optional>
#include <string>

#include "services/billing/app/run_steps.h"

// The year of a pool: targets, corridor, deposits and what is still due (billing.md 7.4 to 7.7).
namespace yilian::billing::app {

struct StartPoolYear {
    std::string run_id;  // "" = "POOL_YEAR-{pool}-{year}"
    std::string pool_id;
    std::string year;
    std::optional<Instant> cut_off_at{};          // empty = now
    std::map<std::string, amount::Rate> quality;  // by institution
};
// Fixes the published months of the pool with their cases as known now, and computes the year.
// NOT_FOUND (the pool, or not its year), PERIOD_HAS_OPEN_RUN (a month that is not published yet),
// RUN_INPUT_EMPTY, QUALITY_SCORE_MISSING, RUN_ALREADY_OPEN, ID_REUSED,
// STATE_TRANSITION_NOT_ALLOWED, POLICY_NOT_IN_FORCE, POOL_NEGATIVE, POOL_NO_POINTS, POOL_OVERFLOW.
[[nodiscard]] Outcome<store::RunRow> start_pool_year(Unit& unit, const StartPoolYear& what);

// Computes a run that replaces a published one, with the same quality scores.
[[nodiscard]] Outcome<store::RunRow> recompute_pool_year(Unit& unit, store::RunRow run);

// Books what is due to every institution and what reserve and fund give, and publishes.
void publish_pool_year(Unit& unit, const store::RunRow& run, const policy::Pack& pack);

}  // namespace yilian::billing::app
