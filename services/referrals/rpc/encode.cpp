#include "services/referrals/rpc/encode.h"

#include <algorithm>
#include <chrono>

#include "libs/calendar/local_time.h"
#include "libs/runtime/command.h"
#include "services/referrals/app/review.h"
#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/copy_rows.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/slot_rows.h"
#include "services/referrals/store/values.h"

namespace yilian::referrals::rpc_edge {
namespace {

using domain::Referral;
using domain::State;
using google::protobuf::Timestamp;
using store::set_time;
using store::to_proto;

void set_opt(const std::optional<Instant>& at, const std::function<Timestamp*()>& field) {
    if (at) set_time(field(), *at);
}

void encode_tasks(const Referral& r, v1::Referral& m) {
    for (const domain::Task& task : r.tasks) {
        v1::ReferralTask* t = m.add_tasks();
        t->set_task_id(task.task_id);
        t->set_hop(task.hop);
        t->set_receiver_institution_id(task.receiver_institution_id);
        t->set_receiver_department_code(task.receiver_department_code);
        t->set_outcome(to_proto<v1::TaskOutcome>(task.outcome));
        t->set_reviewer_id(task.reviewer_id);
        set_time(t->mutable_opened_at(), task.opened_at);
        set_opt(task.due_at, [&] { return t->mutable_due_at(); });
        set_opt(task.decided_at, [&] { return t->mutable_decided_at(); });
    }
}

void encode_follow_up(const Referral& r, v1::Referral& m) {
    if (!r.follow_up) return;
    const domain::FollowUp& order = *r.follow_up;
    v1::FollowUpOrder* f = m.mutable_follow_up();
    f->set_order_id(order.order_id);
    f->set_team_id(order.team_id);
    f->set_due_on(order.due_on.text());
    for (const std::string& code : order.disease_codes) f->add_disease_codes(code);
    f->set_plan_document_id(order.plan_document_id);
    // A voided visit has done nothing.
    if (order.voided) return;
    f->set_done_visit_id(order.done_visit_id);
    set_opt(order.done_at, [&] { return f->mutable_done_at(); });
}

void encode_times(const Referral& r, v1::Referral& m) {
    set_opt(r.promise_due_at, [&] { return m.mutable_promise_due_at(); });
    set_opt(r.submitted_at, [&] { return m.mutable_submitted_at(); });
    set_opt(r.accepted_at, [&] { return m.mutable_accepted_at(); });
    set_opt(r.arrived_at, [&] { return m.mutable_arrived_at(); });
    set_opt(r.completed_at, [&] { return m.mutable_completed_at(); });
    set_opt(r.closed_at, [&] { return m.mutable_closed_at(); });
    set_opt(r.admitted_at, [&] { return m.mutable_admitted_at(); });
}

bool drugs_supplied(storage::Transaction& tx, const Referral& r) {
    if (!r.completed_at) return false;
    const auto drugs =
        r.down ? r.down->drug_codes
               : store::strings(store::parsed<v1::ReplyLetter>(r.reply).discharge_drug_codes());
    return store::all_dispensed(tx, r.resident_id, calendar::local_date(*r.completed_at), drugs);
}

void encode_care(storage::Transaction& tx, const Referral& r, v1::Referral& m) {
    if (!r.hold_id.empty()) {
        if (const auto hold = store::hold(tx, r.hold_id)) *m.mutable_hold() = encode(*hold);
    }
    m.set_encounter_ref(r.encounter_ref);
    m.set_inpatient(r.inpatient);
    if (!r.reply.empty()) *m.mutable_reply() = store::parsed<v1::ReplyLetter>(r.reply);
    if (r.arrived_at) {
        for (v1::Document& document : store::documents(tx, r.referral_id)) {
            *m.add_documents() = std::move(document);
        }
    }
    m.set_record_late(r.record_late);
    set_opt(r.care_started_at, [&] { return m.mutable_care_started_at(); });
    set_opt(r.care_ended_at, [&] { return m.mutable_care_ended_at(); });
    m.set_reply_late(r.reply_late);
    m.set_discharge_drugs_supplied(drugs_supplied(tx, r));
    m.set_next_referral_id(r.next_referral_id);
}

}  // namespace

v1::Referral encode(storage::Transaction& tx, const Referral& r, std::string_view institution_id,
                    Instant now, const app::Rules& rules) {
    v1::Referral m;
    m.set_referral_id(r.referral_id);
    m.set_number(r.number);
    m.set_version(r.changes);
    m.set_state(to_proto<v1::ReferralState>(r.state));
    m.set_reason_code(r.reason_code);
    m.set_resident_id(r.resident_id);
    m.set_chain_id(r.chain_id);
    *m.mutable_content() = store::content_message(r);
    m.set_sender_institution_id(r.sender_institution_id);
    m.set_contract_id(r.contract_id);
    m.set_team_id(r.team_id);
    m.set_consortium_id(r.consortium_id);
    m.set_advice_action_id(r.advice_action_id);
    m.set_enrolment_id(r.enrolment_id);
    if (!r.criteria.empty()) *m.mutable_criteria() = store::parsed<v1::CriteriaResult>(r.criteria);
    encode_tasks(r, m);
    m.set_waiting_position(app::waiting_position(tx, r, now, rules));
    encode_times(r, m);
    encode_care(tx, r, m);
    encode_follow_up(r, m);
    m.set_policy_pack_id(r.pack_id);
    m.set_policy_pack_version(r.pack_version);
    m.set_etag(runtime::make_etag(r.changes));
    m.set_advice(r.advice);
    auto allowed = domain::allowed_actions(r, institution_id, rules.guard_facts(now));
    std::ranges::sort(allowed);
    for (std::string& name : allowed) m.add_allowed_actions(std::move(name));
    return m;
}

v1::ServiceOffer encode(const domain::Offer& offer) {
    auto m = store::parsed<v1::ServiceOffer>(offer.stored);
    m.set_etag(runtime::make_etag(offer.changes));
    return m;
}

v1::ResourcePool encode(const domain::Pool& pool) {
    auto m = store::parsed<v1::ResourcePool>(pool.stored);
    m.set_etag(runtime::make_etag(pool.changes));
    return m;
}

v1::Slot encode(const domain::Slot& slot) {
    v1::Slot m;
    m.set_slot_id(slot.slot_id);
    m.set_pool_id(slot.pool_id);
    set_time(m.mutable_start_at(), slot.start_at);
    set_time(m.mutable_end_at(), slot.end_at);
    m.set_capacity(slot.capacity);
    m.set_used(slot.taken());
    m.set_state(slot.blocked         ? v1::SLOT_STATE_BUSY_UNAVAILABLE
                : !slot.full()       ? v1::SLOT_STATE_FREE
                : slot.capacity == 0 ? v1::SLOT_STATE_BUSY_UNAVAILABLE
                                     : v1::SLOT_STATE_BUSY);
    m.set_quota_class(to_proto<v1::QuotaClass>(slot.quota));
    m.set_released_from(to_proto<v1::QuotaClass>(slot.released_from));
    return m;
}

v1::Hold encode(const domain::Hold& hold) {
    v1::Hold m;
    m.set_hold_id(hold.hold_id);
    m.set_slot_id(hold.slot_id);
    m.set_pool_id(hold.pool_id);
    m.set_referral_id(hold.referral_id);
    m.set_resident_id(hold.resident_id);
    m.set_state(to_proto<v1::HoldState>(hold.state));
    set_time(m.mutable_start_at(), hold.start_at);
    set_time(m.mutable_expires_at(), hold.expires_at);
    return m;
}

std::optional<Instant> due_of(const Referral& r, const app::Rules& rules,
                              const calendar::WorkingDays& days) {
    const auto after_days = [&](std::int32_t count) {
        return r.state_since + std::chrono::hours(24) * count;
    };
    switch (r.state) {
        case State::kDraft:
            return after_days(rules.draft_discard_days);
        case State::kUnderReview:
        case State::kDownProposed:
            return r.last_task() == nullptr ? std::nullopt : r.last_task()->due_at;
        case State::kInfoRequested:
            return r.info_due_at;
        case State::kAdviceReturned:
            return after_days(rules.advice_final_after_days);
        case State::kRejected: {
            const auto due =
                days.end_after_working_days(r.state_since, rules.rejected_act_working_days);
            return due.ok() ? std::optional<Instant>(*due) : std::nullopt;
        }
        case State::kAccepted:
        case State::kWaitingList:
            return r.promise_due_at;
        case State::kBooked:
            return r.booked_start_at;
        case State::kCompleted:
            return after_days(rules.close_after_days);
        // The day itself is in time.
        case State::kBaseAccepted:
            return calendar::start_of_day(r.follow_up->due_on.plus_days(1));
        default:
            return std::nullopt;
    }
}

}  // namespace yilian::referrals::rpc_edge
