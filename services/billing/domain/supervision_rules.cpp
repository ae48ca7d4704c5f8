#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "services/billing/domain/supervision.h"
#include "services/billing/domain/supervision_conditions.h"

namespace yilian::billing::supervision {
namespace {

std::vector<std::string> split(std::string_view text, char by) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(by), text.size());
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

// One table: a header with exactly the columns, then codes and numbers without quotes. Lines that
// begin with '#' are comments.
class Table {
  public:
    Table(std::string file, std::string_view text, std::span<const std::string_view> columns,
          std::vector<Defect>& defects)
        : file_(std::move(file)), rest_(text), columns_(columns), defects_(defects) {
        if (!next_line() || cells_.size() != columns_.size() ||
            !std::ranges::equal(cells_, columns_)) {
            fail("", "HEADER");
            rest_ = {};
        }
    }

    bool next() {
        while (next_line()) {
            if (cells_.size() == columns_.size()) return true;
            fail("", "FIELD_COUNT");
        }
        return false;
    }

    [[nodiscard]] std::string_view text(std::string_view column) const {
        const auto at = std::ranges::find(columns_, column);
        return cells_[static_cast<std::size_t>(at - columns_.begin())];
    }
    std::string required(std::string_view column) {
        if (text(column).empty()) fail(column, "FIELD_REQUIRED");
        return std::string(text(column));
    }
    std::string one_of(std::string_view column, std::initializer_list<std::string_view> allowed) {
        if (std::ranges::find(allowed, text(column)) == allowed.end()) fail(column, "FIELD_ENUM");
        return std::string(text(column));
    }
    std::int64_t number(std::string_view column) {
        if (text(column).empty()) return 0;
        return whole(column, text(column));
    }
    std::int64_t whole(std::string_view column, std::string_view value) {
        const auto read = amount::parse_scaled(value, 0);
        if (!read.ok() || *read < 0) {
            fail(column, "FIELD_FORMAT");
            return 0;
        }
        return *read;
    }
    Fen fen(std::string_view column) { return Fen::of_raw(number(column)); }
    std::optional<CivilDate> date(std::string_view column) {
        if (text(column).empty()) return std::nullopt;
        const auto read = CivilDate::parse(text(column));
        if (!read.ok()) {
            fail(column, "FIELD_FORMAT");
            return std::nullopt;
        }
        return *read;
    }
    void fail(std::string_view column, std::string_view problem) {
        defects_.push_back({file_, line_, std::string(column), std::string(problem)});
    }

  private:
    bool next_line() {
        while (!rest_.empty()) {
            ++line_;
            const auto end = std::min(rest_.find('\n'), rest_.size());
            std::string_view line = rest_.substr(0, end);
            rest_.remove_prefix(std::min(end + 1, rest_.size()));
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (line.empty() || line.starts_with('#')) continue;
            cells_.clear();
            for (;;) {
                const auto comma = std::min(line.find(','), line.size());
                cells_.push_back(line.substr(0, comma));
                if (comma == line.size()) return true;
                line.remove_prefix(comma + 1);
            }
        }
        return false;
    }

    std::string file_;
    std::string_view rest_;
    std::span<const std::string_view> columns_;
    std::vector<Defect>& defects_;
    std::vector<std::string_view> cells_;
    int line_ = 0;
};

constexpr std::array<std::string_view, 12> kRuleColumns{
    "rule_id",   "version",  "family", "scope",      "input",          "condition",
    "threshold", "severity", "action", "exceptions", "effective_from", "effective_to"};
constexpr std::array<std::string_view, 26> kItemColumns{
    "item_code",   "kind",      "family",     "price_fen",   "purchase_fen", "insurance",
    "levels",      "depts",     "sex",        "age_from",    "age_to",       "diagnoses",
    "after_item",  "base_item", "parts",      "needs",       "approach",     "hours_milli",
    "daily",       "day_milli", "dose_milli", "visit_milli", "week_milli",   "month_milli",
    "course_days", "year_fen"};

std::vector<Filter> read_filters(Table& table, std::string_view column) {
    static const std::set<std::string, std::less<>> kinds{
        "level", "type", "insurance", "institution", "dx", "dept", "item", "planned"};
    std::vector<Filter> out;
    for (const std::string& part : split(table.text(column), '|')) {
        const auto equals = std::min(part.find('='), part.size());
        Filter f{part.substr(0, equals), equals < part.size() ? part.substr(equals + 1) : ""};
        if (!kinds.contains(f.kind) || f.value.empty() != (f.kind == "planned")) {
            table.fail(column, "FIELD_ENUM");
            continue;
        }
        out.push_back(std::move(f));
    }
    return out;
}

Threshold read_threshold(Table& table, const Parameter& parameter, std::string_view text) {
    Threshold out{std::string(parameter.name), std::string(text)};
    if (text.empty()) {
        table.fail("threshold", "FIELD_REQUIRED");
        return out;
    }
    switch (parameter.kind) {
        case Kind::kNumber:
            out.number = table.whole("threshold", text);
            break;
        case Kind::kRate: {
            const auto rate = Rate::parse(text);
            if (!rate.ok() || rate->is_negative()) {
                table.fail("threshold", "FIELD_FORMAT");
            } else {
                out.rate = *rate;
            }
            break;
        }
        case Kind::kWords:
            out.words = split(text, ';');
            break;
    }
    return out;
}

// Exactly the thresholds of the condition, each once, in any order.
std::vector<Threshold> read_thresholds(Table& table, const Condition& condition) {
    std::map<std::string, std::string, std::less<>> given;
    for (const std::string& part : split(table.text("threshold"), '|')) {
        const auto equals = std::min(part.find('='), part.size());
        const std::string value = equals < part.size() ? part.substr(equals + 1) : "";
        if (!given.emplace(part.substr(0, equals), value).second) {
            table.fail("threshold", "KEY_REPEATED " + part.substr(0, equals));
        }
    }
    std::vector<Threshold> out;
    for (const Parameter& parameter : condition.parameters) {
        const auto found = given.find(parameter.name);
        if (found == given.end()) {
            table.fail("threshold", "KEY_MISSING " + std::string(parameter.name));
            continue;
        }
        out.push_back(read_threshold(table, parameter, found->second));
        given.erase(found);
    }
    for (const auto& [name, value] : given) table.fail("threshold", "KEY_UNKNOWN " + name);
    return out;
}

Severity severity_of(std::string_view text) {
    if (text == "HINT") return Severity::kHint;
    return text == "VIOLATION" ? Severity::kViolation : Severity::kSuspect;
}

Action action_of(std::string_view text) {
    if (text == "ASK") return Action::kAsk;
    if (text == "HOLD") return Action::kHold;
    return text == "DEDUCT" ? Action::kDeduct : Action::kNone;
}

Rule read_rule(Table& table) {
    Rule rule;
    rule.id = table.required("rule_id");
    if (rule.id.size() > 31) table.fail("rule_id", "FIELD_RANGE");
    rule.version = static_cast<std::int32_t>(table.number("version"));
    if (rule.version < 1) table.fail("version", "FIELD_RANGE");
    rule.family = table.required("family");
    rule.scope = read_filters(table, "scope");
    rule.exceptions = read_filters(table, "exceptions");
    rule.condition = table.required("condition");
    if (const Condition* named = condition(rule.condition)) {
        rule.input = named->input;
        if (table.text("input") != name_of(named->input)) table.fail("input", "FIELD_ENUM");
        if (rule.family != named->family) table.fail("family", "FIELD_ENUM");
        rule.thresholds = read_thresholds(table, *named);
    } else {
        table.fail("condition", "FIELD_ENUM");
    }
    rule.severity = severity_of(table.one_of("severity", {"HINT", "SUSPECT", "VIOLATION"}));
    rule.action = action_of(table.one_of("action", {"NONE", "ASK", "HOLD", "DEDUCT"}));
    if (const auto from = table.date("effective_from")) {
        rule.from = *from;
    } else if (table.text("effective_from").empty()) {
        table.fail("effective_from", "FIELD_REQUIRED");
    }
    rule.to = table.date("effective_to");
    if (rule.to && *rule.to <= rule.from) table.fail("effective_to", "FIELD_RANGE");
    return rule;
}

Item read_item(Table& table) {
    Item item;
    item.code = table.required("item_code");
    item.kind = table.one_of("kind", {"DRUG", "MATERIAL", "SERVICE", "OPERATION", "ADDON", "BED",
                                      "NURSING", "MONITORING", "INFUSION", "SPECIAL"});
    item.family = table.text("family");
    item.price = table.fen("price_fen");
    item.purchase = table.fen("purchase_fen");
    item.insurance = table.text("insurance");
    item.levels = split(table.text("levels"), '|');
    item.depts = split(table.text("depts"), '|');
    item.sex = table.number("sex");
    if (item.sex > 2) table.fail("sex", "FIELD_RANGE");
    item.age_from = table.number("age_from");
    item.age_to = table.number("age_to");
    item.diagnoses = split(table.text("diagnoses"), '|');
    item.after_item = table.text("after_item");
    item.base_item = table.text("base_item");
    item.parts = split(table.text("parts"), '|');
    item.needs = split(table.text("needs"), '|');
    item.approach = table.text("approach");
    item.hours_milli = table.number("hours_milli");
    item.daily = table.number("daily") == 1;
    item.day_milli = table.number("day_milli");
    item.dose_milli = table.number("dose_milli");
    item.visit_milli = table.number("visit_milli");
    item.week_milli = table.number("week_milli");
    item.month_milli = table.number("month_milli");
    item.course_days = table.number("course_days");
    item.year = table.fen("year_fen");
    return item;
}

// Items name only items that are there.
void check_references(const std::map<std::string, Item, std::less<>>& items,
                      const std::map<std::string, int, std::less<>>& lines,
                      std::vector<Defect>& defects) {
    for (const auto& [code, item] : items) {
        const auto known = [&](std::string_view column, const std::string& other) {
            if (other.empty() || items.contains(other)) return;
            defects.push_back({"items.csv", lines.find(code)->second, std::string(column),
                               "RULES_DANGLING_REFERENCE " + other});
        };
        known("after_item", item.after_item);
        known("base_item", item.base_item);
        for (const std::string& part : item.parts) known("parts", part);
        for (const std::string& needed : item.needs) known("needs", needed);
    }
}

// Versions of one rule do not hold on the same day.
void check_versions(const std::vector<Rule>& rules, const std::vector<int>& lines,
                    std::vector<Defect>& defects) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const Rule& a = rules[i];
            const Rule& b = rules[j];
            if (a.id != b.id) continue;
            const bool apart = (a.to && *a.to <= b.from) || (b.to && *b.to <= a.from);
            if (a.version == b.version) {
                defects.push_back({"rules.csv", lines[i], "version", "KEY_REPEATED"});
            } else if (!apart) {
                defects.push_back({"rules.csv", lines[i], "effective_from", "POLICY_OVERLAP"});
            }
        }
    }
}

int line_number(std::string_view text, std::string_view part) {
    return 1 + static_cast<int>(
                   std::count(text.begin(), text.begin() + (part.data() - text.data()), '\n'));
}

}  // namespace

RuleSet read_rules(std::string_view rules_csv, std::string_view items_csv,
                   std::vector<Defect>& defects) {
    RuleSet set;
    std::map<std::string, int, std::less<>> item_lines;
    Table items("items.csv", items_csv, kItemColumns, defects);
    while (items.next()) {
        Item item = read_item(items);
        const int line = line_number(items_csv, items.text("item_code"));
        if (!item_lines.emplace(item.code, line).second) items.fail("item_code", "KEY_REPEATED");
        set.items.emplace(item.code, std::move(item));
    }
    check_references(set.items, item_lines, defects);
    std::vector<int> rule_lines;
    Table rules("rules.csv", rules_csv, kRuleColumns, defects);
    while (rules.next()) {
        set.rules.push_back(read_rule(rules));
        rule_lines.push_back(line_number(rules_csv, rules.text("rule_id")));
    }
    check_versions(set.rules, rule_lines, defects);
    std::ranges::sort(set.rules, {}, [](const Rule& r) { return std::pair(r.id, r.version); });
    std::ranges::stable_sort(defects, {},
                             [](const Defect& d) { return std::pair(d.file, d.line); });
    return set;
}

}  // namespace yilian::billing::supervision
