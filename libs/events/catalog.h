#pragma once

#include <vector>

#include "google/protobuf/descriptor.h"
#include "libs/events/registry.h"

namespace yilian::events {

// The events.proto of every service. Target yilian_event_catalog links them all.
[[nodiscard]] const std::vector<const google::protobuf::FileDescriptor*>& all_event_files();
// The registry over them, built at first use.
[[nodiscard]] const TypeRegistry& catalog();

}  // namespace yilian::events
