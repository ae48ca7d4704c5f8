#include "services/billing/domain/evidence.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "libs/calendar/local_time.h"

namespace yilian::billing {
namespace {

using calendar::local_date;

bool same_leg(const Evidence& a, const Evidence& b) {
    return a.to_institution_id == b.to_institution_id && a.direction == b.direction;
}

// An answer of the owner has no sequence yet, so the time of issue comes first.
auto issue_order(const Evidence& e) { return std::tie(e.issued_at, e.sequence, e.evidence_id); }

// The newest of each leg among those that came in time.
std::vector<const Evidence*> newest(std::span<const Evidence> all, CivilDate last_day) {
    std::vector<const Evidence*> legs;
    for (const Evidence& e : all) {
        if (local_date(e.issued_at) > last_day) continue;
        const auto leg =
            std::ranges::find_if(legs, [&](const Evidence* x) { return same_leg(*x, e); });
        if (leg == legs.end()) {
            legs.push_back(&e);
        } else if (issue_order(**leg) < issue_order(e)) {
            *leg = &e;
        }
    }
    std::ranges::sort(legs, {}, [](const Evidence* e) { return issue_order(*e); });
    return legs;
}

bool admission_matches(const Evidence& e, CivilDate admitted_on, std::int64_t arrival_days) {
    if (e.admitted_at) return local_date(*e.admitted_at) == admitted_on;
    if (!e.arrived_at) return false;
    const int after = calendar::days_between(local_date(*e.arrived_at), admitted_on);
    return after >= 0 && after <= arrival_days;
}

// Receiving legs first: at the receiver a stay is referred, whatever it opened before.
const Evidence* leg_for(const std::vector<const Evidence*>& legs, const EvidencePlace& stay,
                        std::int64_t arrival_days) {
    const Evidence* received = nullptr;
    const Evidence* sent = nullptr;
    for (const Evidence* e : legs) {
        if (e->to_institution_id == stay.institution_id &&
            (received == nullptr || admission_matches(*e, stay.admitted_on, arrival_days))) {
            received = e;
        }
        if (sent == nullptr && e->from_institution_id == stay.institution_id) sent = e;
    }
    if (received != nullptr && admission_matches(*received, stay.admitted_on, arrival_days))
        return received;
    return sent != nullptr ? sent : received;
}

}  // namespace

ReferredStay judge_stay(const EvidencePlace& stay, std::span<const Evidence> of_referral,
                        const EvidenceLimits& limits) {
    ReferredStay result;
    if (stay.named.empty()) return result;
    const auto last_day = stay.discharged_on.plus_days(static_cast<int>(limits.late_days));
    const auto legs = newest(of_referral, last_day);
    if (legs.empty()) {
        result.reason = "BEN_EVIDENCE_MISSING";
        return result;
    }
    const Evidence* e = leg_for(legs, stay, limits.arrival_days);
    if (e == nullptr) {
        result.reason = "BEN_EVIDENCE_OTHER_INSTITUTION";
        return result;
    }
    const bool receiver = e->to_institution_id == stay.institution_id;
    if (!e->valid || e->resident_id != stay.resident_id ||
        (receiver && !admission_matches(*e, stay.admitted_on, limits.arrival_days))) {
        result.reason = "BEN_EVIDENCE_INVALID";
        return result;
    }
    result.chain_id = e->chain_id;
    result.evidence_id = e->evidence_id;
    result.referral_id = e->referral_id;
    if (receiver) {
        result.referral = e->direction;
        result.county_evidence = e->beyond_county;
    }
    return result;
}

}  // namespace yilian::billing
