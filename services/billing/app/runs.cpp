#include "services/billing/app/runs.h"

#include <algorithm>
#include <map>

#include "libs/runtime/command.h"
#include "services/billing/app/consortium_years.h"
#include "services/billing/app/month_runs.h"
#include "services/billing/app/pool_years.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/queries.h"
#include "services/billing/store/year_rows.h"

namespace yilian::billing::app {
namespace {

using store::RunRow;
using store::StatementRow;

Outcome<Allowed> check_publishable(Unit& unit, const RunRow& run) {
    // What is replaced may be closed, and a year is booked in the first open month.
    if (run.kind != kInstitutionMonth || !run.supersedes_run_id.empty()) return Allowed{};
    if (store::closed_periods(unit.tx).contains(*CivilMonth::parse(run.period))) {
        return Refusal{"PERIOD_CLOSED", {{"period", run.period}}};
    }
    return Allowed{};
}

void publish_kind(Unit& unit, const RunRow& run, const policy::Pack& pack) {
    if (run.kind == kPoolYear) {
        publish_pool_year(unit, run, pack);
    } else if (run.kind == kConsortiumYear) {
        publish_consortium_year(unit, run, pack);
    } else {
        publish_month(unit, run, pack);
    }
}

void retire(Unit& unit, const std::string& run_id, const policy::Pack& pack) {
    auto old = store::run(unit.tx, run_id);
    YILIAN_INVARIANT(old.has_value(), "billing: a run that is replaced exists");
    enter(*old, RunAction::kSupersede, RunState::kSuperseded);
    old->changes += 1;
    store::save(unit.tx, *old);
    for (const StatementRow& s : store::statements_of(unit.tx, run_id)) {
        unit.append(store::settlement_superseded(unit.event_context(pack), s,
                                                 institution_of(unit, s.party)));
    }
    unit.touch("run", run_id);
}

// What the run owes by party; claims are no payment.
std::map<std::string, Fen> due_of(Unit& unit, const RunRow& run) {
    std::map<std::string, Fen> due;
    if (run.kind == kInstitutionMonth) {
        for (const auto& p : store::run_pools(unit.tx, run.run_id)) due[p.party] += p.prepay;
        return due;
    }
    for (const auto& [party, figures] : store::figures(unit.tx, run.run_id)) {
        const auto owed = figures.find("due_fen");
        if (owed != figures.end() && owed->second > 0) due[party] = Fen::of_raw(owed->second);
    }
    return due;
}

}  // namespace

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

Outcome<RunRow> publish_run(Unit& unit, std::string_view run_id, std::string_view etag) {
    auto run = store::run(unit.tx, run_id);
    if (!run) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, run->changes)) return *std::move(mismatch);
    const auto allowed = kRunLifecycle.check(run->state, RunAction::kPublish);
    if (!allowed.ok()) return allowed.refusal();
    if (const auto open = check_publishable(unit, *run); !open.ok()) return open.refusal();
    const auto pack = pack_of(unit, run->period);
    if (!pack.ok()) return pack.refusal();
    const auto dispute_until = unit.env.days.nth_after(
        unit.today, static_cast<int>((*pack)->blocks().run->dispute_working_days));
    if (!dispute_until.ok()) return dispute_until.refusal();
    enter(*run, RunAction::kPublish, RunState::kPublished);
    run->published_on = unit.today.text();
    run->dispute_until = dispute_until->text();
    run->changes += 1;
    store::save(unit.tx, *run);
    unit.tx.run(store::kPublishStatements, run->run_id, run->dispute_until);
    publish_kind(unit, *run, **pack);
    if (!run->supersedes_run_id.empty()) retire(unit, run->supersedes_run_id, **pack);
    unit.touch("run", run->run_id);
    return *std::move(run);
}

Outcome<RunRow> supersede_run(Unit& unit, std::string_view run_id, std::string_view etag,
                              const std::string& new_run_id) {
    auto run = replacing_run(unit, run_id, etag, new_run_id);
    if (!run.ok()) return run.refusal();
    if (run->kind == kPoolYear) return recompute_pool_year(unit, *std::move(run));
    if (run->kind == kConsortiumYear) return recompute_consortium_year(unit, *std::move(run));
    return recompute_month(unit, *std::move(run));
}

void settle_payments_of(Unit& unit, const std::string& run_id) {
    auto run = store::run(unit.tx, run_id);
    if (!run || !kRunLifecycle.legal(run->state, RunAction::kPay)) return;
    for (const auto& [party, amount] : due_of(unit, *run)) {
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
