#include "services/prescriptions/app/dispensing.h"

#include <algorithm>

#include "libs/crypto/digest.h"
#include "libs/policy/keys/prescriptions.h"
#include "libs/runtime/command.h"
#include "libs/timers/timers.h"
#include "services/prescriptions/store/copy_rows.h"
#include "services/prescriptions/store/rows.h"

namespace yilian::prescriptions::app {
namespace {

using domain::Action;
using domain::Prescription;
using domain::State;

// The holder of the claim shows its secret. No claim, another institution and a wrong secret answer
// alike.
Outcome<Prescription> find_claimed(Work& work, std::string_view id, std::string_view etag,
                                   std::string_view secret) {
    auto p = find(work, id, etag);
    if (!p.ok()) return p;
    if (!p->claim || p->claim->dispenser_institution_id != work.actor.institution_id ||
        !crypto::equal_constant_time(p->claim->secret_sha256, secret_sha256(secret))) {
        return Reason("SECRET_MISMATCH");
    }
    return p;
}

std::optional<Refusal> lease_over(const Work& work, const Prescription& p) {
    if (work.now < p.claim->leased_until) return std::nullopt;
    return Refusal{"LEASE_EXPIRED", {}};
}

void set_lease(Work& work, Prescription& p, Instant until) {
    p.claim->leased_until = until;
    timers::schedule(work.tx, {std::string(kLeaseTimer), p.prescription_id}, until, "");
}

bool same_medicine(const domain::Drug& a, const domain::Drug& b) {
    return a.ingredient_codes == b.ingredient_codes && a.form_code == b.form_code &&
           a.strength_milli == b.strength_milli && a.strength_unit == b.strength_unit;
}

// What is handed out: the drug of the line, or another one that is the same medicine.
Outcome<Allowed> may_substitute(Work& work, const Prescription& p, const domain::Line& line,
                                const std::string& substitute_code) {
    if (substitute_code.empty() || substitute_code == line.generic_code) return Allowed{};
    const auto prescribed = store::drug(work.tx, p.catalogue, line.generic_code);
    const auto given = store::drug(work.tx, p.catalogue, substitute_code);
    if (prescribed && given && same_medicine(*prescribed, *given)) return Allowed{};
    return Refusal{"SUBSTITUTE_NOT_ALLOWED", {{"drug", substitute_code}}};
}

Outcome<Allowed> trace_codes_free(Work& work, const policy::Pack& pack, const Prescription& p,
                                  const domain::Line& line, const DispenseCommand& command,
                                  const std::function<void(const events::EventDraft&)>& conflict) {
    const auto drug = store::drug(work.tx, p.catalogue, line.generic_code);
    const bool needed = drug && drug->trace_required && !line.external_purchase &&
                        work.today >= pack.get(policy::kRxTraceRequiredFrom);
    if (needed && command.trace_codes.empty()) {
        return Refusal{"TRACE_CODE_MISSING", {{"line_no", std::to_string(line.line_no)}}};
    }
    for (std::size_t i = 0; i < command.trace_codes.size(); ++i) {
        const auto known = store::trace_code(work.tx, command.trace_codes[i]);
        if (!known || !known->dispensed) continue;
        conflict(store::trace_conflict(
            work.event_context(pack),
            {derived_ulid(command.dispense_id, command.trace_codes[i]), command.trace_codes[i],
             work.actor.institution_id, known->last_dispense_id, command.dispense_id}));
        return Refusal{"TRACE_CODE_USED", {{"index", std::to_string(i)}}};
    }
    return Allowed{};
}

domain::Dispense make_dispense(Work& work, const Prescription& p, const domain::Line& line,
                               const DispenseCommand& command, std::int32_t days_supplied) {
    const bool other =
        !command.substitute_code.empty() && command.substitute_code != line.generic_code;
    domain::Dispense d;
    d.dispense_id = command.dispense_id;
    d.prescription_id = p.prescription_id;
    d.line_no = line.line_no;
    d.dispenser_institution_id = work.actor.institution_id;
    d.quantity_milli = command.quantity_milli;
    d.days_supplied = days_supplied;
    d.trace_codes = command.trace_codes;
    d.substitute_of = other ? line.generic_code : "";
    d.product_code = other ? command.substitute_code : line.generic_code;
    d.dispenser_id = work.actor.id;
    d.checked_by = command.checked_by;
    d.at = work.now;
    return d;
}

// The state after a change of lines; rows 16, 17 and 21.
void follow_lines(Work& work, Prescription& p, Action action, const policy::Pack& pack) {
    const State to = domain::header_of(p.lines, p.claim.has_value(), p.was_dispensed);
    must_move(work, p, action, to, "", pack);
    come_to_rest(work, p, pack);
}

// What all refusals of DispenseLine after the secret look at, in the order of the method's list.
Outcome<Allowed> may_dispense_line(Work& work, const policy::Pack& pack, const Prescription& p,
                                   const domain::Line& line, const DispenseCommand& command,
                                   const std::function<void(const events::EventDraft&)>& conflict) {
    if (auto over = lease_over(work, p)) return *over;
    if (!command.four_checks || command.checked_by.empty()) return Reason("CHECKS_MISSING");
    domain::Line trial = line;
    if (auto booked = domain::dispense(trial, command.quantity_milli, work.today); !booked.ok()) {
        return booked.refusal();
    }
    if (auto free = trace_codes_free(work, pack, p, line, command, conflict); !free.ok()) {
        return free;
    }
    if (auto allowed = may_substitute(work, p, line, command.substitute_code); !allowed.ok()) {
        return allowed;
    }
    if (store::dispense_exists(work.tx, command.dispense_id)) {
        return Refusal{"ID_REUSED", {{"dispense_id", command.dispense_id}}};
    }
    return Allowed{};
}

}  // namespace

std::string secret_sha256(std::string_view secret) { return crypto::sha256_hex(secret); }

Outcome<Allowed> may_dispense(storage::Transaction& tx, const policy::Pack& pack,
                              const Prescription& p, std::string_view institution_id,
                              domain::CivilDate today) {
    domain::DispenserQuestion q;
    q.kind = p.content.kind;
    if (auto place = store::institution(tx, p.institution_id, today)) {
        q.prescriber = *std::move(place);
    } else {
        q.prescriber.institution_id = p.institution_id;
    }
    q.dispenser = store::institution(tx, institution_id, today);
    for (const domain::Line& line : p.lines) {
        domain::Drug unknown;
        unknown.generic_code = line.generic_code;
        q.drugs.push_back(store::drug(tx, p.catalogue, line.generic_code).value_or(unknown));
    }
    return domain::may_dispense(pack, q);
}

Outcome<Prescription> claim(Work& work, std::string_view id, std::string_view etag,
                            const NewClaim& what) {
    auto p = find(work, id, "");
    if (!p.ok()) return p;
    if (p->state == State::kExpired ||
        (p->state == State::kEffective && p->valid_until && work.now >= *p->valid_until)) {
        return Refusal{"EXPIRED", {{"valid_until", calendar::rfc3339(p->valid_until.value())}}};
    }
    if (p->claim) return Reason("ALREADY_CLAIMED");
    if (p->state != State::kEffective || p->is_parent()) {
        return Refusal{"NOT_EFFECTIVE",
                       {{"state", std::string(domain::kLifecycle.name(p->state))}}};
    }
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    if (auto allowed = may_dispense(work.tx, **pack, *p, work.actor.institution_id, work.today);
        !allowed.ok()) {
        return allowed.refusal();
    }
    if (auto refusal = runtime::check_etag(etag, p->changes)) return *refusal;
    if (store::claim_exists(work.tx, what.claim_id)) {
        return Refusal{"ID_REUSED", {{"claim_id", what.claim_id}}};
    }
    Prescription changed = std::move(p).value();
    must_move(work, changed, Action::kClaim, State::kClaimed, "", **pack);
    domain::lines_to_dispenser(changed);
    changed.claim = domain::Claim{
        what.claim_id, changed.prescription_id,    work.actor.institution_id, what.secret_sha256,
        Instant{},     domain::ClaimState::kActive};
    set_lease(work, changed,
              work.now + std::chrono::minutes((*pack)->get(policy::kRxClaimLeaseMin)));
    store::save(work.tx, *changed.claim);
    finish(work, changed);
    work.append(store::claimed(work.event_context(**pack), changed, *changed.claim));
    return changed;
}

Outcome<Prescription> release(Work& work, std::string_view id, std::string_view etag,
                              std::string_view secret) {
    auto p = find_claimed(work, id, etag, secret);
    if (!p.ok()) return p;
    if (p->state == State::kPartlyDispensed) return Reason("ALREADY_DISPENSED");
    if (auto legal = domain::kLifecycle.check(p->state, Action::kRelease); !legal.ok()) {
        return legal.refusal();
    }
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Prescription changed = std::move(p).value();
    const domain::Claim ended = *changed.claim;
    end_claim(work, changed, domain::ClaimState::kReturned);
    work.append(store::released(work.event_context(**pack), changed, ended));
    if (changed.state == State::kCancelPending) {
        must_move(work, changed, Action::kRelease, State::kCancelled,
                  std::string(changed.reason_code), **pack);
        domain::end_open_lines(changed, domain::LineState::kCancelled);
        work.append(store::cancelled(work.event_context(**pack), changed));
    } else {
        domain::lines_back(changed);
        must_move(work, changed, Action::kRelease, State::kEffective, "", **pack);
        expire_if_over(work, changed, **pack);
    }
    finish(work, changed);
    return changed;
}

void end_lease(Work& work, Prescription p) {
    if (!p.claim || work.now < p.claim->leased_until) return;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return;
    const domain::Claim ended = *p.claim;
    end_claim(work, p, domain::ClaimState::kExpired);
    if (p.state == State::kPartlyDispensed) {
        end_lines(work, p, "NOT_COLLECTED", ended.dispenser_institution_id, **pack);
        follow_lines(work, p, Action::kMarkNotDispensed, **pack);
    } else if (p.state == State::kCancelPending) {
        work.append(store::released(work.event_context(**pack), p, ended));
        must_move(work, p, Action::kLeaseEnds, State::kCancelled, std::string(p.reason_code),
                  **pack);
        domain::end_open_lines(p, domain::LineState::kCancelled);
        work.append(store::cancelled(work.event_context(**pack), p));
    } else {
        work.append(store::released(work.event_context(**pack), p, ended));
        domain::lines_back(p);
        must_move(work, p, Action::kLeaseEnds, State::kEffective, "", **pack);
        expire_if_over(work, p, **pack);
    }
    finish(work, p);
}

Outcome<Prescription> dispense_line(
    Work& work, std::string_view id, std::string_view etag, const DispenseCommand& command,
    const std::function<void(const events::EventDraft&)>& conflict) {
    auto p = find_claimed(work, id, etag, command.secret);
    if (!p.ok()) return p;
    if (auto legal = domain::kLifecycle.check(p->state, Action::kDispense); !legal.ok()) {
        return legal.refusal();
    }
    Prescription changed = std::move(p).value();
    domain::Line* line = changed.line(command.line_no);
    if (line == nullptr) {
        return Refusal{"NOT_FOUND", {{"line_no", std::to_string(command.line_no)}}};
    }
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    if (auto may = may_dispense_line(work, **pack, changed, *line, command, conflict); !may.ok()) {
        return may.refusal();
    }
    if (line->state == domain::LineState::kNotDispensed) {
        return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                       {{"state", std::string(domain::name_of(line->state))},
                        {"action", std::string(domain::kLifecycle.name(Action::kDispense))}}};
    }
    const auto booked = domain::dispense(*line, command.quantity_milli, work.today);
    const domain::Dispense given =
        make_dispense(work, changed, *line, command, booked->days_supplied);
    store::add(work.tx, given);
    work.touch("dispense", given.dispense_id);
    changed.was_dispensed = true;
    changed.dispensed_by = work.actor.institution_id;
    work.append(store::line_dispensed(work.event_context(**pack), changed, *line, given));
    if (changed.state == State::kCancelPending) {
        work.append(store::cancel_voided(work.event_context(**pack), changed, "DISPENSED"));
    }
    follow_lines(work, changed, Action::kDispense, **pack);
    finish(work, changed);
    return changed;
}

Outcome<Prescription> mark_not_dispensed(Work& work, std::string_view id, std::string_view etag,
                                         std::string_view secret, std::int32_t line_no,
                                         std::string_view reason_code) {
    auto p = find_claimed(work, id, etag, secret);
    if (!p.ok()) return p;
    if (auto over = lease_over(work, *p)) return *over;
    if (!domain::is_non_dispense_reason(reason_code)) return Reason("FIELD_REASON_CODE_INVALID");
    if (auto legal = domain::kLifecycle.check(p->state, Action::kMarkNotDispensed); !legal.ok()) {
        return legal.refusal();
    }
    Prescription changed = std::move(p).value();
    domain::Line* line = changed.line(line_no);
    if (line == nullptr) return Refusal{"NOT_FOUND", {{"line_no", std::to_string(line_no)}}};
    if (domain::is_final(line->state)) {
        return Refusal{
            "STATE_TRANSITION_NOT_ALLOWED",
            {{"state", std::string(domain::name_of(line->state))},
             {"action", std::string(domain::kLifecycle.name(Action::kMarkNotDispensed))}}};
    }
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    const bool owing = reason_code == "OWING_NOTE";
    line->state = owing ? domain::LineState::kOwing : domain::LineState::kNotDispensed;
    line->non_dispense_reason = reason_code;
    if (owing && changed.valid_until && *changed.valid_until > changed.claim->leased_until) {
        set_lease(work, changed, *changed.valid_until);
        store::save(work.tx, *changed.claim);
    }
    work.append(store::line_not_dispensed(work.event_context(**pack), changed, *line,
                                          work.actor.institution_id, line->open_milli(),
                                          work.today));
    follow_lines(work, changed, Action::kMarkNotDispensed, **pack);
    finish(work, changed);
    return changed;
}

Outcome<Prescription> reverse_dispense(Work& work, std::string_view id, std::string_view etag,
                                       std::string_view dispense_id,
                                       const std::vector<std::string>& trace_codes) {
    auto p = find(work, id, etag);
    if (!p.ok()) return p;
    const auto all = store::dispenses(work.tx, id);
    const auto found = std::ranges::find(all, dispense_id, &domain::Dispense::dispense_id);
    if (found == all.end() || found->reversed_at) {
        return Refusal{"NOT_FOUND", {{"dispense_id", std::string(dispense_id)}}};
    }
    if (found->dispenser_institution_id != work.actor.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    if (auto legal = domain::kLifecycle.check(p->state, Action::kReverse); !legal.ok()) {
        return legal.refusal();
    }
    if (store::settlement_of(work.tx, id)) return Reason("SETTLEMENT_NOT_REVERSED");
    std::vector<std::string> brought = trace_codes;
    std::vector<std::string> given = found->trace_codes;
    std::ranges::sort(brought);
    std::ranges::sort(given);
    if (brought != given) return Reason("TRACE_CODE_MISMATCH");
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Prescription changed = std::move(p).value();
    domain::take_back(*changed.line(found->line_no), found->quantity_milli);
    store::reverse(work.tx, *found, work.now);
    work.touch("dispense", found->dispense_id);
    const bool nothing_left = domain::header_of(changed.lines, false, true) == State::kReversed;
    if (nothing_left) changed.dispensed_at.reset();
    must_move(work, changed, Action::kReverse, nothing_left ? State::kReversed : changed.state, "",
              **pack);
    finish(work, changed);
    work.append(store::dispense_reversed(work.event_context(**pack), changed, *found));
    return changed;
}

}  // namespace yilian::prescriptions::app
