#include "services/cli/play/acts.h"
#include "services/cli/play/acts_referral_content.h"
#include "yilian/referrals/v1/referral_service.pb.h"
#include "yilian/referrals/v1/slot_service.pb.h"

// Booking, arrival, care, the way back and the follow-up of a referral.
namespace yilian::cli::play {
namespace {

namespace v1 = referrals::v1;

constexpr std::chrono::minutes kSlotLength{30};

std::string slot_method(const char* name) {
    return std::string("yilian.referrals.v1.SlotService/") + name;
}

v1::ResourceKind kind_of(const Part& part, const ReferralPlan& plan) {
    if (plan.inpatient) return v1::RESOURCE_KIND_BED;
    return part.stage.district.rules.clinic_kind == "EXPERT" ? v1::RESOURCE_KIND_EXPERT
                                                             : v1::RESOURCE_KIND_OUTPATIENT;
}

// The first free place of the planned time. Runs on the pool's lane, so that the same residents get
// the same places.
void book(Part& part, const ReferralPlan& plan, const std::string& id, int number) {
    Stage& stage = part.stage;
    const Instant start = stage.at(plan.care_day, plan.care_phase);
    v1::SearchSlotsRequest search;
    search.set_pool_id(pool_of(part, plan));
    search.set_resource_kind(kind_of(part, plan));
    search.set_referral_id(id);
    *search.mutable_from() = timestamp(start);
    *search.mutable_until() = timestamp(start + kSlotLength);
    const Command searching{"referrals", slot_method("SearchSlots"), part.leader(),
                            part.key("search", number)};
    const auto slots = stage.query<v1::SearchSlotsResponse>(searching, search);
    if (!slots) return;
    if (slots->slots().empty()) return stage.fail(searching, "no free place");
    v1::HoldSlotRequest hold;
    hold.set_hold_id(stage.ids.ulid(stage.now(), part.key("hold", number)));
    hold.set_slot_id(slots->slots(0).slot_id());
    hold.set_resident_id(part.resident.id);
    hold.set_referral_id(id);
    const auto held = stage.command<v1::Hold>(
        {"referrals", slot_method("HoldSlot"), part.leader(), part.key("hold", number)}, hold);
    if (!held) return;
    v1::BookReferralRequest request;
    request.set_referral_id(id);
    request.set_hold_id(held->hold_id());
    stage.command<v1::Referral>(
        {"referrals", referral_method("BookReferral"), part.leader(), part.key("book", number)},
        request);
}

std::string evidence_of(Part& part, const std::string& id, const std::string& what, int number) {
    v1::GetEvidenceRequest request;
    request.set_referral_id(id);
    const Command command{"referrals", referral_method("GetEvidence"), part.leader(),
                          part.key(what, number)};
    const auto evidence = part.stage.query<v1::ReferralEvidence>(command, request);
    if (!evidence) return "";
    if (!evidence->valid()) part.stage.fail(command, "invalid: " + evidence->invalid_reason());
    return evidence->evidence_id();
}

void arrive(Part& part, const ReferralPlan& plan, const std::string& id, int number) {
    Stage& stage = part.stage;
    const Actor receiver = part.doctor(plan.receiver, number);
    v1::RecordArrivalRequest arrival;
    arrival.set_referral_id(id);
    stage.command<v1::Referral>(
        {"referrals", referral_method("RecordArrival"), receiver, part.key("arrive", number)},
        arrival);
    v1::UploadRecordRequest upload;
    upload.set_referral_id(id);
    v1::Document* document = upload.add_documents();
    document->set_document_id(stage.ids.ulid(stage.now(), part.key("record", number)));
    document->set_kind(v1::DOCUMENT_KIND_RECORD_SUMMARY);
    document->set_sha256(std::string(64, 'a'));
    document->set_size_bytes(20'480);
    document->set_media_type("application/pdf");
    document->set_storage_ref("synthetic/" + document->document_id());
    stage.command<v1::Referral>(
        {"referrals", referral_method("UploadRecord"), part.leader(), part.key("upload", number)},
        upload);
    v1::StartCareRequest care;
    care.set_referral_id(id);
    care.set_encounter_ref("E-" + std::to_string(part.index) + "-" + std::to_string(number));
    care.set_inpatient(plan.inpatient);
    if (plan.inpatient) *care.mutable_admitted_at() = timestamp(stage.now());
    stage.command<v1::Referral>(
        {"referrals", referral_method("StartCare"), receiver, part.key("care", number)}, care);
    part.memory.up_evidence[static_cast<std::size_t>(number)] =
        evidence_of(part, id, "evidence-up", number);
}

void complete(Part& part, const ReferralPlan& plan, const std::string& id, int number) {
    Stage& stage = part.stage;
    const Actor receiver = part.doctor(plan.receiver, number);
    const std::string plan_document = "plan-" + id;
    v1::CompleteReferralRequest request;
    request.set_referral_id(id);
    v1::ReplyLetter* reply = request.mutable_reply();
    for (const std::string& code : plan.diagnoses) reply->add_diagnosis_codes(code);
    reply->set_treatment("合成治疗经过");
    reply->add_discharge_drug_codes(plan.drug);
    reply->set_plan("合成随访计划");
    reply->set_plan_document_id(plan_document);
    reply->set_follow_up_date(stage.days.date(stage.day() + 14).text());
    reply->set_signed_by(receiver.subject);
    *reply->mutable_signed_at() = timestamp(stage.now());
    reply->set_signature("synthetic signature");
    stage.command<v1::Referral>(
        {"referrals", referral_method("CompleteReferral"), receiver, part.key("complete", number)},
        request);
    if (!plan.goes_back) return;
    v1::ProposeDownRequest down;
    down.set_referral_id(id);
    down.add_disease_codes(plan.disease);
    down.add_drug_codes(plan.drug);
    down.set_plan_document_id(plan_document);
    stage.command<v1::Referral>(
        {"referrals", referral_method("ProposeDown"), receiver, part.key("down", number)}, down);
}

void answer_down(Part& part, const ReferralPlan& plan, const std::string& id, int number) {
    v1::AnswerDownRequest request;
    request.set_referral_id(id);
    request.set_accept(true);
    v1::DrugAnswer* drug = request.add_drugs_available();
    drug->set_drug_code(plan.drug);
    drug->set_available(true);
    part.stage.command<v1::Referral>({"referrals", referral_method("AnswerDown"), part.leader(),
                                      part.key("answer-down", number)},
                                     request);
}

void arrive_at_base(Part& part, const std::string& id, int number) {
    v1::RecordArrivalRequest request;
    request.set_referral_id(id);
    *request.mutable_admitted_at() = timestamp(part.stage.now());
    part.stage.command<v1::Referral>({"referrals", referral_method("RecordArrival"), part.leader(),
                                      part.key("arrive-base", number)},
                                     request);
    part.memory.down_evidence[static_cast<std::size_t>(number)] =
        evidence_of(part, id, "evidence-down", number);
}

}  // namespace

std::string pool_of(const Part& part, const ReferralPlan& plan) {
    return part.institution(plan.receiver).id + (plan.inpatient ? "-BED" : "-CLINIC");
}

v1::ReferralContent content_of(const Part& part, const ReferralPlan& plan, int number) {
    const Stage& stage = part.stage;
    v1::ReferralContent content;
    content.set_direction(v1::DIRECTION_UP);
    content.set_kind(plan.inpatient ? v1::REFERRAL_KIND_INPATIENT : v1::REFERRAL_KIND_OUTPATIENT);
    content.set_priority(plan.urgent ? v1::PRIORITY_URGENT : v1::PRIORITY_ROUTINE);
    content.set_sender_department_code("02");
    content.set_sender_practitioner_id(part.leader().subject);
    content.set_receiver_institution_id(part.institution(plan.asked).id);
    content.set_receiver_department_code("03");
    for (const std::string& code : plan.diagnoses) {
        v1::Diagnosis* diagnosis = content.add_diagnoses();
        diagnosis->set_code_system("ICD10_INSURANCE");
        diagnosis->set_code(code);
        diagnosis->set_is_main(content.diagnoses_size() == 1);
    }
    content.set_reason_code("NOT_CONTROLLED");
    content.set_chief_complaint("合成主诉");
    content.set_present_illness("合成现病史");
    content.set_past_history("合成既往史");
    content.set_treatment_so_far("合成治疗");
    const auto measure = [&](const char* code, std::int64_t value) {
        v1::Measurement* measured = content.add_measurements();
        measured->set_code(code);
        measured->set_value(value);
    };
    measure("sbp_mmhg", 165);
    measure("dbp_mmhg", 98);
    if (plan.disease == stage.district.rules.hypertension) measure("potassium_e2", 320);
    content.mutable_consent()->set_method(v1::CONSENT_METHOD_SIGNED);
    *content.mutable_consent()->mutable_given_at() = timestamp(stage.now());
    content.mutable_consent()->set_form_document_id("consent-" + std::to_string(number));
    content.set_requested_from(stage.today());
    content.set_requested_to(stage.days.date(stage.day() + 14).text());
    return content;
}

void play_care(Part& part, const Step& step, const std::string& id) {
    const ReferralPlan& plan = part.story.referrals[static_cast<std::size_t>(step.plan)];
    switch (step.act) {
        case Act::kBook:
            return book(part, plan, id, step.plan);
        case Act::kArrive:
            return arrive(part, plan, id, step.plan);
        case Act::kEndNoShow:
            return close_referral(part, id, part.leader(), step.plan, "FORGOT", true);
        case Act::kComplete:
            return complete(part, plan, id, step.plan);
        case Act::kAnswerDown:
            return answer_down(part, plan, id, step.plan);
        case Act::kArriveAtBase:
            return arrive_at_base(part, id, step.plan);
        default:
            return close_referral(part, id, part.leader(), step.plan, "", true);
    }
}

}  // namespace yilian::cli::play
