#include "libs/policy/yaml/key_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "libs/policy/yaml/fields.h"

namespace yilian::policy {
namespace {

constexpr std::int64_t kAnyInteger = 999'999'999'999'999'999;

std::optional<std::int64_t> read_number(const KeySpec& spec, const Node& node,
                                        std::string_view where, Problems& problems) {
    if (!spec.legal_bounds) return read_integer(node, where, spec.min, spec.max, problems);
    const auto value = read_integer(node, where, -kAnyInteger, kAnyInteger, problems);
    if (!value) return std::nullopt;
    if (*value >= spec.min && *value <= spec.max) return value;
    const bool below = *value < spec.min;
    refuse(problems, node, below ? Reason("POLICY_BELOW_FLOOR") : Reason("POLICY_ABOVE_CEILING"),
           where, fmt::format("{} is not between {} and {}", *value, spec.min, spec.max));
    return std::nullopt;
}

std::optional<Value> read_goal(const KeySpec& spec, const Node& node, const Node& extras,
                               Problems& problems) {
    const auto value = read_number(spec, node, spec.name, problems);
    if (!value) return std::nullopt;
    Goal goal{*value};
    const std::size_t before = problems.size();
    if (const Node* upto = extras.find("upto")) {
        goal.upto = read_integer(*upto, "upto", goal.value, spec.max, problems);
    }
    if (const Node* due = extras.find("due")) goal.due = read_date(*due, "due", problems);
    if (problems.size() != before) return std::nullopt;
    return goal;
}

std::optional<Words> read_words(const Node& list, std::string_view where,
                                std::span<const std::string_view> allowed, Problems& problems) {
    if (list.kind != Node::Kind::kList) {
        refuse(problems, list, "POLICY_TYPE", where, "a list is needed");
        return std::nullopt;
    }
    Words words;
    const std::size_t before = problems.size();
    for (const Node& item : list.items) {
        auto word = read_word(item, where, allowed, problems);
        if (!word) continue;
        if (std::ranges::find(words, *word) != words.end()) {
            refuse(problems, item, "POLICY_VALUE", where, fmt::format("'{}' stands twice", *word));
        }
        words.push_back(std::move(*word));
    }
    if (problems.size() != before) return std::nullopt;
    return words;
}

std::optional<Value> read_numbers(const KeySpec& spec, const Node& list, Problems& problems) {
    if (list.kind != Node::Kind::kList) {
        refuse(problems, list, "POLICY_TYPE", spec.name, "a list is needed");
        return std::nullopt;
    }
    Numbers numbers;
    const std::size_t before = problems.size();
    for (const Node& item : list.items) {
        if (const auto n = read_number(spec, item, spec.name, problems)) numbers.push_back(*n);
    }
    if (spec.count != 0 && list.items.size() != spec.count) {
        refuse(problems, list, "POLICY_VALUE", spec.name,
               fmt::format("{} numbers are needed", spec.count));
    }
    if (problems.size() != before) return std::nullopt;
    return numbers;
}

// A table by `read_one(node, where)`.
template <class Table, class ReadOne>
std::optional<Value> read_table(const KeySpec& spec, const Node& map, Problems& problems,
                                const ReadOne& read_one) {
    if (map.kind != Node::Kind::kMap) {
        refuse(problems, map, "POLICY_TYPE", spec.name, "a table is needed");
        return std::nullopt;
    }
    Table table;
    const std::size_t before = problems.size();
    for (const auto& [name, node] : map.fields) {
        const std::string where = fmt::format("{}.{}", spec.name, name);
        if (auto one = read_one(node, where)) table.emplace(name, std::move(*one));
    }
    if (problems.size() != before) return std::nullopt;
    return Value(std::move(table));
}

std::optional<Value> read_number_table(const KeySpec& spec, const Node& map, Problems& problems) {
    auto value = read_table<NumberTable>(spec, map, problems, [&](const Node& n, const auto& at) {
        return read_number(spec, n, at, problems);
    });
    if (!value || spec.sum == 0) return value;
    std::int64_t sum = 0;
    for (const auto& [name, weight] : std::get<NumberTable>(*value)) sum += weight;
    if (sum == spec.sum || map.fields.empty()) return value;
    refuse(problems, map, "POLICY_WEIGHTS_SUM", spec.name,
           fmt::format("weights add up to {}, not {}", sum, spec.sum));
    return std::nullopt;
}

std::optional<Mark> read_mark(const Node& node, Problems& problems) {
    static constexpr std::array<std::string_view, 4> kMarks{"S", "V", "K", "P"};
    static constexpr std::array<Mark, 4> kValues{Mark::kStated, Mark::kPublished, Mark::kKnown,
                                                 Mark::kProject};
    const auto text = read_word(node, "mark", kMarks, problems);
    if (!text) return std::nullopt;
    return kValues[static_cast<std::size_t>(std::ranges::find(kMarks, std::string_view(*text)) -
                                            kMarks.begin())];
}

void read_origin(Fields& fields, Origin& origin) {
    if (const Node* mark = fields.required("mark")) {
        if (const auto read = read_mark(*mark, fields.problems())) origin.mark = *read;
    }
    if (const Node* source = fields.required("source")) {
        const auto text = read_text(*source, fields.where("source"), fields.problems());
        if (text && text->empty()) {
            refuse(fields.problems(), *source, "POLICY_VALUE", fields.where("source"),
                   "a value names its source");
        }
        origin.source = text.value_or("");
    }
    if (const Node* note = fields.optional("note")) {
        origin.note = read_text(*note, fields.where("note"), fields.problems()).value_or("");
    }
}

void check_unit(const KeySpec& spec, Fields& fields) {
    const std::string_view needed = name_of(spec.unit);
    if (needed.empty()) return;  // then `unit` is an unknown key
    const Node* unit = fields.required("unit");
    if (unit == nullptr) return;
    const auto text = read_text(*unit, fields.where("unit"), fields.problems());
    if (text && *text != needed) {
        refuse(fields.problems(), *unit, "POLICY_UNIT", fields.where("unit"),
               fmt::format("'{}' is written, the key counts in '{}'", *text, needed));
    }
}

void read_dated(const KeySpec& spec, const Node& list, KeyEntry& entry, Problems& problems) {
    if (list.kind != Node::Kind::kList || list.items.empty()) {
        refuse(problems, list, "POLICY_TYPE", spec.name, "dated is a list of {from, value}");
        return;
    }
    for (const Node& item : list.items) {
        Fields fields(item, fmt::format("{}.dated", spec.name), problems);
        const Node* from = fields.required("from");
        const Node* written = fields.required("value");
        if (spec.kind == Kind::kGoal) {
            (void)fields.optional("upto");
            (void)fields.optional("due");
        }
        if (from == nullptr || written == nullptr) continue;
        const auto date = read_date(*from, fields.where("from"), problems);
        auto value = read_value(spec, *written, item, problems);
        if (!date || !value) continue;
        if (!entry.values.empty() && *date <= *entry.values.back().from) {
            refuse(problems, *from, "POLICY_VALUE", fields.where("from"), "dates rise");
        }
        entry.values.push_back({date, std::move(*value), *written});
    }
}

}  // namespace

const DatedValue* KeyEntry::on(Date day) const {
    const DatedValue* found = nullptr;
    for (const DatedValue& value : values) {
        if (!value.from || *value.from <= day) found = &value;
    }
    return found;
}

std::optional<Value> read_value(const KeySpec& spec, const Node& written, const Node& extras,
                                Problems& problems) {
    if (written.kind == Node::Kind::kNull && spec.may_be_empty) {
        return spec.kind == Kind::kWord ? Value(std::string()) : Value(std::monostate());
    }
    const auto wrap = [](auto read) {
        return read ? std::optional<Value>(std::move(*read)) : std::nullopt;
    };
    switch (spec.kind) {
        case Kind::kFlag:
            return wrap(read_flag(written, spec.name, problems));
        case Kind::kNumber:
            return wrap(read_number(spec, written, spec.name, problems));
        case Kind::kWord:
            return wrap(read_word(written, spec.name, spec.allowed, problems));
        case Kind::kDate:
            return wrap(read_date(written, spec.name, problems));
        case Kind::kGoal:
            return read_goal(spec, written, extras, problems);
        case Kind::kWords:
            return wrap(read_words(written, spec.name, spec.allowed, problems));
        case Kind::kNumbers:
            return read_numbers(spec, written, problems);
        case Kind::kNumberTable:
            return read_number_table(spec, written, problems);
        case Kind::kWordTable:
            return read_table<WordTable>(
                spec, written, problems,
                [&](const Node& n, const auto& at) { return read_word(n, at, {}, problems); });
        case Kind::kWordsTable:
            return read_table<WordsTable>(
                spec, written, problems,
                [&](const Node& n, const auto& at) { return read_words(n, at, {}, problems); });
    }
    return std::nullopt;
}

std::optional<KeyEntry> read_key_entry(const KeySpec& spec, const Node& node,
                                       const std::string& document, Problems& problems) {
    const std::size_t before = problems.size();
    KeyEntry entry;
    {
        Fields fields(node, std::string(spec.name), problems);
        entry.origin.document = document;
        read_origin(fields, entry.origin);
        check_unit(spec, fields);
        const int forms =
            int{fields.has("value")} + int{fields.has("dated")} + int{fields.has("add")};
        if (forms != 1 && node.kind == Node::Kind::kMap) {
            refuse(problems, node, "POLICY_KEY_MISSING", spec.name,
                   "exactly one of value, dated, add");
        }
        if (const Node* value = fields.optional("value")) {
            if (spec.kind == Kind::kGoal) {
                (void)fields.optional("upto");
                (void)fields.optional("due");
            }
            if (auto read = read_value(spec, *value, node, problems)) {
                entry.values.push_back({std::nullopt, std::move(*read), *value});
            }
        }
        if (const Node* dated = fields.optional("dated")) read_dated(spec, *dated, entry, problems);
        if (const Node* add = fields.optional("add")) {
            entry.adds = true;
            if (spec.kind != Kind::kWords) {
                refuse(problems, *add, "POLICY_TYPE", spec.name,
                       "only lists of words can be added to");
            } else if (auto read = read_value(spec, *add, node, problems)) {
                entry.values.push_back({std::nullopt, std::move(*read), *add});
            }
        }
    }
    if (problems.size() != before || entry.values.empty()) return std::nullopt;
    return entry;
}

}  // namespace yilian::policy
