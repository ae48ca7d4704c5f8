#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace yilian::cli {

// A named row of integer values; a chart's series all have one value a label.
struct ChartSeries {
    std::string name;
    std::vector<std::int64_t> values;
    std::string css_class;  // colour, see report_style.h
};

// How a chart writes its numbers.
enum class ChartUnit {
    kCount,    // 12,345
    kPercent,  // the values are basis points: 61.25 %
};

// One horizontal bar a label, from zero, the value at its end, in HTML so that it fits any width.
// Negative values are drawn as zero, and written as they are.
[[nodiscard]] std::string ranking_chart(const std::string& title,
                                        const std::vector<std::string>& labels,
                                        const ChartSeries& series, ChartUnit unit);

// Grouped vertical bars from zero over months.
[[nodiscard]] std::string column_chart(const std::string& title,
                                       const std::vector<std::string>& labels,
                                       const std::vector<ChartSeries>& series, ChartUnit unit);

// Lines over months between round bounds around the values, each named at its end.
[[nodiscard]] std::string line_chart(const std::string& title,
                                     const std::vector<std::string>& labels,
                                     const std::vector<ChartSeries>& series, ChartUnit unit);

// The bounds and the step of an axis: round numbers, at most five steps.
struct Axis {
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::int64_t step = 1;
};
[[nodiscard]] Axis axis_over(std::int64_t smallest, std::int64_t largest);

}  // namespace yilian::cli
