#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/referrals/domain/slots.h"
#include "services/referrals/domain/submit.h"

// Offers, pools, slots and holds.
namespace yilian::referrals::store {

[[nodiscard]] std::optional<domain::Offer> offer(storage::Transaction& tx,
                                                 std::string_view offer_id);
// By id.
[[nodiscard]] std::vector<domain::Offer> offers_of(storage::Transaction& tx,
                                                   std::string_view institution_id);
void save(storage::Transaction& tx, const domain::Offer& offer);

[[nodiscard]] std::optional<domain::Pool> pool(storage::Transaction& tx, std::string_view pool_id);
void save(storage::Transaction& tx, const domain::Pool& pool);

[[nodiscard]] std::optional<domain::Slot> slot(storage::Transaction& tx, std::string_view slot_id);
// The classes of one span of time, in their order.
[[nodiscard]] std::vector<domain::Slot> group(storage::Transaction& tx, std::string_view group_id);
[[nodiscard]] domain::Slot slot_of(const storage::Row& row);
// A new one, whose id is not taken; costs no round trip.
void add(storage::Transaction& tx, const domain::Slot& slot);
// Conditional on `changes`, like holds and referrals.
void save(storage::Transaction& tx, const domain::Slot& slot);

[[nodiscard]] std::optional<domain::Hold> hold(storage::Transaction& tx, std::string_view hold_id);
void save(storage::Transaction& tx, const domain::Hold& hold);

}  // namespace yilian::referrals::store
