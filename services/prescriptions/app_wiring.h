#pragma once

#include "libs/runtime/app.h"

namespace yilian::prescriptions {

// Everything the runtime needs to run this service.
[[nodiscard]] runtime::ServiceDefinition definition();

}  // namespace yilian::prescriptions
