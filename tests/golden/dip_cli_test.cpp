// `yilian dip build-catalogue` and `yilian dip score` on, file in and file out, and
// what X-56 says of files that are refused as a whole.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "libs/testkit/temp_dir.h"
#include "services/cli/dip_build.h"
#include "services/cli/dip_score.h"
#include "services/cli/exit_code.h"
#include "tests/golden/shared_data.h"
#include "tests/golden/spec_examples.h"

namespace yilian::golden {
namespace {

// The files of an example in a folder of their own, which is the working directory meanwhile: the
// error report shows paths as given. Results go to the folder `out`.
class DipCli : public ::testing::Test {
  protected:
    DipCli() : before_(std::filesystem::current_path()) {
        std::filesystem::current_path(dir_.path());
        std::filesystem::create_directory("out");
    }
    ~DipCli() override { std::filesystem::current_path(before_); }

    static void put(const std::string& name, const std::string& text) {
        std::ofstream(name, std::ios::binary) << text;
    }
    static void put_inputs(const Example& example, const std::vector<std::string>& names) {
        for (const auto& name : names) put(name, example.block(name));
    }
    static void replace_in(const std::string& name, const std::string& what,
                           const std::string& by) {
        std::string text = read_text(name);
        const auto at = text.find(what);
        ASSERT_NE(at, std::string::npos) << what;
        put(name, text.replace(at, what.size(), by));
    }
    static bool nothing_written() { return std::filesystem::is_empty("out"); }

    // "4 CSV_EMPTY: ..." of a command that failed, its exit code otherwise.
    static std::string end_of(const std::function<int()>& command) {
        try {
            return std::to_string(command());
        } catch (const cli::CommandFailed& failed) {
            return std::to_string(failed.code()) + " " + failed.what();
        }
    }

    // The inputs of with their commands.
    static cli::DipBuildArgs build_args(const Example& example) {
        put_inputs(example, {"dip.yaml", "procedures.csv", "history.csv"});
        cli::DipBuildArgs args;
        args.params = "dip.yaml";
        args.procedures = "procedures.csv";
        args.in = "history.csv";
        args.out = "out/catalogue.csv";
        return args;
    }
    static cli::DipScoreArgs score_args(const Example& example) {
        put_inputs(example, {"dip.yaml", "procedures.csv", "catalogue.csv", "institutions.csv",
                             "reference.csv", "cases.csv"});
        cli::DipScoreArgs args;
        args.params = "dip.yaml";
        args.procedures = "procedures.csv";
        args.catalogue = "catalogue.csv";
        args.institutions = "institutions.csv";
        args.reference = "reference.csv";
        args.in = "cases.csv";
        args.out = "out/scores.csv";
        return args;
    }

    testkit::TempDir dir_;
    std::filesystem::path before_;
};

TEST_F(DipCli, X10_BuildingACatalogue) {
    const auto example = billing_example("X-10");
    if (!example) return;
    auto args = build_args(*example);
    args.quality = "out/quality.csv";
    for (const unsigned threads : {1U, 3U}) {
        args.threads = threads;
        EXPECT_EQ(end_of([&] { return cli::build_dip_catalogue(args); }), "0");
        EXPECT_EQ(read_text("out/catalogue.csv"), example->block("catalogue.csv"));
        EXPECT_EQ(read_text("out/catalogue.csv.errors.csv"),
                  example->block("catalogue.csv.errors.csv"));
    }
    const std::string quality = read_text("out/quality.csv");
    EXPECT_TRUE(quality.starts_with("measure,value\ncases,17\n")) << quality;
    EXPECT_NE(quality.find("\ncore_coverage,0.64705882\n"), std::string::npos) << quality;
}

TEST_F(DipCli, X18_ScoringAFileWithBadRows) {
    const auto example = billing_example("X-18");
    if (!example) return;
    auto args = score_args(*example);
    for (const unsigned threads : {1U, 3U}) {
        args.threads = threads;
        EXPECT_EQ(end_of([&] { return cli::score_dip_cases(args); }), "1");
        EXPECT_EQ(read_text("out/scores.csv"), example->block("scores.csv"));
        EXPECT_EQ(read_text("out/scores.csv.errors.csv"), example->block("scores.csv.errors.csv"));
    }
}

TEST_F(DipCli, X18_StrictWritesTheErrorReportOnly) {
    const auto example = billing_example("X-18");
    if (!example) return;
    auto args = score_args(*example);
    args.strict = true;
    EXPECT_EQ(end_of([&] { return cli::score_dip_cases(args); }), "5");
    EXPECT_FALSE(std::filesystem::exists("out/scores.csv"));
    EXPECT_EQ(read_text("out/scores.csv.errors.csv"), example->block("scores.csv.errors.csv"));
}

TEST_F(DipCli, B16_3_BadRowsOfTheHistory) {
    const auto example = billing_example("X-10");
    if (!example) return;
    auto args = build_args(*example);
    // Wrong rows before and after the good ones; the window ends with the newest good year.
    std::string history = example->block("history.csv");
    history.insert(history.find('\n') + 1, "o1,2020,K80.101,51.2300@5,100\n");
    history +=
        "h01,2024,I10.x00,,1\n"
        "b1,10000,I10.x00,51.2300+51.8800@5,0\n"
        "o2,2021,I10.x00,,100\n"
        "b2,2024,I10.x00,51.2300,100\n";
    put("history.csv", history);
    EXPECT_EQ(end_of([&] { return cli::build_dip_catalogue(args); }), "1");
    EXPECT_EQ(read_text("out/catalogue.csv"), example->block("catalogue.csv"));
    EXPECT_EQ(read_text("out/catalogue.csv.errors.csv"),
              "file,row,column,reason,value\n"
              "history.csv,2,year,DIP_YEAR_OUTSIDE,2020\n"
              "history.csv,20,case_id,ROW_DUPLICATE_KEY,h01\n"
              "history.csv,21,year,FIELD_RANGE,10000\n"
              "history.csv,21,procs,FIELD_FORMAT,51.2300+51.8800@5\n"
              "history.csv,21,total_fen,FIELD_RANGE,0\n"
              "history.csv,22,year,DIP_YEAR_OUTSIDE,2021\n"
              "history.csv,23,procs,FIELD_FORMAT,51.2300\n");
}

TEST_F(DipCli, B16_4_TheBuiltCatalogueIsReadBack) {
    const auto built = billing_example("X-10");
    const auto scored = billing_example("X-18");
    if (!built || !scored) return;
    auto args = score_args(*scored);
    put("catalogue.csv", built->block("catalogue.csv"));
    EXPECT_EQ(end_of([&] { return cli::score_dip_cases(args); }), "1");
    const auto rows = csv_rows(read_text("out/scores.csv"));
    ASSERT_EQ(rows.size(), 7U);
    EXPECT_EQ(rows[0].at("group_code"), "K80.1:51.2300");
    EXPECT_EQ(rows[0].at("base_points"), "1073.8667");
}

TEST_F(DipCli, B16_4_CoefficientsOfGroups) {
    const auto example = billing_example("X-18");
    if (!example) return;
    auto args = score_args(*example);
    put("coefficients.csv", "institution_id,group_code,k_coef\nH001,K80.1:51.2300,0.5\n");
    args.coefficients = "coefficients.csv";
    EXPECT_EQ(end_of([&] { return cli::score_dip_cases(args); }), "1");
    const auto rows = csv_rows(read_text("out/scores.csv"));
    EXPECT_EQ(rows.at(0).at("k_coef"), "0.50000000");
    EXPECT_EQ(rows.at(0).at("points"), "856.0000");  // 1600 * 0.5 * 1.07
}

TEST_F(DipCli, X56_WhatIsRefusedAsAWhole) {
    const auto example = billing_example("X-18");
    if (!example) return;
    const auto refused = [&](const std::string& file, const std::string& what,
                             const std::string& by) {
        const auto args = score_args(*example);
        replace_in(file, what, by);
        const std::string end = end_of([&] { return cli::score_dip_cases(args); });
        EXPECT_TRUE(nothing_written()) << file;
        return end;
    };
    EXPECT_EQ(refused("cases.csv", ",severity", ",note"),
              "4 CSV_UNKNOWN_COLUMN: file=cases.csv column=note");
    EXPECT_EQ(refused("catalogue.csv", "Z51.1:0,core", "Z51.1:0,basic"),
              "3 RULES_TABLE_MALFORMED: table=catalogue group=Z51.1:0 problem=a basic group and no "
              "other has a coefficient file=catalogue.csv");
    EXPECT_EQ(refused("catalogue.csv", "I10.x:0,basic", "I10.x:0,other"),
              "3 RULES_TABLE_MALFORMED: file=catalogue.csv row=3 problem=bad row");
    EXPECT_EQ(refused("procedures.csv", "51.8800", "51.2300"),
              "3 RULES_TABLE_MALFORMED: file=procedures.csv row=3 problem=repeated key");
    EXPECT_EQ(refused("reference.csv", "1710000", "-1"),
              "3 RULES_TABLE_MALFORMED: file=reference.csv row=2 problem=bad row");
    EXPECT_EQ(refused("dip.yaml", "\"mean_fen\": 980000", "\"mean_fen\": 0"),
              "3 POLICY_VALUE: key=body.dip.blank.mean_fen");
    EXPECT_TRUE(
        refused("dip.yaml", "\"lo\": \"2\"", "\"lo\": \"3\"").starts_with("3 POLICY_BAND_GAP:"));
    auto args = score_args(*example);
    args.catalogue = "absent.csv";
    EXPECT_TRUE(
        end_of([&] { return cli::score_dip_cases(args); }).starts_with("4 FILE_NOT_READABLE:"));
    args = score_args(*example);
    args.out = "no-folder/scores.csv";
    EXPECT_TRUE(
        end_of([&] { return cli::score_dip_cases(args); }).starts_with("6 FILE_NOT_WRITABLE:"));
    EXPECT_TRUE(nothing_written());
}

}  // namespace
}  // namespace yilian::golden
