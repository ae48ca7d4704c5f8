#pragma once

#include "services/registries/domain/enrolment.h"
#include "yilian/registries/v1/types.pb.h"

// Enumerations between domain and proto; both sides are closed sets with the same names.
namespace yilian::registries::store {

[[nodiscard]] v1::EnrolmentState to_proto(domain::EnrolmentState value);
[[nodiscard]] v1::ControlClass to_proto(domain::ControlClass value);
[[nodiscard]] v1::CareActionKind to_proto(domain::ActionKind value);
[[nodiscard]] v1::CareActionState to_proto(domain::CareActionState value);
[[nodiscard]] v1::Urgency to_proto(domain::Urgency value);
[[nodiscard]] v1::VisitMode to_proto(domain::VisitMode value);

}  // namespace yilian::registries::store
