#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/billing/app/unit.h"
#include "services/billing/store/list_rows.h"

// Benefits by year of a resident (billing.md 9). The year is a fold over its lists in the order of
// discharge, so a fact that comes late prices all lists after it again; what changed is booked as a
// difference.
namespace yilian::billing::app {

// The resident's lists that are in force, discharged in the year, merged ids included, in the order
// in which they count.
[[nodiscard]] std::vector<store::ListRow> lists_of_year(Unit& unit, const std::string& surviving,
                                                        int year);

struct ComputedBenefit {
    store::ListRow list;
    store::BenefitRow benefit;
    std::shared_ptr<const policy::Pack> pack;
};
// Benefits of all the lists, which are of one resident and year. Writes nothing. Lists of a day
// without a pack or benefit block have none.
[[nodiscard]] std::vector<ComputedBenefit> compute_year(Unit& unit, const std::string& surviving,
                                                        int year,
                                                        std::vector<store::ListRow> lists);

// Computes the year again, books differences and publishes BenefitComputed where a result changed.
void reprice(Unit& unit, const std::string& resident_id, int year);
// Every year in which the resident has a list.
void reprice_all(Unit& unit, const std::string& resident_id);
// Takes back what is booked for a list that no longer counts.
void unbook(Unit& unit, const store::ListRow& list);

}  // namespace yilian::billing::app
