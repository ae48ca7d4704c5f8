#pragma once

#include "libs/lifecycle/table.h"

// States of a supervision finding and of a sampled review (billing.md 12) as data.
namespace yilian::billing {

enum class FindingState { kRaised, kAsked, kAnswered, kHearing, kConfirmed, kDismissed, kDeducted };
enum class FindingAction { kRaise, kAsk, kAnswer, kDismiss, kConfirm, kDeduct, kFinal, kWithdraw };
enum class FindingRole { kSupervisor, kInstitution, kSystem };

inline constexpr lifecycle::Name<FindingState> kFindingStates[] = {
    {FindingState::kRaised, "RAISED"},       {FindingState::kAsked, "ASKED"},
    {FindingState::kAnswered, "ANSWERED"},   {FindingState::kHearing, "HEARING"},
    {FindingState::kConfirmed, "CONFIRMED"}, {FindingState::kDismissed, "DISMISSED"},
    {FindingState::kDeducted, "DEDUCTED"}};
inline constexpr lifecycle::Name<FindingAction> kFindingActions[] = {
    {FindingAction::kRaise, "raise"},
    {FindingAction::kAsk, "AskFinding"},
    {FindingAction::kAnswer, "AnswerFinding"},
    {FindingAction::kDismiss, "DecideFinding DISMISS"},
    {FindingAction::kConfirm, "DecideFinding CONFIRM"},
    {FindingAction::kDeduct, "DecideFinding DEDUCT"},
    {FindingAction::kFinal, "DecideFinding FINAL"},
    {FindingAction::kWithdraw, "DecideFinding WITHDRAW"}};
inline constexpr lifecycle::Name<FindingRole> kFindingRoles[] = {
    {FindingRole::kSupervisor, "agency"},
    {FindingRole::kInstitution, "institution"},
    {FindingRole::kSystem, "system"}};
inline constexpr lifecycle::Set<FindingState> kFindingFinals{
    FindingState::kConfirmed, FindingState::kDismissed, FindingState::kDeducted};
inline constexpr lifecycle::Set<FindingState> kFindingOpen{
    FindingState::kRaised, FindingState::kAsked, FindingState::kAnswered};

inline constexpr lifecycle::Row<FindingState, FindingAction, FindingRole> kFindingRows[] = {
    {1,
     {},
     FindingAction::kRaise,
     {FindingState::kRaised},
     {FindingRole::kSystem},
     {"not raised before"},
     {"FindingRaised"}},
    {2,
     kFindingOpen,
     FindingAction::kAsk,
     {FindingState::kAsked},
     {FindingRole::kSupervisor},
     {},
     {}},
    {3,
     kFindingOpen,
     FindingAction::kAnswer,
     {FindingState::kAnswered},
     {FindingRole::kInstitution},
     {},
     {}},
    {4, {FindingState::kHearing}, FindingAction::kAnswer, {}, {FindingRole::kInstitution}, {}, {}},
    {5,
     kFindingOpen,
     FindingAction::kDismiss,
     {FindingState::kDismissed},
     {FindingRole::kSupervisor},
     {},
     {"FindingDecided"}},
    {6,
     kFindingOpen,
     FindingAction::kConfirm,
     {FindingState::kConfirmed},
     {FindingRole::kSupervisor},
     {},
     {"FindingDecided"}},
    {7,
     kFindingOpen,
     FindingAction::kDeduct,
     {FindingState::kHearing},
     {FindingRole::kSupervisor},
     {"names a list and an amount"},
     {"FindingDecided", "TransactionPosted"}},
    {8,
     {FindingState::kHearing},
     FindingAction::kFinal,
     {FindingState::kDeducted},
     {FindingRole::kSupervisor},
     {"hearing over", "not who decided the deduction"},
     {"FindingDecided", "ClawbackBooked", "TransactionPosted"}},
    {9,
     {FindingState::kHearing},
     FindingAction::kWithdraw,
     {FindingState::kDismissed},
     {FindingRole::kSupervisor},
     {},
     {"FindingDecided", "TransactionPosted"}}};

inline constexpr lifecycle::Table kFindingLifecycle{"finding",       kFindingStates, kFindingFinals,
                                                    kFindingActions, kFindingRoles,  kFindingRows};

enum class ReviewState { kDrawn, kConfirmed, kOverridden };
enum class ReviewAction { kDraw, kConfirm, kOverride };
enum class ReviewRole { kReviewer };

inline constexpr lifecycle::Name<ReviewState> kReviewStates[] = {
    {ReviewState::kDrawn, "DRAWN"},
    {ReviewState::kConfirmed, "CONFIRMED"},
    {ReviewState::kOverridden, "OVERRIDDEN"}};
inline constexpr lifecycle::Name<ReviewAction> kReviewActions[] = {
    {ReviewAction::kDraw, "DrawReviewSample"},
    {ReviewAction::kConfirm, "DecideReview"},
    {ReviewAction::kOverride, "DecideReview override"}};
inline constexpr lifecycle::Name<ReviewRole> kReviewRoles[] = {{ReviewRole::kReviewer, "agency"}};
inline constexpr lifecycle::Set<ReviewState> kReviewFinals{ReviewState::kConfirmed,
                                                           ReviewState::kOverridden};

inline constexpr lifecycle::Row<ReviewState, ReviewAction, ReviewRole> kReviewRows[] = {
    {1,
     {},
     ReviewAction::kDraw,
     {ReviewState::kDrawn},
     {ReviewRole::kReviewer},
     {"accepted list of the month", "in the sample"},
     {}},
    {2,
     {ReviewState::kDrawn},
     ReviewAction::kConfirm,
     {ReviewState::kConfirmed},
     {ReviewRole::kReviewer},
     {},
     {}},
    {3,
     {ReviewState::kDrawn},
     ReviewAction::kOverride,
     {ReviewState::kOverridden},
     {ReviewRole::kReviewer},
     {"reason given"},
     {"FindingRaised"}}};

inline constexpr lifecycle::Table kReviewLifecycle{"review",       kReviewStates, kReviewFinals,
                                                   kReviewActions, kReviewRoles,  kReviewRows};

}  // namespace yilian::billing
