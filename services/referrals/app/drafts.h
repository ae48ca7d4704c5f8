#pragma once

#include <string>
#include <string_view>

#include "services/referrals/app/work.h"
#include "yilian/referrals/v1/types.pb.h"

// Rows 1 to 3: drafts, made by a clinician or on the advice of a registry.
namespace yilian::referrals::app {

struct NewReferral {
    std::string referral_id;  // "" lets the service make one
    std::string resident_id;
    v1::ReferralContent content;
    std::string chain_id;
    std::string advice_action_id;
};
// RESIDENT_NOT_FOUND, RESIDENT_DECEASED, DIRECTION_DISABLED, KIND_DISABLED, ALREADY_EXISTS. An
// emergency may be of a resident nobody knows (a temporary id).
[[nodiscard]] Outcome<domain::Referral> create_referral(Work& work, const NewReferral& request);

// DIRECTION_DISABLED, KIND_DISABLED and the refusals of load_for.
[[nodiscard]] Outcome<domain::Referral> update_draft(Work& work, std::string_view referral_id,
                                                     std::string_view etag,
                                                     v1::ReferralContent content);
[[nodiscard]] Outcome<domain::Referral> discard_draft(Work& work, std::string_view referral_id,
                                                      std::string_view etag);

// What a registry asks for.
struct Advice {
    std::string action_id{};     // ReferralAdvised
    std::string enrolment_id{};  // ConfirmationRequested; kept for both
    std::string resident_id{};
    std::string team_id{};
    std::string institution_id{};  // "" = that of the team
    bool urgent = false;
};
// One draft for each care action, and for each enrolment that waits for its confirmation. `cause`
// names the asking record; the draft's id follows from it. Does nothing for the deceased.
void draft_on_advice(Work& work, const Advice& advice, std::string_view cause, Instant caused_at,
                     const Rules& rules);

// The draft of a green channel's case: direction EMERGENCY, of the caller's institution, whatever
// the district has enabled.
void draft_for_case(Work& work, std::string_view referral_id, std::string_view resident_id,
                    const Rules& rules);
// Its patient got a name.
void name_patient(Work& work, std::string_view referral_id, std::string_view temporary_id,
                  std::string_view resident_id, const Rules& rules);

// Refuses residents who are unknown (unless `emergency`) or dead.
[[nodiscard]] Outcome<Allowed> check_resident(Work& work, std::string_view resident_id,
                                              bool emergency);

}  // namespace yilian::referrals::app
