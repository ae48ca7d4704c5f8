#include <algorithm>
#include <set>

#include "services/billing/domain/supervision_conditions.h"

// Conditions on one item: out of scope, over a standard, arithmetic.
namespace yilian::billing::supervision {
namespace {

using Evidence = std::vector<std::pair<std::string, std::string>>;

Evidence of_line(const LineFact& line, std::string_view limit, const std::string& allowed) {
    return {{"item", line.item_code},
            {"line_no", std::to_string(line.line_no)},
            {"used_on", line.used_on.text()},
            {"limit", std::string(limit)},
            {"allowed", allowed}};
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& w : words) out += (out.empty() ? "" : "|") + w;
    return out;
}

bool named(const std::vector<std::string>& words, std::string_view word) {
    return words.empty() || std::ranges::find(words, word) != words.end();
}

// The resident was charged `code` on an earlier or the same day.
bool used_before(const View& view, const CaseFact& of, std::string_view code, CivilDate day) {
    const auto cases = view.of_resident.find(of.resident_id);
    if (cases == view.of_resident.end()) return false;
    for (const CaseFact* other : cases->second) {
        const auto lines = view.lines_of.find(other->key());
        if (lines == view.lines_of.end()) continue;
        for (const LineFact* line : lines->second) {
            if (line->item_code == code && line->used_on <= day) return true;
        }
    }
    return false;
}

// What the item is not for, "" when it is in scope.
std::pair<std::string_view, std::string> violated_limit(const View& view, const CaseFact& of,
                                                        const LineFact& line, const Item& item) {
    if (!item.insurance.empty() && item.insurance != of.insurance) {
        return {"insurance", item.insurance};
    }
    if (!named(item.levels, of.level)) return {"level", joined(item.levels)};
    if (!item.depts.empty() &&
        !starts_with_any(line.dept.empty() ? of.dept : line.dept, item.depts)) {
        return {"dept", joined(item.depts)};
    }
    if (item.sex != 0 && item.sex != of.sex) return {"sex", std::to_string(item.sex)};
    if (of.age_years < item.age_from) return {"age_from", std::to_string(item.age_from)};
    if (item.age_to != 0 && of.age_years > item.age_to) {
        return {"age_to", std::to_string(item.age_to)};
    }
    const bool diagnosed =
        item.diagnoses.empty() || std::ranges::any_of(of.diagnoses, [&](const std::string& dx) {
            return starts_with_any(dx, item.diagnoses);
        });
    if (!diagnosed) return {"diagnosis", joined(item.diagnoses)};
    if (!item.after_item.empty() && !used_before(view, of, item.after_item, line.used_on)) {
        return {"line_of_therapy", item.after_item};
    }
    return {};
}

void item_out_of_scope(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        view.each_line(*c, [&](const LineFact& line, const Item& item) {
            const auto [limit, allowed] = violated_limit(view, *c, line, item);
            if (limit.empty()) return;
            view.hit(*c, std::to_string(line.line_no), line.amount, of_line(line, limit, allowed));
        });
    }
}

struct Sum {
    std::int64_t milli = 0;
    Fen amount{};
};

// Sums of a case by item and day.
std::map<std::pair<std::string, CivilDate>, Sum> by_day(const View& view, const CaseFact& of) {
    std::map<std::pair<std::string, CivilDate>, Sum> sums;
    view.each_line(of, [&](const LineFact& line, const Item&) {
        Sum& s = sums[{line.item_code, line.used_on}];
        s.milli += line.quantity_milli;
        s.amount += line.amount;
    });
    return sums;
}

void over_a_day(View& view, std::int64_t Item::*limit, std::string_view name) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        for (const auto& [key, sum] : by_day(view, *c)) {
            const std::int64_t allowed = view.item(key.first)->*limit;
            if (allowed == 0 || sum.milli <= allowed) continue;
            view.hit(*c, key.first + '#' + key.second.text(), sum.amount,
                     {{"item", key.first},
                      {"used_on", key.second.text()},
                      {"quantity_milli", std::to_string(sum.milli)},
                      {std::string(name), std::to_string(allowed)}});
        }
    }
}

void dose_per_day(View& view) { over_a_day(view, &Item::dose_milli, "dose_milli"); }
void quantity_impossible(View& view) { over_a_day(view, &Item::day_milli, "day_milli"); }

void hours_over_day(View& view) {
    const std::int64_t most = view.rule.number("max_hours") * 1000;
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        for (const auto& [key, sum] : by_day(view, *c)) {
            const std::int64_t hours = amount::muldiv(view.item(key.first)->hours_milli, sum.milli,
                                                      1000, amount::Rounding::kDown);
            if (hours <= most) continue;
            view.hit(*c, key.first + '#' + key.second.text(), sum.amount,
                     {{"item", key.first},
                      {"used_on", key.second.text()},
                      {"hours_milli", std::to_string(hours)}});
        }
    }
}

void count_per_visit(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        std::map<std::string, Sum> sums;
        view.each_line(*c, [&](const LineFact& line, const Item&) {
            sums[line.item_code].milli += line.quantity_milli;
            sums[line.item_code].amount += line.amount;
        });
        for (const auto& [code, sum] : sums) {
            const std::int64_t allowed = view.item(code)->visit_milli;
            if (allowed == 0 || sum.milli <= allowed) continue;
            view.hit(*c, code, sum.amount,
                     {{"item", code},
                      {"quantity_milli", std::to_string(sum.milli)},
                      {"visit_milli", std::to_string(allowed)}});
        }
    }
}

// Lines of a resident with their cases, by day.
std::vector<std::pair<const LineFact*, const CaseFact*>> lines_of_resident(
    const View& view, const std::vector<const CaseFact*>& cases) {
    std::vector<std::pair<const LineFact*, const CaseFact*>> out;
    for (const CaseFact* c : cases) {
        view.each_line(*c, [&](const LineFact& line, const Item&) { out.emplace_back(&line, c); });
    }
    std::ranges::stable_sort(out, {}, [](const auto& pair) { return pair.first->used_on; });
    return out;
}

// Sums of a resident by item and span, over all institutions; the line that goes beyond the limit
// is what is found, when it is of the month.
void over_a_span(View& view, const std::function<std::string(CivilDate)>& span,
                 const std::function<bool(const Item&, const Sum&)>& beyond,
                 std::string_view name) {
    for (const auto& [resident, cases] : view.of_resident) {
        std::map<std::pair<std::string, std::string>, Sum> sums;
        for (const auto& [line, of] : lines_of_resident(view, cases)) {
            const Item& item = *view.item(line->item_code);
            const std::string when = span(line->used_on);
            Sum& sum = sums[{line->item_code, when}];
            sum.milli += line->quantity_milli;
            sum.amount += line->amount;
            if (!of->in_month || !beyond(item, sum)) continue;
            view.hit(*of, line->item_code + '#' + when, line->amount,
                     {{"item", line->item_code},
                      {std::string(name), when},
                      {"quantity_milli", std::to_string(sum.milli)},
                      {"amount_fen", sum.amount.text()}});
        }
    }
}

void count_per_week(View& view) {
    over_a_span(
        view,
        [](CivilDate day) { return day.plus_days(1 - static_cast<int>(day.iso_weekday())).text(); },
        [](const Item& item, const Sum& sum) {
            return item.week_milli != 0 && sum.milli > item.week_milli;
        },
        "week_from");
}
void count_per_month(View& view) {
    over_a_span(
        view, [](CivilDate day) { return CivilMonth::containing(day).text(); },
        [](const Item& item, const Sum& sum) {
            return item.month_milli != 0 && sum.milli > item.month_milli;
        },
        "month");
}
void amount_per_year(View& view) {
    over_a_span(
        view, [](CivilDate day) { return std::to_string(day.year()); },
        [](const Item& item, const Sum& sum) {
            return !item.year.is_zero() && sum.amount > item.year;
        },
        "year");
}

void course_days(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        std::map<std::string, std::set<CivilDate>> days;
        view.each_line(*c, [&](const LineFact& line, const Item&) {
            days[line.item_code].insert(line.used_on);
        });
        for (const auto& [code, used] : days) {
            const std::int64_t allowed = view.item(code)->course_days;
            if (allowed == 0 || static_cast<std::int64_t>(used.size()) <= allowed) continue;
            view.hit(*c, code, Fen(),
                     {{"item", code},
                      {"days", std::to_string(used.size())},
                      {"course_days", std::to_string(allowed)}});
        }
    }
}

void markup(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month) continue;
        view.each_line(*c, [&](const LineFact& line, const Item& item) {
            const bool drug = item.kind == "DRUG";
            if ((!drug && item.kind != "MATERIAL") || item.purchase.is_zero()) return;
            const Rate most = view.rule.rate(drug ? "drug" : "material");
            // amount > purchase * quantity / 1000 * most, without rounding.
            const auto charged =
                static_cast<amount::Int128>(line.amount.raw()) * 1000 * Rate::kUnit;
            const auto allowed = amount::checked_mul(
                static_cast<amount::Int128>(item.purchase.raw()) * line.quantity_milli,
                amount::Int128{most.raw()});
            if (charged <= allowed) return;
            const Fen fair = multiply(
                multiply_ratio(item.purchase, line.quantity_milli, 1000, amount::Rounding::kUp),
                most, amount::Rounding::kUp);
            view.hit(*c, std::to_string(line.line_no), line.amount - fair,
                     of_line(line, "markup", most.text()));
        });
    }
}

void days_over_stay(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month || !c->is_stay()) continue;
        std::map<std::string, Sum> sums;
        view.each_line(*c, [&](const LineFact& line, const Item& item) {
            if (!item.daily) return;
            sums[line.item_code].milli += line.quantity_milli;
            sums[line.item_code].amount += line.amount;
        });
        for (const auto& [code, sum] : sums) {
            if (sum.milli <= c->stay_days * 1000) continue;
            view.hit(*c, code, sum.amount,
                     {{"item", code},
                      {"quantity_milli", std::to_string(sum.milli)},
                      {"stay_days", std::to_string(c->stay_days)}});
        }
    }
}

void part_over_whole(View& view) {
    for (const CaseFact* c : view.cases) {
        const auto lines = view.lines_of.find(c->key());
        if (!c->in_month || lines == view.lines_of.end()) continue;
        Fen sum;
        for (const LineFact* line : lines->second) sum += line->amount;
        if (sum <= c->total) continue;
        view.hit(*c, "", sum - c->total,
                 {{"lines_fen", sum.text()}, {"total_fen", c->total.text()}});
    }
}

void special_share(View& view) {
    const Rate most = view.facts.special_service_max.value_or(view.rule.rate("max_rate"));
    for (const auto& [institution, cases] : view.of_institution) {
        Fen special;
        Fen all;
        for (const CaseFact* c : cases) {
            if (!c->in_month) continue;
            view.each_line(*c, [&](const LineFact& line, const Item& item) {
                all += line.amount;
                if (item.kind == "SPECIAL") special += line.amount;
            });
        }
        if (static_cast<amount::Int128>(special.raw()) * Rate::kUnit <=
            static_cast<amount::Int128>(all.raw()) * most.raw()) {
            continue;
        }
        view.hit_institution(
            institution, "",
            {{"special_fen", special.text()}, {"all_fen", all.text()}, {"max_rate", most.text()}});
    }
}

}  // namespace

std::vector<Condition> line_conditions() {
    const Input lines = Input::kLines;
    return {
        {"ITEM_OUT_OF_SCOPE", "out_of_scope", lines, {}, item_out_of_scope},
        {"DOSE_PER_DAY", "over_standard", lines, {}, dose_per_day},
        {"COUNT_PER_VISIT", "over_standard", lines, {}, count_per_visit},
        {"COUNT_PER_WEEK", "over_standard", lines, {}, count_per_week},
        {"COUNT_PER_MONTH", "over_standard", lines, {}, count_per_month},
        {"COURSE_DAYS", "over_standard", lines, {}, course_days},
        {"AMOUNT_PER_YEAR", "over_standard", lines, {}, amount_per_year},
        {"MARKUP",
         "over_standard",
         lines,
         {{"drug", Kind::kRate}, {"material", Kind::kRate}},
         markup},
        {"QUANTITY_IMPOSSIBLE", "substitution_split", lines, {}, quantity_impossible},
        {"DAYS_OVER_STAY", "arithmetic", lines, {}, days_over_stay},
        {"HOURS_OVER_DAY", "arithmetic", lines, {{"max_hours", Kind::kNumber}}, hours_over_day},
        {"PART_OVER_WHOLE", "arithmetic", lines, {}, part_over_whole},
        {"SPECIAL_SERVICE_SHARE", "compliance", lines, {{"max_rate", Kind::kRate}}, special_share}};
}

}  // namespace yilian::billing::supervision
