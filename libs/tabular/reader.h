#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/tabular/column.h"
#include "libs/tabular/error_report.h"
#include "libs/tabular/record_scanner.h"

namespace yilian::tabular {

// What a file must look like: its column table, in the order in which errors of one row are
// reported.
struct Spec {
    std::vector<Column> columns;
    bool further_columns_ignored = false;  // only where a command says so
};

// Reads a CSV file row by row in constant memory (billing.md 16.1): UTF-8 with or without BOM,
// comma, RFC 4180 quoting, LF or CRLF, one header line, columns by name in any order. Good rows are
// handed out, every bad field of a bad row goes to the error report, and reading goes on. A bad row
// never changes another one (a broken quote costs its own line only, see RecordScanner).
//
//   enum : std::size_t { kCaseId, kTotal };
//   Outcome<Reader> reader = Reader::open(path, {{Column::of("case_id", Type::kId),
//                                                 Column::of("total_fen", Type::kFen)}}, errors);
//   while (true) {
//       const Outcome<bool> more = reader.next();       // refusal: the file became unreadable
//       if (!more) return more.refusal();
//       if (!*more) break;
//       use(reader.row().text(kCaseId), reader.row().fen(kTotal));
//   }
//
// Reasons of a row: CSV_FIELD_COUNT (column and value empty), FIELD_REQUIRED, FIELD_FORMAT (broken
// quoting, invalid UTF-8 and control characters included), FIELD_RANGE, FIELD_ENUM; after them
// those that the caller adds with reject(). Not thread-safe; `errors` must outlive the reader.
class Reader {
  public:
    // Opens the file and checks its header. Refusals, with metadata `file` and, where one is meant,
    // `column`: FILE_NOT_READABLE (`error`), CSV_EMPTY (no header), CSV_DUPLICATE_COLUMN,
    // CSV_UNKNOWN_COLUMN, CSV_MISSING_COLUMN.
    [[nodiscard]] static Outcome<Reader> open(const std::string& path, Spec spec,
                                              ErrorReport& errors);
    // The same for bytes in memory; `name` stands for the path. The text is copied.
    [[nodiscard]] static Outcome<Reader> of_text(std::string name, std::string text, Spec spec,
                                                 ErrorReport& errors);

    // Goes to the next good row. True: row() holds it; false: the end. FILE_NOT_READABLE when
    // reading fails half-way: no result may then be kept.
    [[nodiscard]] Outcome<bool> next();
    [[nodiscard]] const Row& row() const { return *row_; }

    // Declares the current row bad for a reason that only the caller can know, with the raw text of
    // the column as value.
    void reject(std::size_t column, Reason reason);

    // The path as given, for errors that are found when the row is gone.
    [[nodiscard]] const std::string& file() const { return file_; }
    // Records read so far without the header, good and bad.
    [[nodiscard]] std::uint64_t rows_read() const { return rows_read_; }

  private:
    Reader(std::string file, Spec spec, RecordScanner::Source source, ErrorReport& errors);
    [[nodiscard]] static Outcome<Reader> start(std::string file, Spec spec,
                                               RecordScanner::Source source, ErrorReport& errors);
    [[nodiscard]] Outcome<Allowed> read_header();
    [[nodiscard]] Outcome<Allowed> find_columns(const std::vector<std::string>& header);
    [[nodiscard]] bool take_row();
    void report_broken_line();
    [[nodiscard]] Refusal refuse(Reason reason, const std::string& column) const;

    std::string file_;
    std::unique_ptr<Spec> spec_;  // rows point into it
    std::unique_ptr<RecordScanner> scanner_;
    ErrorReport* errors_;
    std::unique_ptr<Row> row_;
    std::vector<std::size_t> field_of_column_;  // kAbsent for a column that the file does not have
    std::vector<std::string> header_;
    bool personal_ = false;  // some column of the table is
    std::uint64_t rows_read_ = 0;
};

}  // namespace yilian::tabular
