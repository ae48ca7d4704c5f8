#pragma once

#include <string>
#include <vector>

#include "services/registries/app/steps.h"
#include "services/registries/store/rows.h"

namespace yilian::registries::app {

struct RecordVisit {
    domain::Visit visit;
    std::string data;  // serialised VisitData
};

// Rows 6, 9 and 11 of registries.md 3: records the visit, classifies it for every enrolment that it
// carries data for, does and opens care actions, advises a referral. A visit that is recorded late
// changes the classes after it; actions follow the enrolment's last classified visit, and a late
// one opens only what a danger asks for. Refusals: RESIDENT_NOT_FOUND, VISIT_IN_FUTURE,
// VISIT_AFTER_DEATH, FIELD_RANGE (field and limits), DUPLICATE_VISIT, ENROLMENT_NOT_FOUND,
// VISIT_BEFORE_ENROLMENT, PERFORMER_NOT_IN_TEAM, AUTH_RECORD_ACCESS_DENIED (the caller's
// institution does not care for the resident), POLICY_NOT_IN_FORCE.
[[nodiscard]] Outcome<Allowed> record_visit(Work& work, RecordVisit command);

// Row 7: the visit counts no longer; classes, runs and dates after it are computed anew, what it
// had done is open again. Refusals: NOT_FOUND, ETAG_MISMATCH, STATE_TRANSITION_NOT_ALLOWED (voided
// before), AUTH_RECORD_ACCESS_DENIED, PERIOD_LOCKED (the year of the visit is closed),
// POLICY_NOT_IN_FORCE.
[[nodiscard]] Outcome<Allowed> void_visit(Work& work, const std::string& visit_id,
                                          const std::string& etag, const std::string& reason_code);

// The classes a visit would have, nothing kept. Refusals: RESIDENT_NOT_FOUND,
// ENROLMENT_NOT_FOUND, FIELD_RANGE, POLICY_NOT_IN_FORCE.
struct PreviewedClass {
    std::string enrolment_id;
    std::string disease_code;
    domain::Classification classification;
    domain::BloodPressureGoal goal;
};
[[nodiscard]] Outcome<std::vector<PreviewedClass>> preview(storage::Transaction& tx,
                                                           const policy::PolicyStore& policies,
                                                           const std::string& district,
                                                           const domain::Visit& visit);

}  // namespace yilian::registries::app
