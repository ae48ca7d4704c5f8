#pragma once

#include <memory>
#include <string>

#include "libs/runtime/app.h"
#include "services/prescriptions/app/change.h"
#include "services/prescriptions/app/keys.h"

namespace yilian::prescriptions::rpc_edge {

// What the methods share; lives as long as the wiring.
struct Env {
    std::string district;
    storage::Store& store;
    const Clock& clock;
    const policy::PolicyStore& policies;
    rpc::Peers& peers;
    app::SignerKeys signers;
    app::ClaimSecrets secrets;
};
using EnvPtr = std::shared_ptr<const Env>;

[[nodiscard]] std::string method(std::string_view name);

// A unit of work of a command, acting for its caller.
[[nodiscard]] app::Work work_of(runtime::CommandContext& context, const Env& env);

// Bind every method of PrescriptionService and DrugCatalogueService.
void bind_prescribing(runtime::Binder& binder, const EnvPtr& env);
void bind_dispensing(runtime::Binder& binder, const EnvPtr& env);
void bind_long(runtime::Binder& binder, const EnvPtr& env);
void bind_reads(runtime::Binder& binder, const EnvPtr& env);
void bind_catalogue(runtime::Binder& binder, const EnvPtr& env);

}  // namespace yilian::prescriptions::rpc_edge
