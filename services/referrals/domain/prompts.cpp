#include "services/referrals/domain/prompts.h"

#include <chrono>

#include "libs/calendar/local_time.h"

namespace yilian::referrals::domain {
namespace {

// The day of admission is day 1.
bool is_long_stay(const Referral& r, Instant now, std::int32_t long_stay_days) {
    if (!r.inpatient || !r.admitted_at) return false;
    const auto reached = calendar::local_date(*r.admitted_at).plus_days(long_stay_days - 1);
    return calendar::local_date(now) >= reached;
}

}  // namespace

std::vector<Prompt> prompts_of(const Referral& r, bool has_record, Instant now,
                               const PromptPolicy& policy, const calendar::WorkingDays& days) {
    switch (r.state) {
        case State::kDraft:
            if (now >= r.state_since + std::chrono::hours(policy.draft_remind_h)) {
                return {Prompt::kDraftWaiting};
            }
            return {};
        case State::kRejected: {
            const auto due =
                days.end_after_working_days(r.state_since, policy.rejected_act_working_days);
            if (due.ok() && now >= *due) return {Prompt::kRejectionToActOn};
            return {};
        }
        case State::kArrived:
            if (!has_record && r.arrived_at &&
                now > *r.arrived_at + std::chrono::minutes(policy.record_upload_min)) {
                return {Prompt::kRecordOutstanding};
            }
            return {};
        case State::kInCare: {
            // When a stay ends is known with its letter only; a visit ends on its day.
            const bool due = !r.inpatient && r.care_started_at &&
                             now > *r.care_started_at + std::chrono::hours(policy.reply_letter_h);
            if (due) return {Prompt::kReplyLetterDue};
            if (is_long_stay(r, now, policy.long_stay_days)) return {Prompt::kLongStay};
            return {};
        }
        default:
            return {};
    }
}

State state_of(Prompt prompt) {
    switch (prompt) {
        case Prompt::kDraftWaiting:
            return State::kDraft;
        case Prompt::kRejectionToActOn:
            return State::kRejected;
        case Prompt::kRecordOutstanding:
            return State::kArrived;
        case Prompt::kReplyLetterDue:
        case Prompt::kLongStay:
            return State::kInCare;
        case Prompt::kNone:
            break;
    }
    return State::kNone;
}

}  // namespace yilian::referrals::domain
