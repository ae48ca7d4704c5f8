#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"
#include "services/billing/domain/drg/rule_pack.h"

namespace yilian::billing::drg {

// A pack in force in one region from `from` (inclusive) to `to` (exclusive, empty = open).
struct RuleTerm {
    std::string region;
    calendar::CivilDate from;
    std::optional<calendar::CivilDate> to;
    std::shared_ptr<const RulePack> pack;
};

// Which pack groups a case: chosen by region and discharge date, never by today. Immutable and
// thread-safe; a service replaces the whole index, and whoever still holds a pack keeps it.
class RuleIndex {
  public:
    // Refusals, with region and date in the metadata: POLICY_OVERLAP (two packs of one region in
    // force on one day), RULES_TABLE_MALFORMED (a term that ends before it begins). Days without a
    // pack are allowed: the case of such a day is refused, not the index.
    [[nodiscard]] static Outcome<RuleIndex> of(std::vector<RuleTerm> terms);

    // Null when no pack is in force there (RULES_NOT_IN_FORCE).
    [[nodiscard]] const std::shared_ptr<const RulePack>& at(std::string_view region,
                                                            calendar::CivilDate discharge) const;

    [[nodiscard]] const std::vector<RuleTerm>& terms() const { return terms_; }

  private:
    RuleIndex() = default;
    std::vector<RuleTerm> terms_;  // by (region, from)
};

}  // namespace yilian::billing::drg
