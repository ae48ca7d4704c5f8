#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace yilian::chaos {

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

  private:
    std::string program_;
    std::vector<std::string> arguments_;
    pid_t pid_ = -1;
};

// Free TCP ports of 127.0.0.1, all different.
[[nodiscard]] std::vector<int> free_ports(int count);

}  // namespace yilian::chaos
