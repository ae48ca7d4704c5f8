#include "services/billing/app/findings.h"

#include <algorithm>

#include "libs/calendar/local_time.h"
#include "libs/runtime/command.h"
#include "libs/timers/timers.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/app/pools.h"
#include "services/billing/domain/supervision.h"
#include "services/billing/store/copy_queries.h"
#include "services/billing/store/list_rows.h"
#include "services/billing/store/queries.h"
#include "services/billing/store/supervision_queries.h"

namespace yilian::billing::app {
namespace {

using store::FindingRow;

std::string name(FindingState state) { return std::string(kFindingLifecycle.name(state)); }

void note(Unit& unit, const FindingRow& row, FindingAction action, const std::string& from,
          const std::string& reason_code, std::vector<std::string> documents = {}) {
    store::add_trail(unit.tx, row.finding_id,
                     {0, unit.now, unit.actor.id, std::string(kFindingLifecycle.name(action)), from,
                      name(row.state), reason_code, std::move(documents)});
    unit.touch("finding", row.finding_id);
}

Outcome<FindingRow> load(Unit& unit, std::string_view finding_id, std::string_view etag,
                         FindingAction action) {
    auto row = store::finding(unit.tx, finding_id);
    if (!row) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, row->changes)) return *std::move(mismatch);
    if (kFindingLifecycle.is_final(row->state)) {
        return Refusal{"FINDING_DECIDED", {{"state", name(row->state)}}};
    }
    const auto allowed = kFindingLifecycle.check(row->state, action);
    if (!allowed.ok()) return allowed.refusal();
    return *std::move(row);
}

// Moves the finding and notes it.
FindingRow enter(Unit& unit, FindingRow row, FindingAction action, FindingState to,
                 const std::string& reason_code, std::vector<std::string> documents = {}) {
    const std::string from = name(row.state);
    const auto entered = kFindingLifecycle.enter(row.state, action, to);
    YILIAN_INVARIANT(entered.ok(), "billing: a step that the table of findings does not have");
    row.state = *entered;
    row.changes += 1;
    store::move(unit.tx, row);
    note(unit, row, action, from, reason_code, std::move(documents));
    return row;
}

FindingAction action_of(std::string_view decision) {
    if (decision == "DISMISS") return FindingAction::kDismiss;
    if (decision == "CONFIRM") return FindingAction::kConfirm;
    if (decision == "DEDUCT") return FindingAction::kDeduct;
    return decision == "FINAL" ? FindingAction::kFinal : FindingAction::kWithdraw;
}

// Who is paid for the lists, out of which pool, and what they cost.
struct Source {
    std::string party;
    std::string pool_id;
    Fen cost;
};
Outcome<Source> source_of(Unit& unit, const FindingRow& row) {
    Source source;
    for (const std::string& id : row.list_ids) {
        const auto list = store::list(unit.tx, row.institution_id, id, 0);
        if (!list) continue;
        source.cost += list->total;
        if (!source.party.empty()) continue;
        source.party = list->payee_id;
        const auto day = CivilDate::parse(list->discharge_date);
        const auto pack = unit.pack(*day);
        if (!pack.ok()) return pack.refusal();
        const auto terms = pool_terms(unit.tx, **pack, list->insurance, day->year());
        source.pool_id =
            terms ? terms->pool_id : list->insurance + '-' + std::to_string(day->year());
    }
    if (source.party.empty()) return Reason("FINDING_WITHOUT_LIST");
    return source;
}

std::string book_for(Unit& unit, const FindingRow& row, const std::string& kind, Posting posting) {
    Booking booking;
    booking.kind = kind;
    booking.parts = {row.finding_id};
    booking.wanted = CivilMonth::containing(unit.today);
    booking.refers_to = {row.finding_id};
    if (!row.transaction_id.empty()) booking.refers_to.push_back(row.transaction_id);
    booking.posting = std::move(posting);
    booking.institution_id = row.institution_id;
    return must_book(unit, std::move(booking));
}

Outcome<FindingRow> deduct(Unit& unit, FindingRow row, const FindingDecision& decision) {
    if (row.list_ids.empty()) return Reason("FINDING_WITHOUT_LIST");
    const auto source = source_of(unit, row);
    if (!source.ok()) return source.refusal();
    const Fen amount = decision.amount.is_zero() ? row.amount : decision.amount;
    if (amount.is_zero() || amount > source->cost) {
        return Refusal{"FINDING_AMOUNT_MISMATCH", {{"lists_fen", source->cost.text()}}};
    }
    const auto pack = unit.pack(unit.today);
    if (!pack.ok()) return pack.refusal();
    if (!(*pack)->blocks().run) return Reason("POLICY_NOT_IN_FORCE");
    const auto until = unit.env.days.nth_after(
        unit.today, static_cast<int>((*pack)->blocks().run->hearing_working_days));
    if (!until.ok()) return until.refusal();
    row.deducted = amount;
    row.pool_id = source->pool_id;
    row.hearing_until = until->text();
    row.transaction_id = book_for(unit, row, "supervision_deduction",
                                  deduction_made(row.pool_id, source->party, amount));
    timers::schedule(unit.tx, {std::string(kHearingTimer), row.finding_id},
                     calendar::start_of_day(until->plus_days(1)), row.finding_id);
    return enter(unit, std::move(row), FindingAction::kDeduct, FindingState::kHearing,
                 decision.reason_code);
}

Outcome<FindingRow> make_final(Unit& unit, FindingRow row, const std::string& reason_code) {
    if (unit.today <= *CivilDate::parse(row.hearing_until)) {
        return Refusal{"HEARING_RUNNING", {{"hearing_until", row.hearing_until}}};
    }
    const auto decided = store::trail(unit.tx, row.finding_id);
    const bool same = std::ranges::any_of(decided, [&](const store::TrailRow& entry) {
        return entry.to_state == "HEARING" && entry.from_state != "HEARING" &&
               entry.actor == unit.actor.id;
    });
    if (same) return Reason("SAME_PERSON");
    const auto source = source_of(unit, row);
    if (!source.ok()) return source.refusal();
    const std::string booked = book_for(unit, row, "supervision_deduction_final",
                                        deduction_final(row.pool_id, row.deducted));
    unit.append(store::clawback_booked(unit.event_context(), source->party, row.deducted,
                                       row.finding_id, row.institution_id, booked));
    return enter(unit, std::move(row), FindingAction::kFinal, FindingState::kDeducted, reason_code);
}

Outcome<FindingRow> give_back(Unit& unit, FindingRow row, const std::string& reason_code) {
    const auto source = source_of(unit, row);
    if (!source.ok()) return source.refusal();
    (void)book_for(unit, row, "supervision_deduction_withdrawn",
                   deduction_withdrawn(row.pool_id, source->party, row.deducted));
    (void)timers::cancel(unit.tx, {std::string(kHearingTimer), row.finding_id});
    row.deducted = Fen();
    return enter(unit, std::move(row), FindingAction::kWithdraw, FindingState::kDismissed,
                 reason_code);
}

}  // namespace

Raised raise_finding(Unit& unit, const NewFinding& found) {
    FindingRow row;
    row.finding_id = transaction_id(found.rule_id, {found.record});
    if (store::finding(unit.tx, row.finding_id)) return {row.finding_id, false};
    row.rule_id = found.rule_id;
    row.severity = "SUSPECT";
    row.action = "ASK";
    const supervision::RuleSet* rules = unit.env.supervision.get();
    if (const auto* rule = rules == nullptr ? nullptr : rules->rule(found.rule_id, unit.today)) {
        row.rule_version = rule->version;
        row.family = rule->family;
        row.severity = supervision::name_of(rule->severity);
        row.action = supervision::name_of(rule->action);
    }
    row.institution_id = found.institution_id;
    row.list_ids = found.list_ids;
    std::ranges::sort(row.list_ids);
    row.period = found.period.empty() ? CivilMonth::containing(unit.today).text() : found.period;
    row.amount = found.amount;
    row.evidence = found.evidence;
    row.state = kFindingLifecycle.create(FindingAction::kRaise, FindingState::kRaised);
    row.raised_at = unit.now;
    store::add(unit.tx, row);
    note(unit, row, FindingAction::kRaise, "", "");
    unit.append(store::finding_raised_event(unit.event_context(), row));
    return {row.finding_id, true};
}

void raise_paid_without_dispense(Unit& unit, const std::string& period) {
    for (const storage::Row& row : unit.tx.select(store::kPaidWithoutDispense, period)) {
        raise_finding(unit, {std::string(kDispenseRule),
                             row.text(0) + '/' + row.text(1),
                             row.text(0),
                             {row.text(1)},
                             period,
                             {},
                             {{"prescription_id", row.text(2)}}});
    }
}

void check_undone_dispense(Unit& unit, const std::string& prescription_id) {
    if (unit.tx.select_one(store::kDispensed, prescription_id)->i64(0) > 0) return;
    for (const storage::Row& row : unit.tx.select(store::kPaidByPrescription, prescription_id)) {
        raise_finding(unit, {std::string(kDispenseRule),
                             row.text(0) + '/' + row.text(1),
                             row.text(0),
                             {row.text(1)},
                             "",
                             {},
                             {{"prescription_id", prescription_id}}});
    }
}

void raise_trace_conflict(Unit& unit, const std::string& conflict_id,
                          const std::string& institution_id) {
    raise_finding(unit, {std::string(kTraceRule),
                         conflict_id,
                         institution_id,
                         {},
                         "",
                         {},
                         {{"conflict_id", conflict_id}}});
}

Outcome<FindingRow> ask_finding(Unit& unit, std::string_view finding_id, std::string_view etag,
                                const std::string& reason_code) {
    auto row = load(unit, finding_id, etag, FindingAction::kAsk);
    if (!row.ok()) return row.refusal();
    return enter(unit, *row, FindingAction::kAsk, FindingState::kAsked, reason_code);
}

Outcome<FindingRow> answer_finding(Unit& unit, std::string_view finding_id, std::string_view etag,
                                   const std::string& reason_code,
                                   std::vector<std::string> documents) {
    auto row = load(unit, finding_id, etag, FindingAction::kAnswer);
    if (!row.ok()) return row.refusal();
    std::ranges::sort(documents);
    const FindingState to =
        row->state == FindingState::kHearing ? FindingState::kHearing : FindingState::kAnswered;
    return enter(unit, *row, FindingAction::kAnswer, to, reason_code, std::move(documents));
}

Outcome<FindingRow> decide_finding(Unit& unit, std::string_view finding_id, std::string_view etag,
                                   const FindingDecision& decision) {
    const FindingAction action = action_of(decision.decision);
    auto loaded = load(unit, finding_id, etag, action);
    if (!loaded.ok()) return loaded.refusal();
    FindingRow row = *loaded;
    row.decision = decision.decision;
    row.decided_by = unit.actor.id;
    Outcome<FindingRow> decided = [&]() -> Outcome<FindingRow> {
        switch (action) {
            case FindingAction::kDeduct:
                return deduct(unit, std::move(row), decision);
            case FindingAction::kFinal:
                return make_final(unit, std::move(row), decision.reason_code);
            case FindingAction::kWithdraw:
                return give_back(unit, std::move(row), decision.reason_code);
            case FindingAction::kConfirm:
                return enter(unit, std::move(row), action, FindingState::kConfirmed,
                             decision.reason_code);
            default:
                return enter(unit, std::move(row), action, FindingState::kDismissed,
                             decision.reason_code);
        }
    }();
    if (decided.ok()) {
        unit.append(store::finding_decided_event(unit.event_context(), *decided));
    }
    return decided;
}

Fen held_of(Unit& unit, std::string_view institution_id) {
    return Fen::of_raw(unit.tx.select_one(store::kHeldOf, institution_id)->i64(0));
}

void hearing_over(Unit& unit, const std::string& finding_id) {
    const auto row = store::finding(unit.tx, finding_id);
    if (!row || row->state != FindingState::kHearing) return;
    store::add_trail(
        unit.tx, finding_id,
        {0, unit.now, unit.actor.id, "hearing over", name(row->state), name(row->state), "", {}});
    unit.touch("finding", finding_id);
}

}  // namespace yilian::billing::app
