#pragma once

#include <string>

#include "libs/runtime/app.h"

namespace yilian::referrals::rpc_edge {

// The question of events.md 6 before a submit: when the service's own copy has no contract of the
// resident today, `directory` is asked (GetContractStatus, 200 ms). Without an answer the resident
// counts as not contracted. Gives a store::ContractCopy, or an empty std::any. References live as
// long as the service. Thread-safe.
class ContractQuestion {
  public:
    explicit ContractQuestion(runtime::Wiring& wiring)
        : store_(wiring.store), clock_(wiring.clock), peers_(wiring.peers) {}

    // Does not block; calls `then` exactly once.
    void ask(const std::string& referral_id, Deadline deadline, runtime::Prepared then) const;

  private:
    storage::Store& store_;
    const Clock& clock_;
    rpc::Peers& peers_;
};

}  // namespace yilian::referrals::rpc_edge
