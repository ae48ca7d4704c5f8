#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/policy/yaml/problem.h"

namespace yilian::policy {

// A YAML value as it was written: text, quoting and line are kept, nothing is converted, so that a
// reader can tell "010" from 010 and NO from "NO".
struct Node {
    enum class Kind { kNull, kScalar, kList, kMap };

    Kind kind = Kind::kNull;
    std::string text{};  // of a scalar
    bool quoted = false;
    int line = 0;
    std::shared_ptr<const std::string> file{};           // where it was written
    std::vector<Node> items{};                           // of a list
    std::vector<std::pair<std::string, Node>> fields{};  // of a map, in the order written
    std::vector<int> field_lines{};                      // line of each field's name

    // The field of this name, null when there is none.
    [[nodiscard]] const Node* find(std::string_view name) const;
    // Replaces the field or adds it.
    void set(std::string_view name, Node value);

    // Values made by the program; they take file and line of `at`.
    [[nodiscard]] static Node scalar(std::string text, bool quoted, const Node& at);
    [[nodiscard]] static Node empty_of(Kind kind, const Node& at);
};

// Parses one document whose top is a map. Refuses what has no place in a rule book: several
// documents, anchors, aliases, tags, names that are not plain words or quoted, repeated names.
// Empty with `problems` filled when anything is wrong.
[[nodiscard]] std::optional<Node> parse_yaml(std::string_view text, const std::string& file,
                                             Problems& problems);

// A plain word may stand without quotes: a letter, then letters, digits and underscores, and none
// of the words that YAML 1.1 reads as a truth value or null (yes, no, on, off, y, n, true, ...).
[[nodiscard]] bool is_plain_word(std::string_view text);

// A letter, then letters, digits, underscores and dots.
[[nodiscard]] bool is_dotted_name(std::string_view text);

// Whether the plain text is a decimal integer without leading zeros.
[[nodiscard]] bool is_integer(std::string_view text);

// Canonical JSON: names sorted by bytes, no blanks, integers and true/false/null as such, all other
// scalars as strings.
[[nodiscard]] std::string canonical_json(const Node& node);

}  // namespace yilian::policy
