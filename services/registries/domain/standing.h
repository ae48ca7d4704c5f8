#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/registries/domain/classification.h"

// How an enrolment stands after its visits: the fold of the classification over the history. The
// same visits give the same standing whatever the order in which they were recorded or voided
// (registries.md 13, invariants 3 and 4).
namespace yilian::registries::domain {

// A visit that counts, with what its classification needs of the day.
struct HistoryEntry {
    Visit visit;
    std::int32_t age_years = 0;  // on the day of the visit
    ClassificationPolicy policy;
};

struct Standing {
    ControlClass control_class = ControlClass::kNone;  // of the last visit that has one
    bool on_goal = false;
    std::int32_t unsatisfied_run = 0;
    std::string class_visit_id;  // that visit
    std::optional<CivilDate> class_visit_on;
    std::string last_visit_id;  // the last visit, also without a class
    std::optional<CivilDate> last_visit_on;
    std::optional<CivilDate> next_due_on;
    std::string rule_set_version;
};

struct History {
    Standing standing;
    std::vector<Classification> classifications;  // one an entry, in the order of `entries` sorted
    std::vector<HistoryEntry> entries;            // by day, then visit id
};

// `confirmed_due_on` is the date the enrolment has before its first classified visit; it stays
// while no visit has one.
[[nodiscard]] History fold_history(std::string_view disease_code, std::vector<HistoryEntry> entries,
                                   bool has_diabetes_or_ckd,
                                   std::optional<CivilDate> confirmed_due_on);

}  // namespace yilian::registries::domain
