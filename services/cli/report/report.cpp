#include "services/cli/report/report.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "libs/base/html.h"
#include "services/cli/money_text.h"
#include "services/cli/report/report_style.h"
#include "services/cli/report/svg_chart.h"

namespace yilian::cli {
namespace {

using Json = nlohmann::ordered_json;

enum class As { kPlain, kCount, kYuan, kPoints, kPercent };

struct Column {
    const char* key;
    const char* title;
    As as;
    bool summed = false;
};

struct TableSpec {
    const char* array;  // member of a summary
    const char* title;
    std::vector<Column> columns;
};

const std::vector<TableSpec>& table_specs() {
    static const std::vector<TableSpec> specs = {
        {"institutions",
         "各机构金额与点数 Money and points by institution",
         {{"institution_id", "机构 Institution", As::kPlain},
          {"level", "级别 Level", As::kPlain},
          {"cases", "病例 Cases", As::kCount, true},
          {"points_e4", "点数 Points", As::kPoints, true},
          {"prepay_fen", "预付 Prepay, 元", As::kYuan, true}}},
        {"referral_flow",
         "转诊流量 Referral flow",
         {{"month", "月份 Month", As::kPlain},
          {"up", "上转 Up", As::kCount, true},
          {"down", "下转 Down", As::kCount, true},
          {"followed_up", "下转后随访 Followed up", As::kCount, true}}},
        {"control",
         "慢病控制率 Control rate",
         {{"month", "月份 Month", As::kPlain},
          {"hypertension_rate_bp", "高血压 Hypertension", As::kPercent},
          {"diabetes_rate_bp", "糖尿病 Diabetes", As::kPercent},
          {"target_bp", "目标 Target", As::kPercent}}},
        {"statements",
         "结算单 Statements",
         {{"month", "月份 Month", As::kPlain},
          {"point_value_num", "点值分子 Point value, numerator (分)", As::kPlain},
          {"point_value_den", "分母 Denominator", As::kPlain},
          {"statement_sha256", "SHA-256", As::kPlain}}},
    };
    return specs;
}

// Names of the figures, as far as they are known; any other figure is shown by its own name.
std::string figure_title(const std::string& key) {
    static const std::map<std::string, const char*> titles{
        {"district", "区县 District"},
        {"seed", "种子 Seed"},
        {"months", "月数 Months"},
        {"residents", "居民 Residents"},
        {"contracts_active", "有效签约 Contracts"},
        {"referrals_created", "转诊单 Referrals"},
        {"referrals_closed", "已结转诊 Referrals closed"},
        {"down_referrals_followed_up", "下转后随访 Down, followed up"},
        {"second_deductibles_waived", "免除二次起付 Second deductibles waived"},
        {"prescriptions_dispensed", "已发药处方 Prescriptions dispensed"},
        {"long_prescriptions", "长期处方 Long prescriptions"},
        {"visits", "随访与就诊 Visits"},
        {"advice_to_refer", "转诊建议 Advice to refer"},
        {"settlement_lists_accepted", "清单接受 Lists accepted"},
        {"settlement_lists_rejected", "清单退回 Lists rejected"},
        {"drg_grouped", "入组病例 Grouped"},
        {"drg_ungrouped", "未入组病例 Ungrouped"},
        {"events_published", "发布事件 Events published"},
        {"events_consumed", "消费事件 Events consumed"},
        {"duplicate_effects", "重复效果 Duplicate effects"},
        {"dead_letters", "死信 Dead letters"},
        {"ledger_sum_fen", "总账合计(分) Ledger sum, fen"},
        {"violations", "违反的检查 Violated checks"}};
    const auto found = titles.find(key);
    return found == titles.end() ? key : found->second;
}

std::string district_name(const std::string& code) {
    static const std::map<std::string, const char*> names{{"120111", "天津市西青区 Xiqing"},
                                                          {"120112", "天津市津南区 Jinnan"},
                                                          {"350104", "福州市仓山区 Cangshan"},
                                                          {"370212", "青岛市崂山区 Laoshan"},
                                                          {"370725", "潍坊市昌乐县 Changle"}};
    const auto found = names.find(code);
    return found == names.end() ? code : fmt::format("{} {}", code, found->second);
}

std::string plain(const Json& value) {
    if (value.is_null()) return "–";
    return value.is_string() ? value.get<std::string>() : value.dump();
}

const char* name_of(As as) {
    constexpr const char* kNames[] = {"plain", "count", "yuan", "points", "percent"};
    return kNames[static_cast<std::size_t>(as)];
}

std::string shown(const Json& value, As as) {
    if (as == As::kPlain || !value.is_number_integer()) return plain(value);
    const auto number = value.get<std::int64_t>();
    switch (as) {
        case As::kYuan:
            return yuan_text(number);
        case As::kPoints:
            return points_text(number);
        case As::kPercent:
            return percent_text(number);
        default:
            return grouped(number);
    }
}

// An element that shows one value of the summaries.
std::string element(const char* tag, const std::string& path, const Json& value, As as) {
    if (!value.is_number()) as = As::kPlain;
    const bool hash = value.is_string() && plain(value).size() == 64;
    return fmt::format("<{0} class=\"{1}\" data-path=\"{2}\" data-as=\"{3}\">{4}</{0}>", tag,
                       value.is_number() ? "n"
                       : hash            ? "hash"
                                         : "t",
                       html_escape(path), name_of(as), html_escape(shown(value, as)));
}

std::int64_t sum_of(const Json& rows, const char* key) {
    std::int64_t sum = 0;
    for (const Json& row : rows) sum += row.at(key).get<std::int64_t>();
    return sum;
}

bool has_rows(const Json& summary, const char* array) {
    return summary.contains(array) && !summary.at(array).empty();
}

std::string heading_row(const TableSpec& spec) {
    std::string out = "<thead><tr>";
    for (const Column& c : spec.columns) {
        out += fmt::format("<th scope=\"col\" class=\"{}\">{}</th>", c.as == As::kPlain ? "t" : "n",
                           html_escape(c.title));
    }
    return out + "</tr></thead>\n";
}

std::string sum_row(const Json& rows, const std::string& base, const TableSpec& spec) {
    const bool summed = std::any_of(spec.columns.begin(), spec.columns.end(),
                                    [](const Column& c) { return c.summed; });
    if (!summed) return "";
    std::string out = "<tfoot><tr><th scope=\"row\">合计 Total</th>";
    for (std::size_t i = 1; i < spec.columns.size(); ++i) {
        const Column& c = spec.columns[i];
        out += c.summed ? element("td", fmt::format("{}/{}/*/{}", base, spec.array, c.key),
                                  sum_of(rows, c.key), c.as)
                        : "<td></td>";
    }
    return out + "</tr></tfoot>\n";
}

std::string rows_table(const Json& summary, const std::string& base, const TableSpec& spec) {
    const Json& rows = summary.at(spec.array);
    std::string out = "<div class=\"wide\"><table>\n" + heading_row(spec) + "<tbody>\n";
    std::size_t index = 0;
    for (const Json& row : rows) {
        out += "<tr>";
        for (const Column& c : spec.columns) {
            out += element("td", fmt::format("{}/{}/{}/{}", base, spec.array, index, c.key),
                           row.at(c.key), c.as);
        }
        out += "</tr>\n";
        ++index;
    }
    return out + "</tbody>\n" + sum_row(rows, base, spec) + "</table></div>\n";
}

// Every scalar of the summary, in its own order: nothing that is counted can be left out.
std::string figures_table(const Json& summary, const std::string& base) {
    std::string out = "<h3>全部数字 All figures</h3>\n<div class=\"wide\"><table><tbody>\n";
    for (const auto& [key, value] : summary.items()) {
        if (value.is_structured()) continue;
        const As as = key == "seed" || key == "district" ? As::kPlain : As::kCount;
        out += fmt::format("<tr><th scope=\"row\">{}</th>{}</tr>\n", html_escape(figure_title(key)),
                           element("td", base + "/" + key, value, as));
    }
    return out + "</tbody></table></div>\n";
}

std::vector<std::int64_t> column_values(const Json& rows, const char* key, std::int64_t divisor) {
    std::vector<std::int64_t> out;
    for (const Json& row : rows) out.push_back(row.at(key).get<std::int64_t>() / divisor);
    return out;
}

std::vector<std::string> column_labels(const Json& rows, const char* key) {
    std::vector<std::string> out;
    for (const Json& row : rows) out.push_back(plain(row.at(key)));
    return out;
}

// Institutions by a figure, the largest first, equal ones by id; the small ones in one bar.
std::string ranking(const Json& institutions, const char* key, std::int64_t divisor,
                    const std::string& title, const char* series, const char* css) {
    constexpr std::size_t kShown = 15;
    std::vector<std::size_t> order(institutions.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return institutions[a].at(key).get<std::int64_t>() >
               institutions[b].at(key).get<std::int64_t>();
    });
    std::vector<std::string> labels;
    ChartSeries values{series, {}, css};
    std::int64_t others = 0;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        const Json& row = institutions[order[rank]];
        if (rank < kShown) {
            labels.push_back(plain(row.at("institution_id")));
            values.values.push_back(row.at(key).get<std::int64_t>() / divisor);
        } else {
            others += row.at(key).get<std::int64_t>();
        }
    }
    if (order.size() > kShown) {
        labels.push_back(fmt::format("其余 {} 家 others", order.size() - kShown));
        values.values.push_back(others / divisor);
    }
    return ranking_chart(title, labels, values, ChartUnit::kCount);
}

std::string money_charts(const Json& rows) {
    return ranking(rows, "prepay_fen", 100, "各机构预付(元) Prepay by institution, yuan",
                   "预付 prepay", "a") +
           ranking(rows, "points_e4", 10'000, "各机构点数 Points by institution", "点数 points",
                   "c");
}

std::string flow_chart(const Json& rows) {
    return column_chart("每月上转、下转与随访 Referrals by month", column_labels(rows, "month"),
                        {{"上转 up", column_values(rows, "up", 1), "a"},
                         {"下转 down", column_values(rows, "down", 1), "b"},
                         {"下转后随访 followed up", column_values(rows, "followed_up", 1), "c"}},
                        ChartUnit::kCount);
}

// Without the diseases that the district's registry does not keep, and without a target where it
// has none.
std::string control_chart(const Json& rows) {
    std::vector<ChartSeries> series;
    const auto add = [&](const char* title, const char* key, const char* css) {
        const bool known = std::none_of(rows.begin(), rows.end(),
                                        [&](const Json& row) { return row.at(key).is_null(); });
        if (known) series.push_back({title, column_values(rows, key, 1), css});
    };
    add("高血压 hypertension", "hypertension_rate_bp", "a");
    add("糖尿病 diabetes", "diabetes_rate_bp", "b");
    add("目标 target", "target_bp", "d");
    return series.empty() ? ""
                          : line_chart("规范管理人群控制率与目标 Control rate against the target",
                                       column_labels(rows, "month"), series, ChartUnit::kPercent);
}

std::string charts_of(const Json& summary, const TableSpec& spec) {
    const std::string_view array = spec.array;
    const Json& rows = summary.at(spec.array);
    if (array == "institutions") return money_charts(rows);
    if (array == "referral_flow") return flow_chart(rows);
    return array == "control" ? control_chart(rows) : "";
}

std::string tile(const std::string& title, const std::string& shown_value) {
    return fmt::format("<div class=\"tile\">{}<span>{}</span></div>\n", shown_value,
                       html_escape(title));
}

// What a reader wants to know first.
std::string tiles(const Json& summary, const std::string& base) {
    std::string out = "<div class=\"tiles\">\n";
    for (const char* key :
         {"residents", "contracts_active", "referrals_created", "down_referrals_followed_up",
          "second_deductibles_waived", "prescriptions_dispensed", "settlement_lists_accepted",
          "settlement_lists_rejected"}) {
        if (!summary.contains(key)) continue;
        out += tile(figure_title(key), element("b", base + "/" + key, summary.at(key), As::kCount));
    }
    if (has_rows(summary, "institutions")) {
        const Json& rows = summary.at("institutions");
        out += tile("预付合计 Prepay in all, 元", element("b", base + "/institutions/*/prepay_fen",
                                                          sum_of(rows, "prepay_fen"), As::kYuan));
        out += tile("点数合计 Points in all", element("b", base + "/institutions/*/points_e4",
                                                      sum_of(rows, "points_e4"), As::kPoints));
    }
    return out + "</div>\n";
}

// Whether the run kept its promises, in words.
std::string state_line(const Json& summary) {
    std::string failed;
    for (const char* key : {"violations", "duplicate_effects", "dead_letters", "ledger_sum_fen"}) {
        if (!summary.contains(key) || summary.at(key) == 0) continue;
        failed += fmt::format("{}{} {}", failed.empty() ? "" : ", ", figure_title(key),
                              plain(summary.at(key)));
    }
    if (failed.empty()) {
        return "<p class=\"state good\">全部核对通过,总账平衡 Every check passed, the ledger is "
               "balanced.</p>\n";
    }
    return fmt::format("<p class=\"state bad\">未通过 Not passed: {}</p>\n", html_escape(failed));
}

std::string district_section(const Json& summary, std::size_t index) {
    const std::string base = fmt::format("/{}", index);
    const std::string code = plain(summary.at("district"));
    std::string out =
        fmt::format("<section id=\"d{}\">\n<h2>{}</h2>\n", index, html_escape(district_name(code)));
    out += state_line(summary) + tiles(summary, base);
    for (const TableSpec& spec : table_specs()) {
        if (!has_rows(summary, spec.array)) continue;
        out += fmt::format("<h3>{}</h3>\n", html_escape(spec.title));
        out += charts_of(summary, spec) + rows_table(summary, base, spec);
    }
    return out + figures_table(summary, base) + "</section>\n";
}

// Several districts beside each other.
std::string overview(const std::vector<Json>& summaries) {
    if (summaries.size() < 2) return "";
    const std::vector<const char*> keys{"residents",
                                        "contracts_active",
                                        "referrals_created",
                                        "down_referrals_followed_up",
                                        "second_deductibles_waived",
                                        "settlement_lists_accepted",
                                        "violations"};
    std::string out =
        "<h2>各区县 Districts</h2>\n<div class=\"wide\"><table>\n<thead><tr>"
        "<th scope=\"col\">区县 District</th>";
    for (const char* key : keys) {
        out += fmt::format("<th scope=\"col\" class=\"n\">{}</th>", html_escape(figure_title(key)));
    }
    out += "</tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < summaries.size(); ++i) {
        out += fmt::format("<tr><th scope=\"row\"><a href=\"#d{}\">{}</a></th>", i,
                           html_escape(district_name(plain(summaries[i].at("district")))));
        for (const char* key : keys) {
            out += summaries[i].contains(key) ? element("td", fmt::format("/{}/{}", i, key),
                                                        summaries[i].at(key), As::kCount)
                                              : "<td></td>";
        }
        out += "</tr>\n";
    }
    return out + "</tbody></table></div>\n";
}

}  // namespace

std::string render_report(const std::vector<Json>& summaries) {
    std::string out =
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n"
        "<title>医联 Yilian · 运行报告</title>\n<style>";
    out += kReportStyle;
    out +=
        "</style>\n</head>\n<body>\n<h1>医联 Yilian · 运行报告 Run report</h1>\n"
        "<p class=\"note\">金额单位元,不含姓名和证件号 Money in yuan; no names, no identity "
        "numbers.</p>\n";
    out += overview(summaries);
    for (std::size_t i = 0; i < summaries.size(); ++i) out += district_section(summaries[i], i);
    return out + "</body>\n</html>\n";
}

}  // namespace yilian::cli
