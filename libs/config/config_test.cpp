#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "libs/config/service_config.h"

namespace yilian::config {
namespace {

using testing::HasSubstr;

constexpr std::string_view kGood = R"(service: referrals
district: "120111"
profile: local
listen: {host: 127.0.0.1, port: 0}
metrics: {host: 127.0.0.1, port: 9100}
tls:
  certificate_file: run/tls/referrals.pem
  key_file: run/tls/referrals.key
  ca_file: run/tls/ca.pem
auth:
  jwks_file: run/jwks.json
  audience: yilian
  allow_local_issuer: true
store: {driver: sqlite, path: run/referrals.db}
kafka: {bootstrap_file: run/broker}
clock: {mode: driven, start: "2026-01-01T00:00:00+08:00"}
policies_dir: deploy/policies
peers: {directory: "127.0.0.1:5001"}
peer_token_file: run/tokens/referrals
secrets: {kek: run/kek}
limits: {calls_per_second: 100, deadline_default_ms: 500}
)";

std::string with(std::string_view from, std::string_view to) {
    std::string text(kGood);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}
std::string error_of(const std::string& text) {
    const auto config = parse_service_config(text, "s.yaml");
    EXPECT_FALSE(config.ok());
    return std::string(config.status().message());
}

TEST(ServiceConfigFile, ReadsEveryPart) {
    const auto config = parse_service_config(kGood, "s.yaml");
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(config->service, "referrals");
    EXPECT_EQ(config->district, "120111");
    EXPECT_EQ(config->metrics.port, 9100);
    EXPECT_EQ(config->store.path, "run/referrals.db");
    EXPECT_EQ(config->peers.at("directory"), "127.0.0.1:5001");
    EXPECT_EQ(config->limits.calls_burst, 100);
    EXPECT_EQ(config->limits.deadline_default, std::chrono::milliseconds(500));
    EXPECT_EQ(to_ms(config->clock.start), 1767196800000);  // 2025-12-31T16:00:00Z
    EXPECT_TRUE(config->kafka.enabled());
}

TEST(ServiceConfigFile, UnknownMissingRepeatedAndWrongTypesNameTheirLine) {
    EXPECT_THAT(error_of(with("profile: local", "profle: local")),
                testing::AllOf(HasSubstr("s.yaml:3: profle: is not a known key"),
                               HasSubstr("s.yaml:1: profile: is missing")));
    EXPECT_THAT(error_of(std::string(kGood) + "service: other\n"),
                HasSubstr("s.yaml:22: service: stands twice"));
    EXPECT_THAT(error_of(with("\"120111\"", "120111")), HasSubstr("s.yaml:2: district: a text"));
    EXPECT_THAT(error_of(with("service: referrals", "service: NO")), HasSubstr("put it in quotes"));
    EXPECT_THAT(error_of(with("port: 9100", "port: 010")),
                HasSubstr("s.yaml:5: metrics.port: a whole number"));
    EXPECT_THAT(error_of(with("port: 9100", "port: 70000")), HasSubstr("between 0 and 65535"));
    EXPECT_THAT(error_of(with("port: 9100", "port: \"9100\"")), HasSubstr("without quotes"));
    EXPECT_THAT(error_of(with("allow_local_issuer: true", "allow_local_issuer: yes")),
                HasSubstr("s.yaml:13: auth.allow_local_issuer: true or false"));
    EXPECT_THAT(error_of(with("driver: sqlite", "driver: oracle")),
                HasSubstr("s.yaml:14: store.driver: must be one of: sqlite, postgres"));
    EXPECT_THAT(error_of(with("{host: 127.0.0.1, port: 0}", "nowhere")),
                HasSubstr("s.yaml:4: listen: a mapping is expected"));
    EXPECT_THAT(error_of(with("+08:00", "")), HasSubstr("s.yaml:16: clock.start"));
    EXPECT_THAT(error_of(with("2026-01-01", "2026-02-30")), HasSubstr("clock.start"));
}

TEST(ServiceConfigFile, AllErrorsAtOnce) {
    std::string text = with("profile: local", "profile: test");
    text.replace(text.find("audience: yilian"), 16, "audience: 5     ");
    const std::string errors = error_of(text);
    EXPECT_THAT(errors, HasSubstr("profile"));
    EXPECT_THAT(errors, HasSubstr("auth.audience"));
}

TEST(ServiceConfigFile, NotYamlAnchorsAndSecondDocumentsAreRefused) {
    EXPECT_THAT(error_of("service: [a"), HasSubstr("s.yaml:"));
    EXPECT_THAT(error_of(with("service: referrals", "service: &a referrals")),
                HasSubstr("s.yaml:1: anchors"));
    EXPECT_THAT(error_of(std::string(kGood) + "---\na: b\n"), HasSubstr("exactly one"));
    EXPECT_THAT(error_of(""), HasSubstr("s.yaml"));
}

TEST(ServiceConfigFile, ProductionRefusesWhatIsForLocalRuns) {
    std::string text = with("profile: local", "profile: production");
    const std::string errors = error_of(text);
    EXPECT_THAT(errors, HasSubstr("s.yaml:13: auth.allow_local_issuer: the local issuer"));
    EXPECT_THAT(errors, HasSubstr("s.yaml:16: clock.mode: the driven clock"));
}

TEST(ServiceConfigFile, SecretsAreNeverValues) {
    EXPECT_THAT(error_of(with("{driver: sqlite, path: run/referrals.db}",
                              "{driver: postgres, conninfo: \"host=x password=y\"}")),
                HasSubstr("must not hold a password"));
    EXPECT_THAT(error_of(with("peer_token_file: run/tokens/referrals\n", "")),
                HasSubstr("peers: calls to peers need peer_token_file"));
}

TEST(ServiceConfigFile, EnvironmentValuesAreFilledInAndMustExist) {
    ::setenv("YILIAN_CONFIG_TEST_DIR", "/data/x", 1);
    const auto config =
        parse_service_config(with("run/referrals.db", "${YILIAN_CONFIG_TEST_DIR}/r.db"), "s.yaml");
    // A flow mapping would end at the brace of the variable.
    EXPECT_FALSE(config.ok());
    const auto quoted = parse_service_config(
        with("run/referrals.db", "\"${YILIAN_CONFIG_TEST_DIR}/r.db\""), "s.yaml");
    ASSERT_TRUE(quoted.ok()) << quoted.status();
    EXPECT_EQ(quoted->store.path, "/data/x/r.db");
    EXPECT_THAT(error_of(with("deploy/policies", "\"${YILIAN_CONFIG_TEST_NOT_SET}\"")),
                HasSubstr("s.yaml:17: environment variable YILIAN_CONFIG_TEST_NOT_SET"));
}

TEST(SecretFile, OwnerOnlyInProduction) {
    const auto path = std::filesystem::temp_directory_path() / "yilian_secret_test";
    std::ofstream(path) << "s3cret\n";
    ::chmod(path.c_str(), 0644);
    EXPECT_EQ(read_secret(path, Profile::kLocal).value(), "s3cret");
    EXPECT_EQ(read_secret(path, Profile::kProduction).status().code(),
              absl::StatusCode::kFailedPrecondition);
    ::chmod(path.c_str(), 0600);
    EXPECT_EQ(read_secret(path, Profile::kProduction).value(), "s3cret");
    std::filesystem::remove(path);
    EXPECT_EQ(read_secret(path, Profile::kLocal).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace yilian::config
