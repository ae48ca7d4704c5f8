#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"

namespace yilian::billing::drg {

// The tables of a rule pack as texts, by file name ("mdc.csv"). Whoever loads a pack reads the
// files; the domain only sees their content.
using PackFiles = std::map<std::string, std::string, std::less<>>;

// Reads one table of a rule pack strictly: UTF-8, comma, `"` quoting, LF or CRLF, one header line
// with exactly the expected columns in any order. Every defect is RULES_TABLE_MALFORMED with the
// metadata `table`, `row` (the header is row 1), `column` and `problem`. Not a general CSV reader:
// a pack is refused as a whole at its first defect, so no error report is kept.
class PackTable {
  public:
    // `text` must outlive the table; `columns` has static storage. Check problem() before next().
    PackTable(std::string_view file, std::string_view text,
              std::span<const std::string_view> columns);

    // Goes to the next row; false at the end and at a defect. Fields are valid until the next call.
    [[nodiscard]] bool next();
    // The field of columns[index], as it stands.
    [[nodiscard]] std::string_view text(std::size_t index) const { return fields_[order_[index]]; }

    // Typed reading; a field of another form becomes the table's problem and gives 0 or empty.
    [[nodiscard]] std::string_view required(std::size_t index);
    [[nodiscard]] std::int64_t integer(std::size_t index);
    [[nodiscard]] std::optional<std::int64_t> optional_integer(std::size_t index);
    [[nodiscard]] bool flag(std::size_t index);  // 0 or 1, empty is 0

    // Records the first defect; later ones are dropped.
    void fail(std::string_view column, std::string_view what);
    // The same for a reference to a record that does not exist: RULES_DANGLING_REFERENCE.
    void dangling(std::string_view column, std::string_view value);

    [[nodiscard]] const std::optional<Refusal>& problem() const { return problem_; }
    [[nodiscard]] std::string_view column(std::size_t index) const { return columns_[index]; }
    [[nodiscard]] int row() const { return row_; }

  private:
    void read_header();
    [[nodiscard]] bool read_record();
    [[nodiscard]] bool read_field();
    [[nodiscard]] bool read_quoted(std::string& into);

    std::string_view file_;
    std::string_view rest_;
    std::span<const std::string_view> columns_;
    std::vector<std::size_t> order_;
    std::vector<std::string_view> fields_;
    std::vector<std::string> unquoted_;  // storage of the quoted fields of the current row
    std::size_t unquoted_used_ = 0;
    bool record_ended_ = false;
    int row_ = 0;
    std::optional<Refusal> problem_;
};

}  // namespace yilian::billing::drg
