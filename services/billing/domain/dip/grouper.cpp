#include "services/billing/domain/dip/grouper.h"

#include <algorithm>
#include <tuple>

namespace yilian::billing::dip {
namespace {

bool used(const Treatment& treatment, std::string_view code) {
    return code == treatment.main || std::ranges::binary_search(treatment.related, code);
}

bool holds(const Expression& expression, const Treatment& treatment) {
    return std::ranges::all_of(expression, [&](const auto& term) {
        return std::ranges::any_of(term, [&](const auto& code) { return used(treatment, code); });
    });
}

bool mentions(const Expression& expression, std::string_view code) {
    return std::ranges::any_of(
        expression, [&](const auto& term) { return std::ranges::find(term, code) != term.end(); });
}

std::int64_t count_used(const Expression& expression, const Treatment& treatment) {
    std::int64_t count = std::ranges::count_if(
        treatment.related, [&](std::string_view code) { return mentions(expression, code); });
    if (!treatment.main.empty() && mentions(expression, treatment.main)) ++count;
    return count;
}

}  // namespace

std::string_view name_of(DecidedBy step) {
    switch (step) {
        case DecidedBy::kNoCandidate:
            return "NO_CANDIDATE";
        case DecidedBy::kOnlyOne:
            return "ONLY_ONE";
        case DecidedBy::kClass:
            return "CLASS";
        case DecidedBy::kPrefix:
            return "PREFIX";
        case DecidedBy::kTerms:
            return "TERMS";
        case DecidedBy::kProcedures:
            return "PROCEDURES";
        case DecidedBy::kTieBreak:
            return "TIE_BREAK";
        case DecidedBy::kCode:
            return "CODE";
    }
    return "";
}

Grouper::Grouper(const Dip& dip, const Catalogue& catalogue) : dip_(dip), catalogue_(catalogue) {
    for (std::size_t i = 0; i < dip.priority.size(); ++i) {
        const auto& cls = dip.priority[i];
        places_[static_cast<std::size_t>(cls.kind)]
               [static_cast<std::size_t>(number_of(cls.rank) - 1)] = static_cast<std::int64_t>(i);
    }
}

Grouper::Merit Grouper::merit_of(const Group& group, const Expression& expression,
                                 const Treatment& treatment, Fen total) const {
    Merit merit;
    merit.place = places_[static_cast<std::size_t>(group.kind)]
                         [static_cast<std::size_t>(number_of(group.rank) - 1)];
    if (group.kind == GroupKind::kComprehensive) merit.short_prefix = -length_of(group.dx_key);
    merit.few_terms = -static_cast<std::int64_t>(expression.size());
    merit.few_used = -count_used(expression, treatment);
    if (dip_.tie_break == policy::billing::TieBreak::kNearestCost) {
        const amount::Int128 off = amount::Int128{total.raw()} - group.ref_fen.raw();
        merit.tie_break = off < 0 ? -off : off;
    } else {
        merit.tie_break = -amount::Int128{group.points.raw()};
    }
    merit.code = group.code;
    return merit;
}

DecidedBy Grouper::difference(const Merit& a, const Merit& b) {
    if (a.place != b.place) return DecidedBy::kClass;
    if (a.short_prefix != b.short_prefix) return DecidedBy::kPrefix;
    if (a.few_terms != b.few_terms) return DecidedBy::kTerms;
    if (a.few_used != b.few_used) return DecidedBy::kProcedures;
    if (a.tie_break != b.tie_break) return DecidedBy::kTieBreak;
    return DecidedBy::kCode;
}

bool Grouper::better(const Merit& a, const Merit& b) {
    const auto order = [](const Merit& m) {
        return std::tie(m.place, m.short_prefix, m.few_terms, m.few_used, m.tie_break, m.code);
    };
    return order(a) < order(b);
}

GroupChoice Grouper::choose(std::string_view principal_dx, const Treatment& treatment,
                            Fen total) const {
    GroupChoice choice;
    Merit best;
    const auto offer = [&](std::uint32_t position) {
        const Group& group = catalogue_.groups()[position];
        const Merit merit = merit_of(group, catalogue_.expression(position), treatment, total);
        if (choice.candidates++ == 0) {
            choice.decided_by = DecidedBy::kOnlyOne;
        } else {
            // A better one beats the rivals of the former best at its own step or an earlier one.
            const DecidedBy step = difference(merit, best);
            if (!better(merit, best)) {
                choice.decided_by = std::max(choice.decided_by, step);
                return;
            }
            choice.decided_by = step;
        }
        best = merit;
        choice.group = &group;
    };
    const std::string_view key = prefix_of(principal_dx, dip_.dx_key_chars);
    for (const std::uint32_t position : catalogue_.specific(key)) {
        if (holds(catalogue_.expression(position), treatment)) offer(position);
    }
    for (const std::int64_t length : catalogue_.prefix_lengths()) {
        if (length > length_of(key)) break;
        for (const std::uint32_t position : catalogue_.comprehensive(prefix_of(key, length))) {
            if (catalogue_.groups()[position].rank == treatment.rank) offer(position);
        }
    }
    return choice;
}

}  // namespace yilian::billing::dip
