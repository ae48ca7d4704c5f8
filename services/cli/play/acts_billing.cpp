#include <algorithm>

#include "libs/calendar/local_time.h"
#include "services/cli/play/acts.h"
#include "yilian/billing/v1/settlement_list_service.pb.h"

// Settlement lists of stays and of dispensed prescriptions.
namespace yilian::cli::play {
namespace {

namespace v1 = billing::v1;

constexpr std::int64_t kBasis = 10'000;
constexpr const char* kSubmit = "yilian.billing.v1.SettlementListService/SubmitSettlementList";

common::v1::InstitutionLevel level_of(const Institution& institution) {
    switch (institution.level) {
        case 2:
            return common::v1::INSTITUTION_LEVEL_L2;
        case 3:
            return common::v1::INSTITUTION_LEVEL_L3;
        default:
            return common::v1::INSTITUTION_LEVEL_L1;
    }
}

// Who the list is about, and where.
v1::SettlementList head_of(const Part& part, std::size_t at, Instant admitted, Instant discharged) {
    const Resident& r = part.resident;
    v1::SettlementList list;
    list.set_institution_id(part.institution(at).id);
    list.set_institution_level(level_of(part.institution(at)));
    list.set_resident_id(r.id);
    list.set_insurance(r.insurance == "EMP" ? common::v1::INSURANCE_EMP
                                            : common::v1::INSURANCE_RES);
    list.set_insured_region(part.stage.district.options.district);
    list.set_sex(r.sex == 1 ? common::v1::SEX_MALE : common::v1::SEX_FEMALE);
    list.set_birth_date(r.birth.text());
    const CivilDate on = calendar::local_date(admitted);
    const int years = calendar::age_years(r.birth, on);
    list.set_age_years(years);
    if (years == 0) list.set_age_days(calendar::days_between(r.birth, on));
    *list.mutable_admitted_at() = timestamp(admitted);
    *list.mutable_discharged_at() = timestamp(discharged);
    list.set_stay_days(std::max(1, calendar::days_between(on, calendar::local_date(discharged))));
    list.set_filed(true);
    list.set_aid_class(r.aid_class);
    list.set_dx_code_version("YB2.0");
    *list.mutable_declared_at() = timestamp(part.stage.now());
    return list;
}

void add_diagnoses(v1::SettlementList& list, const std::vector<std::string>& codes) {
    for (const std::string& code : codes) {
        v1::ListDiagnosis* diagnosis = list.add_diagnoses();
        diagnosis->set_seq(list.diagnoses_size());
        diagnosis->set_kind(v1::DIAGNOSIS_KIND_WESTERN);
        diagnosis->set_code(code);
        diagnosis->set_present_on_admission(v1::PRESENT_ON_ADMISSION_YES);
        diagnosis->set_main(list.diagnoses_size() == 1);
    }
    list.set_diagnosis_count(list.diagnoses_size());
}

// Two classes of charges: bed and drugs.
void add_money(v1::SettlementList& list, std::int64_t total, int self_paid_bp, int class_b_bp) {
    const std::int64_t self_paid = total * self_paid_bp / kBasis;
    const std::int64_t class_b = total * class_b_bp / kBasis;
    const std::int64_t first = total * 4 / 10;
    v1::ListCharge* bed = list.add_charges();
    bed->set_class_("01");
    bed->set_amount_fen(first);
    bed->set_class_a_fen(first);
    v1::ListCharge* drugs = list.add_charges();
    drugs->set_class_("09");
    drugs->set_amount_fen(total - first);
    drugs->set_class_a_fen(total - first - self_paid - class_b);
    drugs->set_class_b_fen(class_b);
    drugs->set_self_paid_fen(self_paid);
    list.set_total_fen(total);
    list.set_self_paid_fen(self_paid);
    list.set_class_b_first_fen(class_b);
    list.set_cash_pay_fen(total);
}

void add_procedures(v1::SettlementList& list, const std::vector<std::string>& codes,
                    const std::string& surgeon) {
    for (const std::string& code : codes) {
        v1::ListProcedure* procedure = list.add_procedures();
        procedure->set_seq(list.procedures_size());
        procedure->set_code(code);
        procedure->set_type(v1::PROCEDURE_TYPE_OPERATION);
        *procedure->mutable_performed_at() = list.admitted_at();
        procedure->set_anaesthesia("01");
        procedure->set_surgeon_id(surgeon);
        procedure->set_main(list.procedures_size() == 1);
    }
    list.set_procedure_count(list.procedures_size());
    if (!codes.empty()) list.set_proc_code_version("YB2.0");
}

void spoil(v1::SettlementList& list, Fault fault) {
    switch (fault) {
        case Fault::kNone:
            return;
        case Fault::kTotal:
            list.set_total_fen(list.total_fen() + 1);
            return;
        case Fault::kAge:
            list.set_age_years(list.age_years() + 1);
            return;
        case Fault::kStayDays:
            list.set_stay_days(list.stay_days() + 1);
            return;
        case Fault::kCount:
            list.set_diagnosis_count(list.diagnosis_count() + 1);
            return;
        case Fault::kDuplicateDiagnosis: {
            v1::ListDiagnosis again = list.diagnoses(0);
            again.set_seq(list.diagnoses_size() + 1);
            again.set_main(false);
            *list.add_diagnoses() = again;
            list.set_diagnosis_count(list.diagnoses_size());
            return;
        }
    }
}

std::string evidence_for(const Part& part, const StayPlan& stay) {
    if (stay.referral < 0) return "";
    const auto at = static_cast<std::size_t>(stay.referral);
    return stay.after_return ? part.memory.down_evidence[at] : part.memory.up_evidence[at];
}

v1::SettlementList stay_list(const Part& part, const StayPlan& stay, int number) {
    const Stage& stage = part.stage;
    v1::SettlementList list =
        head_of(part, stay.institution, stage.at(stay.admitted_day, stay.admitted),
                stage.at(stay.discharged_day, stay.discharged));
    list.set_list_id("L-" + std::to_string(part.index) + "-" + std::to_string(number));
    list.set_treatment_type(v1::TREATMENT_TYPE_INPATIENT);
    list.set_admission_way(stay.referral >= 0 && !stay.sender_side ? v1::ADMISSION_WAY_TRANSFER_IN
                                                                   : v1::ADMISSION_WAY_OUTPATIENT);
    list.set_admission_dept("03");
    list.set_discharge_dept("03");
    list.set_discharge_way(static_cast<v1::DischargeWay>(stay.discharge_way));
    if (stay.discharge_way == 2 || stay.discharge_way == 3) {
        list.set_receiving_institution_id(part.institution(stay.receiver).id);
    }
    list.set_referral_evidence_id(evidence_for(part, stay));
    list.set_payment_method(v1::PAYMENT_METHOD_DRG);
    add_diagnoses(list, stay.diagnoses);
    add_procedures(list, stay.procedures, part.doctor(stay.institution, number).subject);
    add_money(list, stay.total_fen, stay.self_paid_bp, stay.class_b_bp);
    return list;
}

void expect_state(Part& part, const Command& command, const std::optional<v1::Case>& answer,
                  bool rejected) {
    if (!answer) return;
    if ((answer->state() == v1::CASE_STATE_REJECTED) == rejected) return;
    std::string what = "state " + v1::CaseState_Name(answer->state());
    for (const auto& finding : answer->findings()) {
        what += " " + finding.field() + " " + finding.reason();
    }
    part.stage.fail(command, what);
}

void submit_stay(Part& part, int number, bool corrected) {
    const StayPlan& stay = part.story.stays[static_cast<std::size_t>(number)];
    v1::SubmitSettlementListRequest request;
    *request.mutable_list() = stay_list(part, stay, number);
    request.mutable_list()->set_version(corrected ? 2 : 1);
    if (!corrected) spoil(*request.mutable_list(), stay.fault);
    const Command command{"billing", kSubmit, part.coder(stay.institution),
                          part.key(corrected ? "list-2" : "list", number)};
    const auto answer = part.stage.command<v1::Case>(command, request);
    expect_state(part, command, answer, !corrected && stay.fault != Fault::kNone);
}

void submit_prescription(Part& part, int number) {
    const Stage& stage = part.stage;
    const RxPlan& rx = part.story.prescriptions[static_cast<std::size_t>(number)];
    const std::size_t at = rx.at_station ? part.resident.station : part.resident.home;
    const Instant dispensed = stage.at(rx.day, Phase::kAfternoon);
    v1::SubmitSettlementListRequest request;
    v1::SettlementList& list = *request.mutable_list();
    list = head_of(part, at, dispensed, dispensed);
    list.set_list_id("P-" + std::to_string(part.index) + "-" + std::to_string(number));
    list.set_version(1);
    list.set_treatment_type(v1::TREATMENT_TYPE_OUTPATIENT_CHRONIC);
    list.set_payment_method(stage.district.rules.chronic_actual_cost
                                ? v1::PAYMENT_METHOD_ACTUAL
                                : v1::PAYMENT_METHOD_CAPITATION);
    list.set_prescription_id(
        stage.ids.ulid(stage.at(rx.day, Phase::kForenoon), part.key("prescription", number)));
    add_diagnoses(list, {rx.diagnosis});
    add_money(list, price_fen(drug_of_code(rx.drug)) * rx.days, 0, 0);
    const Command command{"billing", kSubmit, part.coder(at), part.key("rx-list", number)};
    expect_state(part, command, part.stage.command<v1::Case>(command, request), false);
}

}  // namespace

void play_billing(Part& part, const Step& step) {
    if (!part.stage.plays("billing")) return;
    if (step.act == Act::kSubmitRxList) return submit_prescription(part, step.plan);
    submit_stay(part, step.plan, step.act == Act::kCorrectList);
}

}  // namespace yilian::cli::play
