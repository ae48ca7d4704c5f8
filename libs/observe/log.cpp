#include "libs/observe/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <utility>

namespace yilian::observe {
namespace {

constexpr std::size_t kDigitsMax = 7;
constexpr std::size_t kTextMax = 300;

void append_json(std::string& line, std::string_view key, std::string_view value) {
    if (value.empty()) return;
    line += line.size() > 1 ? ",\"" : "\"";
    line.append(key).append("\":\"");
    for (const char c : value) {
        if (c == '"' || c == '\\') line.push_back('\\');
        line.push_back(c);
    }
    line.push_back('"');
}

// Ids keep their digits (a ULID or an institution code), everything else of them is checked.
std::string id_text(std::string_view id) {
    std::string out;
    for (const char c : id.substr(0, 64)) {
        const bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' || c == ':';
        out.push_back(fine ? c : '?');
    }
    return out;
}

std::string_view name_of(Log::Level level) {
    switch (level) {
        case Log::Level::kInfo:
            return "info";
        case Log::Level::kWarning:
            return "warning";
        case Log::Level::kError:
            return "error";
    }
    return "error";
}

std::string time_text() {
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z",
                       fmt::gmtime(seconds.time_since_epoch().count()), (now - seconds).count());
}

std::shared_ptr<spdlog::logger> plain(spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>("yilian", std::move(sink));
    logger->set_pattern("%v");
    logger->flush_on(spdlog::level::info);
    return logger;
}

}  // namespace

std::string redact(std::string_view text) {
    std::string out;
    std::size_t digits = 0;
    const auto end_run = [&] {
        if (digits > kDigitsMax) {
            out.resize(out.size() - digits);
            out += "[digits]";
        }
        digits = 0;
    };
    for (const char c : text.substr(0, kTextMax)) {
        if (c >= '0' && c <= '9') {
            ++digits;
        } else {
            end_run();
        }
        out.push_back(c >= ' ' && c <= '~' ? c : '?');
    }
    end_run();
    return out;
}

std::unique_ptr<Log> Log::to_stdout(std::string service) {
    return std::unique_ptr<Log>(
        new Log(std::move(service), plain(std::make_shared<spdlog::sinks::stdout_sink_mt>())));
}

absl::StatusOr<std::unique_ptr<Log>> Log::to_file(std::string service, const std::string& file) {
    try {
        return std::unique_ptr<Log>(new Log(
            std::move(service), plain(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file))));
    } catch (const spdlog::spdlog_ex& error) {
        return absl::FailedPreconditionError(fmt::format("log file {}: {}", file, error.what()));
    }
}

std::unique_ptr<Log> Log::to_nowhere() {
    return std::unique_ptr<Log>(
        new Log("none", plain(std::make_shared<spdlog::sinks::null_sink_mt>())));
}

Log::Log(std::string service, std::shared_ptr<spdlog::logger> sink)
    : service_(std::move(service)), sink_(std::move(sink)) {}
Log::~Log() { sink_->flush(); }

void Log::write(Level level, LogText text, const LogFields& fields) {
    std::string line = "{";
    append_json(line, "ts", time_text());
    append_json(line, "level", name_of(level));
    append_json(line, "msg", text.text());
    if (fields.trace != nullptr) {
        append_json(line, "trace_id", fields.trace->trace_id);
        append_json(line, "span_id", fields.trace->span_id);
    }
    append_json(line, "service", service_);
    append_json(line, "institution_id", id_text(fields.institution_id));
    append_json(line, "event_id", id_text(fields.event_id));
    append_json(line, "code", redact(fields.code));
    line.push_back('}');
    sink_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void Log::flush() { sink_->flush(); }

}  // namespace yilian::observe
