#pragma once

#include "services/cli/drg_group.h"
#include "services/cli/drg_lint.h"
#include "services/cli/pack.h"
#include "services/cli/subcommand.h"

namespace yilian::cli {

// Options of `yilian drg group`, `yilian drg lint`, `yilian pack sign` and `yilian pack verify`.
class RulesOptions {
  public:
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
