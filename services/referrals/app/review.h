#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/referrals/app/work.h"
#include "services/referrals/domain/slots.h"
#include "yilian/referrals/v1/types.pb.h"

// Rows 8 to 17, 19, 20, 23, 42 and 43: what receivers answer, and how a referral ends before care.
namespace yilian::referrals::app {

// TECHNICAL_GRADE_INSUFFICIENT.
[[nodiscard]] Outcome<domain::Referral> accept_referral(Work& work, std::string_view referral_id,
                                                        std::string_view etag,
                                                        bool beyond_county_confirmed);
// ITEMS_EMPTY.
[[nodiscard]] Outcome<domain::Referral> request_information(
    Work& work, std::string_view referral_id, std::string_view etag,
    const std::vector<std::string>& item_codes);
struct Information {
    std::vector<std::string> item_codes;
    std::vector<v1::Measurement> measurements;
    std::vector<std::string> document_ids;
};
// ITEMS_STILL_MISSING.
[[nodiscard]] Outcome<domain::Referral> provide_information(Work& work,
                                                            std::string_view referral_id,
                                                            std::string_view etag,
                                                            const Information& information);
// ADVICE_EMPTY.
[[nodiscard]] Outcome<domain::Referral> return_advice(Work& work, std::string_view referral_id,
                                                      std::string_view etag,
                                                      std::string_view advice);
// HOP_LIMIT_REACHED, REDIRECT_TO_SELF, RECEIVER_NOT_OFFERING.
[[nodiscard]] Outcome<domain::Referral> redirect_referral(Work& work, std::string_view referral_id,
                                                          std::string_view etag,
                                                          std::string_view to_institution_id,
                                                          std::string_view to_department_code,
                                                          std::string_view reason_code);
// FIELD_REASON_CODE_INVALID.
[[nodiscard]] Outcome<domain::Referral> reject_referral(Work& work, std::string_view referral_id,
                                                        std::string_view etag,
                                                        std::string_view reason_code);
[[nodiscard]] Outcome<domain::Referral> change_priority(Work& work, std::string_view referral_id,
                                                        std::string_view etag,
                                                        domain::Priority priority,
                                                        std::string_view reason_code);
[[nodiscard]] Outcome<domain::Referral> withdraw_referral(Work& work, std::string_view referral_id,
                                                          std::string_view etag,
                                                          std::string_view reason_code);
// The alert of its case was called off: the draft is discarded, what was sent is cancelled; a
// patient who has arrived stays.
void end_with_case(Work& work, std::string_view referral_id, std::string_view reason_code,
                   const Rules& rules);
[[nodiscard]] Outcome<domain::Referral> cancel_referral(Work& work, std::string_view referral_id,
                                                        std::string_view etag,
                                                        std::string_view reason_code);
[[nodiscard]] Outcome<domain::Referral> waitlist_referral(Work& work, std::string_view referral_id,
                                                          std::string_view etag);
// FIELD_REASON_CODE_INVALID after a no-show; STATE_TRANSITION_NOT_ALLOWED after a rejection that
// the patient was not told of.
[[nodiscard]] Outcome<domain::Referral> close_referral(Work& work, std::string_view referral_id,
                                                       std::string_view etag,
                                                       std::string_view outcome_code,
                                                       bool patient_informed);

// Row 42, by ResidentDeceased.
void end_by_death(Work& work, domain::Referral referral, const Rules& rules);
// What the time of the state brings: rows 3, 16, 17, 23, 28, 37, 41.
void state_time_passed(Work& work, domain::Referral referral, const Rules& rules);

// Who waits at the receiver for this kind of place, in the order of service.
[[nodiscard]] std::vector<domain::Waiting> waiting_list(storage::Transaction& tx,
                                                        std::string_view receiver_institution_id,
                                                        domain::Kind kind, Instant now,
                                                        const Rules& rules);

// Place in the receiver's queue for this kind of referral, from 1; 0 when not waiting.
[[nodiscard]] std::int32_t waiting_position(storage::Transaction& tx,
                                            const domain::Referral& referral, Instant now,
                                            const Rules& rules);

}  // namespace yilian::referrals::app
