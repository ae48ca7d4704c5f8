#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"
#include "libs/policy/billing_blocks.h"
#include "services/billing/domain/settlement.h"

// A fixed amount shared by population, insured persons, visits, flow (billing.md 3.6 and 7.6).
// Pure, no state.
namespace yilian::billing {

// `figures` in the order of the pack's factors; none is negative.
struct InstitutionFactors {
    std::string institution_id;
    std::vector<std::int64_t> figures;
};

struct FactorShares {
    Fen total;                // round(amount * share_rate, down)
    std::vector<Fen> parts;   // of each factor; a renormalised factor without figures has 0
    std::vector<Fen> shares;  // of each institution, in the order given
    Fen undistributed;        // parts of factors that nobody has a figure for (`drop`)
};

// ALLOC_NO_WEIGHT when `renormalise` leaves no factor. Institution ids are unique.
[[nodiscard]] Outcome<FactorShares> share_by_factors(
    const policy::billing::Allocate& rules, std::span<const InstitutionFactors> institutions);

// Flow of the finished year by service class, with the price relations of the settled year.
struct InstitutionFlow {
    std::string institution_id;
    std::vector<ServiceFlow> flows;
};
// Budget before the year by flow and price (7.6), in the order given. ALLOC_NO_WEIGHT without any
// flow. Institution ids are unique.
[[nodiscard]] Outcome<std::vector<Fen>> share_by_flow(
    Fen budget, std::span<const InstitutionFlow> institutions);

}  // namespace yilian::billing
