#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/directory/app/contracts.h"

// Steps that the rows of contracts.md 3 share; internal to app/.
namespace yilian::directory::app {

using PackPtr = std::shared_ptr<const policy::Pack>;

// Names of the durable timers; the aggregate is the contract, the payload its resident.
inline constexpr std::string_view kLapseTimer = "contract.lapse";
inline constexpr std::string_view kStartTimer = "contract.start";
inline constexpr std::string_view kNoticeTimer = "contract.notice";
inline constexpr std::string_view kEndTimer = "contract.end";

[[nodiscard]] Outcome<domain::Contract> find_contract(Work& work, std::string_view id,
                                                      std::string_view etag);

// Moves a contract by the table: counts the change, writes row and journal line, sets the timers
// of the state. Refuses an action that the state does not allow, and has then written nothing.
[[nodiscard]] Outcome<Allowed> apply(Work& work, domain::Contract& c, domain::ContractAction action,
                                     domain::ContractState to,
                                     const domain::ContractPolicy& policy);

// Puts institution and family doctor of the team into `c`. TEAM_NOT_FOUND, PROVIDER_NOT_ADMITTED,
// PRACTITIONER_NOT_FOUND, TEAM_FULL.
[[nodiscard]] std::optional<Refusal> take_team(Work& work, domain::Contract& c,
                                               const domain::ContractPolicy& policy);

[[nodiscard]] std::string next_number(Work& work);

// A contract that may be signed. `head` counts the resident's signatures so far: another one in
// between makes the unit run again.
struct Signing {
    Signature signature;
    std::int64_t head = 0;
};
// SIGNATURE_INVALID, GUARDIAN_NEEDED, PERIOD_OUT_OF_RANGE, ACTIVE_CONTRACT_EXISTS. `ending` is a
// contract of the resident as it will be by then, where there is one.
[[nodiscard]] Outcome<Signing> may_sign(Work& work, const domain::Contract& c,
                                        const Signature& signature,
                                        const domain::ContractPolicy& policy,
                                        const domain::Contract* ending);
// Saves and publishes the signed contract, credits its points, starts it when it is due.
void sign(Work& work, domain::Contract& c, domain::ContractAction action, const Signing& signing,
          const PackPtr& pack);
// Row 4, when the first day has come.
void start_if_due(Work& work, domain::Contract& c, const PackPtr& pack,
                  const domain::ContractPolicy& policy);

}  // namespace yilian::directory::app
