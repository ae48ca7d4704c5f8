#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/policy/pack.h"
#include "libs/storage/transaction.h"
#include "services/prescriptions/domain/check.h"

// Gathers what the rules read and runs them; changes nothing.
namespace yilian::prescriptions::app {

struct CheckQuestion {
    domain::Content content;
    std::string resident_id;
    std::string institution_id;   // of the prescriber
    std::string prescription_id;  // "" before there is one
    domain::CivilDate on;         // day of issue
};

struct Checked {
    std::vector<domain::Finding> findings;
    std::string rule_set_version;  // "yilian-base/1+demo@2026.1"
    std::string catalogue;         // "demo@2026.1"
};

// RULE_SET_NOT_FOUND when no catalogue is in force on the day.
[[nodiscard]] Outcome<Checked> system_check(storage::Transaction& tx, const policy::Pack& pack,
                                            const CheckQuestion& question);

}  // namespace yilian::prescriptions::app
