#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/referrals/app/work.h"
#include "yilian/referrals/v1/types.pb.h"

// Rows 22, 27, 30 and 32 to 35, 44: arrival, care and the letter back.
namespace yilian::referrals::app {

// BOOKING_NOT_DUE: before the day of the booking, after the day of a missed one, or a time in the
// future. Row 44: `admitted_at` of the stay at base, unset means the arrival.
[[nodiscard]] Outcome<domain::Referral> record_arrival(Work& work, std::string_view referral_id,
                                                       std::string_view etag,
                                                       std::optional<Instant> arrived_at,
                                                       std::optional<Instant> admitted_at);
// DOCUMENT_TOO_LARGE, DOCUMENT_HASH_MISMATCH: known under another hash or at another referral.
[[nodiscard]] Outcome<domain::Referral> upload_record(Work& work, std::string_view referral_id,
                                                      std::string_view etag,
                                                      const std::vector<v1::Document>& documents);
struct CareStart {
    std::string encounter_ref;
    bool inpatient = false;
    std::optional<Instant> admitted_at;  // set for a stay
};
// FIELD_INVALID: an admission in the future.
[[nodiscard]] Outcome<domain::Referral> start_care(Work& work, std::string_view referral_id,
                                                   std::string_view etag, const CareStart& start);
// RECEIVER_NOT_OFFERING, OUT_OF_SCOPE, ALREADY_EXISTS. Answers the new draft; it goes on with the
// chain and is sent by the present receiver.
[[nodiscard]] Outcome<domain::Referral> refer_on(Work& work, std::string_view referral_id,
                                                 std::string_view etag,
                                                 std::string_view next_referral_id,
                                                 v1::ReferralContent content);
// REPLY_LETTER_INCOMPLETE (fields in metadata), SIGNATURE_INVALID: the signer does not work at the
// receiver, or signed before the arrival or in the future.
[[nodiscard]] Outcome<domain::Referral> complete_referral(Work& work, std::string_view referral_id,
                                                          std::string_view etag,
                                                          const v1::ReplyLetter& reply,
                                                          std::optional<Instant> ended_at);

// Largest document by reference, 64 MiB (P, no key).
inline constexpr std::int64_t kDocumentBytesMax = std::int64_t{64} * 1024 * 1024;

}  // namespace yilian::referrals::app
