#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"
#include "libs/policy/billing_blocks.h"

// Surplus reward, shared overspend and quality gate of a consortium, and the splits that the policy
// documents name (billing.md 8). Pure, no state.
namespace yilian::billing {

using amount::Fen;
using amount::Points;
using amount::Rate;

// The year of one consortium. Amounts are not negative, `quality` is 0 to 1.
struct ConsortiumYear {
    std::int64_t members = 0;  // average of the month head counts
    Fen benchmark;
    Fen expenditure;  // fund cost of the enrolled residents, wherever they were treated
    Fen excluded;     // part of it that does not count
    Rate quality;
};

enum class ShareOutcome {
    kReward,
    kNoRewardBelowMin,
    kNoRewardQuality,
    kBalanced,
    kContribution,
    kNoContributionBelowMin,
};
// REWARD, NO_REWARD_BELOW_MIN, NO_REWARD_QUALITY, BALANCED, CONTRIBUTION,
// NO_CONTRIBUTION_BELOW_MIN.
[[nodiscard]] std::string_view name_of(ShareOutcome outcome);

struct ShareResult {
    Fen surplus;        // benchmark - (expenditure - excluded); negative: overspend
    Rate surplus_rate;  // of the benchmark, 10^-8 half_away
    Rate min_rate;      // that was compared with; 0 when balanced
    Rate final_rate;    // that was paid by; 0 when nothing is paid
    Fen reward;
    Fen contribution;
    ShareOutcome outcome{};
    bool capped = false;
    Fen staff;  // part of the reward, rounded up
    friend bool operator==(const ShareResult&, const ShareResult&) = default;
};

// Refusals: FIELD_RANGE (metadata `field`: benchmark_fen when it is 0, expenditure_fen when the
// rate of the overspend does not fit 10^-8 in 64 bits), SHARE_EXCLUDED_TOO_LARGE (more excluded
// than spent).
[[nodiscard]] Outcome<ShareResult> share_year(const policy::billing::Sharing& rules,
                                              const ConsortiumYear& year);

// Rate by number of members: linear between the points of the curve, 10^-8 half_away; constant
// before the first and after the last one. The curve is not empty.
[[nodiscard]] Rate curve_rate(std::span<const policy::billing::CurvePoint> curve,
                              std::int64_t members);

// A member's weight as the agreement of the consortium says (8.4).
struct MemberWeight {
    std::string institution_id;
    Points weight;
};
// Reward or contribution over the members by largest remainder, in the order given. Refusals of
// amount::allocate.
[[nodiscard]] Outcome<std::vector<Fen>> share_members(Fen amount,
                                                      std::span<const MemberWeight> members);

// --- splits (8.5) ------------------------------------------------------------------------------

// The split with its side: a rate that is a lower bound rounds up, an upper bound rounds down.
enum class SplitKind {
    kContractFeeToTeam,       // at least
    kApprovedSurplusToStaff,  // at least
    kBaseSurplusToDistrict,   // at most
    kPublicHealthIncome,      // at most, to performance pay
    kProcurementKept,         // at most, to the institution
};
struct Split {
    Fen part;
    Fen rest;  // part + rest = amount
};
// The bounds themselves are checked where the pack is read (POLICY_BELOW_FLOOR,
// POLICY_ABOVE_CEILING); `rate` is 0 to 1 and `amount` not negative.
[[nodiscard]] Split split(SplitKind kind, Fen amount, Rate rate);

// What an institution keeps of the procurement surplus: round((budget - needed) * rate * score,
// down), one rounding; 0 when more was needed than budgeted.
[[nodiscard]] Fen procurement_kept(Fen budget, Fen needed, Rate rate, Rate score);

// Income of the staff grew by at most `max_growth` in a year, compared exactly.
[[nodiscard]] bool staff_income_within(Fen last_year, Fen this_year, Rate max_growth);

}  // namespace yilian::billing
