#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/referrals/app/work.h"

// Rows 36 and 38 to 40: the way back to the base institution and its follow-up.
namespace yilian::referrals::app {

struct DownProposal {
    std::string to_institution_id;  // "" = the sender
    std::vector<std::string> disease_codes;
    std::vector<std::string> drug_codes;
    std::string plan_document_id;
    std::optional<calendar::CivilDate> first_follow_up_on;
    std::string override_reason_code;
    domain::Facts facts;  // inputs of the down criteria
};
// FIELD_INVALID: no drugs in the proposal nor in the reply letter. DOWN_CRITERIA_NOT_MET: a down
// criterion was answered with "no" and no reason overrides it.
[[nodiscard]] Outcome<domain::Referral> propose_down(Work& work, std::string_view referral_id,
                                                     std::string_view etag,
                                                     const DownProposal& proposal);

struct DownAnswer {
    bool accept = false;
    std::vector<std::pair<std::string, bool>> drugs;  // code, available
    std::string reason_code;
};
// DRUG_AVAILABILITY_NOT_ANSWERED (drugs in metadata), FIELD_REASON_CODE_INVALID.
[[nodiscard]] Outcome<domain::Referral> answer_down(Work& work, std::string_view referral_id,
                                                    std::string_view etag,
                                                    const DownAnswer& answer);

// VISIT_NOT_FOUND, VISIT_OF_OTHER_RESIDENT.
[[nodiscard]] Outcome<domain::Referral> record_follow_up(Work& work, std::string_view referral_id,
                                                         std::string_view etag,
                                                         std::string_view visit_id);
// Row 40 by the system: a visit that names the referral.
void follow_up_by_visit(Work& work, std::string_view referral_id, std::string_view resident_id,
                        std::string_view visit_id, calendar::CivilDate visit_on,
                        const Rules& rules);
// The visit that did the follow-up was voided: the order says so, the state stays.
void visit_voided(Work& work, std::string_view visit_id, const Rules& rules);

}  // namespace yilian::referrals::app
