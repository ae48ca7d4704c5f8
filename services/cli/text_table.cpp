#include "services/cli/text_table.h"

#include <algorithm>
#include <cstdint>
#include <ostream>

#include "libs/base/invariant.h"

namespace yilian::cli {
namespace {

// East Asian wide ranges that names and headings use.
bool wide(std::uint32_t c) {
    return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
           (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60);
}

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

void pad(std::ostream& out, const std::string& text, std::size_t width, bool right) {
    const std::string blanks(width - std::min(width, display_width(text)), ' ');
    out << "| " << (right ? blanks + text : text + blanks) << ' ';
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i]);
        const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        std::uint32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
        for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
            c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
        }
        width += wide(c) ? 2 : 1;
        i += length;
    }
    return width;
}

TextTable::TextTable(const std::vector<std::string>& headers) {
    std::vector<std::string> row;
    for (const std::string& header : headers) {
        right_.push_back(header.starts_with('>'));
        row.push_back(right_.back() ? header.substr(1) : header);
    }
    rows_.push_back(std::move(row));
}

void TextTable::add(std::vector<std::string> cells) {
    YILIAN_INVARIANT(cells.size() == right_.size(), "table: a cell for each header");
    for (std::string& cell : cells) cell = escaped(cell);
    rows_.push_back(std::move(cells));
}

void TextTable::print(std::ostream& out) const {
    std::vector<std::size_t> widths(right_.size(), 3);
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    }
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        for (std::size_t i = 0; i < widths.size(); ++i) pad(out, rows_[r][i], widths[i], right_[i]);
        out << "|\n";
        if (r > 0) continue;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            out << "| " << std::string(widths[i] - 1, '-') << (right_[i] ? ": " : "- ");
        }
        out << "|\n";
    }
}

}  // namespace yilian::cli
