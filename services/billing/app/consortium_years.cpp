#include "services/billing/app/consortium_years.h"

#include <algorithm>

#include "libs/crypto/digest.h"
#include "services/billing/store/capitation_rows.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/queries.h"
#include "services/billing/store/year_events.h"
#include "services/billing/store/year_queries.h"
#include "services/billing/store/year_rows.h"

namespace yilian::billing::app {
namespace {

using store::RunRow;

constexpr const char* kQuality = "QUALITY";

std::vector<YearMonth> capitation_of(Unit& unit, const RunRow& run) {
    std::vector<YearMonth> months;
    for (const storage::Row& row :
         unit.tx.select(store::kCapitationYear, run.scope_id, run.period + "-01",
                        run.period + "-12", run.cut_off_at)) {
        months.push_back({row.text(0), row.text(1), Fen::of_raw(row.i64(2)), row.i64(3), ""});
    }
    return months;
}

// What the basic insurance paid for the residents on the days they were enrolled, wherever they
// were treated. Serious illness and medical aid have money of their own.
Fen expenditure_of(Unit& unit, const RunRow& run) {
    Fen sum;
    const std::string from = run.period + "-01-01";
    const std::string to = run.period + "-12-31";
    store::each_resident(unit.tx, run.cut_off_at, [&](std::span<const EnrolmentVersion> versions) {
        const bool any = std::ranges::any_of(
            versions, [&](const EnrolmentVersion& v) { return v.consortium_id == run.scope_id; });
        if (!any) return;
        const KnownEnrolments known = known_at(versions, run.cut_off_at);
        for (const storage::Row& row : unit.tx.select(
                 store::kResidentFund, versions.front().resident_id, from, to, run.cut_off_at)) {
            const auto* version = covering(known, *calendar::CivilDate::parse(row.text(0)));
            if (version != nullptr && version->consortium_id == run.scope_id) {
                sum += Fen::of_raw(row.i64(1));
            }
        }
    });
    return sum;
}

Fen sum_of_items(const std::vector<YearItem>& items, std::string_view kind) {
    Fen sum;
    for (const YearItem& item : items) {
        if (item.kind == kind) sum += Fen::of_raw(item.value);
    }
    return sum;
}

// Average of the months' head counts, rounded half away.
std::int64_t members_of(const std::vector<YearMonth>& months) {
    std::int64_t heads = 0;
    for (const YearMonth& m : months) heads += m.heads;
    const auto n = static_cast<std::int64_t>(months.size());
    return n == 0 ? 0 : (2 * heads + n) / (2 * n);
}

ConsortiumYear facts_of(Unit& unit, const RunRow& run, const std::vector<YearMonth>& months,
                        const std::vector<YearItem>& inputs) {
    ConsortiumYear year;
    year.members = members_of(months);
    for (const YearMonth& m : months) year.benchmark += m.amount;
    year.benchmark += sum_of_items(inputs, "NEGOTIATED");
    year.excluded = sum_of_items(inputs, "EXCLUDED");
    year.expenditure = expenditure_of(unit, run);
    for (const YearItem& item : inputs) {
        if (item.kind == kQuality) year.quality = Rate::of_raw(item.value);
    }
    return year;
}

std::string input_digest_of(const ConsortiumYear& year, const std::vector<YearMonth>& months,
                            const std::vector<YearItem>& inputs) {
    std::string lines = year.expenditure.text() + '\n';
    for (const YearMonth& m : months) lines += m.run_id + ' ' + m.amount.text() + '\n';
    for (const YearItem& item : inputs) {
        lines += item.kind + ' ' + item.code + ' ' + std::to_string(item.value) + ' ' +
                 item.source + '\n';
    }
    return crypto::sha256_hex(lines);
}

// Every figure by its name, for keeping and for reading.
template <class Year, class Visit>
void visit_year(Year& y, Visit visit) {
    visit("benchmark_fen", y.in.benchmark);
    visit("contribution_fen", y.result.contribution);
    visit("excluded_fen", y.in.excluded);
    visit("expenditure_fen", y.in.expenditure);
    visit("final_rate_e8", y.result.final_rate);
    visit("min_rate_e8", y.result.min_rate);
    visit("quality_score_e8", y.in.quality);
    visit("reward_fen", y.result.reward);
    visit("surplus_fen", y.result.surplus);
    visit("surplus_rate_e8", y.result.surplus_rate);
}

store::Figures figures_of(const SharedYear& year) {
    store::Figures figures;
    auto& own = figures[""];
    visit_year(year, [&](const char* name, auto value) { own[name] = value.raw(); });
    own["members"] = year.in.members;
    own["capped"] = year.result.capped ? 1 : 0;
    own["outcome"] = static_cast<std::int64_t>(year.result.outcome);
    const bool rewarded = !year.result.reward.is_zero();
    for (const MemberShare& m : year.members) {
        auto& of_member = figures[m.institution_id];
        of_member["amount_fen"] = m.amount.raw();
        of_member["staff_fen"] = m.staff.raw();
        of_member["weight_e4"] = m.weight.raw();
        of_member["final_fen"] = rewarded ? m.amount.raw() : -m.amount.raw();
        // The staff's part has an account of its own.
        of_member["due_fen"] = rewarded ? (m.amount - m.staff).raw() : -m.amount.raw();
    }
    return figures;
}

SharedYear year_of_figures(const store::Figures& figures, const RunRow& run) {
    SharedYear year;
    year.consortium_id = run.scope_id;
    for (const auto& [party, own] : figures) {
        if (!party.empty()) {
            year.members.push_back({party, Points::of_raw(own.at("weight_e4")),
                                    Fen::of_raw(own.at("amount_fen")),
                                    Fen::of_raw(own.at("staff_fen"))});
            continue;
        }
        visit_year(year, [&own](const char* name, auto& value) {
            value = std::decay_t<decltype(value)>::of_raw(own.at(name));
        });
        year.in.members = own.at("members");
        year.result.capped = own.at("capped") != 0;
        year.result.outcome = static_cast<ShareOutcome>(own.at("outcome"));
    }
    return year;
}

Outcome<PackPtr> pack_of_year(Unit& unit, const std::string& year) {
    auto pack = pack_of(unit, year);
    if (pack.ok() && !(*pack)->blocks().sharing) return Reason("POLICY_NOT_IN_FORCE");
    return pack;
}

Outcome<SharedYear> share(const policy::Pack& pack, const RunRow& run, const ConsortiumYear& facts,
                          const std::vector<YearItem>& inputs) {
    if (facts.benchmark.is_zero() || facts.benchmark.is_negative()) return Reason("BENCHMARK_ZERO");
    std::vector<YearItem> items;
    for (const YearItem& item : inputs) {
        if (item.kind != kQuality) items.push_back(item);
    }
    auto year =
        share_consortium_year(*pack.blocks().sharing, run.scope_id, facts, std::move(items));
    if (!year.ok() && year.refusal().reason == Reason("ALLOC_NO_WEIGHT")) {
        return Reason("RUN_INPUT_EMPTY");
    }
    return year;
}

Outcome<RunRow> compute(Unit& unit, RunRow run, const policy::Pack& pack,
                        const std::vector<YearItem>& inputs) {
    const auto months = capitation_of(unit, run);
    const ConsortiumYear facts = facts_of(unit, run, months, inputs);
    const auto year = share(pack, run, facts, inputs);
    if (!year.ok()) return year.refusal();
    run.input_digest = input_digest_of(facts, months, inputs);
    run.pack_id = pack.id();
    run.pack_version = pack.version();
    run.pack_digest = pack.digest();
    unit.tx.run(store::kClearStatements, run.run_id);
    store::save_inputs(unit.tx, run.run_id, inputs);
    store::save_months(unit.tx, run.run_id, {{"", months}});
    store::save_figures(unit.tx, run.run_id, figures_of(*year));
    std::vector<std::string> parties{run.scope_id};
    for (const MemberShare& m : year->members) parties.push_back(m.institution_id);
    for (const std::string& party : parties) {
        (void)keep_statement(unit, run, party,
                             consortium_year_statement(head_of(run, party, pack), *year, months));
    }
    run.result_digest = result_digest_of(unit.tx, run.run_id);
    enter(run, RunAction::kCompute, RunState::kComputed);
    store::save(unit.tx, run);
    unit.touch("run", run.run_id);
    return run;
}

// On the exact figures. That the rate itself keeps to the bound was checked when the pack was read.
bool staff_bound_holds(const policy::Pack& pack, const MemberShare& m) {
    const Rate rate = pack.blocks().sharing->staff_rate;
    return amount::Int128{m.staff.raw()} * Rate::kUnit >=
           amount::Int128{m.amount.raw()} * rate.raw();
}

}  // namespace

Outcome<RunRow> share_year_of(Unit& unit, const ShareYear& what) {
    if (!what.quality) return Reason("QUALITY_SCORE_MISSING");
    const auto pack = pack_of_year(unit, what.year);
    if (!pack.ok()) return pack.refusal();
    const auto started =
        start_run(unit, {kConsortiumYear, what.consortium_id, what.year, what.run_id},
                  std::string(kConsortiumYear) + '-' + what.consortium_id + '-' + what.year);
    if (!started.ok()) return started.refusal();
    if (started->in_progress) return started->run;
    RunRow run = started->run;
    run.cut_off_at = what.cut_off_at.value_or(unit.now);
    run.prepared_by = unit.actor.id;
    std::vector<YearItem> inputs = what.items;
    inputs.push_back({kQuality, what.consortium_id, what.quality->raw(), ""});
    return compute(unit, std::move(run), **pack, inputs);
}

Outcome<RunRow> recompute_consortium_year(Unit& unit, RunRow run) {
    const auto pack = pack_of_year(unit, run.period);
    if (!pack.ok()) return pack.refusal();
    const auto inputs = store::run_inputs(unit.tx, run.supersedes_run_id);
    return compute(unit, std::move(run), **pack, inputs);
}

void publish_consortium_year(Unit& unit, const RunRow& run, const policy::Pack& pack) {
    const SharedYear year = year_of_figures(store::figures(unit.tx, run.run_id), run);
    const std::string lead = institution_of(unit, run.scope_id);
    const auto context = unit.event_context(pack);
    book_year(unit, run, pack, "year_shared", run.scope_id, shared_year_posting(year), lead);
    const auto months = store::run_months(unit.tx, run.run_id);
    unit.append(store::consortium_shared(context, run, year,
                                         months.empty() ? 0 : months.begin()->second.size(), lead));
    publish_statement(unit, run, pack, run.scope_id);
    for (const MemberShare& m : year.members) {
        publish_statement(unit, run, pack, m.institution_id);
        if (m.staff.is_zero()) continue;
        unit.append(store::surplus_split(context, run, m, staff_bound_holds(pack, m)));
    }
}

}  // namespace yilian::billing::app
