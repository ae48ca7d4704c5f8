#pragma once

#include "services/cli/dip_build.h"
#include "services/cli/dip_score.h"
#include "services/cli/subcommand.h"

namespace yilian::cli {

// Options of `yilian dip build-catalogue` and `yilian dip score` (billing.md 16.3, 16.4).
class DipOptions {
  public:
    void add(CLI::App& app, const MakeCommand& make, const On& on);

  private:
    DipBuildArgs build_;
    DipScoreArgs score_;
};

}  // namespace yilian::cli
