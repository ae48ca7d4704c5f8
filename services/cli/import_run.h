#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/tabular/error_report.h"
#include "libs/tabular/key_set.h"
#include "libs/tabular/reader.h"
#include "services/cli/caller.h"
#include "services/cli/progress.h"
#include "services/cli/register_files.h"
#include "yilian/common/v1/import.pb.h"

// One import of files through a service's method (services/cli/import.h).
namespace yilian::cli {

// Rows of a call, the limit of the services.
inline constexpr std::size_t kImportRows = 500;

struct RowPlace {
    std::string file;
    std::uint64_t row = 0;  // the header being 1
};

struct ImportTally {
    std::int64_t rows = 0;
    std::int64_t accepted = 0;
    std::int64_t unchanged = 0;
    std::int64_t refused = 0;  // bad in the file, or refused by the service
};

// What the rows of an import have in common, and what became of them. Used by one thread.
class ImportRun {
  public:
    ImportRun(std::string batch_id, bool dry_run, tabular::ErrorReport& errors, Progress* progress)
        : batch_id_(std::move(batch_id)), dry_run_(dry_run), errors_(errors), progress_(progress) {}

    [[nodiscard]] const std::string& batch_id() const { return batch_id_; }
    [[nodiscard]] bool dry_run() const { return dry_run_; }
    [[nodiscard]] tabular::ErrorReport& errors() { return errors_; }
    [[nodiscard]] const ImportTally& tally() const { return tally_; }

    // Reads of a file so far, good and bad; what was not handed out counts as refused.
    void count_read(std::uint64_t rows, std::uint64_t good);
    void accept(std::int64_t rows) { tally_.accepted += rows; }
    void unchanged(std::int64_t rows) { tally_.unchanged += rows; }
    void refuse_row() { ++tally_.refused; }
    // A line of the error report; a row may have several.
    void report(const RowPlace& place, std::string_view column, const std::string& reason);
    // The answer to a call that sent the rows at `places`.
    void take(const common::v1::ImportReport& answer, const std::vector<RowPlace>& places,
              const std::vector<tabular::Column>& columns);
    void show_progress();

  private:
    const std::string batch_id_;
    const bool dry_run_;
    tabular::ErrorReport& errors_;
    Progress* const progress_;
    ImportTally tally_;
};

// Reasons come as text from the services; the report wants them for the time of the process.
[[nodiscard]] Reason reason_of(const std::string& text);

// The column of a file that a field of the service stands in: "identity.document_number" ->
// "document_number", "members[2].role" -> "members"; "" when the file has none.
[[nodiscard]] std::string column_of(std::string_view field,
                                    const std::vector<tabular::Column>& columns);

// The column at fault where a service refuses a row as a whole: "RESIDENT_NOT_FOUND" ->
// "resident_id"; "" when the reason is about no single column of the file.
[[nodiscard]] std::string column_of_reason(const std::string& reason,
                                           const std::vector<tabular::Column>& columns);

// False, and ROW_DUPLICATE_KEY in the report, for a second row of a key.
[[nodiscard]] bool is_first_of_key(const std::vector<std::size_t>& key, tabular::Reader& reader,
                                   tabular::KeySet& keys);

// Sends the files' rows in calls of kImportRows. `head` fills the request's own members.
template <class Req, class Row, class Head>
void import_rows(ImportRun& run, Caller& caller, std::string_view service, std::string_view method,
                 const FileFormat<Row>& format, const std::vector<std::string>& files, Head head) {
    Req request;
    std::vector<RowPlace> places;
    const auto flush = [&] {
        if (places.empty()) return;
        request.set_request_id(new_request_id());
        request.set_batch_id(run.batch_id());
        request.set_dry_run(run.dry_run());
        head(request);
        run.take(caller.ask<common::v1::ImportReport>(service, method, request), places,
                 format.columns);
        run.show_progress();
        request.Clear();
        places.clear();
    };
    tabular::KeySet keys;
    for (const std::string& file : files) {
        auto opened = tabular::Reader::open(file, {format.columns, false}, run.errors());
        if (!opened) refuse_file(opened.refusal());
        tabular::Reader reader = std::move(opened).value();
        std::uint64_t good = 0;
        while (true) {
            const auto more = reader.next();
            if (!more) refuse_file(more.refusal());
            if (!*more) break;
            Row row;
            if (!format.take(reader, row) || !is_first_of_key(format.key, reader, keys)) continue;
            ++good;
            *request.add_rows() = std::move(row);
            places.push_back({file, reader.row().number()});
            if (places.size() == kImportRows) flush();
        }
        run.count_read(reader.rows_read(), good);
    }
    flush();
}

}  // namespace yilian::cli
