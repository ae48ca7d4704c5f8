#pragma once

#include <string>

#include "services/cli/play/acts.h"
#include "yilian/referrals/v1/types.pb.h"

// What the acts of referrals share.
namespace yilian::cli::play {

// "yilian.referrals.v1.ReferralService/…".
[[nodiscard]] std::string referral_method(const char* name);

// The complete data set of a referral.
[[nodiscard]] referrals::v1::ReferralContent content_of(const Part& part, const ReferralPlan& plan,
                                                        int number);

void close_referral(Part& part, const std::string& id, const Actor& actor, int number,
                    const std::string& outcome, bool informed);

// From the booking to the way back.
void play_care(Part& part, const Step& step, const std::string& referral_id);

}  // namespace yilian::cli::play
