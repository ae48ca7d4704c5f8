#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "services/billing/domain/dip/catalogue.h"

// Choosing the DIP group of a case (billing.md 4.3). Pure, no state.
namespace yilian::billing::dip {

// The step of the order at which the last rival fell.
enum class DecidedBy {
    kNoCandidate,  // blank group (4.7)
    kOnlyOne,
    kClass,       // class order of the pack
    kPrefix,      // longer prefix among comprehensive groups
    kTerms,       // more '+' terms
    kProcedures,  // more distinct procedures of the case used
    kTieBreak,    // nearest cost or highest points
    kCode,        // smaller code by bytes
};
// NO_CANDIDATE, ONLY_ONE, CLASS, ...
[[nodiscard]] std::string_view name_of(DecidedBy step);

struct GroupChoice {
    const Group* group = nullptr;  // null: blank group
    std::int64_t candidates = 0;
    DecidedBy decided_by = DecidedBy::kNoCandidate;

    // Of the group, "" for the blank one; as long as the catalogue.
    [[nodiscard]] std::string_view code() const {
        if (group == nullptr) return {};
        return group->code;
    }
};

// Const members are thread-safe; parameters and catalogue must outlive it.
class Grouper {
  public:
    Grouper(const Dip& dip, const Catalogue& catalogue);

    // `total` is the cost of the case, read only by `nearest_cost`.
    [[nodiscard]] GroupChoice choose(std::string_view principal_dx, const Treatment& treatment,
                                     Fen total) const;

  private:
    // Smaller is better, field by field.
    struct Merit {
        std::int64_t place = 0;
        std::int64_t short_prefix = 0;
        std::int64_t few_terms = 0;
        std::int64_t few_used = 0;
        amount::Int128 tie_break = 0;
        std::string_view code;
    };
    [[nodiscard]] Merit merit_of(const Group& group, const Expression& expression,
                                 const Treatment& treatment, Fen total) const;
    [[nodiscard]] static DecidedBy difference(const Merit& a, const Merit& b);
    static bool better(const Merit& a, const Merit& b);

    const Dip& dip_;
    const Catalogue& catalogue_;
    // Place in the class order by kind and number_of(rank) - 1.
    std::array<std::array<std::int64_t, 4>, 3> places_{};
};

}  // namespace yilian::billing::dip
