#include "services/referrals/store/content_codec.h"

#include "services/referrals/store/values.h"

namespace yilian::referrals::store {
namespace {

void set_opt(google::protobuf::Timestamp* (*field)(v1::ReferralEvidence&), v1::ReferralEvidence& m,
             const std::optional<Instant>& at) {
    if (at) set_time(field(m), *at);
}

}  // namespace

domain::Content content_of(const v1::ReferralContent& m) {
    domain::Content c;
    c.direction = from_proto<domain::Direction>(m.direction());
    c.kind = from_proto<domain::Kind>(m.kind());
    c.priority = from_proto<domain::Priority>(m.priority());
    c.sender_department_code = m.sender_department_code();
    c.sender_practitioner_id = m.sender_practitioner_id();
    c.receiver_institution_id = m.receiver_institution_id();
    c.receiver_department_code = m.receiver_department_code();
    for (const v1::Diagnosis& d : m.diagnoses()) c.diagnoses.push_back({d.code(), d.is_main()});
    c.reason_code = m.reason_code();
    c.has_chief_complaint = !m.chief_complaint().empty();
    c.has_present_illness = !m.present_illness().empty();
    c.has_past_history = !m.past_history().empty();
    for (const v1::Measurement& item : m.measurements()) c.facts[item.code()] = item.value();
    c.drug_codes = strings(m.drug_codes());
    if (m.consent().has_given_at()) c.consent_given_at = instant_of(m.consent().given_at());
    c.consent_method = from_proto<domain::ConsentMethod>(m.consent().method());
    c.beyond_county = m.beyond_county();
    c.beyond_county_reason_code = m.beyond_county_reason_code();
    c.document_ids = strings(m.document_ids());
    c.plan_document_id = m.plan_document_id();
    c.follow_up_on = date_of(m.follow_up_date());
    c.override_reason_code = m.override_reason_code();
    return c;
}

void set_content(domain::Referral& referral, const v1::ReferralContent& message) {
    referral.content = content_of(message);
    referral.stored_content = message.SerializeAsString();
}

v1::ReferralContent content_message(const domain::Referral& referral) {
    return parsed<v1::ReferralContent>(referral.stored_content);
}

domain::Offer offer_of(const v1::ServiceOffer& m, std::int64_t changes) {
    domain::Offer o;
    o.offer_id = m.offer_id();
    o.institution_id = m.institution_id();
    o.department_code = m.department_code();
    for (const int kind : m.kinds()) o.kinds.push_back(static_cast<domain::Kind>(kind));
    o.disease_codes = strings(m.disease_codes());
    o.required_items = strings(m.required_item_codes());
    o.auto_accept = m.auto_accept();
    for (const v1::BookingWindow& w : m.booking_windows()) {
        o.windows.push_back(
            {from_proto<domain::Priority>(w.priority()), w.from_days(), w.to_days()});
    }
    for (const v1::DiseaseGrade& g : m.grades()) o.grades.emplace_back(g.disease_code(), g.grade());
    o.valid_from = date_of(m.valid_from()).value_or(calendar::CivilDate());
    o.valid_to = date_of(m.valid_to());
    o.stored = m.SerializeAsString();
    o.changes = changes;
    return o;
}

domain::Pool pool_of(const v1::ResourcePool& m, std::int64_t changes) {
    domain::Pool p;
    p.pool_id = m.pool_id();
    p.owner_institution_id = m.owner_institution_id();
    p.resource_kind = from_proto<domain::ResourceKind>(m.resource_kind());
    p.specialty_code = m.specialty_code();
    if (m.quotas_size() > 0) {
        domain::ByClass<std::int32_t> shares{};
        for (const v1::QuotaShare& share : m.quotas()) {
            shares[domain::index_of(from_proto<domain::QuotaClass>(share.quota_class()))] +=
                share.share_bp();
        }
        p.shares_bp = shares;
    }
    p.stored = m.SerializeAsString();
    p.changes = changes;
    return p;
}

v1::CriteriaResult to_message(const domain::Criteria& criteria) {
    v1::CriteriaResult m;
    m.set_criteria_pack_id(criteria.pack_id);
    m.set_criteria_pack_version(criteria.pack_version);
    for (const auto& id : criteria.ids(domain::CriterionResult::kMet)) m.add_met(id);
    for (const auto& id : criteria.ids(domain::CriterionResult::kNotMet)) m.add_not_met(id);
    for (const auto& id : criteria.ids(domain::CriterionResult::kMissing)) m.add_missing(id);
    for (const domain::CriterionOutcome& outcome : criteria.outcomes) {
        v1::CriterionOutcome* o = m.add_outcomes();
        o->set_criterion_id(outcome.criterion_id);
        o->set_result(to_proto<v1::CriterionResult>(outcome.result));
        for (const std::string& input : outcome.missing_inputs) o->add_missing_inputs(input);
        o->set_explanation(outcome.explanation);
    }
    m.set_suggested_direction(to_proto<v1::Direction>(criteria.suggested));
    return m;
}

v1::ReferralEvidence to_message(const domain::Evidence& e) {
    v1::ReferralEvidence m;
    m.set_evidence_id(e.evidence_id);
    m.set_referral_id(e.referral_id);
    m.set_chain_id(e.chain_id);
    m.set_resident_id(e.resident_id);
    m.set_from_institution_id(e.from_institution_id);
    m.set_to_institution_id(e.to_institution_id);
    m.set_consortium_id(e.consortium_id);
    m.set_direction(to_proto<v1::Direction>(e.direction));
    m.set_main_diagnosis_code(e.main_diagnosis_code);
    m.set_beyond_county(e.beyond_county);
    m.set_emergency(e.emergency);
    m.set_valid(e.valid);
    m.set_invalid_reason(e.invalid_reason);
    m.set_supersedes_evidence_id(e.supersedes_evidence_id);
    set_opt([](auto& v) { return v.mutable_submitted_at(); }, m, e.submitted_at);
    set_opt([](auto& v) { return v.mutable_accepted_at(); }, m, e.accepted_at);
    set_opt([](auto& v) { return v.mutable_arrived_at(); }, m, e.arrived_at);
    set_opt([](auto& v) { return v.mutable_admitted_at(); }, m, e.admitted_at);
    set_opt([](auto& v) { return v.mutable_issued_at(); }, m, e.issued_at);
    m.set_signature(e.signature);
    return m;
}

}  // namespace yilian::referrals::store
