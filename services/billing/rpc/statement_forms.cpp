#include "services/billing/rpc/statement_forms.h"

#include <algorithm>
#include <map>
#include <vector>

#include "libs/base/html.h"
#include "libs/tabular/csv_writer.h"
#include "nlohmann/json.hpp"

namespace yilian::billing::rpc_edge {
namespace {

using nlohmann::json;

// --- CSV -----------------------------------------------------------------------------------------

std::string value_text(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) return value.dump();
    std::string out;
    for (const json& item : value) {
        if (!out.empty()) out += '|';
        out += value_text(item);
    }
    return out;
}

// What tells the records of a section apart.
std::string record_of(const json& record) {
    std::string out;
    for (const char* key : {"pool_id", "institution_id", "list_id", "group_code", "period",
                            "run_id", "kind", "code"}) {
        if (!record.contains(key)) continue;
        if (!out.empty()) out += '/';
        out += record[key].get<std::string>();
    }
    return out;
}

void add_record(std::string& out, const std::string& section, const json& record) {
    const std::string id = section == "header" || section == "totals" ? "" : record_of(record);
    for (const auto& [name, value] : record.items()) {
        for (const std::string& field : {section, id, name}) {
            tabular::append_field(out, field);
            out += ',';
        }
        tabular::append_field(out, value_text(value));
        out += '\n';
    }
}

// --- HTML ----------------------------------------------------------------------------------------

// An integer scaled by 10^places, with thousands apart.
std::string decimal(std::int64_t value, int places) {
    const bool negative = value < 0;
    std::string digits = std::to_string(value);
    if (negative) digits.erase(0, 1);
    while (static_cast<int>(digits.size()) <= places) digits.insert(0, 1, '0');
    std::string whole = digits.substr(0, digits.size() - static_cast<std::size_t>(places));
    for (int at = static_cast<int>(whole.size()) - 3; at > 0; at -= 3) {
        whole.insert(static_cast<std::size_t>(at), 1, ',');
    }
    std::string out = negative ? "-" + whole : whole;
    if (places > 0) out += '.' + digits.substr(digits.size() - static_cast<std::size_t>(places));
    return out;
}

// Fen as yuan, points and rates with their decimals.
std::string shown(const std::string& name, const json& value) {
    if (value.is_number_integer()) {
        const auto number = value.get<std::int64_t>();
        if (name.ends_with("_fen")) return decimal(number, 2);
        if (name.ends_with("_e4")) return decimal(number, 4);
        if (name.ends_with("_e8")) return decimal(number, 8);
    }
    if (value.is_object()) {
        std::string out;
        for (const auto& [key, inner] : value.items()) {
            if (!out.empty()) out += ' ';
            out += key + ':' + inner.dump();
        }
        return html_escape(out);
    }
    return html_escape(value_text(value));
}

const std::map<std::string, const char*>& labels() {
    static const std::map<std::string, const char*> names = {
        {"actual_fen", "实际基金支出（元）"},
        {"admission_date", "入院日期"},
        {"aid_fen", "医疗救助（元）"},
        {"amount_fen", "金额（元）"},
        {"aux_e8", "辅助系数"},
        {"available_fen", "可分配总额（元）"},
        {"band", "区间"},
        {"base_points_e4", "基准点数"},
        {"basic_fen", "基本医保（元）"},
        {"benchmark_fen", "总额基准（元）"},
        {"borne_by_others_fen", "患者及其他支付（元）"},
        {"budget_fen", "预算总额（元）"},
        {"capped", "是否封顶"},
        {"carried_in_fen", "上月结转（元）"},
        {"carried_out_fen", "结转下月（元）"},
        {"cases", "病例数"},
        {"code", "编码"},
        {"contribution_fen", "超支分担（元）"},
        {"corridor_fen", "结余留用超支分担结果（元）"},
        {"d_e8", "偏差系数"},
        {"deductible_fen", "起付线（元）"},
        {"deposit_fen", "质量保证金（元）"},
        {"deviation", "偏差"},
        {"deviations", "偏差分布"},
        {"discharge_date", "出院日期"},
        {"excluded_fen", "剔除费用（元）"},
        {"expenditure_fen", "基金支出（元）"},
        {"final_fen", "清算应付（元）"},
        {"final_rate_e8", "最终比例"},
        {"flags", "标记"},
        {"group_code", "病组"},
        {"group_status", "分组状态"},
        {"head_count", "参保签约人数"},
        {"in_policy_fen", "政策范围内费用（元）"},
        {"input_digest", "输入摘要"},
        {"institution_id", "机构"},
        {"k_e8", "机构系数"},
        {"kind", "类别"},
        {"list_id", "结算清单"},
        {"members", "平均人数"},
        {"method", "支付方式"},
        {"min_rate_e8", "最低比例"},
        {"money_fen", "当月金额（元）"},
        {"out_of_pool_fen", "池外项目（元）"},
        {"outcome", "结果"},
        {"party", "结算对象"},
        {"payment_ratio_e8", "基金支付比例"},
        {"period", "结算期"},
        {"personal_fen", "个人负担（元）"},
        {"points_e4", "点数"},
        {"policy_digest", "政策包摘要"},
        {"policy_pack_id", "政策包"},
        {"policy_version", "政策包版本"},
        {"pool_id", "基金池"},
        {"prepaid_fen", "已预付（元）"},
        {"prepay_fen", "预付（元）"},
        {"prepay_rate_e8", "预付比例"},
        {"quality_score_e8", "质量得分"},
        {"refers_to", "对应结算"},
        {"released_fen", "返还保证金（元）"},
        {"reserve_end_fen", "期末调剂金（元）"},
        {"reserve_fen", "调剂金（元）"},
        {"reward_fen", "结余奖励（元）"},
        {"rules", "分组规则"},
        {"run_id", "结算批次"},
        {"serious_fen", "大病保险（元）"},
        {"settled_fen", "清算金额（元）"},
        {"source", "依据"},
        {"staff_fen", "用于人员（元）"},
        {"statement_sha256", "结算单摘要"},
        {"supersedes", "替代批次"},
        {"surplus_fen", "结余（元）"},
        {"surplus_rate_e8", "结余率"},
        {"target_fen", "目标金额（元）"},
        {"tilt_fen", "基层倾斜（元）"},
        {"topup_fen", "基层补足（元）"},
        {"total_fen", "总费用（元）"},
        {"usage_e8", "使用率"},
        {"value_den", "点值分母"},
        {"value_num", "点值分子（分）"},
        {"version", "版本"},
        {"waiver", "起付线减免"},
        {"weight_e4", "权重"},
        {"working_days", "申诉工作日"},
    };
    return names;
}

std::string label(const std::string& name) {
    const auto known = labels().find(name);
    return known == labels().end() ? html_escape(name) : known->second;
}

std::string two_columns(const json& object) {
    std::string out = "<table class=\"two\">\n";
    for (const auto& [name, value] : object.items()) {
        out += "<tr><th>" + label(name) + "</th><td>" + shown(name, value) + "</td></tr>\n";
    }
    return out + "</table>\n";
}

std::string table(const json& records) {
    std::map<std::string, bool> columns;
    for (const json& record : records) {
        for (const auto& [name, value] : record.items()) columns[name] = value.is_number();
    }
    std::string out = "<table>\n<tr>";
    for (const auto& [name, numeric] : columns) out += "<th>" + label(name) + "</th>";
    out += "</tr>\n";
    for (const json& record : records) {
        out += "<tr>";
        for (const auto& [name, numeric] : columns) {
            out += numeric ? "<td class=\"n\">" : "<td>";
            if (record.contains(name)) out += shown(name, record[name]);
            out += "</td>";
        }
        out += "</tr>\n";
    }
    return out + "</table>\n";
}

struct Bar {
    std::string name;
    std::int64_t value;
    std::string text;
};

// Bars from a common zero line; lengths by integers alone.
std::string bars(const char* title, const std::vector<Bar>& all) {
    constexpr std::int64_t kWidth = 420;
    std::int64_t largest = 1;
    for (const Bar& bar : all) largest = std::max(largest, std::abs(bar.value));
    const auto height = std::to_string(all.size() * 26 + 8);
    std::string out = "<figure><figcaption>" + std::string(title) +
                      "</figcaption>\n<svg viewBox=\"0 0 720 " + height +
                      "\" width=\"720\" height=\"" + height + "\" role=\"img\">\n";
    std::int64_t y = 4;
    for (const Bar& bar : all) {
        const auto length = static_cast<std::int64_t>(static_cast<__int128>(std::abs(bar.value)) *
                                                      kWidth / largest);
        const std::string top = std::to_string(y);
        const std::string base = std::to_string(y + 15);
        out += "<text x=\"150\" y=\"" + base + "\" text-anchor=\"end\">" + html_escape(bar.name) +
               "</text><rect class=\"" + (bar.value < 0 ? "minus" : "plus") + "\" x=\"158\" y=\"" +
               top + "\" width=\"" + std::to_string(std::max<std::int64_t>(1, length)) +
               "\" height=\"20\"/><text x=\"" + std::to_string(164 + length) + "\" y=\"" + base +
               "\">" + html_escape(bar.text) + "</text>\n";
        y += 26;
    }
    return out + "</svg></figure>\n";
}

std::vector<Bar> bars_of(const json& records, const char* name, const char* figure,
                         std::size_t most) {
    std::vector<Bar> all;
    for (const json& record : records) {
        if (!record.contains(figure)) continue;
        const auto value = record[figure].get<std::int64_t>();
        all.push_back({record.value(name, ""), value, shown(figure, record[figure])});
    }
    if (all.size() > most) {
        std::ranges::stable_sort(all, [](const Bar& a, const Bar& b) { return a.value > b.value; });
        all.resize(most);
    }
    return all;
}

std::vector<Bar> bars_of_totals(const json& totals, std::initializer_list<const char*> figures) {
    std::vector<Bar> all;
    for (const char* figure : figures) {
        if (!totals.contains(figure)) continue;
        all.push_back(
            {label(figure), totals[figure].get<std::int64_t>(), shown(figure, totals[figure])});
    }
    return all;
}

std::string charts(const json& s) {
    const std::string kind = s["header"]["kind"];
    const json none = json::array();
    std::string out;
    if (kind == "POOL_YEAR") {
        out += bars("全年金额（元）",
                    bars_of_totals(s["totals"], {"target_fen", "actual_fen", "settled_fen",
                                                 "prepaid_fen", "deposit_fen", "final_fen"}));
        out += bars("各月预付（元）", bars_of(s["months"], "period", "amount_fen", 24));
    } else if (kind == "CONSORTIUM_YEAR") {
        out += bars("总额与支出（元）",
                    bars_of_totals(s["totals"], {"benchmark_fen", "expenditure_fen", "excluded_fen",
                                                 "surplus_fen", "reward_fen", "contribution_fen"}));
        out += bars("成员份额（元）", bars_of(s["members"], "institution_id", "amount_fen", 40));
    } else {
        out += bars("各基金池预付（元）",
                    bars_of(s.value("pools", none), "pool_id", "prepay_fen", 10));
        out +=
            bars("点数最多的病组", bars_of(s.value("groups", none), "group_code", "points_e4", 12));
    }
    return out;
}

constexpr const char* kStyle =
    "body{font-family:sans-serif;font-size:13px;margin:24px;color:#1a1a1a}"
    "h1{font-size:20px}h2{font-size:15px;margin:18px 0 6px}"
    "table{border-collapse:collapse;margin:4px 0}"
    "th,td{border:1px solid #999;padding:2px 6px;text-align:left;vertical-align:top}"
    "th{background:#eef2f6;font-weight:600}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "figure{margin:8px 0;break-inside:avoid}svg text{font-size:12px}"
    "rect.plus{fill:#2f6f9f}rect.minus{fill:#b3452c}"
    "@media print{body{margin:0}tr{break-inside:avoid}@page{size:A4 landscape;margin:12mm}}";

struct Section {
    const char* name;
    const char* title;
};
constexpr Section kSections[] = {
    {"totals", "合计"}, {"pool", "基金池"},      {"pools", "基金池"},
    {"months", "月份"}, {"members", "成员"},     {"items", "协商与剔除"},
    {"groups", "病组"}, {"corrections", "更正"}, {"cases", "病例"}};

}  // namespace

std::string statement_csv(std::string_view canonical_json) {
    const json statement = json::parse(canonical_json);
    std::string out = "section,record,figure,value\n";
    for (const auto& [section, content] : statement.items()) {
        if (content.is_object()) add_record(out, section, content);
        if (!content.is_array()) continue;
        for (const json& record : content) add_record(out, section, record);
    }
    return out;
}

std::string statement_html(std::string_view canonical_json, std::string_view dispute_until) {
    const json s = json::parse(canonical_json);
    const json& head = s["header"];
    const std::string title = "医保结算单 " + html_escape(head["party"].get<std::string>()) + " " +
                              html_escape(head["period"].get<std::string>());
    std::string out = "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\n";
    out +=
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'\">\n";
    out += "<title>" + title + "</title>\n<style>" + kStyle + "</style></head><body>\n";
    out += "<h1>" + title + "</h1>\n" + two_columns(head) + charts(s);
    for (const auto& [name, heading] : kSections) {
        if (!s.contains(name) || s[name].empty()) continue;
        out += "<h2>" + std::string(heading) + "</h2>\n";
        out += s[name].is_array() ? table(s[name]) : two_columns(s[name]);
    }
    out += "<h2>异议</h2>\n<p>结算单发布后 " +
           std::to_string(s["dispute"].value("working_days", 0)) + " 个工作日内可提出异议";
    if (!dispute_until.empty()) out += "，截止 " + html_escape(dispute_until);
    return out + "。</p>\n</body></html>\n";
}

}  // namespace yilian::billing::rpc_edge
