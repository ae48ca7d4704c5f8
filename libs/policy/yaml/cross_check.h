#pragma once

#include "libs/policy/yaml/lay.h"

namespace yilian::policy {

// Rules between keys: the slot quotas add up to 10000 (POLICY_WEIGHTS_SUM), a lower limit is not
// above its upper limit, required team roles are allowed ones (POLICY_VALUE).
void cross_check(const KeysOnDay& keys, Problems& problems);

}  // namespace yilian::policy
