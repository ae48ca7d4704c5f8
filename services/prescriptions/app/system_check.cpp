#include "services/prescriptions/app/system_check.h"

#include "services/prescriptions/domain/content.h"
#include "services/prescriptions/domain/long_rules.h"
#include "services/prescriptions/store/copy_rows.h"
#include "services/prescriptions/store/rows.h"

namespace yilian::prescriptions::app {
namespace {

using storage::Transaction;

// The rules of long prescriptions on what was recorded by RecordLongAssessment.
Outcome<Allowed> long_rules_of(Transaction& tx, const policy::Pack& pack, const CheckQuestion& q,
                               const store::Eligibility& e,
                               const std::vector<domain::Drug>& drugs) {
    if (!e.eligible) {
        return Refusal{"LONG_NOT_ELIGIBLE", {{"cause", e.reassess_reason}}};
    }
    domain::LongQuestion question;
    question.disease_code = e.disease_code;
    question.days = q.content.longest_days();
    question.drugs = drugs;
    question.patient_confirmed = q.content.patient_confirmed || e.strict;
    question.evidence =
        domain::ControlEvidence{e.disease_code, e.evidence_visit_id, e.evidence_on.value(), true};
    question.stays = store::stays(tx, q.resident_id);
    question.first = false;  // the title was looked at when it was recorded
    const auto decision = domain::assess_long(pack, question, q.on);
    if (!decision.ok()) return decision.refusal();
    return Allowed{};
}

// Of several diseases one that allows it is enough.
std::optional<Refusal> long_refusal(Transaction& tx, const policy::Pack& pack,
                                    const CheckQuestion& q,
                                    const std::vector<domain::Drug>& drugs) {
    std::optional<Refusal> first;
    for (const store::Eligibility& e : store::eligibilities(tx, q.resident_id)) {
        const auto& named = q.content.disease_codes;
        if (!named.empty() && !domain::contains(named, e.disease_code)) continue;
        const auto allowed = long_rules_of(tx, pack, q, e, drugs);
        if (allowed.ok()) return std::nullopt;
        if (!first) first = allowed.refusal();
    }
    return first ? first : Refusal{"LONG_NOT_ELIGIBLE", {{"cause", "NOT_ASSESSED"}}};
}

void read_resident(Transaction& tx, const CheckQuestion& q, domain::CheckInput& input) {
    if (const auto resident = store::resident(tx, q.resident_id)) {
        input.birth_date = resident->birth_date;
    }
    if (const auto codes = store::health_codes(tx, q.resident_id)) {
        input.health_codes_known = true;
        input.allergy_codes = codes->allergy_codes;
        input.special_groups = codes->special_groups;
    }
}

void read_drugs(Transaction& tx, const CheckQuestion& q, const std::string& catalogue,
                domain::CheckInput& input) {
    for (const domain::LineContent& line : q.content.lines) {
        if (auto drug = store::drug(tx, catalogue, line.generic_code)) {
            input.drugs.insert_or_assign(line.generic_code, *std::move(drug));
        }
    }
    for (const store::CoveredDrug& c : store::covered(tx, q.resident_id, q.on, q.prescription_id)) {
        domain::Drug fallback;
        fallback.generic_code = c.generic_code;
        input.covered.push_back(
            {store::drug(tx, catalogue, c.generic_code).value_or(fallback), c.until});
    }
}

void read_references(Transaction& tx, const CheckQuestion& q, domain::CheckInput& input) {
    if (const auto place = store::institution(tx, q.institution_id, q.on)) {
        input.institution_class = place->institution_class;
    }
    if (q.content.kind == domain::Kind::kExtended) {
        if (const auto plan = store::referral_plan(tx, q.content.referral_id)) {
            input.plan_drugs = plan->drug_codes;
        }
    }
    if (q.content.kind == domain::Kind::kRepeat) {
        input.repeated_drugs.emplace();
        if (const auto repeated = store::prescription(tx, q.content.repeat_of)) {
            for (const domain::Line& l : repeated->lines) {
                input.repeated_drugs->push_back(l.generic_code);
            }
        }
    }
}

}  // namespace

Outcome<Checked> system_check(Transaction& tx, const policy::Pack& pack, const CheckQuestion& q) {
    Checked out;
    out.catalogue = store::catalogue_on(tx, q.on);
    if (out.catalogue.empty()) return Refusal{"RULE_SET_NOT_FOUND", {{"date", q.on.text()}}};
    out.rule_set_version = std::string(domain::kRuleSet) + "/" +
                           std::string(domain::kRuleSetVersion) + "+" + out.catalogue;
    domain::CheckInput input;
    input.content = q.content;
    input.on = q.on;
    read_resident(tx, q, input);
    read_drugs(tx, q, out.catalogue, input);
    read_references(tx, q, input);
    if (domain::needs_long_rules(pack, q.content.kind, q.content.longest_days())) {
        std::vector<domain::Drug> drugs;
        for (const auto& [code, drug] : input.drugs) drugs.push_back(drug);
        input.long_refusal = long_refusal(tx, pack, q, drugs);
    }
    out.findings = domain::check(pack, input);
    return out;
}

}  // namespace yilian::prescriptions::app
