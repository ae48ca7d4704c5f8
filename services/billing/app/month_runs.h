#pragma once

#include <string>
#include <string_view>

#include "services/billing/app/run_steps.h"
#include "services/billing/app/runs.h"

// The month of the institutions (billing.md 7.3): computed by party, in chunks where there are many
// cases. What a chunk gives is stored with it, so a killed run goes on with the missing ones.
namespace yilian::billing::app {

// Fires until the run is computed; aggregate id = run id.
inline constexpr std::string_view kComputeTimer = "run.compute";

// Parties until `Env::chunk_cases` cases are priced; sets the timer again while some are left. A
// run that is no longer in DRAFT is left alone.
void compute_chunks(Unit& unit, const std::string& run_id);

// A fact of a case changed. True when its run is still being computed and will hold the new fact;
// false when the change has to be stated by a later run.
[[nodiscard]] bool priced_again(Unit& unit, const std::string& run_id, const std::string& payee_id);

// Computes a run that replaces a published one, over the same cases.
[[nodiscard]] Outcome<store::RunRow> recompute_month(Unit& unit, store::RunRow run);

// Books what the run pays, less what the runs that it replaces have paid, and publishes the events
// and statements of its parties.
void publish_month(Unit& unit, const store::RunRow& run, const policy::Pack& pack);

}  // namespace yilian::billing::app
