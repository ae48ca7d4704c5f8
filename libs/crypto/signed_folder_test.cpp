// Signed tables of contents of rule folders (billing.md 5.1; issue: signed packs).
#include "libs/crypto/signed_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "libs/crypto/digest.h"

namespace yilian::crypto {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::string_view kToday = "2026-03-01";

class SignedFolder : public testing::TestWithParam<SignatureAlgorithm> {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("signed-folder-" + hex(random_bytes(8)));
        fs::create_directories(folder_ / "cn");
        write("README.md", "rules\n");
        write("cn/v1.yaml", "version: 1\n");
        write("a.csv", "key,value\n");
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write(const std::string& path, std::string_view text) const {
        std::ofstream(folder_ / path, std::ios::binary) << text;
    }
    void sign(const std::string& id, const SigningKey& key, std::string_view day,
              std::string_view existing = "") const {
        const std::string manifest = manifest_of(read_folder(folder_).value());
        write("MANIFEST", manifest);
        write("MANIFEST.sig", sign_manifest(manifest, existing, id, key, day));
    }
    void sign() const { sign("office-1", key_, "2026-01-15"); }
    // Empty when the folder is good.
    [[nodiscard]] std::string fault(const TrustedKeys& trusted,
                                    std::string_view today = kToday) const {
        const auto checked = check_signature(read_folder(folder_).value(), trusted, today);
        return checked.ok() ? "" : std::string(checked.status().message());
    }
    [[nodiscard]] TrustedKeys trusted(std::string from = "2026-01-01", std::string to = "") const {
        return TrustedKeys::of({{"office-1", std::move(from), std::move(to), key_.verify_key()}});
    }

    SigningKey key_ = SigningKey::generate(GetParam());
    fs::path folder_;
};

TEST_P(SignedFolder, ManifestIsSortedByBytesAndListsEveryFile) {
    const std::string manifest = manifest_of(read_folder(folder_).value());
    std::vector<std::string> lines;
    for (const auto& [path, text] :
         {std::pair("README.md", "rules\n"), std::pair("cn/v1.yaml", "version: 1\n"),
          std::pair("a.csv", "key,value\n")}) {
        lines.push_back(sha256_hex(text) + "  " + path + "\n");
    }
    std::ranges::sort(lines);
    EXPECT_EQ(manifest, lines[0] + lines[1] + lines[2]);
}

TEST_P(SignedFolder, ASignedFolderIsGoodAndSaysByWhom) {
    sign();
    const auto checked = check_signature(read_folder(folder_).value(), trusted(), kToday);
    ASSERT_TRUE(checked.ok()) << checked.status();
    EXPECT_EQ(checked->key_id, "office-1");
    EXPECT_EQ(checked->signed_on, "2026-01-15");
    EXPECT_EQ(checked->manifest_sha256,
              sha256_hex(read_folder(folder_).value().find(kManifestName)->second));
}

TEST_P(SignedFolder, WithoutSignatureItIsNotSigned) {
    const auto checked = check_signature(read_folder(folder_).value(), trusted(), kToday);
    EXPECT_EQ(checked.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(SignedFolder, EveryChangeIsFoundAndNamed) {
    sign();
    write("cn/v1.yaml", "version: 2\n");
    EXPECT_THAT(fault(trusted()), HasSubstr("cn/v1.yaml: its SHA-256"));
    write("cn/v1.yaml", "version: 1\n");
    write("cn/v2.yaml", "version: 2\n");
    EXPECT_EQ(fault(trusted()), "cn/v2.yaml: is not listed in MANIFEST");
    fs::remove(folder_ / "cn/v2.yaml");
    fs::remove(folder_ / "a.csv");
    EXPECT_EQ(fault(trusted()), "a.csv: is listed in MANIFEST and missing");
    write("a.csv", "key,value\n");
    EXPECT_EQ(fault(trusted()), "");
}

TEST_P(SignedFolder, AManifestInAnotherOrderIsRefused) {
    sign();
    std::string manifest = read_folder(folder_).value().find(kManifestName)->second;
    const auto line = manifest.find('\n') + 1;
    manifest = manifest.substr(line) + manifest.substr(0, line);
    write("MANIFEST", manifest);
    write("MANIFEST.sig", sign_manifest(manifest, "", "office-1", key_, "2026-01-15"));
    EXPECT_THAT(fault(trusted()), HasSubstr("not sorted by bytes"));
}

TEST_P(SignedFolder, AManifestMadeAnewNeedsANewSignature) {
    sign();
    write("a.csv", "key,other\n");
    write("MANIFEST", manifest_of(read_folder(folder_).value()));
    EXPECT_THAT(fault(trusted()), HasSubstr("does not fit"));
}

TEST_P(SignedFolder, OnlyDaysOfTheKeysValidityCount) {
    sign();
    EXPECT_EQ(fault(trusted("2026-01-15")), "");
    EXPECT_THAT(fault(trusted("2026-01-16")), HasSubstr("was not valid on 2026-01-15"));
    EXPECT_EQ(fault(trusted("2025-01-01", "2026-01-16")), "");
    EXPECT_THAT(fault(trusted("2025-01-01", "2026-01-15")), HasSubstr("was not valid on"));
    EXPECT_EQ(fault(trusted(), "2026-01-15"), "");
    EXPECT_THAT(fault(trusted(), "2026-01-14"), HasSubstr("after today"));
}

TEST_P(SignedFolder, TheDayAndTheKeyIdAreSignedToo) {
    sign();
    std::string text = read_folder(folder_).value().find(kManifestSignatureName)->second;
    std::string later = text;
    later.replace(later.find("2026-01-15"), 10, "2026-01-16");
    write("MANIFEST.sig", later);
    EXPECT_THAT(fault(trusted()), HasSubstr("does not fit"));
    text.replace(0, 8, "office-2");
    write("MANIFEST.sig", text);
    EXPECT_THAT(fault(trusted()), HasSubstr("office-2 is not trusted"));
    EXPECT_THAT(fault(TrustedKeys::of({{"office-2", "2026-01-01", "", key_.verify_key()}})),
                HasSubstr("does not fit"));
}

TEST_P(SignedFolder, AnotherKeyCanTakeOver) {
    sign();
    const SigningKey next = SigningKey::generate(GetParam());
    const std::string first = read_folder(folder_).value().find(kManifestSignatureName)->second;
    sign("office-2", next, "2026-02-01", first);
    EXPECT_EQ(fault(trusted()), "");
    const auto only_next = TrustedKeys::of({{"office-2", "2026-02-01", "", next.verify_key()}});
    EXPECT_EQ(fault(only_next), "");
    sign("office-2", next, "2026-02-02",
         read_folder(folder_).value().find(kManifestSignatureName)->second);
    const std::string both = read_folder(folder_).value().find(kManifestSignatureName)->second;
    EXPECT_EQ(std::ranges::count(both, '\n'), 2);
}

TEST_P(SignedFolder, ListOfKeysIsReadWithItsDays) {
    const fs::path keys = folder_ / "keys";
    fs::create_directories(keys);
    const std::string kind = GetParam() == SignatureAlgorithm::kEd25519 ? "ed25519" : "sm2";
    write("keys/one.pem", key_.verify_key().pem());
    write("keys/trusted", "# who may sign\n\noffice-1 " + kind + " 2026-01-01 - one.pem\n");
    const auto read = TrustedKeys::load(keys / "trusted");
    ASSERT_TRUE(read.ok()) << read.status();
    const TrustedKeys list = *read;
    fs::remove_all(keys);
    sign();
    EXPECT_EQ(fault(list), "");
}

TEST_P(SignedFolder, AWrongListOfKeysIsRefusedWithItsLine) {
    const std::string kind = GetParam() == SignatureAlgorithm::kEd25519 ? "ed25519" : "sm2";
    write("one.pem", key_.verify_key().pem());
    const std::string good = "k " + kind + " 2026-01-01 - one.pem\n";
    for (const auto& [text, what] :
         {std::pair<std::string, std::string>{good + good, "trusted:2: the key id stands twice"},
          {"k rsa 2026-01-01 - one.pem\n", "trusted:1: ed25519 or sm2"},
          {"k " + kind + " 2026-01-01 2025-01-01 one.pem\n", "ends before it begins"},
          {"k " + kind + " 2026-1-1 - one.pem\n", "a key id and two days"},
          {"k " + kind + " 2026-01-01 - none.pem\n", "none.pem cannot be read"},
          {"k " + kind + " 2026-01-01 - a.csv\n", "a.csv is no public key"},
          {"k " + kind + " 2026-01-01 -\n", "five words"},
          {"# none\n", "no key"}}) {
        write("trusted", text);
        const auto read = TrustedKeys::load(folder_ / "trusted");
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_THAT(std::string(read.status().message()), HasSubstr(what));
    }
    EXPECT_EQ(TrustedKeys::load(folder_ / "absent").status().code(), absl::StatusCode::kNotFound);
}

TEST_P(SignedFolder, ALinkedFolderIsRefused) {
    fs::create_directory_symlink(folder_ / "cn", folder_ / "other");
    EXPECT_THAT(std::string(read_folder(folder_).status().message()),
                HasSubstr("other: is neither a file nor a folder"));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, SignedFolder,
                         testing::Values(SignatureAlgorithm::kEd25519, SignatureAlgorithm::kSm2Sm3),
                         [](const auto& suite) {
                             return suite.param == SignatureAlgorithm::kEd25519 ? "Ed25519" : "Sm2";
                         });

}  // namespace
}  // namespace yilian::crypto
