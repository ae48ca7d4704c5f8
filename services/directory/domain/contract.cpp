#include "services/directory/domain/contract.h"

#include <algorithm>

namespace yilian::directory::domain {

Outcome<Allowed> check_period(CivilDate valid_from, CivilDate valid_to,
                              const ContractPolicy& policy) {
    // A span of n months from d is d … the day before d + n months.
    const CivilDate after_last = valid_to.plus_days(1);
    const CivilDate shortest = valid_from.plus_months(static_cast<int>(policy.period_min_months));
    const CivilDate longest =
        policy.period_flexible
            ? valid_from.plus_months(static_cast<int>(policy.period_max_months))
            : shortest;
    if (after_last < shortest || after_last > longest) {
        return Refusal{"PERIOD_OUT_OF_RANGE",
                       {{"min_months", std::to_string(policy.period_min_months)},
                        {"max_months", std::to_string(policy.period_max_months)}}};
    }
    return Allowed{};
}

Outcome<Allowed> check_no_overlap(const Contract& signing, const std::vector<Contract>& others) {
    for (const Contract& other : others) {
        const bool counts = other.in_force() || other.state == ContractState::kSigned;
        const bool apart =
            other.valid_to < signing.valid_from || signing.valid_to < other.valid_from;
        if (other.contract_id != signing.contract_id && counts && !apart) {
            return Refusal{"ACTIVE_CONTRACT_EXISTS", {{"contract_id", other.contract_id}}};
        }
    }
    return Allowed{};
}

Outcome<Allowed> check_void(const Contract& contract, Instant now, bool something_delivered,
                            const ContractPolicy& policy) {
    if (something_delivered) return Reason("SERVICE_ALREADY_DELIVERED");
    const auto limit = *contract.signed_at + std::chrono::days(policy.void_days);
    if (now > limit) return Reason("VOID_PERIOD_OVER");
    return Allowed{};
}

CivilDate notice_day(const Contract& contract, const ContractPolicy& policy) {
    return contract.valid_to.plus_days(-static_cast<int>(policy.renewal_notice_days));
}

bool effective(const Contract& contract, CivilDate day, std::optional<CivilDate> last_delivery,
               std::int64_t max_idle_months) {
    if (!contract.in_force()) return false;
    const int months = static_cast<int>(max_idle_months);
    if (day < contract.valid_from.plus_months(months)) return true;
    return last_delivery && last_delivery->plus_months(months) >= day;
}

std::vector<std::string> key_groups_by_age(CivilDate birth_date, CivilDate on) {
    const int age = calendar::age_years(birth_date, on);
    if (age >= 65) return {"age_65"};
    if (age <= 6) return {"age_0_6"};
    return {};
}

}  // namespace yilian::directory::domain
