#pragma once

#include "libs/outbox/event_log.h"
#include "libs/runtime/registered.h"
#include "yilian/common/v1/event_log.pb.h"

namespace yilian::runtime {

// EventLogService: the stored events of this service, byte for byte (interop.md 4). `service` is
// the owner's name: integrators may not read `directory`, whose events carry sex and birth date.
void bind_event_log_service(Binder& binder, const std::string& service);

// Both ways of one stored event on the wire.
[[nodiscard]] common::v1::EventEnvelope to_proto(const outbox::StoredEvent& stored);
[[nodiscard]] outbox::StoredEvent from_proto(const common::v1::EventEnvelope& message);

}  // namespace yilian::runtime
