#include "services/billing/store/list_codec.h"

namespace yilian::billing::store {
namespace {

std::optional<CivilDate> date_of(const std::string& text) {
    const auto date = CivilDate::parse(text);
    return date.ok() ? std::optional(*date) : std::nullopt;
}

void decode_parts(const v1::SettlementList& m, SettlementList& l) {
    for (const auto& d : m.diagnoses()) {
        l.diagnoses.push_back({d.seq(), static_cast<DiagnosisKind>(d.kind()), d.code(), d.main()});
    }
    for (const auto& p : m.procedures()) {
        ListProcedure to{p.seq(), p.code(), static_cast<ProcedureType>(p.type())};
        if (p.has_performed_at()) to.performed_at = instant_of(p.performed_at());
        to.anaesthesia = p.anaesthesia();
        to.surgeon_id = p.surgeon_id();
        to.cost = Fen::of_raw(p.cost_fen());
        to.main = p.main();
        l.procedures.push_back(std::move(to));
    }
    for (const auto& c : m.charges()) {
        l.charges.push_back({c.class_(), Fen::of_raw(c.amount_fen()), Fen::of_raw(c.class_a_fen()),
                             Fen::of_raw(c.class_b_fen()), Fen::of_raw(c.self_paid_fen()),
                             Fen::of_raw(c.other_fen())});
    }
    for (const auto& f : m.funds()) l.funds.push_back({f.fund(), Fen::of_raw(f.amount_fen())});
    for (const auto& i : m.icu_stays()) {
        ListIcuStay to{i.seq()};
        if (i.has_in_at()) to.in_at = instant_of(i.in_at());
        if (i.has_out_at()) to.out_at = instant_of(i.out_at());
        to.minutes = i.minutes();
        l.icu_stays.push_back(to);
    }
    for (const auto& t : m.transfusions()) l.transfusions.push_back({t.type(), t.volume_ml()});
}

void decode_person(const v1::SettlementList& m, SettlementList& l) {
    l.resident_id = m.resident_id();
    l.insurance = insurance_name(m.insurance());
    l.insured_region = m.insured_region();
    l.sex = m.sex();
    l.birth_date = date_of(m.birth_date());
    if (m.has_age_years()) l.age_years = m.age_years();
    if (m.has_age_days()) l.age_days = m.age_days();
    if (m.has_birth_weight_g()) l.birth_weight_g = m.birth_weight_g();
    if (m.has_admission_weight_g()) l.admission_weight_g = m.admission_weight_g();
}

void decode_stay(const v1::SettlementList& m, SettlementList& l) {
    l.treatment_type = static_cast<TreatmentType>(m.treatment_type());
    l.admission_way = m.admission_way();
    if (m.has_admitted_at()) l.admitted_at = instant_of(m.admitted_at());
    if (m.has_discharged_at()) l.discharged_at = instant_of(m.discharged_at());
    l.stay_days = m.stay_days();
    l.admission_dept = m.admission_dept();
    l.discharge_dept = m.discharge_dept();
    l.discharge_way = m.discharge_way();
    l.receiving_institution_id = m.receiving_institution_id();
    l.readmission_planned = m.readmission_31d_planned();
    l.readmission_reason_code = m.readmission_reason_code();
    l.ventilator_minutes = m.ventilator_minutes();
    l.coma_before_minutes = m.coma_before_minutes();
    l.coma_after_minutes = m.coma_after_minutes();
    l.nursing_days = {m.nursing_days_special(), m.nursing_days_1(), m.nursing_days_2(),
                      m.nursing_days_3()};
    if (m.has_declared_at()) l.declared_at = instant_of(m.declared_at());
}

void decode_money(const v1::SettlementList& m, SettlementList& l) {
    l.total = Fen::of_raw(m.total_fen());
    l.self_paid = Fen::of_raw(m.self_paid_fen());
    l.class_b_first = Fen::of_raw(m.class_b_first_fen());
    l.over_limit = Fen::of_raw(m.over_limit_fen());
    l.account_pay = Fen::of_raw(m.account_pay_fen());
    l.cash_pay = Fen::of_raw(m.cash_pay_fen());
}

}  // namespace

SettlementList decode(const v1::SettlementList& m) {
    SettlementList l;
    l.list_id = m.list_id();
    l.version = m.version();
    l.institution_id = m.institution_id();
    l.level = level_name(m.institution_level());
    decode_person(m, l);
    decode_stay(m, l);
    decode_money(m, l);
    l.referral_evidence_id = m.referral_evidence_id();
    l.filed = m.filed();
    l.aid_class = m.aid_class();
    l.diagnosis_count = m.diagnosis_count();
    l.procedure_count = m.procedure_count();
    l.method = static_cast<PaymentMethod>(m.payment_method());
    l.bed_day_type = m.bed_day_type();
    l.dx_code_version = m.dx_code_version();
    l.proc_code_version = m.proc_code_version();
    l.prescription_id = m.prescription_id();
    decode_parts(m, l);
    return l;
}

Instant instant_of(const google::protobuf::Timestamp& t) {
    return instant_from_ms(t.seconds() * 1000 + t.nanos() / 1'000'000);
}

void set_instant(google::protobuf::Timestamp* out, Instant at) {
    const auto ms = to_ms(at);
    auto seconds = ms / 1000;
    auto rest = ms % 1000;
    if (rest < 0) {
        rest += 1000;
        --seconds;
    }
    out->set_seconds(seconds);
    out->set_nanos(static_cast<std::int32_t>(rest * 1'000'000));
}

std::string level_name(common::v1::InstitutionLevel level) {
    switch (level) {
        case common::v1::INSTITUTION_LEVEL_L1:
            return "L1";
        case common::v1::INSTITUTION_LEVEL_L2:
            return "L2";
        case common::v1::INSTITUTION_LEVEL_L3:
            return "L3";
        case common::v1::INSTITUTION_LEVEL_L3A:
            return "L3A";
        case common::v1::INSTITUTION_LEVEL_L3B:
            return "L3B";
        default:
            return "";
    }
}

std::string insurance_name(common::v1::Insurance insurance) {
    switch (insurance) {
        case common::v1::INSURANCE_EMP:
            return "EMP";
        case common::v1::INSURANCE_RES:
            return "RES";
        case common::v1::INSURANCE_OTHER:
            return "OTHER";
        default:
            return "";
    }
}

common::v1::Insurance insurance_of(std::string_view name) {
    if (name == "EMP") return common::v1::INSURANCE_EMP;
    if (name == "RES") return common::v1::INSURANCE_RES;
    if (name == "OTHER") return common::v1::INSURANCE_OTHER;
    return common::v1::INSURANCE_UNSPECIFIED;
}

v1::CaseState to_proto(CaseState state) {
    v1::CaseState out{};
    v1::CaseState_Parse("CASE_STATE_" + std::string(kCaseLifecycle.name(state)), &out);
    return out;
}

CaseState case_state_of(v1::CaseState state) {
    const std::string_view name = v1::CaseState_Name(state);
    return kCaseLifecycle.state_named(name.substr(std::string_view("CASE_STATE_").size()))
        .value_or(CaseState::kReceived);
}

v1::RunState to_proto(RunState state) {
    v1::RunState out{};
    v1::RunState_Parse("RUN_STATE_" + std::string(kRunLifecycle.name(state)), &out);
    return out;
}

v1::PaymentState to_proto(PaymentState state) {
    v1::PaymentState out{};
    v1::PaymentState_Parse("PAYMENT_STATE_" + std::string(kPaymentLifecycle.name(state)), &out);
    return out;
}

v1::GroupStatus group_status_of(std::string_view name) {
    v1::GroupStatus out{};
    v1::GroupStatus_Parse("GROUP_STATUS_" + std::string(name), &out);
    return out;
}

v1::DeviationFlag deviation_of(std::string_view name) {
    if (name == "COMPLETE" || name == "NORMAL") return v1::DEVIATION_FLAG_NORMAL;
    if (name == "LOW") return v1::DEVIATION_FLAG_LOW;
    if (name == "INCOMPLETE") return v1::DEVIATION_FLAG_INCOMPLETE;
    if (name == "HIGH") return v1::DEVIATION_FLAG_HIGH;
    return v1::DEVIATION_FLAG_UNSPECIFIED;
}

v1::Waiver waiver_of(std::string_view name) {
    v1::Waiver out{};
    v1::Waiver_Parse("WAIVER_" + std::string(name), &out);
    return out;
}

v1::ReferralRole referral_role_of(std::string_view name) {
    v1::ReferralRole out{};
    v1::ReferralRole_Parse("REFERRAL_ROLE_" + std::string(name), &out);
    return out;
}

}  // namespace yilian::billing::store
