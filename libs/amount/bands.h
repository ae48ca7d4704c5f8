#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "libs/amount/fraction.h"
#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"

namespace yilian::amount {

// One interval of a banded rule (billing.md 2.6). `hi` empty means `inf`; `hi_closed` is then
// unread.
struct Band {
    Rate lo;
    bool lo_closed = false;
    std::optional<Rate> hi;
    bool hi_closed = false;
};

// An ordered list of bands that tiles [0, inf): the first starts closed at 0, neighbours meet at
// one bound of which exactly one side is closed, the last ends at inf. What a band means (formula,
// kind, share) stays with the caller, under the same index. Immutable, thread-safe.
class Bands {
  public:
    // Refusals, with metadata `band` = index of the band at fault:
    //   POLICY_BAND_GAP      a value >= 0 lies in no band (empty list included)
    //   POLICY_BAND_OVERLAP  a value lies in two bands, a band starts below 0, or a band is empty
    //                        (its upper bound is not above its lower one and it is not one point)
    [[nodiscard]] static Outcome<Bands> of(std::vector<Band> bands);

    // Index of the band that holds numerator / denominator, decided on the exact fraction.
    // numerator >= 0, denominator > 0, else abort.
    [[nodiscard]] std::size_t index_of(Int128 numerator, Int128 denominator) const;
    [[nodiscard]] std::size_t index_of(const Fraction& value) const {
        return index_of(value.numerator(), value.denominator());
    }

    [[nodiscard]] std::size_t size() const { return bands_.size(); }
    [[nodiscard]] const Band& operator[](std::size_t index) const { return bands_[index]; }
    [[nodiscard]] std::span<const Band> all() const { return bands_; }

  private:
    explicit Bands(std::vector<Band> bands) : bands_(std::move(bands)) {}
    std::vector<Band> bands_;
};

}  // namespace yilian::amount
