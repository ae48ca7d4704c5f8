#pragma once

#include <iosfwd>
#include <string>

#include "services/cli/caller.h"
#include "services/cli/run_file.h"

// `yilian settle`: a month of the institutions from accepted lists to published statements, by two
// persons (billing.md 11.1). Every step looks first how far the month is, so the command may be
// repeated at any time: what is done stays done.
namespace yilian::cli {

struct SettleArgs {
    std::string month;  // yyyy-mm
    // Scope of the runs: each pool of the year, one pool, or the whole district in one run.
    std::string pool;
    bool district = false;
    // "" = all; "prepare" (the clerk starts the runs), "approve" (the approver approves the runs
    // and publishes them), "close" (the approver closes the month). Outside local runs each person
    // does their part with their own token.
    std::string only;
    bool keep_open = false;  // all but the last step
    CallerFiles clerk;
    CallerFiles approver;
};

// Prints for each run what was done and what each party gets. Exit code 1 when a step is refused.
int settle_month(const RunFile& run, const SettleArgs& args, bool json, std::ostream& out);

}  // namespace yilian::cli
