#pragma once

#include "libs/rpc/caller.h"
#include "libs/runtime/command.h"
#include "services/prescriptions/domain/prescription_table.h"
#include "services/prescriptions/rpc/methods.h"
#include "services/prescriptions/store/rows.h"
#include "yilian/prescriptions/v1/prescription_service.pb.h"

// Domain values as answers. Transport only.
namespace yilian::prescriptions::rpc_edge {

// Who reads, and when; decides allowed_actions and data scope.
struct Reader {
    const rpc::Caller& caller;
    Instant now;
    const policy::PolicyStore& policies;
    const std::string& district;
};

// With its reviews and dispenses, and the actions that this caller may take now.
[[nodiscard]] v1::Prescription encode(storage::Transaction& tx, const domain::Prescription& p,
                                      const Reader& reader);
[[nodiscard]] v1::PrescriptionSummary encode_summary(const domain::Prescription& p);
[[nodiscard]] v1::Claim encode(const domain::Claim& claim);
[[nodiscard]] v1::LongAssessment encode(const store::Eligibility& e);

// What the caller may be in the table of transitions.
[[nodiscard]] lifecycle::Set<domain::Role> roles_of(const rpc::Caller& caller);

// Names of methods that the caller may call on the prescription now, sorted.
[[nodiscard]] std::vector<std::string> allowed_actions(storage::Transaction& tx,
                                                       const domain::Prescription& p,
                                                       const Reader& reader);

// Whether the caller's institution is a party of the prescription: it wrote it, works together with
// the one that did, cares for the resident by contract, dispensed, or may dispense it now. Auditors
// and services read all.
[[nodiscard]] bool may_read(storage::Transaction& tx, const domain::Prescription& p,
                            const Reader& reader);

}  // namespace yilian::prescriptions::rpc_edge
