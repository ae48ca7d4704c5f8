// Bad input stops the start with one clear message (INVALID_ARGUMENT, so exit code 2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/crypto/signed_folder.h"
#include "libs/runtime/testing/test_site.h"
#include "services/billing/app/rule_book.h"
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

class SignedStart : public Start {
  protected:
    void SetUp() override {
        Start::SetUp();
        std::ofstream(site_.file("office.pem")) << key_.verify_key().pem();
        std::ofstream(site_.file("trusted.keys")) << "office ed25519 2020-01-01 - office.pem\n";
    }
    void sign(const fs::path& pack) const {
        const std::string manifest = crypto::manifest_of(crypto::read_folder(pack).value());
        std::ofstream(pack / "MANIFEST") << manifest;
        std::ofstream(pack / "MANIFEST.sig")
            << crypto::sign_manifest(manifest, "", "office", key_, "2026-01-05");
    }
    [[nodiscard]] config::ServiceConfig production(const fs::path& policies, bool with_keys) {
        site_.district = "350104";
        config::ServiceConfig config = site_.config("billing");
        config.profile = config::Profile::kProduction;
        config.clock.mode = config::ClockMode::kWall;
        config.policies_dir = policies;
        config.settings["rules_dir"] = folder();
        if (with_keys) config.settings["pack_keys"] = site_.file("trusted.keys");
        return config;
    }
    crypto::SigningKey key_ = crypto::SigningKey::generate(crypto::SignatureAlgorithm::kEd25519);
};

// Both folders must be signed in production; each fault names itself.
TEST_F(SignedStart, ProductionServesSignedPacksOnly) {
    const fs::path policies = site_.file("policies");
    fs::copy(runtime::TestSite::repository_policies(), policies, fs::copy_options::recursive);
    const auto start_with = [&](bool with_keys) {
        runtime::App app(production(policies, with_keys), definition());
        const absl::Status status = app.start();
        app.stop();
        return std::string(status.message());
    };
    EXPECT_THAT(start_with(false), HasSubstr("settings.pack_keys is missing"));
    EXPECT_THAT(start_with(true), HasSubstr("policies_dir: MANIFEST or MANIFEST.sig"));
    sign(policies);
    EXPECT_THAT(start_with(true), HasSubstr("rule pack demo: RULES_DIGEST"));
    sign(folder() / "demo");
    // Past the packs: production then asks for what a test site does not have.
    EXPECT_THAT(start_with(true), testing::Not(HasSubstr("RULES_DIGEST")));
    std::ofstream(policies / "350104" / "v1.yaml", std::ios::app) << "\n";
    EXPECT_THAT(start_with(true), HasSubstr("350104/v1.yaml: its SHA-256"));
}

// What LoadRulePack reads while the service runs is held to the same list.
TEST_F(SignedStart, APackThatChangesAfterItWasSignedIsNotLoaded) {
    const auto trust = runtime::PackTrust::of(production("", true));
    ASSERT_TRUE(trust.ok()) << trust.status();
    const app::RuleBook book(folder(), *trust);
    const auto refused = book.load(app::kDrgDomain, "demo");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.refusal().reason.code(), "RULES_DIGEST");
    sign(folder() / "demo");
    const auto loaded = book.load(app::kDrgDomain, "demo");
    ASSERT_TRUE(loaded.ok());
    std::ofstream(folder() / "demo" / "valid_proc.csv", std::ios::app) << "99.9900,new\n";
    const auto changed = book.load(app::kDrgDomain, "demo");
    ASSERT_FALSE(changed.ok());
    EXPECT_EQ(changed.refusal().metadata.back().second,
              "valid_proc.csv: its SHA-256 is not that of MANIFEST");
    EXPECT_NE((*loaded)->pack, nullptr) << "whoever holds the old one keeps it";
    EXPECT_EQ(book.load(app::kDrgDomain, "absent").refusal().reason.code(), "NOT_FOUND");
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
