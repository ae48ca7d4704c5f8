#pragma once

#include "libs/lifecycle/table.h"

// States of a settlement list and its case (billing.md 1.4) as data.
namespace yilian::billing {

enum class CaseState {
    kReceived,
    kAccepted,
    kRejected,
    kGrouped,
    kScored,
    kUnderReview,
    kPrepaid,
    kSettled,
    kWithdrawn,
};

enum class CaseAction {
    kSubmit,
    kValidate,
    kGroup,
    kScore,
    kReview,
    kDecide,
    kCorrect,
    kWithdraw,
    kPublishMonth,
    kPublishYear,
};

enum class CaseRole { kCoder, kAgency, kSystem };

inline constexpr lifecycle::Name<CaseState> kCaseStates[] = {
    {CaseState::kReceived, "RECEIVED"},  {CaseState::kAccepted, "ACCEPTED"},
    {CaseState::kRejected, "REJECTED"},  {CaseState::kGrouped, "GROUPED"},
    {CaseState::kScored, "SCORED"},      {CaseState::kUnderReview, "UNDER_REVIEW"},
    {CaseState::kPrepaid, "PREPAID"},    {CaseState::kSettled, "SETTLED"},
    {CaseState::kWithdrawn, "WITHDRAWN"}};

// Names with capitals are methods that callers see in allowed_actions.
inline constexpr lifecycle::Name<CaseAction> kCaseActions[] = {
    {CaseAction::kSubmit, "SubmitSettlementList"},
    {CaseAction::kValidate, "validate"},
    {CaseAction::kGroup, "group"},
    {CaseAction::kScore, "score"},
    {CaseAction::kReview, "ProposeSpecialCase"},
    {CaseAction::kDecide, "DecideSpecialCase"},
    {CaseAction::kCorrect, "replace by the next version"},
    {CaseAction::kWithdraw, "WithdrawSettlementList"},
    {CaseAction::kPublishMonth, "PublishRun of the month"},
    {CaseAction::kPublishYear, "PublishRun of the year"}};

inline constexpr lifecycle::Name<CaseRole> kCaseRoles[] = {
    {CaseRole::kCoder, "coder"}, {CaseRole::kAgency, "agency"}, {CaseRole::kSystem, "system"}};

inline constexpr lifecycle::Set<CaseState> kCaseFinals{CaseState::kRejected, CaseState::kSettled,
                                                       CaseState::kWithdrawn};

// All of one submission happens in one transaction: what is stored is the state it ends in.
inline constexpr lifecycle::Row<CaseState, CaseAction, CaseRole> kCaseRows[] = {
    {1,
     {},
     CaseAction::kSubmit,
     {CaseState::kReceived},
     {CaseRole::kCoder},
     {"version is the next"},
     {}},
    {2,
     {CaseState::kReceived},
     CaseAction::kValidate,
     {CaseState::kAccepted},
     {CaseRole::kSystem},
     {"no finding rejects"},
     {"SettlementListAccepted", "BenefitComputed"}},
    {3,
     {CaseState::kReceived},
     CaseAction::kValidate,
     {CaseState::kRejected},
     {CaseRole::kSystem},
     {"a finding rejects"},
     {"SettlementListRejected"}},
    {4,
     {CaseState::kAccepted},
     CaseAction::kGroup,
     {CaseState::kGrouped},
     {CaseRole::kSystem},
     {"paid by DRG, DIP or bed-day"},
     {"CaseGrouped"}},
    {5,
     {CaseState::kGrouped},
     CaseAction::kScore,
     {CaseState::kScored},
     {CaseRole::kSystem},
     {},
     {"CaseScored"}},
    {6,
     {CaseState::kScored},
     CaseAction::kReview,
     {CaseState::kUnderReview},
     {CaseRole::kCoder},
     {"in no run", "month not closed", "not looked at before"},
     {}},
    {7,
     {CaseState::kUnderReview},
     CaseAction::kDecide,
     {CaseState::kScored},
     {CaseRole::kAgency},
     {"in no run", "fewer accepted in the year than the pack allows"},
     {"SpecialCaseDecided", "CaseScored"}},
    {8,
     {CaseState::kAccepted, CaseState::kGrouped, CaseState::kScored},
     CaseAction::kCorrect,
     {CaseState::kWithdrawn},
     {CaseRole::kSystem},
     {"in no run", "the next version is accepted"},
     {}},
    {9,
     {CaseState::kAccepted, CaseState::kGrouped, CaseState::kScored},
     CaseAction::kWithdraw,
     {CaseState::kWithdrawn},
     {CaseRole::kCoder},
     {"in no run", "month not closed"},
     {"SettlementListWithdrawn"}},
    {10,
     {CaseState::kAccepted, CaseState::kScored},
     CaseAction::kPublishMonth,
     {CaseState::kPrepaid},
     {CaseRole::kAgency},
     {"in the run's input"},
     {}},
    {11,
     {CaseState::kPrepaid},
     CaseAction::kPublishYear,
     {CaseState::kSettled},
     {CaseRole::kAgency},
     {"in the run's input"},
     {}}};

inline constexpr lifecycle::Table kCaseLifecycle{"settlement_list", kCaseStates, kCaseFinals,
                                                 kCaseActions,      kCaseRoles,  kCaseRows};

}  // namespace yilian::billing
