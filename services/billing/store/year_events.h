#pragma once

#include <string>

#include "libs/events/event.h"
#include "services/billing/domain/year_statement.h"
#include "services/billing/store/event_codec.h"

// Facts of the years of pools and consortia.
namespace yilian::billing::store {

[[nodiscard]] events::EventDraft year_point_value_fixed(const Context& context, const RunRow& run,
                                                        const PoolTermsOfYear& terms,
                                                        const PoolYear& year);
[[nodiscard]] events::EventDraft institution_settled(const Context& context, const RunRow& run,
                                                     const PoolYear& year, const MemberYear& member,
                                                     const std::string& statement_sha256);
// `lead` is the key.
[[nodiscard]] events::EventDraft consortium_shared(const Context& context, const RunRow& run,
                                                   const SharedYear& year, std::size_t months,
                                                   const std::string& lead);
// The staff's part of one member's reward.
[[nodiscard]] events::EventDraft surplus_split(const Context& context, const RunRow& run,
                                               const MemberShare& member, bool bound_ok);

}  // namespace yilian::billing::store
