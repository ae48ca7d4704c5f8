#include "libs/config/service_config.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>
#include <utility>

#include "libs/config/strict_yaml.h"

namespace yilian::config {
namespace {

constexpr std::int64_t kMaxPort = 65535;

Address read_address(YamlSection section) {
    Address out;
    out.host = section.text("host");
    out.port = static_cast<int>(section.integer("port", 0, kMaxPort));
    section.finish();
    return out;
}

Tls read_tls(YamlSection section) {
    Tls out;
    out.certificate_file = section.text("certificate_file");
    out.key_file = section.text("key_file");
    out.ca_file = section.text("ca_file");
    out.crl_dir = section.optional_text("crl_dir");
    section.finish();
    return out;
}

Auth read_auth(YamlSection section, Profile profile) {
    Auth out;
    out.jwks_file = section.text("jwks_file");
    out.audience = section.text("audience");
    out.allow_local_issuer = section.optional_flag("allow_local_issuer", false);
    if (out.allow_local_issuer && profile == Profile::kProduction) {
        section.complain("allow_local_issuer", "the local issuer is refused in production");
    }
    section.finish();
    return out;
}

StoreSettings read_store(YamlSection section) {
    StoreSettings out;
    if (section.choice("driver", {"sqlite", "postgres"}) == 0) {
        out.driver = StoreDriver::kSqlite;
        out.path = section.text("path");
    } else {
        out.driver = StoreDriver::kPostgres;
        out.conninfo = section.text("conninfo");
        out.password_file = section.optional_text("password_file");
        if (out.conninfo.find("password") != std::string::npos) {
            section.complain("conninfo", "must not hold a password; use password_file");
        }
    }
    section.finish();
    return out;
}

KafkaSettings read_kafka(YamlSection section) {
    KafkaSettings out;
    out.bootstrap = section.optional_text("bootstrap");
    out.bootstrap_file = section.optional_text("bootstrap_file");
    if (out.bootstrap.empty() == out.bootstrap_file.empty()) {
        section.complain("bootstrap", "exactly one of bootstrap and bootstrap_file is expected");
    }
    out.properties = section.optional_texts("properties");
    for (const auto& [name, value] : out.properties) {
        if (name.find("password") != std::string::npos) {
            section.complain("properties", "must not hold a password; use password_file");
        }
    }
    out.password_file = section.optional_text("password_file");
    out.share_partitions = section.optional_flag("share_partitions", false);
    section.finish();
    return out;
}

// "2026-01-01T00:00:00+08:00"; the offset is part of the form (interop.md 1).
bool parse_instant(std::string_view text, Instant& out) {
    constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:ddsdd:dd";
    if (text.size() != kForm.size()) return false;
    for (std::size_t i = 0; i < kForm.size(); ++i) {
        const bool fine = kForm[i] == 'd'   ? text[i] >= '0' && text[i] <= '9'
                          : kForm[i] == 's' ? text[i] == '+' || text[i] == '-'
                                            : text[i] == kForm[i];
        if (!fine) return false;
    }
    const auto number = [&](std::size_t at, std::size_t size) {
        int value = 0;
        std::from_chars(text.data() + at, text.data() + at + size, value);
        return value;
    };
    const std::chrono::year_month_day date{std::chrono::year(number(0, 4)),
                                           std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                           std::chrono::day(static_cast<unsigned>(number(8, 2)))};
    const int hour = number(11, 2);
    const int minute = number(14, 2);
    const int second = number(17, 2);
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return false;
    const auto offset = std::chrono::hours(number(20, 2)) + std::chrono::minutes(number(23, 2));
    out = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
          std::chrono::seconds(second) - (text[19] == '-' ? -offset : offset);
    return true;
}

ClockSettings read_clock(YamlSection section, Profile profile) {
    ClockSettings out;
    if (section.choice("mode", {"wall", "driven"}) == 1) {
        out.mode = ClockMode::kDriven;
        if (!parse_instant(section.text("start"), out.start)) {
            section.complain("start", "expected yyyy-mm-ddThh:mm:ss+hh:mm");
        }
        if (profile == Profile::kProduction) {
            section.complain("mode", "the driven clock is refused in production");
        }
    }
    section.finish();
    return out;
}

Limits read_limits(YamlSection section) {
    using std::chrono::milliseconds;
    constexpr std::int64_t kDay = 24 * 3600 * 1000;
    Limits out;
    out.message_bytes_max = static_cast<int>(
        section.optional_integer("message_bytes_max", 1024, 64 << 20, out.message_bytes_max));
    out.concurrent_streams_max = static_cast<int>(
        section.optional_integer("concurrent_streams_max", 1, 100'000, out.concurrent_streams_max));
    out.deadline_default = milliseconds(
        section.optional_integer("deadline_default_ms", 1, kDay, out.deadline_default.count()));
    out.deadline_max = milliseconds(
        section.optional_integer("deadline_max_ms", 1, kDay, out.deadline_max.count()));
    out.calls_per_second =
        static_cast<int>(section.optional_integer("calls_per_second", 0, 1'000'000, 0));
    out.calls_burst = static_cast<int>(
        section.optional_integer("calls_burst", 0, 1'000'000, out.calls_per_second));
    out.queue_units_max =
        section.optional_integer("queue_units_max", 1, 1'000'000, out.queue_units_max);
    out.drain = milliseconds(section.optional_integer("drain_ms", 0, kDay, out.drain.count()));
    out.answers_kept = std::chrono::hours(
        section.optional_integer("answers_kept_hours", 1, 24 * 366, out.answers_kept.count()));
    out.inbox_kept = std::chrono::hours(
        section.optional_integer("inbox_kept_hours", 24, 24 * 36'600, out.inbox_kept.count()));
    if (out.deadline_default > out.deadline_max) {
        section.complain("deadline_default_ms", "must not exceed deadline_max_ms");
    }
    section.finish();
    return out;
}

bool is_district(std::string_view code) {
    return code.size() == 6 && code.find_first_not_of("0123456789") == std::string_view::npos;
}

ServiceConfig read_all(YamlSection& top) {
    ServiceConfig out;
    out.service = top.text("service");
    out.district = top.text("district");
    if (!out.district.empty() && !is_district(out.district)) {
        top.complain("district", "a code of six digits is expected");
    }
    out.profile = top.choice("profile", {"local", "production"}) == 0 ? Profile::kLocal
                                                                      : Profile::kProduction;
    out.listen = read_address(top.section("listen"));
    if (top.has("metrics")) out.metrics = read_address(top.section("metrics"));
    if (top.has("health")) out.health = read_address(top.section("health"));
    out.tls = read_tls(top.section("tls"));
    out.auth = read_auth(top.section("auth"), out.profile);
    out.store = read_store(top.section("store"));
    if (top.has("kafka")) out.kafka = read_kafka(top.section("kafka"));
    if (top.has("clock")) out.clock = read_clock(top.section("clock"), out.profile);
    out.policies_dir = top.text("policies_dir");
    out.peers = top.optional_texts("peers");
    out.peer_token_file = top.optional_text("peer_token_file");
    if (!out.peers.empty() && out.peer_token_file.empty()) {
        top.complain("peers", "calls to peers need peer_token_file");
    }
    out.secrets = top.optional_texts("secrets");
    out.settings = top.optional_texts("settings");
    out.log_file = top.optional_text("log_file");
    out.ready_file = top.optional_text("ready_file");
    out.reflection = top.optional_flag("reflection", false);
    if (top.has("limits")) out.limits = read_limits(top.section("limits"));
    top.finish();
    return out;
}

}  // namespace

absl::StatusOr<ServiceConfig> parse_service_config(std::string_view yaml,
                                                   std::string_view file_name) {
    const auto value = parse_yaml(yaml, file_name);
    if (!value.ok()) return value.status();
    YamlErrors errors{std::string(file_name)};
    YamlSection top(*value, "", errors);
    ServiceConfig out = read_all(top);
    if (absl::Status status = errors.status(); !status.ok()) return status;
    return out;
}

absl::StatusOr<ServiceConfig> load_service_config(const std::string& file) {
    const std::ifstream in(file);
    if (!in) return absl::InvalidArgumentError(fmt::format("{}:1: cannot be read", file));
    std::stringstream text;
    text << in.rdbuf();
    return parse_service_config(text.str(), file);
}

absl::StatusOr<std::string> read_secret(const std::string& file, Profile profile) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) {
        return absl::NotFoundError(fmt::format("secret file {} cannot be read", file));
    }
    if (profile == Profile::kProduction && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return absl::FailedPreconditionError(
            fmt::format("secret file {} may be read by others than its owner", file));
    }
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) return absl::NotFoundError(fmt::format("secret file {} cannot be read", file));
    std::string out = text.str();
    while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.pop_back();
    return out;
}

}  // namespace yilian::config
