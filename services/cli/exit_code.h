#pragma once

#include <stdexcept>
#include <string>

namespace yilian::cli {

// Exit codes of all commands (billing.md 16.1; services/cli/README.md).
enum ExitCode : int {
    kExitGood = 0,
    kExitFailed = 1,  // checks failed, rows refused, a service not SERVING
    kExitUsage = 2,
    kExitParameters = 3,  // rules, packs or a run file refused
    kExitUnreadable = 4,  // an input cannot be read, a service or broker not reached
    kExitStrict = 5,
    kExitUnwritable = 6,  // an output cannot be written
    kExitInvariant = 7,
};

// Ends a command: main prints "yilian: " and the text in one line and exits with the code. Only the
// command line uses it; what is computed below it answers refusals and statuses.
class CommandFailed : public std::runtime_error {
  public:
    CommandFailed(ExitCode code, const std::string& text) : std::runtime_error(text), code_(code) {}
    [[nodiscard]] ExitCode code() const { return code_; }

  private:
    ExitCode code_;
};

}  // namespace yilian::cli
