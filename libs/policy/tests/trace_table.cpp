#include "libs/policy/tests/trace_table.h"

#include <algorithm>
#include <regex>
#include <sstream>

namespace yilian::policy::testing {
namespace {

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (true) {
        const auto next = text.find(separator, at);
        parts.push_back(trimmed(text.substr(at, next - at)));
        if (next == std::string::npos) return parts;
        at = next + separator.size();
    }
}

std::vector<std::string> columns_of(const std::string& line) {
    auto parts = split(line.substr(1, line.rfind('|') - 1), "|");
    for (std::string& part : parts) std::erase(part, '`');
    return parts;
}

bool matches(const std::string& text, const char* pattern) {
    return std::regex_match(text, std::regex(pattern));
}

// The parts of a cell that belong to `count` keys: one each, or the whole text for every key.
std::vector<std::string> parts_for(const std::string& cell, std::size_t count) {
    if (count == 1 || cell.empty()) return std::vector<std::string>(count, cell);
    auto parts = split(cell, ", ");
    if (parts.size() == count) return parts;
    return std::vector<std::string>(count, cell);
}

const std::vector<std::string> kColumns91{"",       "",       "base",   "120111",
                                          "370212", "120112", "370725", "350104"};
const std::vector<std::string> kColumns93{"", "", "120111", "370212", "120112", "370725", "350104"};
const std::vector<std::string> kColumns94{"", "", "base"};

}  // namespace

std::vector<Cell> read_trace_cells(const std::string& policy_trace) {
    std::vector<Cell> cells;
    std::istringstream lines(policy_trace);
    std::string line;
    const std::vector<std::string>* columns = nullptr;
    while (std::getline(lines, line)) {
        if (line.starts_with("#")) columns = nullptr;
        if (line.starts_with("### 9.1") || line.starts_with("### 9.2")) columns = &kColumns91;
        if (line.starts_with("### 9.3")) columns = &kColumns93;
        if (line.starts_with("### 9.4")) columns = &kColumns94;
        if (columns == nullptr || !line.starts_with("| `")) continue;
        const auto parts = columns_of(line);
        const auto keys = split(parts[0], ", ");
        for (std::size_t c = 2; c < columns->size() && c < parts.size(); ++c) {
            const auto texts = parts_for(parts[c], keys.size());
            for (std::size_t k = 0; k < keys.size(); ++k) {
                cells.push_back({keys[k], (*columns)[c], texts[k]});
            }
        }
    }
    return cells;
}

std::map<std::string, std::string> read_trace_sections(const std::string& policy_trace) {
    std::map<std::string, std::string> sections;
    std::istringstream lines(policy_trace);
    std::string line;
    while (std::getline(lines, line)) {
        if (!matches(line, R"(\| (XQ|LS|JN|CL|CS)-\d\d \|.*)")) continue;
        const auto parts = columns_of(line);
        sections[parts[0]] = parts[1];
    }
    return sections;
}

std::optional<Value> plain_value(const KeySpec& spec, const std::string& cell) {
    switch (spec.kind) {
        case Kind::kFlag:
            if (matches(cell, R"((true|false)( \(.*\))?)")) return Value(cell.starts_with("true"));
            return std::nullopt;
        case Kind::kNumber:
            if (matches(cell, R"(\d+)")) return Value(std::int64_t{std::stoll(cell)});
            return std::nullopt;
        case Kind::kGoal:
            if (matches(cell, R"(\d+)")) return Value(Goal{std::stoll(cell)});
            return std::nullopt;
        case Kind::kWord:
            if (matches(cell, R"([A-Za-z0-9_]+)")) return Value(cell);
            return std::nullopt;
        case Kind::kWords:
            if (matches(cell, R"([A-Za-z][A-Za-z0-9_]*(, [A-Za-z0-9_]+)*)")) {
                return Value(split(cell, ", "));
            }
            return std::nullopt;
        case Kind::kNumbers: {
            if (!matches(cell, R"(\(?\d+((, |/)\d+)*\)?)")) return std::nullopt;
            Numbers numbers;
            const std::regex digits(R"(\d+)");
            for (std::sregex_iterator at(cell.begin(), cell.end(), digits), end; at != end; ++at) {
                numbers.push_back(std::stoll(at->str()));
            }
            return Value(numbers);
        }
        case Kind::kDate: {
            const auto date = Date::parse(cell);
            return date.ok() ? std::optional<Value>(date.value()) : std::nullopt;
        }
        case Kind::kNumberTable:
        case Kind::kWordTable:
        case Kind::kWordsTable:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace yilian::policy::testing
