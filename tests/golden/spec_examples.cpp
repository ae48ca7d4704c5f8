#include "tests/golden/spec_examples.h"

#include <algorithm>
#include <sstream>

#include "tests/golden/shared_data.h"

namespace yilian::golden {
namespace {

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return "";
    return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

std::string without_quotes(std::string text) {
    if (text.size() > 2 && text.front() == '`' && text.back() == '`') {
        return text.substr(1, text.size() - 2);
    }
    return text;
}

std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells;
    line.remove_prefix(1);
    while (!line.empty()) {
        const auto bar = line.find('|');
        if (bar == std::string_view::npos) break;
        cells.push_back(trimmed(line.substr(0, bar)));
        line.remove_prefix(bar + 1);
    }
    return cells;
}

TableRows rows_of(const std::vector<std::vector<std::string>>& lines) {
    TableRows rows;
    for (std::size_t i = 2; i < lines.size(); ++i) {  // header, rule
        TableRow row;
        for (std::size_t c = 0; c < lines[0].size() && c < lines[i].size(); ++c) {
            row[lines[0][c]] = without_quotes(lines[i][c]);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string digits_of(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (c == ',' || c == '+') continue;
        digits += c;
    }
    // The typographic minus of the tables.
    if (const auto at = digits.find("\xE2\x88\x92"); at == 0) digits.replace(0, 3, "-");
    return digits;
}

}  // namespace

bool Example::has(std::string_view label) const {
    return std::ranges::any_of(blocks, [&](const auto& b) { return b.label == label; });
}

std::string Example::block(std::string_view label) const {
    for (const auto& b : blocks) {
        if (b.label == label) return b.text;
    }
    ADD_FAILURE() << "the example has no block " << label;
    return "";
}

std::string Example::block_after(std::string_view text) const {
    for (const auto& b : blocks) {
        if (b.label.find(text) != std::string::npos) return b.text;
    }
    ADD_FAILURE() << "the example has no block after " << text;
    return "";
}

std::optional<Example> billing_example(std::string_view id) {
    const auto file = shared_path("spec/billing-examples.md");
    if (!file) return std::nullopt;
    std::istringstream lines(read_text(*file));
    std::string line;
    const std::string heading = "### " + std::string(id) + " ";
    while (std::getline(lines, line) && !line.starts_with(heading)) {
    }
    Example example;
    std::string before;
    std::vector<std::vector<std::string>> table;
    while (std::getline(lines, line) && !line.starts_with("## ") && !line.starts_with("### ")) {
        if (line.starts_with("|")) {
            table.push_back(cells_of(line));
            continue;
        }
        if (!table.empty()) {
            example.tables.push_back(rows_of(table));
            table.clear();
        }
        if (line.starts_with("```")) {
            ExampleBlock block{without_quotes(before), ""};
            while (std::getline(lines, line) && line != "```") block.text += line + "\n";
            example.blocks.push_back(std::move(block));
            continue;
        }
        example.prose += line + "\n";
        if (!line.empty()) before = line;
    }
    if (!table.empty()) example.tables.push_back(rows_of(table));
    EXPECT_FALSE(example.prose.empty()) << "no example " << id;
    return example;
}

TableRows csv_rows(std::string_view text) {
    std::istringstream lines{std::string(text)};
    std::string line;
    const auto split = [](const std::string& record) {
        std::vector<std::string> fields(1);
        for (const char c : record) {
            if (c == ',') {
                fields.emplace_back();
            } else {
                fields.back() += c;
            }
        }
        return fields;
    };
    std::getline(lines, line);
    const auto header = split(line);
    TableRows rows;
    while (std::getline(lines, line)) {
        const auto fields = split(line);
        EXPECT_EQ(fields.size(), header.size()) << line;
        TableRow row;
        for (std::size_t i = 0; i < header.size() && i < fields.size(); ++i) {
            row[header[i]] = fields[i];
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::int64_t fen_of_yuan(std::string_view text) {
    std::string digits = digits_of(text);
    const auto point = digits.find('.');
    if (point == std::string::npos) return std::stoll(digits) * 100;
    EXPECT_EQ(digits.size() - point, 3U) << text;
    digits.erase(point, 1);
    return std::stoll(digits);
}

std::int64_t whole_number(std::string_view text) { return std::stoll(digits_of(text)); }

}  // namespace yilian::golden
