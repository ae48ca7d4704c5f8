#include "services/billing/domain/sharing.h"

#include <algorithm>
#include <limits>

#include "libs/amount/allocation.h"
#include "libs/amount/int128.h"

namespace yilian::billing {

using amount::Int128;
using amount::Rounding;
using policy::billing::CurvePoint;
using policy::billing::OverspendMode;
using policy::billing::Sharing;

namespace {

// RND-SHARE, RND-CAP and RND-MIN are not parameters of the block (billing.md 16.10).
constexpr auto kHalfAway = Rounding::kHalfAway;
constexpr auto kDown = Rounding::kDown;
constexpr auto kUp = Rounding::kUp;

// amount / benchmark < rate, on the exact fraction.
bool below(Fen amount, Rate rate, Fen benchmark) {
    return Int128{amount.raw()} * Rate::kUnit < Int128{rate.raw()} * benchmark.raw();
}

Rate earned_rate(const Sharing& rules, Rate quality) {
    if (quality < rules.gate) return {};
    if (!rules.scale_by_quality) return rules.surplus.max_rate;
    return amount::multiply(rules.surplus.max_rate, quality, kHalfAway);
}

Rate overspend_rate(const Sharing& rules, Rate quality) {
    if (rules.overspend.mode == OverspendMode::kFixed) return rules.overspend.rate;
    const Rate rest = Rate::whole(1) - earned_rate(rules, quality);
    return std::min(std::max(rest, rules.overspend.floor), rules.overspend.ceiling);
}

void cap(Fen& amount, Fen benchmark, Rate cap_rate, ShareResult& result) {
    const Fen limit = amount::multiply(benchmark, cap_rate, kDown);
    result.capped = amount > limit;
    amount = std::min(amount, limit);
}

void reward(const Sharing& rules, const ConsortiumYear& year, ShareResult& result) {
    result.min_rate = curve_rate(rules.surplus.min_rate_curve, year.members);
    if (below(result.surplus, result.min_rate, year.benchmark)) {
        result.outcome = ShareOutcome::kNoRewardBelowMin;
        return;
    }
    if (year.quality < rules.gate) {
        result.outcome = ShareOutcome::kNoRewardQuality;
        return;
    }
    result.outcome = ShareOutcome::kReward;
    const Rate rate = earned_rate(rules, year.quality);
    // fen * 10^8: the minimum's part is not rounded.
    Int128 base = Int128{result.surplus.raw()} * Rate::kUnit;
    if (!rules.surplus.first_unit) base -= Int128{result.min_rate.raw()} * year.benchmark.raw();
    result.reward = Fen::of_raw(amount::narrow64(
        amount::muldiv_wide(base, rate.raw(), amount::kTenTo16, rules.rounding.reward)));
    cap(result.reward, year.benchmark, rules.surplus.cap_rate, result);
    if (!result.reward.is_zero()) result.final_rate = rate;
    result.staff = amount::multiply(result.reward, rules.staff_rate, kUp);
}

void contribute(const Sharing& rules, const ConsortiumYear& year, ShareResult& result) {
    const Fen overspend = -result.surplus;
    result.min_rate = curve_rate(rules.overspend.min_rate_curve, year.members);
    if (below(overspend, result.min_rate, year.benchmark)) {
        result.outcome = ShareOutcome::kNoContributionBelowMin;
        return;
    }
    result.outcome = ShareOutcome::kContribution;
    const Rate rate = overspend_rate(rules, year.quality);
    result.contribution = amount::multiply(overspend, rate, rules.rounding.contribution);
    cap(result.contribution, year.benchmark, rules.overspend.cap_rate, result);
    if (!result.contribution.is_zero()) result.final_rate = rate;
}

Refusal out_of_range(const char* field) { return Refusal{"FIELD_RANGE", {{"field", field}}}; }

bool rate_fits(Fen part, Fen whole) {
    const Int128 scaled = Int128{part.raw()} * Rate::kUnit;
    const Int128 limit = Int128{std::numeric_limits<std::int64_t>::max()} * whole.raw();
    return scaled < limit && scaled > -limit;
}

bool is_lower_bound(SplitKind kind) {
    return kind == SplitKind::kContractFeeToTeam || kind == SplitKind::kApprovedSurplusToStaff;
}

}  // namespace

std::string_view name_of(ShareOutcome outcome) {
    switch (outcome) {
        case ShareOutcome::kReward:
            return "REWARD";
        case ShareOutcome::kNoRewardBelowMin:
            return "NO_REWARD_BELOW_MIN";
        case ShareOutcome::kNoRewardQuality:
            return "NO_REWARD_QUALITY";
        case ShareOutcome::kBalanced:
            return "BALANCED";
        case ShareOutcome::kContribution:
            return "CONTRIBUTION";
        case ShareOutcome::kNoContributionBelowMin:
            return "NO_CONTRIBUTION_BELOW_MIN";
    }
    return "";
}

Rate curve_rate(std::span<const CurvePoint> curve, std::int64_t members) {
    if (members <= curve.front().members) return curve.front().rate;
    for (std::size_t i = 1; i < curve.size(); ++i) {
        const CurvePoint& from = curve[i - 1];
        const CurvePoint& to = curve[i];
        if (members > to.members) continue;
        const Int128 length = to.members - from.members;
        const Int128 at = Int128{from.rate.raw()} * (to.members - members) +
                          Int128{to.rate.raw()} * (members - from.members);
        return Rate::of_raw(amount::narrow64(amount::divide(at, length, kHalfAway)));
    }
    return curve.back().rate;
}

Outcome<ShareResult> share_year(const Sharing& rules, const ConsortiumYear& year) {
    if (year.benchmark.is_zero()) return out_of_range("benchmark_fen");
    if (year.excluded > year.expenditure) return Reason("SHARE_EXCLUDED_TOO_LARGE");
    ShareResult result;
    result.surplus = year.benchmark - (year.expenditure - year.excluded);
    if (!rate_fits(result.surplus, year.benchmark)) return out_of_range("expenditure_fen");
    result.surplus_rate = amount::ratio(result.surplus, year.benchmark, kHalfAway);
    if (result.surplus.is_zero()) {
        result.outcome = ShareOutcome::kBalanced;
    } else if (result.surplus.is_negative()) {
        contribute(rules, year, result);
    } else {
        reward(rules, year, result);
    }
    return result;
}

Outcome<std::vector<Fen>> share_members(Fen amount, std::span<const MemberWeight> members) {
    std::vector<amount::Claim> claims;
    claims.reserve(members.size());
    for (const MemberWeight& m : members) claims.push_back({m.institution_id, m.weight.raw()});
    return amount::allocate(amount, claims);
}

Split split(SplitKind kind, Fen amount, Rate rate) {
    const Fen part = amount::multiply(amount, rate, is_lower_bound(kind) ? kUp : kDown);
    return {part, amount - part};
}

Fen procurement_kept(Fen budget, Fen needed, Rate rate, Rate score) {
    if (needed >= budget) return {};
    return Fen::of_raw(amount::product_over({(budget - needed).raw(), rate.raw(), score.raw()},
                                            amount::kTenTo16, kDown));
}

bool staff_income_within(Fen last_year, Fen this_year, Rate max_growth) {
    const Int128 limit = Int128{last_year.raw()} * (Rate::kUnit + Int128{max_growth.raw()});
    return Int128{this_year.raw()} * Rate::kUnit <= limit;
}

}  // namespace yilian::billing
