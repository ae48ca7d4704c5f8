#include "services/referrals/app/submit.h"

#include <utility>

#include "services/referrals/app/drafts.h"
#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/copy_rows.h"
#include "services/referrals/store/event_codec.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/slot_rows.h"
#include "services/referrals/store/values.h"

namespace yilian::referrals::app {
namespace {

using domain::Action;
using domain::Criteria;
using domain::Referral;
using domain::State;

// What submit fixes for good: number, diagnosis, contract, consortium, criteria.
void stamp(Work& work, Referral& r, const domain::Parties& parties,
           const std::optional<Criteria>& criteria, const Rules& rules) {
    if (r.number.empty()) {
        r.number = store::next_number(work.tx, work.env.district, work.today);
    }
    r.main_diagnosis_code = r.content.main_diagnosis();
    r.beyond_county = false;
    r.consortium_id = parties.consortium_id;
    r.submitted_at = work.now;
    auto contract = store::contract_on(work.tx, r.resident_id, work.today);
    if (!contract) contract = work.answered_contract;
    r.contract_id = contract ? contract->contract_id : "";
    r.team_id = contract && rules.team_duty ? contract->team_id : "";
    r.criteria = criteria ? store::to_message(*criteria).SerializeAsString() : "";
}

domain::Task task_for(const Referral& r, std::optional<Instant> due_at) {
    domain::Task task;
    task.receiver_institution_id = r.content.receiver_institution_id;
    task.receiver_department_code = r.content.receiver_department_code;
    task.due_at = due_at;
    return task;
}

// Row 7 and the second half of row 5.
void accept(Work& work, Referral& r, Instant promise, const Rules& rules, bool by_rule) {
    close_task(work, r, domain::TaskOutcome::kAccepted);
    r.accepted_at = work.now;
    r.promise_due_at = promise;
    if (by_rule) move(work, r, Action::kAccept, State::kAccepted, "", rules);
    work.append(store::accepted(work.event_context(rules), r));
}

Outcome<Referral> submit_emergency(Work& work, Referral r, const Rules& rules) {
    if (const auto missing = domain::missing_data(r.content, nullptr); !missing.empty()) {
        return Refusal{"DATA_INCOMPLETE", {{"fields", missing.front()}}};
    }
    const auto parties = parties_of(work.tx, r, r.content.receiver_institution_id,
                                    r.content.main_diagnosis(), work.today, rules);
    const auto criteria =
        criteria_of(work.tx, r, "", domain::CriteriaSide::kUp, "", {}, work.today, rules);
    stamp(work, r, parties, criteria, rules);
    open_task(work, r, task_for(r, work.now));
    close_task(work, r, domain::TaskOutcome::kAccepted);
    r.accepted_at = work.now;
    r.promise_due_at = work.now;
    move(work, r, Action::kSubmit, State::kAccepted, "", rules);
    work.append(store::submitted(work.event_context(rules), r));
    work.append(store::accepted(work.event_context(rules), r));
    return r;
}

Outcome<Referral> submit_down(Work& work, Referral r, const Rules& rules) {
    const domain::Content& c = r.content;
    if (const auto missing = domain::missing_data(c, nullptr); !missing.empty()) {
        return Refusal{"DATA_INCOMPLETE", {{"fields", missing.front()}}};
    }
    if (c.plan_document_id.empty() && c.document_ids.empty()) {
        return Refusal{"DATA_INCOMPLETE", {{"fields", "plan_document_id"}}};
    }
    const auto criteria = criteria_of(work.tx, r, "", domain::CriteriaSide::kDown,
                                      c.receiver_institution_id, {}, work.today, rules);
    if (criteria && !criteria->any_met() && c.override_reason_code.empty()) {
        return Refusal{"DOWN_CRITERIA_NOT_MET", {{"criteria_pack", criteria->pack_id}}};
    }
    const auto due =
        work.env.days.end_after_working_days(work.now, rules.due.base_answer_working_days);
    if (!due.ok()) return due.refusal();
    const auto parties =
        parties_of(work.tx, r, c.receiver_institution_id, c.main_diagnosis(), work.today, rules);
    stamp(work, r, parties, criteria, rules);
    domain::DownLeg leg;
    leg.from_institution_id = r.sender_institution_id;
    leg.to_institution_id = c.receiver_institution_id;
    leg.consortium_id = r.consortium_id;
    leg.drug_codes = c.drug_codes;
    leg.plan_document_id = c.plan_document_id;
    leg.first_follow_up_on = c.follow_up_on;
    leg.override_reason_code = c.override_reason_code;
    leg.proposed_at = work.now;
    if (!parties.disease.empty()) leg.disease_codes = {parties.disease};
    r.down = std::move(leg);
    domain::Task task = task_for(r, *due);
    task.down = true;
    open_task(work, r, std::move(task));
    move(work, r, Action::kSubmit, State::kDownProposed, "", rules);
    work.append(store::down_event(store::DownEvent::kProposed, work.event_context(rules), r,
                                  work.now, c.override_reason_code));
    return r;
}

// What rows 4 and 18 share before anything is written.
struct Checked {
    domain::Parties parties;
    std::optional<Criteria> criteria;
    Instant due{};
    Instant promise{};
};
Outcome<Checked> check(Work& work, const Referral& r, const Rules& rules) {
    const domain::Content& c = r.content;
    // Two drafts of one resident have locks of their own; the second of them waits here.
    store::one_at_a_time(work.tx, "open/" + r.resident_id + "/" + c.main_diagnosis() + "/" +
                                      c.receiver_institution_id);
    Checked checked;
    checked.parties =
        parties_of(work.tx, r, c.receiver_institution_id, c.main_diagnosis(), work.today, rules);
    auto allowed = domain::check_submit(r, checked.parties, rules.submit, work.today);
    if (!allowed.ok()) return allowed.refusal();
    const auto due = domain::review_due(c.priority, work.now, rules.due, work.env.days);
    if (!due.ok()) return due.refusal();
    const auto promise =
        domain::promise_due(c.direction, c.priority, work.now, rules.due, work.env.days);
    if (!promise.ok()) return promise.refusal();
    checked.due = *due;
    checked.promise = *promise;
    checked.criteria =
        criteria_of(work.tx, r, "", domain::CriteriaSide::kUp, "", {}, work.today, rules);
    return checked;
}

void accept_by_rule(Work& work, Referral& r, const Checked& checked, const Rules& rules) {
    const domain::Offer* offer = domain::matching_offer(checked.parties.offers, r.content,
                                                        r.content.receiver_department_code,
                                                        checked.parties.diseases, work.today);
    if (!domain::accepts_by_itself(r.content, offer, checked.criteria)) return;
    const Actor asking = work.actor;
    work.actor = {"system", r.receiver_institution_id(), "SYSTEM"};
    accept(work, r, checked.promise, rules, true);
    work.actor = asking;
}

Outcome<Referral> submit_for_review(Work& work, Referral r, const Rules& rules) {
    auto checked = check(work, r, rules);
    if (!checked.ok()) return checked.refusal();
    stamp(work, r, checked->parties, checked->criteria, rules);
    open_task(work, r, task_for(r, checked->due));
    move(work, r, Action::kSubmit, State::kUnderReview, "", rules);
    work.append(store::submitted(work.event_context(rules), r));
    accept_by_rule(work, r, *checked, rules);
    return r;
}

}  // namespace

domain::Parties parties_of(storage::Transaction& tx, const Referral& r,
                           std::string_view receiver_institution_id,
                           std::string_view main_diagnosis, calendar::CivilDate today,
                           const Rules& rules) {
    domain::Parties parties;
    parties.sender = store::institution(tx, r.sender_institution_id);
    parties.receiver = store::institution(tx, receiver_institution_id);
    parties.consortium_id =
        store::common_consortium(tx, r.sender_institution_id, receiver_institution_id, today);
    parties.disease = rules.disease_of(main_diagnosis);
    parties.diseases = rules.diseases_of(main_diagnosis);
    parties.offers = store::offers_of(tx, receiver_institution_id);
    parties.duplicate_open = tx.select_one(store::kDuplicateOpen, r.resident_id, main_diagnosis,
                                           receiver_institution_id, r.referral_id)
                                 .has_value();
    return parties;
}

std::optional<Criteria> criteria_of(storage::Transaction& tx, const Referral& r,
                                    std::string_view pack_id, domain::CriteriaSide side,
                                    std::string_view down_to, const domain::Facts& more,
                                    calendar::CivilDate today, const Rules& rules) {
    domain::Facts facts = r.content.facts;
    for (const auto& [code, value] : more) facts[code] = value;
    if (const auto resident = store::resident(tx, r.resident_id)) {
        facts.try_emplace(std::string(domain::kAgeInput),
                          calendar::age_years(resident->birth_date, today));
        if (resident->male) facts.try_emplace(std::string(domain::kPregnancyInput), 0);
    }
    facts[std::string(domain::kAdviceInput)] =
        store::advised(tx, r.advice_action_id, r.resident_id, r.original_resident_id) ? 1 : 0;
    const auto receiver = store::institution(tx, down_to);
    const std::string pack =
        pack_id.empty() ? rules.disease_of(r.content.main_diagnosis()) : std::string(pack_id);
    return domain::evaluate(pack, rules.pack->version(), side, facts, rules.criteria,
                            receiver && receiver->is_village());
}

void submit_for_case(Work& work, Referral draft, std::string_view receiver_institution_id,
                     const Rules& rules) {
    auto content = store::parsed<v1::ReferralContent>(draft.stored_content);
    content.set_direction(v1::DIRECTION_EMERGENCY);
    content.set_receiver_institution_id(std::string(receiver_institution_id));
    store::set_content(draft, content);
    const auto sent = submit_emergency(work, std::move(draft), rules);
    YILIAN_INVARIANT(sent.ok(), "referrals: the referral of a case was refused");
}

Outcome<Referral> submit_referral(Work& work, std::string_view referral_id, std::string_view etag) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto found = store::referral(work.tx, referral_id);
    // A draft without direction fits no row but is incomplete rather than in the wrong state.
    if (found && found->state == State::kDraft &&
        found->content.direction == domain::Direction::kNone &&
        found->sender_institution_id == work.actor.institution_id) {
        return Refusal{"DATA_INCOMPLETE", {{"fields", "direction"}}};
    }
    auto loaded = load_for(work, referral_id, etag, Action::kSubmit, *rules);
    if (!loaded.ok()) return loaded;
    Referral r = std::move(loaded).value();
    if (auto known = check_resident(work, r.resident_id, r.emergency()); !known.ok()) {
        return known.refusal();
    }
    switch (r.content.direction) {
        case domain::Direction::kEmergency:
            return submit_emergency(work, std::move(r), *rules);
        case domain::Direction::kDown:
            return submit_down(work, std::move(r), *rules);
        default:
            return submit_for_review(work, std::move(r), *rules);
    }
}

Outcome<Referral> resubmit_referral(Work& work, std::string_view referral_id, std::string_view etag,
                                    v1::ReferralContent content) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load_for(work, referral_id, etag, Action::kResubmit, *rules);
    if (!loaded.ok()) return loaded;
    const Referral before = std::move(loaded).value();
    if (content.sender_practitioner_id().empty()) {
        content.set_sender_practitioner_id(before.content.sender_practitioner_id);
    }
    Referral r = before;
    store::set_content(r, content);
    if (auto on = domain::check_enabled(r.content, rules->submit); !on.ok()) return on.refusal();
    auto changed = domain::check_resubmission(before, r.content, r.stored_content);
    if (!changed.ok()) return changed.refusal();
    auto checked = check(work, r, *rules);
    if (!checked.ok()) return checked.refusal();
    stamp(work, r, checked->parties, checked->criteria, *rules);
    open_task(work, r, task_for(r, checked->due));
    move(work, r, Action::kResubmit, State::kUnderReview, "", *rules);
    work.append(store::task_event(store::TaskEvent::kResubmitted, work.event_context(*rules), r,
                                  r.tasks.back()));
    accept_by_rule(work, r, *checked, *rules);
    return r;
}

}  // namespace yilian::referrals::app
