#pragma once

#include <functional>

#include "services/cli/dip_build.h"
#include "services/cli/dip_score.h"

namespace CLI {
class App;
}  // namespace CLI

namespace yilian::cli {

// Options of `yilian dip build-catalogue` and `yilian dip score` (billing.md 16.3, 16.4).
class DipOptions {
  public:
    using Action = std::function<int()>;
    // What makes a command under another one: name, what it does, examples.
    using MakeCommand = std::function<CLI::App*(CLI::App&, const char*, const char*, const char*)>;
    // What is called when the command was chosen.
    using On = std::function<void(CLI::App*, Action)>;

    void add(CLI::App& app, const MakeCommand& make, const On& on);

  private:
    DipBuildArgs build_;
    DipScoreArgs score_;
};

}  // namespace yilian::cli
