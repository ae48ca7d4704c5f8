#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "services/billing/domain/settlement_list.h"

// Validation of a settlement list (billing.md 13.1 and 13.2). Pure: the same list and the same
// facts give the same findings in the same order.
namespace yilian::billing {

// Version of this set of rules; stands beside every finding.
inline constexpr std::int32_t kListRuleVersion = 1;

enum class ListSeverity { kWarn, kReject };

struct Finding {
    std::string field;   // proto path, "diagnoses[0].code"
    std::string reason;  // SL_…
    ListSeverity severity = ListSeverity::kReject;
    friend bool operator==(const Finding&, const Finding&) = default;
};

// What a diagnosis may only stand for. Empty parts do not restrict.
struct DiagnosisLimits {
    bool grey = false;  // never a principal diagnosis
    std::optional<int> sex{};
    std::optional<std::int64_t> age_from{};
    std::optional<std::int64_t> age_to{};
};

// What the checks know besides the list itself.
struct ListFacts {
    Instant now{};
    bool institution_known = false;
    bool in_agreement = false;                           // on the discharge date
    std::string directory_level{};                       // on the discharge date
    std::set<std::string, std::less<>> insurances{};     // that a pool of the pack pays
    std::set<std::string, std::less<>> aid_classes{};    // of the pack
    std::set<std::string, std::less<>> code_versions{};  // known editions of the code tables
    bool day_ward = false;
    // Of the list's kind of treatment, in the district, on the discharge date.
    std::set<PaymentMethod> methods{};
    // Whether a day of this type (number of the list) is priced at institutions of this level.
    std::function<bool(int, std::string_view)> bed_day_priced{};
    std::int64_t declare_days = 0;
    // In the code table of the list's edition on the discharge date.
    std::function<bool(std::string_view)> diagnosis_known{};
    std::function<bool(std::string_view)> procedure_known{};
    std::function<DiagnosisLimits(std::string_view)> diagnosis_limits{};
    // What was received before.
    std::int64_t next_version = 1;
    bool id_reused = false;          // this version exists with other content
    bool prescription_used = false;  // by another accepted list
    bool duplicate_stay = false;     // overlapping stay here
    bool overlap_other = false;      // overlapping stay elsewhere
};

// Every finding, in the order record set, place, field number, reason.
[[nodiscard]] std::vector<Finding> check_list(const SettlementList& list, const ListFacts& facts);

[[nodiscard]] bool rejects(const std::vector<Finding>& findings);

// Completed civil days between admission and discharge, at least 1.
[[nodiscard]] std::int64_t stay_days_of(Instant admitted, Instant discharged);

}  // namespace yilian::billing
