#pragma once

#include <string_view>

#include "libs/events/event.h"
#include "services/directory/domain/contract.h"
#include "services/directory/domain/fee_split.h"
#include "yilian/common/v1/event.pb.h"
#include "yilian/directory/v1/types.pb.h"

// Facts of the directory as the messages of yilian/directory/v1/events.proto. No identity is ever
// part of one.
namespace yilian::directory::store {

using Context = common::v1::EventContext;

[[nodiscard]] events::EventDraft resident_registered(const Context& context,
                                                     const v1::Resident& resident);
[[nodiscard]] events::EventDraft resident_changed(const Context& context,
                                                  const v1::Resident& resident,
                                                  const std::vector<std::string>& fields);
[[nodiscard]] events::EventDraft resident_moved(const Context& context,
                                                const v1::Resident& resident,
                                                std::string_view from_institution_id, bool outside,
                                                std::string_view on);
[[nodiscard]] events::EventDraft resident_deceased(const Context& context,
                                                   const v1::Resident& resident);
[[nodiscard]] events::EventDraft health_codes_recorded(const Context& context,
                                                       const v1::Resident& resident,
                                                       std::string_view practitioner_id,
                                                       std::string_view institution_id,
                                                       std::string_view on);
[[nodiscard]] events::EventDraft institution_event(const Context& context,
                                                   const v1::Institution& institution, bool is_new);
[[nodiscard]] events::EventDraft membership_changed(const Context& context,
                                                    const v1::Membership& membership);
[[nodiscard]] events::EventDraft practitioner_event(const Context& context,
                                                    const v1::Practitioner& practitioner,
                                                    bool is_new);
[[nodiscard]] events::EventDraft team_event(const Context& context, const v1::Team& team,
                                            bool is_new);

// A team that an undone import takes back.
[[nodiscard]] events::EventDraft team_dissolved(const Context& context, const v1::Team& team);

enum class ContractEvent { kOffered, kOfferLapsed, kSigned, kActivated, kVoided };
[[nodiscard]] events::EventDraft contract_event(ContractEvent event, const Context& context,
                                                const domain::Contract& contract);
enum class ContractChange { kRenewalDue, kRenewed, kTeamChanged, kEnded };
// `effective_on` is the first day on which it holds: of an end, the day after the last one in
// force. `following` is the contract that takes over, where there is one.
[[nodiscard]] events::EventDraft contract_change(ContractChange event, const Context& context,
                                                 const domain::Contract& contract,
                                                 domain::CivilDate effective_on,
                                                 const domain::Contract* following);

[[nodiscard]] events::EventDraft service_delivered(
    const Context& context, const domain::Contract& contract, std::string_view item_code,
    std::string_view done_by, std::string_view done_on, std::string_view evidence_event_id);
[[nodiscard]] events::EventDraft service_reversed(
    const Context& context, const domain::Contract& contract, std::string_view item_code,
    std::string_view done_by, std::string_view done_on, std::string_view evidence_event_id);
[[nodiscard]] events::EventDraft points_credited(const Context& context,
                                                 std::string_view resident_id, std::int64_t points,
                                                 std::string_view rule_id,
                                                 std::string_view source_event_id,
                                                 std::int64_t balance);
// `points` that are taken back, positive.
[[nodiscard]] events::EventDraft points_reversed(const Context& context,
                                                 std::string_view resident_id, std::int64_t points,
                                                 std::string_view rule_id,
                                                 std::string_view source_event_id,
                                                 std::int64_t balance);
[[nodiscard]] events::EventDraft fee_split_computed(const Context& context,
                                                    const v1::FeeSplit& split);

}  // namespace yilian::directory::store
