#pragma once

#include <string>

#include "services/referrals/tests/referral_site.h"

// What becomes of a critical value of the laboratory that nobody passes on, with the resident r1.
namespace yilian::referrals::testing {

// Number of its events after three quarters of an hour.
[[nodiscard]] std::string escalations_in_an_hour(ReferralSite& site);
// "late" or "in time" when it is closed after a day and a half.
[[nodiscard]] std::string closed_after_a_day_and_a_half(ReferralSite& site);

}  // namespace yilian::referrals::testing
