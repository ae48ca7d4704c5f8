#pragma once

#include <string>

#include "nlohmann/json.hpp"
#include "tests/functional/platform.h"

// The five services in the test's process and the real program `yilian` beside them.
namespace yilian::functional {

struct Ran {
    int code = -1;
    std::string out;
    std::string err;
    // Fails the test when the output is no JSON.
    [[nodiscard]] nlohmann::ordered_json json() const;
};

[[nodiscard]] std::string read_file(const std::string& path);

class CliSite {
  public:
    static constexpr const char* kDistrict = "350104";

    // The clock starts on 2026-01-01; run.json and the operator's token are there.
    CliSite();

    // Runs `yilian ARGUMENTS` (a shell's words) in this run.
    [[nodiscard]] Ran run(const std::string& arguments) const;
    // Writes a file of the test and answers its path.
    std::string file(const std::string& name, const std::string& text) const;

    Platform platform;
    const std::string folder;

  private:
    void write_run_file();
};

}  // namespace yilian::functional
