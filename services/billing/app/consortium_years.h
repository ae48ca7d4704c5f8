#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/billing/app/run_steps.h"
#include "services/billing/domain/year_statement.h"

// The year of a consortium: benchmark against what its residents cost, and what is shared
// (billing.md 3.5, 8).
namespace yilian::billing::app {

struct ShareYear {
    std::string run_id;  // "" = "CONSORTIUM_YEAR-{consortium}-{year}"
    std::string consortium_id;
    std::string year;
    std::optional<Instant> cut_off_at{};  // empty = now
    std::optional<amount::Rate> quality{};
    std::vector<YearItem> items;  // NEGOTIATED, EXCLUDED, WEIGHT
};
// BENCHMARK_ZERO, SHARE_EXCLUDED_TOO_LARGE, QUALITY_SCORE_MISSING, RUN_INPUT_EMPTY (nobody to share
// with), RUN_ALREADY_OPEN, ID_REUSED, STATE_TRANSITION_NOT_ALLOWED, POLICY_NOT_IN_FORCE,
// FIELD_RANGE (the expenditure is beyond any rate).
[[nodiscard]] Outcome<store::RunRow> share_year_of(Unit& unit, const ShareYear& what);

// Computes a run that replaces a published one, with the same decisions.
[[nodiscard]] Outcome<store::RunRow> recompute_consortium_year(Unit& unit, store::RunRow run);

// Books reward or contribution by member and publishes.
void publish_consortium_year(Unit& unit, const store::RunRow& run, const policy::Pack& pack);

}  // namespace yilian::billing::app
