#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/app/unit.h"
#include "services/billing/store/list_rows.h"

// Stays paid by bed-day (billing.md 6.1). A readmission within the pack's days continues the count
// of the stay before, so the points of a stay are a fold over the resident's stays of one type: a
// stay that comes or goes late changes those after it.
namespace yilian::billing::app {

// For ListFacts: whether a day of the type is priced at the level.
[[nodiscard]] std::function<bool(int, std::string_view)> bed_day_priced(
    const policy::billing::BedDay& rules);

// The resident's bed-day lists in force, merged ids included.
[[nodiscard]] std::vector<store::ListRow> bed_day_lists(Unit& unit, const std::string& surviving);

struct BedDayScore {
    store::ListRow list;
    store::ScoreRow score;
    std::int64_t first_day = 1;  // number of the stay's first day in the count
    std::int64_t days = 0;
};
// Of all the lists, which are of one resident. Lists of a day without prices have none.
[[nodiscard]] std::vector<BedDayScore> score_bed_days(Unit& unit,
                                                      std::vector<store::ListRow> lists);

// Stays whose points changed by another stay are scored again and published, as long as no run has
// taken them: what a run has stated stays.
void rescore_bed_days(Unit& unit, const std::string& surviving);

}  // namespace yilian::billing::app
