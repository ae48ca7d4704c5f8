#pragma once

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace yilian::cli {

// Throws CommandFailed 4 when a file is not the summary of a run.
[[nodiscard]] std::vector<nlohmann::ordered_json> read_summaries(
    const std::vector<std::string>& files);

// Writes DIR/report.html over these summaries. Throws CommandFailed 6.
void write_report(const std::string& directory,
                  const std::vector<nlohmann::ordered_json>& summaries);

// Writes the text to the path, whole or not at all. Throws CommandFailed 6.
void write_whole(const std::string& path, const std::string& text);

}  // namespace yilian::cli
