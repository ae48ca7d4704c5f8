#pragma once

#include "services/referrals/app/work.h"
#include "services/referrals/store/referral_rows.h"

// Evidence of referrals (referrals.md 8): issued with the start of care and with the return to the
// base institution, never changed, superseded when a later change alters the judgement.
namespace yilian::referrals::app {

enum class Leg { kUp, kDown };

// Judges the leg, signs and stores the result and publishes it.
void issue_evidence(Work& work, const domain::Referral& referral, Leg leg, const Rules& rules);
// For each leg with evidence whose judgement has changed meanwhile.
void reissue_evidence(Work& work, const domain::Referral& referral, const Rules& rules);

// The newest evidence of the leg, or the present judgement without evidence_id.
[[nodiscard]] domain::Evidence newest_evidence(const domain::Referral& referral,
                                               const std::vector<store::StoredEvidence>& issued,
                                               Leg leg, const domain::EvidencePolicy& policy);

}  // namespace yilian::referrals::app
