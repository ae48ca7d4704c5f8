#include "services/cli/row_progress.h"

#include <unistd.h>

#include <cstdio>

namespace yilian::cli {

RowProgress::RowProgress(bool quiet)
    : quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      look_at_(first_look()),
      shown_(std::chrono::steady_clock::now()) {}

void RowProgress::show(std::uint64_t rows, const std::string& file) {
    constexpr std::uint64_t kRows = 16'384;
    constexpr std::chrono::milliseconds kTerminal{100};
    constexpr std::chrono::seconds kPlain{10};
    look_at_ = rows + kRows;
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < (terminal_ ? std::chrono::steady_clock::duration(kTerminal) : kPlain))
        return;
    shown_ = now;
    std::fprintf(stderr, terminal_ ? "\r\033[K%llu rows of %s" : "%llu rows of %s\n",
                 static_cast<unsigned long long>(rows), file.c_str());
}

void RowProgress::end() const {
    if (terminal_ && !quiet_) std::fputs("\r\033[K", stderr);
}

}  // namespace yilian::cli
