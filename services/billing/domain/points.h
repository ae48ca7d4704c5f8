#pragma once

#include <cstdint>
#include <string>

#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"
#include "libs/policy/billing_blocks.h"
#include "services/billing/domain/drg/grouper.h"

// What a DRG case is worth: points method (billing.md 5.4) and rate method (5.3). Pure, no state.
namespace yilian::billing {

using amount::Fen;
using amount::Points;
using amount::Rate;

enum class DrgStay {
    kComplete,    // between `low` and `high` of the group average
    kIncomplete,  // below `low`: paid by cost, at most the base points
    kHigh,        // above `high`: band rule
    kUngrouped,   // no group: factor of the average case
};
// COMPLETE, INCOMPLETE, HIGH, UNGROUPED.
[[nodiscard]] std::string_view name_of(DrgStay stay);

// What the score of one grouped case depends on besides the parameters. `group_average` > 0.
struct DrgCost {
    Fen cost;
    Fen group_average;
    // Cost coefficient of the institution in this group: 1 without history.
    Rate coefficient;
};

struct DrgScore {
    DrgStay stay{};
    Points base;
    Rate d;  // deviation: 1 when complete, cost / average (shown) when incomplete
    Rate k;  // the coefficient that was applied; 1 where none is
    Points points;
    std::string flag;  // of the band, "" for none
};

// round(group average / average of all * scale, RND-PTS).
[[nodiscard]] Points drg_base_points(const policy::billing::Drg& drg, Fen group_average);

// Points of a grouped case. A group of `same_price_groups` has one price at all levels: its
// coefficient is not read. Deviation D is rounded by rounding.case_points, like the points.
[[nodiscard]] DrgScore score_drg(const policy::billing::Drg& drg, std::string_view drg_code,
                                 const DrgCost& cost);

// Points of a case without a group: the region's factor for its status times the base of a case of
// average cost. A case that could not be converted counts as FAIL. `status` is not kSuccess.
[[nodiscard]] DrgScore score_ungrouped(const policy::billing::Drg& drg, drg::GroupStatus status);

// A stay of so many days leaves DRG and is paid by bed-day or actual cost (5.6).
[[nodiscard]] bool outside_drg(const policy::billing::Drg& drg, std::int64_t stay_days);

// --- rate method -----------------------------------------------------------------------------

// Case-mix index: sum of weights / cases, 10^-8 half_away. `cases` > 0.
[[nodiscard]] Rate case_mix_index(Rate sum_of_weights, std::int64_t cases);

// Money of weight 1: round(budget / sum of weights, RND-RATE). POOL_NO_POINTS when the sum is 0.
[[nodiscard]] Outcome<Fen> drg_rate(const policy::billing::Drg& drg, Fen budget,
                                    Rate sum_of_weights);

// round(RW * rate * K, RND-STD).
[[nodiscard]] Fen drg_standard(const policy::billing::Drg& drg, Rate weight, Fen rate, Rate k);

// `drg_total: standards`: what is left of the budget after the published standards, for the
// rounding residual account; it may be negative. DRG_RATE_DRIFT when it is more than one fen a
// case.
[[nodiscard]] Outcome<Fen> drg_residual(Fen budget, Fen sum_of_standards, std::int64_t cases);

}  // namespace yilian::billing
