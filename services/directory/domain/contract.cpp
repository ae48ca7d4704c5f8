#include "services/directory/domain/contract.h"

#include <algorithm>

namespace yilian::directory::domain {
namespace {

int months(std::int64_t count) { return static_cast<int>(count); }

// Disease of a registry -> key group.
std::string_view group_of_disease(std::string_view disease_code) {
    if (disease_code == "diabetes_t2" || disease_code == "hyperglycaemia") return "diabetes";
    return disease_code;
}

bool three_high_one_chronic(std::string_view disease_code) {
    return disease_code == "hypertension" || disease_code == "hyperglycaemia" ||
           disease_code == "hyperlipidaemia" || disease_code == "chronic_respiratory";
}

}  // namespace

Outcome<Allowed> check_period(CivilDate valid_from, CivilDate valid_to, CivilDate today,
                              const ContractPolicy& policy) {
    // A span of n months from d is d … the day before d + n months.
    const CivilDate after_last = valid_to.plus_days(1);
    const CivilDate shortest = valid_from.plus_months(months(policy.period_min_months));
    const CivilDate longest = policy.period_flexible
                                  ? valid_from.plus_months(months(policy.period_max_months))
                                  : shortest;
    if (after_last < shortest || after_last > longest || valid_to < today) {
        return Refusal{"PERIOD_OUT_OF_RANGE",
                       {{"min_months", std::to_string(policy.period_min_months)},
                        {"max_months", std::to_string(policy.period_max_months)}}};
    }
    return Allowed{};
}

Outcome<Allowed> check_no_overlap(const Contract& signing, const std::vector<Contract>& others) {
    for (const Contract& other : others) {
        const bool apart =
            other.valid_to < signing.valid_from || signing.valid_to < other.valid_from;
        if (other.contract_id != signing.contract_id && other.counts() && !apart) {
            return Refusal{"ACTIVE_CONTRACT_EXISTS", {{"contract_id", other.contract_id}}};
        }
    }
    return Allowed{};
}

Outcome<Allowed> check_signature(const Contract& signing, std::string_view method,
                                 std::string_view document_id) {
    if (method.empty() || document_id.empty()) return Reason("SIGNATURE_INVALID");
    if (signing.party == "GUARDIAN" && method != "GUARDIAN") return Reason("GUARDIAN_NEEDED");
    return Allowed{};
}

Outcome<Allowed> check_quota(std::int64_t contracted, const ContractPolicy& policy) {
    if (contracted < policy.residents_per_doctor_max) return Allowed{};
    return Refusal{"TEAM_FULL", {{"limit", std::to_string(policy.residents_per_doctor_max)}}};
}

Outcome<Allowed> check_void(const Contract& contract, Instant now, bool something_delivered,
                            const ContractPolicy& policy) {
    if (something_delivered) return Reason("SERVICE_ALREADY_DELIVERED");
    const auto limit = *contract.signed_at + std::chrono::days(policy.void_days);
    if (now > limit) return Reason("VOID_PERIOD_OVER");
    return Allowed{};
}

bool minimum_served(const Contract& contract, CivilDate last_day, const ContractPolicy& policy) {
    return last_day.plus_days(1) >=
           contract.valid_from.plus_months(months(policy.period_min_months));
}

Outcome<Allowed> check_end(const Contract& contract, CivilDate last_day,
                           std::string_view end_reason, const ContractPolicy& policy) {
    if (last_day < contract.valid_from || contract.valid_to < last_day) {
        return Refusal{"FIELD_RANGE", {{"field", "effective_on"}}};
    }
    if (end_reason == "RESIDENT_WISH" && !minimum_served(contract, last_day, policy)) {
        return Reason("MIN_PERIOD_NOT_SERVED");
    }
    return Allowed{};
}

CivilDate notice_day(const Contract& contract, const ContractPolicy& policy) {
    return contract.valid_to.plus_days(-static_cast<int>(policy.renewal_notice_days));
}

bool effective(const Contract& contract, CivilDate day, std::optional<CivilDate> last_delivery,
               std::int64_t max_idle_months) {
    if (!contract.in_force()) return false;
    if (day < contract.valid_from.plus_months(months(max_idle_months))) return true;
    return last_delivery && last_delivery->plus_months(months(max_idle_months)) >= day;
}

std::vector<std::string> key_groups(const KeyGroupFacts& facts, CivilDate on,
                                    const std::vector<std::string>& known) {
    std::vector<std::string> groups;
    const int age = calendar::age_years(facts.birth_date, on);
    if (age >= 65) groups.emplace_back("age_65");
    if (age <= 6) groups.emplace_back("age_0_6");
    for (const std::string& code : facts.special_groups) {
        if (code == "PREGNANT") groups.emplace_back("pregnant");
    }
    for (const std::string& code : facts.diseases) {
        groups.emplace_back(group_of_disease(code));
        if (three_high_one_chronic(code)) groups.emplace_back("three_high_one_chronic");
    }
    std::ranges::sort(groups);
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    std::erase_if(groups, [&](const std::string& code) {
        return std::ranges::find(known, code) == known.end();
    });
    return groups;
}

}  // namespace yilian::directory::domain
