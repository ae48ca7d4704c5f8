#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/calendar/civil_date.h"
#include "libs/storage/transaction.h"
#include "services/referrals/domain/submit.h"

// The service's copies of facts that other services own.
namespace yilian::referrals::store {

struct ResidentCopy {
    bool male = false;
    calendar::CivilDate birth_date;
    std::optional<calendar::CivilDate> deceased_on;
};
[[nodiscard]] std::optional<ResidentCopy> resident(storage::Transaction& tx,
                                                   std::string_view resident_id);

[[nodiscard]] std::optional<domain::Institution> institution(storage::Transaction& tx,
                                                             std::string_view institution_id);
// "" when there is none.
[[nodiscard]] std::string common_consortium(storage::Transaction& tx, std::string_view a,
                                            std::string_view b, calendar::CivilDate on);

struct ContractCopy {
    std::string contract_id;
    std::string team_id;
    std::string institution_id;
};
// The contract in force on the day.
[[nodiscard]] std::optional<ContractCopy> contract_on(storage::Transaction& tx,
                                                      std::string_view resident_id,
                                                      calendar::CivilDate on);

[[nodiscard]] bool practitioner_works_at(storage::Transaction& tx, std::string_view practitioner_id,
                                         std::string_view institution_id, calendar::CivilDate on);

// Institution of a team, "" when the team is not known.
[[nodiscard]] std::string team_institution(storage::Transaction& tx, std::string_view team_id);

// Whether the registry gave this advice to the resident, under this id or the one before a merge.
[[nodiscard]] bool advised(storage::Transaction& tx, std::string_view action_id,
                           std::string_view resident_id, std::string_view original_resident_id);

struct VisitCopy {
    std::string resident_id;
    calendar::CivilDate visit_on;
    bool voided = false;
};
[[nodiscard]] std::optional<VisitCopy> visit(storage::Transaction& tx, std::string_view visit_id);

// Whether each of the drugs was dispensed to the resident on or after the day; false without drugs.
// A drug matches its own code and the generic code that it begins with.
[[nodiscard]] bool all_dispensed(storage::Transaction& tx, std::string_view resident_id,
                                 calendar::CivilDate since,
                                 const std::vector<std::string>& drug_codes);

}  // namespace yilian::referrals::store
