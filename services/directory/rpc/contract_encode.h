#pragma once

#include <string>

#include "libs/policy/store.h"
#include "libs/rpc/caller.h"
#include "services/directory/app/contracts.h"
#include "yilian/directory/v1/contract_service.pb.h"

// Contracts between domain and proto. Transport only.
namespace yilian::directory::rpc_edge {

// What allowed_actions depends on beside the contract.
struct Viewer {
    storage::Transaction& tx;
    const rpc::Caller& caller;
    const policy::PolicyStore& policies;
    const std::string& district;
    Instant now;
};

// With the actions that this caller may take now.
[[nodiscard]] v1::Contract encode(const domain::Contract& contract, const Viewer& viewer);
[[nodiscard]] v1::ContractState state_of(const domain::Contract& contract);

// The names that the domain keeps: "RESIDENT", "MOVED", "E_SIGN"; "" for the zero value.
[[nodiscard]] std::string name_of(v1::ContractParty party);
[[nodiscard]] std::string name_of(v1::ContractEndReason reason);
[[nodiscard]] app::Signature signature_of(const v1::ContractSignature& signature);
// The shares as the domain carries them.
[[nodiscard]] std::string split_bytes(
    const google::protobuf::RepeatedPtrField<v1::PayerShare>& split);

}  // namespace yilian::directory::rpc_edge
