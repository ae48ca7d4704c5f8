#pragma once

#include "libs/runtime/app.h"

namespace yilian::billing {

// Everything the runtime needs to run this service. Setting `rules_dir` (optional): the folder that
// holds one folder for each rule pack; without it services/billing/rules of the tree that
// `policies_dir` lies in.
[[nodiscard]] runtime::ServiceDefinition definition();

}  // namespace yilian::billing
