#include "services/billing/app/runs.h"

#include <algorithm>
#include <map>
#include <set>

#include "libs/crypto/digest.h"
#include "libs/runtime/command.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/app/pools.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/list_rows.h"
#include "services/billing/store/queries.h"

namespace yilian::billing::app {
namespace {

using store::RunCase;
using store::RunPoolRow;
using store::RunRow;
using store::StatementRow;

using PackPtr = std::shared_ptr<const policy::Pack>;

void enter(RunRow& run, RunAction action, RunState to) {
    const auto entered = kRunLifecycle.enter(run.state, action, to);
    YILIAN_INVARIANT(entered.ok(), "billing: a step that the table of runs does not have");
    run.state = *entered;
}

std::string input_digest_of(const std::vector<RunCase>& cases) {
    std::string lines;
    for (const RunCase& c : cases) {
        lines += c.settled.institution_id + '/' + c.settled.list_id + '/' +
                 std::to_string(c.settled.version) + '\n';
    }
    return crypto::sha256_hex(lines);
}

// What one party gets out of the run.
struct Party {
    std::vector<SettledCase> cases;
    std::vector<SettledCorrection> corrections;
    std::set<std::string> insurances;
};

// The insurance whose pool the run settles; "" = the district with all its pools. NOT_FOUND for any
// other scope.
Outcome<std::string> insurance_of(Unit& unit, const policy::Pack& pack, const std::string& scope,
                                  int year) {
    if (scope == unit.district) return std::string();
    if (const auto pool = store::pool(unit.tx, scope)) return pool->insurance;
    for (const auto& [insurance, rates] : pack.blocks().run->pools) {
        const auto terms = pool_terms(unit.tx, pack, insurance, year);
        if (terms && terms->pool_id == scope) return insurance;
    }
    return Refusal{"NOT_FOUND", {{"scope_id", scope}}};
}

int year_of(const RunRow& run) { return CivilMonth::parse(run.period)->year(); }

std::map<std::string, Party> parties_of(Unit& unit, const RunRow& run, const policy::Pack& pack,
                                        const std::string& insurance, std::vector<RunCase> cases) {
    std::map<std::string, Party> parties;
    std::map<std::string, std::string> pool_ids;
    const auto pool_id = [&](const std::string& of) {
        std::string& id = pool_ids[of];
        if (id.empty()) {
            const auto terms = pool_terms(unit.tx, pack, of, year_of(run));
            id = terms ? terms->pool_id : of + '-' + std::to_string(year_of(run));
        }
        return id;
    };
    for (RunCase& c : cases) {
        Party& party = parties[c.payee_id];
        c.settled.pool_id = pool_id(c.insurance);
        party.insurances.insert(c.insurance);
        party.cases.push_back(std::move(c.settled));
    }
    for (const storage::Row& row :
         unit.tx.select(store::kCorrectionsOpen, run.run_id, run.cut_off_at, insurance)) {
        SettledCorrection c{row.text(0),
                            row.text(1),
                            pool_id(row.text(3)),
                            row.text(4),
                            Fen::of_raw(row.i64(5)),
                            Fen::of_raw(row.i64(6)),
                            Fen::of_raw(row.i64(7)),
                            Fen::of_raw(row.i64(8))};
        const bool moved =
            !c.basic.is_zero() || !c.serious.is_zero() || !c.aid.is_zero() || !c.personal.is_zero();
        // Changes that cancelled each other depend on the order of arrival and are no one's news.
        if (!moved) continue;
        Party& party = parties[row.text(2)];
        party.insurances.insert(row.text(3));
        party.corrections.push_back(std::move(c));
    }
    return parties;
}

std::map<std::pair<std::string, std::string>, Fen> carried_into(Unit& unit, const RunRow& run) {
    std::map<std::pair<std::string, std::string>, Fen> carried;
    for (const storage::Row& row :
         unit.tx.select(store::kCarried, run.kind, run.scope_id, run.period)) {
        carried[{row.text(0), row.text(1)}] = Fen::of_raw(row.i64(2));
    }
    return carried;
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

// Prices one party and keeps its pools and statement; the line of the result digest.
std::string compute_party(Unit& unit, const RunRow& run, const policy::Pack& pack,
                          const std::string& id, const Party& party,
                          const std::map<std::pair<std::string, std::string>, Fen>& carried) {
    std::vector<PartyPool> pools;
    for (const std::string& insurance : party.insurances) {
        const auto terms = pool_terms(unit.tx, pack, insurance, year_of(run));
        if (!terms) continue;
        const auto before = carried.find({id, terms->pool_id});
        pools.push_back(price_pool(*pack.blocks().run, terms->pool_id, terms->rates, party.cases,
                                   party.corrections,
                                   before == carried.end() ? Fen() : before->second));
    }
    for (const PartyPool& p : pools) {
        store::add(unit.tx, run.run_id,
                   {id, p.pool_id, p.cases, p.points, p.actual, p.month.money, p.month.prepay,
                    p.month.carried});
    }
    StatementRow statement;
    statement.run_id = run.run_id;
    statement.party = id;
    statement.period = run.period;
    statement.content =
        statement_text(head_of(run, id, pack), party.cases, party.corrections, pools);
    statement.sha256 = crypto::sha256_hex(statement.content);
    store::add(unit.tx, statement);
    return id + ' ' + statement.sha256 + '\n';
}

// DRAFT -> COMPUTED over the cases of run_cases; writes pools, statements and digests.
void compute(Unit& unit, RunRow& run, const policy::Pack& pack, const std::string& insurance) {
    std::vector<RunCase> cases = store::run_cases(unit.tx, run.run_id);
    run.case_count = static_cast<std::int64_t>(cases.size());
    run.input_digest = input_digest_of(cases);
    run.pack_id = pack.id();
    run.pack_version = pack.version();
    run.pack_digest = pack.digest();
    const auto carried = carried_into(unit, run);
    std::string lines;
    for (const auto& [id, party] : parties_of(unit, run, pack, insurance, std::move(cases))) {
        lines += compute_party(unit, run, pack, id, party, carried);
    }
    run.result_digest = crypto::sha256_hex(lines);
    unit.tx.run(store::kTakeCorrections, run.run_id, run.cut_off_at, insurance);
    enter(run, RunAction::kCompute, RunState::kComputed);
}

Outcome<PackPtr> pack_of(Unit& unit, calendar::CivilMonth period) {
    auto pack = unit.pack(period.last_day());
    if (!pack.ok()) return pack.refusal();
    if (!(*pack)->blocks().run) return Reason("POLICY_NOT_IN_FORCE");
    return *pack;
}

// The run that a start names, or that stands in its way.
Outcome<std::optional<RunRow>> run_to_recompute(Unit& unit, const StartMonth& what) {
    if (!what.run_id.empty()) {
        if (auto named = store::run(unit.tx, what.run_id)) {
            if (named->period != what.period.text() || named->scope_id != what.scope_id) {
                return Reason("ID_REUSED");
            }
            const auto allowed = kRunLifecycle.check(named->state, RunAction::kRecompute);
            if (!allowed.ok()) return allowed.refusal();
            if (!named->supersedes_run_id.empty()) return Reason("RUN_ALREADY_OPEN");
            return std::optional(*std::move(named));
        }
    }
    for (const RunRow& run :
         store::runs_of(unit.tx, kInstitutionMonth, what.scope_id, what.period.text())) {
        if (run.state == RunState::kSuperseded) continue;
        if (run.state == RunState::kPublished || run.state == RunState::kPaid) {
            return Refusal{
                "STATE_TRANSITION_NOT_ALLOWED",
                {{"state", std::string(kRunLifecycle.name(run.state))}, {"action", "StartRun"}}};
        }
        return Refusal{"RUN_ALREADY_OPEN", {{"run_id", run.run_id}}};
    }
    return std::optional<RunRow>();
}

Outcome<Allowed> check_open(Unit& unit, const std::string& period) {
    if (store::closed_periods(unit.tx).contains(*CivilMonth::parse(period))) {
        return Refusal{"PERIOD_CLOSED", {{"period", period}}};
    }
    return Allowed{};
}

void clear_results(Unit& unit, const std::string& run_id) {
    unit.tx.run(store::kFreeRunLists, run_id);
    unit.tx.run(store::kClearRunCases, run_id);
    unit.tx.run(store::kClearRunPools, run_id);
    unit.tx.run(store::kClearStatements, run_id);
    unit.tx.run(store::kFreeCorrections, run_id);
    // Changes since the first computing are now part of the cases themselves.
    unit.tx.run(store::kDropCorrections, run_id);
}

}  // namespace

Outcome<RunRow> start_month(Unit& unit, const StartMonth& what) {
    if (const auto open = check_open(unit, what.period.text()); !open.ok()) return open.refusal();
    const auto recompute = run_to_recompute(unit, what);
    if (!recompute.ok()) return recompute.refusal();
    const auto pack = pack_of(unit, what.period);
    if (!pack.ok()) return pack.refusal();
    const auto insurance = insurance_of(unit, **pack, what.scope_id, what.period.year());
    if (!insurance.ok()) return insurance.refusal();
    RunRow run;
    if (*recompute) {
        run = **recompute;
        enter(run, RunAction::kRecompute, RunState::kDraft);
        run.changes += 1;
    } else {
        run.run_id = what.run_id;
        if (run.run_id.empty()) {
            run.run_id = std::string(kInstitutionMonth) + '-';
            if (!insurance->empty()) run.run_id += what.scope_id + '-';
            run.run_id += what.period.text();
        }
        run.kind = kInstitutionMonth;
        run.scope_id = what.scope_id;
        run.period = what.period.text();
        run.state = kRunLifecycle.create(RunAction::kStart, RunState::kDraft);
    }
    run.cut_off_at = what.cut_off_at.value_or(unit.now);
    run.prepared_by = unit.actor.id;
    if (!unit.tx.select_one(store::kHasRunInput, run.run_id, run.period, run.cut_off_at,
                            *insurance)) {
        return Reason("RUN_INPUT_EMPTY");
    }
    if (*recompute) clear_results(unit, run.run_id);
    unit.tx.run(store::kAddRunCases, run.run_id, run.period, run.cut_off_at, *insurance);
    unit.tx.run(store::kTakeRunLists, run.run_id);
    compute(unit, run, **pack, *insurance);
    store::save(unit.tx, run);
    unit.touch("run", run.run_id);
    return run;
}

Outcome<RunRow> approve_run(Unit& unit, std::string_view run_id, std::string_view etag,
                            std::string_view result_digest) {
    auto run = store::run(unit.tx, run_id);
    if (!run) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, run->changes)) return *std::move(mismatch);
    const auto allowed = kRunLifecycle.check(run->state, RunAction::kApprove);
    if (!allowed.ok()) return allowed.refusal();
    if (run->result_digest != result_digest) {
        return Refusal{"RUN_DIGEST_MISMATCH", {{"result_digest", run->result_digest}}};
    }
    if (run->prepared_by == unit.actor.id) return Reason("SAME_PERSON");
    enter(*run, RunAction::kApprove, RunState::kApproved);
    run->approved_by = unit.actor.id;
    run->changes += 1;
    store::save(unit.tx, *run);
    unit.touch("run", run->run_id);
    return *std::move(run);
}

namespace {

// Prepays of the run less those of the run that it replaces, by party and pool.
std::map<std::pair<std::string, std::string>, Fen> moves_of(Unit& unit, const RunRow& run) {
    std::map<std::pair<std::string, std::string>, Fen> moves;
    for (const RunPoolRow& p : store::run_pools(unit.tx, run.run_id)) {
        moves[{p.party, p.pool_id}] += p.prepay;
    }
    if (run.supersedes_run_id.empty()) return moves;
    for (const RunPoolRow& p : store::run_pools(unit.tx, run.supersedes_run_id)) {
        moves[{p.party, p.pool_id}] -= p.prepay;
    }
    return moves;
}

void book_prepays(Unit& unit, const RunRow& run, const policy::Pack& pack) {
    for (const auto& [key, move] : moves_of(unit, run)) {
        Booking booking;
        booking.kind = "month_prepaid";
        booking.parts = {run.run_id, key.first, key.second};
        booking.wanted = *CivilMonth::parse(run.period);
        booking.refers_to = {run.run_id};
        if (!run.supersedes_run_id.empty()) booking.refers_to.push_back(run.supersedes_run_id);
        booking.posting = month_prepaid(key.second, key.first, move);
        booking.institution_id = key.first;
        booking.pack = &pack;
        must_book(unit, booking);
    }
}

void publish_statements(Unit& unit, const RunRow& run, const policy::Pack& pack) {
    unit.tx.run(store::kPublishStatements, run.run_id, run.dispute_until);
    std::map<std::string, Fen> prepays;
    for (const RunPoolRow& p : store::run_pools(unit.tx, run.run_id)) prepays[p.party] += p.prepay;
    const auto context = unit.event_context(pack);
    for (const StatementRow& s : store::statements_of(unit.tx, run.run_id)) {
        unit.append(store::month_prepaid(context, run, s.party, prepays[s.party]));
        unit.append(store::statement_published(context, s));
        unit.touch("statement", s.run_id + '/' + s.party);
    }
}

void retire(Unit& unit, const std::string& run_id, const policy::Pack& pack) {
    auto old = store::run(unit.tx, run_id);
    YILIAN_INVARIANT(old.has_value(), "billing: a run that is replaced exists");
    enter(*old, RunAction::kSupersede, RunState::kSuperseded);
    old->changes += 1;
    store::save(unit.tx, *old);
    for (const StatementRow& s : store::statements_of(unit.tx, run_id)) {
        unit.append(store::settlement_superseded(unit.event_context(pack), s));
    }
    unit.touch("run", run_id);
}

}  // namespace

Outcome<RunRow> publish_run(Unit& unit, std::string_view run_id, std::string_view etag) {
    auto run = store::run(unit.tx, run_id);
    if (!run) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, run->changes)) return *std::move(mismatch);
    const auto allowed = kRunLifecycle.check(run->state, RunAction::kPublish);
    if (!allowed.ok()) return allowed.refusal();
    // A month that is replaced may be closed: its differences go into the first open one.
    if (run->supersedes_run_id.empty()) {
        if (const auto open = check_open(unit, run->period); !open.ok()) return open.refusal();
    }
    const auto pack = pack_of(unit, *CivilMonth::parse(run->period));
    if (!pack.ok()) return pack.refusal();
    const auto dispute_until = unit.env.days.nth_after(
        unit.today, static_cast<int>((*pack)->blocks().run->dispute_working_days));
    if (!dispute_until.ok()) return dispute_until.refusal();
    enter(*run, RunAction::kPublish, RunState::kPublished);
    run->published_on = unit.today.text();
    run->dispute_until = dispute_until->text();
    run->changes += 1;
    store::save(unit.tx, *run);
    book_prepays(unit, *run, **pack);
    unit.tx.run(store::kTakeRunLists, run->run_id);
    unit.tx.run(store::kPrepayRunLists, run->run_id);
    if (!run->supersedes_run_id.empty()) retire(unit, run->supersedes_run_id, **pack);
    publish_statements(unit, *run, **pack);
    unit.touch("run", run->run_id);
    return *std::move(run);
}

Outcome<RunRow> supersede_run(Unit& unit, std::string_view run_id, std::string_view etag,
                              const std::string& new_run_id) {
    auto old = store::run(unit.tx, run_id);
    if (!old) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, old->changes)) return *std::move(mismatch);
    const auto allowed = kRunLifecycle.check(old->state, RunAction::kSupersede);
    if (!allowed.ok()) return allowed.refusal();
    const auto runs = store::runs_of(unit.tx, old->kind, old->scope_id, old->period);
    for (const RunRow& other : runs) {
        if (!other.published_on.empty()) continue;
        return Refusal{"RUN_ALREADY_OPEN", {{"run_id", other.run_id}}};
    }
    const auto pack = pack_of(unit, *CivilMonth::parse(old->period));
    if (!pack.ok()) return pack.refusal();
    const auto insurance = insurance_of(unit, **pack, old->scope_id, year_of(*old));
    if (!insurance.ok()) return insurance.refusal();
    RunRow run;
    run.run_id = new_run_id.empty()
                     ? old->kind + '-' + old->period + '-' + std::to_string(runs.size() + 1)
                     : new_run_id;
    if (store::run(unit.tx, run.run_id)) return Reason("ID_REUSED");
    run.kind = old->kind;
    run.scope_id = old->scope_id;
    run.period = old->period;
    run.cut_off_at = unit.now;
    run.state = kRunLifecycle.create(RunAction::kStart, RunState::kDraft);
    run.prepared_by = unit.actor.id;
    run.supersedes_run_id = old->run_id;
    unit.tx.run(store::kCopyRunCases, old->run_id, run.run_id);
    // What no later run has stated yet is stated by the new one as part of its cases.
    unit.tx.run(store::kDropCorrections, old->run_id);
    compute(unit, run, **pack, *insurance);
    store::save(unit.tx, run);
    unit.touch("run", run.run_id);
    return run;
}

void settle_payments_of(Unit& unit, const std::string& run_id) {
    auto run = store::run(unit.tx, run_id);
    if (!run || !kRunLifecycle.legal(run->state, RunAction::kPay)) return;
    std::map<std::string, Fen> due;
    for (const RunPoolRow& p : store::run_pools(unit.tx, run_id)) due[p.party] += p.prepay;
    for (const auto& [party, amount] : due) {
        if (amount.is_zero()) continue;
        const auto payments = store::payments_of(unit.tx, party);
        const bool paid = std::ranges::any_of(payments, [&](const store::PaymentRow& p) {
            return p.state == PaymentState::kConfirmed &&
                   std::ranges::find(p.run_ids, run_id) != p.run_ids.end();
        });
        if (!paid) return;
    }
    enter(*run, RunAction::kPay, RunState::kPaid);
    run->changes += 1;
    store::save(unit.tx, *run);
    unit.touch("run", run_id);
}

}  // namespace yilian::billing::app
