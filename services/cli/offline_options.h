#pragma once

#include <functional>
#include <string>

#include "services/cli/capitation.h"
#include "services/cli/offline.h"
#include "services/cli/pool_settle.h"
#include "services/cli/share.h"

namespace CLI {
class App;
}  // namespace CLI

namespace yilian::cli {

// Options of the offline commands `allocate`, `benefit`, `capitation price`, `settle --params` and
// `share` (billing.md 16.5 to 16.9).
class OfflineOptions {
  public:
    using Action = std::function<int()>;
    // What makes a command under another one: name, what it does, examples.
    using MakeCommand = std::function<CLI::App*(CLI::App&, const char*, const char*, const char*)>;
    // What is called when the command was chosen.
    using On = std::function<void(CLI::App*, Action)>;

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
