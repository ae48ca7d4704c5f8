#include "services/cli/report/report.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "services/cli/report/svg_chart.h"

namespace yilian::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6876; --line: #d8dee5; --paper: #fff;
  --a: #2166ac; --b: #d6604d; --c: #4d9221; --d: #8073ac; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --soft: #9aa7b4; --line: #37424d;
  --paper: #14191f; --a: #6aaed6; --b: #f4a582; --c: #a6d96a; --d: #b2abd2; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
p.note, caption { color: var(--soft); } caption { text-align: left; padding-bottom: .3rem; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 1.4rem; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .5rem; text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.hash { font: 12px/1.4 ui-monospace, monospace; word-break: break-all; }
svg { width: 100%; height: auto; margin: .4rem 0 1rem; }
.grid { stroke: var(--line); } .tick { font-size: 11px; fill: var(--soft); }
.title { font-size: 13px; fill: var(--ink); }
.a { fill: var(--a); } .b { fill: var(--b); } .c { fill: var(--c); } .d { fill: var(--d); }
.line { fill: none; stroke-width: 2; }
.a.line { stroke: var(--a); } .b.line { stroke: var(--b); } .c.line { stroke: var(--c); }
.d.line { stroke: var(--d); }
)css";

struct Column {
    const char* key;
    const char* title;
};

struct TableSpec {
    const char* array;  // pointer inside a summary
    const char* caption;
    std::vector<Column> columns;
};

std::string as_text(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string cell(const std::string& path, const Json& value) {
    const char* css = value.is_number() ? "n" : as_text(value).size() == 64 ? "hash" : "t";
    return fmt::format("<td class=\"{}\" data-path=\"{}\">{}</td>", css, html_escape(path),
                       html_escape(as_text(value)));
}

// Every scalar of the summary, in its own order: nothing that is counted can be left out.
std::string figures_table(const Json& summary, const std::string& base) {
    std::string out = "<table><caption>Figures of the run 运行结果</caption>\n";
    for (const auto& [key, value] : summary.items()) {
        if (value.is_structured()) continue;
        out += fmt::format("<tr><th scope=\"row\">{}</th>{}</tr>\n", html_escape(key),
                           cell(base + "/" + key, value));
    }
    return out + "</table>\n";
}

std::string rows_table(const Json& summary, const std::string& base, const TableSpec& spec) {
    if (!summary.contains(spec.array) || summary.at(spec.array).empty()) return "";
    std::string out = fmt::format("<table><caption>{}</caption>\n<tr>", html_escape(spec.caption));
    for (const Column& c : spec.columns) out += fmt::format("<th>{}</th>", html_escape(c.title));
    out += "</tr>\n";
    std::size_t index = 0;
    for (const Json& row : summary.at(spec.array)) {
        out += "<tr>";
        for (const Column& c : spec.columns) {
            out += cell(fmt::format("{}/{}/{}/{}", base, spec.array, index, c.key), row.at(c.key));
        }
        out += "</tr>\n";
        ++index;
    }
    return out + "</table>\n";
}

std::vector<std::int64_t> column_values(const Json& rows, const char* key, std::int64_t divisor) {
    std::vector<std::int64_t> out;
    for (const Json& row : rows) out.push_back(row.at(key).get<std::int64_t>() / divisor);
    return out;
}

std::vector<std::string> column_labels(const Json& rows, const char* key) {
    std::vector<std::string> out;
    for (const Json& row : rows) out.push_back(as_text(row.at(key)));
    return out;
}

std::string charts(const Json& summary) {
    std::string out;
    if (const auto it = summary.find("institutions"); it != summary.end() && !it->empty()) {
        out += bar_chart("Settled money by institution, yuan 各机构结算金额（元）",
                         column_labels(*it, "institution_id"),
                         {{"prepay", column_values(*it, "prepay_fen", 100), "a"}});
        out += bar_chart("Points by institution 各机构点数", column_labels(*it, "institution_id"),
                         {{"points", column_values(*it, "points_e4", 10000), "c"}});
    }
    if (const auto it = summary.find("referral_flow"); it != summary.end() && !it->empty()) {
        out += bar_chart("Referrals by month 转诊流量", column_labels(*it, "month"),
                         {{"up", column_values(*it, "up", 1), "a"},
                          {"down", column_values(*it, "down", 1), "b"}});
    }
    if (const auto it = summary.find("control"); it != summary.end() && !it->empty()) {
        out += line_chart("Control rate, basis points 控制率（万分比）", column_labels(*it, "month"),
                          {{"hypertension", column_values(*it, "hypertension_rate_bp", 1), "a"},
                           {"diabetes", column_values(*it, "diabetes_rate_bp", 1), "b"},
                           {"target", column_values(*it, "target_bp", 1), "d"}},
                          10000);
    }
    return out;
}

const std::vector<TableSpec>& table_specs() {
    static const std::vector<TableSpec> specs = {
        {"institutions",
         "Money and points by institution 各机构金额与点数",
         {{"institution_id", "institution"},
          {"level", "level"},
          {"cases", "cases"},
          {"points_e4", "points ×10⁻⁴"},
          {"prepay_fen", "prepay, fen"}}},
        {"referral_flow",
         "Referral flow 转诊流量",
         {{"month", "month"}, {"up", "up"}, {"down", "down"}, {"followed_up", "followed up"}}},
        {"control",
         "Chronic disease control against the pack's target 慢病控制",
         {{"month", "month"},
          {"hypertension_rate_bp", "hypertension, bp"},
          {"diabetes_rate_bp", "diabetes, bp"},
          {"target_bp", "target, bp"}}},
        {"statements",
         "Statements 结算单",
         {{"month", "month"}, {"point_value_num", "point value, numerator"},
          {"point_value_den", "denominator"}, {"statement_sha256", "SHA-256"}}},
    };
    return specs;
}

}  // namespace

std::string render_report(const std::vector<Json>& summaries) {
    std::string out =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n"
        "<title>Yilian 医联 run report</title>\n<style>";
    out += kStyle;
    out += "</style>\n</head>\n<body>\n<h1>Yilian 医联 · run report 运行报告</h1>\n"
           "<p class=\"note\">Synthetic data 合成数据. Money in fen 分, points at 10⁻⁴, rates in "
           "basis points.</p>\n";
    for (std::size_t i = 0; i < summaries.size(); ++i) {
        const Json& summary = summaries[i];
        const std::string base = fmt::format("/{}", i);
        out += fmt::format("<section>\n<h2>District 区县 {}</h2>\n",
                           html_escape(as_text(summary.at("district"))));
        out += charts(summary);
        for (const TableSpec& spec : table_specs()) out += rows_table(summary, base, spec);
        out += figures_table(summary, base);
        out += "</section>\n";
    }
    return out + "</body>\n</html>\n";
}

}  // namespace yilian::cli
