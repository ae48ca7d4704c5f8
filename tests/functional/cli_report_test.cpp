// A small real play by the program, and its report in a browser against its summary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "services/cli/tests/report_page.h"
#include "tests/functional/cli_site.h"

namespace yilian::functional {
namespace {

using nlohmann::ordered_json;

TEST(CliReport, I8_TheReportOfARealPlayShowsItsSummaryAndNothingElse) {
    CliSite site;
    const std::string out = site.folder + "/out";
    const Ran played = site.run("play --residents 60 --months 1 --threads 4 --out " + out);
    const ordered_json summary =
        ordered_json::parse(read_file(out + "/summary.json"), nullptr, false);
    ASSERT_TRUE(summary.is_object()) << played.out << played.err;
    EXPECT_FALSE(summary.at("institutions").empty()) << played.out;
    EXPECT_EQ(summary.at("statement_sha256").size(), 1U) << played.out;

    const std::string scratch = site.folder + "/browser";
    std::filesystem::create_directories(scratch);
    const cli::ShownPage page = cli::show_page(out + "/report.html", scratch);
    cli::expect_page_shows(page.dom, {summary});
    EXPECT_EQ(page.errors.find("CONSOLE"), std::string::npos) << page.errors;
    cli::expect_nothing_outside(read_file(out + "/report.html"));

    // The statements that the month's digest is over are those that the command shows.
    const ordered_json month = site.run("statement 2026-01 --json").json();
    EXPECT_EQ(month.at("statement_sha256"), summary.at("statement_sha256")[0]);
    std::int64_t prepay = 0;
    for (const ordered_json& row : month.at("statements")) {
        prepay += row.at("prepay_fen").get<std::int64_t>();
    }
    std::int64_t shown = 0;
    for (const ordered_json& row : summary.at("institutions")) {
        shown += row.at("prepay_fen").get<std::int64_t>();
    }
    EXPECT_EQ(prepay, shown);
    // Every statement of a real month is explained by its sums.
    for (const ordered_json& row : month.at("statements")) {
        const Ran explained = site.run("explain " + row.at("run_id").get<std::string>() + " " +
                                       row.at("party").get<std::string>());
        EXPECT_EQ(explained.code, 0) << explained.out << explained.err;
    }
}

}  // namespace
}  // namespace yilian::functional
