#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/prescriptions/app/change.h"

// The pharmacist's part (rows 8 to 10). Common to all: REVIEWER_NOT_QUALIFIED (no right at this
// institution), REVIEWER_IS_PRESCRIBER, AUTH_RECORD_ACCESS_DENIED (neither of the house nor of the
// consortium of the prescribing institution).
namespace yilian::prescriptions::app {

// STATE_TRANSITION_NOT_ALLOWED also while a DOUBLE_SIGN finding waits for the doctor's second
// signature.
[[nodiscard]] Outcome<domain::Prescription> review_pass(Work& work, std::string_view id,
                                                        std::string_view etag);

// FIELD_REASON_CODE_INVALID.
[[nodiscard]] Outcome<domain::Prescription> review_return(Work& work, std::string_view id,
                                                          std::string_view etag,
                                                          std::string_view reason_code,
                                                          std::vector<std::string> rule_ids);
[[nodiscard]] Outcome<domain::Prescription> review_refuse(Work& work, std::string_view id,
                                                          std::string_view etag,
                                                          std::string_view reason_code);

// Whether an institution works together with the prescribing one: itself, the house, the
// consortium.
[[nodiscard]] bool works_with(storage::Transaction& tx, std::string_view institution_id,
                              std::string_view prescribing_institution_id, domain::CivilDate today);

}  // namespace yilian::prescriptions::app
