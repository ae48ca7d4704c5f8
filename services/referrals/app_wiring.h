#pragma once

#include "libs/runtime/app.h"

namespace yilian::referrals {

// The whole service for runtime::App.
[[nodiscard]] runtime::ServiceDefinition definition();

}  // namespace yilian::referrals
