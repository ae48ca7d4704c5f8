#include "services/cli/play/acts.h"
#include "yilian/registries/v1/registry_service.pb.h"

// Enrolment and follow-up visits.
namespace yilian::cli::play {
namespace {

namespace v1 = registries::v1;

constexpr int kRefusedOf10000 = 500;

std::string method(const char* name) {
    return std::string("yilian.registries.v1.RegistryService/") + name;
}

void enrol(Part& part, const Step& step) {
    const Stage& stage = part.stage;
    const Rules& rules = stage.district.rules;
    v1::ConfirmEnrolmentRequest request;
    request.set_enrolment_id(stage.ids.ulid(stage.now(), part.key("enrolment", step.plan)));
    request.set_resident_id(part.resident.id);
    request.set_disease_code(step.plan == 0 ? rules.hypertension : rules.diabetes);
    request.set_confirmed_on(stage.today());
    request.set_evidence_ref("encounter-" + std::to_string(part.index));
    request.set_consent_document_id("consent-" + std::to_string(part.index));
    Command command{"registries", method("ConfirmEnrolment"),
                    part.doctor(part.resident.home, step.plan), part.key("enrol", step.plan)};
    part.stage.command<v1::Enrolment>(command, request);
    if (stage.chance(command.key, kRefusedOf10000)) {
        request.set_enrolment_id(stage.ids.ulid(stage.now(), part.key("enrolment-2", step.plan)));
        command.key = part.key("enrol-again", step.plan);
        command.refusal = "ENROLMENT_EXISTS";
        part.stage.command<v1::Enrolment>(command, request);
    }
}

v1::RecordVisitRequest visit_request(const Part& part, const VisitPlan& plan, const Actor& actor,
                                     const std::string& id_key) {
    const Stage& stage = part.stage;
    v1::RecordVisitRequest request;
    request.set_visit_id(stage.ids.ulid(stage.now(), id_key));
    request.set_resident_id(part.resident.id);
    request.set_performer_id(actor.subject);
    v1::VisitData* data = request.mutable_data();
    data->set_visit_on(stage.today());
    data->set_mode(plan.home ? v1::VISIT_MODE_HOME : v1::VISIT_MODE_CLINIC);
    if (plan.hypertension) {
        data->set_sbp_mmhg(plan.sbp);
        data->set_dbp_mmhg(plan.dbp);
    }
    if (plan.diabetes) data->set_fasting_glucose_e2(plan.glucose_e2);
    data->set_adherence(plan.satisfied ? v1::ADHERENCE_GOOD : v1::ADHERENCE_INTERMITTENT);
    data->set_source(v1::VISIT_SOURCE_MANUAL);
    return request;
}

void check_classes(Part& part, const VisitPlan& plan, const Command& command,
                   const v1::Visit& visit) {
    const auto wanted =
        plan.satisfied ? v1::CONTROL_CLASS_SATISFIED : v1::CONTROL_CLASS_UNSATISFIED;
    const int diseases = (plan.hypertension ? 1 : 0) + (plan.diabetes ? 1 : 0);
    if (visit.classifications_size() != diseases) {
        part.stage.fail(command, "classified for " + std::to_string(visit.classifications_size()) +
                                     " diseases");
    }
    for (const auto& classification : visit.classifications()) {
        if (classification.class_() != wanted || classification.danger()) {
            part.stage.fail(command, "class " + v1::ControlClass_Name(classification.class_()));
        }
    }
}

// What the registry must refuse, one kind for each visit that is chosen.
void refused_visit(Part& part, const VisitPlan& plan, const Actor& actor, int number) {
    const Stage& stage = part.stage;
    v1::RecordVisitRequest request =
        visit_request(part, plan, actor, part.key("refused-visit", number));
    Command command{"registries", method("RecordVisit"), actor, part.key("visit-refused", number)};
    switch (stage.ids.draw(command.key, 4)) {
        case 0:
            command.refusal = "DUPLICATE_VISIT";
            break;
        case 1:
            request.mutable_data()->set_visit_on(stage.days.date(stage.day() + 1).text());
            command.refusal = "VISIT_IN_FUTURE";
            break;
        case 2:
            request.set_resident_id(stage.ids.ulid(stage.now(), command.key));
            command.refusal = "RESIDENT_NOT_FOUND";
            break;
        default:
            request.mutable_data()->set_visit_on("2026-02-30");
            command.refusal = "FIELD_INVALID";
            break;
    }
    part.stage.command<v1::Visit>(command, request);
}

void visit(Part& part, const Step& step) {
    const VisitPlan& plan = part.story.visits[static_cast<std::size_t>(step.plan)];
    const Actor actor = part.stage.chance(part.key("by-nurse", step.plan), 4000)
                            ? part.nurse(part.resident.home, step.plan)
                            : part.doctor(part.resident.home, step.plan);
    v1::RecordVisitRequest request = visit_request(part, plan, actor, part.key("visit", step.plan));
    const Command command{"registries", method("RecordVisit"), actor,
                          part.key("record-visit", step.plan)};
    const auto recorded = part.stage.command<v1::Visit>(command, request);
    if (!recorded) return;
    check_classes(part, plan, command, *recorded);
    if (part.stage.chance(command.key, kRefusedOf10000)) {
        refused_visit(part, plan, actor, step.plan);
    }
}

}  // namespace

void play_registry(Part& part, const Step& step) {
    if (!part.stage.plays("registries")) return;
    if (step.act == Act::kEnrol) return enrol(part, step);
    visit(part, step);
}

}  // namespace yilian::cli::play
