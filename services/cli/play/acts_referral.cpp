#include <algorithm>
#include <set>

#include "fmt/format.h"
#include "services/cli/play/acts.h"
#include "services/cli/play/acts_referral_content.h"
#include "yilian/referrals/v1/referral_service.pb.h"
#include "yilian/registries/v1/registry_service.pb.h"

// A referral from its draft to the answer of the receiver; what follows stands in acts_care.cpp.
namespace yilian::cli::play {
namespace {

namespace v1 = referrals::v1;

constexpr int kRefusedOf10000 = 400;
constexpr int kPage = 500;

// The care actions by which the registry advised to refer for the disease.
std::set<std::string> advised_for(Part& part, const std::string& disease, int plan) {
    registries::v1::ListCareActionsRequest request;
    request.set_resident_id(part.resident.id);
    request.set_page_size(kPage);
    const auto found = part.stage.query<registries::v1::ListCareActionsResponse>(
        {"registries", "yilian.registries.v1.RegistryService/ListCareActions", part.leader(),
         part.key("find-advice", plan)},
        request);
    std::set<std::string> ids;
    if (!found) return ids;
    for (const auto& action : found->actions()) {
        if (action.disease_code() == disease) ids.insert(action.action_id());
    }
    return ids;
}

// One referral answers the advice for several diseases; the other drafts go.
void discard_others(Part& part, const v1::ListReferralsResponse& drafts, const std::string& kept,
                    int plan) {
    int number = 0;
    for (const v1::ReferralSummary& other : drafts.referrals()) {
        if (other.referral_id() == kept) continue;
        v1::DiscardDraftRequest request;
        request.set_referral_id(other.referral_id());
        part.stage.command<v1::Referral>(
            {"referrals", referral_method("DiscardDraft"), part.leader(),
             part.key(fmt::format("discard/{}", number++), plan)},
            request);
    }
}

// The draft that the registry's advice opened; its id is the service's. Where there are several,
// the newest for the disease.
std::string find_draft(Part& part, const ReferralPlan& plan, int number) {
    v1::ListReferralsRequest request;
    request.set_resident_id(part.resident.id);
    request.add_states(v1::REFERRAL_STATE_DRAFT);
    const Command command{"referrals", referral_method("ListReferrals"), part.leader(),
                          part.key("find-draft", number)};
    const auto drafts = part.stage.query<v1::ListReferralsResponse>(command, request);
    if (!drafts) return "";
    if (drafts->referrals_size() == 1) return drafts->referrals(0).referral_id();
    const std::set<std::string> actions = advised_for(part, plan.disease, number);
    std::string chosen;
    for (const v1::ReferralSummary& one : drafts->referrals()) {
        v1::GetReferralRequest get;
        get.set_referral_id(one.referral_id());
        const auto whole = part.stage.query<v1::Referral>(
            {"referrals", referral_method("GetReferral"), part.leader(), command.key}, get);
        // ULIDs begin with the time.
        if (whole && actions.contains(whole->advice_action_id())) {
            chosen = std::max(chosen, one.referral_id());
        }
    }
    if (chosen.empty()) {
        part.stage.fail(command, fmt::format("{} drafts, none of them for {}",
                                             drafts->referrals_size(), plan.disease));
        return "";
    }
    discard_others(part, *drafts, chosen, number);
    return chosen;
}

std::string draft(Part& part, const ReferralPlan& plan, int number) {
    if (plan.advised) {
        v1::UpdateDraftRequest request;
        request.set_referral_id(find_draft(part, plan, number));
        if (request.referral_id().empty()) return "";
        *request.mutable_content() = content_of(part, plan, number);
        const auto updated = part.stage.command<v1::Referral>(
            {"referrals", referral_method("UpdateDraft"), part.leader(), part.key("draft", number)},
            request);
        return updated ? updated->referral_id() : "";
    }
    v1::CreateReferralRequest request;
    request.set_referral_id(part.stage.ids.ulid(part.stage.now(), part.key("referral", number)));
    request.set_resident_id(part.resident.id);
    *request.mutable_content() = content_of(part, plan, number);
    const auto created = part.stage.command<v1::Referral>(
        {"referrals", referral_method("CreateReferral"), part.leader(), part.key("draft", number)},
        request);
    return created ? created->referral_id() : "";
}

void accept(Part& part, const std::string& id, std::size_t receiver, int number) {
    v1::AcceptReferralRequest request;
    request.set_referral_id(id);
    Command command{"referrals", referral_method("AcceptReferral"), part.doctor(receiver, number),
                    part.key("accept", number)};
    part.stage.command<v1::Referral>(command, request);
    if (part.stage.chance(command.key, kRefusedOf10000)) {
        command.key = part.key("accept-again", number);
        command.refusal = "TASK_NOT_OPEN";
        part.stage.command<v1::Referral>(command, request);
    }
}

// Without consent nothing is submitted.
void submit_without_consent(Part& part, const ReferralPlan& plan, const std::string& id,
                            int number) {
    v1::UpdateDraftRequest update;
    update.set_referral_id(id);
    *update.mutable_content() = content_of(part, plan, number);
    update.mutable_content()->clear_consent();
    part.stage.command<v1::Referral>(
        {"referrals", referral_method("UpdateDraft"), part.leader(), part.key("unconsent", number)},
        update);
    v1::SubmitReferralRequest submit;
    submit.set_referral_id(id);
    part.stage.command<v1::Referral>({"referrals", referral_method("SubmitReferral"), part.leader(),
                                      part.key("submit-unconsented", number), "CONSENT_MISSING"},
                                     submit);
    *update.mutable_content() = content_of(part, plan, number);
    part.stage.command<v1::Referral>(
        {"referrals", referral_method("UpdateDraft"), part.leader(), part.key("consent", number)},
        update);
}

void refer(Part& part, int number) {
    const ReferralPlan& plan = part.story.referrals[static_cast<std::size_t>(number)];
    const std::string id = draft(part, plan, number);
    part.memory.referrals[static_cast<std::size_t>(number)] = id;
    if (id.empty()) return;
    if (part.stage.chance(part.key("consent", number), kRefusedOf10000)) {
        submit_without_consent(part, plan, id, number);
    }
    v1::SubmitReferralRequest request;
    request.set_referral_id(id);
    part.stage.command<v1::Referral>(
        {"referrals", referral_method("SubmitReferral"), part.leader(), part.key("submit", number)},
        request);
    if (plan.answer == Answer::kAccept) return accept(part, id, plan.receiver, number);
    if (plan.answer != Answer::kWithdrawn) return;
    v1::WithdrawReferralRequest withdraw;
    withdraw.set_referral_id(id);
    withdraw.set_reason_code("PATIENT_WISH");
    part.stage.command<v1::Referral>({"referrals", referral_method("WithdrawReferral"),
                                      part.leader(), part.key("withdraw", number)},
                                     withdraw);
}

void reject(Part& part, const std::string& id, const Actor& receiver, int number) {
    v1::RejectReferralRequest request;
    request.set_referral_id(id);
    request.set_reason_code("NO_CAPACITY");
    part.stage.command<v1::Referral>(
        {"referrals", referral_method("RejectReferral"), receiver, part.key("reject", number)},
        request);
    close_referral(part, id, part.leader(), number, "", true);
}

void ask_information(Part& part, const std::string& id, const ReferralPlan& plan, int number) {
    v1::RequestInformationRequest ask;
    ask.set_referral_id(id);
    ask.add_item_codes("ecg_report");
    part.stage.command<v1::Referral>({"referrals", referral_method("RequestInformation"),
                                      part.doctor(plan.asked, number), part.key("ask", number)},
                                     ask);
    v1::ProvideInformationRequest give;
    give.set_referral_id(id);
    give.add_item_codes("ecg_report");
    v1::Measurement* measured = give.add_measurements();
    measured->set_code("ecg_report");
    measured->set_value(1);
    part.stage.command<v1::Referral>({"referrals", referral_method("ProvideInformation"),
                                      part.leader(), part.key("give", number)},
                                     give);
    accept(part, id, plan.receiver, number);
}

void advise(Part& part, const std::string& id, const Actor& receiver, int number) {
    v1::ReturnAdviceRequest request;
    request.set_referral_id(id);
    request.set_advice("合成建议：基层随访，两周后复查。");
    part.stage.command<v1::Referral>(
        {"referrals", referral_method("ReturnAdvice"), receiver, part.key("advise", number)},
        request);
    close_referral(part, id, part.leader(), number, "", true);
}

void redirect(Part& part, const std::string& id, const ReferralPlan& plan, int number) {
    v1::RedirectReferralRequest request;
    request.set_referral_id(id);
    request.set_to_institution_id(part.institution(plan.receiver).id);
    request.set_to_department_code("03");
    request.set_reason_code("NO_CAPACITY");
    part.stage.command<v1::Referral>(
        {"referrals", referral_method("RedirectReferral"), part.doctor(plan.asked, number),
         part.key("redirect", number)},
        request);
    accept(part, id, plan.receiver, number);
}

void answer_later(Part& part, int number) {
    const ReferralPlan& plan = part.story.referrals[static_cast<std::size_t>(number)];
    const std::string& id = part.memory.referrals[static_cast<std::size_t>(number)];
    if (id.empty()) return;
    const Actor asked = part.doctor(plan.asked, number);
    switch (plan.answer) {
        case Answer::kReject:
            return reject(part, id, asked, number);
        case Answer::kAskInformation:
            return ask_information(part, id, plan, number);
        case Answer::kAdvise:
            return advise(part, id, asked, number);
        case Answer::kRedirect:
            return redirect(part, id, plan, number);
        case Answer::kAccept:
        case Answer::kWithdrawn:
            return;
    }
}

}  // namespace

std::string referral_method(const char* name) {
    return std::string("yilian.referrals.v1.ReferralService/") + name;
}

void close_referral(Part& part, const std::string& id, const Actor& actor, int number,
                    const std::string& outcome, bool informed) {
    v1::CloseReferralRequest request;
    request.set_referral_id(id);
    request.set_outcome_code(outcome);
    request.set_patient_informed(informed);
    part.stage.command<v1::Referral>(
        {"referrals", referral_method("CloseReferral"), actor, part.key("close", number)}, request);
}

void play_referral(Part& part, const Step& step) {
    if (!part.stage.plays("referrals")) return;
    if (step.act == Act::kRefer) return refer(part, step.plan);
    const std::string& id = part.memory.referrals[static_cast<std::size_t>(step.plan)];
    if (id.empty()) return;  // told already
    if (step.act == Act::kReanswer) return answer_later(part, step.plan);
    play_care(part, step, id);
}

}  // namespace yilian::cli::play
