#include "libs/rpc/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "libs/crypto/certificate.h"
#include "libs/crypto/digest.h"
#include "libs/rpc/authenticator.h"
#include "libs/rpc/local_issuer.h"
#include "libs/rpc/local_site.h"

namespace yilian::rpc {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// The invalid-token matrix of security.md 2.1, one case at a time on the verifier.
class TokenMatrix : public testing::Test {
  protected:
    const crypto::CertificateAuthority ca = crypto::CertificateAuthority::create("ca");
    const std::string certificate = ca.issue({.common_name = "institution:A"}).certificate_pem;
    const std::string thumbprint = *crypto::certificate_thumbprint(certificate);
    const LocalIssuer issuer = LocalIssuer::create();
    const TokenKeys keys = *TokenKeys::parse(issuer.jwks(), true);
    const std::chrono::sys_seconds now{std::chrono::seconds(1'800'000'000)};

    json header() const { return {{"typ", "at+jwt"}, {"alg", "ES256"}, {"kid", issuer.key_id()}}; }
    json claims() const {
        return {{"iss", kLocalIssuer},
                {"aud", "yilian"},
                {"sub", "P1"},
                {"client_id", "player:A"},
                {"institution_id", "A"},
                {"district", "120111"},
                {"roles", {"nurse", "doctor"}},
                {"scope", "yilian"},
                {"iat", 1'800'000'000},
                {"exp", 1'800'000'060},
                {"jti", "j1"},
                {"cnf", {{"x5t#S256", thumbprint}}}};
    }
    std::string signed_with(const json& head, const json& body) const {
        return issuer.sign(head.dump(), body.dump());
    }
    absl::StatusOr<VerifiedToken> verify(std::string_view token) const {
        return verify_token(token, keys, "yilian", thumbprint, now);
    }
    std::string refused(std::string_view token) const {
        const auto result = verify(token);
        EXPECT_FALSE(result.ok());
        return std::string(result.status().message());
    }
    std::string refused_claims(const char* name, const json& value) const {
        json body = claims();
        if (value.is_null()) {
            body.erase(name);
        } else {
            body[name] = value;
        }
        return refused(signed_with(header(), body));
    }
    std::string refused_header(const char* name, const json& value) const {
        json head = header();
        head[name] = value;
        // Signed over the changed header, as far as the library lets us; else by its bytes only.
        const std::string good = signed_with(header(), claims());
        return refused(crypto::base64url(head.dump()) + good.substr(good.find('.')));
    }
};

TEST_F(TokenMatrix, GoodTokenGivesTheCaller) {
    const auto result = verify(signed_with(header(), claims()));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->caller.subject, "P1");
    EXPECT_EQ(result->caller.client_id, "player:A");
    EXPECT_EQ(result->caller.institution_id, "A");
    EXPECT_EQ(result->caller.district, "120111");
    EXPECT_EQ(result->caller.roles, (std::vector<std::string>{"doctor", "nurse"}));
    EXPECT_EQ(result->expires, now + std::chrono::seconds(60));
}

TEST_F(TokenMatrix, PresenceAndForm) {
    const std::string good = signed_with(header(), claims());
    EXPECT_THAT(refused(""), HasSubstr("no token"));
    EXPECT_THAT(refused("nonsense"), HasSubstr("compact"));
    EXPECT_THAT(refused("a.b.c.d"), HasSubstr("compact"));
    EXPECT_THAT(refused("!!.??.=="), HasSubstr("base64url"));
    EXPECT_THAT(refused(good.substr(0, good.rfind('.') + 1)), HasSubstr("base64url"));
    EXPECT_THAT(refused(std::string(1 << 20, 'a')), HasSubstr("too long"));
    std::string twice = claims().dump();
    twice.insert(1, R"("sub":"P2",)");
    EXPECT_THAT(refused(issuer.sign(header().dump(), twice)), HasSubstr("repeated keys"));
    std::string nested = claims().dump();
    nested.replace(nested.find(R"({"x5t#S256")"), 1, R"({"x5t#S256":"x",)");
    EXPECT_THAT(refused(issuer.sign(header().dump(), nested)), HasSubstr("repeated keys"));
    std::string head = header().dump();
    head.insert(1, R"("alg":"none",)");
    EXPECT_THAT(refused(crypto::base64url(head) + good.substr(good.find('.'))),
                HasSubstr("repeated keys"));
    EXPECT_THAT(refused(issuer.sign(header().dump(), "[1]")), HasSubstr("not an object"));
}

TEST_F(TokenMatrix, AlgorithmAndKey) {
    EXPECT_THAT(refused_header("alg", "none"), HasSubstr("alg"));
    EXPECT_THAT(refused_header("alg", "HS256"), HasSubstr("alg"));
    EXPECT_THAT(refused_header("alg", "RS256"), HasSubstr("alg"));
    EXPECT_THAT(refused_header("kid", "unknown"), HasSubstr("kid"));
    for (const char* name : {"jku", "x5u", "x5c", "jwk", "crit"}) {
        EXPECT_THAT(refused_header(name, json::array({"exp"})), HasSubstr("names a key or crit"));
    }
    // HS256 "signed" with the public key as secret, the classic confusion.
    json head = header();
    head["alg"] = "HS256";
    const std::string body =
        crypto::base64url(head.dump()) + "." + crypto::base64url(claims().dump());
    const auto mac = crypto::hmac(crypto::Hash::kSha256, issuer.jwks(), body);
    EXPECT_THAT(refused(body + "." + crypto::base64url(crypto::view(mac))), HasSubstr("alg"));
    // Another key under the known kid.
    const LocalIssuer stranger = LocalIssuer::create();
    EXPECT_THAT(refused(stranger.sign(header().dump(), claims().dump())),
                HasSubstr("wrong signature"));
    // Claims changed after signing.
    std::string token = signed_with(header(), claims());
    json other = claims();
    other["institution_id"] = "B";
    const auto first = token.find('.');
    const auto second = token.find('.', first + 1);
    EXPECT_THAT(refused(token.substr(0, first + 1) + crypto::base64url(other.dump()) +
                        token.substr(second)),
                HasSubstr("wrong signature"));
}

TEST_F(TokenMatrix, TypeAndIssuer) {
    EXPECT_THAT(refused_header("typ", "JWT"), HasSubstr("typ"));
    EXPECT_THAT(refused_header("typ", nullptr), HasSubstr("typ"));
    EXPECT_THAT(refused_claims("iss", "https://elsewhere"), HasSubstr("iss"));
    EXPECT_THAT(refused_claims("iss", nullptr), HasSubstr("iss"));
    EXPECT_THAT(refused_claims("aud", "other"), HasSubstr("aud"));
    EXPECT_THAT(refused_claims("aud", json::array({"yilian"})), HasSubstr("aud"));
    EXPECT_THAT(refused_claims("aud", nullptr), HasSubstr("aud"));
}

TEST_F(TokenMatrix, Time) {
    EXPECT_THAT(refused_claims("exp", 1'799'999'999), HasSubstr("expired"));
    EXPECT_THAT(refused_claims("exp", 1'800'000'000), HasSubstr("expired"));  // at the border
    EXPECT_THAT(refused_claims("exp", nullptr), HasSubstr("exp is missing"));
    EXPECT_THAT(refused_claims("exp", "1800000060"), HasSubstr("exp is missing"));
    EXPECT_THAT(refused_claims("exp", 1'800'000'060.5), HasSubstr("exp is missing"));
    EXPECT_THAT(refused_claims("nbf", 1'800'000'006), HasSubstr("nbf in the future"));
    EXPECT_THAT(refused_claims("iat", 1'800'000'006), HasSubstr("iat in the future"));
    EXPECT_THAT(refused_claims("iat", nullptr), HasSubstr("iat is missing"));
    json border = claims();
    border["exp"] = 1'800'000'001;
    border["nbf"] = 1'800'000'005;
    EXPECT_TRUE(verify(signed_with(header(), border)).ok());
}

TEST_F(TokenMatrix, BindingAndClaims) {
    const std::string other = ca.issue({.common_name = "institution:B"}).certificate_pem;
    EXPECT_FALSE(verify_token(signed_with(header(), claims()), keys, "yilian",
                              *crypto::certificate_thumbprint(other), now)
                     .ok());
    EXPECT_THAT(refused_claims("cnf", nullptr), HasSubstr("not bound"));
    EXPECT_THAT(refused_claims("cnf", json::object()), HasSubstr("not bound"));
    for (const char* name : {"sub", "client_id", "institution_id", "district"}) {
        EXPECT_THAT(refused_claims(name, nullptr), HasSubstr("claim is missing")) << name;
        EXPECT_THAT(refused_claims(name, 7), HasSubstr("claim is missing")) << name;
    }
    EXPECT_THAT(refused_claims("jti", nullptr), HasSubstr("jti"));
    EXPECT_THAT(refused_claims("roles", nullptr), HasSubstr("roles"));
    EXPECT_THAT(refused_claims("roles", json::array({1})), HasSubstr("role"));
}

TEST_F(TokenMatrix, KeySetsThatAreRefused) {
    EXPECT_FALSE(TokenKeys::parse("x", true).ok());
    EXPECT_FALSE(TokenKeys::parse(R"({"keys":[{}]})", true).ok());
    EXPECT_EQ(TokenKeys::parse(issuer.jwks(), false).status().code(),
              absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(
        std::string(
            TokenKeys::parse("{\"keys\":[" + issuer.private_jwk() + "]}", true).status().message()),
        HasSubstr("private"));
    json set = json::parse(issuer.jwks());
    set["keys"].push_back(set["keys"][0]);
    EXPECT_THAT(std::string(TokenKeys::parse(set.dump(), true).status().message()),
                HasSubstr("repeats"));
    set = json::parse(issuer.jwks());
    set["keys"][0]["alg"] = "HS256";
    EXPECT_FALSE(TokenKeys::parse(set.dump(), true).ok());
    EXPECT_EQ(TokenKeys::parse(R"({"keys":[]})", true)->size(), 0U);
}

TEST(LocalIssuerFile, KeyComesBackFromItsFile) {
    const LocalIssuer issuer = LocalIssuer::create();
    const auto again = LocalIssuer::from_private_jwk(issuer.private_jwk());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->jwks(), issuer.jwks());
    EXPECT_THAT(issuer.jwks(), testing::Not(HasSubstr("\"d\"")));
    EXPECT_FALSE(LocalIssuer::from_private_jwk("{}").ok());
}

class AuthenticatorTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("yilian_auth_" + crypto::hex(crypto::random_bytes(8)));
        site_ = std::make_unique<LocalSite>(*LocalSite::open(folder_.string()));
        const auto tls = site_->certificate("a");
        certificate_ = *WatchedFile::read(tls->certificate_file);
        token_ = *site_->token(*tls, {"P1", "player:A", "A", "120111", {"doctor"}});
        now_ = std::chrono::system_clock::now();
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    AuthenticatorOptions options() {
        AuthenticatorOptions out;
        out.jwks_file = site_->jwks_file();
        out.audience = "yilian";
        out.allow_local_issuer = true;
        out.watch_interval = std::chrono::milliseconds(5);
        out.cached_max = 2;
        out.now = [this] { return now_.load(); };
        return out;
    }
    std::filesystem::path folder_;
    std::unique_ptr<LocalSite> site_;
    std::string certificate_;
    std::string token_;
    std::atomic<std::chrono::system_clock::time_point> now_;
    std::unique_ptr<observe::Log> log_ = observe::Log::to_nowhere();
};

TEST_F(AuthenticatorTest, RemembersUntilExpiryAndOnlyForTheCertificate) {
    Authenticator authenticator(options(), *log_);
    ASSERT_TRUE(authenticator.start().ok());
    const auto first = authenticator.authenticate(token_, certificate_);
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_EQ(*authenticator.authenticate(token_, certificate_), *first);  // the same object
    const std::string other = *WatchedFile::read(site_->certificate("b")->certificate_file);
    EXPECT_FALSE(authenticator.authenticate(token_, other).ok());
    EXPECT_FALSE(authenticator.authenticate(token_, "").ok());
    EXPECT_FALSE(authenticator.authenticate("", certificate_).ok());
    now_ = std::chrono::system_clock::now() + std::chrono::hours(13);
    EXPECT_FALSE(authenticator.authenticate(token_, certificate_).ok());
}

TEST_F(AuthenticatorTest, MemoryIsBounded) {
    Authenticator authenticator(options(), *log_);
    ASSERT_TRUE(authenticator.start().ok());
    for (int i = 0; i < 5; ++i) {
        const auto token = site_->issuer().mint(
            {"P" + std::to_string(i), "c", "A", "120111", {"doctor"}}, certificate_);
        ASSERT_TRUE(authenticator.authenticate(*token, certificate_).ok());
        EXPECT_LE(authenticator.cached(), 2U);
    }
}

TEST_F(AuthenticatorTest, ChangedKeysEndOldTokensAndBrokenFilesChangeNothing) {
    Authenticator authenticator(options(), *log_);
    ASSERT_TRUE(authenticator.start().ok());
    ASSERT_TRUE(authenticator.authenticate(token_, certificate_).ok());
    ASSERT_TRUE(write_file(site_->jwks_file(), "{broken", false).ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_TRUE(authenticator.authenticate(token_, certificate_).ok());
    ASSERT_TRUE(write_file(site_->jwks_file(), LocalIssuer::create().jwks(), false).ok());
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (authenticator.authenticate(token_, certificate_).ok()) {
        ASSERT_LT(std::chrono::steady_clock::now(), until);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

TEST_F(AuthenticatorTest, ProductionDoesNotStartWithTheLocalIssuer) {
    AuthenticatorOptions production = options();
    production.allow_local_issuer = false;
    Authenticator authenticator(production, *log_);
    EXPECT_EQ(authenticator.start().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace yilian::rpc
