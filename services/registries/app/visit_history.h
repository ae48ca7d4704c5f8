#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/registries/app/steps.h"
#include "services/registries/store/rows.h"

// A resident's visits as the classification reads them; internal to app/.
namespace yilian::registries::app {

struct Person {
    store::ResidentCopy resident;
    std::vector<domain::Enrolment> all;
    std::vector<store::StoredVisit> visits;  // not voided
};
// RESIDENT_NOT_FOUND, also for merged ones.
[[nodiscard]] Outcome<Person> load_person(storage::Transaction& tx, std::string_view resident_id);

// Under care for diabetes: the blood-pressure goal may be another one.
[[nodiscard]] bool has_diabetes(const Person& person);

// Whether a visit carries something of the disease, be it not enough for a class.
[[nodiscard]] bool has_any_data(std::string_view disease_code, const domain::Visit& visit);

// The enrolments that receive the visit: those whose data it carries, or all where it carries none
// (a talk by telephone still counts as a visit), confirmed by the day of the visit.
[[nodiscard]] std::vector<domain::Enrolment> concerned(const Person& person,
                                                       const domain::Visit& visit);

[[nodiscard]] std::optional<Refusal> refuse_ranges(const domain::Visit& visit);

// The classification of an enrolment over `visits`, each by the pack of its day.
// POLICY_NOT_IN_FORCE.
[[nodiscard]] Outcome<domain::History> history_of(const policy::PolicyStore& policies,
                                                  const std::string& district,
                                                  const domain::Enrolment& enrolment,
                                                  const Person& person,
                                                  const std::vector<store::StoredVisit>& visits);

[[nodiscard]] const domain::Classification& classification_of(const domain::History& history,
                                                              std::string_view visit_id);
[[nodiscard]] store::VisitClass class_row(const domain::Enrolment& enrolment,
                                          const domain::Classification& classification);

// Opens the action that a classification asks for; answers what was opened.
std::vector<domain::CareAction> open_asked(Work& work, const domain::Enrolment& enrolment,
                                           const domain::Visit& visit,
                                           const domain::Classification& classification);

// Visits whose class moved because another one came or went: kept and told. The last classified
// visit has the action that its class asks for, also when it is the last one only now. `except` is
// a visit that is told by itself.
void tell_reclassified(Work& work, const domain::Enrolment& enrolment,
                       const domain::History& history, std::string_view except, const Rules& rules);

}  // namespace yilian::registries::app
