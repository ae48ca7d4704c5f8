#include "services/billing/domain/drg/rule_index.h"

#include <algorithm>
#include <tuple>

namespace yilian::billing::drg {

Outcome<RuleIndex> RuleIndex::of(std::vector<RuleTerm> terms) {
    std::ranges::sort(terms, {}, [](const RuleTerm& t) { return std::tie(t.region, t.from); });
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const RuleTerm& t = terms[i];
        const Metadata where{{"region", t.region}, {"effective_from", t.from.text()}};
        if (t.to && *t.to <= t.from) return Refusal{"RULES_TABLE_MALFORMED", where};
        if (i == 0 || terms[i - 1].region != t.region) continue;
        if (!terms[i - 1].to || *terms[i - 1].to > t.from) return Refusal{"POLICY_OVERLAP", where};
    }
    RuleIndex index;
    index.terms_ = std::move(terms);
    return index;
}

const std::shared_ptr<const RulePack>& RuleIndex::at(std::string_view region,
                                                     calendar::CivilDate discharge) const {
    static const std::shared_ptr<const RulePack> kNone;
    // The last term of the region that begins on or before the day.
    const auto after = std::ranges::upper_bound(
        terms_, std::pair(region, discharge), std::less<>{},
        [](const RuleTerm& t) { return std::pair(std::string_view(t.region), t.from); });
    if (after == terms_.begin()) return kNone;
    const RuleTerm& t = *std::prev(after);
    if (t.region != region || (t.to && discharge >= *t.to)) return kNone;
    return t.pack;
}

}  // namespace yilian::billing::drg
