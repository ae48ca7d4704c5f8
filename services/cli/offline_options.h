#pragma once

#include <string>

#include "services/cli/capitation.h"
#include "services/cli/offline.h"
#include "services/cli/pool_settle.h"
#include "services/cli/share.h"
#include "services/cli/subcommand.h"

namespace yilian::cli {

// Options of the offline commands `allocate`, `benefit`, `capitation price`, `settle --params` and
// `share` (billing.md 16.5 to 16.9).
class OfflineOptions {
  public:
    void add(CLI::App& app, const MakeCommand& make, const On& on);
    // The options of the offline form of `settle`; it was chosen when settles() says so.
    void add_settle(CLI::App* settle);
    [[nodiscard]] bool settles() const { return !pools_.params.empty(); }
    // Ends with 2 when an option of the offline form is missing.
    [[nodiscard]] int settle() const;

  private:
    void add_capitation(CLI::App& app, const MakeCommand& make, const On& on);

    OfflineArgs allocate_;
    OfflineArgs benefit_;
    CapitationArgs capitation_;
    PoolSettleArgs pools_;
    ShareArgs share_;
};

}  // namespace yilian::cli
