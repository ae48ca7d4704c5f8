// Which folders of rules a service may use: settings.pack_keys, by profile.
#include "libs/runtime/pack_trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "libs/testkit/temp_dir.h"

namespace yilian::runtime {
namespace {

using config::Profile;
using testing::HasSubstr;

class PackTrustTest : public testing::Test {
  protected:
    void SetUp() override {
        std::filesystem::create_directory(pack());
        put("pack/rules.csv", "a\n");
        put("office.pem", key_.verify_key().pem());
        put("trusted.keys", "office ed25519 2020-01-01 - office.pem\n");
    }
    [[nodiscard]] std::filesystem::path pack() const { return dir_.path() / "pack"; }
    void put(const std::string& name, const std::string& text) const {
        std::ofstream(dir_.path() / name, std::ios::binary) << text;
    }
    void sign(std::string_view day) const {
        const auto manifest = crypto::manifest_of(crypto::read_folder(pack()).value());
        put("pack/MANIFEST", manifest);
        put("pack/MANIFEST.sig", crypto::sign_manifest(manifest, "", "office", key_, day));
    }
    [[nodiscard]] absl::StatusOr<PackTrust> trust(Profile profile, bool with_keys) const {
        config::ServiceConfig config;
        config.profile = profile;
        if (with_keys) config.settings["pack_keys"] = dir_.file("trusted.keys");
        return PackTrust::of(config);
    }
    crypto::SigningKey key_ = crypto::SigningKey::generate(crypto::SignatureAlgorithm::kEd25519);
    testkit::TempDir dir_;
};

TEST_F(PackTrustTest, ProductionWithoutKeysIsRefusedAndALocalRunDemandsNothing) {
    EXPECT_THAT(std::string(trust(Profile::kProduction, false).status().message()),
                HasSubstr("settings.pack_keys is missing"));
    const auto local = trust(Profile::kLocal, false);
    ASSERT_TRUE(local.ok());
    EXPECT_FALSE(local->demands_signatures());
    EXPECT_TRUE(local->check(pack()).ok());
}

TEST_F(PackTrustTest, WithKeysUnsignedAndChangedPacksAreRefusedInEveryProfile) {
    for (const Profile profile : {Profile::kProduction, Profile::kLocal}) {
        std::filesystem::remove(pack() / "MANIFEST");
        const auto keys = trust(profile, true);
        ASSERT_TRUE(keys.ok()) << keys.status();
        EXPECT_TRUE(keys->demands_signatures());
        EXPECT_THAT(std::string(keys->check(pack()).message()), HasSubstr("not signed"));
        sign("2026-01-05");
        EXPECT_TRUE(keys->check(pack()).ok()) << keys->check(pack());
        put("pack/rules.csv", "b\n");
        EXPECT_EQ(keys->check(pack()).message(), "rules.csv: its SHA-256 is not that of MANIFEST");
        put("pack/rules.csv", "a\n");
        sign("9999-12-31");
        EXPECT_THAT(std::string(keys->check(pack()).message()), HasSubstr("after today"));
    }
}

TEST_F(PackTrustTest, AWrongListIsToldWithItsLine) {
    put("trusted.keys", "office ed25519 2020-01-01 - absent.pem\n");
    EXPECT_THAT(std::string(trust(Profile::kLocal, true).status().message()),
                HasSubstr("trusted.keys:1: absent.pem cannot be read"));
}

}  // namespace
}  // namespace yilian::runtime
