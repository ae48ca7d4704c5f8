#pragma once

#include "libs/lifecycle/table.h"

// States of a dispute about a settlement (billing.md 11.4) as data.
namespace yilian::billing {

enum class DisputeState {
    kOpen,
    kEvidenceRequested,
    kUnderReview,
    kUpheld,
    kPartlyUpheld,
    kRejected,
    kWithdrawn
};
enum class DisputeAction {
    kOpen,
    kAddEvidence,
    kRequestEvidence,
    kStartReview,
    kDecide,
    kWithdraw,
    kFallLate
};
enum class DisputeRole { kParty, kReviewer, kDecider, kSystem };

inline constexpr lifecycle::Name<DisputeState> kDisputeStates[] = {
    {DisputeState::kOpen, "OPEN"},
    {DisputeState::kEvidenceRequested, "EVIDENCE_REQUESTED"},
    {DisputeState::kUnderReview, "UNDER_REVIEW"},
    {DisputeState::kUpheld, "UPHELD"},
    {DisputeState::kPartlyUpheld, "PARTLY_UPHELD"},
    {DisputeState::kRejected, "REJECTED"},
    {DisputeState::kWithdrawn, "WITHDRAWN"}};
inline constexpr lifecycle::Name<DisputeAction> kDisputeActions[] = {
    {DisputeAction::kOpen, "OpenDispute"},
    {DisputeAction::kAddEvidence, "AddEvidence"},
    {DisputeAction::kRequestEvidence, "RequestEvidence"},
    {DisputeAction::kStartReview, "StartReview"},
    {DisputeAction::kDecide, "DecideDispute"},
    {DisputeAction::kWithdraw, "WithdrawDispute"},
    {DisputeAction::kFallLate, "fall late"}};
inline constexpr lifecycle::Name<DisputeRole> kDisputeRoles[] = {
    {DisputeRole::kParty, "party"},
    {DisputeRole::kReviewer, "agency clerk"},
    {DisputeRole::kDecider, "agency approver"},
    {DisputeRole::kSystem, "system"}};
inline constexpr lifecycle::Set<DisputeState> kDisputeFinals{
    DisputeState::kUpheld, DisputeState::kPartlyUpheld, DisputeState::kRejected,
    DisputeState::kWithdrawn};
inline constexpr lifecycle::Set<DisputeState> kDisputeUndecided{
    DisputeState::kOpen, DisputeState::kEvidenceRequested, DisputeState::kUnderReview};

inline constexpr lifecycle::Row<DisputeState, DisputeAction, DisputeRole> kDisputeRows[] = {
    {1,
     {},
     DisputeAction::kOpen,
     {DisputeState::kOpen},
     {DisputeRole::kParty},
     {"statement published", "in time", "none open about the same"},
     {"DisputeOpened"}},
    {2,
     {DisputeState::kOpen, DisputeState::kUnderReview},
     DisputeAction::kAddEvidence,
     {},
     {DisputeRole::kParty},
     {},
     {"DisputeEvidenceAdded"}},
    {3,
     {DisputeState::kEvidenceRequested},
     DisputeAction::kAddEvidence,
     {DisputeState::kUnderReview},
     {DisputeRole::kParty},
     {},
     {"DisputeEvidenceAdded"}},
    {4,
     {DisputeState::kOpen, DisputeState::kUnderReview},
     DisputeAction::kRequestEvidence,
     {DisputeState::kEvidenceRequested},
     {DisputeRole::kReviewer},
     {},
     {}},
    {5,
     {DisputeState::kOpen, DisputeState::kEvidenceRequested},
     DisputeAction::kStartReview,
     {DisputeState::kUnderReview},
     {DisputeRole::kReviewer},
     {},
     {}},
    {6,
     {DisputeState::kUnderReview},
     DisputeAction::kDecide,
     {DisputeState::kUpheld, DisputeState::kPartlyUpheld, DisputeState::kRejected},
     {DisputeRole::kDecider},
     {"neither opened nor reviewed it nor prepared the run"},
     {"DisputeDecided", "TransactionPosted"}},
    {7,
     kDisputeUndecided,
     DisputeAction::kWithdraw,
     {DisputeState::kWithdrawn},
     {DisputeRole::kParty},
     {},
     {"DisputeWithdrawn"}},
    {8,
     kDisputeUndecided,
     DisputeAction::kFallLate,
     {},
     {DisputeRole::kSystem},
     {"review day passed"},
     {}}};

inline constexpr lifecycle::Table kDisputeLifecycle{"dispute",       kDisputeStates, kDisputeFinals,
                                                    kDisputeActions, kDisputeRoles,  kDisputeRows};

}  // namespace yilian::billing
