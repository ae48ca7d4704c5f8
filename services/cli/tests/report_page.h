#pragma once

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace yilian::cli {

// A report as a headless browser shows it.
struct ShownPage {
    std::string dom;
    std::string errors;  // the browser's own log, console messages included
};
// Fails the test when there is no browser. `scratch` is a folder for its profile.
[[nodiscard]] ShownPage show_page(const std::string& file, const std::string& scratch);

// Reads back every element that names a value: it shows that value of the summaries, in its unit;
// and no scalar of a summary, and no cell of its tables, is missing from the page's tables.
void expect_page_shows(const std::string& dom,
                       const std::vector<nlohmann::ordered_json>& summaries);

// No script, and no address outside the page.
void expect_nothing_outside(const std::string& page);

}  // namespace yilian::cli
