#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/policy/pack.h"
#include "services/prescriptions/domain/types.h"

// What a doctor may write and sign (prescriptions.md 4 rows 1 to 3).
namespace yilian::prescriptions::domain {

// Who writes.
struct Prescriber {
    bool works_here = false;  // at the institution, on the day, rights in force
    std::vector<std::string> rights;
    std::string title;
};

// The right to prescribe; narcotics and psychotropics I need one of their own.
inline constexpr std::string_view kPrescribeRight = "PRESCRIBE";
inline constexpr std::string_view kNarcoticRight = "PRESCRIBE_NARCOTIC";
inline constexpr std::string_view kReviewRight = "REVIEW_PRESCRIPTION";

// PRESCRIBER_NO_RIGHT.
[[nodiscard]] Outcome<Allowed> may_prescribe(const Prescriber& prescriber, Kind kind);

// KIND_DISABLED when the pack switches the kind off.
[[nodiscard]] Outcome<Allowed> kind_enabled(const policy::Pack& pack, Kind kind);

// What the service knows of the referral an EXTENDED prescription follows.
struct ReferralPlan {
    std::string resident_id;
    bool planned = false;   // the upper hospital sent its plan
    bool returned = false;  // the base took the patient back
    std::vector<std::string> drug_codes;
};
// REFERRAL_PLAN_MISSING, then NOT_CONTRACTED, for EXTENDED; allowed for the others. `contract_id`
// is the contract in force, "" when there is none.
[[nodiscard]] Outcome<Allowed> may_extend(const Content& content, std::string_view resident_id,
                                          const std::optional<ReferralPlan>& plan,
                                          std::string_view contract_id);

// Fields that must be filled before signing and are not, as proto paths, in order.
[[nodiscard]] std::vector<std::string> missing_fields(const Content& content);

// CONTENT_INCOMPLETE (fields in metadata), TOO_MANY_LINES, PIECES_NOT_SEPARATE.
[[nodiscard]] Outcome<Allowed> may_be_signed(const policy::Pack& pack, const Content& content);

// The rules of long prescriptions hold: kind LONG, or EXTENDED above rx.quantity.normal_days.
[[nodiscard]] bool needs_long_rules(const policy::Pack& pack, Kind kind, std::int32_t days);

// SIGNATURE_INVALID when the signer is not the prescriber or the algorithm is unknown;
// SIGNED_DATE_MISMATCH when the local day of signing is not the day on which the content was last
// written, or not today.
[[nodiscard]] Outcome<Allowed> may_sign_by(const Signature& signature, std::string_view caller_id,
                                           const Prescription& prescription, CivilDate today);

}  // namespace yilian::prescriptions::domain
