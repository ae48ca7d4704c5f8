#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/registries/app/steps.h"

// Care actions that other services' events begin, link and end (registries.md 12), and what their
// timers do.
namespace yilian::registries::app {

// A draft was made from the advice: the action carries its referral.
void link_advice(Work& work, std::string_view action_id, std::string_view referral_id);
// The draft was discarded: the action is open again without a referral.
void unlink_advice(Work& work, std::string_view action_id);
// Care began: the advice is done.
void advice_done(Work& work, std::string_view action_id, std::string_view referral_id);
// The referral ended without care: what is left of the advice is closed.
void advice_ended(Work& work, std::string_view resident_id, std::string_view referral_id,
                  std::string_view reason_code);
// The base took the patient back: one FOLLOW_2W for the referral, on the enrolment that the
// diagnoses belong to. Nothing when the resident has no open enrolment.
void open_follow_up(Work& work, std::string_view resident_id, std::string_view referral_id,
                    std::string_view team_id, const std::vector<std::string>& disease_codes,
                    calendar::CivilDate due_on);
// Kind REASSESS_LONG_RX and its disease: done by an assessment.
void reassessed(Work& work, std::string_view resident_id, std::string_view disease_code,
                std::string_view evidence);

// Timers; nothing for an action that is done. POLICY_NOT_IN_FORCE.
[[nodiscard]] Outcome<Allowed> action_fell_due(Work& work, std::string_view action_id);
[[nodiscard]] Outcome<Allowed> action_became_overdue(Work& work, std::string_view action_id);

}  // namespace yilian::registries::app
