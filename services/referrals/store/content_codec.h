#pragma once

#include "services/referrals/domain/evidence.h"
#include "services/referrals/domain/referral.h"
#include "services/referrals/domain/submit.h"
#include "yilian/referrals/v1/types.pb.h"

// Contract messages that are kept as they came, read as domain values.
namespace yilian::referrals::store {

[[nodiscard]] domain::Content content_of(const v1::ReferralContent& message);
// Replaces what the sender wrote; the bytes are what is stored.
void set_content(domain::Referral& referral, const v1::ReferralContent& message);
[[nodiscard]] v1::ReferralContent content_message(const domain::Referral& referral);

[[nodiscard]] domain::Offer offer_of(const v1::ServiceOffer& message, std::int64_t changes);
[[nodiscard]] domain::Pool pool_of(const v1::ResourcePool& message, std::int64_t changes);

[[nodiscard]] v1::CriteriaResult to_message(const domain::Criteria& criteria);
[[nodiscard]] v1::ReferralEvidence to_message(const domain::Evidence& evidence);

}  // namespace yilian::referrals::store
