#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "libs/base/clock.h"
#include "libs/calendar/civil_date.h"
#include "services/billing/domain/benefit.h"

// What referral evidence does for a stay (billing.md 9.3). Pure.
namespace yilian::billing {

using calendar::CivilDate;

// The facts of one ReferralEvidenceIssued.
struct Evidence {
    std::string evidence_id;
    std::string referral_id;
    std::string chain_id;
    std::string resident_id;
    std::string from_institution_id;
    std::string to_institution_id;
    ReferralKind direction = ReferralKind::kNone;  // an emergency is sent UP
    bool beyond_county = false;
    bool valid = false;
    std::optional<Instant> arrived_at{};
    std::optional<Instant> admitted_at{};
    Instant issued_at{};
    std::int64_t sequence = 0;  // of the referral's events; 0 = told before its event came
};

// The stay that names evidence.
struct EvidencePlace {
    std::string named;  // evidence id or referral id of the list; "" = none named
    std::string institution_id;
    std::string resident_id;  // the surviving id where residents were merged
    CivilDate admitted_on{};
    CivilDate discharged_on{};
};

// How the stay counts.
struct ReferredStay {
    ReferralKind referral = ReferralKind::kNone;
    std::string chain_id{};
    bool county_evidence = false;
    std::string evidence_id{};
    std::string referral_id{};
    // BEN_EVIDENCE_MISSING, BEN_EVIDENCE_INVALID, BEN_EVIDENCE_OTHER_INSTITUTION; "" when the
    // evidence counts or none was named.
    std::string reason{};
};

struct EvidenceLimits {
    // Evidence issued more than so many days after discharge comes too late and is as good as
    // missing.
    std::int64_t late_days = 0;
    // Without an admission of its own it holds for admissions within so many days of the arrival.
    std::int64_t arrival_days = 0;
};

// `of_referral`: all evidence of the referral that the named one belongs to, in any order; of each
// leg (receiver and direction) only the newest counts.
[[nodiscard]] ReferredStay judge_stay(const EvidencePlace& stay,
                                      std::span<const Evidence> of_referral,
                                      const EvidenceLimits& limits);

}  // namespace yilian::billing
