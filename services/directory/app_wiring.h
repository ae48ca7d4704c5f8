#pragma once

#include "libs/runtime/app.h"

namespace yilian::directory {

// Everything the runtime needs to run this service. Secrets it reads: `identity_key` (key ring for
// personal data) and `digest_key` (32 bytes or more, by which documents are found twice).
[[nodiscard]] runtime::ServiceDefinition definition();

}  // namespace yilian::directory
