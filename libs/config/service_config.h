#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"

// The one configuration file of a service: strict YAML, values of environment variables as
// `${NAME}`, secrets only as paths of files. Unknown, missing and repeated keys and wrong types are
// errors with the line number; all errors of a file are told at once. All keys: README.md beside
// this file.
namespace yilian::config {

// Production refuses what exists for local runs only: the driven clock, the local token issuer, a
// server without TLS files, reflection unless it is asked for.
enum class Profile { kLocal, kProduction };
enum class StoreDriver { kSqlite, kPostgres };
enum class ClockMode { kWall, kDriven };

struct Address {
    std::string host;
    int port = 0;  // 0: the system chooses
};

struct Tls {
    std::string certificate_file;  // PEM chain of this process
    std::string key_file;          // PEM key
    std::string ca_file;           // PEM roots that may sign peers
    std::string crl_dir;           // "" = none; hashed CRL files, read at each handshake
};

struct Auth {
    std::string jwks_file;  // watched; each key names its issuer
    std::string audience;   // `aud` that this service accepts
    bool allow_local_issuer = false;
};

struct StoreSettings {
    StoreDriver driver = StoreDriver::kSqlite;
    std::string path;           // sqlite
    std::string conninfo;       // postgres, without password
    std::string password_file;  // postgres; "" = none
};

struct KafkaSettings {
    std::string bootstrap;       // one of the two
    std::string bootstrap_file;  // watched: a broker that comes back elsewhere is followed
    // Of librdkafka: security.protocol, ssl.ca.location, sasl.mechanism, … ; never a password.
    std::map<std::string, std::string> properties;
    std::string password_file;      // sasl.password; "" = none
    bool share_partitions = false;  // several processes of one service share the partitions
    [[nodiscard]] bool enabled() const { return !bootstrap.empty() || !bootstrap_file.empty(); }
};

struct ClockSettings {
    ClockMode mode = ClockMode::kWall;
    Instant start{};  // driven only
};

struct Limits {
    int message_bytes_max = 4 * 1024 * 1024;
    int concurrent_streams_max = 512;
    std::chrono::milliseconds deadline_default{10'000};  // a call without deadline
    std::chrono::milliseconds deadline_max{60'000};      // longer ones are cut to this
    int calls_per_second = 0;                            // of one principal; 0 = no limit
    int calls_burst = 0;
    std::int64_t queue_units_max = 4096;
    std::chrono::milliseconds drain{10'000};  // how long stop() waits for running calls
    std::chrono::hours answers_kept{7 * 24};  // of request ids, machine clock
    // Inbox and effects, by the machine time of the event. Longer than any topic is kept.
    std::chrono::hours inbox_kept{400 * 24};
};

struct ServiceConfig {
    std::string service;   // "referrals"
    std::string district;  // GB/T 2260 code
    Profile profile = Profile::kProduction;
    Address listen;
    Address metrics;  // host "" = no metrics page
    Address health;   // plaintext health for the kubelet; host "" = none
    Tls tls;
    Auth auth;
    StoreSettings store;
    KafkaSettings kafka;
    ClockSettings clock;
    std::string policies_dir;
    std::map<std::string, std::string> peers;  // service name -> host:port
    std::string peer_token_file;  // bearer token of this service for peers; re-read when it changes
    std::map<std::string, std::string> secrets;  // name -> file (read with read_secret)
    // Of this service alone, text by name; which names exist stands in its ServiceDefinition.
    std::map<std::string, std::string> settings;
    std::string log_file;  // "" = standard output
    std::string ready_file;  // "" = none; written when SERVING: {"pid":…,"port":…,"metrics_port":…}
    bool reflection = false;
    Limits limits;
};

// Errors are INVALID_ARGUMENT, one line each: "file:line: key: what is wrong".
[[nodiscard]] absl::StatusOr<ServiceConfig> load_service_config(const std::string& file);
[[nodiscard]] absl::StatusOr<ServiceConfig> parse_service_config(std::string_view yaml,
                                                                 std::string_view file_name);

// The file's bytes without trailing newline. NOT_FOUND, or FAILED_PRECONDITION when others than the
// owner may read it and the profile is production.
[[nodiscard]] absl::StatusOr<std::string> read_secret(const std::string& file, Profile profile);

}  // namespace yilian::config
