#include "services/billing/app/payments.h"

#include <algorithm>

#include "libs/calendar/local_time.h"
#include "libs/runtime/command.h"
#include "libs/timers/timers.h"
#include "services/billing/app/dispute.h"
#include "services/billing/app/findings.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/app/run_steps.h"
#include "services/billing/app/runs.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/supervision_queries.h"

namespace yilian::billing::app {
namespace {

using store::PaymentEvent;
using store::PaymentRow;

Fen payable_of(Unit& unit, const std::string& party) {
    Fen open = store::balance(unit.tx, account::payable(party));
    for (const PaymentRow& p : store::payments_of(unit.tx, party)) {
        if (p.state == PaymentState::kInstructed) open -= p.amount;
    }
    return open;
}

// The day from which the working days count (billing.md 1.4 step 10).
Outcome<CivilDate> clock_start(Unit& unit, const Instruction& what,
                               const policy::billing::Run& rules) {
    const CivilDate received =
        what.claim_received_on.empty() ? unit.today : *CivilDate::parse(what.claim_received_on);
    if (rules.clock_start == policy::billing::ClockStart::kClaimReceived || what.run_ids.empty()) {
        return received;
    }
    CivilDate deadline{};
    for (const std::string& id : what.run_ids) {
        const auto run = store::run(unit.tx, id);
        if (!run) return Reason("NOT_FOUND");
        const CivilDate last = last_day_of(run->period);
        deadline = std::max(deadline, last.plus_days(static_cast<int>(rules.declare_days)));
    }
    return deadline;
}

void set_timer(Unit& unit, const PaymentRow& payment, CivilDate on) {
    timers::schedule(unit.tx, {std::string(kOverdueTimer), payment.payment_id},
                     calendar::start_of_day(on), payment.party);
}

// Every due day first: a day without calendar data refuses the instruction before it wrote.
Outcome<std::vector<std::pair<std::int64_t, CivilDate>>> warnings_of(
    Unit& unit, CivilDate start, const policy::billing::Run& rules) {
    std::vector<std::pair<std::int64_t, CivilDate>> out;
    for (const std::int64_t day : rules.payment_warning_days) {
        const auto on = unit.env.days.nth_after(start, static_cast<int>(day));
        if (!on.ok()) return on.refusal();
        out.emplace_back(day, *on);
    }
    return out;
}

void set_warnings(Unit& unit, const PaymentRow& payment,
                  const std::vector<std::pair<std::int64_t, CivilDate>>& warnings) {
    for (const auto& [day, on] : warnings) {
        timers::schedule(unit.tx,
                         {std::string(kWarningTimer), payment.payment_id, std::to_string(day)},
                         calendar::start_of_day(on), payment.party);
    }
}

void stop_clock(Unit& unit, const PaymentRow& payment) {
    (void)timers::cancel_all_of(unit.tx, payment.payment_id);
}

void publish(Unit& unit, PaymentEvent event, const PaymentRow& payment) {
    unit.append(store::payment_event(event, unit.event_context(), payment));
    unit.touch("payment", payment.payment_id);
}

Outcome<PaymentRow> load(Unit& unit, std::string_view payment_id, std::string_view etag,
                         PaymentAction action) {
    auto payment = store::payment(unit.tx, payment_id);
    if (!payment) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, payment->changes)) return *std::move(mismatch);
    if (payment->state == PaymentState::kConfirmed) return Reason("PAYMENT_ALREADY_CONFIRMED");
    const auto allowed = kPaymentLifecycle.check(payment->state, action);
    if (!allowed.ok()) return allowed.refusal();
    return *std::move(payment);
}

}  // namespace

Outcome<PaymentRow> instruct_payment(Unit& unit, const Instruction& what) {
    if (const auto same = store::payment(unit.tx, what.payment_id)) {
        if (same->party != what.party || same->amount != what.amount) return Reason("ID_REUSED");
        return *same;
    }
    const auto pack = unit.pack(unit.today);
    if (!pack.ok()) return pack.refusal();
    if (!(*pack)->blocks().run) return Reason("POLICY_NOT_IN_FORCE");
    for (const std::string& id : what.run_ids) {
        if (!store::run(unit.tx, id)) return Refusal{"NOT_FOUND", {{"run_id", id}}};
    }
    const Fen payable = payable_of(unit, what.party);
    if (what.amount > payable) {
        return Refusal{"PAYMENT_AMOUNT_MISMATCH", {{"payable_fen", payable.text()}}};
    }
    const Fen disputed = disputed_of(unit, what.party);
    const Fen held = held_of(unit, what.party);
    if (what.amount > payable - disputed - held) {
        return Refusal{"DISPUTE_OPEN_AMOUNT",
                       {{"payable_fen", payable.text()},
                        {"disputed_fen", disputed.text()},
                        {"held_fen", held.text()}}};
    }
    const auto start = clock_start(unit, what, *(*pack)->blocks().run);
    if (!start.ok()) return start.refusal();
    const auto due = unit.env.days.nth_after(
        *start, static_cast<int>((*pack)->blocks().run->payment_working_days));
    if (!due.ok()) return due.refusal();
    const auto warnings = warnings_of(unit, *start, *(*pack)->blocks().run);
    if (!warnings.ok()) return warnings.refusal();
    PaymentRow payment;
    payment.payment_id = what.payment_id;
    payment.party = what.party;
    payment.institution_id = institution_of(unit, what.party);
    payment.amount = what.amount;
    payment.run_ids = what.run_ids;
    payment.state = kPaymentLifecycle.create(PaymentAction::kInstruct, PaymentState::kInstructed);
    payment.instructed_on = unit.today.text();
    payment.due_date = due->text();
    store::save(unit.tx, payment);
    set_timer(unit, payment, due->plus_days(1));
    set_warnings(unit, payment, *warnings);
    publish(unit, PaymentEvent::kInstructed, payment);
    return payment;
}

Outcome<PaymentRow> confirm_payment(Unit& unit, std::string_view payment_id, std::string_view etag,
                                    Fen amount, const std::string& confirmed_on) {
    auto loaded = load(unit, payment_id, etag, PaymentAction::kConfirm);
    if (!loaded.ok()) return loaded.refusal();
    PaymentRow payment = *loaded;
    if (payment.amount != amount) {
        return Refusal{"PAYMENT_AMOUNT_MISMATCH", {{"instructed_fen", payment.amount.text()}}};
    }
    const CivilDate day = confirmed_on.empty() ? unit.today : *CivilDate::parse(confirmed_on);
    payment.state =
        *kPaymentLifecycle.enter(payment.state, PaymentAction::kConfirm, PaymentState::kConfirmed);
    payment.confirmed_on = day.text();
    payment.changes += 1;
    store::save(unit.tx, payment);
    Booking booking;
    booking.kind = "payment_confirmed";
    booking.parts = {payment.payment_id};
    booking.wanted = CivilMonth::containing(day);
    booking.refers_to = {payment.payment_id};
    booking.posting = payment_confirmed(payment.party, payment.amount);
    booking.institution_id = payment.institution_id;
    must_book(unit, booking);
    stop_clock(unit, payment);
    publish(unit, PaymentEvent::kConfirmed, payment);
    for (const std::string& run_id : payment.run_ids) settle_payments_of(unit, run_id);
    return payment;
}

Outcome<PaymentRow> fail_payment(Unit& unit, std::string_view payment_id, std::string_view etag) {
    auto loaded = load(unit, payment_id, etag, PaymentAction::kFail);
    if (!loaded.ok()) return loaded.refusal();
    PaymentRow payment = *loaded;
    payment.state =
        *kPaymentLifecycle.enter(payment.state, PaymentAction::kFail, PaymentState::kFailed);
    payment.changes += 1;
    store::save(unit.tx, payment);
    stop_clock(unit, payment);
    publish(unit, PaymentEvent::kFailed, payment);
    return payment;
}

void payment_overdue(Unit& unit, const std::string& payment_id) {
    auto payment = store::payment(unit.tx, payment_id);
    if (!payment || payment->state != PaymentState::kInstructed) return;
    if (!payment->overdue) {
        payment->overdue = true;
        payment->changes += 1;
        store::save(unit.tx, *payment);
    }
    raise_finding(unit, {std::string(kPaymentClockRule),
                         payment_id,
                         payment->institution_id,
                         {},
                         "",
                         payment->amount,
                         {{"payment_id", payment_id}, {"due_date", payment->due_date}}});
    publish(unit, PaymentEvent::kOverdue, *payment);
    const auto next = unit.env.days.nth_after(unit.today, 1);
    if (next.ok()) set_timer(unit, *payment, *next);
}

void payment_warned(Unit& unit, const std::string& payment_id, std::int64_t working_day) {
    const auto payment = store::payment(unit.tx, payment_id);
    if (!payment || payment->state != PaymentState::kInstructed) return;
    unit.tx.run(store::kAddPaymentWarning, payment_id, working_day, unit.today.text());
    unit.touch("payment", payment_id);
}

}  // namespace yilian::billing::app
