// `yilian pack sign`, `yilian pack verify` and `yilian drg lint`, as they are called, on the
// shipped packs and with planted faults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>

#include "libs/crypto/signature.h"
#include "libs/testkit/temp_dir.h"
#include "nlohmann/json.hpp"
#include "services/cli/drg_lint.h"
#include "services/cli/exit_code.h"
#include "services/cli/pack.h"

namespace yilian::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

fs::path source_dir() {
    const char* dir = std::getenv("YILIAN_SOURCE_DIR");
    return dir != nullptr ? dir : ".";
}

// "0", or "3 RULES_DIGEST: …".
std::string end_of(const std::function<int()>& command) {
    try {
        return std::to_string(command());
    } catch (const CommandFailed& failed) {
        return std::to_string(failed.code()) + " " + failed.what();
    }
}

class Rules : public testing::Test {
  protected:
    void put(const std::string& name, const std::string& text) const {
        std::ofstream(dir_.path() / name, std::ios::binary) << text;
    }
    // A copy of a shipped folder.
    [[nodiscard]] std::string copy_of(const std::string& folder) const {
        const fs::path target = dir_.path() / "copy";
        fs::copy(source_dir() / folder, target, fs::copy_options::recursive);
        return target.string();
    }
    testkit::TempDir dir_;
};

class Packs : public Rules, public testing::WithParamInterface<const char*> {
  protected:
    void SetUp() override {
        const auto key = crypto::SigningKey::generate(crypto::SignatureAlgorithm::kEd25519);
        put("office.key", key.private_pem());
        put("office.pem", key.verify_key().pem());
        put("trusted.keys", "office-2026 ed25519 2026-01-01 2027-01-01 office.pem\n");
        folder_ = copy_of(GetParam());
    }
    [[nodiscard]] std::string sign(const std::string& date = "2026-01-05") const {
        return end_of([&] {
            return sign_pack({.folder = folder_,
                              .key = dir_.file("office.key"),
                              .key_id = "office-2026",
                              .date = date});
        });
    }
    [[nodiscard]] std::string verify(const std::string& date = "2026-03-01") const {
        return end_of([&] {
            return verify_pack(
                {.folder = folder_, .keys = dir_.file("trusted.keys"), .date = date});
        });
    }
    std::string folder_;
};

TEST_P(Packs, SignedOnceVerifiesAndSignedAgainIsTheSame) {
    EXPECT_THAT(verify(), StartsWith("3 PACK_UNSIGNED: "));
    ASSERT_EQ(sign(), "0");
    EXPECT_EQ(verify(), "0");
    const std::string manifest = read(fs::path(folder_) / "MANIFEST");
    const std::string signature = read(fs::path(folder_) / "MANIFEST.sig");
    ASSERT_EQ(sign(), "0");
    EXPECT_EQ(read(fs::path(folder_) / "MANIFEST"), manifest);
    EXPECT_EQ(read(fs::path(folder_) / "MANIFEST.sig"), signature);
    EXPECT_EQ(manifest.find("MANIFEST"), std::string::npos) << "it does not list itself";
}

TEST_P(Packs, AnythingElseThanWhatWasSignedIsRefused) {
    ASSERT_EQ(sign(), "0");
    std::ofstream(fs::path(folder_) / "README.md", std::ios::app) << "more\n";
    EXPECT_THAT(verify(),
                AnyOf(HasSubstr("README.md: is not listed"), HasSubstr("README.md: its SHA-256")));
    ASSERT_EQ(sign(), "0");
    EXPECT_EQ(verify(), "0");
    std::ofstream(fs::path(folder_) / "extra.csv") << "a\n";
    EXPECT_EQ(verify(), "3 RULES_DIGEST: extra.csv: is not listed in MANIFEST");
}

TEST_P(Packs, DaysAndKeysAreChecked) {
    ASSERT_EQ(sign("2025-12-31"), "0");
    EXPECT_THAT(verify(), HasSubstr("was not valid on 2025-12-31"));
    ASSERT_EQ(sign("2026-12-31"), "0");
    EXPECT_THAT(verify(), HasSubstr("after today"));
    EXPECT_EQ(verify("2030-01-01"), "0") << "signed in time stays good";
    put("trusted.keys", "office-2027 ed25519 2026-01-01 - office.pem\n");
    EXPECT_THAT(verify("2030-01-01"), HasSubstr("office-2026 is not trusted"));
}

TEST_P(Packs, WrongUseHasItsExitCode) {
    EXPECT_THAT(sign("2026-13-01"), StartsWith("2 FIELD_FORMAT: --date"));
    EXPECT_THAT(verify("today"), StartsWith("2 FIELD_FORMAT: --date"));
    put("trusted.keys", "office-2026 ed25519 2026-01-01 - none.pem\n");
    EXPECT_THAT(verify(), StartsWith("3 PACK_KEYS: "));
    fs::remove(dir_.path() / "trusted.keys");
    EXPECT_THAT(verify(), StartsWith("4 FILE_NOT_READABLE: "));
    put("office.key", "no key");
    EXPECT_THAT(sign(), StartsWith("3 PACK_KEYS: "));
    fs::remove(dir_.path() / "office.key");
    EXPECT_THAT(sign(), StartsWith("4 FILE_NOT_READABLE: "));
    EXPECT_FALSE(fs::exists(fs::path(folder_) / "MANIFEST")) << "nothing half-written";
}

INSTANTIATE_TEST_SUITE_P(Shipped, Packs,
                         testing::Values("deploy/policies", "services/billing/rules/demo"),
                         [](const auto& suite) {
                             return std::string(suite.param).ends_with("demo") ? "RulePack"
                                                                               : "PolicyPacks";
                         });

class Lint : public Rules {
  protected:
    // Exit code and what was printed.
    std::string lint(const std::string& folder, bool strict = false, bool json = false) {
        out_.str("");
        return end_of(
            [&] { return lint_drg_rules({.rules = folder, .strict = strict}, json, out_); });
    }
    std::ostringstream out_;
};

TEST_F(Lint, TheDemoPackHasNoUnreachableRule) {
    EXPECT_EQ(lint((source_dir() / "services/billing/rules/demo").string()), "0") << out_.str();
}

TEST_F(Lint, APlantedFaultIsToldWithFileAndLine) {
    const std::string folder = copy_of("services/billing/rules/demo");
    std::ofstream(fs::path(folder) / "adrg_proc.csv", std::ios::app) << "FM1,9,36.0700\n";
    const std::string adrg_proc = read(fs::path(folder) / "adrg_proc.csv");
    const auto line = std::to_string(std::ranges::count(adrg_proc, '\n'));
    EXPECT_EQ(lint(folder), "1");
    EXPECT_EQ(out_.str(), folder + "/adrg_proc.csv:" + line +
                              ": UNREACHABLE: no rule of FM1 reads its list 9\n");
    std::ofstream(fs::path(folder) / "adrg_dx.csv", std::ios::app) << "QQ1,I10.x00\n";
    EXPECT_EQ(lint(folder, false, true), "3");
    const auto document = nlohmann::json::parse(out_.str());
    EXPECT_FALSE(document.at("loads").get<bool>());
    EXPECT_EQ(document.at("counts").at("DANGLING"), 1);
    EXPECT_EQ(document.at("findings").at(0).at("file"), "adrg_dx.csv");
    EXPECT_EQ(lint(dir_.file("absent")), "4 FILE_NOT_READABLE: file=" + dir_.file("absent"));
}

}  // namespace
}  // namespace yilian::cli
