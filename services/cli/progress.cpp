#include "services/cli/progress.h"

#include <unistd.h>

#include <ostream>

#include "fmt/format.h"

namespace yilian::cli {
namespace {

constexpr int kBar = 30;
constexpr std::chrono::milliseconds kTerminal{100};
constexpr std::chrono::seconds kPlain{10};

}  // namespace

Progress::Progress(std::ostream& out, bool terminal, std::int64_t total)
    : out_(out), terminal_(terminal), total_(total > 0 ? total : 1) {}

void Progress::show(std::int64_t done, const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    const auto pause = terminal_ ? std::chrono::steady_clock::duration(kTerminal) : kPlain;
    if (now - shown_ < pause && done < total_) return;
    shown_ = now;
    const std::int64_t percent = done * 100 / total_;
    if (!terminal_) {
        out_ << fmt::format("{:>3} % {}\n", percent, what);
        out_.flush();
        return;
    }
    const auto filled = static_cast<std::size_t>(done * kBar / total_);
    out_ << fmt::format("\r\033[K[{:#<{}}{:.<{}}] {:>3} % {}", "", filled, "",
                        static_cast<std::size_t>(kBar) - filled, percent, what);
    out_.flush();
    open_ = true;
}

void Progress::finish() {
    if (open_) out_ << "\n";
    open_ = false;
}

bool on_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

}  // namespace yilian::cli
