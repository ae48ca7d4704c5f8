#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace yilian::cli {

// How far the reading of a long input is, on the error stream: a line in ten seconds, on a terminal
// one that moves.
class RowProgress {
  public:
    explicit RowProgress(bool quiet);

    // To be called for every row; cheap.
    void at(std::uint64_t rows, const std::string& file) {
        if (rows >= look_at_) show(rows, file);
    }
    // Another input begins.
    void restart() { look_at_ = first_look(); }
    // Leaves an empty line on a terminal.
    void end() const;

  private:
    [[nodiscard]] std::uint64_t first_look() const { return quiet_ ? UINT64_MAX : 0; }
    void show(std::uint64_t rows, const std::string& file);

    const bool quiet_;
    const bool terminal_;
    std::uint64_t look_at_;  // the clock is not asked for every row
    std::chrono::steady_clock::time_point shown_;
};

}  // namespace yilian::cli
