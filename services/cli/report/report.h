#pragma once

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace yilian::cli {

// One self-contained HTML page (tables and SVG charts, no script, no outside request) over the
// summaries of a run, one a district, in the order given (services/cli/README.md, "summary.json").
//
// Every number shown stands in a cell `<td data-path="POINTER">` whose JSON pointer, put behind the
// index of the district ("/0/visits"), names the value in the summaries; a test opens the page in a
// browser and compares each. Bytes depend on the summaries alone.
[[nodiscard]] std::string render_report(const std::vector<nlohmann::ordered_json>& summaries);

}  // namespace yilian::cli
