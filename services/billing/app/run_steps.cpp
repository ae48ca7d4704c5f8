#include "services/billing/app/run_steps.h"

#include "libs/crypto/digest.h"
#include "libs/runtime/command.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/statement_events.h"

namespace yilian::billing::app {

using store::RunRow;

namespace {

bool closed_to_starts(RunState state) {
    return state == RunState::kPublished || state == RunState::kPaid;
}

// Lines that a run and those before it have booked under one name.
Posting booked_before(Unit& unit, const RunRow& run, const char* kind, const std::string& party) {
    Posting posting;
    std::string id = run.supersedes_run_id;
    while (!id.empty()) {
        const auto booked = store::transaction(unit.tx, transaction_id(kind, {id, party}));
        if (booked) {
            const std::vector<std::vector<Line>> lines{booked->transaction.lines};
            posting.subtract(Posting::reversal_of(lines));
        }
        const auto before = store::run(unit.tx, id);
        id = before ? before->supersedes_run_id : std::string();
    }
    return posting;
}

}  // namespace

void enter(RunRow& run, RunAction action, RunState to) {
    const auto entered = kRunLifecycle.enter(run.state, action, to);
    YILIAN_INVARIANT(entered.ok(), "billing: a step that the table of runs does not have");
    run.state = *entered;
}

CivilMonth last_month_of(const std::string& period) {
    return *CivilMonth::parse(period.size() == 4 ? period + "-12" : period);
}

calendar::CivilDate last_day_of(const std::string& period) {
    return last_month_of(period).last_day();
}

int year_of(const RunRow& run) { return last_month_of(run.period).year(); }

Outcome<PackPtr> pack_of(Unit& unit, const std::string& period) {
    auto pack = unit.pack(last_day_of(period));
    if (!pack.ok()) return pack.refusal();
    if (!(*pack)->blocks().run) return Reason("POLICY_NOT_IN_FORCE");
    return *pack;
}

Outcome<StartedRun> start_run(Unit& unit, const RunName& name, std::string_view default_id) {
    if (!name.run_id.empty()) {
        if (auto named = store::run(unit.tx, name.run_id)) {
            const bool same = named->kind == name.kind && named->period == name.period &&
                              named->scope_id == name.scope_id;
            if (!same) return Reason("ID_REUSED");
            if (named->state == RunState::kDraft) return StartedRun{*std::move(named), false, true};
            const auto allowed = kRunLifecycle.check(named->state, RunAction::kRecompute);
            if (!allowed.ok()) return allowed.refusal();
            if (!named->supersedes_run_id.empty()) return Reason("RUN_ALREADY_OPEN");
            StartedRun started{*std::move(named), true, false};
            enter(started.run, RunAction::kRecompute, RunState::kDraft);
            started.run.changes += 1;
            return started;
        }
    }
    for (const RunRow& run : store::runs_of(unit.tx, name.kind, name.scope_id, name.period)) {
        if (run.state == RunState::kSuperseded) continue;
        if (closed_to_starts(run.state)) {
            return Refusal{
                "STATE_TRANSITION_NOT_ALLOWED",
                {{"state", std::string(kRunLifecycle.name(run.state))}, {"action", "StartRun"}}};
        }
        return Refusal{"RUN_ALREADY_OPEN", {{"run_id", run.run_id}}};
    }
    StartedRun started;
    started.run.run_id = name.run_id.empty() ? std::string(default_id) : name.run_id;
    started.run.kind = name.kind;
    started.run.scope_id = name.scope_id;
    started.run.period = name.period;
    started.run.state = kRunLifecycle.create(RunAction::kStart, RunState::kDraft);
    return started;
}

Outcome<RunRow> replacing_run(Unit& unit, std::string_view run_id, std::string_view etag,
                              const std::string& new_run_id) {
    const auto old = store::run(unit.tx, run_id);
    if (!old) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, old->changes)) return *std::move(mismatch);
    const auto allowed = kRunLifecycle.check(old->state, RunAction::kSupersede);
    if (!allowed.ok()) return allowed.refusal();
    const auto runs = store::runs_of(unit.tx, old->kind, old->scope_id, old->period);
    for (const RunRow& other : runs) {
        if (!other.published_on.empty()) continue;
        return Refusal{"RUN_ALREADY_OPEN", {{"run_id", other.run_id}}};
    }
    RunRow run;
    run.run_id = new_run_id;
    if (run.run_id.empty()) {
        run.run_id = old->kind + '-';
        // The year of one scope is not that of another.
        if (old->kind != kInstitutionMonth) run.run_id += old->scope_id + '-';
        run.run_id += old->period + '-' + std::to_string(runs.size() + 1);
    }
    if (store::run(unit.tx, run.run_id)) return Reason("ID_REUSED");
    run.kind = old->kind;
    run.scope_id = old->scope_id;
    run.period = old->period;
    run.cut_off_at = unit.now;
    run.state = kRunLifecycle.create(RunAction::kStart, RunState::kDraft);
    run.prepared_by = unit.actor.id;
    run.supersedes_run_id = old->run_id;
    return run;
}

StatementHead head_of(const RunRow& run, const std::string& party, const policy::Pack& pack) {
    StatementHead head;
    head.run_id = run.run_id;
    head.kind = run.kind;
    head.party = party;
    head.period = run.period;
    head.pack_id = pack.id();
    head.pack_version = pack.version();
    head.pack_digest = pack.digest();
    head.input_digest = run.input_digest;
    head.supersedes = run.supersedes_run_id;
    head.dispute_working_days = pack.blocks().run->dispute_working_days;
    return head;
}

std::string keep_statement(Unit& unit, const RunRow& run, const std::string& party,
                           std::string content) {
    store::StatementRow statement;
    statement.run_id = run.run_id;
    statement.party = party;
    statement.period = run.period;
    statement.content = std::move(content);
    statement.sha256 = crypto::sha256_hex(statement.content);
    store::add(unit.tx, statement);
    return party + ' ' + statement.sha256 + '\n';
}

std::string result_digest_of(storage::Transaction& tx, std::string_view run_id) {
    std::string lines;
    for (const auto& [party, sha256] : store::statement_digests(tx, run_id)) {
        lines += party + ' ' + sha256 + '\n';
    }
    return crypto::sha256_hex(lines);
}

std::string institution_of(Unit& unit, const std::string& party) {
    if (store::institution(unit.tx, party, unit.today)) return party;
    const std::string lead = store::lead_of(unit.tx, party, unit.today);
    if (!lead.empty()) return lead;
    const std::string of_team = store::team_institution(unit.tx, party);
    return of_team.empty() ? party : of_team;
}

void publish_statement(Unit& unit, const RunRow& run, const policy::Pack& pack,
                       const std::string& party) {
    const auto statement = store::statement(unit.tx, run.run_id, party);
    YILIAN_INVARIANT(statement.has_value(), "billing: a party of a run has its statement");
    for (const auto& draft : store::statement_published(
             unit.event_context(pack), *statement, institution_of(unit, party),
             store::stated_benefits(unit.tx, run.run_id, party))) {
        unit.append(draft);
    }
    unit.touch("statement", run.run_id + '/' + party);
}

void book_year(Unit& unit, const RunRow& run, const policy::Pack& pack, const char* kind,
               const std::string& party, Posting posting, const std::string& institution_id) {
    Booking booking;
    booking.kind = kind;
    booking.parts = {run.run_id, party};
    booking.wanted = last_month_of(run.period);
    booking.refers_to = {run.run_id};
    if (!run.supersedes_run_id.empty()) booking.refers_to.push_back(run.supersedes_run_id);
    booking.posting = std::move(posting.subtract(booked_before(unit, run, kind, party)));
    booking.institution_id = institution_id;
    booking.pack = &pack;
    must_book(unit, booking);
}

}  // namespace yilian::billing::app
