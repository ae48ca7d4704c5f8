#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"
#include "services/directory/domain/contract_table.h"

// Family-doctor contracts 家庭医生签约 (contracts.md 3). Pure.
namespace yilian::directory::domain {

using calendar::CivilDate;

struct Contract {
    std::string contract_id;
    std::string number;
    std::string resident_id;
    std::string team_id;
    std::string institution_id;
    std::string family_doctor_id;
    std::string party;
    std::vector<std::string> package_ids;
    std::vector<std::string> key_groups;
    ContractState state = ContractState::kNone;
    Instant offered_at{};
    std::optional<Instant> signed_at;
    CivilDate valid_from;
    CivilDate valid_to;  // last day in force; the last one it had, once it has ended
    std::string signature_method;
    std::string signature_document_id;
    std::string previous_contract_id;
    std::string end_reason;
    std::int64_t fee_fen = 0;
    std::string payer_split;  // serialised list of shares
    std::int64_t changes = 0;

    [[nodiscard]] bool in_force() const {
        return state == ContractState::kActive || state == ContractState::kDueForRenewal;
    }
    // Signed and not voided: its days are taken. What was renewed, ended or followed by another
    // team holds to its last day all the same (invariant 9).
    [[nodiscard]] bool counts() const {
        return state != ContractState::kNone && state != ContractState::kOffered &&
               state != ContractState::kVoid && state != ContractState::kExpiredUnsigned;
    }
    [[nodiscard]] bool covers(CivilDate day) const {
        return counts() && valid_from <= day && day <= valid_to;
    }
};

// What of the district's pack contracts read.
struct ContractPolicy {
    std::int64_t period_min_months = 12;    // contract.period.min_months
    std::int64_t period_max_months = 36;    // contract.period.max_months
    bool period_flexible = true;            // contract.period.flexible: else exactly the minimum
    std::int64_t offer_valid_days = 30;     // contract.offer.valid_days
    std::int64_t void_days = 7;             // contract.void_days
    std::int64_t renewal_notice_days = 60;  // contract.renewal.notice_days
    std::int64_t residents_per_doctor_max = 2000;  // contract.residents_per_doctor_max
};

// C-05: the period counts whole months from the first to the day after the last day, and has not
// passed. PERIOD_OUT_OF_RANGE with the limits.
[[nodiscard]] Outcome<Allowed> check_period(CivilDate valid_from, CivilDate valid_to,
                                            CivilDate today, const ContractPolicy& policy);

// Rows 2, 8 and 10: no other contract of the resident may cover a day of the new one (C-04).
// ACTIVE_CONTRACT_EXISTS.
[[nodiscard]] Outcome<Allowed> check_no_overlap(const Contract& signing,
                                                const std::vector<Contract>& others);

// SIGNATURE_INVALID; GUARDIAN_NEEDED when the offer names a guardian and somebody else signs.
[[nodiscard]] Outcome<Allowed> check_signature(const Contract& signing, std::string_view method,
                                               std::string_view document_id);

// C-08: TEAM_FULL when the doctor has as many residents as the pack allows.
[[nodiscard]] Outcome<Allowed> check_quota(std::int64_t contracted, const ContractPolicy& policy);

// Row 5: within void_days of signing and nothing delivered. SERVICE_ALREADY_DELIVERED,
// VOID_PERIOD_OVER.
[[nodiscard]] Outcome<Allowed> check_void(const Contract& contract, Instant now,
                                          bool something_delivered, const ContractPolicy& policy);

// Row 11: the last day lies within the contract; a wish may end it only when the minimum has been
// served (rows 10 and 11: MIN_PERIOD_NOT_SERVED).
[[nodiscard]] Outcome<Allowed> check_end(const Contract& contract, CivilDate last_day,
                                         std::string_view end_reason, const ContractPolicy& policy);
// The minimum is served by the end of this day.
[[nodiscard]] bool minimum_served(const Contract& contract, CivilDate last_day,
                                  const ContractPolicy& policy);

// C-01: the day the notice falls due.
[[nodiscard]] CivilDate notice_day(const Contract& contract, const ContractPolicy& policy);

// contracts.md 5: active, and younger than the idle months or served within them (C-10).
[[nodiscard]] bool effective(const Contract& contract, CivilDate day,
                             std::optional<CivilDate> last_delivery, std::int64_t max_idle_months);

// What a resident's key groups follow from.
struct KeyGroupFacts {
    CivilDate birth_date;
    std::vector<std::string> special_groups;  // health codes in force, "PREGNANT"
    std::vector<std::string> diseases;        // confirmed enrolments, "diabetes_t2"
};
// The key groups on a day, of those that the pack knows (contract.key_groups), sorted.
[[nodiscard]] std::vector<std::string> key_groups(const KeyGroupFacts& facts, CivilDate on,
                                                  const std::vector<std::string>& known);

}  // namespace yilian::directory::domain
