#pragma once

#include <string>
#include <string_view>

#include "services/referrals/app/work.h"

// Rows 21, 24 to 26, 28 and 29: bookings of referrals. Every exit from BOOKED gives the hold back
// in the same transaction (invariant 6).
namespace yilian::referrals::app {

// HOLD_NOT_FOUND, HOLD_EXPIRED, HOLD_NOT_YOURS, QUOTA_CLASS_NOT_ALLOWED, SLOT_IN_PAST.
[[nodiscard]] Outcome<domain::Referral> book_referral(Work& work, std::string_view referral_id,
                                                      std::string_view etag,
                                                      std::string_view hold_id);
[[nodiscard]] Outcome<domain::Referral> rebook_referral(Work& work, std::string_view referral_id,
                                                        std::string_view etag,
                                                        std::string_view hold_id);
// FIELD_REASON_CODE_INVALID. By the sender's side the referral is kept or cancelled, by the
// receiver it goes to the waiting list.
[[nodiscard]] Outcome<domain::Referral> cancel_booking(Work& work, std::string_view referral_id,
                                                       std::string_view etag,
                                                       std::string_view reason_code,
                                                       bool keep_referral);
// BOOKING_NOT_DUE, FIELD_REASON_CODE_INVALID.
[[nodiscard]] Outcome<domain::Referral> record_no_show(Work& work, std::string_view referral_id,
                                                       std::string_view etag,
                                                       std::string_view reason_code);

// Gives the hold of a booked referral back; nothing for others.
void leave_booking(Work& work, domain::Referral& referral, const Rules& rules);
// Row 28: nobody came.
void miss_booking(Work& work, domain::Referral& referral, std::string_view reason_code,
                  const Rules& rules);

}  // namespace yilian::referrals::app
