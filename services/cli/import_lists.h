#pragma once

#include <functional>
#include <string>
#include <vector>

#include "services/cli/import_run.h"

namespace yilian::cli {

// Who sends the lists of an institution.
using CallerOf = std::function<Caller&(const std::string& institution)>;

// Submits every good list of the folders. A list that billing rejects is a bad row: each finding
// that rejects is told with the file and row it is about.
void import_lists(ImportRun& run, const std::vector<std::string>& folders, const CallerOf& caller);

}  // namespace yilian::cli
