#include "libs/amount/bands.h"

#include <string>
#include <utility>

namespace yilian::amount {
namespace {

constexpr Reason kGap = "POLICY_BAND_GAP";
constexpr Reason kOverlap = "POLICY_BAND_OVERLAP";

std::optional<Reason> own_fault(const Band& band) {
    if (!band.hi) return {};
    const bool one_point = band.lo == *band.hi && band.lo_closed && band.hi_closed;
    if (*band.hi > band.lo || one_point) return {};
    return kOverlap;
}

// Fault at the start of `band`, which follows `previous` (none for the first).
std::optional<Reason> joint_fault(const Band* previous, const Band& band) {
    if (previous == nullptr) {
        if (band.lo.is_negative()) return kOverlap;
        if (band.lo > Rate() || !band.lo_closed) return kGap;
        return {};
    }
    if (!previous->hi || *previous->hi > band.lo) return kOverlap;
    if (*previous->hi < band.lo) return kGap;
    if (previous->hi_closed == band.lo_closed) return band.lo_closed ? kOverlap : kGap;
    return {};
}

Refusal fault_at(Reason reason, std::size_t index) {
    return Refusal{reason, {{"band", std::to_string(index)}}};
}

}  // namespace

Outcome<Bands> Bands::of(std::vector<Band> bands) {
    if (bands.empty()) return fault_at(kGap, 0);
    for (std::size_t i = 0; i < bands.size(); ++i) {
        if (const auto fault = own_fault(bands[i])) return fault_at(*fault, i);
        if (const auto fault = joint_fault(i == 0 ? nullptr : &bands[i - 1], bands[i])) {
            return fault_at(*fault, i);
        }
    }
    if (bands.back().hi) return fault_at(kGap, bands.size() - 1);
    return Bands(std::move(bands));
}

std::size_t Bands::index_of(Int128 numerator, Int128 denominator) const {
    YILIAN_INVARIANT(numerator >= 0 && denominator > 0, "amount: value outside the bands");
    std::size_t index = 0;
    for (; index + 1 < bands_.size(); ++index) {
        const Band& band = bands_[index];
        const auto order = compare_fractions(numerator, denominator, band.hi->raw(), Rate::kUnit);
        if (order < 0 || (order == 0 && band.hi_closed)) break;
    }
    return index;
}

}  // namespace yilian::amount
