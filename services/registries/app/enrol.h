#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/registries/app/work.h"

// How an enrolment begins, pauses and ends (registries.md 3). Each function is one row or a few of
// the transition table; all work inside the caller's unit. Refusals common to them:
// NOT_FOUND (enrolment), ETAG_MISMATCH, STATE_TRANSITION_NOT_ALLOWED, POLICY_NOT_IN_FORCE.
namespace yilian::registries::app {

struct NewEnrolment {
    std::string enrolment_id;  // chosen by the caller; must not exist
    std::string resident_id;
    std::string disease_code;
    std::string team_id;         // "" = that of the contract
    std::string institution_id;  // "" = that of the contract, else the actor's
};

// Row 1. RESIDENT_NOT_FOUND, RESIDENT_DECEASED, DISEASE_NOT_ENABLED, ENROLMENT_EXISTS.
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
// Row 4, with or without a candidate before it. EVIDENCE_MISSING, CONSENT_MISSING,
// DOCTOR_NOT_QUALIFIED and the refusals of row 1.
[[nodiscard]] Outcome<domain::Enrolment> confirm(Work& work, const Confirmation& command);

// Row 5; `batch_id` for undo. The refusals of row 1.
[[nodiscard]] Outcome<domain::Enrolment> import_confirmed(Work& work, const NewEnrolment& what,
                                                          calendar::CivilDate confirmed_on,
                                                          std::string_view source,
                                                          std::string_view batch_id);
// Whether row 5 would be allowed; writes nothing.
[[nodiscard]] Outcome<Allowed> may_import(Work& work, const NewEnrolment& what,
                                          calendar::CivilDate confirmed_on);

// Rows 3, 14, 17 and 18: the enrolment ends, and with it what is open to be done.
[[nodiscard]] Outcome<domain::Enrolment> close(Work& work, domain::Enrolment enrolment,
                                               domain::EnrolmentAction action,
                                               std::string_view reason_code);

// Row 8; `until` after today.
[[nodiscard]] Outcome<domain::Enrolment> suspend(Work& work, domain::Enrolment enrolment,
                                                 calendar::CivilDate until,
                                                 std::string_view reason_code);
// Row 9.
[[nodiscard]] Outcome<domain::Enrolment> resume(Work& work, domain::Enrolment enrolment);
// Row 10.
[[nodiscard]] Outcome<domain::Enrolment> lose(Work& work, domain::Enrolment enrolment);
// Row 12; an empty target means outside the district, which also closes (row 14).
[[nodiscard]] Outcome<domain::Enrolment> move(Work& work, domain::Enrolment enrolment,
                                              std::string_view to_institution_id);
// Row 13, by the institution of the actor.
[[nodiscard]] Outcome<domain::Enrolment> accept_transfer(Work& work, domain::Enrolment enrolment,
                                                         std::string_view team_id);
// Row 15 and row 16.
[[nodiscard]] Outcome<domain::Enrolment> refuse(Work& work, domain::Enrolment enrolment);
[[nodiscard]] Outcome<domain::Enrolment> agree_again(Work& work, domain::Enrolment enrolment);

// The enrolment, or NOT_FOUND; ETAG_MISMATCH when `etag` is given and is not the present one.
[[nodiscard]] Outcome<domain::Enrolment> find(Work& work, std::string_view id,
                                              std::string_view etag);

}  // namespace yilian::registries::app
