#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace yilian::chaos {

// Runs `work` on a thread that lives until this program ends, and waits for it. Children ask the
// kernel to die with the thread that made them, so whoever starts one from a short-lived thread
// starts it here. What `work` throws comes out again.
void on_lasting_thread(const std::function<void()>& work);

// A program of the platform that a fault test starts, kills and starts again. Dies with the test.
class Process {
  public:
    Process(std::string program, std::vector<std::string> arguments)
        : program_(std::move(program)), arguments_(std::move(arguments)) {}
    ~Process() { kill9(); }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    // With additional environment variables.
    void start(const std::map<std::string, std::string>& environment = {});
    // SIGKILL and wait; nothing when it does not run.
    void kill9();
    // SIGTERM and wait: the exit code.
    int terminate();
    // Has it ended by itself? Then it is reaped.
    [[nodiscard]] bool ended();
    [[nodiscard]] bool started() const { return pid_ > 0; }
    // Of the present life; -1 when it does not run.
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    void launch(char* const* argv, char* const* environment);

    std::string program_;
    std::vector<std::string> arguments_;
    pid_t pid_ = -1;
};

// Free TCP ports of 127.0.0.1, all different.
[[nodiscard]] std::vector<int> free_ports(int count);

}  // namespace yilian::chaos
