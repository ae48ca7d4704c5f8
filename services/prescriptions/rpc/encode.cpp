#include "services/prescriptions/rpc/encode.h"

#include <algorithm>

#include "libs/calendar/local_time.h"
#include "services/prescriptions/app/dispensing.h"
#include "services/prescriptions/app/review.h"
#include "services/prescriptions/store/content_codec.h"
#include "services/prescriptions/store/copy_rows.h"

namespace yilian::prescriptions::rpc_edge {
namespace {

using domain::Prescription;
using domain::Role;
using domain::State;
using storage::Transaction;

bool may_dispense_now(Transaction& tx, const Prescription& p, const Reader& reader) {
    const auto today = calendar::local_date(reader.now);
    const auto pack = reader.policies.at(reader.district, today);
    return pack.ok() && app::may_dispense(tx, **pack, p, reader.caller.institution_id, today).ok();
}

// The guards of a row as far as they are known without the request.
bool row_holds(Transaction& tx, const Prescription& p, const Reader& reader, int row) {
    const std::string& institution = reader.caller.institution_id;
    const bool own = p.prescriber_id == reader.caller.subject && p.institution_id == institution;
    const bool holds_claim = p.claim && p.claim->dispenser_institution_id == institution;
    switch (row) {
        case 2:
        case 3:
        case 12:
            return own;
        case 11:
            return own && p.highest_level == domain::Level::kDoubleSign;
        case 8:
            if (p.highest_level == domain::Level::kDoubleSign && !p.double_signed) return false;
            [[fallthrough]];
        case 9:
        case 10:
            return p.prescriber_id != reader.caller.subject &&
                   app::works_with(tx, institution, p.institution_id,
                                   calendar::local_date(reader.now));
        case 13:
            return !p.is_parent() && p.valid_until && reader.now < *p.valid_until &&
                   may_dispense_now(tx, p, reader);
        case 14:
        case 20:
            return holds_claim;
        case 16:
        case 17:
        case 21:
            return holds_claim && reader.now < p.claim->leased_until;
        case 18:
        case 19:
        case 29:
            return p.institution_id == institution;
        case 25:
            return p.dispensed_by == institution && !store::settlement_of(tx, p.prescription_id);
        default:
            return true;
    }
}

void encode_lines(const Prescription& p, v1::Prescription& m) {
    for (const domain::Line& l : p.lines) {
        v1::Line* line = m.add_lines();
        if (l.line_no <= m.content().lines_size()) {
            *line->mutable_content() = m.content().lines(l.line_no - 1);
        }
        // An instance has its part of what the doctor wrote.
        line->mutable_content()->set_days(l.days);
        line->mutable_content()->set_quantity_milli(l.quantity_milli);
        line->set_line_id(p.prescription_id + "." + std::to_string(l.line_no));
        line->set_state(store::to_proto<v1::LineState>(l.state));
        line->set_dispensed_milli(l.dispensed_milli);
        if (l.covered_until) line->set_covered_until(l.covered_until->text());
        line->set_non_dispense_reason(l.non_dispense_reason);
    }
}

void encode_dispenses(Transaction& tx, const Prescription& p, v1::Prescription& m) {
    for (const domain::Dispense& d : store::dispenses(tx, p.prescription_id)) {
        v1::Dispense* out = m.add_dispenses();
        out->set_dispense_id(d.dispense_id);
        out->set_line_no(d.line_no);
        out->set_dispenser_institution_id(d.dispenser_institution_id);
        out->set_quantity_milli(d.quantity_milli);
        out->set_days_supplied(d.days_supplied);
        for (const std::string& code : d.trace_codes) out->add_trace_codes(code);
        out->set_substitute_of(d.substitute_of);
        out->set_dispenser_id(d.dispenser_id);
        out->set_checked_by(d.checked_by);
        store::set_time(out->mutable_at(), d.at);
        if (d.reversed_at) store::set_time(out->mutable_reversed_at(), *d.reversed_at);
    }
}

void encode_signature(const Prescription& p, v1::Prescription& m) {
    if (!p.signature) return;
    v1::PrescriptionSignature* s = m.mutable_signature();
    s->set_signer_id(p.signature->signer_id);
    s->set_algorithm(p.signature->algorithm);
    store::set_time(s->mutable_signed_at(), p.signature->signed_at);
    s->set_value(p.signature->value);
}

void encode_header(const Prescription& p, v1::Prescription& m) {
    m.set_prescription_id(p.prescription_id);
    m.set_number(p.number);
    m.set_version(p.changes);
    m.set_state(store::to_proto<v1::PrescriptionState>(p.state));
    m.set_resident_id(p.resident_id);
    m.set_institution_id(p.institution_id);
    m.set_prescriber_id(p.prescriber_id);
    m.set_long_(p.is_long);
    m.set_parent_id(p.parent_id);
    m.set_instance_no(p.instance_no);
    if (p.due_on) m.set_due_on(p.due_on->text());
    m.set_age_at_issue_days(p.age_at_issue_days);
    if (p.issued_at) store::set_time(m.mutable_issued_at(), *p.issued_at);
    if (p.valid_until) store::set_time(m.mutable_valid_until(), *p.valid_until);
    m.set_content_sha256(p.content_sha256);
    m.set_list_id(p.list_id);
    m.set_reason_code(p.reason_code);
    m.set_insurance_rx_no(p.insurance_rx_no);
    m.set_insurance_trace_code(p.insurance_trace_code);
    m.set_policy_pack_id(p.pack_id);
    m.set_policy_pack_version(p.pack_version);
    m.set_rule_set_version(p.rule_set_version);
    m.set_etag(runtime::make_etag(p.changes));
}

}  // namespace

lifecycle::Set<Role> roles_of(const rpc::Caller& caller) {
    lifecycle::Set<Role> roles;
    if (caller.has_role("doctor")) roles = roles | lifecycle::Set<Role>{Role::kDoctor};
    if (caller.has_role("pharmacist")) {
        roles = roles | lifecycle::Set<Role>{Role::kPharmacist, Role::kDispenser};
    }
    if (caller.has_role("dispenser")) roles = roles | lifecycle::Set<Role>{Role::kDispenser};
    return roles;
}

std::vector<std::string> allowed_actions(Transaction& tx, const Prescription& p,
                                         const Reader& reader) {
    auto allowed = domain::kLifecycle.allowed_action_names(
        p.state, roles_of(reader.caller),
        [&](const lifecycle::RowData& row) { return row_holds(tx, p, reader, row.number); });
    std::ranges::sort(allowed);
    return allowed;
}

bool may_read(Transaction& tx, const Prescription& p, const Reader& reader) {
    const rpc::Caller& caller = reader.caller;
    const auto today = calendar::local_date(reader.now);
    if (caller.has_role("auditor") || caller.has_role("service")) return true;
    if (caller.institution_id == p.institution_id || caller.institution_id == p.dispensed_by ||
        (p.claim && p.claim->dispenser_institution_id == caller.institution_id) ||
        app::works_with(tx, caller.institution_id, p.institution_id, today)) {
        return true;
    }
    const auto contract = store::contract_on(tx, p.resident_id, today);
    if (contract && contract->institution_id == caller.institution_id) return true;
    return p.state == State::kEffective && may_dispense_now(tx, p, reader);
}

v1::Prescription encode(Transaction& tx, const Prescription& p, const Reader& reader) {
    v1::Prescription m;
    encode_header(p, m);
    *m.mutable_content() = store::content_message(p);
    encode_lines(p, m);
    encode_signature(p, m);
    for (v1::ReviewRecord& review : store::reviews(tx, p.prescription_id)) {
        *m.add_reviews() = std::move(review);
    }
    if (p.claim) *m.mutable_claim() = encode(*p.claim);
    encode_dispenses(tx, p, m);
    for (std::string& name : allowed_actions(tx, p, reader)) {
        m.add_allowed_actions(std::move(name));
    }
    return m;
}

v1::PrescriptionSummary encode_summary(const Prescription& p) {
    v1::PrescriptionSummary m;
    m.set_prescription_id(p.prescription_id);
    m.set_number(p.number);
    m.set_kind(store::to_proto<v1::PrescriptionKind>(p.content.kind));
    m.set_state(store::to_proto<v1::PrescriptionState>(p.state));
    m.set_resident_id(p.resident_id);
    m.set_institution_id(p.institution_id);
    m.set_prescriber_id(p.prescriber_id);
    if (p.issued_at) store::set_time(m.mutable_issued_at(), *p.issued_at);
    if (p.valid_until) store::set_time(m.mutable_valid_until(), *p.valid_until);
    m.set_etag(runtime::make_etag(p.changes));
    return m;
}

v1::Claim encode(const domain::Claim& claim) {
    v1::Claim m;
    m.set_claim_id(claim.claim_id);
    m.set_dispenser_institution_id(claim.dispenser_institution_id);
    store::set_time(m.mutable_leased_until(), claim.leased_until);
    m.set_state(store::to_proto<v1::ClaimState>(claim.state));
    return m;
}

v1::LongAssessment encode(const store::Eligibility& e) {
    v1::LongAssessment m;
    m.set_resident_id(e.resident_id);
    m.set_disease_code(e.disease_code);
    m.set_eligible(e.eligible);
    m.set_evidence_visit_id(e.evidence_visit_id);
    if (e.evidence_on) {
        store::set_time(m.mutable_evidence_at(), calendar::start_of_day(*e.evidence_on));
    }
    m.set_limit_days(e.limit_days);
    m.set_binding_limit(store::to_proto<v1::LimitSource>(e.binding_limit));
    m.set_strict(e.strict);
    if (e.valid_until) m.set_valid_until(e.valid_until->text());
    m.set_reassess_reason(e.reassess_reason);
    m.set_assessed_by(e.assessed_by);
    m.set_etag(runtime::make_etag(e.changes));
    return m;
}

}  // namespace yilian::prescriptions::rpc_edge
