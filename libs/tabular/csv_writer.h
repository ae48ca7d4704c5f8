#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"
#include "libs/calendar/civil_month.h"
#include "libs/tabular/output.h"
#include "libs/tabular/spill_sorter.h"

namespace yilian::tabular {

// The text as a CSV field: in quotes only when it holds a comma, a quote or a line end.
void append_field(std::string& out, std::string_view text);

// Writes a CSV file in the one form of the platform (billing.md 16.1): UTF-8 without BOM, LF,
// header, columns in the order given, quoting only where needed, absent values empty. The same rows
// give the same bytes. A row is written cell by cell in column order and closed by end_row():
//
//   writer.text(case_id).points(points).end_row();
//
// A row with another number of cells than the header aborts. finish() must be called before the
// OutputSet is committed. Not thread-safe.
class CsvWriter {
  public:
    // Rows keep the order in which they come; nothing is held back.
    [[nodiscard]] static CsvWriter in_order(OutputFile& file,
                                            const std::vector<std::string>& columns);
    // Rows come out sorted by the key columns (by bytes, column by column; equal keys in the order
    // in which they came), in bounded memory: `budget` bytes, beyond it sorted runs on disk.
    [[nodiscard]] static CsvWriter sorted(OutputFile& file, const std::vector<std::string>& columns,
                                          const std::vector<std::string>& key, std::size_t budget);

    // The same where a key may stand once: of rows with equal keys the first is kept, and `dropped`
    // is called in finish() with the tag of every other one and the cells of its key, joined by a
    // zero byte. What goes with rows() counts all of them.
    using Dropped = std::function<void(std::uint64_t tag, std::string_view key)>;
    [[nodiscard]] static CsvWriter unique(OutputFile& file, const std::vector<std::string>& columns,
                                          const std::vector<std::string>& key, std::size_t budget,
                                          Dropped dropped);

    CsvWriter& text(std::string_view value);
    CsvWriter& integer(std::int64_t value);
    CsvWriter& fen(amount::Fen value) { return scaled(value); }
    CsvWriter& points(amount::Points value) { return scaled(value); }
    CsvWriter& rate(amount::Rate value) { return scaled(value); }
    CsvWriter& date(calendar::CivilDate value);
    CsvWriter& period(calendar::Period value);
    CsvWriter& instant(Instant value);  // RFC 3339 at +08:00
    CsvWriter& flag(bool value) { return text(value ? "1" : "0"); }
    CsvWriter& empty() { return text({}); }
    // Items joined by '|'; no item may be empty or hold a '|'.
    CsvWriter& list(const std::vector<std::string>& items);
    // Several optional values: has ? cell : empty.
    template <class Optional>
    CsvWriter& maybe_fen(const Optional& value) {
        return value ? fen(*value) : empty();
    }

    // `tag` says which row it was, for a writer of unique keys.
    void end_row(std::uint64_t tag = 0);

    // Writes what is held back. FILE_NOT_WRITABLE when sorted runs could not be kept.
    [[nodiscard]] Outcome<Allowed> finish();

    [[nodiscard]] std::uint64_t rows() const { return rows_; }

  private:
    CsvWriter(OutputFile& file, const std::vector<std::string>& columns);
    template <class Scaled>
    CsvWriter& scaled(Scaled value) {
        return text(value.text());
    }

    OutputFile* file_;
    std::size_t column_count_;
    std::string line_;
    std::size_t cells_ = 0;
    std::uint64_t rows_ = 0;
    std::vector<std::size_t> key_columns_;
    std::vector<std::string> key_cells_;
    std::unique_ptr<SpillSorter> sorter_;  // only for sorted() and unique()
    Dropped dropped_;                      // only for unique()
};

}  // namespace yilian::tabular
