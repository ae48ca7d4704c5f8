#include "services/referrals/app/down.h"

#include <algorithm>

#include "services/referrals/app/submit.h"
#include "services/referrals/store/copy_rows.h"
#include "services/referrals/store/event_codec.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/types.pb.h"

namespace yilian::referrals::app {
namespace {

using domain::Action;
using domain::CriterionResult;
using domain::Referral;
using domain::State;

domain::DownLeg leg_of(Work& work, const Referral& r, const DownProposal& proposal,
                       const Rules& rules) {
    domain::DownLeg leg;
    leg.from_institution_id = work.actor.institution_id;
    leg.to_institution_id =
        proposal.to_institution_id.empty() ? r.sender_institution_id : proposal.to_institution_id;
    leg.consortium_id = store::common_consortium(work.tx, leg.from_institution_id,
                                                 leg.to_institution_id, work.today);
    leg.disease_codes = proposal.disease_codes;
    if (leg.disease_codes.empty()) {
        if (const auto disease = rules.disease_of(r.main_diagnosis_code); !disease.empty()) {
            leg.disease_codes = {disease};
        }
    }
    leg.drug_codes = proposal.drug_codes;
    if (leg.drug_codes.empty()) {
        leg.drug_codes =
            store::strings(store::parsed<v1::ReplyLetter>(r.reply).discharge_drug_codes());
    }
    leg.plan_document_id = proposal.plan_document_id;
    leg.first_follow_up_on = proposal.first_follow_up_on;
    leg.override_reason_code = proposal.override_reason_code;
    leg.proposed_at = work.now;
    return leg;
}

std::string unanswered(const domain::DownLeg& leg, const DownAnswer& answer) {
    std::string missing;
    for (const std::string& drug : leg.drug_codes) {
        const bool answered =
            std::ranges::any_of(answer.drugs, [&](const auto& line) { return line.first == drug; });
        if (answered) continue;
        if (!missing.empty()) missing += ',';
        missing += drug;
    }
    return missing;
}

Referral accept(Work& work, Referral r, const Rules& rules) {
    domain::DownLeg& leg = *r.down;
    leg.accepted_at = work.now;
    const auto contract = store::contract_on(work.tx, r.resident_id, work.today);
    if (r.team_id.empty() && contract && rules.team_duty) r.team_id = contract->team_id;
    domain::FollowUp order;
    order.order_id = work.env.ids.next_ulid();
    order.team_id = r.team_id;
    order.due_on = leg.first_follow_up_on.value_or(work.today.plus_days(rules.first_followup_days));
    order.disease_codes = leg.disease_codes;
    order.plan_document_id = leg.plan_document_id;
    r.follow_up = std::move(order);
    close_task(work, r, domain::TaskOutcome::kAccepted);
    move(work, r, Action::kAnswerDown, State::kBaseAccepted, "", rules);
    work.append(
        store::down_event(store::DownEvent::kAccepted, work.event_context(rules), r, work.now, ""));
    return r;
}

Referral decline(Work& work, Referral r, std::string_view reason_code, const Rules& rules) {
    close_task(work, r, domain::TaskOutcome::kRejected);
    const State to = r.has_up_leg() ? State::kCompleted : State::kClosed;
    move(work, r, Action::kAnswerDown, to, reason_code, rules);
    work.append(store::down_event(store::DownEvent::kDeclined, work.event_context(rules), r,
                                  work.now, reason_code));
    return r;
}

void link_visit(Work& work, Referral& r, std::string_view visit_id, calendar::CivilDate visit_on,
                const Rules& rules) {
    r.follow_up->done_visit_id = visit_id;
    r.follow_up->done_at = work.now;
    r.follow_up->voided = false;
    move(work, r, Action::kFollowUp, State::kFollowedUp, "", rules);
    work.append(store::followed_up(work.event_context(rules), r, visit_on));
}

}  // namespace

Outcome<Referral> propose_down(Work& work, std::string_view referral_id, std::string_view etag,
                               const DownProposal& proposal) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load_for(work, referral_id, etag, Action::kProposeDown, *rules);
    if (!loaded.ok()) return loaded;
    Referral r = std::move(loaded).value();
    domain::DownLeg leg = leg_of(work, r, proposal, *rules);
    if (leg.drug_codes.empty()) return Refusal{"FIELD_INVALID", {{"field", "drug_codes"}}};
    const auto criteria = criteria_of(work.tx, r, "", domain::CriteriaSide::kDown,
                                      leg.to_institution_id, proposal.facts, work.today, *rules);
    if (criteria && !criteria->ids(CriterionResult::kNotMet).empty() && !criteria->any_met() &&
        proposal.override_reason_code.empty()) {
        return Refusal{"DOWN_CRITERIA_NOT_MET",
                       {{"criteria", criteria->ids(CriterionResult::kNotMet).front()}}};
    }
    const auto due =
        work.env.days.end_after_working_days(work.now, rules->due.base_answer_working_days);
    if (!due.ok()) return due.refusal();
    r.down = std::move(leg);
    r.follow_up.reset();
    domain::Task task;
    task.down = true;
    task.receiver_institution_id = r.down->to_institution_id;
    task.due_at = *due;
    open_task(work, r, std::move(task));
    move(work, r, Action::kProposeDown, State::kDownProposed, "", *rules);
    work.append(store::down_event(store::DownEvent::kProposed, work.event_context(*rules), r,
                                  work.now, proposal.override_reason_code));
    return r;
}

Outcome<Referral> answer_down(Work& work, std::string_view referral_id, std::string_view etag,
                              const DownAnswer& answer) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load_for(work, referral_id, etag, Action::kAnswerDown, *rules);
    if (!loaded.ok()) return loaded;
    Referral r = std::move(loaded).value();
    if (answer.accept) {
        if (const std::string drugs = unanswered(*r.down, answer); !drugs.empty()) {
            return Refusal{"DRUG_AVAILABILITY_NOT_ANSWERED", {{"drug_codes", drugs}}};
        }
        return accept(work, std::move(r), *rules);
    }
    if (!domain::is_one_of(domain::kDownRefusalReasons, answer.reason_code)) {
        return Refusal{"FIELD_REASON_CODE_INVALID", {{"field", "reason_code"}}};
    }
    return decline(work, std::move(r), answer.reason_code, *rules);
}

Outcome<Referral> record_follow_up(Work& work, std::string_view referral_id, std::string_view etag,
                                   std::string_view visit_id) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load_for(work, referral_id, etag, Action::kFollowUp, *rules);
    if (!loaded.ok()) return loaded;
    Referral r = std::move(loaded).value();
    const auto visit = store::visit(work.tx, visit_id);
    if (!visit || visit->voided) return Reason("VISIT_NOT_FOUND");
    if (visit->resident_id != r.resident_id && visit->resident_id != r.original_resident_id) {
        return Reason("VISIT_OF_OTHER_RESIDENT");
    }
    link_visit(work, r, visit_id, visit->visit_on, *rules);
    return r;
}

void follow_up_by_visit(Work& work, std::string_view referral_id, std::string_view resident_id,
                        std::string_view visit_id, calendar::CivilDate visit_on,
                        const Rules& rules) {
    auto r = store::referral(work.tx, referral_id);
    if (!r || r->state != State::kBaseAccepted || r->resident_id != resident_id) return;
    work.actor.institution_id = r->down->to_institution_id;
    link_visit(work, *r, visit_id, visit_on, rules);
}

void visit_voided(Work& work, std::string_view visit_id, const Rules& rules) {
    for (const std::string& id : store::ids(work.tx, store::kFollowUpOfVisit, visit_id, "")) {
        auto r = store::referral(work.tx, id);
        if (!r || !r->follow_up || r->follow_up->voided) continue;
        r->follow_up->voided = true;
        work.actor.institution_id = r->down->to_institution_id;
        touch_up(work, *r, "VisitVoided", rules);
    }
}

}  // namespace yilian::referrals::app
