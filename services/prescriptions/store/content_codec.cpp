#include "services/prescriptions/store/content_codec.h"

#include "libs/base/invariant.h"
#include "libs/crypto/digest.h"

namespace yilian::prescriptions::store {
namespace {

static_assert(static_cast<int>(domain::State::kFuture) == v1::PRESCRIPTION_STATE_FUTURE);
static_assert(static_cast<int>(domain::Kind::kHealth) == v1::PRESCRIPTION_KIND_HEALTH);
static_assert(static_cast<int>(domain::LineState::kExpired) == v1::LINE_STATE_EXPIRED);
static_assert(static_cast<int>(domain::Level::kBlock) == v1::FINDING_LEVEL_BLOCK);
static_assert(static_cast<int>(domain::ReviewResult::kRefuse) == v1::REVIEW_RESULT_REFUSE);
static_assert(static_cast<int>(domain::ReviewStage::kDoubleSign) == v1::REVIEW_STAGE_DOUBLE_SIGN);
static_assert(static_cast<int>(domain::ClaimState::kDone) == v1::CLAIM_STATE_DONE);
static_assert(static_cast<int>(domain::LimitSource::kInsurance) == v1::LIMIT_SOURCE_INSURANCE);

template <class Repeated>
std::vector<std::string> list(const Repeated& values) {
    return {values.begin(), values.end()};
}

domain::LineContent line_of(const v1::LineContent& m) {
    domain::LineContent l;
    l.line_no = m.line_no();
    l.generic_code = m.generic_code();
    l.item_class = static_cast<domain::ItemClass>(m.item_class());
    l.dose_milli = m.dose_milli();
    l.dose_unit = m.dose_unit();
    l.frequency_code = m.frequency_code();
    l.route_code = m.route_code();
    l.days = m.days();
    l.quantity_milli = m.quantity_milli();
    l.pack_unit = m.pack_unit();
    l.skin_test = static_cast<domain::SkinTest>(m.skin_test());
    l.external_purchase = m.external_purchase();
    l.longer_reason_code = m.longer_reason_code();
    return l;
}

}  // namespace

void set_time(google::protobuf::Timestamp* out, Instant at) {
    const auto ms = to_ms(at);
    const auto second = ms >= 0 ? ms / 1000 : (ms - 999) / 1000;
    out->set_seconds(second);
    out->set_nanos(static_cast<std::int32_t>((ms - second * 1000) * 1'000'000));
}

Instant instant_of(const google::protobuf::Timestamp& message) {
    return instant_from_ms(message.seconds() * 1000 + message.nanos() / 1'000'000);
}

domain::Content content_of(const v1::PrescriptionContent& m) {
    domain::Content c;
    c.kind = static_cast<domain::Kind>(m.kind());
    c.contract_id = m.contract_id();
    c.referral_id = m.referral_id();
    c.repeat_of = m.repeat_of();
    c.instance_count = m.instance_count();
    for (const v1::PrescribedDiagnosis& d : m.diagnoses()) {
        c.diagnoses.push_back({d.code_system(), d.code(), d.tcm_syndrome()});
    }
    c.disease_codes = list(m.disease_codes());
    c.special_groups = list(m.special_groups());
    c.allergy_codes = list(m.allergy_codes());
    for (const v1::LineContent& l : m.lines()) c.lines.push_back(line_of(l));
    if (m.has_validity_days()) c.validity_days = m.validity_days();
    c.validity_reason_code = m.validity_reason_code();
    c.patient_confirmed = m.patient_confirmed();
    return c;
}

void set_content(domain::Prescription& p, const v1::PrescriptionContent& message) {
    v1::PrescriptionContent numbered = message;
    for (int i = 0; i < numbered.lines_size(); ++i) numbered.mutable_lines(i)->set_line_no(i + 1);
    p.content = content_of(numbered);
    p.content_bytes = numbered.SerializeAsString();
    p.content_sha256 = crypto::sha256_hex("yilian.prescription/1\n" + p.prescription_id + "\n" +
                                          p.resident_id + "\n" + p.content_bytes);
    p.lines.clear();
    for (const domain::LineContent& l : p.content.lines) {
        domain::Line line;
        line.line_no = l.line_no;
        line.generic_code = l.generic_code;
        line.days = l.days;
        line.quantity_milli = l.quantity_milli;
        line.external_purchase = l.external_purchase;
        p.lines.push_back(std::move(line));
    }
}

v1::PrescriptionContent content_message(const domain::Prescription& p) {
    v1::PrescriptionContent message;
    YILIAN_INVARIANT(message.ParseFromString(p.content_bytes),
                     "prescriptions: stored content does not parse");
    return message;
}

domain::Drug drug_of(const v1::DrugRow& m) {
    domain::Drug d;
    d.generic_code = m.generic_code();
    d.name = m.name();
    d.item_class = static_cast<domain::ItemClass>(m.item_class());
    d.ingredient_codes = list(m.ingredient_codes());
    d.effect_group = m.effect_group();
    d.allergy_groups = list(m.allergy_groups());
    d.form_code = m.form_code();
    d.strength_milli = m.strength_milli();
    d.strength_unit = m.strength_unit();
    d.pack_unit = m.pack_unit();
    if (m.has_max_single_dose_milli()) d.max_single_dose_milli = m.max_single_dose_milli();
    if (m.has_max_daily_dose_milli()) d.max_daily_dose_milli = m.max_daily_dose_milli();
    if (m.has_max_days()) d.max_days = m.max_days();
    if (m.has_insurance_max_days()) d.insurance_max_days = m.insurance_max_days();
    d.long_excluded_class = m.long_excluded_class();
    d.essential = m.essential();
    d.forbidden_groups = list(m.forbidden_groups());
    if (m.has_min_age_days()) d.min_age_days = m.min_age_days();
    d.trace_required = m.trace_required();
    d.disease_codes = list(m.disease_codes());
    return d;
}

v1::Finding finding_message(const domain::Finding& finding) {
    v1::Finding m;
    m.set_rule_id(finding.rule_id);
    m.set_rule_set(std::string(domain::kRuleSet));
    m.set_rule_version(std::string(domain::kRuleSetVersion));
    for (const std::int32_t no : finding.line_nos) m.add_line_nos(no);
    m.set_level(to_proto<v1::FindingLevel>(finding.level));
    m.set_message_code(finding.message_code);
    for (const std::string& value : finding.values) m.add_values(value);
    return m;
}

}  // namespace yilian::prescriptions::store
