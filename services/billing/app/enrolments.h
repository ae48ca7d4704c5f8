#pragma once

#include <string>

#include "services/billing/app/unit.h"

// Enrolment versions and contract fees that follow from the copies (billing.md 3.1 and 8.5).
namespace yilian::billing::app {

// Draws what is to be known of the resident now, and appends what differs from what was known.
// Books the fees of contracts whose consortium is known. Idempotent; facts may come in any order.
void refresh_resident(Unit& unit, const std::string& resident_id);

// The same for everybody who has a contract with the institution or one managed by it.
void refresh_institution(Unit& unit, const std::string& institution_id);

}  // namespace yilian::billing::app
