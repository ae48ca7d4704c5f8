#include "services/billing/domain/supervision.h"

#include <algorithm>

#include "libs/amount/int128.h"
#include "services/billing/domain/supervision_conditions.h"

namespace yilian::billing::supervision {
namespace {

const Threshold& threshold(const Rule& rule, std::string_view name) {
    const auto found = std::ranges::find(rule.thresholds, name, &Threshold::name);
    YILIAN_INVARIANT(found != rule.thresholds.end(), "supervision: a threshold was not read");
    return *found;
}

bool fits(const Filter& filter, const CaseFact& of) {
    if (filter.kind == "level") return of.level == filter.value;
    if (filter.kind == "type") return of.type == filter.value;
    if (filter.kind == "insurance") return of.insurance == filter.value;
    if (filter.kind == "institution") return of.institution_id == filter.value;
    if (filter.kind == "dx") return of.main_dx().starts_with(filter.value);
    if (filter.kind == "dept") return of.dept.starts_with(filter.value);
    return filter.kind == "planned" && of.readmission_planned;
}

bool in_scope(const Rule& rule, const CaseFact& of) {
    for (const Filter& exception : rule.exceptions) {
        if (exception.kind != "item" && fits(exception, of)) return false;
    }
    for (const Filter& filter : rule.scope) {
        if (filter.kind == "item") continue;
        const bool one_fits = std::ranges::any_of(rule.scope, [&](const Filter& other) {
            return other.kind == filter.kind && fits(other, of);
        });
        if (!one_fits) return false;
    }
    return true;
}

bool item_in_scope(const Rule& rule, std::string_view code) {
    const auto names = [&](const std::vector<Filter>& filters) {
        return std::ranges::any_of(
            filters, [&](const Filter& f) { return f.kind == "item" && f.value == code; });
    };
    if (names(rule.exceptions)) return false;
    const bool restricted =
        std::ranges::any_of(rule.scope, [](const Filter& f) { return f.kind == "item"; });
    return !restricted || names(rule.scope);
}

void add_cases(View& view) {
    for (const CaseFact& c : view.facts.cases) {
        if (in_scope(view.rule, c)) view.cases.push_back(&c);
    }
    std::ranges::sort(view.cases, {},
                      [](const CaseFact* c) { return std::pair(c->institution_id, c->list_id); });
    for (const CaseFact* c : view.cases) {
        view.of_resident[c->resident_id].push_back(c);
        view.of_institution[c->institution_id].push_back(c);
        view.case_of[c->key()] = c;
    }
    for (auto& [id, cases] : view.of_resident) {
        std::ranges::stable_sort(cases, {}, [](const CaseFact* c) { return c->admitted_at; });
    }
}

void add_lines(View& view) {
    for (const LineFact& l : view.facts.lines) {
        if (item_in_scope(view.rule, l.item_code)) {
            view.lines_of[l.institution_id + '/' + l.list_id].push_back(&l);
        }
    }
    for (auto& [key, lines] : view.lines_of) {
        std::ranges::sort(lines, {}, [](const LineFact* l) { return l->line_no; });
    }
}

}  // namespace

std::string_view name_of(Severity severity) {
    switch (severity) {
        case Severity::kHint:
            return "HINT";
        case Severity::kSuspect:
            return "SUSPECT";
        case Severity::kViolation:
            return "VIOLATION";
    }
    return {};
}

std::string_view name_of(Action action) {
    switch (action) {
        case Action::kNone:
            return "NONE";
        case Action::kAsk:
            return "ASK";
        case Action::kHold:
            return "HOLD";
        case Action::kDeduct:
            return "DEDUCT";
    }
    return {};
}

std::string_view name_of(Input input) {
    switch (input) {
        case Input::kLines:
            return "lines";
        case Input::kLists:
            return "lists";
        case Input::kCases:
            return "cases";
        case Input::kSales:
            return "sales";
        case Input::kDispenses:
            return "dispenses";
        case Input::kEvents:
            return "events";
    }
    return {};
}

std::int64_t Rule::number(std::string_view name) const { return threshold(*this, name).number; }
Rate Rule::rate(std::string_view name) const { return threshold(*this, name).rate; }
const std::vector<std::string>& Rule::words(std::string_view name) const {
    return threshold(*this, name).words;
}

const Rule* RuleSet::rule(std::string_view id, CivilDate day) const {
    for (const Rule& r : rules) {
        if (r.id == id && r.in_force(day)) return &r;
    }
    return nullptr;
}

const Item* View::item(std::string_view code) const {
    const auto found = set.items.find(code);
    return found == set.items.end() ? nullptr : &found->second;
}

void View::each_line(const CaseFact& of,
                     const std::function<void(const LineFact&, const Item&)>& use) const {
    const auto lines = lines_of.find(of.key());
    if (lines == lines_of.end()) return;
    for (const LineFact* line : lines->second) {
        if (const Item* known = item(line->item_code)) use(*line, *known);
    }
}

void View::hit(const CaseFact& of, const std::string& detail, Fen amount,
               std::vector<std::pair<std::string, std::string>> evidence) {
    const std::string record = detail.empty() ? of.key() : of.key() + '#' + detail;
    hits.emplace(record, Hit{record, of.institution_id, {of.list_id}, amount, std::move(evidence)});
}

void View::hit_institution(const std::string& institution_id, const std::string& detail,
                           std::vector<std::pair<std::string, std::string>> evidence) {
    std::string record = institution_id + '@' + facts.month.text();
    if (!detail.empty()) record += '#' + detail;
    hits.emplace(record, Hit{record, institution_id, {}, Fen(), std::move(evidence)});
}

bool starts_with_any(std::string_view text, const std::vector<std::string>& prefixes) {
    return std::ranges::any_of(prefixes, [&](const std::string& p) { return text.starts_with(p); });
}

std::span<const Condition> conditions() {
    static const std::vector<Condition> all = [] {
        std::vector<Condition> out;
        for (auto part : {line_conditions, combination_conditions, stay_conditions, peer_conditions,
                          sale_conditions}) {
            for (Condition& c : part()) out.push_back(std::move(c));
        }
        std::ranges::sort(out, {}, &Condition::name);
        return out;
    }();
    return all;
}

const Condition* condition(std::string_view name) {
    const auto all = conditions();
    const auto found = std::ranges::lower_bound(all, name, {}, &Condition::name);
    return found == all.end() || found->name != name ? nullptr : &*found;
}

std::vector<Hit> evaluate(const RuleSet& set, const Rule& rule, const Facts& facts) {
    const Condition* named = condition(rule.condition);
    YILIAN_INVARIANT(named != nullptr, "supervision: a condition was not read");
    if (!named->run) return {};
    View view{set, rule, facts};
    add_cases(view);
    add_lines(view);
    named->run(view);
    std::vector<Hit> out;
    for (auto& [record, hit] : view.hits) out.push_back(std::move(hit));
    return out;
}

std::int64_t sample_size(std::int64_t of, Rate rate) {
    if (of <= 0 || rate.is_zero()) return 0;
    return std::min(of, amount::muldiv(of, rate.raw(), Rate::kUnit, amount::Rounding::kUp));
}

}  // namespace yilian::billing::supervision
