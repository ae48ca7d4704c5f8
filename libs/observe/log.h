#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/observe/trace.h"

namespace spdlog {
class logger;
}

// Logs: one JSON object a line with exactly the fields of operations.md 9: ts, level, msg,
// trace_id, span_id, service, institution_id, event_id, code. Messages are literals; whatever
// varies goes into `code` after redaction. There is no way to log a request, a name or a number of
// a person.
namespace yilian::observe {

// A message: a string literal, so it never carries data.
class LogText {
  public:
    template <std::size_t N>
    // NOLINTNEXTLINE(google-explicit-constructor): literals are the only source.
    consteval LogText(const char (&literal)[N]) : text_(literal, N - 1) {}
    [[nodiscard]] std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

// The fields beside message and time; empty ones are left out.
struct LogFields {
    const Trace* trace = nullptr;
    std::string_view institution_id{};
    std::string_view event_id{};
    std::string_view code{};  // reason code, address, name of a check, error text of a library
};

// Makes text of unknown origin harmless: bytes outside printable ASCII become '?', a run of 8 or
// more digits (identity, insurance, phone numbers, dates of birth) becomes "[digits]", more than
// 300 characters are cut.
[[nodiscard]] std::string redact(std::string_view text);

// Thread-safe. Lines of a process do not interleave.
class Log {
  public:
    enum class Level { kInfo, kWarning, kError };

    // Standard output.
    [[nodiscard]] static std::unique_ptr<Log> to_stdout(std::string service);
    // Appends to the file. FAILED_PRECONDITION when it cannot be opened.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<Log>> to_file(std::string service,
                                                                      const std::string& file);
    // Nowhere: for tests of what does not log.
    [[nodiscard]] static std::unique_ptr<Log> to_nowhere();
    ~Log();

    void info(LogText text, const LogFields& fields = {}) { write(Level::kInfo, text, fields); }
    void warning(LogText text, const LogFields& fields = {}) {
        write(Level::kWarning, text, fields);
    }
    void error(LogText text, const LogFields& fields = {}) { write(Level::kError, text, fields); }
    void flush();

  private:
    Log(std::string service, std::shared_ptr<spdlog::logger> sink);
    void write(Level level, LogText text, const LogFields& fields);

    std::string service_;
    std::shared_ptr<spdlog::logger> sink_;
};

}  // namespace yilian::observe
