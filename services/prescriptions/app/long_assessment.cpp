#include "services/prescriptions/app/long_assessment.h"

#include "libs/policy/keys/prescriptions.h"
#include "services/prescriptions/store/copy_rows.h"
#include "services/prescriptions/store/event_codec.h"

namespace yilian::prescriptions::app {
namespace {

using storage::Transaction;

// The later of two; the registry's own word counts where both are of one visit.
std::optional<domain::ControlEvidence> latest(std::optional<domain::ControlEvidence> copy,
                                              const OwnerAnswer& answer,
                                              std::string_view disease_code) {
    const std::string_view family = domain::long_family_of(disease_code);
    for (const domain::ControlEvidence& told : answer.statuses) {
        if (domain::long_family_of(told.disease_code) != family || told.visit_id.empty()) continue;
        if (!copy || told.visit_on >= copy->visit_on) copy = told;
    }
    return copy;
}

Outcome<std::vector<domain::Drug>> drugs_of(Transaction& tx, const std::vector<std::string>& codes,
                                            domain::CivilDate today) {
    std::vector<domain::Drug> out;
    const std::string catalogue = store::catalogue_on(tx, today);
    for (const std::string& code : codes) {
        auto drug = store::drug(tx, catalogue, code);
        if (!drug) return Refusal{"NOT_FOUND", {{"drug", code}}};
        out.push_back(*std::move(drug));
    }
    return out;
}

void end_one(Work& work, store::Eligibility e, std::string_view reassess_reason,
             const policy::Pack& pack) {
    e.eligible = false;
    e.reassess_reason = reassess_reason;
    e.changes += 1;
    store::save(work.tx, e);
    work.touch("long_eligibility", e.resident_id + "/" + e.disease_code);
    work.append(store::long_assessed(work.event_context(pack), e));
}

}  // namespace

bool must_ask_registry(Transaction& tx, const policy::Pack& pack, std::string_view resident_id,
                       std::string_view disease_code, domain::CivilDate today) {
    const auto copy = store::control_evidence(tx, resident_id, disease_code);
    return !copy || domain::too_old(pack, *copy, store::stays(tx, resident_id), today);
}

Outcome<domain::LongDecision> assess_long(Transaction& tx, const policy::Pack& pack,
                                          const LongAsk& ask, domain::CivilDate today,
                                          const OwnerAnswer& answer) {
    if (!store::resident(tx, ask.resident_id)) {
        return Refusal{"NOT_FOUND", {{"resident_id", ask.resident_id}}};
    }
    if (!answer.answered && must_ask_registry(tx, pack, ask.resident_id, ask.disease_code, today)) {
        return Refusal{"DEPENDENCY_UNAVAILABLE", {{"service", "registries"}}};
    }
    const auto drugs = drugs_of(tx, ask.drug_codes, today);
    if (!drugs.ok()) return drugs.refusal();
    domain::LongQuestion q;
    q.disease_code = ask.disease_code;
    q.days =
        ask.days > 0 ? ask.days : static_cast<std::int32_t>(pack.get(policy::kRxLongDefaultDays));
    q.drugs = *drugs;
    q.patient_confirmed = ask.patient_confirmed;
    q.evidence = latest(store::control_evidence(tx, ask.resident_id, ask.disease_code), answer,
                        ask.disease_code);
    q.stays = store::stays(tx, ask.resident_id);
    const auto recorded = store::eligibility_of_person(tx, ask.resident_id, ask.disease_code);
    q.first = !recorded || !recorded->eligible;
    q.doctor_title = store::practitioner(tx, ask.doctor_id, ask.institution_id, today).title;
    return domain::assess_long(pack, q, today);
}

Outcome<store::Eligibility> record_long(Work& work, const LongAsk& ask, const OwnerAnswer& answer) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    const auto decision = assess_long(work.tx, **pack, ask, work.today, answer);
    if (!decision.ok()) return decision.refusal();
    const auto before = store::eligibility(work.tx, ask.resident_id, ask.disease_code);
    store::Eligibility e;
    e.resident_id = ask.resident_id;
    e.disease_code = ask.disease_code;
    e.eligible = true;
    e.evidence_visit_id = decision->evidence.visit_id;
    e.evidence_on = decision->evidence.visit_on;
    e.limit_days = decision->limit.days;
    e.binding_limit = decision->limit.source;
    e.strict = decision->strict;
    e.valid_until = decision->valid_until;
    e.assessed_by = work.actor.id;
    e.institution_id = work.actor.institution_id;
    e.changes = before ? before->changes + 1 : 1;
    store::save(work.tx, e);
    work.touch("long_eligibility", e.resident_id + "/" + e.disease_code);
    work.append(store::long_assessed(work.event_context(**pack), e));
    return e;
}

void end_eligibility(Work& work, std::string_view resident_id, std::string_view disease_code,
                     std::string_view reassess_reason) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return;
    const std::string person = store::surviving(work.tx, resident_id);
    for (store::Eligibility& e : store::all_eligibilities(work.tx, person)) {
        if (e.eligible && (disease_code.empty() || e.disease_code == disease_code)) {
            end_one(work, std::move(e), reassess_reason, **pack);
        }
    }
}

void stay_ends_eligibility(Work& work, std::string_view resident_id,
                           std::optional<domain::CivilDate> discharged_on) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return;
    const std::string person = store::surviving(work.tx, resident_id);
    for (store::Eligibility& e : store::all_eligibilities(work.tx, person)) {
        const bool shown_after = discharged_on && e.evidence_on && *e.evidence_on > *discharged_on;
        if (e.eligible && !shown_after) end_one(work, std::move(e), "HOSPITAL_STAY", **pack);
    }
}

}  // namespace yilian::prescriptions::app
