#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "services/cli/play/district.h"
#include "services/cli/play/stage.h"
#include "services/cli/run_file.h"

namespace yilian::cli::play {

struct PlayArgs {
    PlayOptions options;
    std::string out;          // folder that gets summary.json and report.html
    std::string input;        // folder with CSV files instead of the synthetic registers; "" = none
    std::string write_input;  // only writes the synthetic district as such files, plays nothing
    std::size_t threads = 16;
    std::vector<std::string> only;  // services that take part; empty = all five
    Witness witness{};
};

// `yilian play`: imports the district, goes through it day by day, settles each month, verifies and
// writes summary and report. Exit code 1 when an answer was not the planned one or a count does not
// hold; throws CommandFailed.
int play_district(const RunFile& run, PlayArgs args, std::ostream& out);

}  // namespace yilian::cli::play
