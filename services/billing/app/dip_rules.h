#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "libs/policy/billing_blocks.h"
#include "services/billing/app/rule_book.h"

// DIP catalogues of the service's folder; RuleBook hands them out.
namespace yilian::billing::app {

// Fills pack, version, digest and number of groups. The digest covers every table that decides
// about points or acceptance: those of the pack, coefficients.csv and dx_limits.csv. NOT_FOUND,
// RULES_TABLE_MALFORMED, RULES_DANGLING_REFERENCE.
[[nodiscard]] Outcome<RulesPtr> load_dip(const std::filesystem::path& folder, LoadedRules rules);

// Groups each case of the text with the district's parameters: how many there are.
// RULES_TABLE_MALFORMED (table, row, column) at the first that comes out otherwise.
[[nodiscard]] Outcome<std::int64_t> check_dip_cases(std::string_view cases,
                                                    const LoadedRules& rules,
                                                    const policy::billing::Dip& dip);

// RULES_NOT_LOADED when the catalogue's points are of another scale than the parameters, or these
// cannot price a blank group.
[[nodiscard]] std::optional<Refusal> scale_problem(const policy::billing::Dip& dip,
                                                   const LoadedRules& rules);

}  // namespace yilian::billing::app
