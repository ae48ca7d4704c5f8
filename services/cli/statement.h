#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "services/cli/caller.h"
#include "services/cli/run_file.h"

// `yilian statement`: what a party was told about a month.
namespace yilian::cli {

struct StatementArgs {
    std::string party;  // "" = the parties of the month with their digests
    std::string month;
    std::string csv;     // table that is printed as CSV: cases, groups, pools, corrections
    CallerFiles caller;  // default: the operator of run.json, who is an auditor, too
};

// Prints each statement of the party in the month as Markdown, its machine form with `json` (one
// line a statement, the very bytes that the digest is of), or a table as CSV. Without a party: the
// parties and the digest of the month as summary.json has it. Sums and digests are checked first:
// CommandFailed 7 STATEMENT_WRONG when one does not hold. Exit code 1 when there is no statement.
int show_statements(const RunFile& run, const StatementArgs& args, bool json, std::ostream& out);

// The same for a statement kept as a file, offline.
int show_statement_file(const std::string& file, const std::string& csv, bool json,
                        std::ostream& out);

// Somebody who only reads: the given token, else the operator's of run.json.
[[nodiscard]] Caller reader(const RunFile& run, const CallerFiles& files);

// Digest of a month over its statements: SHA-256 of the sorted lines "run party sha256\n".
[[nodiscard]] std::string month_digest(std::vector<std::string> lines);

}  // namespace yilian::cli
