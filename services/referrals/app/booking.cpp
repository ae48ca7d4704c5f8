#include "services/referrals/app/booking.h"

#include <utility>

#include "services/referrals/app/review.h"
#include "services/referrals/app/slots.h"
#include "services/referrals/store/event_codec.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/slot_rows.h"

namespace yilian::referrals::app {
namespace {

using domain::Action;
using domain::Referral;
using domain::Role;
using domain::State;

// The hold that the caller may book for this referral.
Outcome<domain::Hold> find_hold(Work& work, const Referral& r, std::string_view hold_id) {
    auto hold = store::hold(work.tx, hold_id);
    if (!hold) return Reason("HOLD_NOT_FOUND");
    // A place of another owner cannot serve a referral to this receiver.
    if (hold->owner_institution_id != r.receiver_institution_id()) return Reason("HOLD_NOT_YOURS");
    const auto allowed = domain::check_booking(*hold, r.referral_id, r.resident_id,
                                               work.actor.institution_id, taker_of(&r), work.now);
    if (!allowed.ok()) return allowed.refusal();
    return *std::move(hold);
}

void take(Work& work, Referral& r, const domain::Hold& hold, const Rules& rules) {
    confirm_hold(work, hold, r.referral_id, rules);
    r.hold_id = hold.hold_id;
    r.booked_start_at = hold.start_at;
}

Outcome<Referral> book(Work& work, std::string_view referral_id, std::string_view etag,
                       std::string_view hold_id, Action action, store::BookingEvent event) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load_for(work, referral_id, etag, action, *rules);
    if (!loaded.ok()) return loaded;
    Referral r = std::move(loaded).value();
    const auto hold = find_hold(work, r, hold_id);
    if (!hold.ok()) return hold.refusal();
    leave_booking(work, r, *rules);
    take(work, r, *hold, *rules);
    move(work, r, action, State::kBooked, "", *rules);
    work.append(store::booking_event(event, work.event_context(*rules), r, *hold, ""));
    return r;
}

bool reason_known(std::string_view reason_code, bool by_receiver) {
    return domain::is_one_of(domain::kCancellationReasons, reason_code) ||
           (by_receiver && domain::is_one_of(domain::kRejectionReasons, reason_code));
}

}  // namespace

void leave_booking(Work& work, Referral& r, const Rules& rules) {
    if (r.state != State::kBooked || r.hold_id.empty()) return;
    give_back_hold(work, r.hold_id, rules);
    r.hold_id = "";
}

Outcome<Referral> book_referral(Work& work, std::string_view referral_id, std::string_view etag,
                                std::string_view hold_id) {
    return book(work, referral_id, etag, hold_id, Action::kBook, store::BookingEvent::kBooked);
}

Outcome<Referral> rebook_referral(Work& work, std::string_view referral_id, std::string_view etag,
                                  std::string_view hold_id) {
    return book(work, referral_id, etag, hold_id, Action::kRebook, store::BookingEvent::kRebooked);
}

Outcome<Referral> cancel_booking(Work& work, std::string_view referral_id, std::string_view etag,
                                 std::string_view reason_code, bool keep_referral) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load_for(work, referral_id, etag, Action::kCancelBooking, *rules);
    if (!loaded.ok()) return loaded;
    Referral r = std::move(loaded).value();
    const auto roles = domain::roles_of(r, work.actor.institution_id);
    const bool by_receiver = !roles.contains(Role::kSender) && roles.contains(Role::kReceiver);
    if (!reason_known(reason_code, by_receiver)) {
        return Refusal{"FIELD_REASON_CODE_INVALID", {{"field", "reason_code"}}};
    }
    const auto hold = store::hold(work.tx, r.hold_id);
    YILIAN_INVARIANT(hold.has_value(), "referrals: a booking without its hold");
    leave_booking(work, r, *rules);
    const State to = by_receiver     ? State::kWaitingList
                     : keep_referral ? State::kAccepted
                                     : State::kCancelled;
    move(work, r, Action::kCancelBooking, to, reason_code, *rules);
    const auto context = work.event_context(*rules);
    work.append(
        store::booking_event(store::BookingEvent::kCancelled, context, r, *hold, reason_code));
    if (to == State::kCancelled) {
        work.append(store::reason_event(store::ReasonEvent::kCancelled, context, r));
    }
    return r;
}

void miss_booking(Work& work, Referral& r, std::string_view reason_code, const Rules& rules) {
    leave_booking(work, r, rules);
    move(work, r, Action::kNoShow, State::kNoShow, reason_code, rules);
    work.append(store::desk_event(store::DeskEvent::kNoShow, work.event_context(rules), r,
                                  r.receiver_institution_id(), work.now, reason_code));
}

Outcome<Referral> record_no_show(Work& work, std::string_view referral_id, std::string_view etag,
                                 std::string_view reason_code) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    const auto found = store::referral(work.tx, referral_id);
    // Too early is a refusal of its own, not a wrong state.
    if (found && found->state == State::kBooked &&
        domain::roles_of(*found, work.actor.institution_id).contains(Role::kReceiver) &&
        work.now < *found->booked_start_at + std::chrono::minutes(rules->no_show_after_min)) {
        return Reason("BOOKING_NOT_DUE");
    }
    auto loaded = load_for(work, referral_id, etag, Action::kNoShow, *rules);
    if (!loaded.ok()) return loaded;
    Referral r = std::move(loaded).value();
    const std::string reason = reason_code.empty() ? "UNKNOWN" : std::string(reason_code);
    if (!domain::is_one_of(domain::kNonAttendanceReasons, reason)) {
        return Refusal{"FIELD_REASON_CODE_INVALID", {{"field", "reason_code"}}};
    }
    miss_booking(work, r, reason, *rules);
    return r;
}

}  // namespace yilian::referrals::app
