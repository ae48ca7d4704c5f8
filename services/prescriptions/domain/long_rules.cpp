#include "services/prescriptions/domain/long_rules.h"

#include <algorithm>

#include "libs/policy/keys/prescriptions.h"

namespace yilian::prescriptions::domain {
namespace {

constexpr int kMiddleTitle = 2;

std::int32_t days_of(std::int64_t value) { return static_cast<std::int32_t>(value); }

Outcome<Allowed> evidence_holds(const policy::Pack& pack, const LongQuestion& q, CivilDate today) {
    if (!pack.get(policy::kRxLongEnabled)) {
        return Refusal{"LONG_NOT_ELIGIBLE", {{"cause", "KIND_DISABLED"}}};
    }
    if (!q.evidence) return Refusal{"LONG_NOT_ELIGIBLE", {{"cause", "NO_CONTROL_EVIDENCE"}}};
    if (!q.evidence->satisfied) {
        return Refusal{"LONG_NOT_ELIGIBLE",
                       {{"cause", "NOT_CONTROLLED"}, {"visit_id", q.evidence->visit_id}}};
    }
    if (!too_old(pack, *q.evidence, q.stays, today)) return Allowed{};
    const std::int64_t oldest = pack.get(policy::kRxLongEvidenceMaxAgeDays);
    const int age = calendar::days_between(q.evidence->visit_on, today);
    if (age > oldest) {
        return Refusal{"EVIDENCE_TOO_OLD",
                       {{"age_days", std::to_string(age)}, {"limit", std::to_string(oldest)}}};
    }
    return Refusal{"EVIDENCE_TOO_OLD", {{"cause", "HOSPITAL_STAY"}}};
}

Outcome<Allowed> drugs_allowed(const policy::Pack& pack, const LongQuestion& q) {
    const policy::Words& excluded = pack.get(policy::kRxLongExcludedClasses);
    for (const Drug& drug : q.drugs) {
        if (!drug.long_excluded_class.empty() && contains(excluded, drug.long_excluded_class)) {
            return Refusal{"LONG_DRUG_EXCLUDED",
                           {{"drug", drug.generic_code}, {"class", drug.long_excluded_class}}};
        }
    }
    return Allowed{};
}

Outcome<Allowed> quantity_allowed(const policy::Pack& pack, std::int32_t days, const Limit& limit) {
    if (days > limit.days) {
        return Refusal{"LONG_QUANTITY_EXCEEDED",
                       {{"days", std::to_string(days)},
                        {"limit", std::to_string(limit.days)},
                        {"binding_limit", std::string(name_of(limit.source))}}};
    }
    const std::int64_t least = pack.get(policy::kRxLongMinDays);
    if (days < least) {
        return Refusal{"LONG_QUANTITY_TOO_SMALL",
                       {{"days", std::to_string(days)}, {"limit", std::to_string(least)}}};
    }
    return Allowed{};
}

}  // namespace

std::string_view long_family_of(std::string_view disease_code) {
    if (disease_code == "diabetes_t2" || disease_code == "hyperglycaemia") return "diabetes";
    if (disease_code == "hyperlipidaemia") return "dyslipidaemia";
    if (disease_code == "chronic_respiratory") return "copd";
    return disease_code;
}

bool too_old(const policy::Pack& pack, const ControlEvidence& evidence, const Stays& stays,
             CivilDate today) {
    const int age = calendar::days_between(evidence.visit_on, today);
    return age > pack.get(policy::kRxLongEvidenceMaxAgeDays) || stays.in_hospital ||
           (stays.last_discharge && evidence.visit_on <= *stays.last_discharge);
}

Limit long_limit(const policy::Pack& pack, const std::vector<Drug>& drugs) {
    Limit limit{kNationalLongMaxDays, LimitSource::kNational};
    const auto lower = [&limit](std::int32_t days, LimitSource source) {
        if (days < limit.days) limit = {days, source};
    };
    lower(days_of(pack.get(policy::kRxLongMaxDays)), LimitSource::kDistrict);
    for (const Drug& drug : drugs) {
        if (drug.max_days) lower(*drug.max_days, LimitSource::kLabel);
    }
    for (const Drug& drug : drugs) {
        if (drug.insurance_max_days) lower(*drug.insurance_max_days, LimitSource::kInsurance);
    }
    return limit;
}

Outcome<LongDecision> assess_long(const policy::Pack& pack, const LongQuestion& q,
                                  CivilDate today) {
    if (auto held = evidence_holds(pack, q, today); !held.ok()) return held.refusal();
    const std::string_view family = long_family_of(q.disease_code);
    if (!contains(pack.get(policy::kRxLongDiseases), family)) {
        return Refusal{"LONG_DISEASE_NOT_LISTED", {{"disease_code", q.disease_code}}};
    }
    if (auto allowed = drugs_allowed(pack, q); !allowed.ok()) return allowed.refusal();
    LongDecision decision;
    decision.evidence = *q.evidence;
    decision.limit = long_limit(pack, q.drugs);
    if (auto fits = quantity_allowed(pack, q.days, decision.limit); !fits.ok()) {
        return fits.refusal();
    }
    if (q.first && title_rank(q.doctor_title) < kMiddleTitle) {
        return Refusal{"FIRST_LONG_NEEDS_TITLE", {{"title", "MIDDLE"}}};
    }
    decision.strict = q.days > pack.get(policy::kRxLongStrictAboveDays);
    if (decision.strict && !q.patient_confirmed) {
        return Refusal{"PATIENT_CONFIRMATION_MISSING", {}};
    }
    decision.valid_until =
        q.evidence->visit_on.plus_days(days_of(pack.get(policy::kRxLongEvidenceMaxAgeDays)));
    return decision;
}

int title_rank(std::string_view title) {
    constexpr std::string_view kRising[] = {"JUNIOR", "MIDDLE", "DEPUTY_CHIEF", "CHIEF"};
    const auto* found = std::ranges::find(kRising, title);
    return found == std::end(kRising) ? 0 : static_cast<int>(found - std::begin(kRising)) + 1;
}

}  // namespace yilian::prescriptions::domain
