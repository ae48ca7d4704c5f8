#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace yilian::cli {

// A Markdown table whose columns stand under each other in a terminal, too: Chinese characters
// take two places.
class TextTable {
  public:
    // A header that begins with '>' is a column of numbers, set to the right.
    explicit TextTable(const std::vector<std::string>& headers);
    // As many cells as headers; '|' and line ends in a cell are escaped.
    void add(std::vector<std::string> cells);
    [[nodiscard]] bool empty() const { return rows_.size() == 1; }
    void print(std::ostream& out) const;

  private:
    std::vector<bool> right_;
    std::vector<std::vector<std::string>> rows_;  // the headers first
};

// Places that UTF-8 text takes in a terminal.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace yilian::cli
