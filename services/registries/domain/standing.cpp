#include "services/registries/domain/standing.h"

#include <algorithm>
#include <utility>

namespace yilian::registries::domain {

History fold_history(std::string_view disease_code, std::vector<HistoryEntry> entries,
                     bool has_diabetes_or_ckd, std::optional<CivilDate> confirmed_due_on) {
    History history;
    history.standing.next_due_on = confirmed_due_on;
    std::ranges::sort(entries, [](const HistoryEntry& a, const HistoryEntry& b) {
        return std::pair(a.visit.visit_on, a.visit.visit_id) <
               std::pair(b.visit.visit_on, b.visit.visit_id);
    });
    Standing& standing = history.standing;
    for (const HistoryEntry& entry : entries) {
        Classification c = classify(disease_code, entry.visit,
                                    {.age_years = entry.age_years,
                                     .has_diabetes_or_ckd = has_diabetes_or_ckd,
                                     .unsatisfied_run = standing.unsatisfied_run},
                                    entry.policy);
        standing.last_visit_id = entry.visit.visit_id;
        standing.last_visit_on = entry.visit.visit_on;
        if (c.control_class != ControlClass::kNone) {
            standing.control_class = c.control_class;
            standing.on_goal = c.on_goal;
            standing.unsatisfied_run = c.unsatisfied_run;
            standing.class_visit_id = entry.visit.visit_id;
            standing.class_visit_on = entry.visit.visit_on;
            standing.rule_set_version = c.rule_set_version;
        }
        if (c.next_due_on) standing.next_due_on = c.next_due_on;
        history.classifications.push_back(std::move(c));
    }
    history.entries = std::move(entries);
    return history;
}

}  // namespace yilian::registries::domain
