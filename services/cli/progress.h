#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace yilian::cli {

// Shows how far long work is: a bar that moves on a terminal, plain lines elsewhere, at most one in
// ten seconds.
class Progress {
  public:
    Progress(std::ostream& out, bool terminal, std::int64_t total);
    void show(std::int64_t done, const std::string& what);
    // Ends the bar's line.
    void finish();

  private:
    std::ostream& out_;
    const bool terminal_;
    const std::int64_t total_;
    std::chrono::steady_clock::time_point shown_{};
    bool open_ = false;
};

// Whether standard output is a terminal.
[[nodiscard]] bool on_terminal();

}  // namespace yilian::cli
