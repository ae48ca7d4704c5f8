#include "libs/amount/allocation.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "libs/amount/wide.h"

namespace yilian::amount {
namespace {

struct Remainder {
    UInt128 value;
    std::size_t index;
};

// Gives one unit to each of the `missing` largest remainders.
void give_missing(std::vector<std::int64_t>& shares, std::vector<Remainder>& remainders,
                  std::int64_t missing, std::span<const Claim> claims) {
    if (missing == 0) return;
    const auto before = [&](const Remainder& a, const Remainder& b) {
        if (a.value != b.value) return a.value > b.value;
        return claims[a.index].id < claims[b.index].id;
    };
    const auto last = remainders.begin() + missing - 1;
    std::nth_element(remainders.begin(), last, remainders.end(), before);
    for (auto it = last + 1; it != remainders.end(); ++it) {
        YILIAN_INVARIANT(before(*last, *it), "amount: two equal ids tie in an allocation");
    }
    for (auto it = remainders.begin(); it != last + 1; ++it) shares[it->index] += 1;
}

// total * weight = share * sum + remainder, in 128 bits when the product fits.
std::int64_t floor_share(std::int64_t total, Int128 weight, Int128 sum, UInt128& remainder) {
    Int128 product = 0;
    if (!__builtin_mul_overflow(Int128{total}, weight, &product)) {
        remainder = static_cast<UInt128>(product % sum);
        return static_cast<std::int64_t>(product / sum);
    }
    const Wide::Division division =
        Wide::product(static_cast<UInt128>(total), static_cast<UInt128>(weight))
            .divided_by(static_cast<UInt128>(sum));
    remainder = division.remainder;
    return static_cast<std::int64_t>(division.quotient.low());
}

}  // namespace

Outcome<std::vector<std::int64_t>> allocate_count(std::int64_t total,
                                                  std::span<const Claim> claims) {
    if (total < 0) return Reason("ALLOC_NEGATIVE");
    Int128 sum = 0;
    for (const Claim& claim : claims) {
        if (claim.weight < 0) return Refusal{"ALLOC_NEGATIVE", {{"id", std::string(claim.id)}}};
        sum = checked_add(sum, claim.weight);
    }
    if (sum == 0) return Reason("ALLOC_NO_WEIGHT");

    std::vector<std::int64_t> shares(claims.size());
    std::vector<Remainder> remainders(claims.size());
    std::int64_t missing = total;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        remainders[i].index = i;
        shares[i] = floor_share(total, claims[i].weight, sum, remainders[i].value);
        missing -= shares[i];
    }
    give_missing(shares, remainders, missing, claims);
    return shares;
}

Outcome<std::vector<Fen>> allocate(Fen total, std::span<const Claim> claims) {
    const Outcome<std::vector<std::int64_t>> shares = allocate_count(total.raw(), claims);
    if (!shares) return shares.refusal();
    std::vector<Fen> result;
    result.reserve(shares->size());
    for (const std::int64_t share : *shares) result.push_back(Fen::of_raw(share));
    return result;
}

}  // namespace yilian::amount
