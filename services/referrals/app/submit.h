#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/referrals/app/work.h"
#include "yilian/referrals/v1/types.pb.h"

// Rows 4 to 7 and 18: from the sender to a receiver, and the criteria of both ways.
namespace yilian::referrals::app {

// RESIDENT_NOT_FOUND, RESIDENT_DECEASED, those of domain::check_submit, DOWN_CRITERIA_NOT_MET.
[[nodiscard]] Outcome<domain::Referral> submit_referral(Work& work, std::string_view referral_id,
                                                        std::string_view etag);
// NOTHING_CHANGED and those of domain::check_submit.
[[nodiscard]] Outcome<domain::Referral> resubmit_referral(Work& work, std::string_view referral_id,
                                                          std::string_view etag,
                                                          v1::ReferralContent content);

// Row 5 for the draft of a green channel's case, to the receiver that has acknowledged.
void submit_for_case(Work& work, domain::Referral draft, std::string_view receiver_institution_id,
                     const Rules& rules);

// What is known about the parties of a referral today; `receiver` is the one asked.
[[nodiscard]] domain::Parties parties_of(storage::Transaction& tx, const domain::Referral& referral,
                                         std::string_view receiver_institution_id,
                                         std::string_view main_diagnosis, calendar::CivilDate today,
                                         const Rules& rules);

// Evaluates a pack of criteria ("" = that of the main diagnosis) on the referral's data with what
// the service knows itself (age, sex, advice); `more` replaces inputs. Empty when the district has
// no such pack.
[[nodiscard]] std::optional<domain::Criteria> criteria_of(
    storage::Transaction& tx, const domain::Referral& referral, std::string_view pack_id,
    domain::CriteriaSide side, std::string_view down_to, const domain::Facts& more,
    calendar::CivilDate today, const Rules& rules);

}  // namespace yilian::referrals::app
