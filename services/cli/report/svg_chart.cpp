#include "services/cli/report/svg_chart.h"

#include <algorithm>

#include "fmt/format.h"

namespace yilian::cli {
namespace {

constexpr std::int64_t kWidth = 720;
constexpr std::int64_t kHeight = 260;
constexpr std::int64_t kLeft = 64;
constexpr std::int64_t kTop = 34;
constexpr std::int64_t kBottom = 46;
constexpr std::int64_t kPlotWidth = kWidth - kLeft - 16;
constexpr std::int64_t kPlotHeight = kHeight - kTop - kBottom;

std::int64_t y_of(std::int64_t value, std::int64_t maximum) {
    const std::int64_t clamped = std::clamp<std::int64_t>(value, 0, maximum);
    // Values reach 10^13 fen: divide first where the product could overflow.
    const std::int64_t scaled = maximum > (INT64_MAX / kPlotHeight)
                                    ? clamped / (maximum / kPlotHeight)
                                    : clamped * kPlotHeight / maximum;
    return kTop + kPlotHeight - scaled;
}

std::string open_chart(const std::string& title) {
    return fmt::format(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n"
        "<text class=\"title\" x=\"{}\" y=\"18\">{}</text>\n",
        kWidth, kHeight, html_escape(title), kLeft, html_escape(title));
}

std::string grid(std::int64_t maximum) {
    std::string out;
    for (std::int64_t quarter = 0; quarter <= 4; ++quarter) {
        const std::int64_t value = maximum / 4 * quarter;
        const std::int64_t y = y_of(value, maximum);
        out += fmt::format(
            "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>"
            "<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
            kLeft, kLeft + kPlotWidth, y, y, kLeft - 6, y + 4, value);
    }
    return out;
}

std::string legend(const std::vector<ChartSeries>& series) {
    std::string out;
    std::int64_t x = kLeft;
    for (const ChartSeries& s : series) {
        out += fmt::format(
            "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"10\" height=\"10\"/>"
            "<text class=\"tick\" x=\"{}\" y=\"{}\">{}</text>\n",
            s.css_class, x, kHeight - 14, x + 14, kHeight - 5, html_escape(s.name));
        x += 30 + static_cast<std::int64_t>(s.name.size()) * 7;
    }
    return out;
}

std::string label_text(const std::string& label, std::int64_t x) {
    return fmt::format("<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                       x, kTop + kPlotHeight + 16, html_escape(label));
}

std::int64_t largest(const std::vector<ChartSeries>& series) {
    std::int64_t maximum = 4;
    for (const ChartSeries& s : series) {
        for (const std::int64_t v : s.values) maximum = std::max(maximum, v);
    }
    return (maximum + 3) / 4 * 4;
}

}  // namespace

std::string html_escape(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string bar_chart(const std::string& title, const std::vector<std::string>& labels,
                      const std::vector<ChartSeries>& series) {
    if (labels.empty()) return "";
    const std::int64_t maximum = largest(series);
    std::string out = open_chart(title) + grid(maximum);
    const std::int64_t slot = kPlotWidth / static_cast<std::int64_t>(labels.size());
    const auto series_count = static_cast<std::int64_t>(series.size());
    const std::int64_t bar =
        std::clamp<std::int64_t>(slot * 7 / 10 / std::max<std::int64_t>(series_count, 1), 2, 44);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::int64_t left = kLeft + slot * static_cast<std::int64_t>(i);
        std::int64_t x = left + (slot - bar * series_count) / 2;
        for (const ChartSeries& s : series) {
            const std::int64_t y = y_of(s.values.at(i), maximum);
            out += fmt::format(
                "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\">"
                "<title>{} {}: {}</title></rect>\n",
                s.css_class, x, y, bar - 1, kTop + kPlotHeight - y, html_escape(labels[i]),
                html_escape(s.name), s.values.at(i));
            x += bar;
        }
        out += label_text(labels[i], left + slot / 2);
    }
    return out + legend(series) + "</svg>\n";
}

std::string line_chart(const std::string& title, const std::vector<std::string>& labels,
                       const std::vector<ChartSeries>& series, std::int64_t maximum) {
    if (labels.empty()) return "";
    std::string out = open_chart(title) + grid(maximum);
    const std::int64_t slot = kPlotWidth / static_cast<std::int64_t>(labels.size());
    for (const ChartSeries& s : series) {
        std::string points;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const std::int64_t x = kLeft + slot * static_cast<std::int64_t>(i) + slot / 2;
            const std::int64_t y = y_of(s.values.at(i), maximum);
            points += fmt::format("{}{},{}", points.empty() ? "" : " ", x, y);
            out += fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"3\">"
                               "<title>{} {}: {}</title></circle>\n",
                               s.css_class, x, y, html_escape(labels[i]), html_escape(s.name),
                               s.values.at(i));
        }
        out += fmt::format("<polyline class=\"{} line\" points=\"{}\"/>\n", s.css_class, points);
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
        out += label_text(labels[i], kLeft + slot * static_cast<std::int64_t>(i) + slot / 2);
    }
    return out + legend(series) + "</svg>\n";
}

}  // namespace yilian::cli
