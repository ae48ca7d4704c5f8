#pragma once

#include <optional>
#include <string>

#include "services/cli/offline.h"

// `yilian dip build-catalogue` (billing.md 16.3): a local DIP catalogue from the cases of the last
// years, offline.
namespace yilian::cli {

struct DipBuildArgs : OfflineArgs {
    std::string procedures;
    // CSV measure,value: coverage, CV, group counts and the groups with CV >= 1.
    std::optional<std::string> quality;
};

// The exit code of billing.md 16.1, or CommandFailed. Memory: the ids of the cases and sixteen
// bytes for each case.
[[nodiscard]] int build_dip_catalogue(const DipBuildArgs& args);

}  // namespace yilian::cli
