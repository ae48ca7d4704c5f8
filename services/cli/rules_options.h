#pragma once

#include <functional>

#include "services/cli/drg_group.h"
#include "services/cli/drg_lint.h"
#include "services/cli/pack.h"

namespace CLI {
class App;
}  // namespace CLI

namespace yilian::cli {

// Options of `yilian drg group`, `yilian drg lint`, `yilian pack sign` and `yilian pack verify`.
class RulesOptions {
  public:
    using Action = std::function<int()>;
    // What makes a command under another one: name, what it does, examples.
    using MakeCommand = std::function<CLI::App*(CLI::App&, const char*, const char*, const char*)>;
    // What is called when the command was chosen.
    using On = std::function<void(CLI::App*, Action)>;

    void add(CLI::App& app, const MakeCommand& make, const On& on);

  private:
    void add_drg(CLI::App& app, const MakeCommand& make, const On& on);
    void add_pack(CLI::App& app, const MakeCommand& make, const On& on);

    DrgGroupArgs group_;
    DrgLintArgs lint_;
    bool lint_json_ = false;
    PackSignArgs sign_;
    PackVerifyArgs verify_;
};

}  // namespace yilian::cli
