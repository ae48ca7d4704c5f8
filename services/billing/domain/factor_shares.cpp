#include "services/billing/domain/factor_shares.h"

#include "libs/amount/allocation.h"
#include "libs/amount/int128.h"

namespace yilian::billing {

using amount::Int128;
using policy::billing::Allocate;
using policy::billing::ZeroDenominator;

namespace {

std::vector<Int128> totals_of(std::size_t factors,
                              std::span<const InstitutionFactors> institutions) {
    std::vector<Int128> totals(factors);
    for (const InstitutionFactors& i : institutions) {
        for (std::size_t f = 0; f < factors; ++f) totals[f] += i.figures[f];
    }
    return totals;
}

}  // namespace

Outcome<FactorShares> share_by_factors(const Allocate& rules,
                                       std::span<const InstitutionFactors> institutions) {
    FactorShares result;
    result.total = amount::multiply(rules.amount_fen, rules.share_rate, amount::Rounding::kDown);
    const std::vector<Int128> totals = totals_of(rules.factors.size(), institutions);
    std::vector<amount::Claim> factors;
    for (std::size_t f = 0; f < rules.factors.size(); ++f) {
        const bool left_out =
            totals[f] == 0 && rules.zero_denominator == ZeroDenominator::kRenormalise;
        factors.push_back({rules.factors[f].name, left_out ? 0 : rules.factors[f].weight.raw()});
    }
    const auto parts = amount::allocate(result.total, factors);
    if (!parts) return parts.refusal();
    result.parts = *parts;
    result.shares.resize(institutions.size());
    std::vector<amount::Claim> claims(institutions.size());
    for (std::size_t f = 0; f < rules.factors.size(); ++f) {
        if (totals[f] == 0) {
            result.undistributed += result.parts[f];
            continue;
        }
        for (std::size_t i = 0; i < institutions.size(); ++i) {
            claims[i] = {institutions[i].institution_id, institutions[i].figures[f]};
        }
        const auto shares = amount::allocate(result.parts[f], claims).value();
        for (std::size_t i = 0; i < shares.size(); ++i) result.shares[i] += shares[i];
    }
    return result;
}

Outcome<std::vector<Fen>> share_by_flow(Fen budget, std::span<const InstitutionFlow> institutions) {
    std::vector<amount::Claim> claims;
    claims.reserve(institutions.size());
    for (const InstitutionFlow& i : institutions) {
        claims.push_back({i.institution_id, flow_weight(i.flows).raw()});
    }
    return amount::allocate(budget, claims);
}

}  // namespace yilian::billing
