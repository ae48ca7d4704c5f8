// billing.md 16.1 and 16.2: `yilian drg group` on files, with the demo pack.
#include "services/cli/drg_group.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "libs/testkit/temp_dir.h"

namespace yilian::cli {
namespace {

constexpr const char* kHeader =
    "case_id,sex,age_years,age_days,weight_g,dept,los_days,leaving_way,diagnoses,procedures";

std::string source_dir() {
    const char* dir = std::getenv("YILIAN_SOURCE_DIR");
    return dir != nullptr ? dir : ".";
}

std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class DrgGroup : public ::testing::Test {
  protected:
    DrgGroup() {
        args_.rules = source_dir() + "/services/billing/rules/demo";
        args_.in = file("cases.csv");
        args_.out = file("groups.csv");
        args_.threads = 1;
    }

    std::string file(const std::string& name) const { return dir_.file(name); }
    void put(const std::string& name, const std::string& text) const {
        std::ofstream(file(name), std::ios::binary) << text;
    }
    int run() {
        err_.str("");
        return run_drg_group(args_, err_);
    }
    bool nothing_written() const {
        std::size_t files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
            const std::string name = entry.path().filename().string();
            files += name != "cases.csv" && name != "index.csv" && !entry.is_directory();
        }
        return files == 0;
    }

    testkit::TempDir dir_;
    DrgGroupArgs args_;
    std::ostringstream err_;
};

TEST_F(DrgGroup, B16_2_GroupsInInputOrderAndIgnoresFurtherColumns) {
    put("cases.csv",
        "note,procedures,diagnoses,leaving_way,los_days,dept,weight_g,age_days,age_years,sex,"
        "case_id\r\n"
        "x,,I10.x05|E87.600,,,,,,58,1,z\r\n"
        "\"a,b\",36.0700,I21.900,,,,,,60,2,a\r\n"
        "x,,I10.x05,,,,,,58,,m\r\n");
    EXPECT_EQ(run(), 0);
    EXPECT_EQ(read(args_.out),
              "case_id,mdc,adrg,drg,status\n"
              "z,MDCF,FV2,FV23,SUCCESS\n"
              "a,MDCF,FM1,FM15,SUCCESS\n"
              "m,0000,00,0000,CHECK_FAILED\n");
    EXPECT_EQ(read(args_.out + ".errors.csv"), "file,row,column,reason,value\n");
    EXPECT_EQ(err_.str(), "");
}

TEST_F(DrgGroup, B16_1_ABadRowIsReportedAndOthersAreNotAffected) {
    put("cases.csv", std::string(kHeader) +
                         "\n"
                         "a,1,58,,,,,,I10.x05,\n"
                         "b b,x,58,,,,,,I10.x05,\n"
                         "c,1,58,,\n"
                         "d,1,-1,,,,,,I10.x05,\n"
                         "e,1,58,,,,,,I10.x05|E87.600,\n");
    args_.errors = file("bad.csv");
    EXPECT_EQ(run(), 1);
    EXPECT_EQ(read(args_.out),
              "case_id,mdc,adrg,drg,status\n"
              "a,MDCF,FV2,FV25,SUCCESS\n"
              "e,MDCF,FV2,FV23,SUCCESS\n");
    EXPECT_EQ(read(file("bad.csv")),
              "file,row,column,reason,value\n" + args_.in + ",3,case_id,FIELD_FORMAT,b b\n" +
                  args_.in + ",3,sex,FIELD_FORMAT,***\n" + args_.in + ",4,,CSV_FIELD_COUNT,\n" +
                  args_.in + ",5,age_years,FIELD_RANGE,-1\n");
    EXPECT_FALSE(std::filesystem::exists(args_.out + ".errors.csv"));
}

TEST_F(DrgGroup, B16_1_StrictWritesTheReportOnly) {
    put("cases.csv", std::string(kHeader) + "\na,1,58,,,,,,I10.x05,\nb,1,y,,,,,,I10.x05,\n");
    put("groups.csv", "old");
    args_.strict = true;
    args_.trail = file("trail.json");
    EXPECT_EQ(run(), 5);
    EXPECT_EQ(read(args_.out), "old");
    EXPECT_FALSE(std::filesystem::exists(*args_.trail));
    EXPECT_NE(read(args_.out + ".errors.csv").find(",3,age_years,FIELD_FORMAT,y"),
              std::string::npos);
    put("cases.csv", std::string(kHeader) + "\na,1,58,,,,,,I10.x05,\n");
    EXPECT_EQ(run(), 0);
}

TEST_F(DrgGroup, B16_1_InputsThatCannotBeReadEndWithFour) {
    EXPECT_EQ(run(), 4);
    EXPECT_EQ(err_.str().substr(0, 27), "yilian: FILE_NOT_READABLE: ");
    put("cases.csv", "case_id,sex\na,1\n");
    EXPECT_EQ(run(), 4);
    EXPECT_EQ(err_.str().substr(0, 28), "yilian: CSV_MISSING_COLUMN: ");
    put("cases.csv", "");
    EXPECT_EQ(run(), 4);
    EXPECT_EQ(err_.str().substr(0, 19), "yilian: CSV_EMPTY: ");
    put("cases.csv", std::string(kHeader) + ",sex\n");
    EXPECT_EQ(run(), 4);
    EXPECT_EQ(err_.str().substr(0, 30), "yilian: CSV_DUPLICATE_COLUMN: ");
    put("cases.csv", std::string(kHeader) + "\n");
    args_.rules = file("nowhere");
    EXPECT_EQ(run(), 4);
    EXPECT_TRUE(nothing_written());
    EXPECT_EQ(std::ranges::count(err_.str(), '\n'), 1);
}

TEST_F(DrgGroup, B16_1_RefusedRulesEndWithThreeAndUsageWithTwo) {
    put("cases.csv", std::string(kHeader) + "\n");
    const std::string pack = file("pack");
    std::filesystem::copy(*args_.rules, pack);
    std::ofstream(pack + "/drg.csv", std::ios::app) << "ZZ9,1,ZZ99,x,always\n";
    args_.rules = pack;
    EXPECT_EQ(run(), 3);
    EXPECT_EQ(err_.str().substr(0, 34), "yilian: RULES_DANGLING_REFERENCE: ");
    std::filesystem::remove(pack + "/drg.csv");
    EXPECT_EQ(run(), 3);
    EXPECT_EQ(err_.str().substr(0, 31), "yilian: RULES_TABLE_MALFORMED: ");
    args_.rules_index = file("index.csv");
    EXPECT_EQ(run(), 2);
    args_.rules.reset();
    args_.rules_index.reset();
    EXPECT_EQ(run(), 2);
    EXPECT_TRUE(nothing_written());
}

TEST_F(DrgGroup, B16_1_AnOutputThatCannotBeWrittenEndsWithSix) {
    put("cases.csv", std::string(kHeader) + "\na,1,58,,,,,,I10.x05,\n");
    args_.trail = file("no/folder/trail.json");
    EXPECT_EQ(run(), 6);
    EXPECT_TRUE(nothing_written());
}

TEST_F(DrgGroup, B16_2_RulesIndexByRegionAndDischargeDate) {
    const std::string other = file("other");
    std::filesystem::copy(*args_.rules, other);
    // The other version does not split hypertension.
    std::string text = read(other + "/drg.csv");
    const auto from = text.find("FV2,1,");
    text.replace(from, text.find("FV2,3,") - from, "");
    std::ofstream(other + "/drg.csv", std::ios::binary) << text;
    put("index.csv", "region,effective_from,effective_to,dir\n350104,2025-01-01,2026-01-01," +
                         *args_.rules + "\n350104,2026-01-01,,other\n");
    put("cases.csv", std::string(kHeader) +
                         ",region,discharge_date\n"
                         "a,1,58,,,,,,I10.x05|E87.600,,350104,2025-12-31\n"
                         "b,1,58,,,,,,I10.x05|E87.600,,350104,2026-01-01\n"
                         "c,1,58,,,,,,I10.x05|E87.600,,350104,2024-12-31\n"
                         "d,1,58,,,,,,I10.x05|E87.600,,120111,2025-12-31\n");
    args_.rules_index = file("index.csv");
    args_.rules.reset();
    EXPECT_EQ(run(), 1);
    EXPECT_EQ(read(args_.out),
              "case_id,mdc,adrg,drg,status\n"
              "a,MDCF,FV2,FV23,SUCCESS\n"
              "b,MDCF,FV2,FV25,SUCCESS\n");
    EXPECT_EQ(read(args_.out + ".errors.csv"),
              "file,row,column,reason,value\n" + args_.in +
                  ",4,discharge_date,RULES_NOT_IN_FORCE,2024-12-31\n" + args_.in +
                  ",5,discharge_date,RULES_NOT_IN_FORCE,2025-12-31\n");
    put("index.csv",
        "region,effective_from,effective_to,dir\n350104,2025-01-01,,other\n"
        "350104,2026-01-01,,other\n");
    EXPECT_EQ(run(), 3);
    EXPECT_EQ(err_.str().substr(0, 24), "yilian: POLICY_OVERLAP: ");
}

TEST_F(DrgGroup, B16_1_SameBytesForAnyNumberOfThreads) {
    std::string cases = std::string(kHeader) + "\n";
    const char* rows[] = {",1,58,,,,,,I10.x05|E87.600,\n", ",1,0,3,,,,,P59.900,\n",
                          ",2,29,,,,,,O82.000,74.1x00\n", ",1,oops,,,,,,I10.x05,\n"};
    for (int i = 0; i < 20000; ++i) cases += "c" + std::to_string(i) + rows[i % 4];
    put("cases.csv", cases);
    args_.trail = file("trail.json");
    EXPECT_EQ(run(), 1);
    const std::string groups = read(args_.out);
    const std::string trail = read(*args_.trail);
    const std::string errors = read(args_.out + ".errors.csv");
    EXPECT_EQ(std::ranges::count(groups, '\n'), 15001);
    EXPECT_EQ(std::ranges::count(trail, '\n'), 15000);
    for (const unsigned threads : {2U, 7U, 0U}) {
        args_.threads = threads;
        EXPECT_EQ(run(), 1);
        EXPECT_TRUE(read(args_.out) == groups) << threads;
        EXPECT_TRUE(read(*args_.trail) == trail) << threads;
        EXPECT_TRUE(read(args_.out + ".errors.csv") == errors) << threads;
    }
    EXPECT_EQ(trail.substr(0, 41), R"({"case_id":"c0","rules":{"version":"DEMO )");
}

}  // namespace
}  // namespace yilian::cli
