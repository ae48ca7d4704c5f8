#include "services/prescriptions/app/change.h"

#include "libs/crypto/digest.h"
#include "libs/runtime/command.h"
#include "libs/timers/timers.h"
#include "services/prescriptions/domain/validity.h"
#include "services/prescriptions/store/copy_rows.h"
#include "services/prescriptions/store/event_codec.h"
#include "services/prescriptions/store/rows.h"

namespace yilian::prescriptions::app {
namespace {

using domain::Action;
using domain::Prescription;
using domain::State;

void set_timer(Work& work, std::string_view kind, const std::string& id, Instant due) {
    timers::schedule(work.tx, {std::string(kind), id}, due, "");
}
void clear_timer(Work& work, std::string_view kind, const std::string& id) {
    (void)timers::cancel(work.tx, {std::string(kind), id});
}

constexpr lifecycle::Set<State> kExpires{State::kEffective, State::kClaimed};
constexpr lifecycle::Set<State> kResting{State::kDispensed, State::kSettled, State::kNotDispensed,
                                         State::kReversed,  State::kExpired, State::kRefused};

void plan_timers(Work& work, const Prescription& p, State before) {
    if (p.state == before) return;
    const std::string& id = p.prescription_id;
    if (kExpires.contains(p.state) != kExpires.contains(before)) {
        if (kExpires.contains(p.state)) {
            set_timer(work, kExpiryTimer, id, p.valid_until.value());
        } else {
            clear_timer(work, kExpiryTimer, id);
        }
    }
    if (before == State::kFuture) clear_timer(work, kInstanceTimer, id);
    if (kResting.contains(p.state)) {
        set_timer(work, kCloseTimer, id,
                  calendar::start_of_day(work.today.plus_days(domain::kCloseAfterDays)));
    } else if (kResting.contains(before)) {
        clear_timer(work, kCloseTimer, id);
    }
}

void record(Work& work, Prescription& p, Action action, State from, std::string_view reason_code,
            const policy::Pack& pack) {
    p.reason_code = reason_code;
    p.pack_id = pack.id();
    p.pack_version = pack.version();
    p.changes += 1;
    p.changed_at = work.now;
    store::add_journal(
        work.tx, p,
        {.action = std::string(domain::kLifecycle.name(action)),
         .from_state = from == State::kNone ? "" : std::string(domain::kLifecycle.name(from)),
         .to_state = std::string(domain::kLifecycle.name(p.state)),
         .actor_id = work.actor.id,
         .institution_id = work.actor.institution_id,
         .at = work.now,
         .correlation_id = work.correlation_id});
}

// Row 27: one pick-up, as a prescription of its own under the same signature.
Prescription make_instance(Work& work, const Prescription& parent,
                           const domain::PlannedInstance& plan, const policy::Pack& pack) {
    Prescription p = parent;
    p.prescription_id =
        derived_ulid(parent.prescription_id, "instance/" + std::to_string(plan.instance_no));
    p.number = store::next_number(work.tx, work.district, work.today, "");
    p.state = State::kNone;
    p.loaded_state = State::kNone;
    p.parent_id = parent.prescription_id;
    p.instance_no = plan.instance_no;
    p.instances = 0;
    p.due_on = plan.due_on;
    p.effective_at.reset();
    p.changes = 0;
    p.loaded_changes = 0;
    p.valid_until = domain::valid_until(
        pack, plan.due_on,
        domain::validity_days(pack, parent.content.kind, parent.content.validity_days));
    for (std::size_t i = 0; i < p.lines.size(); ++i) {
        p.lines[i].days = plan.days[i];
        p.lines[i].quantity_milli = plan.quantity_milli[i];
    }
    create(work, p, Action::kPlan, State::kFuture, pack);
    return p;
}

std::vector<domain::PlannedInstance> plan_of(const Prescription& p, const policy::Pack& pack) {
    return domain::plan_instances(pack, p.lines, p.content.instance_count,
                                  calendar::local_date(p.issued_at.value()));
}

void plan_instances(Work& work, const Prescription& parent, const policy::Pack& pack) {
    for (const domain::PlannedInstance& plan : plan_of(parent, pack)) {
        Prescription instance = make_instance(work, parent, plan, pack);
        work.append(store::instance_planned(work.event_context(pack), instance));
        const Instant effective = calendar::start_of_day(plan.effective_on);
        if (plan.instance_no == 1 || effective <= work.now) {
            make_effective(work, instance, Action::kFallDue, pack);
        } else {
            set_timer(work, kInstanceTimer, instance.prescription_id, effective);
        }
        finish(work, instance);
    }
}

}  // namespace

Outcome<Prescription> find(Work& work, std::string_view id, std::string_view etag) {
    auto p = store::prescription(work.tx, id);
    if (!p) return Reason("NOT_FOUND");
    if (auto refusal = runtime::check_etag(etag, p->changes)) return *refusal;
    return *std::move(p);
}

Outcome<Allowed> move(Work& work, Prescription& p, Action action, State to,
                      std::string_view reason_code, const policy::Pack& pack) {
    const State from = p.state;
    const auto entered = domain::kLifecycle.enter(from, action, to);
    if (!entered.ok()) return entered.refusal();
    p.state = *entered;
    record(work, p, action, from, reason_code, pack);
    return Allowed{};
}

void must_move(Work& work, Prescription& p, Action action, State to, std::string_view reason_code,
               const policy::Pack& pack) {
    YILIAN_INVARIANT(move(work, p, action, to, reason_code, pack).ok(),
                     "prescriptions: a step outside the table");
}

void create(Work& work, Prescription& p, Action action, State to, const policy::Pack& pack) {
    p.state = domain::kLifecycle.create(action, to);
    record(work, p, action, State::kNone, "", pack);
}

void finish(Work& work, Prescription& p) {
    const State before = p.loaded_state;
    store::save(work.tx, p);
    plan_timers(work, p, before);
    work.touch("prescription", p.prescription_id);
}

void end_claim(Work& work, Prescription& p, domain::ClaimState state) {
    if (!p.claim) return;
    p.claim->state = state;
    store::save(work.tx, *p.claim);
    p.claim.reset();
    clear_timer(work, kLeaseTimer, p.prescription_id);
}

void make_effective(Work& work, Prescription& p, Action action, const policy::Pack& pack) {
    must_move(work, p, action, State::kEffective, "", pack);
    p.effective_at = work.now;
    const bool parent = p.parent_id.empty() && p.content.instance_count > 1;
    if (parent) {
        // The parent lasts as long as its last pick-up.
        const domain::CivilDate last_due = plan_of(p, pack).back().due_on;
        p.instances = p.content.instance_count;
        p.valid_until = domain::valid_until(
            pack, last_due, domain::validity_days(pack, p.content.kind, p.content.validity_days));
    }
    work.append(store::became_effective(work.event_context(pack), p));
    if (parent) plan_instances(work, p, pack);
}

void expire_if_over(Work& work, Prescription& p, const policy::Pack& pack) {
    if (p.state != State::kEffective || !p.valid_until || work.now < *p.valid_until) return;
    must_move(work, p, Action::kExpire, State::kExpired, "", pack);
    domain::end_open_lines(p, domain::LineState::kExpired);
    work.append(
        store::came_to_rest(store::RestEvent::kExpired, work.event_context(pack), p, work.now));
}

void come_to_rest(Work& work, Prescription& p, const policy::Pack& pack) {
    if (p.state != State::kDispensed && p.state != State::kNotDispensed) return;
    end_claim(work, p, domain::ClaimState::kDone);
    if (p.state != State::kDispensed) return;
    p.dispensed_at = work.now;
    work.append(
        store::came_to_rest(store::RestEvent::kDispensed, work.event_context(pack), p, work.now));
    settle_if_known(work, p, pack);
}

void settle_if_known(Work& work, Prescription& p, const policy::Pack& pack) {
    if (p.state != State::kDispensed && p.state != State::kPartlyDispensed) return;
    const auto settlement = store::settlement_of(work.tx, p.prescription_id);
    if (!settlement) return;
    if (p.state == State::kPartlyDispensed) {
        end_lines(work, p, "NOT_COLLECTED", p.dispensed_by, pack);
        end_claim(work, p, domain::ClaimState::kDone);
    }
    if (!p.dispensed_at) p.dispensed_at = work.now;
    p.case_key = settlement->case_key;
    p.list_id = settlement->list_id;
    must_move(work, p, Action::kSettle, State::kSettled, "", pack);
    work.append(
        store::came_to_rest(store::RestEvent::kSettled, work.event_context(pack), p, work.now));
}

void end_lines(Work& work, Prescription& p, std::string_view reason_code,
               std::string_view dispenser_institution_id, const policy::Pack& pack) {
    for (domain::Line& line : p.lines) {
        if (domain::is_final(line.state)) continue;
        line.state = domain::LineState::kNotDispensed;
        line.non_dispense_reason = reason_code;
        work.append(store::line_not_dispensed(work.event_context(pack), p, line,
                                              dispenser_institution_id, line.open_milli(),
                                              work.today));
    }
}

std::string derived_ulid(std::string_view from, std::string_view what) {
    const crypto::Digest digest =
        crypto::sha256("yilian.prescription.id/1\n" + std::string(from) + "\n" + std::string(what));
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) low = low << 8U | digest.at(i);
    const auto high = static_cast<std::uint16_t>(digest.at(8) << 8U | digest.at(9));
    // The time part is that of the cause, so that ids keep sorting by time.
    return std::string(from.substr(0, 10)) + encode_ulid(0, high, low).substr(10);
}

}  // namespace yilian::prescriptions::app
