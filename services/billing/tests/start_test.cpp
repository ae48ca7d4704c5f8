// Bad input stops the start with one clear message (INVALID_ARGUMENT, so exit code 2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/runtime/testing/test_site.h"
#include "services/billing/app_wiring.h"

namespace yilian::billing::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Start : public testing::Test {
  protected:
    void SetUp() override {
        const fs::path shipped = fs::path(runtime::TestSite::repository_policies()) /
                                 "../../services/billing/rules/demo";
        fs::create_directories(folder());
        fs::copy(shipped, folder() / "demo", fs::copy_options::recursive);
    }
    [[nodiscard]] fs::path folder() const { return site_.file("rules"); }
    void replace(const std::string& file, const std::string& what, const std::string& by) {
        std::stringstream text;
        text << std::ifstream(folder() / "demo" / file).rdbuf();
        std::string content = text.str();
        const auto at = content.find(what);
        ASSERT_NE(at, std::string::npos) << what;
        content.replace(at, what.size(), by);
        std::ofstream(folder() / "demo" / file) << content;
    }
    absl::Status start() {
        site_.district = "350104";
        config::ServiceConfig config = site_.config("billing");
        config.policies_dir = runtime::TestSite::repository_policies();
        config.settings["rules_dir"] = folder();
        runtime::App app(std::move(config), definition());
        absl::Status status = app.start();
        app.stop();
        return status;
    }

    runtime::TestSite site_;
};

TEST_F(Start, TheShippedRulePackServes) { EXPECT_EQ(start(), absl::OkStatus()); }

TEST_F(Start, UnknownRuleKindStopsIt) {
    replace("adrg.csv", ",principal,", ",moon_phase,");
    const absl::Status status = start();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("rule pack demo"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("RULES_TABLE_MALFORMED"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("adrg.csv"));
}

TEST_F(Start, DanglingReferenceStopsIt) {
    std::ofstream(folder() / "demo" / "weights.csv", std::ios::app)
        << "ZZ99,980000,1.00000000,100.0000\n";
    const absl::Status status = start();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("weights.csv"));
}

TEST_F(Start, MissingRulePackStopsIt) {
    fs::remove_all(folder() / "demo");
    const absl::Status status = start();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(status.message()).find('\n'), std::string::npos);
    EXPECT_THAT(std::string(status.message()), HasSubstr("rule pack demo"));
}

}  // namespace
}  // namespace yilian::billing::test
