#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/domain/drg/rule_pack.h"

namespace yilian::billing::drg {

// One case. An empty optional is a missing value. The first diagnosis and the first procedure are
// the principal ones; an empty code keeps its place and matches nothing. Texts are viewed, not
// owned.
struct CaseInput {
    std::optional<std::int64_t> sex;        // 1 male, 2 female
    std::optional<std::int64_t> age_years;  // completed years
    std::optional<std::int64_t>
        age_days;  // read only when age_years is 0 (check) and by newborn rules
    std::optional<std::int64_t> weight_g;  // birth weight; 0: given but not known
    std::span<const std::string_view> diagnoses;
    std::span<const std::string_view> procedures;
};

enum class GroupStatus : std::uint8_t {
    kSuccess,
    kFail,          // no MDC and ADRG fits
    kCheckFailed,   // sex, age or weight missing
    kAmbiguous,     // QY: an operation that no ADRG of the MDC uses
    kDxNotMapped,   // code conversion on, a diagnosis has no entry
    kProcNotMapped  // the same for a procedure
};

// SUCCESS, FAIL, CHECK_FAILED, QY, ZD_NOT_MAPPING, SS_NOT_MAPPING.
[[nodiscard]] std::string_view name_of(GroupStatus status);

// Indexes into the pack; -1 where there is none.
struct GroupResult {
    GroupStatus status = GroupStatus::kFail;
    std::int32_t mdc = -1;
    std::int32_t adrg = -1;
    std::int32_t drg = -1;
    friend bool operator==(const GroupResult&, const GroupResult&) = default;
};

// The result as codes: mdc "MDCH" or "0000", adrg "HC2", "QY" or "00", drg "HC25", "HQY" or "0000".
// Views into the pack.
struct GroupCodes {
    std::string_view mdc;
    std::string_view adrg;
    std::string_view drg;
    std::string_view status;
};
[[nodiscard]] GroupCodes codes_of(const RulePack& pack, const GroupResult& result);

// Switched on for one call, in addition to the switches of the pack. `map_codes` needs a pack with
// has_code_map().
struct GroupOptions {
    bool map_codes = false;
    bool qy = false;
};

// Buffers that live longer than one case, so that grouping allocates nothing once they have grown.
// One object a thread; carries no result from one case to the next.
struct Workspace {
    std::vector<CodeId> diagnoses;
    std::vector<CodeId> procedures;
};

// Groups one case: a pure function of (case, pack, options). Order: conversion, check, MDC in
// order, ADRG in order, severity (billing.md 5.1). Thread-safe for different workspaces.
[[nodiscard]] GroupResult group(const RulePack& pack, const CaseInput& input, GroupOptions options,
                                Workspace& workspace);

// The same with the explanation of billing.md 5.2: one line of JSON without a line end. The same
// case and pack give the same bytes.
struct Explained {
    GroupResult result;
    std::string trail;
};
[[nodiscard]] Explained explain(const RulePack& pack, std::string_view case_id,
                                const CaseInput& input, GroupOptions options, Workspace& workspace);

}  // namespace yilian::billing::drg
