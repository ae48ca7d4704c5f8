#include "services/referrals/app/review.h"

#include <algorithm>
#include <utility>

#include "services/referrals/app/booking.h"
#include "services/referrals/app/evidence.h"
#include "services/referrals/app/slots.h"
#include "services/referrals/app/submit.h"
#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/event_codec.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/referral_rows.h"

namespace yilian::referrals::app {
namespace {

using domain::Action;
using domain::Referral;
using domain::State;
using domain::TaskOutcome;
using store::ReasonEvent;

const Refusal kBadReason{"FIELD_REASON_CODE_INVALID", {{"field", "reason_code"}}};

// Loads, checks and answers the referral with the rules of the day.
struct Step {
    Rules rules;
    Referral referral;
};
Outcome<Step> begin(Work& work, std::string_view referral_id, std::string_view etag,
                    Action action) {
    auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load_for(work, referral_id, etag, action, *rules);
    if (!loaded.ok()) return loaded.refusal();
    return Step{std::move(rules).value(), std::move(loaded).value()};
}

// Ends or hands back with a reason: closes the attempt, gives the booking back, moves, tells.
void end_with(Work& work, Referral& r, Action action, State to, std::string_view reason_code,
              ReasonEvent event, TaskOutcome outcome, const Rules& rules) {
    close_task(work, r, outcome);
    leave_booking(work, r, rules);
    move(work, r, action, to, reason_code, rules);
    work.append(store::reason_event(event, work.event_context(rules), r));
}

void close_with(Work& work, Referral& r, std::string_view outcome_code, const Rules& rules) {
    move(work, r, Action::kClose, State::kClosed, outcome_code, rules);
    work.append(store::closed(work.event_context(rules), r));
}

void escalate(Work& work, Referral& r, const Rules& rules) {
    std::int32_t position = 0;
    Instant due = r.promise_due_at.value_or(work.now);
    if (r.state == State::kUnderReview) {
        r.review_escalated = true;
        due = r.last_task()->due_at.value_or(work.now);
    } else {
        r.waiting_escalated = true;
        position = waiting_position(work.tx, r, work.now, rules);
    }
    move(work, r, Action::kEscalate, r.state, "", rules);
    work.append(store::queue_event(store::QueueEvent::kEscalated, work.event_context(rules), r,
                                   position, due));
}

std::string default_outcome(State state) {
    switch (state) {
        case State::kAdviceReturned:
            return "ADVICE_ACCEPTED";
        case State::kRejected:
            return "REJECTED";
        case State::kFollowedUp:
            return "FOLLOWED_UP";
        default:
            return "NO_FOLLOW_UP";
    }
}

}  // namespace

std::vector<domain::Waiting> waiting_list(storage::Transaction& tx,
                                          std::string_view receiver_institution_id,
                                          domain::Kind kind, Instant now, const Rules& rules) {
    std::vector<domain::Waiting> queue;
    for (const storage::Row& row :
         tx.select(store::kWaiting, receiver_institution_id, domain::name_of(kind))) {
        queue.push_back({row.text(0), domain::named<domain::Direction>(row.text(1)),
                         domain::named<domain::Priority>(row.text(2)), !row.text(3).empty(),
                         row.opt_instant(4).value_or(Instant{}),
                         row.opt_instant(5).value_or(Instant{}),
                         row.opt_instant(6).value_or(Instant{}), row.text(7)});
    }
    domain::sort_by_service(queue, now, rules.slot.contracted_priority);
    return queue;
}

std::int32_t waiting_position(storage::Transaction& tx, const Referral& r, Instant now,
                              const Rules& rules) {
    if (r.state != State::kWaitingList) return 0;
    const auto queue = waiting_list(tx, r.receiver_institution_id(), r.content.kind, now, rules);
    const auto here = std::ranges::find(queue, r.referral_id, &domain::Waiting::referral_id);
    return here == queue.end() ? 0 : static_cast<std::int32_t>(here - queue.begin()) + 1;
}

Outcome<Referral> accept_referral(Work& work, std::string_view referral_id, std::string_view etag,
                                  bool beyond_county_confirmed) {
    auto step = begin(work, referral_id, etag, Action::kAccept);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    const auto parties = parties_of(work.tx, r, r.receiver_institution_id(), r.main_diagnosis_code,
                                    work.today, rules);
    auto graded = domain::check_grade(parties, r.content, rules.submit, work.today);
    if (!graded.ok()) return graded.refusal();
    const auto promise = domain::promise_due(r.content.direction, r.content.priority, work.now,
                                             rules.due, work.env.days);
    if (!promise.ok()) return promise.refusal();
    close_task(work, r, TaskOutcome::kAccepted);
    r.accepted_at = work.now;
    r.promise_due_at = *promise;
    r.beyond_county = r.content.beyond_county && beyond_county_confirmed;
    move(work, r, Action::kAccept, State::kAccepted, "", rules);
    work.append(store::accepted(work.event_context(rules), r));
    return r;
}

Outcome<Referral> request_information(Work& work, std::string_view referral_id,
                                      std::string_view etag,
                                      const std::vector<std::string>& item_codes) {
    auto step = begin(work, referral_id, etag, Action::kRequestInfo);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    if (item_codes.empty()) return Reason("ITEMS_EMPTY");
    const auto due = work.env.days.end_after_working_days(work.now, rules.due.info_working_days);
    if (!due.ok()) return due.refusal();
    r.items_requested = item_codes;
    std::ranges::sort(r.items_requested);
    const auto twice = std::ranges::unique(r.items_requested);
    r.items_requested.erase(twice.begin(), twice.end());
    r.info_due_at = *due;
    move(work, r, Action::kRequestInfo, State::kInfoRequested, "", rules);
    work.append(store::info_event(store::InfoEvent::kRequested, work.event_context(rules), r,
                                  r.items_requested, *due));
    return r;
}

Outcome<Referral> provide_information(Work& work, std::string_view referral_id,
                                      std::string_view etag, const Information& information) {
    auto step = begin(work, referral_id, etag, Action::kProvideInfo);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    const auto given = [&](const std::string& item) {
        return std::ranges::find(information.item_codes, item) != information.item_codes.end() ||
               std::ranges::any_of(information.measurements,
                                   [&](const auto& m) { return m.code() == item; });
    };
    std::string missing;
    for (const std::string& item : r.items_requested) {
        if (given(item)) continue;
        if (!missing.empty()) missing += ',';
        missing += item;
    }
    if (!missing.empty()) return Refusal{"ITEMS_STILL_MISSING", {{"items", missing}}};
    const auto due = domain::review_due(r.content.priority, work.now, rules.due, work.env.days);
    if (!due.ok()) return due.refusal();
    v1::ReferralContent content = store::content_message(r);
    for (const v1::Measurement& m : information.measurements) *content.add_measurements() = m;
    for (const std::string& id : information.document_ids) content.add_document_ids(id);
    store::set_content(r, content);
    if (domain::Task* task = r.open_task()) {
        task->due_at = *due;
        store::save(work.tx, r, *task);
    }
    const auto items = std::exchange(r.items_requested, {});
    r.info_due_at.reset();
    move(work, r, Action::kProvideInfo, State::kUnderReview, "", rules);
    work.append(
        store::info_event(store::InfoEvent::kProvided, work.event_context(rules), r, items, *due));
    return r;
}

Outcome<Referral> return_advice(Work& work, std::string_view referral_id, std::string_view etag,
                                std::string_view advice) {
    auto step = begin(work, referral_id, etag, Action::kReturnAdvice);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    if (advice.find_first_not_of(' ') == std::string_view::npos) return Reason("ADVICE_EMPTY");
    r.advice = advice;
    end_with(work, r, Action::kReturnAdvice, State::kAdviceReturned, "ADVICE",
             ReasonEvent::kAdviceReturned, TaskOutcome::kAdvised, rules);
    return r;
}

Outcome<Referral> redirect_referral(Work& work, std::string_view referral_id, std::string_view etag,
                                    std::string_view to_institution_id,
                                    std::string_view to_department_code,
                                    std::string_view reason_code) {
    auto rules_now = work.rules();
    if (!rules_now.ok()) return rules_now.refusal();
    const auto found = store::referral(work.tx, referral_id);
    // The limit of hops is a guard of the row; its refusal has a name of its own.
    if (found && found->state == State::kUnderReview &&
        found->receiver_institution_id() == work.actor.institution_id) {
        auto allowed = domain::check_redirect(*found, to_institution_id, rules_now->submit);
        if (!allowed.ok()) return allowed.refusal();
    }
    auto step = begin(work, referral_id, etag, Action::kRedirect);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    const auto parties =
        parties_of(work.tx, r, to_institution_id, r.main_diagnosis_code, work.today, rules);
    const bool offered = domain::matching_offer(parties.offers, r.content, to_department_code,
                                                parties.diseases, work.today) != nullptr;
    if (!offered || !domain::check_scope(parties, rules.submit).ok()) {
        return Reason("RECEIVER_NOT_OFFERING");
    }
    const auto due = domain::review_due(r.content.priority, work.now, rules.due, work.env.days);
    if (!due.ok()) return due.refusal();
    const std::int32_t hop = r.last_task()->hop + 1;
    close_task(work, r, TaskOutcome::kRedirected);
    domain::Task task;
    task.hop = hop;
    task.receiver_institution_id = to_institution_id;
    task.receiver_department_code = to_department_code;
    task.due_at = *due;
    open_task(work, r, std::move(task));
    r.consortium_id = parties.consortium_id;
    move(work, r, Action::kRedirect, State::kUnderReview, reason_code, rules);
    work.append(store::task_event(store::TaskEvent::kRedirected, work.event_context(rules), r,
                                  r.tasks.back()));
    return r;
}

Outcome<Referral> reject_referral(Work& work, std::string_view referral_id, std::string_view etag,
                                  std::string_view reason_code) {
    auto step = begin(work, referral_id, etag, Action::kReject);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    if (!domain::is_one_of(domain::kRejectionReasons, reason_code)) return kBadReason;
    end_with(work, r, Action::kReject, State::kRejected, reason_code, ReasonEvent::kRejected,
             TaskOutcome::kRejected, rules);
    return r;
}

Outcome<Referral> change_priority(Work& work, std::string_view referral_id, std::string_view etag,
                                  domain::Priority priority, std::string_view reason_code) {
    auto step = begin(work, referral_id, etag, Action::kChangePriority);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    const auto due = domain::review_due(priority, work.now, rules.due, work.env.days);
    if (!due.ok()) return due.refusal();
    const domain::Priority before = r.content.priority;
    v1::ReferralContent content = store::content_message(r);
    content.set_priority(static_cast<v1::Priority>(static_cast<int>(priority)));
    store::set_content(r, content);
    if (domain::Task* task = r.open_task()) {
        task->due_at = *due;
        store::save(work.tx, r, *task);
    }
    move(work, r, Action::kChangePriority, State::kUnderReview, reason_code, rules);
    work.append(store::priority_changed(work.event_context(rules), r, before, reason_code));
    return r;
}

Outcome<Referral> withdraw_referral(Work& work, std::string_view referral_id, std::string_view etag,
                                    std::string_view reason_code) {
    auto step = begin(work, referral_id, etag, Action::kWithdraw);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    if (!domain::is_one_of(domain::kCancellationReasons, reason_code)) return kBadReason;
    end_with(work, r, Action::kWithdraw, State::kWithdrawn, reason_code, ReasonEvent::kWithdrawn,
             TaskOutcome::kSuperseded, rules);
    return r;
}

void end_with_case(Work& work, std::string_view referral_id, std::string_view reason_code,
                   const Rules& rules) {
    auto found = store::referral(work.tx, referral_id);
    if (!found) return;
    Referral r = *std::move(found);
    const Actor asking = work.actor;
    work.actor = {"system", r.sender_institution_id, "SYSTEM"};
    if (r.state == State::kDraft) {
        move(work, r, Action::kDiscard, State::kDiscarded, reason_code, rules);
        work.append(
            store::draft_event(store::DraftEvent::kDiscarded, work.event_context(rules), r));
    } else if (domain::table::kUntilBooked.contains(r.state)) {
        end_with(work, r, Action::kCancel, State::kCancelled, reason_code, ReasonEvent::kCancelled,
                 TaskOutcome::kSuperseded, rules);
    }
    work.actor = asking;
}

Outcome<Referral> cancel_referral(Work& work, std::string_view referral_id, std::string_view etag,
                                  std::string_view reason_code) {
    auto step = begin(work, referral_id, etag, Action::kCancel);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    if (!domain::is_one_of(domain::kCancellationReasons, reason_code)) return kBadReason;
    end_with(work, r, Action::kCancel, State::kCancelled, reason_code, ReasonEvent::kCancelled,
             TaskOutcome::kSuperseded, rules);
    return r;
}

Outcome<Referral> waitlist_referral(Work& work, std::string_view referral_id,
                                    std::string_view etag) {
    auto step = begin(work, referral_id, etag, Action::kWaitlist);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    move(work, r, Action::kWaitlist, State::kWaitingList, "NO_SLOT", rules);
    work.append(store::queue_event(store::QueueEvent::kWaitlisted, work.event_context(rules), r,
                                   waiting_position(work.tx, r, work.now, rules),
                                   r.promise_due_at.value_or(work.now)));
    return r;
}

Outcome<Referral> close_referral(Work& work, std::string_view referral_id, std::string_view etag,
                                 std::string_view outcome_code, bool patient_informed) {
    auto step = begin(work, referral_id, etag, Action::kClose);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    if (r.state == State::kNoShow &&
        !domain::is_one_of(domain::kNonAttendanceReasons, outcome_code)) {
        return Refusal{"FIELD_REASON_CODE_INVALID", {{"field", "outcome_code"}}};
    }
    if (r.state == State::kRejected && !patient_informed) {
        return Refusal{
            "STATE_TRANSITION_NOT_ALLOWED",
            {{"state", "REJECTED"}, {"action", "CloseReferral"}, {"guard", "patient_informed"}}};
    }
    const std::string outcome =
        outcome_code.empty() ? default_outcome(r.state) : std::string(outcome_code);
    close_with(work, r, outcome, rules);
    return r;
}

void end_by_death(Work& work, Referral r, const Rules& rules) {
    end_with(work, r, Action::kDie, State::kCancelled, "DIED", ReasonEvent::kCancelled,
             TaskOutcome::kSuperseded, rules);
    reissue_evidence(work, r, rules);
}

void state_time_passed(Work& work, Referral r, const Rules& rules) {
    switch (r.state) {
        case State::kDraft:
            move(work, r, Action::kDiscard, State::kDiscarded, "TIME_PASSED", rules);
            work.append(
                store::draft_event(store::DraftEvent::kDiscarded, work.event_context(rules), r));
            return;
        case State::kUnderReview:
        case State::kWaitingList:
            return escalate(work, r, rules);
        case State::kInfoRequested:
            return end_with(work, r, Action::kExpire, State::kExpired, "INFORMATION_NOT_GIVEN",
                            ReasonEvent::kExpired, TaskOutcome::kSuperseded, rules);
        case State::kAdviceReturned:
            return close_with(work, r, "ADVICE_FINAL", rules);
        case State::kBooked:
            return miss_booking(work, r, "UNKNOWN", rules);
        case State::kCompleted:
        case State::kFollowedUp:
            return close_with(work, r, "TIME_PASSED", rules);
        default:
            return;
    }
}

}  // namespace yilian::referrals::app
