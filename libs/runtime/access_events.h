#pragma once

#include <optional>
#include <string>

#include "google/protobuf/message.h"
#include "libs/base/clock.h"
#include "libs/events/event.h"
#include "libs/runtime/command.h"

namespace yilian::runtime {

// AccessRecorded of the service that answers (interop.md 8). Every service has the message
// yilian.<service>.v1.AccessRecorded of one shape, so it is filled here by reflection. Immutable,
// thread-safe.
class AccessEvents {
  public:
    AccessEvents(const std::string& service, std::string district);
    // Nothing when the service has no such message. `id` is that of the audit row.
    [[nodiscard]] std::optional<events::EventDraft> make(const std::string& id,
                                                         const RecordAccess& access,
                                                         const rpc::Caller& caller,
                                                         Instant at) const;

  private:
    const google::protobuf::Message* prototype_ = nullptr;
    std::string district_;
};

}  // namespace yilian::runtime
