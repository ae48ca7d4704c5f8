#pragma once

#include "services/referrals/app/work.h"
#include "services/referrals/domain/slots.h"
#include "yilian/referrals/v1/types.pb.h"

// Domain values as answers. Transport only.
namespace yilian::referrals::rpc_edge {

// With hold, documents, place in the queue and what this institution may do now, read in the same
// transaction.
[[nodiscard]] v1::Referral encode(storage::Transaction& tx, const domain::Referral& referral,
                                  std::string_view institution_id, Instant now,
                                  const app::Rules& rules);
[[nodiscard]] v1::ServiceOffer encode(const domain::Offer& offer);
[[nodiscard]] v1::ResourcePool encode(const domain::Pool& pool);
[[nodiscard]] v1::Slot encode(const domain::Slot& slot);
[[nodiscard]] v1::Hold encode(const domain::Hold& hold);

// Until when the next answer of anybody is due, for lists.
[[nodiscard]] std::optional<Instant> due_of(const domain::Referral& referral,
                                            const app::Rules& rules,
                                            const calendar::WorkingDays& days);

}  // namespace yilian::referrals::rpc_edge
