#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/policy/pack.h"
#include "services/prescriptions/domain/types.h"

// Long prescriptions 长期处方 (prescriptions.md 5.1).
namespace yilian::prescriptions::domain {

// The national norm of 2021; no pack may allow more (policy-trace.md 7 row 1).
inline constexpr std::int32_t kNationalLongMaxDays = 84;

// The family that rx.long.diseases names for a registry disease: "diabetes_t2" -> "diabetes".
[[nodiscard]] std::string_view long_family_of(std::string_view disease_code);

// The last class of a disease that the registry told.
struct ControlEvidence {
    std::string disease_code;
    std::string visit_id;
    CivilDate visit_on;
    bool satisfied = false;
};

// The stays of a resident in hospital.
struct Stays {
    std::optional<CivilDate> last_discharge;
    bool in_hospital = false;  // admitted, no discharge known
};

// Whether evidence would be refused for its age or a stay. The registry is then asked before the
// refusal, because a later visit may not have arrived.
[[nodiscard]] bool too_old(const policy::Pack& pack, const ControlEvidence& evidence,
                           const Stays& stays, CivilDate today);

struct Limit {
    std::int32_t days = 0;
    LimitSource source = LimitSource::kUnspecified;
};
// min(national, district, label, insurance); of equal limits the first in this order.
[[nodiscard]] Limit long_limit(const policy::Pack& pack, const std::vector<Drug>& drugs);

struct LongQuestion {
    std::string disease_code;
    std::int32_t days = 0;
    std::vector<Drug> drugs;
    bool patient_confirmed = false;
    std::optional<ControlEvidence> evidence;
    Stays stays;
    bool first = true;         // no assessment before, or stopped since
    std::string doctor_title;  // of the asking doctor
};

struct LongDecision {
    ControlEvidence evidence;
    Limit limit;
    bool strict = false;    // above rx.long.strict_above_days
    CivilDate valid_until;  // visit_on + rx.long.evidence_max_age_days
};

// The reasons of AssessLong in its order: LONG_NOT_ELIGIBLE, EVIDENCE_TOO_OLD,
// LONG_DISEASE_NOT_LISTED, LONG_DRUG_EXCLUDED, LONG_QUANTITY_EXCEEDED, LONG_QUANTITY_TOO_SMALL,
// FIRST_LONG_NEEDS_TITLE, PATIENT_CONFIRMATION_MISSING.
[[nodiscard]] Outcome<LongDecision> assess_long(const policy::Pack& pack,
                                                const LongQuestion& question, CivilDate today);

// JUNIOR < MIDDLE < DEPUTY_CHIEF < CHIEF; titles of other names are the lowest.
[[nodiscard]] int title_rank(std::string_view title);

}  // namespace yilian::prescriptions::domain
