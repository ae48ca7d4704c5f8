#pragma once

#include <optional>
#include <string>

#include "services/cli/offline.h"

// `yilian dip score` (billing.md 16.4): groups and scores DIP cases, offline.
namespace yilian::cli {

struct DipScoreArgs : OfflineArgs {
    std::string procedures;
    std::string catalogue;
    std::string institutions;
    std::optional<std::string> coefficients;
    std::optional<std::string> reference;
};

// The exit code of billing.md 16.1, or CommandFailed. Memory: the ids of the cases and the sort
// budget.
[[nodiscard]] int score_dip_cases(const DipScoreArgs& args);

}  // namespace yilian::cli
