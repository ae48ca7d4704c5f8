#include "services/referrals/store/event_codec.h"

#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/referrals/v1/types.pb.h"

namespace yilian::referrals::store {
namespace {

using domain::Referral;
using events::EventDraft;

template <class Msg>
Msg of_referral(const Context& context, const Referral& r) {
    Msg m;
    *m.mutable_context() = context;
    m.set_referral_id(r.referral_id);
    m.set_resident_id(r.resident_id);
    return m;
}

template <class Msg>
EventDraft draft(const Context& context, const Referral& r) {
    auto m = of_referral<Msg>(context, r);
    m.set_chain_id(r.chain_id);
    m.set_from_institution_id(r.sender_institution_id);
    m.set_direction(to_proto<v1::Direction>(r.content.direction));
    m.set_kind(to_proto<v1::ReferralKind>(r.content.kind));
    m.set_advice_action_id(r.advice_action_id);
    m.set_enrolment_id(r.enrolment_id);
    return events::make_event(m);
}

template <class Msg>
EventDraft info(const Context& context, const Referral& r,
                const std::vector<std::string>& item_codes, Instant due_at) {
    auto m = of_referral<Msg>(context, r);
    for (const std::string& code : item_codes) m.add_item_codes(code);
    set_time(m.mutable_due_at(), due_at);
    return events::make_event(m);
}

template <class Msg>
EventDraft reason(const Context& context, const Referral& r) {
    auto m = of_referral<Msg>(context, r);
    m.set_reason_code(r.reason_code);
    set_time(m.mutable_state_since(), r.state_since);
    m.set_advice_action_id(r.advice_action_id);
    return events::make_event(m);
}

template <class Msg>
EventDraft on_task(const Context& context, const Referral& r, const domain::Task& task) {
    auto m = of_referral<Msg>(context, r);
    m.set_task_id(task.task_id);
    m.set_hop(task.hop);
    m.set_to_institution_id(task.receiver_institution_id);
    return events::make_event(m);
}

template <class Msg>
EventDraft queue(const Context& context, const Referral& r, std::int32_t position, Instant due_at) {
    auto m = of_referral<Msg>(context, r);
    m.set_position(position);
    set_time(m.mutable_promise_due_at(), due_at);
    return events::make_event(m);
}

template <class Msg>
EventDraft booking(const Context& context, const Referral& r, const domain::Hold& hold,
                   std::string_view reason_code) {
    auto m = of_referral<Msg>(context, r);
    m.set_hold_id(hold.hold_id);
    m.set_slot_id(hold.slot_id);
    set_time(m.mutable_start_at(), hold.start_at);
    m.set_reason_code(std::string(reason_code));
    return events::make_event(m);
}

template <class Msg>
EventDraft desk(const Context& context, const Referral& r, std::string_view institution_id,
                Instant at, std::string_view reason_code) {
    auto m = of_referral<Msg>(context, r);
    m.set_to_institution_id(std::string(institution_id));
    set_time(m.mutable_at(), at);
    m.set_reason_code(std::string(reason_code));
    return events::make_event(m);
}

template <class Msg>
EventDraft down(const Context& context, const Referral& r, Instant at,
                std::string_view reason_code) {
    auto m = of_referral<Msg>(context, r);
    const domain::DownLeg& leg = *r.down;
    if (r.follow_up) m.set_order_id(r.follow_up->order_id);
    m.set_team_id(r.team_id);
    m.set_from_institution_id(leg.from_institution_id);
    m.set_to_institution_id(leg.to_institution_id);
    for (const std::string& code : leg.disease_codes) m.add_disease_codes(code);
    for (const std::string& code : leg.drug_codes) m.add_drug_codes(code);
    m.set_plan_document_id(leg.plan_document_id);
    set_time(m.mutable_at(), at);
    m.set_first_followup_due(r.follow_up ? r.follow_up->due_on.text()
                                         : text_of(leg.first_follow_up_on));
    m.set_reason_code(std::string(reason_code));
    return events::make_event(m);
}

template <class Msg>
EventDraft of_hold(const Context& context, const domain::Hold& hold) {
    Msg m;
    *m.mutable_context() = context;
    m.set_pool_id(hold.pool_id);
    m.set_slot_id(hold.slot_id);
    m.set_hold_id(hold.hold_id);
    m.set_quota_class(to_proto<v1::QuotaClass>(hold.quota));
    m.set_referral_id(hold.referral_id);
    m.set_institution_id(hold.owner_institution_id);
    return events::make_event(m);
}

void set_opt(google::protobuf::Timestamp* out, const std::optional<Instant>& at) {
    set_time(out, at.value_or(Instant{}));
}

}  // namespace

EventDraft draft_event(DraftEvent event, const Context& context, const Referral& r) {
    return event == DraftEvent::kDrafted ? draft<v1::ReferralDrafted>(context, r)
                                         : draft<v1::ReferralDiscarded>(context, r);
}

EventDraft submitted(const Context& context, const Referral& r) {
    auto m = of_referral<v1::ReferralSubmitted>(context, r);
    m.set_chain_id(r.chain_id);
    m.set_number(r.number);
    m.set_contract_id(r.contract_id);
    m.set_team_id(r.team_id);
    m.set_direction(to_proto<v1::Direction>(r.content.direction));
    m.set_kind(to_proto<v1::ReferralKind>(r.content.kind));
    m.set_priority(to_proto<v1::Priority>(r.content.priority));
    m.set_from_institution_id(r.sender_institution_id);
    m.set_to_institution_id(r.receiver_institution_id());
    m.set_consortium_id(r.consortium_id);
    m.set_main_diagnosis_code(r.main_diagnosis_code);
    const auto criteria = parsed<v1::CriteriaResult>(r.criteria);
    if (!criteria.criteria_pack_id().empty()) {
        m.set_criteria_pack(criteria.criteria_pack_id() + "@" +
                            std::to_string(criteria.criteria_pack_version()));
    }
    *m.mutable_criteria_met() = criteria.met();
    set_time(m.mutable_submitted_at(), *r.submitted_at);
    return events::make_event(m);
}

EventDraft info_event(InfoEvent event, const Context& context, const Referral& r,
                      const std::vector<std::string>& item_codes, Instant due_at) {
    return event == InfoEvent::kRequested
               ? info<v1::ReferralInfoRequested>(context, r, item_codes, due_at)
               : info<v1::ReferralInfoProvided>(context, r, item_codes, due_at);
}

EventDraft reason_event(ReasonEvent event, const Context& context, const Referral& r) {
    switch (event) {
        case ReasonEvent::kAdviceReturned:
            return reason<v1::ReferralAdviceReturned>(context, r);
        case ReasonEvent::kRejected:
            return reason<v1::ReferralRejected>(context, r);
        case ReasonEvent::kWithdrawn:
            return reason<v1::ReferralWithdrawn>(context, r);
        case ReasonEvent::kExpired:
            return reason<v1::ReferralExpired>(context, r);
        case ReasonEvent::kCancelled:
            break;
    }
    return reason<v1::ReferralCancelled>(context, r);
}

EventDraft task_event(TaskEvent event, const Context& context, const Referral& r,
                      const domain::Task& task) {
    return event == TaskEvent::kRedirected ? on_task<v1::ReferralRedirected>(context, r, task)
                                           : on_task<v1::ReferralResubmitted>(context, r, task);
}

EventDraft priority_changed(const Context& context, const Referral& r, domain::Priority before,
                            std::string_view reason_code) {
    auto m = of_referral<v1::ReferralPriorityChanged>(context, r);
    m.set_old(to_proto<v1::Priority>(before));
    m.set_new_(to_proto<v1::Priority>(r.content.priority));
    m.set_reason_code(std::string(reason_code));
    return events::make_event(m);
}

EventDraft accepted(const Context& context, const Referral& r) {
    auto m = of_referral<v1::ReferralAccepted>(context, r);
    m.set_from_institution_id(r.sender_institution_id);
    m.set_to_institution_id(r.receiver_institution_id());
    set_time(m.mutable_accepted_at(), *r.accepted_at);
    set_opt(m.mutable_promise_due_at(), r.promise_due_at);
    return events::make_event(m);
}

EventDraft queue_event(QueueEvent event, const Context& context, const Referral& r,
                       std::int32_t position, Instant due_at) {
    return event == QueueEvent::kWaitlisted
               ? queue<v1::ReferralWaitlisted>(context, r, position, due_at)
               : queue<v1::ReferralEscalated>(context, r, position, due_at);
}

EventDraft booking_event(BookingEvent event, const Context& context, const Referral& r,
                         const domain::Hold& hold, std::string_view reason_code) {
    switch (event) {
        case BookingEvent::kBooked:
            return booking<v1::ReferralBooked>(context, r, hold, reason_code);
        case BookingEvent::kRebooked:
            return booking<v1::ReferralRebooked>(context, r, hold, reason_code);
        case BookingEvent::kCancelled:
            break;
    }
    return booking<v1::ReferralBookingCancelled>(context, r, hold, reason_code);
}

EventDraft desk_event(DeskEvent event, const Context& context, const Referral& r,
                      std::string_view institution_id, Instant at, std::string_view reason_code) {
    return event == DeskEvent::kArrived
               ? desk<v1::ReferralArrived>(context, r, institution_id, at, reason_code)
               : desk<v1::ReferralNoShow>(context, r, institution_id, at, reason_code);
}

EventDraft record_uploaded(const Context& context, const Referral& r,
                           const std::vector<std::string>& document_ids, bool late) {
    auto m = of_referral<v1::ReferralRecordUploaded>(context, r);
    for (const std::string& id : document_ids) m.add_document_ids(id);
    m.set_late(late);
    return events::make_event(m);
}

EventDraft care_started(const Context& context, const Referral& r) {
    auto m = of_referral<v1::ReferralCareStarted>(context, r);
    m.set_to_institution_id(r.receiver_institution_id());
    m.set_encounter_ref(r.encounter_ref);
    m.set_inpatient(r.inpatient);
    if (r.admitted_at) set_time(m.mutable_admitted_at(), *r.admitted_at);
    m.set_advice_action_id(r.advice_action_id);
    return events::make_event(m);
}

EventDraft evidence_issued(const Context& context, const domain::Evidence& e) {
    v1::ReferralEvidenceIssued m;
    *m.mutable_context() = context;
    m.set_evidence_id(e.evidence_id);
    m.set_referral_id(e.referral_id);
    m.set_chain_id(e.chain_id);
    m.set_resident_id(e.resident_id);
    m.set_from_institution_id(e.from_institution_id);
    m.set_to_institution_id(e.to_institution_id);
    m.set_consortium_id(e.consortium_id);
    m.set_direction(to_proto<v1::Direction>(e.direction));
    m.set_main_diagnosis_code(e.main_diagnosis_code);
    m.set_beyond_county(e.beyond_county);
    m.set_emergency(e.emergency);
    m.set_valid(e.valid);
    m.set_invalid_reason(e.invalid_reason);
    m.set_supersedes_evidence_id(e.supersedes_evidence_id);
    if (e.submitted_at) set_time(m.mutable_submitted_at(), *e.submitted_at);
    if (e.accepted_at) set_time(m.mutable_accepted_at(), *e.accepted_at);
    if (e.arrived_at) set_time(m.mutable_arrived_at(), *e.arrived_at);
    if (e.admitted_at) set_time(m.mutable_admitted_at(), *e.admitted_at);
    set_opt(m.mutable_issued_at(), e.issued_at);
    m.set_signature(e.signature);
    return events::make_event(m);
}

EventDraft referred_on(const Context& context, const Referral& r) {
    auto m = of_referral<v1::ReferralReferredOn>(context, r);
    m.set_next_referral_id(r.next_referral_id);
    return events::make_event(m);
}

EventDraft completed(const Context& context, const Referral& r) {
    auto m = of_referral<v1::ReferralCompleted>(context, r);
    const auto reply = parsed<v1::ReplyLetter>(r.reply);
    m.set_from_institution_id(r.sender_institution_id);
    m.set_to_institution_id(r.receiver_institution_id());
    *m.mutable_diagnosis_codes() = reply.diagnosis_codes();
    *m.mutable_drug_codes() = reply.discharge_drug_codes();
    m.set_plan_document_id(reply.plan_document_id());
    m.set_follow_up_date(reply.follow_up_date());
    return events::make_event(m);
}

EventDraft down_event(DownEvent event, const Context& context, const Referral& r, Instant at,
                      std::string_view reason_code) {
    switch (event) {
        case DownEvent::kProposed:
            return down<v1::DownReferralProposed>(context, r, at, reason_code);
        case DownEvent::kAccepted:
            return down<v1::DownReferralAccepted>(context, r, at, reason_code);
        case DownEvent::kDeclined:
            break;
    }
    return down<v1::DownReferralDeclined>(context, r, at, reason_code);
}

EventDraft followed_up(const Context& context, const Referral& r, calendar::CivilDate visit_on) {
    auto m = of_referral<v1::ReferralFollowedUp>(context, r);
    m.set_visit_id(r.follow_up->done_visit_id);
    m.set_visit_date(visit_on.text());
    return events::make_event(m);
}

EventDraft closed(const Context& context, const Referral& r) {
    auto m = of_referral<v1::ReferralClosed>(context, r);
    m.set_outcome_code(r.reason_code);
    set_time(m.mutable_closed_at(), *r.closed_at);
    return events::make_event(m);
}

EventDraft hold_event(HoldEvent event, const Context& context, const domain::Hold& hold) {
    switch (event) {
        case HoldEvent::kHeld:
            return of_hold<v1::SlotHeld>(context, hold);
        case HoldEvent::kConfirmed:
            return of_hold<v1::SlotConfirmed>(context, hold);
        case HoldEvent::kReleased:
            return of_hold<v1::SlotReleased>(context, hold);
        case HoldEvent::kExpired:
            return of_hold<v1::HoldExpired>(context, hold);
        case HoldEvent::kConsumed:
            break;
    }
    return of_hold<v1::SlotConsumed>(context, hold);
}

EventDraft quota_released(const Context& context, const domain::Slot& slot,
                          const domain::Release& release, Instant at) {
    v1::QuotaReleased m;
    *m.mutable_context() = context;
    m.set_pool_id(slot.pool_id);
    m.set_institution_id(slot.owner_institution_id);
    m.set_from_class(to_proto<v1::QuotaClass>(release.from));
    m.set_to_class(to_proto<v1::QuotaClass>(release.to));
    m.set_count(release.count);
    set_time(m.mutable_at(), at);
    return events::make_event(m);
}

}  // namespace yilian::referrals::store
