#pragma once

#include "libs/lifecycle/table.h"

// The transition table of contracts.md 3: legality, allowed actions, the README's table and the
// model test all come from here. Rows above 30 are the project's own readings of it: a declined
// offer, the end of a contract that never began, the contract that follows another.
namespace yilian::directory::domain {

enum class ContractState {
    kNone,
    kOffered,
    kSigned,
    kActive,
    kDueForRenewal,
    kRenewed,
    kChanged,
    kEnded,
    kVoid,
    kExpiredUnsigned,
};

enum class ContractAction {
    kOffer,
    kSign,
    kSignFollowing,
    kLapse,
    kDecline,
    kStart,
    kVoid,
    kNotice,
    kRenew,
    kExpire,
    kChangeTeam,
    kEnd,
    kDeliver,
    kReverse,
};

enum class ContractRole { kTeam, kResident, kTeamLead, kSystem };

inline constexpr lifecycle::Name<ContractState> kContractStates[] = {
    {ContractState::kOffered, "OFFERED"},
    {ContractState::kSigned, "SIGNED"},
    {ContractState::kActive, "ACTIVE"},
    {ContractState::kDueForRenewal, "DUE_FOR_RENEWAL"},
    {ContractState::kRenewed, "RENEWED"},
    {ContractState::kChanged, "CHANGED"},
    {ContractState::kEnded, "ENDED"},
    {ContractState::kVoid, "VOID"},
    {ContractState::kExpiredUnsigned, "EXPIRED_UNSIGNED"}};

// Names are the methods that callers see in allowed_actions; those without one belong to the
// system.
inline constexpr lifecycle::Name<ContractAction> kContractActions[] = {
    {ContractAction::kOffer, "OfferContract"},
    {ContractAction::kSign, "SignContract"},
    {ContractAction::kSignFollowing, "sign the following contract"},
    {ContractAction::kLapse, "let the offer lapse"},
    {ContractAction::kDecline, "DeclineOffer"},
    {ContractAction::kStart, "start"},
    {ContractAction::kVoid, "VoidContract"},
    {ContractAction::kNotice, "remind of renewal"},
    {ContractAction::kRenew, "RenewContract"},
    {ContractAction::kExpire, "expire"},
    {ContractAction::kChangeTeam, "ChangeTeam"},
    {ContractAction::kEnd, "EndContract"},
    {ContractAction::kDeliver, "deliver an item"},
    {ContractAction::kReverse, "reverse an item"}};

inline constexpr lifecycle::Name<ContractRole> kContractRoles[] = {
    {ContractRole::kTeam, "team"},
    {ContractRole::kResident, "resident"},
    {ContractRole::kTeamLead, "team lead"},
    {ContractRole::kSystem, "system"}};

inline constexpr lifecycle::Set<ContractState> kContractFinals{
    ContractState::kRenewed, ContractState::kChanged, ContractState::kEnded, ContractState::kVoid,
    ContractState::kExpiredUnsigned};

// Guards that can be told before the request is known; allowed_actions asks for them.
inline constexpr std::string_view kWithinVoidDays = "within contract.void_days";
inline constexpr std::string_view kNothingDelivered = "nothing delivered";

inline constexpr lifecycle::Row<ContractState, ContractAction, ContractRole> kContractRows[] = {
    {1,
     {},
     ContractAction::kOffer,
     {ContractState::kOffered},
     {ContractRole::kTeam},
     {"team active", "resident alive and in area", "doctor below quota", "period"},
     {"ContractOffered"}},
    {2,
     {ContractState::kOffered},
     ContractAction::kSign,
     {ContractState::kSigned},
     {ContractRole::kTeam, ContractRole::kResident},
     {"signature", "no other contract covers a day"},
     {"ContractSigned"}},
    {3,
     {ContractState::kOffered},
     ContractAction::kLapse,
     {ContractState::kExpiredUnsigned},
     {ContractRole::kSystem},
     {"contract.offer.valid_days passed"},
     {"ContractOfferLapsed"}},
    {4,
     {ContractState::kSigned},
     ContractAction::kStart,
     {ContractState::kActive},
     {ContractRole::kSystem},
     {"start date reached"},
     {"ContractActivated"}},
    {5,
     {ContractState::kSigned, ContractState::kActive},
     ContractAction::kVoid,
     {ContractState::kVoid},
     {ContractRole::kResident, ContractRole::kTeamLead},
     {kWithinVoidDays, kNothingDelivered},
     {"ContractVoided"}},
    {7,
     {ContractState::kActive},
     ContractAction::kNotice,
     {ContractState::kDueForRenewal},
     {ContractRole::kSystem},
     {"contract.renewal.notice_days before the end"},
     {"ContractRenewalDue"}},
    {8,
     {ContractState::kDueForRenewal},
     ContractAction::kRenew,
     {ContractState::kRenewed},
     {ContractRole::kTeam, ContractRole::kResident},
     {"signature", "no other contract covers a day"},
     {"ContractRenewed"}},
    {9,
     {ContractState::kDueForRenewal},
     ContractAction::kExpire,
     {ContractState::kEnded},
     {ContractRole::kSystem},
     {"end date passed"},
     {"ContractEnded"}},
    {10,
     {ContractState::kActive, ContractState::kDueForRenewal},
     ContractAction::kChangeTeam,
     {ContractState::kChanged},
     {ContractRole::kTeam, ContractRole::kResident},
     {"minimum period served or reason", "doctor below quota", "signature"},
     {"ContractTeamChanged"}},
    {11,
     {ContractState::kActive, ContractState::kDueForRenewal},
     ContractAction::kEnd,
     {ContractState::kEnded},
     {ContractRole::kTeamLead, ContractRole::kResident, ContractRole::kSystem},
     {"reason", "minimum period served for a wish"},
     {"ContractEnded"}},
    {13,
     {ContractState::kActive, ContractState::kDueForRenewal},
     ContractAction::kDeliver,
     {},
     {ContractRole::kSystem},
     {"evidence event matches"},
     {"ServiceDelivered"}},
    {14,
     {ContractState::kActive, ContractState::kDueForRenewal},
     ContractAction::kReverse,
     {},
     {ContractRole::kSystem},
     {"evidence voided"},
     {"ServiceReversed"}},
    {31,
     {ContractState::kOffered},
     ContractAction::kDecline,
     {ContractState::kExpiredUnsigned},
     {ContractRole::kTeam, ContractRole::kResident, ContractRole::kSystem},
     {},
     {"ContractOfferLapsed"}},
    {51,
     {ContractState::kSigned},
     ContractAction::kVoid,
     {ContractState::kVoid},
     {ContractRole::kSystem},
     {"resident died or moved before the first day"},
     {"ContractVoided"}},
    {81,
     {},
     ContractAction::kSignFollowing,
     {ContractState::kSigned},
     {ContractRole::kTeam, ContractRole::kResident},
     {"follows a renewal or a change of team"},
     {"ContractSigned"}}};

inline constexpr lifecycle::Table kContractLifecycle{
    "contract", kContractStates, kContractFinals, kContractActions, kContractRoles, kContractRows};

}  // namespace yilian::directory::domain
