#include "libs/policy/yaml/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace yilian::policy {
namespace {

bool is_scalar(const Node& node) { return node.kind == Node::Kind::kScalar; }

bool is_code(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '_' || c == ':' || c == '/' || c == '-';
    });
}

std::string joined(std::span<const std::string_view> words) {
    std::string out;
    for (const std::string_view word : words) {
        if (!out.empty()) out += ", ";
        out += word;
    }
    return out;
}

}  // namespace

void refuse(Problems& problems, const Node& node, Reason reason, std::string_view where,
            std::string_view what) {
    problems.push_back({node.file ? *node.file : "", node.line, reason,
                        where.empty() ? std::string(what) : fmt::format("{}: {}", where, what)});
}

std::optional<bool> read_flag(const Node& node, std::string_view where, Problems& problems) {
    if (is_scalar(node) && !node.quoted && (node.text == "true" || node.text == "false")) {
        return node.text == "true";
    }
    refuse(problems, node, "POLICY_TYPE", where, "true or false is needed");
    return std::nullopt;
}

std::optional<std::int64_t> read_integer(const Node& node, std::string_view where, std::int64_t min,
                                         std::int64_t max, Problems& problems) {
    if (!is_scalar(node) || node.quoted || !is_integer(node.text)) {
        refuse(problems, node, "POLICY_TYPE", where, "an unquoted integer is needed");
        return std::nullopt;
    }
    std::int64_t value = 0;
    std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
    if (value < min || value > max) {
        refuse(problems, node, "POLICY_VALUE", where,
               fmt::format("{} is not between {} and {}", value, min, max));
        return std::nullopt;
    }
    return value;
}

std::optional<std::string> read_text(const Node& node, std::string_view where, Problems& problems) {
    if (is_scalar(node) && (node.quoted || is_plain_word(node.text))) return node.text;
    refuse(problems, node, "POLICY_TYPE", where, "a text in quotes is needed");
    return std::nullopt;
}

std::optional<std::string> read_word(const Node& node, std::string_view where,
                                     std::span<const std::string_view> allowed,
                                     Problems& problems) {
    const auto text = read_text(node, where, problems);
    if (!text) return std::nullopt;
    const bool good = allowed.empty()
                          ? is_code(*text)
                          : std::ranges::find(allowed, std::string_view(*text)) != allowed.end();
    if (good) return text;
    refuse(problems, node, "POLICY_VALUE", where,
           allowed.empty() ? fmt::format("'{}' is not a code", *text)
                           : fmt::format("'{}' is none of {}", *text, joined(allowed)));
    return std::nullopt;
}

std::optional<Date> read_date(const Node& node, std::string_view where, Problems& problems) {
    if (!is_scalar(node) || !node.quoted) {
        refuse(problems, node, "POLICY_TYPE", where, "a quoted date is needed");
        return std::nullopt;
    }
    const auto date = Date::parse(node.text);
    if (date.ok()) return date.value();
    refuse(problems, node, "POLICY_VALUE", where, fmt::format("'{}' is not a date", node.text));
    return std::nullopt;
}

std::optional<amount::Rate> read_rate(const Node& node, std::string_view where, amount::Rate min,
                                      amount::Rate max, Problems& problems) {
    if (!is_scalar(node) || !node.quoted) {
        refuse(problems, node, "POLICY_TYPE", where, "a quoted decimal is needed");
        return std::nullopt;
    }
    const auto rate = amount::Rate::parse(node.text);
    if (!rate) {
        refuse(problems, node, "POLICY_TYPE", where,
               fmt::format("'{}' is not a decimal with at most 8 places", node.text));
        return std::nullopt;
    }
    if (*rate < min || *rate > max) {
        refuse(problems, node, "POLICY_VALUE", where,
               fmt::format("{} is not between {} and {}", node.text, min.text(), max.text()));
        return std::nullopt;
    }
    return *rate;
}

Fields::Fields(const Node& node, std::string where, Problems& problems)
    : node_(node), where_(std::move(where)), problems_(problems) {
    if (node.kind != Node::Kind::kMap)
        refuse(problems, node, "POLICY_TYPE", where_, "a map is needed");
}

Fields::~Fields() {
    for (std::size_t i = 0; i < node_.fields.size(); ++i) {
        const std::string& name = node_.fields[i].first;
        if (std::ranges::find(asked_, name) != asked_.end()) continue;
        problems_.push_back({node_.file ? *node_.file : "", node_.field_lines[i],
                             "POLICY_KEY_UNKNOWN", where(name)});
    }
}

std::string Fields::where(std::string_view name) const {
    return where_.empty() ? std::string(name) : fmt::format("{}.{}", where_, name);
}

const Node* Fields::optional(std::string_view name) {
    asked_.emplace_back(name);
    return node_.find(name);
}

const Node* Fields::required(std::string_view name) {
    const Node* found = optional(name);
    if (found == nullptr && node_.kind == Node::Kind::kMap) {
        problems_.push_back(
            {node_.file ? *node_.file : "", node_.line, "POLICY_KEY_MISSING", where(name)});
    }
    return found;
}

bool Fields::flag(std::string_view name) {
    const Node* node = required(name);
    return node != nullptr && read_flag(*node, where(name), problems_).value_or(false);
}

std::int64_t Fields::integer(std::string_view name, std::int64_t min, std::int64_t max) {
    const Node* node = required(name);
    if (node == nullptr) return min;
    return read_integer(*node, where(name), min, max, problems_).value_or(min);
}

std::string Fields::word(std::string_view name, std::span<const std::string_view> allowed) {
    const Node* node = required(name);
    if (node == nullptr) return "";
    return read_word(*node, where(name), allowed, problems_).value_or("");
}

std::string Fields::dotted_name(std::string_view name) {
    const Node* node = required(name);
    if (node == nullptr) return "";
    if (node->kind == Node::Kind::kScalar && is_dotted_name(node->text)) return node->text;
    refuse(problems_, *node, "POLICY_TYPE", where(name), "a dotted name is needed");
    return "";
}

amount::Rate Fields::rate(std::string_view name, amount::Rate min, amount::Rate max) {
    const Node* node = required(name);
    if (node == nullptr) return min;
    return read_rate(*node, where(name), min, max, problems_).value_or(min);
}

amount::Fen Fields::fen(std::string_view name) {
    return amount::Fen::of_raw(integer(name, 0, amount::Fen::max().raw()));
}

std::optional<amount::Fen> Fields::fen_or_null(std::string_view name) {
    const Node* node = node_.find(name);
    if (node != nullptr && node->kind == Node::Kind::kNull) {
        asked_.emplace_back(name);
        return std::nullopt;
    }
    return fen(name);
}

std::optional<amount::Rate> Fields::unit_rate_or_null(std::string_view name) {
    const Node* node = node_.find(name);
    if (node != nullptr && node->kind == Node::Kind::kNull) {
        asked_.emplace_back(name);
        return std::nullopt;
    }
    return unit_rate(name);
}

amount::Rounding Fields::rounding(std::string_view name) {
    static constexpr std::array<std::string_view, 4> kModes{"half_away", "half_even", "down", "up"};
    const auto mode = amount::parse_rounding(word(name, kModes));
    return mode.value_or(amount::Rounding::kHalfAway);
}

void Fields::each(std::string_view name,
                  const std::function<void(const Node&, const std::string&)>& read) {
    const Node* list = required(name);
    if (list == nullptr) return;
    if (list->kind != Node::Kind::kList) {
        refuse(problems_, *list, "POLICY_TYPE", where(name), "a list is needed");
        return;
    }
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        read(list->items[i], fmt::format("{}[{}]", where(name), i));
    }
}

void Fields::each_field(
    std::string_view name,
    const std::function<void(const std::string&, const Node&, const std::string&)>& read) {
    const Node* map = required(name);
    if (map == nullptr) return;
    if (map->kind != Node::Kind::kMap) {
        refuse(problems_, *map, "POLICY_TYPE", where(name), "a map is needed");
        return;
    }
    for (const auto& [key, value] : map->fields) {
        read(key, value, fmt::format("{}.{}", where(name), key));
    }
}

std::vector<std::string> Fields::words(std::string_view name,
                                       std::span<const std::string_view> allowed) {
    std::vector<std::string> out;
    each(name, [&](const Node& item, const std::string& at) {
        auto word = read_word(item, at, allowed, problems_);
        if (!word) return;
        if (std::ranges::find(out, *word) != out.end()) {
            refuse(problems_, item, "POLICY_VALUE", at, fmt::format("'{}' stands twice", *word));
            return;
        }
        out.push_back(std::move(*word));
    });
    return out;
}

std::vector<std::int64_t> Fields::integers(std::string_view name, std::int64_t min,
                                           std::int64_t max) {
    std::vector<std::int64_t> out;
    each(name, [&](const Node& item, const std::string& at) {
        if (const auto value = read_integer(item, at, min, max, problems_)) out.push_back(*value);
    });
    return out;
}

}  // namespace yilian::policy
