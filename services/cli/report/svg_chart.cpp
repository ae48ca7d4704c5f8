#include "services/cli/report/svg_chart.h"

#include <algorithm>

#include "fmt/format.h"
#include "libs/amount/rounding.h"
#include "libs/base/html.h"
#include "services/cli/money_text.h"
#include "services/cli/text_table.h"

namespace yilian::cli {
namespace {

constexpr std::int64_t kWidth = 720;
constexpr std::int64_t kHeight = 280;
constexpr std::int64_t kLeft = 76;
constexpr std::int64_t kTop = 58;
constexpr std::int64_t kBottom = 30;
constexpr std::int64_t kRight = 20;
constexpr std::int64_t kEndNames = 150;  // right of a line chart

std::string number_text(std::int64_t value, ChartUnit unit) {
    return unit == ChartUnit::kPercent ? percent_text(value) : grouped(value);
}

// On an axis percentages are whole.
std::string tick_text(std::int64_t value, ChartUnit unit) {
    return unit == ChartUnit::kPercent && value % 100 == 0 ? fmt::format("{} %", value / 100)
                                                           : number_text(value, unit);
}

// Where a value stands on `length` pixels. Values reach 10^13 fen: the product has 128 bits.
std::int64_t along(std::int64_t value, const Axis& axis, std::int64_t length) {
    const std::int64_t inside = std::clamp(value, axis.from, axis.to);
    return amount::muldiv(inside - axis.from, length,
                          std::max<std::int64_t>(axis.to - axis.from, 1),
                          amount::Rounding::kHalfAway);
}

std::string open_chart(const std::string& title, std::int64_t height) {
    return fmt::format(
        "<div class=\"wide\"><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n"
        "<text class=\"title\" x=\"0\" y=\"18\">{}</text>\n",
        kWidth, height, html_escape(title), html_escape(title));
}

std::string close_chart() { return "</svg></div>\n"; }

std::string text_at(std::int64_t x, std::int64_t y, const char* anchor, const std::string& text,
                    const char* css = "tick") {
    return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", css,
                       x, y, anchor, html_escape(text));
}

std::string legend(const std::vector<ChartSeries>& series) {
    std::string out;
    std::int64_t x = 0;
    for (const ChartSeries& s : series) {
        out += fmt::format(
            "<rect class=\"{}\" x=\"{}\" y=\"30\" width=\"10\" height=\"10\" rx=\"2\"/>",
            s.css_class, x);
        out += text_at(x + 15, 39, "start", s.name);
        x += 34 + static_cast<std::int64_t>(display_width(s.name)) * 7;
    }
    return out;
}

// The lines and numbers of a vertical axis.
std::string vertical_grid(const Axis& axis, std::int64_t right, ChartUnit unit) {
    const std::int64_t height = kHeight - kTop - kBottom;
    std::string out;
    for (std::int64_t value = axis.from; value <= axis.to; value += axis.step) {
        const std::int64_t y = kTop + height - along(value, axis, height);
        out += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>", kLeft,
                           right, y, y);
        out += text_at(kLeft - 8, y + 4, "end", tick_text(value, unit));
    }
    return out;
}

std::int64_t largest_of(const std::vector<ChartSeries>& series) {
    std::int64_t maximum = 0;
    for (const ChartSeries& s : series) {
        for (const std::int64_t v : s.values) maximum = std::max(maximum, v);
    }
    return maximum;
}

std::int64_t smallest_of(const std::vector<ChartSeries>& series) {
    std::int64_t minimum = largest_of(series);
    for (const ChartSeries& s : series) {
        for (const std::int64_t v : s.values) minimum = std::min(minimum, v);
    }
    return minimum;
}

// One mark with what the pointer is told.
std::string titled(const std::string& mark, const std::string& label, const ChartSeries& s,
                   std::int64_t value, ChartUnit unit) {
    return fmt::format("{}<title>{} · {}: {}</title>", mark, html_escape(label),
                       html_escape(s.name), number_text(value, unit));
}

// First words of the names at the ends of lines, moved apart so that none covers another.
std::string end_names(const std::vector<ChartSeries>& series, const Axis& axis, std::int64_t x,
                      ChartUnit unit) {
    const std::int64_t height = kHeight - kTop - kBottom;
    std::vector<std::pair<std::int64_t, const ChartSeries*>> ends;
    for (const ChartSeries& s : series) {
        ends.emplace_back(kTop + height - along(s.values.back(), axis, height), &s);
    }
    std::ranges::stable_sort(ends, {}, [](const auto& end) { return end.first; });
    std::string out;
    std::int64_t below = 0;
    for (auto& [y, s] : ends) {
        y = std::max(y, below + 15);
        below = y;
        out += text_at(x, y + 4, "start",
                       fmt::format("{} {}", s->name.substr(0, s->name.find(' ')),
                                   number_text(s->values.back(), unit)),
                       "end");
    }
    return out;
}

}  // namespace

Axis axis_over(std::int64_t smallest, std::int64_t largest) {
    const std::int64_t span = std::max<std::int64_t>(largest - smallest, 1);
    std::int64_t step = 1;
    for (int i = 0; step * 5 < span; ++i) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    Axis axis;
    axis.step = step;
    axis.from = smallest / step * step;
    axis.to = axis.from;
    while (axis.to < largest || axis.to == axis.from) axis.to += step;
    return axis;
}

std::string ranking_chart(const std::string& title, const std::vector<std::string>& labels,
                          const ChartSeries& series, ChartUnit unit) {
    if (labels.empty()) return "";
    // The longest bar leaves a third of the width to its number.
    constexpr std::int64_t kLongest = 650;
    const Axis axis{0, std::max<std::int64_t>(largest_of({series}), 1), 1};
    std::string out =
        fmt::format("<figure class=\"ranking\"><figcaption>{}</figcaption>\n", html_escape(title));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::int64_t value = series.values.at(i);
        const std::int64_t permille =
            value <= 0 ? 0 : std::max<std::int64_t>(along(value, axis, kLongest), 3);
        out += fmt::format(
            "<div title=\"{0} · {1}: {2}\"><span class=\"name\">{0}</span><span class=\"track\">"
            "<i class=\"{3} bar\" style=\"width:{4}.{5}%\"></i><span>{2}</span></span></div>\n",
            html_escape(labels[i]), html_escape(series.name), number_text(value, unit),
            series.css_class, permille / 10, permille % 10);
    }
    return out + "</figure>\n";
}

std::string column_chart(const std::string& title, const std::vector<std::string>& labels,
                         const std::vector<ChartSeries>& series, ChartUnit unit) {
    if (labels.empty()) return "";
    const Axis axis = axis_over(0, largest_of(series));
    const std::int64_t height = kHeight - kTop - kBottom;
    std::string out =
        open_chart(title, kHeight) + legend(series) + vertical_grid(axis, kWidth - kRight, unit);
    const std::int64_t slot = (kWidth - kLeft - kRight) / static_cast<std::int64_t>(labels.size());
    const auto count = static_cast<std::int64_t>(std::max<std::size_t>(series.size(), 1));
    const std::int64_t bar = std::clamp<std::int64_t>(slot * 7 / 10 / count, 2, 44);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::int64_t left = kLeft + slot * static_cast<std::int64_t>(i);
        std::int64_t x = left + (slot - bar * count) / 2;
        for (const ChartSeries& s : series) {
            const std::int64_t value = s.values.at(i);
            const std::int64_t up = along(value, axis, height);
            out += titled(fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" "
                                      "height=\"{}\" rx=\"2\">",
                                      s.css_class, x, kTop + height - up, bar - 2, up),
                          labels[i], s, value, unit) +
                   "</rect>\n";
            if (bar >= 24) {
                out += text_at(x + (bar - 2) / 2, kTop + height - up - 5, "middle",
                               number_text(value, unit), "value");
            }
            x += bar;
        }
        out += text_at(left + slot / 2, kHeight - 10, "middle", labels[i]);
    }
    return out + close_chart();
}

std::string line_chart(const std::string& title, const std::vector<std::string>& labels,
                       const std::vector<ChartSeries>& series, ChartUnit unit) {
    if (labels.empty() || series.empty()) return "";
    const Axis axis = axis_over(smallest_of(series), largest_of(series));
    const std::int64_t height = kHeight - kTop - kBottom;
    const std::int64_t right = kWidth - kEndNames;
    std::string out =
        open_chart(title, kHeight) + legend(series) + vertical_grid(axis, right, unit);
    const auto gaps = static_cast<std::int64_t>(labels.size()) - 1;
    const auto x_of = [&](std::size_t i) {
        if (gaps == 0) return (kLeft + right) / 2;
        return kLeft + 12 + (right - kLeft - 24) * static_cast<std::int64_t>(i) / gaps;
    };
    for (const ChartSeries& s : series) {
        std::string points;
        std::string marks;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const std::int64_t y = kTop + height - along(s.values.at(i), axis, height);
            points += fmt::format("{}{},{}", points.empty() ? "" : " ", x_of(i), y);
            marks += titled(fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"4\">",
                                        s.css_class, x_of(i), y),
                            labels[i], s, s.values.at(i), unit) +
                     "</circle>\n";
        }
        out += fmt::format("<polyline class=\"{} line\" points=\"{}\"/>\n", s.css_class, points) +
               marks;
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
        out += text_at(x_of(i), kHeight - 10, "middle", labels[i]);
    }
    return out + end_names(series, axis, right + 10, unit) + close_chart();
}

}  // namespace yilian::cli
