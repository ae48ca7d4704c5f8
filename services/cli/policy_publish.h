#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "services/cli/run_file.h"

// `yilian policy publish FILE...`: new documents of policy packs, published by the directory and
// fetched from there by the other services (interop.md 2).
namespace yilian::cli {

// Prints the packs that are new. Throws CommandFailed: 3 when the directory refuses the documents,
// with file, line and reason of each thing that is wrong, and nothing has changed; 4 for a file
// that cannot be read or a directory that does not answer; 1 for any other refusal.
int publish_policy(const RunFile& run, const std::vector<std::string>& files, bool json,
                   std::ostream& out);

}  // namespace yilian::cli
