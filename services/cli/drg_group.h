#pragma once

#include <iosfwd>
#include <optional>
#include <string>

// `yilian drg group` (billing.md 16.2): groups the cases of a CSV file by a rule pack, offline.
namespace yilian::cli {

// The options as given on the command line; parsing them is the caller's.
struct DrgGroupArgs {
    std::optional<std::string> rules;        // folder of one pack
    std::optional<std::string> rules_index;  // CSV: region, effective_from, effective_to, dir
    std::string in;
    std::string out;
    std::optional<std::string> trail;   // one JSON line a case
    std::optional<std::string> errors;  // default: out + ".errors.csv"
    bool map_codes = false;
    bool qy = false;
    bool strict = false;
    bool quiet = false;  // no progress on the error stream
    // Grouping threads; 0: one for each processor. The outputs do not depend on it.
    unsigned threads = 0;
};

// Runs the command and gives the exit code of billing.md 16.1: 0 all rows good, 1 some rows in the
// error report, 2 usage, 3 rules refused, 4 an input cannot be read, 5 strict and a row was bad, 6
// an output cannot be written. With 2, 3, 4 and 6 one line `yilian: REASON: details` goes to `err`
// and no file is touched. Memory does not grow with the input. A `dir` of the index is looked for
// in the index's folder, then from the working directory.
[[nodiscard]] int run_drg_group(const DrgGroupArgs& args, std::ostream& err);

}  // namespace yilian::cli
