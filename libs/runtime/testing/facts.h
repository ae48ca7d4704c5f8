#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "google/protobuf/message.h"
#include "libs/base/ulid.h"
#include "libs/events/event.h"
#include "libs/runtime/app.h"

// Facts of other services, told to the one under test.
namespace yilian::runtime {

// The envelope in which its owner would publish an event message, with the district as its context.
// `sequences` counts the events of each subject; the owner follows from the message's event option.
[[nodiscard]] events::Envelope fact_envelope(const google::protobuf::Message& message,
                                             const std::string& district, IdSource& ids,
                                             std::map<std::string, std::int64_t>& sequences,
                                             Instant now);

// Returns when the service has applied the event; a test failure when `until` passes before.
void wait_until_applied(App& app, const events::Envelope& event,
                        std::chrono::steady_clock::time_point until);

}  // namespace yilian::runtime
