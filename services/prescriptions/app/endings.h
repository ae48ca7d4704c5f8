#pragma once

#include <string_view>

#include "services/prescriptions/app/change.h"
#include "services/prescriptions/domain/prescription_table.h"

// How a prescription ends otherwise than by dispensing: cancel, death, validity, planned instances,
// settlement, closing (rows 18 to 20, 23, 24, 26, 28, 29, 32).
namespace yilian::prescriptions::app {

struct Cancelled {
    domain::Prescription prescription;
    bool with_dispenser = false;  // marked, to be done when it comes back
};
// Rows 18, 19 and 29, by those whom the row of the state names; a parent takes its open instances
// with it. FIELD_REASON_CODE_INVALID, ALREADY_DISPENSED, AUTH_RECORD_ACCESS_DENIED (another
// institution than the prescribing one, or a role that the row does not name).
[[nodiscard]] Outcome<Cancelled> cancel(Work& work, std::string_view id, std::string_view etag,
                                        std::string_view reason_code,
                                        lifecycle::Set<domain::Role> roles);

// Row 32 for everything open of a resident; what is partly dispensed ends with what was given.
void resident_died(Work& work, std::string_view resident_id);

// Timers: row 23, rows 28 and 29, row 26.
void validity_ended(Work& work, domain::Prescription p);
void instance_fell_due(Work& work, domain::Prescription p);
void close_rested(Work& work, domain::Prescription p);

// Row 24, when the copy of the settlement has changed.
void settlement_known(Work& work, std::string_view prescription_id);

// Two records of a resident were one person, or again are two: open records change their resident.
void rekey_resident(Work& work, std::string_view from, std::string_view to);
void split_resident(Work& work, std::string_view from, const std::vector<std::string>& to);

}  // namespace yilian::prescriptions::app
