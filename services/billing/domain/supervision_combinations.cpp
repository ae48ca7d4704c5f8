#include <algorithm>
#include <set>

#include "services/billing/domain/supervision_conditions.h"

// Conditions on items together: repeated charge, missing association, substitution and split, the
// second operation.
namespace yilian::billing::supervision {
namespace {

using ByDay = std::map<CivilDate, std::map<std::string, std::vector<const LineFact*>>>;

// Lines of a case by day and item.
ByDay by_day(const View& view, const CaseFact& of) {
    ByDay days;
    view.each_line(of, [&](const LineFact& line, const Item&) {
        days[line.used_on][line.item_code].push_back(&line);
    });
    return days;
}

Fen amount_of(const std::vector<const LineFact*>& lines) {
    Fen sum;
    for (const LineFact* l : lines) sum += l->amount;
    return sum;
}

void same_family_day(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        for (const auto& [day, items] : by_day(view, *c)) {
            std::map<std::string, std::vector<std::string>> families;
            for (const auto& [code, lines] : items) {
                const std::string& family = view.item(code)->family;
                if (!family.empty()) families[family].push_back(code);
            }
            for (const auto& [family, codes] : families) {
                if (codes.size() < 2) continue;
                view.hit(*c, family + '#' + day.text(), amount_of(items.at(codes.back())),
                         {{"family", family},
                          {"used_on", day.text()},
                          {"item", codes.front()},
                          {"other_item", codes.back()}});
            }
        }
    }
}

void set_and_part(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        for (const auto& [day, items] : by_day(view, *c)) {
            for (const auto& [code, lines] : items) {
                for (const std::string& part : view.item(code)->parts) {
                    const auto found = items.find(part);
                    if (found == items.end()) continue;
                    view.hit(*c, code + '#' + part + '#' + day.text(), amount_of(found->second),
                             {{"set", code}, {"part", part}, {"used_on", day.text()}});
                }
            }
        }
    }
}

void addon_over_base(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        std::map<std::string, std::int64_t> counts;
        view.each_line(*c, [&](const LineFact& line, const Item&) {
            counts[line.item_code] += line.quantity_milli;
        });
        for (const auto& [code, count] : counts) {
            const std::string& base = view.item(code)->base_item;
            if (base.empty()) continue;
            const auto found = counts.find(base);
            const std::int64_t bases = found == counts.end() ? 0 : found->second;
            if (count <= bases) continue;
            view.hit(*c, code, Fen(),
                     {{"addon", code},
                      {"base", base},
                      {"addon_milli", std::to_string(count)},
                      {"base_milli", std::to_string(bases)}});
        }
    }
}

void needs_missing(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        std::set<std::string> charged;
        view.each_line(*c,
                       [&](const LineFact& line, const Item&) { charged.insert(line.item_code); });
        view.each_line(*c, [&](const LineFact& line, const Item& item) {
            if (item.needs.empty()) return;
            const bool there = std::ranges::any_of(
                item.needs, [&](const std::string& code) { return charged.contains(code); });
            if (there) return;
            view.hit(*c, std::to_string(line.line_no), line.amount,
                     {{"item", line.item_code}, {"needs", item.needs.front()}});
        });
    }
}

void dearer_similar(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        view.each_line(*c, [&](const LineFact& line, const Item& item) {
            const Item* ordered = view.item(line.ordered_item_code);
            if (ordered == nullptr || ordered->code == item.code || item.family.empty() ||
                ordered->family != item.family || item.price <= ordered->price) {
                return;
            }
            const Fen more = multiply_ratio(item.price - ordered->price, line.quantity_milli, 1000,
                                            amount::Rounding::kDown);
            view.hit(*c, std::to_string(line.line_no), more,
                     {{"item", item.code},
                      {"ordered_item", ordered->code},
                      {"price_fen", item.price.text()},
                      {"ordered_price_fen", ordered->price.text()}});
        });
    }
}

void bundle_in_parts(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        for (const auto& [day, items] : by_day(view, *c)) {
            for (const auto& [code, item] : view.set.items) {
                if (item.parts.size() < 2 || items.contains(code)) continue;
                Fen sum;
                const bool all = std::ranges::all_of(item.parts, [&](const std::string& part) {
                    const auto found = items.find(part);
                    if (found == items.end()) return false;
                    sum += amount_of(found->second);
                    return true;
                });
                if (!all || sum <= item.price) continue;
                view.hit(*c, code + '#' + day.text(), sum - item.price,
                         {{"set", code},
                          {"used_on", day.text()},
                          {"parts_fen", sum.text()},
                          {"set_fen", item.price.text()}});
            }
        }
    }
}

// Of operations by one approach on a day the dearest counts in full, each other one up to the rate.
void second_operation(View& view) {
    const Rate most = view.rule.rate("max_rate");
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        std::map<std::pair<CivilDate, std::string>, std::vector<const LineFact*>> operations;
        view.each_line(*c, [&](const LineFact& line, const Item& item) {
            if (item.kind == "OPERATION" && !item.approach.empty()) {
                operations[{line.used_on, item.approach}].push_back(&line);
            }
        });
        for (auto& [key, lines] : operations) {
            std::ranges::stable_sort(lines, std::ranges::greater(), [&](const LineFact* l) {
                return view.item(l->item_code)->price;
            });
            for (std::size_t i = 1; i < lines.size(); ++i) {
                const Item& item = *view.item(lines[i]->item_code);
                const Fen full = multiply_ratio(item.price, lines[i]->quantity_milli, 1000,
                                                amount::Rounding::kUp);
                const Fen allowed = multiply(full, most, amount::Rounding::kUp);
                if (lines[i]->amount <= allowed) continue;
                view.hit(*c, std::to_string(lines[i]->line_no), lines[i]->amount - allowed,
                         {{"item", item.code},
                          {"first_item", lines[0]->item_code},
                          {"approach", key.second},
                          {"allowed_fen", allowed.text()}});
            }
        }
    }
}

// The same item on the same day in two lists of a resident, beyond what a day can hold.
void duplicate_item(View& view) {
    const auto& kinds = view.rule.words("kinds");
    for (const auto& [resident, cases] : view.of_resident) {
        struct Seen {
            std::int64_t milli = 0;
            const CaseFact* first = nullptr;
        };
        std::map<std::pair<std::string, CivilDate>, Seen> seen;
        for (const CaseFact* c : cases) {
            for (const auto& [day, items] : by_day(view, *c)) {
                for (const auto& [code, lines] : items) {
                    const Item& item = *view.item(code);
                    if (std::ranges::find(kinds, item.kind) == kinds.end()) continue;
                    Seen& before = seen[{code, day}];
                    const CaseFact* first = before.first;
                    if (first == nullptr) before.first = c;
                    for (const LineFact* l : lines) before.milli += l->quantity_milli;
                    const std::int64_t most = item.day_milli == 0 ? 1000 : item.day_milli;
                    if (first == nullptr || first == c || before.milli <= most) continue;
                    if (!c->in_month && !first->in_month) continue;
                    view.hit(*c, code + '#' + day.text(), amount_of(lines),
                             {{"item", code},
                              {"used_on", day.text()},
                              {"other_institution", first->institution_id},
                              {"other_list", first->list_id},
                              {"quantity_milli", std::to_string(before.milli)}});
                }
            }
        }
    }
}

void bed_days_differ(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month || c->type != "INPATIENT" || !view.lines_of.contains(c->key())) continue;
        std::int64_t beds = 0;
        view.each_line(*c, [&](const LineFact& line, const Item& item) {
            if (item.kind == "BED") beds += line.quantity_milli;
        });
        if (beds == c->stay_days * 1000) continue;
        view.hit(
            *c, "", Fen(),
            {{"bed_milli", std::to_string(beds)}, {"stay_days", std::to_string(c->stay_days)}});
    }
}

// A short and cheap stay for a stable chronic disease without operation, infusion or monitoring.
void low_standard(View& view) {
    const Rule& rule = view.rule;
    for (const CaseFact* c : view.cases) {
        if (!c->in_month || c->type != "INPATIENT" || c->operations > 0 ||
            c->stay_days > rule.number("max_days") ||
            c->total > Fen::of_raw(rule.number("max_fen")) ||
            !starts_with_any(c->main_dx(), rule.words("dx"))) {
            continue;
        }
        bool treated = false;
        view.each_line(*c, [&](const LineFact&, const Item& item) {
            treated |=
                item.kind == "INFUSION" || item.kind == "MONITORING" || item.kind == "OPERATION";
        });
        if (treated) continue;
        view.hit(*c, "", c->total,
                 {{"main_dx", std::string(c->main_dx())},
                  {"stay_days", std::to_string(c->stay_days)},
                  {"total_fen", c->total.text()}});
    }
}

}  // namespace

std::vector<Condition> combination_conditions() {
    const Input lines = Input::kLines;
    return {{"SAME_FAMILY_DAY", "repeated_charge", lines, {}, same_family_day},
            {"SET_AND_PART", "repeated_charge", lines, {}, set_and_part},
            {"ADDON_OVER_BASE", "repeated_charge", lines, {}, addon_over_base},
            {"DUPLICATE_ITEM", "duplicate_claim", lines, {{"kinds", Kind::kWords}}, duplicate_item},
            {"NEEDS_MISSING", "missing_association", lines, {}, needs_missing},
            {"DEARER_SIMILAR", "substitution_split", lines, {}, dearer_similar},
            {"BUNDLE_IN_PARTS", "substitution_split", lines, {}, bundle_in_parts},
            {"SECOND_OPERATION",
             "second_operation",
             lines,
             {{"max_rate", Kind::kRate}},
             second_operation},
            {"BED_DAYS_DIFFER", "hanging_bed", lines, {}, bed_days_differ},
            {"LOW_STANDARD",
             "low_standard_admission",
             Input::kLists,
             {{"max_days", Kind::kNumber}, {"max_fen", Kind::kNumber}, {"dx", Kind::kWords}},
             low_standard}};
}

}  // namespace yilian::billing::supervision
