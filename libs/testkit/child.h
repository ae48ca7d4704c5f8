#pragma once

#include <sys/types.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace yilian::testkit {

// A helper program whose standard output the test reads line by line and which it may kill. It dies
// with the thread that started it.
class Child {
  public:
    // `program` stands beside the test program. Aborts the test program when it cannot be started.
    Child(const std::string& program, const std::vector<std::string>& arguments);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    // The next line without its end; nothing at end of output.
    [[nodiscard]] std::optional<std::string> line();
    void kill9();
    // Waits for its end; exit code, or 128 + signal.
    int wait();

  private:
    pid_t pid_ = -1;
    std::FILE* output_ = nullptr;
};

}  // namespace yilian::testkit
