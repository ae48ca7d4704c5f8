#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"
#include "services/billing/domain/drg/rule_pack.h"

namespace yilian::billing::drg {

// What a group is worth before anything of the case or the institution is looked at
// (billing.md 5.3, 5.4).
struct Weight {
    amount::Fen average;         // average cost of the group
    amount::Rate relative;       // average / average of all cases, RND-RW
    amount::Points base_points;  // the same x 100, RND-PTS
};

// Table `weights.csv` of a rule pack: `drg, average_fen, rw, base_points`, one row a group and one
// row
// `*` with the average of all cases. Immutable, thread-safe.
class Weights {
  public:
    // Refusals, with table, row and column: RULES_TABLE_MALFORMED (no table, no `*` row, a group
    // twice, a figure that does not follow from the averages by half_away),
    // RULES_DANGLING_REFERENCE (a group that the pack does not have).
    [[nodiscard]] static Outcome<Weights> build(const PackFiles& files, const RulePack& pack);

    [[nodiscard]] amount::Fen average_of_all() const { return average_of_all_; }
    // Index as in GroupResult::drg; empty for a group without a row.
    [[nodiscard]] const std::optional<Weight>& of(std::size_t drg) const { return weights_[drg]; }

  private:
    Weights() = default;
    amount::Fen average_of_all_;
    std::vector<std::optional<Weight>> weights_;
};

}  // namespace yilian::billing::drg
