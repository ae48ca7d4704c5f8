#pragma once

#include "libs/rpc/caller.h"
#include "services/registries/app/record_visit.h"
#include "services/registries/store/rows.h"
#include "yilian/registries/v1/registry_service.pb.h"

// Domain values as answers. Transport only.
namespace yilian::registries::rpc_edge {

// With the actions that this caller may take now.
[[nodiscard]] v1::Enrolment encode(const domain::Enrolment& enrolment, const rpc::Caller& caller);
[[nodiscard]] v1::CareAction encode(const domain::CareAction& action);
// With its classes and the actions it caused and did, read in the same transaction.
[[nodiscard]] v1::Visit encode(storage::Transaction& tx, const store::StoredVisit& visit);
[[nodiscard]] v1::Classification encode(const app::PreviewedClass& preview);
[[nodiscard]] v1::ControlStatus encode_status(const domain::Enrolment& enrolment);
[[nodiscard]] v1::DueItem encode_due(const domain::Enrolment& enrolment, domain::CivilDate today);

}  // namespace yilian::registries::rpc_edge
