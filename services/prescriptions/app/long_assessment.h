#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/prescriptions/app/change.h"
#include "services/prescriptions/domain/long_rules.h"
#include "services/prescriptions/store/rows.h"

// Long prescriptions: assessment and its record (prescriptions.md 5.1).
namespace yilian::prescriptions::app {

// What the registry answered when it was asked beside the copy of its events.
struct OwnerAnswer {
    bool answered = false;
    std::vector<domain::ControlEvidence> statuses;
};

struct LongAsk {
    std::string resident_id;
    std::string disease_code;
    std::int32_t days = 0;  // 0 = rx.long.default_days
    std::vector<std::string> drug_codes;
    bool patient_confirmed = false;
    std::string doctor_id;
    std::string institution_id;  // of the doctor
};

// Whether the copy cannot answer by itself: nothing is known, or what is known would be refused for
// its age or a stay, and a later visit may not have arrived.
[[nodiscard]] bool must_ask_registry(storage::Transaction& tx, const policy::Pack& pack,
                                     std::string_view resident_id, std::string_view disease_code,
                                     domain::CivilDate today);

// The reasons of AssessLong; DEPENDENCY_UNAVAILABLE when the registry had to be asked and did not
// answer; NOT_FOUND for a resident or drug (metadata) that is not known.
[[nodiscard]] Outcome<domain::LongDecision> assess_long(storage::Transaction& tx,
                                                        const policy::Pack& pack,
                                                        const LongAsk& ask, domain::CivilDate today,
                                                        const OwnerAnswer& answer);

// The same, recorded.
[[nodiscard]] Outcome<store::Eligibility> record_long(Work& work, const LongAsk& ask,
                                                      const OwnerAnswer& answer);

// What was recorded no longer holds and is to be assessed again: for every disease of a family, or
// for all when it is empty. The next assessment counts as the first.
void end_eligibility(Work& work, std::string_view resident_id, std::string_view disease_code,
                     std::string_view reassess_reason);
// A stay in hospital ends what was shown before its discharge.
void stay_ends_eligibility(Work& work, std::string_view resident_id,
                           std::optional<domain::CivilDate> discharged_on);

}  // namespace yilian::prescriptions::app
