#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/policy/billing_blocks.h"
#include "libs/tabular/csv_writer.h"
#include "libs/tabular/error_report.h"
#include "libs/tabular/output.h"
#include "libs/tabular/reader.h"
#include "services/cli/row_progress.h"

// The common rules of the offline commands (billing.md 16.1): parameters, inputs, error report,
// strict, nothing half-written. Everything that ends a command is thrown as CommandFailed.
namespace yilian::cli {

// Options that every offline command has, as given on the command line.
struct OfflineArgs {
    std::string params;
    std::string in;
    std::string out;
    std::optional<std::string> errors;  // default: out + ".errors.csv"
    bool strict = false;
    bool quiet = false;    // no progress on the error stream
    unsigned threads = 0;  // 0: one for each processor; the outputs do not depend on it
};

// Bytes that a sorted output or input may hold in memory before it goes to the disk.
inline constexpr std::size_t kSortBudget = std::size_t{64} << 20;

// The blocks of a --params file, the whole of it checked. Ends with 4 when it cannot be read and
// with 3 and the first problem when it is refused.
[[nodiscard]] policy::billing::Blocks read_blocks(const std::string& params);

// Ends with 3, POLICY_KEY_MISSING.
[[noreturn]] void refuse_missing_block(std::string_view block, const std::string& params);
// The command's own block, moved out of the parameters.
template <class Block>
[[nodiscard]] Block take_block(std::optional<Block> block, std::string_view name,
                               const std::string& params) {
    if (!block) refuse_missing_block(name, params);
    return *std::move(block);
}

// "REASON: key=value key=value"
[[nodiscard]] std::string text_of(const Refusal& refusal);

// Number of threads to work with, 1 to 256.
[[nodiscard]] unsigned threads_of(const OfflineArgs& args);

// Inputs and outputs of one run. Results and the error report become visible together in commit();
// without it no target is touched.
class OfflineFiles {
  public:
    explicit OfflineFiles(const OfflineArgs& args);

    // Opens an input and checks its header: ends with 4.
    [[nodiscard]] tabular::Reader open(const std::string& path, tabular::Spec spec);
    // The next good row; false at the end. Ends with 4. Long inputs show their progress: a line in
    // ten seconds, on a terminal one that moves.
    [[nodiscard]] bool read(tabular::Reader& reader);
    // The same without progress.
    [[nodiscard]] static bool next(tabular::Reader& reader);
    // Rejects the current row for a reason that no single column is at fault for.
    void reject(const tabular::Reader& reader, Reason reason);

    // Starts a result: ends with 6.
    [[nodiscard]] tabular::OutputFile& result(const std::string& path);
    // Ends with 6 when a sorted result or input could not be kept.
    static void need(const Outcome<Allowed>& done);

    [[nodiscard]] tabular::ErrorReport& errors() { return errors_; }
    // Where sorted data may go.
    [[nodiscard]] const std::string& folder() const { return folder_; }

    // Writes the error report and makes all outputs visible: the exit code 0, 1 or 5 (strict: only
    // the report). Ends with 6.
    [[nodiscard]] int commit();

  private:
    const OfflineArgs& args_;
    RowProgress progress_;
    std::string errors_path_;
    std::string folder_;
    tabular::ErrorReport errors_;
    tabular::OutputSet outputs_;
    std::vector<tabular::OutputFile*> results_;
};

}  // namespace yilian::cli
