#pragma once

#include <any>
#include <optional>
#include <string>

#include "libs/runtime/app.h"
#include "services/billing/domain/evidence.h"

namespace yilian::billing::rpc_edge {

// The stay of a list that names evidence.
struct EvidenceAsk {
    std::string named;  // evidence or referral; "" = none
    std::string institution_id;
    std::string resident_id;
    Instant admitted_at{};
};

// The question of events.md 6 before a list is priced: when the service's own copy does not hold
// the named evidence, `referrals` is asked (VerifyEvidence, 300 ms). Without an answer the stay is
// priced without evidence (BEN_EVIDENCE_MISSING) and differently when the event comes. References
// live as long as the service. Thread-safe.
class EvidenceQuestion {
  public:
    explicit EvidenceQuestion(runtime::Wiring& wiring)
        : store_(wiring.store), peers_(wiring.peers) {}

    // Both do not block and call `then` exactly once, with an Evidence or an empty std::any.
    void ask(const EvidenceAsk& stay, Deadline deadline, runtime::Prepared then) const;
    // For the version in force of a list that is stored.
    void ask_for_list(const std::string& institution_id, const std::string& list_id,
                      Deadline deadline, runtime::Prepared then) const;

  private:
    struct Reading;
    void read(std::shared_ptr<Reading> reading,
              std::function<void(storage::Transaction&, Reading&)> find) const;

    storage::Store& store_;
    rpc::Peers& peers_;
};

// What a question gave, for Unit::told.
[[nodiscard]] std::optional<Evidence> told_of(const std::any& prepared);

}  // namespace yilian::billing::rpc_edge
