#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/outcome.h"
#include "libs/tabular/output.h"
#include "libs/tabular/spill_sorter.h"

namespace yilian::tabular {

// What is wrong with the rows of a run: the lines "file,row,column,reason,value" of the error
// report (billing.md 16.1). Lines may come from several files and in any order of rows; the report
// is sorted by file and row, lines of one row stay in the order in which they came. Bounded memory.
// Not thread-safe.
class ErrorReport {
  public:
    // `spill_directory`: where lines go when they outgrow memory; the folder of the report.
    explicit ErrorReport(std::string spill_directory);

    // `file` as the user gave it; `row` counts records, the header being 1; `column` is empty where
    // no single column is at fault. `value` is the raw text; for a personal column
    // (is_personal_column()) *** is written in its place, whatever is passed; bytes that are not
    // UTF-8 are shown as U+FFFD.
    void add(std::string_view file, std::uint64_t row, std::string_view column, Reason reason,
             std::string_view value);

    // No line yet: every row so far is good.
    [[nodiscard]] bool empty() const { return lines_.size() == 0; }
    [[nodiscard]] std::uint64_t size() const { return lines_.size(); }

    // Writes header and lines; once, after the last add(). FILE_NOT_WRITABLE as SpillSorter::drain.
    [[nodiscard]] Outcome<Allowed> write(OutputFile& into);

  private:
    SpillSorter lines_;
};

}  // namespace yilian::tabular
