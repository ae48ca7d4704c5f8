// The report in a headless browser: no error, no outside request, every cell what the summary says.
#include "services/cli/report/report.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "libs/testkit/temp_dir.h"
#include "nlohmann/json.hpp"
#include "services/cli/report_files.h"

namespace yilian::cli {
namespace {

using Json = nlohmann::ordered_json;

Json summary_of(const std::string& district) {
    return {{"district", district},
            {"visits", 1234},
            {"ledger_sum_fen", 0},
            {"note", "<b>&\"quoted\"</b> 合成"},
            {"violated_checks", Json::array()},
            {"institutions", Json::array({{{"institution_id", "B1-01"},
                                           {"level", "L1"},
                                           {"cases", 3},
                                           {"points_e4", 1897960},
                                           {"prepay_fen", 118316}},
                                          {{"institution_id", "H3-01"},
                                           {"level", "L3"},
                                           {"cases", 40},
                                           {"points_e4", 64635000},
                                           {"prepay_fen", 40292800}}})},
            {"referral_flow",
             Json::array({{{"month", "2026-01"}, {"up", 12}, {"down", 7}, {"followed_up", 5}},
                          {{"month", "2026-02"}, {"up", 15}, {"down", 9}, {"followed_up", 8}}})},
            {"control", Json::array({{{"month", "2026-01"},
                                      {"hypertension_rate_bp", 6100},
                                      {"diabetes_rate_bp", 5900},
                                      {"target_bp", 7000}}})},
            {"statements", Json::array({{{"month", "2026-01"},
                                         {"point_value_num", 9650},
                                         {"point_value_den", 1},
                                         {"statement_sha256", std::string(64, 'e')}}})}};
}

struct Ran {
    int code = -1;
    std::string out;
};

Ran run(const std::string& command) {
    Ran ran;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    std::size_t got = 0;
    while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
        ran.out.append(buffer.data(), got);
    }
    ran.code = ::pclose(pipe);
    return ran;
}

std::string unescaped(std::string text) {
    const std::pair<const char*, const char*> entities[] = {
        {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
    for (const auto& [entity, plain] : entities) {
        for (auto at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1)) {
            text.replace(at, std::string(entity).size(), plain);
        }
    }
    return text;
}

// Every scalar of the summaries and what the browser shows in the cell that names it.
void expect_cells(const std::string& dom, const std::vector<Json>& summaries) {
    const Json all = summaries;
    static const std::regex cell("<td[^>]*data-path=\"([^\"]+)\"[^>]*>([^<]*)</td>");
    std::size_t cells = 0;
    for (auto it = std::sregex_iterator(dom.begin(), dom.end(), cell); it != std::sregex_iterator();
         ++it) {
        const Json& value = all.at(Json::json_pointer((*it)[1].str()));
        const std::string wanted = value.is_string() ? value.get<std::string>() : value.dump();
        EXPECT_EQ(unescaped((*it)[2].str()), wanted) << (*it)[1].str();
        ++cells;
    }
    std::size_t scalars = 0;
    for (const Json& summary : summaries) {
        for (const auto& [key, value] : summary.items()) scalars += value.is_structured() ? 0 : 1;
        for (const char* rows : {"institutions", "referral_flow", "control", "statements"}) {
            for (const Json& row : summary.at(rows)) scalars += row.size();
        }
    }
    EXPECT_EQ(cells, scalars);
}

TEST(Report, EveryTableInTheBrowserEqualsTheSummary) {
    const testkit::TempDir dir;
    const std::vector<Json> summaries{summary_of("120111"), summary_of("350104")};
    write_report(dir.path(), summaries);
    const Ran ran =
        run("chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage "
            "--disable-background-networking --disable-component-update --no-first-run "
            "--enable-logging=stderr --v=0 --user-data-dir=" +
            dir.file("profile") + " --dump-dom file://" + dir.file("report.html") + " 2>" +
            dir.file("stderr"));
    ASSERT_EQ(ran.code, 0) << "chromium must be installed";
    expect_cells(ran.out, summaries);
    std::ifstream in(dir.file("stderr"));
    const std::string errors{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(errors.find("CONSOLE"), std::string::npos) << errors;
}

TEST(Report, AsksForNothingOutside) {
    const std::string page = render_report({summary_of("120111")});
    EXPECT_EQ(page.find("<script"), std::string::npos);
    for (const char* outside :
         {"src=", "url(", "@import", "http://", "https://", "<link rel=\"s"}) {
        const auto at = page.find(outside);
        EXPECT_EQ(at, std::string::npos) << page.substr(at, 80);
    }
    // The only link is an empty icon, so that no browser asks for one.
    EXPECT_NE(page.find("<link rel=\"icon\" href=\"data:,\">"), std::string::npos);
}

TEST(Report, BytesDependOnTheSummariesAlone) {
    EXPECT_EQ(render_report({summary_of("120111")}), render_report({summary_of("120111")}));
    Json other = summary_of("120111");
    other["visits"] = 1235;
    EXPECT_NE(render_report({summary_of("120111")}), render_report({other}));
}

}  // namespace
}  // namespace yilian::cli
