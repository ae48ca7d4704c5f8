#include "services/billing/domain/drg/rule_pack.h"

namespace yilian::billing::drg {

std::optional<ProcFormula> parse_proc_formula(std::string_view text) {
    ProcFormula formula;
    std::uint32_t term = 0;
    std::size_t number = 0;
    bool digits = false;
    // One pass; the end of the text closes the last number and the last term.
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : '|';
        if (c >= '0' && c <= '9') {
            number = number * 10 + static_cast<std::size_t>(c - '0');
            digits = true;
            if (number > kMaxProcLists) return std::nullopt;
            continue;
        }
        if ((c != '&' && c != '|') || !digits || number == 0) return std::nullopt;
        term |= std::uint32_t{1} << (number - 1);
        number = 0;
        digits = false;
        if (c == '|') {
            formula.lists |= term;
            formula.terms.push_back(term);
            term = 0;
        }
    }
    return formula;
}

std::size_t RulePack::bytes() const {
    return dx_codes_.bytes() + proc_codes_.bytes() + dx_facts_.capacity() * sizeof(DxFacts) +
           (adrg_dx_.bits.capacity() + proc_lists_.bits.capacity()) * sizeof(std::uint64_t) +
           valid_proc_.capacity() + (dx_map_.capacity() + proc_map_.capacity()) * sizeof(CodeId) +
           adrgs_.capacity() * sizeof(Adrg) + drgs_.capacity() * sizeof(Drg) +
           mdcs_.capacity() * sizeof(Mdc);
}

}  // namespace yilian::billing::drg
