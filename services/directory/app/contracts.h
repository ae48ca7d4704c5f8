#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/runtime/app.h"
#include "libs/runtime/work.h"
#include "services/directory/store/rows.h"

// Family-doctor contracts (contracts.md 3): each function is a row of the transition table. All
// work inside the caller's unit. Common refusals: NOT_FOUND, ETAG_MISMATCH,
// STATE_TRANSITION_NOT_ALLOWED, POLICY_NOT_IN_FORCE.
namespace yilian::directory::app {

using runtime::Work;

// Row 1. RESIDENT_NOT_FOUND, RESIDENT_DECEASED, OUT_OF_AREA, TEAM_NOT_FOUND, PROVIDER_NOT_ADMITTED
// (team not active), PRACTITIONER_NOT_FOUND (family doctor not of the team), TEAM_FULL,
// PERIOD_OUT_OF_RANGE, ID_REUSED.
[[nodiscard]] Outcome<domain::Contract> offer_contract(Work& work, domain::Contract offer);

struct Signature {
    std::string method;
    std::string document_id;
};
// Row 2. OFFER_LAPSED, RESIDENT_DECEASED, SIGNATURE_INVALID, GUARDIAN_NEEDED, PERIOD_OUT_OF_RANGE,
// ACTIVE_CONTRACT_EXISTS. Starts at once when the first day has come.
[[nodiscard]] Outcome<domain::Contract> sign_contract(Work& work, std::string_view id,
                                                      std::string_view etag,
                                                      const Signature& signature,
                                                      std::string_view valid_from,
                                                      std::string_view valid_to);
// Rows 31 and 5. VoidContract: SERVICE_ALREADY_DELIVERED, VOID_PERIOD_OVER.
[[nodiscard]] Outcome<domain::Contract> decline_offer(Work& work, std::string_view id,
                                                      std::string_view etag);
[[nodiscard]] Outcome<domain::Contract> void_contract(Work& work, std::string_view id,
                                                      std::string_view etag);
// Row 11: the contract holds to its last day, today unless given. FIELD_RANGE (last day outside of
// the contract), MIN_PERIOD_NOT_SERVED (a wish).
[[nodiscard]] Outcome<domain::Contract> end_contract(Work& work, std::string_view id,
                                                     std::string_view etag,
                                                     std::string_view end_reason,
                                                     std::optional<calendar::CivilDate> last_day);

// Row 8 and row 10: the old contract and the one that follows it.
struct Following {
    domain::Contract old;
    domain::Contract next;
};
// `next` carries id, valid_to, packages, fee and split; the rest comes from the old contract. The
// refusals of signing and ID_REUSED.
[[nodiscard]] Outcome<Following> renew_contract(Work& work, std::string_view id,
                                                std::string_view etag, domain::Contract next,
                                                const Signature& signature);
struct TeamChange {
    std::string next_id;
    std::string team_id;
    std::string reason_code;
    std::optional<calendar::CivilDate> effective_on;  // first day with the new team, else tomorrow
};
// MIN_PERIOD_NOT_SERVED without a reason code, TEAM_NOT_FOUND, PROVIDER_NOT_ADMITTED, TEAM_FULL,
// FIELD_RANGE (first day), the refusals of signing and ID_REUSED.
[[nodiscard]] Outcome<Following> change_team(Work& work, std::string_view id, std::string_view etag,
                                             const TeamChange& change, const Signature& signature);

// Why all contracts of a resident end, and when.
struct Ending {
    std::string_view end_reason;
    calendar::CivilDate last_day;
    std::string_view spared_institution_id;  // its contracts stay; "" = none stays
};
// POLICY_NOT_IN_FORCE, else end_contracts_of() may be called.
[[nodiscard]] Outcome<Allowed> may_end_contracts(Work& work);
// Contracts in force end (row 11), signed ones that have not begun are voided (row 51), offers
// lapse (row 31).
void end_contracts_of(Work& work, const std::string& resident_id, const Ending& ending);

// Timers: offer lapse, start, notice, end.
void bind_contract_timers(runtime::Wiring& wiring, const std::string& district);

// What the pack says about contracts on a day.
[[nodiscard]] domain::ContractPolicy contract_policy(const policy::Pack& pack);
// The key groups of a resident on a day, by age, health codes and confirmed enrolments.
[[nodiscard]] std::vector<std::string> key_groups_of(storage::Transaction& tx,
                                                     const v1::Resident& resident,
                                                     calendar::CivilDate on,
                                                     const policy::Pack& pack);

}  // namespace yilian::directory::app
