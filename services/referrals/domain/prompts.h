#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "libs/calendar/working_days.h"
#include "services/referrals/domain/referral.h"

// What a worklist reminds of (referrals.md 6). Prompts follow from state, time and pack and change
// nothing: no job has to run for one to appear, and none can be lost.
namespace yilian::referrals::domain {

// Values are those of yilian.referrals.v1.ReferralPrompt.
enum class Prompt {
    kNone,
    kDraftWaiting,
    kRejectionToActOn,
    kRecordOutstanding,
    kReplyLetterDue,
    kLongStay,
};

struct PromptPolicy {
    std::int32_t draft_remind_h = 0;
    std::int32_t rejected_act_working_days = 0;
    std::int32_t record_upload_min = 0;
    std::int32_t reply_letter_h = 0;
    std::int32_t long_stay_days = 0;
};

// In the order of the enum. `has_record`: the sender has uploaded a record. A rejection in a year
// without calendar gives no prompt.
[[nodiscard]] std::vector<Prompt> prompts_of(const Referral& referral, bool has_record, Instant now,
                                             const PromptPolicy& policy,
                                             const calendar::WorkingDays& days);
// The state in which a prompt can stand.
[[nodiscard]] State state_of(Prompt prompt);

}  // namespace yilian::referrals::domain
