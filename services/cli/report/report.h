#pragma once

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace yilian::cli {

// One self-contained HTML page (tables and SVG charts, no script, no outside request) over the
// summaries of a run, one a district, in the order given (services/cli/README.md, "summary.json").
//
// Every number shown stands in an element with data-path, a JSON pointer that names the value
// behind the index of the district ("/0/visits"), and data-as, how it is written: `plain` (as in
// JSON), `count` (12,345), `yuan` (fen as 123.45), `points` (10^-4 as 1.2345), `percent` (basis
// points as 61.25 %). A '*' in the pointer stands for all rows: the element shows their sum. A test
// opens the page in a browser and reads each back. Bytes depend on the summaries alone.
[[nodiscard]] std::string render_report(const std::vector<nlohmann::ordered_json>& summaries);

}  // namespace yilian::cli
