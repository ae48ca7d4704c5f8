#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/registries/app/steps.h"

// How an enrolment begins, pauses and ends (registries.md 3). Each function is one row or a few of
// the transition table; all work inside the caller's unit. Refusals common to them:
// NOT_FOUND (enrolment), ETAG_MISMATCH, STATE_TRANSITION_NOT_ALLOWED, POLICY_NOT_IN_FORCE. Dates
// outside of what they may be are refused with FIELD_RANGE and the field.
namespace yilian::registries::app {

struct NewEnrolment {
    std::string enrolment_id;  // chosen by the caller; must not exist
    std::string resident_id;
    std::string disease_code;
    std::string team_id;         // "" = that of the contract
    std::string institution_id;  // "" = that of the team, of the contract, else the actor's
};

// Row 1. RESIDENT_NOT_FOUND (also merged ones, metadata merged_into), RESIDENT_DECEASED,
// DISEASE_NOT_ENABLED, ENROLMENT_EXISTS, TARGET_NOT_FOUND (a team of another institution).
[[nodiscard]] Outcome<domain::Enrolment> register_candidate(Work& work, const NewEnrolment& what);

// Row 2.
[[nodiscard]] Outcome<domain::Enrolment> request_confirmation(Work& work, std::string_view id,
                                                              std::string_view etag,
                                                              std::string_view via);

struct Confirmation {
    NewEnrolment what;  // resident and disease stay empty for an existing candidate
    std::string etag;
    std::optional<calendar::CivilDate> confirmed_on;  // empty = today
    std::string evidence_ref;
    std::string consent_document_id;
};
// Row 4, with or without a candidate before it. EVIDENCE_MISSING (neither given nor known by a
// referral), CONSENT_MISSING, DOCTOR_NOT_QUALIFIED and the refusals of row 1.
[[nodiscard]] Outcome<domain::Enrolment> confirm(Work& work, const Confirmation& command);

// Row 5; `batch_id` for undo. The refusals of row 1.
[[nodiscard]] Outcome<domain::Enrolment> import_confirmed(Work& work, const NewEnrolment& what,
                                                          calendar::CivilDate confirmed_on,
                                                          std::string_view source,
                                                          std::string_view batch_id);
// Whether row 5 would be allowed; writes nothing.
[[nodiscard]] Outcome<Allowed> may_import(Work& work, const NewEnrolment& what,
                                          calendar::CivilDate confirmed_on);

// Rows 3, 14, 17 and 18: the enrolment ends on a day, and with it what is open to be done.
[[nodiscard]] Outcome<domain::Enrolment> close(Work& work, domain::Enrolment enrolment,
                                               domain::EnrolmentAction action,
                                               std::string_view reason_code,
                                               calendar::CivilDate on);

// Row 8; `until` is today or later.
[[nodiscard]] Outcome<domain::Enrolment> suspend(Work& work, domain::Enrolment enrolment,
                                                 calendar::CivilDate until,
                                                 std::string_view reason_code);
// Row 9.
[[nodiscard]] Outcome<domain::Enrolment> resume(Work& work, domain::Enrolment enrolment);
// Row 10.
[[nodiscard]] Outcome<domain::Enrolment> lose(Work& work, domain::Enrolment enrolment);
// Row 12; an empty target means outside the district, which also closes (row 14).
[[nodiscard]] Outcome<domain::Enrolment> move(Work& work, domain::Enrolment enrolment,
                                              std::string_view to_institution_id,
                                              calendar::CivilDate on);
// Row 13, by the institution of the actor. TARGET_NOT_FOUND (no team of that institution),
// AUTH_RECORD_ACCESS_DENIED (another institution is the target).
[[nodiscard]] Outcome<domain::Enrolment> accept_transfer(Work& work, domain::Enrolment enrolment,
                                                         std::string_view team_id);
// Row 15 and row 16.
[[nodiscard]] Outcome<domain::Enrolment> refuse(Work& work, domain::Enrolment enrolment);
[[nodiscard]] Outcome<domain::Enrolment> agree_again(Work& work, domain::Enrolment enrolment);

// The team of the contract that covers the resident now cares for the open enrolments of its
// institution and for what is open to be done.
void follow_contract(Work& work, const std::string& resident_id, const std::string& team_id,
                     std::string_view institution_id);
// A referral came back with these diagnoses: evidence for enrolments that wait for it.
void keep_confirmation(Work& work, const std::string& resident_id, const std::string& referral_id,
                       const std::vector<std::string>& diagnosis_codes);

// The enrolment, or NOT_FOUND; ETAG_MISMATCH when `etag` is given and is not the present one.
[[nodiscard]] Outcome<domain::Enrolment> find(Work& work, std::string_view id,
                                              std::string_view etag);

}  // namespace yilian::registries::app
