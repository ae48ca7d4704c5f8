#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/prescriptions/domain/content.h"
#include "services/prescriptions/domain/long_rules.h"
#include "services/prescriptions/domain/types.h"

// The service's copies of other services' facts, as domain values.
namespace yilian::prescriptions::store {

struct ResidentCopy {
    domain::CivilDate birth_date;
    std::string home_institution_id;
    std::optional<domain::CivilDate> deceased_on;
};
[[nodiscard]] std::optional<ResidentCopy> resident(storage::Transaction& tx,
                                                   std::string_view resident_id);

// The id that a resident's records count under: itself, or the one that it was merged into.
[[nodiscard]] std::string surviving(storage::Transaction& tx, std::string_view resident_id);

struct HealthCodes {
    std::vector<std::string> allergy_codes;
    std::vector<std::string> special_groups;
};
// Of the person: what is told of any id merged into this one counts. Empty while the directory has
// told nothing. So do contracts, stays and control evidence below.
[[nodiscard]] std::optional<HealthCodes> health_codes(storage::Transaction& tx,
                                                      std::string_view resident_id);

// As it stands on a day, with the consortia of itself and of the institution that manages it.
[[nodiscard]] std::optional<domain::Institution> institution(storage::Transaction& tx,
                                                             std::string_view institution_id,
                                                             domain::CivilDate on);

// A practitioner at an institution on a day; one that is not known works nowhere.
[[nodiscard]] domain::Prescriber practitioner(storage::Transaction& tx,
                                              std::string_view practitioner_id,
                                              std::string_view institution_id,
                                              domain::CivilDate on);

// The contract in force on a day.
struct ContractCopy {
    std::string contract_id;
    std::string institution_id;
};
[[nodiscard]] std::optional<ContractCopy> contract_on(storage::Transaction& tx,
                                                      std::string_view resident_id,
                                                      domain::CivilDate on);

[[nodiscard]] std::optional<domain::ReferralPlan> referral_plan(storage::Transaction& tx,
                                                                std::string_view referral_id);

[[nodiscard]] domain::Stays stays(storage::Transaction& tx, std::string_view resident_id);

// The last class of the disease's family that counts.
[[nodiscard]] std::optional<domain::ControlEvidence> control_evidence(
    storage::Transaction& tx, std::string_view resident_id, std::string_view disease_code);

struct Settlement {
    std::string case_key;
    std::string list_id;
};
// The settlement of a prescription that was not withdrawn.
[[nodiscard]] std::optional<Settlement> settlement_of(storage::Transaction& tx,
                                                      std::string_view prescription_id);

}  // namespace yilian::prescriptions::store
