#pragma once

#include "libs/lifecycle/table.h"
#include "services/registries/domain/enrolment.h"

// The transition table of registries.md 3: legality, allowed actions, the README's table and the
// model test all come from here.
namespace yilian::registries::domain {

enum class EnrolmentAction {
    kRegister,
    kRequestConfirmation,
    kReject,
    kConfirm,
    kImport,
    kRecordVisit,
    kVoidVisit,
    kSuspend,
    kResume,
    kLose,
    kReturn,
    kMove,
    kAcceptTransfer,
    kMoveLapses,
    kRefuse,
    kAgree,
    kDie,
    kClose,
};

enum class EnrolmentRole { kTeam, kDoctor, kTeamLead, kSystem, kIntegration };

inline constexpr lifecycle::Name<EnrolmentState> kEnrolmentStates[] = {
    {EnrolmentState::kCandidate, "CANDIDATE"}, {EnrolmentState::kConfirming, "CONFIRMING"},
    {EnrolmentState::kActive, "ACTIVE"},       {EnrolmentState::kSuspended, "SUSPENDED"},
    {EnrolmentState::kMoved, "MOVED"},         {EnrolmentState::kLost, "LOST"},
    {EnrolmentState::kRefused, "REFUSED"},     {EnrolmentState::kClosed, "CLOSED"}};

// Names are the methods that callers see in allowed_actions; those without one belong to the
// system or to a visit.
inline constexpr lifecycle::Name<EnrolmentAction> kEnrolmentActions[] = {
    {EnrolmentAction::kRegister, "RegisterCandidate"},
    {EnrolmentAction::kRequestConfirmation, "RequestConfirmation"},
    {EnrolmentAction::kReject, "RejectDiagnosis"},
    {EnrolmentAction::kConfirm, "ConfirmEnrolment"},
    {EnrolmentAction::kImport, "ImportEnrolments"},
    {EnrolmentAction::kRecordVisit, "RecordVisit"},
    {EnrolmentAction::kVoidVisit, "VoidVisit"},
    {EnrolmentAction::kSuspend, "SuspendEnrolment"},
    {EnrolmentAction::kResume, "ResumeEnrolment"},
    {EnrolmentAction::kLose, "lose"},
    {EnrolmentAction::kReturn, "return by a visit"},
    {EnrolmentAction::kMove, "MoveEnrolment"},
    {EnrolmentAction::kAcceptTransfer, "AcceptTransfer"},
    {EnrolmentAction::kMoveLapses, "let the move lapse"},
    {EnrolmentAction::kRefuse, "RefuseEnrolment"},
    {EnrolmentAction::kAgree, "ReturnEnrolment"},
    {EnrolmentAction::kDie, "record death"},
    {EnrolmentAction::kClose, "CloseEnrolment"}};

inline constexpr lifecycle::Name<EnrolmentRole> kEnrolmentRoles[] = {
    {EnrolmentRole::kTeam, "team"},
    {EnrolmentRole::kDoctor, "doctor"},
    {EnrolmentRole::kTeamLead, "team lead"},
    {EnrolmentRole::kSystem, "system"},
    {EnrolmentRole::kIntegration, "integration"}};

inline constexpr lifecycle::Set<EnrolmentState> kEnrolmentFinals{EnrolmentState::kClosed};

inline constexpr lifecycle::Set<EnrolmentState> kOpenStates =
    lifecycle::all_of(kEnrolmentStates) - kEnrolmentFinals;

using enum EnrolmentState;
inline constexpr lifecycle::Row<EnrolmentState, EnrolmentAction, EnrolmentRole> kEnrolmentRows[] = {
    {1, {}, EnrolmentAction::kRegister, {kCandidate}, {EnrolmentRole::kTeam, EnrolmentRole::kSystem},
     {"resident alive", "no open enrolment of the disease"}, {"EnrolmentCandidateFound"}},
    {2, {kCandidate}, EnrolmentAction::kRequestConfirmation, {kConfirming}, {EnrolmentRole::kTeam},
     {"referral or visit planned"}, {"ConfirmationRequested"}},
    {3, {kCandidate, kConfirming}, EnrolmentAction::kReject, {kClosed}, {EnrolmentRole::kDoctor},
     {"reason"}, {"EnrolmentClosed"}},
    {4, {kCandidate, kConfirming}, EnrolmentAction::kConfirm, {kActive}, {EnrolmentRole::kDoctor},
     {"diagnosis evidence", "consent"}, {"ResidentEnrolled"}},
    {41, {}, EnrolmentAction::kConfirm, {kActive}, {EnrolmentRole::kDoctor},
     {"diagnosis evidence", "consent", "no open enrolment of the disease"}, {"ResidentEnrolled"}},
    {5, {}, EnrolmentAction::kImport, {kActive}, {EnrolmentRole::kIntegration}, {"source named"},
     {"ResidentEnrolled"}},
    {6, {kActive}, EnrolmentAction::kRecordVisit, {}, {EnrolmentRole::kTeam},
     {"date not in future", "after enrolment", "resident alive"},
     {"VisitRecorded", "VisitClassified"}},
    {7, {kActive}, EnrolmentAction::kVoidVisit, {}, {EnrolmentRole::kTeamLead},
     {"reason", "history recomputed"}, {"VisitVoided"}},
    {8, {kActive}, EnrolmentAction::kSuspend, {kSuspended}, {EnrolmentRole::kTeam}, {"until date"},
     {"EnrolmentSuspended"}},
    {9, {kSuspended}, EnrolmentAction::kResume, {kActive},
     {EnrolmentRole::kTeam, EnrolmentRole::kSystem}, {"until date reached or visit recorded"},
     {"EnrolmentResumed"}},
    {10, {kActive, kSuspended}, EnrolmentAction::kLose, {kLost}, {EnrolmentRole::kSystem},
     {"no visit for registry.lost_after_months"}, {"EnrolmentLost"}},
    {11, {kLost}, EnrolmentAction::kReturn, {kActive}, {EnrolmentRole::kTeam}, {"visit recorded"},
     {"EnrolmentReturned"}},
    {12, {kActive, kSuspended, kLost}, EnrolmentAction::kMove, {kMoved},
     {EnrolmentRole::kTeam, EnrolmentRole::kSystem}, {"target institution known or outside"},
     {"EnrolmentMoved"}},
    {13, {kMoved}, EnrolmentAction::kAcceptTransfer, {kActive}, {EnrolmentRole::kTeam},
     {"history handed over"}, {"EnrolmentTransferred"}},
    {14, {kMoved}, EnrolmentAction::kMoveLapses, {kClosed}, {EnrolmentRole::kSystem},
     {"registry.moved.close_after_days passed, or outside"}, {"EnrolmentClosed"}},
    {15, {kActive, kLost}, EnrolmentAction::kRefuse, {kRefused}, {EnrolmentRole::kTeam},
     {"signed or witnessed"}, {"EnrolmentRefused"}},
    {16, {kRefused}, EnrolmentAction::kAgree, {kActive}, {EnrolmentRole::kTeam}, {"consent"},
     {"EnrolmentReturned"}},
    {17, kOpenStates, EnrolmentAction::kDie, {kClosed},
     {EnrolmentRole::kSystem, EnrolmentRole::kTeam}, {"death date"}, {"EnrolmentClosed"}},
    {18, kOpenStates, EnrolmentAction::kClose, {kClosed}, {EnrolmentRole::kDoctor}, {"reason"},
     {"EnrolmentClosed"}}};

inline constexpr lifecycle::Table kEnrolmentLifecycle{
    "enrolment",     kEnrolmentStates, kEnrolmentFinals,
    kEnrolmentActions, kEnrolmentRoles, kEnrolmentRows};

}  // namespace yilian::registries::domain
