#include "libs/policy/yaml/cross_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/policy/keys.h"
#include "libs/policy/yaml/fields.h"

namespace yilian::policy {
namespace {

template <class T>
std::size_t position(const PolicyKey<T>& key) {
    return key_index(key.name()).value();
}

template <class T>
const T& value_of(const KeysOnDay& keys, const PolicyKey<T>& key) {
    return std::get<T>(keys.values[position(key)]);
}

void not_above(const KeysOnDay& keys, const PolicyKey<std::int64_t>& lower,
               const PolicyKey<std::int64_t>& upper, Problems& problems) {
    const std::int64_t low = value_of(keys, lower);
    const std::int64_t high = value_of(keys, upper);
    if (low <= high) return;
    refuse(problems, *keys.written[position(lower)], "POLICY_VALUE", lower.name(),
           fmt::format("{} is above {} = {}", low, upper.name(), high));
}

}  // namespace

void cross_check(const KeysOnDay& keys, Problems& problems) {
    const std::int64_t quotas =
        value_of(keys, kSlotQuotaEmergencyBp) + value_of(keys, kSlotQuotaContractedBp) +
        value_of(keys, kSlotQuotaReferralBp) + value_of(keys, kSlotQuotaGeneralBp);
    if (quotas != 10000) {
        refuse(problems, *keys.written[position(kSlotQuotaGeneralBp)], "POLICY_WEIGHTS_SUM",
               "slot.quota", fmt::format("the four quotas add up to {}, not 10000", quotas));
    }
    not_above(keys, kRxLongMinDays, kRxLongMaxDays, problems);
    not_above(keys, kRxLongDefaultDays, kRxLongMaxDays, problems);
    not_above(keys, kRxValidityDays, kRxValidityMaxDays, problems);
    not_above(keys, kContractPeriodMinMonths, kContractPeriodMaxMonths, problems);
    not_above(keys, kPointsCapDay, kPointsCapYear, problems);
    not_above(keys, kScreeningColorectalAgeFrom, kScreeningColorectalAgeTo, problems);
    const Words& allowed = value_of(keys, kContractTeamRolesAllowed);
    for (const std::string& role : value_of(keys, kContractTeamRolesRequired)) {
        if (std::ranges::find(allowed, role) != allowed.end()) continue;
        refuse(problems, *keys.written[position(kContractTeamRolesRequired)], "POLICY_VALUE",
               kContractTeamRolesRequired.name(), fmt::format("{} is not an allowed role", role));
    }
}

}  // namespace yilian::policy
