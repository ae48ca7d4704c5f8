#include "services/prescriptions/store/event_codec.h"

#include "libs/calendar/local_time.h"
#include "libs/crypto/digest.h"
#include "services/prescriptions/store/content_codec.h"
#include "yilian/prescriptions/v1/events.pb.h"

namespace yilian::prescriptions::store {
namespace {

template <class Msg>
Msg of_prescription(const Context& context, const Prescription& p) {
    Msg m;
    *m.mutable_context() = context;
    m.set_prescription_id(p.prescription_id);
    m.set_resident_id(p.resident_id);
    return m;
}

template <class Msg>
events::EventDraft written(const Context& context, const Prescription& p) {
    Msg m = of_prescription<Msg>(context, p);
    m.set_institution_id(p.institution_id);
    m.set_prescriber_id(p.prescriber_id);
    m.set_kind(to_proto<v1::PrescriptionKind>(p.content.kind));
    for (const std::string& code : p.content.disease_codes) m.add_disease_codes(code);
    return events::make_event(m);
}

template <class Msg>
events::EventDraft reviewed(const Context& context, const Prescription& p,
                            const ReviewFacts& facts) {
    Msg m = of_prescription<Msg>(context, p);
    for (const std::string& id : facts.rule_ids) m.add_rule_ids(id);
    m.set_reason_code(facts.reason_code);
    m.set_reviewer_id(facts.reviewer_id);
    return events::make_event(m);
}

template <class Msg>
events::EventDraft with_dispenser(const Context& context, const Prescription& p,
                                  const domain::Claim& claim) {
    Msg m = of_prescription<Msg>(context, p);
    m.set_dispenser_institution_id(claim.dispenser_institution_id);
    set_time(m.mutable_leased_until(), claim.leased_until);
    return events::make_event(m);
}

template <class Msg>
Msg of_line(const Context& context, const Prescription& p, const domain::Line& line) {
    Msg m = of_prescription<Msg>(context, p);
    m.set_institution_id(p.institution_id);
    m.set_line_no(line.line_no);
    m.set_generic_code(line.generic_code);
    m.set_external_purchase(line.external_purchase);
    return m;
}

template <class Msg>
events::EventDraft at_rest(const Context& context, const Prescription& p, Instant at) {
    Msg m = of_prescription<Msg>(context, p);
    m.set_dispenser_institution_id(p.dispensed_by);
    m.set_list_id(p.list_id);
    set_time(m.mutable_at(), at);
    return events::make_event(m);
}

template <class Msg>
events::EventDraft with_reason(const Context& context, const Prescription& p,
                               std::string_view reason_code) {
    Msg m = of_prescription<Msg>(context, p);
    m.set_reason_code(std::string(reason_code));
    return events::make_event(m);
}

}  // namespace

events::EventDraft drafted(const Context& context, const Prescription& p) {
    return written<v1::PrescriptionDrafted>(context, p);
}
events::EventDraft was_signed(const Context& context, const Prescription& p) {
    return written<v1::PrescriptionSigned>(context, p);
}

events::EventDraft checked(const Context& context, const Prescription& p,
                           const std::vector<std::string>& rule_ids) {
    auto m = of_prescription<v1::PrescriptionChecked>(context, p);
    m.set_rule_set_version(p.rule_set_version);
    m.set_highest_level(to_proto<v1::FindingLevel>(p.highest_level));
    for (const std::string& id : rule_ids) m.add_finding_rule_ids(id);
    return events::make_event(m);
}

events::EventDraft returned(const Context& context, const Prescription& p,
                            const ReviewFacts& facts) {
    return reviewed<v1::PrescriptionReturned>(context, p, facts);
}
events::EventDraft refused(const Context& context, const Prescription& p,
                           const ReviewFacts& facts) {
    return reviewed<v1::PrescriptionRefused>(context, p, facts);
}
events::EventDraft double_signed(const Context& context, const Prescription& p,
                                 const ReviewFacts& facts) {
    return reviewed<v1::PrescriptionDoubleSigned>(context, p, facts);
}

events::EventDraft became_effective(const Context& context, const Prescription& p) {
    auto m = of_prescription<v1::PrescriptionEffective>(context, p);
    m.set_institution_id(p.institution_id);
    m.set_prescriber_id(p.prescriber_id);
    m.set_kind(to_proto<v1::PrescriptionKind>(p.content.kind));
    m.set_long_(p.is_long);
    m.set_referral_id(p.content.referral_id);
    m.set_parent_id(p.parent_id);
    set_time(m.mutable_valid_until(), p.valid_until.value());
    for (const domain::Line& l : p.lines) {
        v1::EffectiveLine* line = m.add_lines();
        line->set_line_no(l.line_no);
        line->set_generic_code(l.generic_code);
        line->set_days(l.days);
        line->set_quantity_milli(l.quantity_milli);
    }
    return events::make_event(m);
}

events::EventDraft instance_planned(const Context& context, const Prescription& instance) {
    v1::InstancePlanned m;
    *m.mutable_context() = context;
    m.set_parent_id(instance.parent_id);
    m.set_resident_id(instance.resident_id);
    m.set_instance_no(instance.instance_no);
    m.set_due_on(instance.due_on->text());
    return events::make_event(m);
}

events::EventDraft long_assessed(const Context& context, const Eligibility& e) {
    v1::LongPrescriptionAssessed m;
    *m.mutable_context() = context;
    m.set_resident_id(e.resident_id);
    m.set_disease_code(e.disease_code);
    m.set_eligible(e.eligible);
    m.set_evidence_visit_id(e.evidence_visit_id);
    if (e.evidence_on) {
        set_time(m.mutable_evidence_at(), calendar::start_of_day(*e.evidence_on));
    }
    m.set_limit_days(e.limit_days);
    m.set_binding_limit(to_proto<v1::LimitSource>(e.binding_limit));
    if (e.valid_until) m.set_valid_until(e.valid_until->text());
    m.set_reassess_reason(e.reassess_reason);
    return events::make_event(m);
}

events::EventDraft claimed(const Context& context, const Prescription& p,
                           const domain::Claim& claim) {
    return with_dispenser<v1::PrescriptionClaimed>(context, p, claim);
}
events::EventDraft released(const Context& context, const Prescription& p,
                            const domain::Claim& claim) {
    return with_dispenser<v1::PrescriptionReleased>(context, p, claim);
}

events::EventDraft line_dispensed(const Context& context, const Prescription& p,
                                  const domain::Line& line, const domain::Dispense& dispense) {
    auto m = of_line<v1::LineDispensed>(context, p, line);
    m.set_dispense_id(dispense.dispense_id);
    m.set_dispenser_institution_id(dispense.dispenser_institution_id);
    m.set_quantity_milli(dispense.quantity_milli);
    m.set_days_supplied(dispense.days_supplied);
    m.set_dispensed_on(calendar::local_date(dispense.at).text());
    if (line.covered_until) m.set_covered_until(line.covered_until->text());
    return events::make_event(m);
}

events::EventDraft line_not_dispensed(const Context& context, const Prescription& p,
                                      const domain::Line& line,
                                      std::string_view dispenser_institution_id,
                                      std::int64_t quantity_milli, domain::CivilDate on) {
    auto m = of_line<v1::LineNotDispensed>(context, p, line);
    m.set_dispenser_institution_id(std::string(dispenser_institution_id));
    m.set_quantity_milli(quantity_milli);
    m.set_dispensed_on(on.text());
    m.set_reason_code(line.non_dispense_reason);
    return events::make_event(m);
}

events::EventDraft dispense_reversed(const Context& context, const Prescription& p,
                                     const domain::Dispense& dispense) {
    auto m = of_prescription<v1::DispenseReversed>(context, p);
    m.set_dispense_id(dispense.dispense_id);
    m.set_dispenser_institution_id(dispense.dispenser_institution_id);
    m.set_line_no(dispense.line_no);
    m.set_quantity_milli(dispense.quantity_milli);
    return events::make_event(m);
}

events::EventDraft came_to_rest(RestEvent event, const Context& context, const Prescription& p,
                                Instant at) {
    switch (event) {
        case RestEvent::kDispensed:
            return at_rest<v1::PrescriptionDispensed>(context, p, at);
        case RestEvent::kSettled:
            return at_rest<v1::PrescriptionSettled>(context, p, at);
        case RestEvent::kClosed:
            return at_rest<v1::PrescriptionClosed>(context, p, at);
        case RestEvent::kExpired:
            break;
    }
    return at_rest<v1::PrescriptionExpired>(context, p, at);
}

events::EventDraft cancel_requested(const Context& context, const Prescription& p,
                                    std::string_view reason_code) {
    return with_reason<v1::CancelRequested>(context, p, reason_code);
}
events::EventDraft cancel_voided(const Context& context, const Prescription& p,
                                 std::string_view reason_code) {
    return with_reason<v1::CancelVoided>(context, p, reason_code);
}
events::EventDraft cancelled(const Context& context, const Prescription& p) {
    return with_reason<v1::PrescriptionCancelled>(context, p, p.reason_code);
}

events::EventDraft trace_conflict(const Context& context, const Conflict& conflict) {
    v1::TraceConflict m;
    *m.mutable_context() = context;
    m.set_code_hash(crypto::sha256_hex(conflict.code));
    m.set_institution_id(conflict.institution_id);
    m.set_first_dispense_id(conflict.first_dispense_id);
    m.set_second_dispense_id(conflict.second_dispense_id);
    m.set_conflict_id(conflict.conflict_id);
    return events::make_event(m);
}

}  // namespace yilian::prescriptions::store
