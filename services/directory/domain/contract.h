#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"
#include "libs/lifecycle/table.h"

// Family-doctor contracts 家庭医生签约 (contracts.md 3).
namespace yilian::directory::domain {

using calendar::CivilDate;

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
    kSignRenewal,
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

struct Contract {
    std::string contract_id;
    std::string number;
    std::string resident_id;
    std::string team_id;
    std::string institution_id;
    std::string family_doctor_id;
    std::string party;
    std::vector<std::string> package_ids;
    std::vector<std::string> key_groups;
    ContractState state = ContractState::kNone;
    Instant offered_at{};
    std::optional<Instant> signed_at;
    CivilDate valid_from;
    CivilDate valid_to;  // last day in force
    std::string signature_method;
    std::string signature_document_id;
    std::string previous_contract_id;
    std::string end_reason;
    std::int64_t fee_fen = 0;
    std::string payer_split;  // serialised list of shares
    std::int64_t changes = 0;

    [[nodiscard]] bool in_force() const {
        return state == ContractState::kActive || state == ContractState::kDueForRenewal;
    }
    // Signed or in force on the day.
    [[nodiscard]] bool covers(CivilDate day) const {
        return (in_force() || state == ContractState::kSigned) && valid_from <= day &&
               day <= valid_to;
    }
};

// What of the district's pack contracts read.
struct ContractPolicy {
    std::int64_t period_min_months = 12;   // contract.period.min_months
    std::int64_t period_max_months = 36;   // contract.period.max_months
    bool period_flexible = true;           // contract.period.flexible: else exactly the minimum
    std::int64_t offer_valid_days = 30;    // contract.offer.valid_days
    std::int64_t void_days = 7;            // contract.void_days
    std::int64_t renewal_notice_days = 60;  // contract.renewal.notice_days
    std::int64_t residents_per_doctor_max = 2000;  // contract.residents_per_doctor_max
};

// C-05: the period counts whole months from the first to the day after the last day.
[[nodiscard]] Outcome<Allowed> check_period(CivilDate valid_from, CivilDate valid_to,
                                            const ContractPolicy& policy);

// Rows 2 and 8: no other contract may cover a day of the new one (C-04).
[[nodiscard]] Outcome<Allowed> check_no_overlap(const Contract& signing,
                                                const std::vector<Contract>& others);

// Row 5: within void_days of signing and nothing delivered.
[[nodiscard]] Outcome<Allowed> check_void(const Contract& contract, Instant now,
                                          bool something_delivered, const ContractPolicy& policy);

// C-01: the day the notice falls due.
[[nodiscard]] CivilDate notice_day(const Contract& contract, const ContractPolicy& policy);

// contracts.md 5: active, and younger than the idle months or served within them.
[[nodiscard]] bool effective(const Contract& contract, CivilDate day,
                             std::optional<CivilDate> last_delivery, std::int64_t max_idle_months);

// Key groups that follow from age alone; those from registries are added by events.
[[nodiscard]] std::vector<std::string> key_groups_by_age(CivilDate birth_date, CivilDate on);

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

inline constexpr lifecycle::Name<ContractAction> kContractActions[] = {
    {ContractAction::kOffer, "OfferContract"},
    {ContractAction::kSign, "SignContract"},
    {ContractAction::kSignRenewal, "sign the following contract"},
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

inline constexpr lifecycle::Row<ContractState, ContractAction, ContractRole> kContractRows[] = {
    {1, {}, ContractAction::kOffer, {ContractState::kOffered}, {ContractRole::kTeam},
     {"team active", "resident alive", "team below quota"}, {"ContractOffered"}},
    {2, {ContractState::kOffered}, ContractAction::kSign, {ContractState::kSigned},
     {ContractRole::kTeam, ContractRole::kResident},
     {"signature", "no other contract covers a day"}, {"ContractSigned"}},
    {3, {ContractState::kOffered}, ContractAction::kLapse, {ContractState::kExpiredUnsigned},
     {ContractRole::kSystem}, {"contract.offer.valid_days passed"}, {"ContractOfferLapsed"}},
    {31, {ContractState::kOffered}, ContractAction::kDecline, {ContractState::kExpiredUnsigned},
     {ContractRole::kTeam, ContractRole::kResident}, {}, {"ContractOfferLapsed"}},
    {4, {ContractState::kSigned}, ContractAction::kStart, {ContractState::kActive},
     {ContractRole::kSystem}, {"start date reached"}, {"ContractActivated"}},
    {5, {ContractState::kSigned, ContractState::kActive}, ContractAction::kVoid,
     {ContractState::kVoid}, {ContractRole::kResident, ContractRole::kTeamLead},
     {"within contract.void_days", "nothing delivered"}, {"ContractVoided"}},
    {7, {ContractState::kActive}, ContractAction::kNotice, {ContractState::kDueForRenewal},
     {ContractRole::kSystem}, {"contract.renewal.notice_days before the end"},
     {"ContractRenewalDue"}},
    {8, {ContractState::kDueForRenewal}, ContractAction::kRenew, {ContractState::kRenewed},
     {ContractRole::kTeam, ContractRole::kResident}, {"signature"},
     {"ContractRenewed", "ContractSigned"}},
    {81, {}, ContractAction::kSignRenewal, {ContractState::kSigned},
     {ContractRole::kTeam, ContractRole::kResident}, {"follows a renewal or a change of team"},
     {"ContractSigned"}},
    {9, {ContractState::kDueForRenewal}, ContractAction::kExpire, {ContractState::kEnded},
     {ContractRole::kSystem}, {"end date passed"}, {"ContractEnded"}},
    {10, {ContractState::kActive, ContractState::kDueForRenewal}, ContractAction::kChangeTeam,
     {ContractState::kChanged}, {ContractRole::kTeam, ContractRole::kResident},
     {"minimum period served or reason"}, {"ContractTeamChanged"}},
    {11, {ContractState::kActive, ContractState::kDueForRenewal}, ContractAction::kEnd,
     {ContractState::kEnded},
     {ContractRole::kTeamLead, ContractRole::kResident, ContractRole::kSystem}, {"reason"},
     {"ContractEnded"}},
    {13, {ContractState::kActive, ContractState::kDueForRenewal}, ContractAction::kDeliver, {},
     {ContractRole::kSystem}, {"evidence event matches"}, {"ServiceDelivered"}},
    {14, {ContractState::kActive, ContractState::kDueForRenewal}, ContractAction::kReverse, {},
     {ContractRole::kSystem}, {}, {"ServiceReversed"}}};

inline constexpr lifecycle::Table kContractLifecycle{
    "contract", kContractStates, kContractFinals, kContractActions, kContractRoles, kContractRows};

}  // namespace yilian::directory::domain
