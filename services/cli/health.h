#pragma once

#include <chrono>
#include <iosfwd>

#include "services/cli/run_file.h"

namespace yilian::cli {

// `yilian health`: one line a service, SERVING or NOT_SERVING. Asks again until all serve or the
// wait is over; exit code 1 when one does not.
int show_health(const RunFile& run, std::chrono::seconds wait, bool json, std::ostream& out);

}  // namespace yilian::cli
