#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace yilian::cli {

// A named row of integer values; a chart's series all have one value a label.
struct ChartSeries {
    std::string name;
    std::vector<std::int64_t> values;
    std::string css_class;  // colour, see the style of report.cpp
};

// Escapes text for HTML and SVG.
[[nodiscard]] std::string html_escape(const std::string& text);

// Grouped vertical bars from zero. Negative values are drawn as zero.
[[nodiscard]] std::string bar_chart(const std::string& title,
                                    const std::vector<std::string>& labels,
                                    const std::vector<ChartSeries>& series);

// Lines over the labels; the scale runs from 0 to `maximum`.
[[nodiscard]] std::string line_chart(const std::string& title,
                                     const std::vector<std::string>& labels,
                                     const std::vector<ChartSeries>& series, std::int64_t maximum);

}  // namespace yilian::cli
