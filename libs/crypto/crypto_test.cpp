#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/crypto/certificate.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/envelope.h"
#include "libs/crypto/signature.h"

namespace yilian::crypto {
namespace {

std::string bytes_of(std::string_view hex_text) { return unhex(hex_text).value(); }

// FIPS 180-2 and GB/T 32905-2016 annex A.
TEST(KnownAnswer, Sha256AndSm3OfAbc) {
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(view(digest(Hash::kSm3, "abc"))),
              "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    EXPECT_EQ(hex(view(digest(Hash::kSm3,
                              "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"
                              "abcdabcd"))),
              "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

// RFC 4231 test case 2.
TEST(KnownAnswer, HmacSha256) {
    EXPECT_EQ(hex(view(hmac(Hash::kSha256, "Jefe", "what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// GB/T 32918.5 annex A.2: key, message and signature over the recommended curve.
TEST(KnownAnswer, Sm2SignatureOfTheStandardVerifies) {
    const auto key = VerifyKey::from_raw(
        SignatureAlgorithm::kSm2Sm3,
        bytes_of("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                 "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"));
    ASSERT_TRUE(key.ok()) << key.status();
    const std::string signature = bytes_of(
        "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
    EXPECT_TRUE(key->verify("message digest", signature));
    EXPECT_FALSE(key->verify("message digest.", signature));
}

// RFC 8032 section 7.1 test 2.
TEST(KnownAnswer, Ed25519) {
    const auto key = VerifyKey::from_raw(
        SignatureAlgorithm::kEd25519,
        bytes_of("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
    ASSERT_TRUE(key.ok());
    const std::string signature = bytes_of(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    EXPECT_TRUE(key->verify("\x72", signature));
    EXPECT_FALSE(key->verify("\x73", signature));
}

// RFC 6979 A.2.5, P-256 with SHA-256, message "sample".
TEST(KnownAnswer, EcdsaP256) {
    const auto key = VerifyKey::from_raw(
        SignatureAlgorithm::kEcdsaP256,
        bytes_of("0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                 "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
    ASSERT_TRUE(key.ok());
    const std::string signature = bytes_of(
        "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
    EXPECT_TRUE(key->verify("sample", signature));
    EXPECT_FALSE(key->verify("Sample", signature));
}

class EachAlgorithm : public testing::TestWithParam<SignatureAlgorithm> {};

TEST_P(EachAlgorithm, SignsAndSurvivesPem) {
    const SigningKey key = SigningKey::generate(GetParam());
    const std::string signature = key.sign("prescription");
    EXPECT_TRUE(key.verify_key().verify("prescription", signature));
    EXPECT_FALSE(key.verify_key().verify("prescription2", signature));
    const auto again = SigningKey::from_pem(GetParam(), key.private_pem());
    ASSERT_TRUE(again.ok()) << again.status();
    const auto reader = VerifyKey::from_pem(GetParam(), key.verify_key().pem());
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_TRUE(reader->verify("again", again->sign("again")));
    EXPECT_FALSE(SigningKey::generate(GetParam()).verify_key().verify("prescription", signature));
    EXPECT_FALSE(reader->verify("again", ""));
}

TEST_P(EachAlgorithm, RefusesKeysOfOtherAlgorithms) {
    for (const auto other : {SignatureAlgorithm::kEcdsaP256, SignatureAlgorithm::kEd25519,
                             SignatureAlgorithm::kSm2Sm3}) {
        if (other == GetParam()) continue;
        const SigningKey key = SigningKey::generate(other);
        EXPECT_FALSE(SigningKey::from_pem(GetParam(), key.private_pem()).ok());
        EXPECT_FALSE(VerifyKey::from_pem(GetParam(), key.verify_key().pem()).ok());
    }
}

INSTANTIATE_TEST_SUITE_P(All, EachAlgorithm,
                         testing::Values(SignatureAlgorithm::kEcdsaP256,
                                         SignatureAlgorithm::kEd25519,
                                         SignatureAlgorithm::kSm2Sm3));

TEST(TextForms, Base64UrlIsOneTextForOneValue) {
    for (std::size_t size = 0; size < 70; ++size) {
        const std::string bytes = random_bytes(size);
        EXPECT_EQ(unbase64url(base64url(bytes)), bytes);
        EXPECT_EQ(unhex(hex(bytes)), bytes);
    }
    EXPECT_EQ(base64url("\xfb\xff"), "-_8");
    EXPECT_EQ(unbase64url("-_9"), std::nullopt);  // spare bits set
    EXPECT_EQ(unbase64url("A"), std::nullopt);
    EXPECT_EQ(unbase64url("AA=="), std::nullopt);
    EXPECT_EQ(unhex("0g"), std::nullopt);
}

TEST(IdentityDigest, SameNumberSameDigestOnlyWithTheSameKeyAndKind) {
    const IdentityDigests a("0123456789abcdef0123456789abcdef");
    const IdentityDigests b("0123456789abcdef0123456789abcdeg");
    EXPECT_EQ(a.of("id_document", "X1"), a.of("id_document", "X1"));
    EXPECT_NE(a.of("id_document", "X1"), b.of("id_document", "X1"));
    EXPECT_NE(a.of("id_document", "X1"), a.of("health_card", "X1"));
    EXPECT_NE(a.of("ab", "c"), a.of("a", "bc"));
}

TEST(Sha256Pieces, SameAsAtOnce) {
    Sha256 pieces;
    pieces.update("a");
    pieces.update("");
    pieces.update("bc");
    EXPECT_EQ(pieces.finish(), sha256("abc"));
}

class Envelope : public testing::Test {
  protected:
    std::string line1 = KeyRing::make_line(1);
    std::string line2 = KeyRing::make_line(2);
    KeyRing first = KeyRing::parse(line1).value();
    KeyRing both = KeyRing::parse("# keys\n" + line1 + line2).value();
};

TEST_F(Envelope, OpensOnlyWithSameKeyAndContext) {
    const auto made = first.new_data_key();
    const std::string sealed = made.key.seal("secret", "resident/1/id_number");
    EXPECT_EQ(sealed.find("secret"), std::string::npos);
    EXPECT_NE(sealed, made.key.seal("secret", "resident/1/id_number"));
    const auto key = first.unwrap(made.bytes);
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(key->open(sealed, "resident/1/id_number").value(), "secret");
    EXPECT_FALSE(key->open(sealed, "resident/2/id_number").ok());
    EXPECT_FALSE(first.new_data_key().key.open(sealed, "resident/1/id_number").ok());
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string damaged = sealed;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        EXPECT_FALSE(key->open(damaged, "resident/1/id_number").ok()) << i;
    }
}

TEST_F(Envelope, RotationWrapsUnderTheNewestGeneration) {
    const auto made = first.new_data_key();
    const std::string sealed = made.key.seal("secret", "c");
    EXPECT_EQ(KeyRing::generation_of(made.bytes).value(), 1U);
    const auto rewrapped = both.rewrap(made.bytes);
    ASSERT_TRUE(rewrapped.ok());
    EXPECT_EQ(KeyRing::generation_of(*rewrapped).value(), 2U);
    EXPECT_EQ(both.unwrap(*rewrapped)->open(sealed, "c").value(), "secret");
    EXPECT_EQ(first.unwrap(*rewrapped).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(KeyRingFile, ErrorsNameTheLineAndNeverTheKey) {
    const std::string good = KeyRing::make_line(3);
    for (const std::string& bad : {std::string("x"), std::string("0 ") + good.substr(2),
                                   std::string("3 abcd\n"), good + good, std::string()}) {
        const auto ring = KeyRing::parse(bad);
        ASSERT_FALSE(ring.ok());
        EXPECT_EQ(ring.status().message().find("abcd"), absl::string_view::npos);
    }
    EXPECT_NE(KeyRing::parse(good + good).status().message().find("line 2"),
              absl::string_view::npos);
}

TEST(LocalCertificates, ThumbprintIsOfTheDerAndCaRoundTrips) {
    const auto ca = CertificateAuthority::create("local");
    const auto again = CertificateAuthority::from_pem(ca.own());
    ASSERT_TRUE(again.ok());
    const auto leaf =
        again->issue({.common_name = "institution:H001", .ip_addresses = {"127.0.0.1"}});
    const auto other = again->issue({.common_name = "institution:H001"});
    ASSERT_TRUE(certificate_thumbprint(leaf.certificate_pem).ok());
    EXPECT_EQ(certificate_thumbprint(leaf.certificate_pem)->size(), 43U);
    EXPECT_NE(*certificate_thumbprint(leaf.certificate_pem),
              *certificate_thumbprint(other.certificate_pem));
    EXPECT_FALSE(certificate_thumbprint("nonsense").ok());
    const std::vector<std::string> revoked{leaf.certificate_pem};
    EXPECT_THAT(ca.revoke(revoked), testing::HasSubstr("BEGIN X509 CRL"));
    EXPECT_THAT(ca.crl_file_name(), testing::MatchesRegex("[0-9a-f]{8}\\.r0"));
}

}  // namespace
}  // namespace yilian::crypto
