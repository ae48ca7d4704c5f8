// The report in a headless browser: no error, no outside request, every cell what the summary says.
#include "services/cli/report/report.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libs/testkit/temp_dir.h"
#include "nlohmann/json.hpp"
#include "services/cli/report/svg_chart.h"
#include "services/cli/report_files.h"
#include "services/cli/tests/report_page.h"

namespace yilian::cli {
namespace {

using Json = nlohmann::ordered_json;

Json summary_of(const std::string& district) {
    return {{"district", district},
            {"residents", 10000},
            {"visits", 1234},
            {"violations", 0},
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
                                           {"cases", 1040},
                                           {"points_e4", 64635000},
                                           {"prepay_fen", 1040292805}}})},
            {"referral_flow",
             Json::array({{{"month", "2026-01"}, {"up", 12}, {"down", 7}, {"followed_up", 5}},
                          {{"month", "2026-02"}, {"up", 15}, {"down", 9}, {"followed_up", 0}}})},
            {"control", Json::array({{{"month", "2026-01"},
                                      {"hypertension_rate_bp", 6125},
                                      {"diabetes_rate_bp", 5903},
                                      {"target_bp", 7000}}})},
            {"statements", Json::array({{{"month", "2026-01"},
                                         {"point_value_num", 9650},
                                         {"point_value_den", 1},
                                         {"statement_sha256", std::string(64, 'e')}}})}};
}

TEST(Report, EveryTableInTheBrowserEqualsTheSummary) {
    const testkit::TempDir dir;
    std::vector<Json> summaries{summary_of("120111"), summary_of("350104")};
    // A disease that the registry does not keep has no rate.
    summaries[0]["control"][0]["hypertension_rate_bp"] = nullptr;
    write_report(dir.path(), summaries);
    const ShownPage page = show_page(dir.file("report.html"), dir.path().string());
    expect_page_shows(page.dom, summaries);
    EXPECT_EQ(page.errors.find("CONSOLE"), std::string::npos) << page.errors;
}

TEST(Report, AsksForNothingOutside) {
    expect_nothing_outside(render_report({summary_of("120111")}));
}

TEST(Report, BytesDependOnTheSummariesAlone) {
    EXPECT_EQ(render_report({summary_of("120111")}), render_report({summary_of("120111")}));
    Json other = summary_of("120111");
    other["visits"] = 1235;
    EXPECT_NE(render_report({summary_of("120111")}), render_report({other}));
}

TEST(Report, SaysInWordsWhatARunDidNotKeep) {
    Json broken = summary_of("120111");
    broken["ledger_sum_fen"] = 1;
    EXPECT_NE(render_report({broken}).find("class=\"state bad\""), std::string::npos);
    EXPECT_EQ(render_report({summary_of("120111")}).find("class=\"state bad\""), std::string::npos);
}

TEST(Report, AxesAreRoundAndHoldEveryValue) {
    for (const auto& [smallest, largest] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {0, 0}, {0, 1}, {0, 7}, {5903, 7000}, {0, 1'040'292'805'00}, {6125, 6125}}) {
        const Axis axis = axis_over(smallest, largest);
        EXPECT_LE(axis.from, smallest);
        EXPECT_GE(axis.to, largest);
        EXPECT_GT(axis.to, axis.from);
        EXPECT_LE((axis.to - axis.from) / axis.step, 6);
        EXPECT_EQ(axis.from % axis.step, 0);
    }
    EXPECT_EQ(axis_over(5903, 7000).step, 500);
}

}  // namespace
}  // namespace yilian::cli
