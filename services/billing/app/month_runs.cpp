#include "services/billing/app/month_runs.h"

#include <map>
#include <set>

#include "libs/base/failpoint.h"
#include "libs/crypto/digest.h"
#include "libs/timers/timers.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/app/pools.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/list_rows.h"
#include "services/billing/store/queries.h"
#include "services/billing/store/year_queries.h"
#include "services/billing/store/year_rows.h"

namespace yilian::billing::app {
namespace {

using store::RunCase;
using store::RunPoolRow;
using store::RunRow;
using store::StatementRow;

// Pages of the ordered list of ids and versions.
std::string input_digest_of(Unit& unit, const std::string& run_id) {
    constexpr std::int64_t kPage = 5000;
    crypto::Sha256 digest;
    std::string institution;
    std::string list;
    for (;;) {
        const auto rows = unit.tx.select(store::kRunCaseKeys, run_id, institution, list, kPage);
        std::string lines;
        for (const storage::Row& row : rows) {
            institution = row.text(0);
            list = row.text(1);
            lines += institution + '/' + list + '/' + std::to_string(row.i64(2)) + '\n';
        }
        digest.update(lines);
        if (static_cast<std::int64_t>(rows.size()) < kPage) break;
    }
    return crypto::hex(crypto::view(digest.finish()));
}

// What one party gets out of the run.
struct Party {
    std::vector<SettledCase> cases;
    std::vector<SettledCorrection> corrections;
    std::set<std::string> insurances;
};

std::string pool_id_of(Unit& unit, const policy::Pack& pack, const std::string& insurance,
                       int year) {
    const auto terms = pool_terms(unit.tx, pack, insurance, year);
    return terms ? terms->pool_id : insurance + '-' + std::to_string(year);
}

std::vector<SettledCorrection> corrections_of(Unit& unit, const RunRow& run,
                                              const policy::Pack& pack, const std::string& party,
                                              std::set<std::string>& insurances) {
    std::vector<SettledCorrection> out;
    for (const storage::Row& row : unit.tx.select(store::kCorrectionsOfRun, run.run_id, party)) {
        SettledCorrection c{row.text(0),
                            row.text(1),
                            pool_id_of(unit, pack, row.text(3), year_of(run)),
                            row.text(4),
                            Fen::of_raw(row.i64(5)),
                            Fen::of_raw(row.i64(6)),
                            Fen::of_raw(row.i64(7)),
                            Fen::of_raw(row.i64(8))};
        const bool moved =
            !c.basic.is_zero() || !c.serious.is_zero() || !c.aid.is_zero() || !c.personal.is_zero();
        // Changes that cancelled each other depend on the order of arrival and are no one's news.
        if (!moved) continue;
        insurances.insert(row.text(3));
        out.push_back(std::move(c));
    }
    return out;
}

Party party_of(Unit& unit, const RunRow& run, const policy::Pack& pack, const std::string& id) {
    Party party;
    std::map<std::string, std::string> pool_ids;
    for (RunCase& c : store::run_cases(unit.tx, run.run_id, id)) {
        std::string& pool_id = pool_ids[c.insurance];
        if (pool_id.empty()) pool_id = pool_id_of(unit, pack, c.insurance, year_of(run));
        c.settled.pool_id = pool_id;
        party.insurances.insert(c.insurance);
        party.cases.push_back(std::move(c.settled));
    }
    party.corrections = corrections_of(unit, run, pack, id, party.insurances);
    return party;
}

std::map<std::pair<std::string, std::string>, Fen> carried_into(Unit& unit, const RunRow& run) {
    std::map<std::pair<std::string, std::string>, Fen> carried;
    for (const storage::Row& row :
         unit.tx.select(store::kCarried, run.kind, run.scope_id, run.period)) {
        carried[{row.text(0), row.text(1)}] = Fen::of_raw(row.i64(2));
    }
    return carried;
}

std::vector<PartyPool> price_party(
    Unit& unit, const RunRow& run, const policy::Pack& pack, const std::string& id,
    const Party& party, const std::map<std::pair<std::string, std::string>, Fen>& carried) {
    std::vector<PartyPool> pools;
    for (const std::string& insurance : party.insurances) {
        const auto terms = pool_terms(unit.tx, pack, insurance, year_of(run));
        if (!terms) continue;
        const auto before = carried.find({id, terms->pool_id});
        pools.push_back(price_pool(*pack.blocks().run, terms->pool_id, terms->rates, party.cases,
                                   party.corrections,
                                   before == carried.end() ? Fen() : before->second));
    }
    return pools;
}

// Prices one party and keeps its pools and statement; how many cases it has.
std::int64_t compute_party(Unit& unit, const RunRow& run, const policy::Pack& pack,
                           const std::string& id,
                           const std::map<std::pair<std::string, std::string>, Fen>& carried) {
    unit.tx.run(store::kTakeChunk, run.run_id, id);
    unit.tx.run(store::kClearPartyPools, run.run_id, id);
    unit.tx.run(store::kClearPartyStatement, run.run_id, id);
    const Party party = party_of(unit, run, pack, id);
    const auto pools = price_party(unit, run, pack, id, party, carried);
    for (const PartyPool& p : pools) {
        store::add(unit.tx, run.run_id,
                   {id, p.pool_id, p.cases, p.points, p.actual, p.month.money, p.month.prepay,
                    p.month.carried});
    }
    const std::string line = keep_statement(
        unit, run, id,
        statement_text(head_of(run, id, pack), party.cases, party.corrections, pools));
    unit.tx.run(store::kFinishChunk, run.run_id, id, crypto::sha256_hex(line));
    failpoint("run_chunk_computed");
    return static_cast<std::int64_t>(party.cases.size());
}

void schedule(Unit& unit, const RunRow& run) {
    timers::schedule(unit.tx, {std::string(kComputeTimer), run.run_id}, unit.now, run.scope_id);
}

// DRAFT -> COMPUTED when every chunk is done.
void finish(Unit& unit, RunRow& run) {
    unit.tx.run(store::kStateBenefits, run.run_id);
    run.result_digest = result_digest_of(unit.tx, run.run_id);
    enter(run, RunAction::kCompute, RunState::kComputed);
}

// Parties until the budget of cases is used up; true when none is left.
bool price_some(Unit& unit, RunRow& run, const policy::Pack& pack) {
    const auto carried = carried_into(unit, run);
    std::int64_t cases = 0;
    for (;;) {
        const auto next = unit.tx.select_one(store::kNextChunk, run.run_id);
        if (!next) return true;
        if (cases > 0 && cases >= unit.env.chunk_cases) return false;
        cases += std::max<std::int64_t>(1, compute_party(unit, run, pack, next->text(0), carried));
    }
}

// True when the run is COMPUTED.
bool compute_some(Unit& unit, RunRow& run, const policy::Pack& pack) {
    do {
        if (!price_some(unit, run, pack)) return false;
        unit.tx.run(store::kCloseChunks, run.run_id);
    } while (unit.tx.select_one(store::kNextChunk, run.run_id));
    finish(unit, run);
    return true;
}

// Cuts the input into chunks and computes what fits into this unit.
void compute(Unit& unit, RunRow& run, const policy::Pack& pack) {
    run.pack_id = pack.id();
    run.pack_version = pack.version();
    run.pack_digest = pack.digest();
    run.input_digest = input_digest_of(unit, run.run_id);
    run.case_count = unit.tx.select_one(store::kCountRunCases, run.run_id)->i64(0);
    unit.tx.run(store::kAddChunks, run.run_id);
    std::map<std::string, std::set<std::string>> moved;
    for (const storage::Row& row :
         unit.tx.select(store::kCorrectionsOfRun, run.run_id, std::string())) {
        moved[row.text(2)];
    }
    for (auto& [party, insurances] : moved) {
        if (!corrections_of(unit, run, pack, party, insurances).empty()) {
            unit.tx.run(store::kAddChunk, run.run_id, party);
        }
    }
    if (run.case_count > unit.env.chunk_cases || !compute_some(unit, run, pack)) {
        schedule(unit, run);
    }
}

void clear_results(Unit& unit, const std::string& run_id) {
    unit.tx.run(store::kFreeRunLists, run_id);
    unit.tx.run(store::kClearRunCases, run_id);
    unit.tx.run(store::kClearRunPools, run_id);
    unit.tx.run(store::kClearStatements, run_id);
    unit.tx.run(store::kClearChunks, run_id);
    unit.tx.run(store::kFreeCorrections, run_id);
    // Changes since the first computing are now part of the cases themselves.
    unit.tx.run(store::kDropCorrections, run_id);
}

Outcome<Allowed> check_open(Unit& unit, const std::string& period) {
    if (store::closed_periods(unit.tx).contains(*CivilMonth::parse(period))) {
        return Refusal{"PERIOD_CLOSED", {{"period", period}}};
    }
    return Allowed{};
}

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
        failpoint("run_prepay_booked");
    }
}

}  // namespace

Outcome<RunRow> start_month(Unit& unit, const StartMonth& what) {
    if (const auto open = check_open(unit, what.period.text()); !open.ok()) return open.refusal();
    const auto pack = pack_of(unit, what.period.text());
    if (!pack.ok()) return pack.refusal();
    const auto insurance = insurance_of(unit, **pack, what.scope_id, what.period.year());
    if (!insurance.ok()) return insurance.refusal();
    std::string default_id = std::string(kInstitutionMonth) + '-';
    if (!insurance->empty()) default_id += what.scope_id + '-';
    default_id += what.period.text();
    const auto started = start_run(
        unit, {kInstitutionMonth, what.scope_id, what.period.text(), what.run_id}, default_id);
    if (!started.ok()) return started.refusal();
    RunRow run = started->run;
    if (started->in_progress) return run;
    run.cut_off_at = what.cut_off_at.value_or(unit.now);
    run.prepared_by = unit.actor.id;
    if (!unit.tx.select_one(store::kHasRunInput, run.run_id, run.period, run.cut_off_at,
                            *insurance)) {
        return Reason("RUN_INPUT_EMPTY");
    }
    if (started->again) clear_results(unit, run.run_id);
    unit.tx.run(store::kAddRunCases, run.run_id, run.period, run.cut_off_at, *insurance);
    unit.tx.run(store::kTakeRunLists, run.run_id);
    unit.tx.run(store::kTakeCorrections, run.run_id, run.cut_off_at, *insurance);
    compute(unit, run, **pack);
    store::save(unit.tx, run);
    unit.touch("run", run.run_id);
    return run;
}

void compute_chunks(Unit& unit, const std::string& run_id) {
    auto run = store::run(unit.tx, run_id);
    if (!run || run->state != RunState::kDraft) return;
    const auto pack = pack_of(unit, run->period);
    YILIAN_INVARIANT(pack.ok(), "billing: the pack of a run that has started is in force");
    if (compute_some(unit, *run, **pack)) {
        run->changes += 1;
        store::save(unit.tx, *run);
    } else {
        schedule(unit, *run);
    }
    unit.touch("run", run_id);
}

bool priced_again(Unit& unit, const std::string& run_id, const std::string& payee_id) {
    return unit.tx.run(store::kReopenChunk, run_id, payee_id) > 0;
}

Outcome<RunRow> recompute_month(Unit& unit, RunRow run) {
    const auto pack = pack_of(unit, run.period);
    if (!pack.ok()) return pack.refusal();
    const auto insurance = insurance_of(unit, **pack, run.scope_id, year_of(run));
    if (!insurance.ok()) return insurance.refusal();
    unit.tx.run(store::kCopyRunCases, run.supersedes_run_id, run.run_id);
    // What no later run has stated yet is stated by the new one as part of its cases.
    unit.tx.run(store::kDropCorrections, run.supersedes_run_id);
    unit.tx.run(store::kTakeCorrections, run.run_id, run.cut_off_at, *insurance);
    compute(unit, run, **pack);
    store::save(unit.tx, run);
    unit.touch("run", run.run_id);
    return run;
}

void publish_month(Unit& unit, const RunRow& run, const policy::Pack& pack) {
    book_prepays(unit, run, pack);
    unit.tx.run(store::kTakeRunLists, run.run_id);
    unit.tx.run(store::kPrepayRunLists, run.run_id);
    std::map<std::string, Fen> prepays;
    for (const RunPoolRow& p : store::run_pools(unit.tx, run.run_id)) prepays[p.party] += p.prepay;
    const auto context = unit.event_context(pack);
    for (const auto& [party, sha256] : store::statement_digests(unit.tx, run.run_id)) {
        unit.append(store::month_prepaid(context, run, party, prepays[party]));
        publish_statement(unit, run, pack, party);
    }
}

}  // namespace yilian::billing::app
