#include "services/prescriptions/app/endings.h"

#include <algorithm>

#include "services/prescriptions/store/event_codec.h"
#include "services/prescriptions/store/rows.h"

namespace yilian::prescriptions::app {
namespace {

using domain::Action;
using domain::LineState;
using domain::Prescription;
using domain::State;

constexpr lifecycle::Set<State> kDispensedAlready{State::kPartlyDispensed, State::kDispensed,
                                                  State::kSettled, State::kReversed};

// Rows 18, 19 and 29, when the state allows one of them.
bool cancel_one(Work& work, Prescription& p, std::string_view reason_code,
                const policy::Pack& pack) {
    const State to = p.state == State::kClaimed ? State::kCancelPending : State::kCancelled;
    must_move(work, p, Action::kCancel, to, reason_code, pack);
    if (to == State::kCancelPending) {
        work.append(store::cancel_requested(work.event_context(pack), p, reason_code));
    } else {
        domain::end_open_lines(p, LineState::kCancelled);
        work.append(store::cancelled(work.event_context(pack), p));
    }
    finish(work, p);
    return to == State::kCancelPending;
}

void cancel_instances(Work& work, const Prescription& parent, std::string_view reason_code,
                      const policy::Pack& pack) {
    if (!parent.is_parent()) return;
    for (Prescription& instance : store::instances_of(work.tx, parent.prescription_id)) {
        if (domain::kLifecycle.legal(instance.state, Action::kCancel)) {
            (void)cancel_one(work, instance, reason_code, pack);
        }
    }
}

}  // namespace

Outcome<Cancelled> cancel(Work& work, std::string_view id, std::string_view etag,
                          std::string_view reason_code, lifecycle::Set<domain::Role> roles) {
    if (!domain::is_cancel_reason(reason_code)) return Reason("FIELD_REASON_CODE_INVALID");
    auto p = find(work, id, etag);
    if (!p.ok()) return p.refusal();
    if (p->institution_id != work.actor.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    if (kDispensedAlready.contains(p->state)) return Reason("ALREADY_DISPENSED");
    if (auto legal = domain::kLifecycle.check(p->state, Action::kCancel); !legal.ok()) {
        return legal.refusal();
    }
    if (!domain::kLifecycle.legal_for(p->state, Action::kCancel, roles)) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Cancelled out{std::move(p).value(), false};
    out.with_dispenser = cancel_one(work, out.prescription, reason_code, **pack);
    cancel_instances(work, out.prescription, reason_code, **pack);
    return out;
}

void resident_died(Work& work, std::string_view resident_id) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return;
    for (Prescription& p : store::prescriptions_of(work.tx, resident_id)) {
        work.actor.institution_id = p.institution_id;
        if (p.state == State::kPartlyDispensed) {
            end_lines(work, p, "DIED", p.dispensed_by, **pack);
            end_claim(work, p, domain::ClaimState::kDone);
            must_move(work, p, Action::kMarkNotDispensed,
                      domain::header_of(p.lines, false, p.was_dispensed), "DIED", **pack);
            come_to_rest(work, p, **pack);
            finish(work, p);
        } else if (domain::kLifecycle.legal(p.state, Action::kDie)) {
            must_move(work, p, Action::kDie, State::kCancelled, "DIED", **pack);
            domain::end_open_lines(p, LineState::kCancelled);
            end_claim(work, p, domain::ClaimState::kReturned);
            work.append(store::cancelled(work.event_context(**pack), p));
            finish(work, p);
        }
    }
}

void validity_ended(Work& work, Prescription p) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return;
    const State before = p.state;
    expire_if_over(work, p, **pack);
    if (p.state != before) finish(work, p);
}

void instance_fell_due(Work& work, Prescription p) {
    if (p.state != State::kFuture) return;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return;
    const auto eligible = store::eligibilities(work.tx, p.resident_id);
    const bool ended = std::ranges::any_of(eligible, [&](const store::Eligibility& e) {
        return !e.eligible && (p.content.disease_codes.empty() ||
                               domain::contains(p.content.disease_codes, e.disease_code));
    });
    const auto parent = store::prescription(work.tx, p.parent_id);
    if (ended || !parent || parent->state != State::kEffective) {
        (void)cancel_one(work, p, "CLINICAL_GROUNDS", **pack);
        return;
    }
    make_effective(work, p, Action::kFallDue, **pack);
    expire_if_over(work, p, **pack);
    finish(work, p);
}

void close_rested(Work& work, Prescription p) {
    if (!domain::kLifecycle.legal(p.state, Action::kClose)) return;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return;
    must_move(work, p, Action::kClose, State::kClosed, std::string(p.reason_code), **pack);
    finish(work, p);
    work.append(
        store::came_to_rest(store::RestEvent::kClosed, work.event_context(**pack), p, work.now));
}

void settlement_known(Work& work, std::string_view prescription_id) {
    auto p = store::prescription(work.tx, prescription_id);
    const auto pack = work.pack(work.today);
    if (!p || !pack.ok()) return;
    work.actor.institution_id = p->institution_id;
    const State before = p->state;
    settle_if_known(work, *p, **pack);
    if (p->state != before) finish(work, *p);
}

void rekey_resident(Work& work, std::string_view from, std::string_view to) {
    for (Prescription& p : store::prescriptions_of(work.tx, from)) {
        if (domain::kLifecycle.is_final(p.state)) continue;
        if (p.original_resident_id.empty()) p.original_resident_id = p.resident_id;
        p.resident_id = to;
        p.changes += 1;
        p.changed_at = work.now;
        finish(work, p);
    }
}

void split_resident(Work& work, std::string_view from, const std::vector<std::string>& to) {
    for (Prescription& p : store::prescriptions_of(work.tx, from)) {
        if (!domain::contains(to, p.original_resident_id)) continue;
        p.resident_id = p.original_resident_id;
        p.original_resident_id.clear();
        p.changes += 1;
        p.changed_at = work.now;
        finish(work, p);
    }
}

}  // namespace yilian::prescriptions::app
