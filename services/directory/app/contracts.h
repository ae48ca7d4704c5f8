#pragma once

#include <string>
#include <string_view>

#include "libs/runtime/app.h"
#include "libs/runtime/work.h"
#include "services/directory/store/rows.h"

// Family-doctor contracts (contracts.md 3): each function is a row of the transition table. All work
// inside the caller's unit. Common refusals: NOT_FOUND, ETAG_MISMATCH,
// STATE_TRANSITION_NOT_ALLOWED, POLICY_NOT_IN_FORCE.
namespace yilian::directory::app {

using runtime::Work;

// Row 1. RESIDENT_NOT_FOUND, RESIDENT_DECEASED, TEAM_NOT_FOUND, TEAM_FULL, PERIOD_OUT_OF_RANGE.
[[nodiscard]] Outcome<domain::Contract> offer_contract(Work& work, domain::Contract offer);

struct Signature {
    std::string method;
    std::string document_id;
};
// Row 2. SIGNATURE_INVALID, PERIOD_OUT_OF_RANGE, ACTIVE_CONTRACT_EXISTS. Starts at once when the
// first day has come.
[[nodiscard]] Outcome<domain::Contract> sign_contract(Work& work, std::string_view id,
                                                      std::string_view etag,
                                                      const Signature& signature,
                                                      std::string_view valid_from,
                                                      std::string_view valid_to);
// Rows 3, 5 and 11. VoidContract: SERVICE_ALREADY_DELIVERED, VOID_PERIOD_OVER.
[[nodiscard]] Outcome<domain::Contract> decline_offer(Work& work, std::string_view id,
                                                      std::string_view etag);
[[nodiscard]] Outcome<domain::Contract> void_contract(Work& work, std::string_view id,
                                                      std::string_view etag);
[[nodiscard]] Outcome<domain::Contract> end_contract(Work& work, std::string_view id,
                                                     std::string_view etag,
                                                     std::string_view end_reason);

// Row 8 and row 10: the old contract and the one that follows it.
struct Following {
    domain::Contract old;
    domain::Contract next;
};
// `next` carries id, valid_to, packages, fee and split; the rest comes from the old contract.
[[nodiscard]] Outcome<Following> renew_contract(Work& work, std::string_view id,
                                                std::string_view etag, domain::Contract next,
                                                const Signature& signature);
// MIN_PERIOD_NOT_SERVED without a reason code, TEAM_NOT_FOUND, TEAM_FULL.
[[nodiscard]] Outcome<Following> change_team(Work& work, std::string_view id,
                                             std::string_view etag, const std::string& next_id,
                                             const std::string& team_id,
                                             std::string_view reason_code,
                                             const Signature& signature);

// Every contract of the resident that is signed or in force ends (row 11; a signed one is voided).
[[nodiscard]] Outcome<Allowed> end_contracts_of(Work& work, const std::string& resident_id,
                                                std::string_view end_reason);

// Timers: offer lapse, start, notice, end.
void bind_contract_timers(runtime::Wiring& wiring, const std::string& district);

// What the pack says about contracts on a day.
[[nodiscard]] domain::ContractPolicy contract_policy(const policy::Pack& pack);

}  // namespace yilian::directory::app
