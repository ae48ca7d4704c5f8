#include "services/cli/play/acts.h"
#include "services/cli/play/drug_data.h"
#include "yilian/prescriptions/v1/prescription_service.pb.h"

// Prescriptions from the assessment to the dispensed drug.
namespace yilian::cli::play {
namespace {

namespace v1 = prescriptions::v1;

constexpr std::int64_t kMilli = 1000;
constexpr int kRefusedOf10000 = 150;

std::string method(const char* name) {
    return std::string("yilian.prescriptions.v1.PrescriptionService/") + name;
}

v1::PrescriptionKind kind_of(RxKind kind) {
    switch (kind) {
        case RxKind::kNormal:
            return v1::PRESCRIPTION_KIND_NORMAL;
        case RxKind::kLong:
            return v1::PRESCRIPTION_KIND_LONG;
        case RxKind::kExtended:
            return v1::PRESCRIPTION_KIND_EXTENDED;
        case RxKind::kShared:
            return v1::PRESCRIPTION_KIND_SHARED;
    }
    return v1::PRESCRIPTION_KIND_UNSPECIFIED;
}

bool is_long(const RxPlan& plan) {
    return plan.kind == RxKind::kLong || plan.kind == RxKind::kExtended;
}

void assess(Part& part, const RxPlan& plan, const Actor& doctor, int number) {
    v1::RecordLongAssessmentRequest request;
    request.set_resident_id(part.resident.id);
    request.set_disease_code(plan.disease);
    request.set_days(plan.days);
    request.add_drug_codes(plan.drug);
    request.set_kind(kind_of(plan.kind));
    request.set_patient_confirmed(true);
    part.stage.command<v1::LongAssessment>(
        {"prescriptions", method("RecordLongAssessment"), doctor, part.key("assess", number)},
        request);
}

v1::PrescriptionContent content_of(const Part& part, const RxPlan& plan) {
    v1::PrescriptionContent content;
    content.set_kind(kind_of(plan.kind));
    content.set_department_code("02");
    if (plan.referral >= 0) {
        content.set_referral_id(part.memory.referrals[static_cast<std::size_t>(plan.referral)]);
    }
    v1::PrescribedDiagnosis* diagnosis = content.add_diagnoses();
    diagnosis->set_code_system("ICD10_INSURANCE");
    diagnosis->set_code(plan.diagnosis);
    if (!plan.disease.empty()) content.add_disease_codes(plan.disease);
    content.set_patient_confirmed(true);
    const Drug& drug = drug_of_code(plan.drug);
    v1::LineContent* line = content.add_lines();
    line->set_line_no(1);
    line->set_generic_code(plan.drug);
    line->set_item_class(drug.item_class());
    line->set_dose_milli(drug.strength_milli());
    line->set_dose_unit(drug.strength_unit());
    line->set_frequency_code("QD");
    line->set_route_code("PO");
    line->set_days(plan.days);
    line->set_quantity_milli(plan.days * kMilli);
    line->set_pack_unit(drug.pack_unit());
    line->set_skin_test(v1::SKIN_TEST_NOT_NEEDED);
    return content;
}

std::string prescription_id(const Part& part, const RxPlan& plan, int number) {
    return part.stage.ids.ulid(part.stage.at(plan.day, Phase::kForenoon),
                               part.key("prescription", number));
}

void review(Part& part, const std::string& id, const Actor& doctor, int number) {
    Stage& stage = part.stage;
    v1::ReviewPassRequest request;
    request.set_prescription_id(id);
    Command command{"prescriptions", method("ReviewPass"),
                    part.reviewer(part.resident.home, number, doctor), part.key("review", number)};
    // Who prescribed does not review, even with the right to; without it for want of the right.
    if (stage.chance(command.key, kRefusedOf10000)) {
        Actor prescriber = doctor;
        prescriber.duty = Duty::kPharmacist;
        const bool qualified = stage.district.has_right(doctor.subject, "REVIEW_PRESCRIPTION");
        stage.command<v1::Prescription>(
            {"prescriptions", method("ReviewPass"), prescriber, part.key("review-own", number),
             qualified ? "REVIEWER_IS_PRESCRIBER" : "REVIEWER_NOT_QUALIFIED"},
            request);
    }
    const auto passed = stage.command<v1::Prescription>(command, request);
    if (passed && passed->state() != v1::PRESCRIPTION_STATE_EFFECTIVE) {
        stage.fail(command, "state " + v1::PrescriptionState_Name(passed->state()));
    }
}

void abandon(Part& part, const std::string& id, const Actor& doctor, int number) {
    v1::AbandonPrescriptionRequest request;
    request.set_prescription_id(id);
    part.stage.command<v1::Prescription>(
        {"prescriptions", method("AbandonPrescription"), doctor, part.key("abandon", number)},
        request);
}

void prescribe(Part& part, int number) {
    Stage& stage = part.stage;
    const RxPlan& plan = part.story.prescriptions[static_cast<std::size_t>(number)];
    const Actor doctor = is_long(plan) ? part.leader() : part.doctor(part.resident.home, number);
    if (is_long(plan)) assess(part, plan, doctor, number);
    const std::string id = prescription_id(part, plan, number);
    v1::DraftPrescriptionRequest draft;
    draft.set_prescription_id(id);
    draft.set_resident_id(part.resident.id);
    *draft.mutable_content() = content_of(part, plan);
    const auto drafted = stage.command<v1::Prescription>(
        {"prescriptions", method("DraftPrescription"), doctor, part.key("draft-rx", number)},
        draft);
    if (!drafted) return;
    v1::SignPrescriptionRequest sign;
    sign.set_prescription_id(id);
    sign.mutable_signature()->set_signer_id(doctor.subject);
    sign.mutable_signature()->set_algorithm("ECDSA_P256");
    *sign.mutable_signature()->mutable_signed_at() = timestamp(stage.now());
    sign.mutable_signature()->set_value("synthetic signature");
    const Command signing{"prescriptions", method("SignPrescription"), doctor,
                          part.key("sign-rx", number)};
    const auto signed_one = stage.command<v1::Prescription>(signing, sign);
    if (!signed_one) return;
    const bool returned = signed_one->state() == v1::PRESCRIPTION_STATE_RETURNED;
    if (returned != (plan.end == RxEnd::kReturned)) {
        stage.fail(signing, "state " + v1::PrescriptionState_Name(signed_one->state()));
        return;
    }
    if (returned) return abandon(part, id, doctor, number);
    review(part, id, doctor, number);
}

std::size_t dispenser_of(const Part& part, const RxPlan& plan) {
    return plan.at_station ? part.resident.station : part.resident.home;
}

void dispense(Part& part, int number) {
    Stage& stage = part.stage;
    const RxPlan& plan = part.story.prescriptions[static_cast<std::size_t>(number)];
    const std::string id = prescription_id(part, plan, number);
    const Actor dispenser = part.dispenser(dispenser_of(part, plan), number);
    v1::ClaimPrescriptionRequest claim;
    claim.set_prescription_id(id);
    claim.set_claim_id(stage.ids.ulid(stage.now(), part.key("claim", number)));
    claim.set_secret_seed(stage.ids.uuid(part.key("secret", number)));
    const auto claimed = stage.command<v1::ClaimPrescriptionResponse>(
        {"prescriptions", method("ClaimPrescription"), dispenser, part.key("claim", number)},
        claim);
    if (!claimed) return;
    v1::DispenseLineRequest request;
    request.set_prescription_id(id);
    request.set_secret(claimed->secret());
    request.set_dispense_id(stage.ids.ulid(stage.now(), part.key("dispense", number)));
    request.set_line_no(1);
    request.set_quantity_milli(plan.days * kMilli);
    request.mutable_checks()->set_prescription_checked(true);
    request.mutable_checks()->set_drug_checked(true);
    request.mutable_checks()->set_incompatibility_checked(true);
    request.mutable_checks()->set_rationality_checked(true);
    request.mutable_checks()->set_checked_by(dispenser.subject);
    // A trace code has 20 digits; this one is nobody's.
    std::string trace = "99999";
    for (int i = 0; i < 15; ++i) {
        const std::string digit = part.key("trace", number) + std::to_string(i);
        trace += static_cast<char>('0' + stage.ids.draw(digit, 10));
    }
    request.add_trace_codes(trace);
    const Command command{"prescriptions", method("DispenseLine"), dispenser,
                          part.key("dispense", number)};
    if (stage.chance(command.key, kRefusedOf10000)) {
        v1::DispenseLineRequest wrong = request;
        wrong.set_secret("not the secret");
        stage.command<v1::Prescription>({"prescriptions", method("DispenseLine"), dispenser,
                                         part.key("dispense-wrong", number), "SECRET_MISMATCH"},
                                        wrong);
    }
    stage.command<v1::Prescription>(command, request);
}

void cancel(Part& part, int number) {
    const RxPlan& plan = part.story.prescriptions[static_cast<std::size_t>(number)];
    v1::CancelPrescriptionRequest request;
    request.set_prescription_id(prescription_id(part, plan, number));
    request.set_reason_code("PATIENT_REQUEST");
    part.stage.command<v1::CancelPrescriptionResponse>(
        {"prescriptions", method("CancelPrescription"),
         is_long(plan) ? part.leader() : part.doctor(part.resident.home, number),
         part.key("cancel-rx", number)},
        request);
}

}  // namespace

void play_prescription(Part& part, const Step& step) {
    if (!part.stage.plays("prescriptions")) return;
    if (step.act == Act::kPrescribe) return prescribe(part, step.plan);
    if (step.act == Act::kDispense) return dispense(part, step.plan);
    cancel(part, step.plan);
}

}  // namespace yilian::cli::play
