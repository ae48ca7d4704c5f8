#include "libs/policy/billing_blocks.h"

namespace yilian::policy::billing {

Bands one_band() { return Bands::of({{Rate(), true, std::nullopt, false}}).value(); }

}  // namespace yilian::policy::billing
