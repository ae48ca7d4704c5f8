#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/calendar/civil_date.h"
#include "services/referrals/domain/criteria.h"
#include "services/referrals/domain/referral_table.h"
#include "services/referrals/domain/types.h"

// A referral as the domain sees it. Plain values; texts of clinicians stay in the stored contract
// message and are not needed for any decision but "is it there".
namespace yilian::referrals::domain {

using calendar::CivilDate;

struct Diagnosis {
    std::string code;
    bool is_main = false;
};

// What the sender wrote, as far as decisions read it (minimum data set of referrals.md 2).
struct Content {
    Direction direction = Direction::kNone;
    Kind kind = Kind::kNone;
    Priority priority = Priority::kNone;
    std::string sender_department_code;
    std::string sender_practitioner_id;
    std::string receiver_institution_id;
    std::string receiver_department_code;
    std::vector<Diagnosis> diagnoses;
    std::string reason_code;
    bool has_chief_complaint = false;
    bool has_present_illness = false;
    bool has_past_history = false;
    Facts facts;  // measurements
    std::vector<std::string> drug_codes;
    std::optional<Instant> consent_given_at;
    ConsentMethod consent_method = ConsentMethod::kNone;
    bool beyond_county = false;
    std::string beyond_county_reason_code;
    std::vector<std::string> document_ids;
    std::string plan_document_id;
    std::optional<CivilDate> follow_up_on;
    std::string override_reason_code;

    // Code of the main diagnosis, "" when not exactly one is marked.
    [[nodiscard]] std::string main_diagnosis() const;
};

// One attempt at one receiver.
struct Task {
    std::string task_id;
    std::int32_t hop = 0;  // 0 at the first receiver
    bool down = false;     // asks a base institution to take the patient back
    std::string receiver_institution_id;
    std::string receiver_department_code;
    TaskOutcome outcome = TaskOutcome::kNone;
    std::string reviewer_id;
    Instant opened_at{};
    std::optional<Instant> due_at;
    std::optional<Instant> decided_at;
};

// The way back to the base institution, from its proposal on.
struct DownLeg {
    std::string from_institution_id;
    std::string to_institution_id;
    std::string consortium_id;
    std::vector<std::string> disease_codes;
    std::vector<std::string> drug_codes;
    std::string plan_document_id;
    std::optional<CivilDate> first_follow_up_on;  // empty: the pack's days after acceptance
    std::string override_reason_code;
    Instant proposed_at{};
    std::optional<Instant> accepted_at;
    std::optional<Instant> arrived_at;
    std::optional<Instant> admitted_at;
};

// What the base institution owes after it has taken the patient back.
struct FollowUp {
    std::string order_id;
    std::string team_id;
    CivilDate due_on;
    std::vector<std::string> disease_codes;
    std::string plan_document_id;
    std::string done_visit_id;
    std::optional<Instant> done_at;
    bool voided = false;  // the visit was voided afterwards
};

struct Referral {
    std::string referral_id;
    std::string number;        // "" before submit
    std::int64_t changes = 0;  // version; the etag is made of it
    State state = State::kNone;
    Instant state_since{};
    std::string reason_code;  // of the present state
    std::string resident_id;
    std::string original_resident_id;  // before a merge; "" when none
    std::string chain_id;
    Content content;
    std::string stored_content;  // yilian.referrals.v1.ReferralContent, serialised
    std::string sender_institution_id;
    std::string contract_id;
    std::string team_id;
    std::string consortium_id;
    std::string advice_action_id;
    std::string enrolment_id;
    std::string main_diagnosis_code;  // as submitted
    bool beyond_county = false;       // stated by the sender, confirmed by the receiver
    std::string criteria;             // yilian.referrals.v1.CriteriaResult, serialised
    std::string advice;
    std::vector<std::string> items_requested;
    std::optional<Instant> info_due_at;
    std::vector<Task> tasks;
    std::string hold_id;
    std::optional<Instant> booked_start_at;  // of the present or last booking
    std::optional<Instant> promise_due_at;
    bool review_escalated = false;
    bool waiting_escalated = false;
    std::optional<Instant> submitted_at;
    std::optional<Instant> accepted_at;
    std::optional<Instant> arrived_at;
    std::optional<Instant> completed_at;
    std::optional<Instant> closed_at;
    std::string encounter_ref;
    bool inpatient = false;
    std::optional<Instant> admitted_at;
    std::string reply;  // yilian.referrals.v1.ReplyLetter, serialised; "" when none
    bool record_late = false;
    std::optional<Instant> care_started_at;
    std::optional<Instant> care_ended_at;  // end of the visit, or discharge
    bool reply_late = false;
    std::optional<DownLeg> down;
    std::optional<FollowUp> follow_up;
    std::string next_referral_id;
    std::string pack_id;
    std::int32_t pack_version = 0;

    // Receiver of the newest attempt of the way up; the base institution of a referral that is
    // nothing but a way down. "" before submit.
    [[nodiscard]] std::string receiver_institution_id() const;
    [[nodiscard]] Task* open_task();
    [[nodiscard]] const Task* last_task() const;
    [[nodiscard]] bool emergency() const { return content.direction == Direction::kEmergency; }
    // Whether care has begun at a receiver of an up-leg.
    [[nodiscard]] bool has_up_leg() const { return completed_at.has_value(); }
};

// Roles of the transition table that an institution has for this referral now.
[[nodiscard]] lifecycle::Set<Role> roles_of(const Referral& referral,
                                            std::string_view institution_id);

// What of the guards is known without a request; decides which actions are shown as allowed.
struct GuardFacts {
    Instant now{};
    std::int32_t max_hops = 0;
    std::int32_t no_show_after_min = 0;
};
[[nodiscard]] bool guard_holds(const Referral& referral, const lifecycle::RowData& row,
                               const GuardFacts& facts);

// Names of the methods that a caller of this institution may call now, in table order.
[[nodiscard]] std::vector<std::string> allowed_actions(const Referral& referral,
                                                       std::string_view institution_id,
                                                       const GuardFacts& facts);

// The row that covers the action for these roles and whose guard holds, else
// STATE_TRANSITION_NOT_ALLOWED with state and action.
[[nodiscard]] Outcome<Allowed> check_action(const Referral& referral, Action action,
                                            lifecycle::Set<Role> roles, const GuardFacts& facts);

}  // namespace yilian::referrals::domain
