#pragma once

#include <string>
#include <vector>

#include "services/billing/app/unit.h"

// Cross-check of lists with dispense events (billing.md 12, family "prescription cross-check").
// Findings never change money.
namespace yilian::billing::app {

// Raises the finding once; a second one for the same rule and record changes nothing.
void raise_finding(Unit& unit, const std::string& rule_id, const std::string& record,
                   const std::vector<std::string>& list_ids, const std::string& institution_id);

// Lists of the month that pay a prescription of which nothing was dispensed.
void raise_paid_without_dispense(Unit& unit, const std::string& period);
// The same for one prescription whose dispense was undone.
void check_undone_dispense(Unit& unit, const std::string& prescription_id);

}  // namespace yilian::billing::app
