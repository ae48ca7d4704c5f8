#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "libs/observe/log.h"
#include "libs/policy/store.h"
#include "libs/policy/yaml/reader.h"
#include "libs/runtime/app.h"
#include "libs/runtime/background.h"
#include "libs/storage/store.h"

namespace yilian::rpc {
class Client;
}

namespace yilian::runtime {

// The packs of one service: those of its folder, and those that were published since, which stand
// in its own database so that it starts without the directory (events.md 6). Thread-safe.
class PolicyPacks {
  public:
    // Id, version, digest: what an announcement names.
    using Identity = std::tuple<std::string, std::int32_t, std::string>;

    // What the packs in use would be together with other documents.
    struct Candidate {
        std::shared_ptr<const policy::PackSet> set;  // null exactly when there are problems
        std::vector<policy::Document> documents;     // those that are not in use yet
        std::vector<std::shared_ptr<const policy::Pack>> packs;  // one of each new digest
        policy::Problems problems;
    };

    PolicyPacks(policy::PolicyStore& policies, storage::Store& store, observe::Log& log)
        : policies_(policies), store_(store), log_(log) {}

    // Folder and database together, once, with the store started. INVALID_ARGUMENT with all that is
    // wrong, a published document that the folder has with another text included.
    [[nodiscard]] absl::Status load(const std::string& folder);

    // Reads the documents beside those in use and changes nothing.
    [[nodiscard]] Candidate with(const std::vector<policy::PackText>& texts) const;
    // Keeps the new documents of a candidate, in the unit that publishes or fetches them.
    static void keep(storage::Transaction& tx, const Candidate& candidate);
    // Takes them into use; after the commit of keep(). Nothing when they are in use already.
    void adopt(const std::vector<policy::PackText>& texts);

    // Now and then: takes what another instance has kept, and asks the directory for announced
    // packs that are not held (`directory` may be null: nobody to ask).
    void start(rpc::Client* directory);
    void stop() { background_.stop(); }

  private:
    void look();
    void take_kept();
    void fetch(const Identity& wanted, const std::string& district);

    policy::PolicyStore& policies_;
    storage::Store& store_;
    observe::Log& log_;
    rpc::Client* directory_ = nullptr;
    std::chrono::steady_clock::time_point next_question_{};
    std::chrono::milliseconds pause_{0};
    std::mutex changing_;
    Background background_;
};

// Consumes PolicyPackPublished: the announcement is kept, the pack is fetched soon after. Adds the
// projection "policy_packs" and check RUN-C07. Every service but the directory calls it.
void follow_policy_packs(Wiring& wiring);

}  // namespace yilian::runtime
