#include "services/cli/statement_document.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <ostream>
#include <utility>

#include "fmt/format.h"
#include "libs/tabular/csv_writer.h"
#include "services/cli/exit_code.h"
#include "services/cli/money_text.h"
#include "services/cli/text_table.h"

namespace yilian::cli {
namespace {

using nlohmann::json;

std::int64_t number(const json& of, const char* name) { return of.at(name).get<std::int64_t>(); }
std::string text(const json& of, const char* name) { return of.at(name).get<std::string>(); }

std::int64_t fund_part(const json& line) {
    return number(line, "basic_fen") + number(line, "serious_fen") + number(line, "aid_fen");
}

struct Sums {
    std::int64_t cases = 0;
    std::int64_t points = 0;
    std::int64_t actual = 0;
};

class Faults {
  public:
    void compare(const std::string& what, const char* name, std::int64_t stated,
                 std::int64_t summed) {
        if (stated == summed) return;
        lines.push_back(fmt::format("{}: {} is {}, its lines give {}", what, name, stated, summed));
    }
    std::vector<std::string> lines;
};

void check_pools(const json& s, Faults& faults) {
    std::map<std::string, Sums> of_pool;
    for (const json& c : s.at("cases")) {
        Sums& sums = of_pool[text(c, "pool_id")];
        ++sums.cases;
        sums.points += number(c, "points_e4");
        sums.actual += fund_part(c);
        faults.compare("case " + text(c, "list_id"), "in_policy_fen", number(c, "in_policy_fen"),
                       fund_part(c) + number(c, "personal_fen"));
    }
    for (const json& c : s.at("corrections")) of_pool[text(c, "pool_id")].actual += fund_part(c);
    Sums all;
    std::int64_t prepay = 0;
    for (const json& p : s.at("pools")) {
        const Sums& sums = of_pool[text(p, "pool_id")];
        const std::string what = "pool " + text(p, "pool_id");
        faults.compare(what, "cases", number(p, "cases"), sums.cases);
        faults.compare(what, "points_e4", number(p, "points_e4"), sums.points);
        faults.compare(what, "actual_fen", number(p, "actual_fen"), sums.actual);
        all.cases += sums.cases;
        all.points += sums.points;
        all.actual += sums.actual;
        prepay += number(p, "prepay_fen");
    }
    const json& totals = s.at("totals");
    faults.compare("totals", "cases", number(totals, "cases"), all.cases);
    faults.compare("totals", "points_e4", number(totals, "points_e4"), all.points);
    faults.compare("totals", "actual_fen", number(totals, "actual_fen"), all.actual);
    faults.compare("totals", "prepay_fen", number(totals, "prepay_fen"), prepay);
}

void check_groups(const json& s, Faults& faults) {
    std::map<std::pair<std::string, std::string>, Sums> of_group;
    for (const json& c : s.at("cases")) {
        if (text(c, "group_status").empty()) continue;
        Sums& sums = of_group[{text(c, "pool_id"), text(c, "group_code")}];
        ++sums.cases;
        sums.points += number(c, "points_e4");
    }
    faults.compare("groups", "count", static_cast<std::int64_t>(s.at("groups").size()),
                   static_cast<std::int64_t>(of_group.size()));
    for (const json& g : s.at("groups")) {
        const Sums& sums = of_group[{text(g, "pool_id"), text(g, "group_code")}];
        const std::string what = "group " + text(g, "group_code");
        faults.compare(what, "cases", number(g, "cases"), sums.cases);
        faults.compare(what, "points_e4", number(g, "points_e4"), sums.points);
        std::int64_t deviations = 0;
        for (const auto& [name, count] : g.at("deviations").items()) {
            deviations += count.get<std::int64_t>();
        }
        faults.compare(what, "deviations", deviations, number(g, "cases"));
    }
}

void print_head(const json& s, std::string_view sha256, std::ostream& out) {
    const json& h = s.at("header");
    out << fmt::format("# 结算单 Statement {} {}\n\n", text(h, "party"), text(h, "period"));
    TextTable table({"项目", "内容"});
    table.add({"结算批次 run", text(h, "run_id")});
    table.add({"政策包 policy",
               fmt::format("{} v{}", text(h, "policy_pack_id"), number(h, "policy_version"))});
    table.add({"政策摘要 digest", text(h, "policy_digest")});
    for (const json& rules : h.at("rules")) {
        table.add({"分组规则 rules", text(rules, "version") + " " + text(rules, "digest")});
    }
    table.add({"输入摘要 input", text(h, "input_digest")});
    if (!text(h, "supersedes").empty()) table.add({"替代 supersedes", text(h, "supersedes")});
    table.add(
        {"异议期限 dispute", fmt::format("{} 个工作日", number(s.at("dispute"), "working_days"))});
    table.add({"SHA-256", std::string(sha256)});
    table.print(out);
}

void print_pools(const json& s, std::ostream& out) {
    out << "\n## 资金池 Pools\n\n";
    TextTable table({"资金池", ">病例", ">点数", ">点值(元)", ">支付比例", ">上月结转(元)",
                     ">应付(元)", ">预付比例", ">预付(元)", ">结转下月(元)"});
    for (const json& p : s.at("pools")) {
        const std::int64_t den = number(p, "value_den");
        std::string value = yuan_text(number(p, "value_num"));
        if (den != 1) value = fmt::format("{}/{} 分", number(p, "value_num"), den);
        table.add({text(p, "pool_id"), grouped(number(p, "cases")),
                   points_text(number(p, "points_e4")), std::move(value),
                   rate_text(number(p, "payment_ratio_e8")), yuan_text(number(p, "carried_in_fen")),
                   yuan_text(number(p, "money_fen")), rate_text(number(p, "prepay_rate_e8")),
                   yuan_text(number(p, "prepay_fen")), yuan_text(number(p, "carried_out_fen"))});
    }
    table.print(out);
    const json& t = s.at("totals");
    out << fmt::format("\n合计 total: {} 例, {} 点, 基金支付 {} 元, **预付 {} 元**\n",
                       grouped(number(t, "cases")), points_text(number(t, "points_e4")),
                       yuan_text(number(t, "actual_fen")), yuan_text(number(t, "prepay_fen")));
}

void print_groups(const json& s, std::ostream& out) {
    TextTable table({"资金池", "病组", ">病例", ">基准点数", ">点数", "偏差"});
    for (const json& g : s.at("groups")) {
        std::string deviations;
        for (const auto& [name, count] : g.at("deviations").items()) {
            deviations += fmt::format("{}{} {}", deviations.empty() ? "" : ", ", name,
                                      count.get<std::int64_t>());
        }
        const std::string code = text(g, "group_code");
        table.add({text(g, "pool_id"), code.empty() ? "未入组" : code, grouped(number(g, "cases")),
                   points_text(number(g, "base_points_e4")), points_text(number(g, "points_e4")),
                   deviations});
    }
    if (table.empty()) return;
    out << "\n## 病组 Groups\n\n";
    table.print(out);
}

void print_cases(const json& s, std::ostream& out) {
    TextTable table({"机构", "清单", "出院日期", "病组", ">D", ">K", ">点数", ">总费用(元)",
                     ">基本(元)", ">大病(元)", ">救助(元)", ">政策内自付(元)", "起付线"});
    for (const json& c : s.at("cases")) {
        table.add(
            {text(c, "institution_id"),
             fmt::format("{} v{}", text(c, "list_id"), number(c, "version")),
             text(c, "discharge_date"), text(c, "group_code"), rate_text(number(c, "d_e8")),
             rate_text(number(c, "k_e8")), points_text(number(c, "points_e4")),
             yuan_text(number(c, "total_fen")), yuan_text(number(c, "basic_fen")),
             yuan_text(number(c, "serious_fen")), yuan_text(number(c, "aid_fen")),
             yuan_text(number(c, "personal_fen")),
             fmt::format("{} {}", yuan_text(number(c, "deductible_fen")), text(c, "waiver"))});
    }
    if (table.empty()) return;
    out << "\n## 病例 Cases\n\n";
    table.print(out);
}

void print_corrections(const json& s, std::ostream& out) {
    TextTable table(
        {"机构", "清单", "所属批次", ">基本(元)", ">大病(元)", ">救助(元)", ">政策内自付(元)"});
    for (const json& c : s.at("corrections")) {
        table.add({text(c, "institution_id"), text(c, "list_id"), text(c, "refers_to"),
                   yuan_text(number(c, "basic_fen")), yuan_text(number(c, "serious_fen")),
                   yuan_text(number(c, "aid_fen")), yuan_text(number(c, "personal_fen"))});
    }
    if (table.empty()) return;
    out << "\n## 更正 Corrections\n\n";
    table.print(out);
}

const std::vector<std::string>& members_of(const std::string& table) {
    static const std::map<std::string, std::vector<std::string>> columns{
        {"cases",
         {"institution_id", "list_id",        "version",       "pool_id",        "method",
          "admission_date", "discharge_date", "group_status",  "group_code",     "base_points_e4",
          "d_e8",           "k_e8",           "aux_e8",        "points_e4",      "deviation",
          "flags",          "total_fen",      "in_policy_fen", "deductible_fen", "waiver",
          "basic_fen",      "serious_fen",    "aid_fen",       "personal_fen"}},
        {"groups", {"pool_id", "group_code", "cases", "base_points_e4", "points_e4"}},
        {"pools",
         {"pool_id", "cases", "points_e4", "actual_fen", "value_num", "value_den",
          "payment_ratio_e8", "carried_in_fen", "money_fen", "prepay_rate_e8", "prepay_fen",
          "carried_out_fen"}},
        {"corrections",
         {"institution_id", "list_id", "pool_id", "refers_to", "basic_fen", "serious_fen",
          "aid_fen", "personal_fen"}}};
    return columns.at(table);
}

std::string csv_cell(const json& value) {
    if (value.is_array()) {
        std::string joined;
        for (const json& item : value)
            joined += (joined.empty() ? "" : "|") + item.get<std::string>();
        return joined;
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

json parse_statement(std::string_view bytes) {
    json parsed = json::parse(bytes, nullptr, false);
    for (const char* name :
         {"cases", "corrections", "dispute", "groups", "header", "pools", "totals"}) {
        if (parsed.is_object() && parsed.contains(name)) continue;
        throw CommandFailed(kExitUnreadable, fmt::format("STATEMENT_UNREADABLE: no {}", name));
    }
    return parsed;
}

std::vector<std::string> statement_faults(const json& statement, std::string_view bytes) {
    Faults faults;
    // Keys sorted by bytes, no blanks, integers only: dumping gives the canonical form again.
    if (statement.dump() + "\n" != bytes) faults.lines.emplace_back("bytes: not canonical");
    check_pools(statement, faults);
    check_groups(statement, faults);
    return std::move(faults.lines);
}

void print_statement(const json& statement, std::string_view sha256, std::ostream& out) {
    print_head(statement, sha256, out);
    print_pools(statement, out);
    print_groups(statement, out);
    print_cases(statement, out);
    print_corrections(statement, out);
}

const std::vector<std::string>& statement_tables() {
    static const std::vector<std::string> names{"cases", "groups", "pools", "corrections"};
    return names;
}

std::vector<std::string> statement_columns(const std::string& table) {
    std::vector<std::string> columns{"run_id", "party"};
    for (const std::string& name : members_of(table)) columns.push_back(name);
    return columns;
}

void print_statement_csv(const json& statement, const std::string& table, std::ostream& out) {
    const json& header = statement.at("header");
    for (const json& line : statement.at(table)) {
        std::string row;
        tabular::append_field(row, text(header, "run_id"));
        row += ',';
        tabular::append_field(row, text(header, "party"));
        for (const std::string& name : members_of(table)) {
            row += ',';
            tabular::append_field(row, csv_cell(line.at(name)));
        }
        out << row << "\n";
    }
}

}  // namespace yilian::cli
