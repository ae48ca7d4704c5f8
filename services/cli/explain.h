#pragma once

#include <iosfwd>
#include <string>

#include "services/cli/caller.h"
#include "services/cli/run_file.h"

// `yilian explain`: why a case has its group, points and benefit, and why a party of a run gets its
// money.
namespace yilian::cli {

struct ExplainArgs {
    std::string what;    // "INSTITUTION/LIST" or "INSTITUTION/LIST@VERSION"; with a party a run id
    std::string party;   // of the run's statement
    CallerFiles caller;  // default: the operator of run.json, who is an auditor, too
};

// Shows the steps of the decision as the service gives them, the pack that decided (id, version,
// digest) and, when the packs of run.json hold that digest, its parameters with their sources and
// every sum done again with formula and rounding mode. Exit code 7 when a sum does not come to what
// is on record, 1 when the record does not exist.
int explain(const RunFile& run, const ExplainArgs& args, bool json, std::ostream& out);

}  // namespace yilian::cli
