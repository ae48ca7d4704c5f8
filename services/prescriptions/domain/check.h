#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/reason.h"
#include "libs/policy/pack.h"
#include "services/prescriptions/domain/types.h"

// The system check (prescriptions.md 5.3): pure rules over what is written and what is known of the
// resident. Missing data gives a finding "not checked", never silence, and a finding never goes
// away when data is added that confirms it.
namespace yilian::prescriptions::domain {

inline constexpr std::string_view kRuleSet = "yilian-base";
inline constexpr std::string_view kRuleSetVersion = "1";

struct Finding {
    std::string rule_id;
    std::vector<std::int32_t> line_nos;
    Level level = Level::kNone;
    std::string message_code;
    std::vector<std::string> values;  // "days=30", "limit=28"
    friend bool operator==(const Finding&, const Finding&) = default;
};

// Drugs that the resident has at home from earlier dispensing.
struct Covered {
    Drug drug;
    CivilDate until;  // last day covered
};

struct CheckInput {
    Content content;
    CivilDate on;  // day of issue
    std::optional<CivilDate> birth_date;
    bool health_codes_known = false;         // the directory has told allergies and groups
    std::vector<std::string> allergy_codes;  // of the directory
    std::vector<std::string> special_groups;
    std::map<std::string, Drug> drugs;  // of the lines, by code; what is missing is not known
    std::vector<Covered> covered;
    std::string institution_class;        // of the prescribing institution
    std::vector<std::string> plan_drugs;  // of the referral an EXTENDED follows; empty: not told
    std::optional<std::vector<std::string>> repeated_drugs;  // of the prescription repeated
    std::optional<Refusal> long_refusal;                     // of the rules of long prescriptions
};

// Findings in the order of the checks, within a rule by line.
[[nodiscard]] std::vector<Finding> check(const policy::Pack& pack, const CheckInput& input);

[[nodiscard]] Level highest(const std::vector<Finding>& findings);

// The rule families, each appends its findings (check.cpp calls them in order).
void check_form(const policy::Pack& pack, const CheckInput& input, std::vector<Finding>& out);
void check_quantity(const policy::Pack& pack, const CheckInput& input, std::vector<Finding>& out);
void check_use(const CheckInput& input, std::vector<Finding>& out);
void check_duplicates(const policy::Pack& pack, const CheckInput& input, std::vector<Finding>& out);
void check_pieces(const CheckInput& input, std::vector<Finding>& out);
void check_economy(const policy::Pack& pack, const CheckInput& input, std::vector<Finding>& out);

}  // namespace yilian::prescriptions::domain
