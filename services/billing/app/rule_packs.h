#pragma once

#include <string>
#include <string_view>

#include "services/billing/app/rule_book.h"
#include "services/billing/app/unit.h"
#include "services/billing/store/settlement_rows.h"

// Loading rule packs and bringing them into force.
namespace yilian::billing::app {

// `loaded` and `case_count` were read outside the unit. The same pack again is answered as it is.
// RULES_DIGEST (the version is known with another content).
[[nodiscard]] Outcome<store::RulePackRow> store_rule_pack(Unit& unit, const std::string& domain,
                                                          const std::string& folder,
                                                          const LoadedRules& loaded,
                                                          std::int64_t case_count,
                                                          bool validate_only);

// NOT_FOUND, ETAG_MISMATCH, RULES_DIGEST, STATE_TRANSITION_NOT_ALLOWED (active already),
// POLICY_OVERLAP (another pack begins on that day).
[[nodiscard]] Outcome<store::RulePackRow> activate_rule_pack(Unit& unit, std::string_view domain,
                                                             std::string_view version,
                                                             std::string_view etag,
                                                             std::string_view digest,
                                                             calendar::CivilDate from);

// NOT_FOUND, ETAG_MISMATCH, STATE_TRANSITION_NOT_ALLOWED. Days before it are grouped by the pack
// before, or by the one the district's policy names.
[[nodiscard]] Outcome<store::RulePackRow> roll_back_rule_pack(Unit& unit, std::string_view domain,
                                                              std::string_view version,
                                                              std::string_view etag);

}  // namespace yilian::billing::app
