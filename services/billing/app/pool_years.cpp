#include "services/billing/app/pool_years.h"

#include "libs/crypto/digest.h"
#include "services/billing/domain/year_statement.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/queries.h"
#include "services/billing/store/year_events.h"
#include "services/billing/store/year_queries.h"
#include "services/billing/store/year_rows.h"

namespace yilian::billing::app {
namespace {

using store::PoolRow;
using store::RunRow;

constexpr const char* kQuality = "QUALITY";

// Every figure of a member by its name, for keeping and for reading.
template <class Member, class Visit>
void visit_member(Member& m, Visit visit) {
    visit("actual_fen", m.in.actual);
    visit("borne_by_others_fen", m.in.borne_by_others);
    visit("corridor_fen", m.corridor);
    visit("deposit_fen", m.deposit);
    visit("final_fen", m.final_amount);
    visit("points_e4", m.in.points);
    visit("prepaid_fen", m.in.prepaid);
    visit("quality_score_e8", m.in.quality);
    visit("released_fen", m.released);
    visit("settled_fen", m.settled);
    visit("target_fen", m.target);
    visit("topup_fen", m.topup);
}
template <class Year, class Visit>
void visit_pool(Year& y, Visit visit) {
    visit("available_fen", y.available);
    visit("compensation_fen", y.compensation);
    visit("forfeited_fen", y.forfeited);
    visit("from_fund_fen", y.from_fund);
    visit("points_e4", y.total_points);
    visit("reserve_drawn_fen", y.reserve_drawn);
    visit("reserve_end_fen", y.reserve_end);
    visit("reserve_fen", y.reserve);
    visit("reserve_returned_fen", y.reserve_returned);
    visit("residual_fen", y.residual);
    visit("savings_fen", y.savings);
    visit("tilt_fen", y.tilt);
}

store::Figures figures_of(const PoolYear& year) {
    store::Figures figures;
    auto& pool = figures[""];
    visit_pool(year, [&](const char* name, auto value) { pool[name] = value.raw(); });
    for (const MemberYear& m : year.members) {
        auto& own = figures[m.in.institution_id];
        visit_member(m, [&](const char* name, auto value) { own[name] = value.raw(); });
        own["cases"] = m.in.cases;
        own["due_fen"] = m.final_amount.raw();
        if (m.usage) own["usage_e8"] = m.usage->raw();
        if (m.band) own["band"] = static_cast<std::int64_t>(*m.band);
    }
    return figures;
}

PoolYear year_of_figures(const store::Figures& figures, const PoolRow& pool) {
    PoolYear year;
    year.pool_id = pool.pool_id;
    for (const auto& [party, own] : figures) {
        const auto read = [&own](const char* name, auto& value) {
            value = std::decay_t<decltype(value)>::of_raw(own.at(name));
        };
        if (party.empty()) {
            visit_pool(year, read);
            continue;
        }
        MemberYear m;
        m.in.institution_id = party;
        visit_member(m, read);
        m.in.cases = own.at("cases");
        if (own.contains("usage_e8")) m.usage = Rate::of_raw(own.at("usage_e8"));
        if (own.contains("band")) m.band = static_cast<std::size_t>(own.at("band"));
        year.members.push_back(std::move(m));
    }
    year.value = point_value(year.available, pool.rates.payment_ratio, year.total_points);
    return year;
}

PoolTermsOfYear terms_of(const PoolRow& pool) {
    return {pool.budget, pool.out_of_pool, pool.rates.payment_ratio};
}

// What is known now of the institutions of the pool, months included.
std::map<std::string, YearMember> members_of(Unit& unit, const PoolRow& pool,
                                             const store::MonthsByParty& months) {
    std::map<std::string, YearMember> members;
    for (const storage::Row& row :
         unit.tx.select(store::kYearCases, pool.insurance, pool.year + "-01", pool.year + "-12")) {
        YearMember& m = members[row.text(0)];
        m.cases = row.i64(1);
        m.points = Points::of_raw(row.i64(2));
        m.actual = Fen::of_raw(row.i64(3));
        m.borne_by_others = Fen::of_raw(row.i64(4));
    }
    for (const auto& [party, of_party] : months) {
        for (const YearMonth& month : of_party) members[party].prepaid += month.amount;
    }
    const auto day = last_day_of(pool.year);
    for (auto& [id, m] : members) {
        m.institution_id = id;
        const auto institution = store::institution(unit.tx, id, day);
        m.base = institution && institution->level == "L1";
    }
    return members;
}

Outcome<Allowed> add_quality(std::map<std::string, YearMember>& members,
                             const std::vector<YearItem>& inputs, Rate deposit_rate) {
    std::map<std::string, Rate> scores;
    for (const YearItem& item : inputs) {
        if (item.kind == kQuality) scores[item.code] = Rate::of_raw(item.value);
    }
    for (auto& [id, m] : members) {
        const auto score = scores.find(id);
        if (score != scores.end()) {
            m.quality = score->second;
        } else if (!deposit_rate.is_zero()) {
            return Refusal{"QUALITY_SCORE_MISSING", {{"institution_id", id}}};
        }
    }
    return Allowed{};
}

std::string input_digest_of(const std::map<std::string, YearMember>& members,
                            const store::MonthsByParty& months) {
    std::string lines;
    for (const auto& [id, m] : members) {
        lines += id + ' ' + m.points.text() + ' ' + m.actual.text() + ' ' +
                 m.borne_by_others.text() + ' ' + m.prepaid.text() + ' ' + m.quality.text() + '\n';
    }
    for (const auto& [party, of_party] : months) {
        for (const YearMonth& m : of_party) {
            lines += m.run_id + '/' + party + ' ' + m.statement_sha256 + '\n';
        }
    }
    return crypto::sha256_hex(lines);
}

std::optional<Fen> last_budget_of(Unit& unit, const PoolRow& pool) {
    const std::string before = std::to_string(CivilMonth::parse(pool.year + "-01")->year() - 1);
    const auto last = store::pool_for(unit.tx, pool.insurance, before);
    if (!last) return std::nullopt;
    return last->budget;
}

// DRAFT -> COMPUTED over what is known now; inputs are kept already.
Outcome<RunRow> compute(Unit& unit, RunRow run, const PoolRow& pool, const policy::Pack& pack,
                        const std::vector<YearItem>& inputs) {
    const auto months = store::pool_months(unit.tx, pool.pool_id, pool.year);
    auto members = members_of(unit, pool, months);
    if (members.empty()) return Reason("RUN_INPUT_EMPTY");
    const policy::billing::Settle& settle = *pack.blocks().settle;
    if (const auto scored = add_quality(members, inputs, settle.deposit_rate); !scored.ok()) {
        return scored.refusal();
    }
    run.input_digest = input_digest_of(members, months);
    run.pack_id = pack.id();
    run.pack_version = pack.version();
    run.pack_digest = pack.digest();
    run.case_count = 0;
    std::vector<YearMember> list;
    for (auto& [id, m] : members) {
        run.case_count += m.cases;
        list.push_back(std::move(m));
    }
    const policy::billing::Run& rules = *pack.blocks().run;
    const auto year = clear_pool_year(
        {settle, rules.year_end, rules.base_tilt, rules.base_topup},
        {pool.pool_id, pool.budget, pool.reserve_rate, pool.out_of_pool, pool.rates.payment_ratio},
        last_budget_of(unit, pool), std::move(list));
    if (!year.ok()) return year.refusal();
    unit.tx.run(store::kClearStatements, run.run_id);
    store::save_inputs(unit.tx, run.run_id, inputs);
    store::save_months(unit.tx, run.run_id, months);
    store::save_figures(unit.tx, run.run_id, figures_of(*year));
    for (const MemberYear& m : year->members) {
        const auto own = months.find(m.in.institution_id);
        (void)keep_statement(
            unit, run, m.in.institution_id,
            pool_year_statement(head_of(run, m.in.institution_id, pack), terms_of(pool), *year, m,
                                own == months.end() ? std::vector<YearMonth>() : own->second));
    }
    run.result_digest = result_digest_of(unit.tx, run.run_id);
    enter(run, RunAction::kCompute, RunState::kComputed);
    store::save(unit.tx, run);
    unit.touch("run", run.run_id);
    return run;
}

Outcome<PackPtr> pack_of_year(Unit& unit, const std::string& year) {
    auto pack = pack_of(unit, year);
    if (pack.ok() && !(*pack)->blocks().settle) return Reason("POLICY_NOT_IN_FORCE");
    return pack;
}

}  // namespace

Outcome<RunRow> start_pool_year(Unit& unit, const StartPoolYear& what) {
    const auto pool = store::pool(unit.tx, what.pool_id);
    if (!pool || pool->year != what.year) {
        return Refusal{"NOT_FOUND", {{"scope_id", what.pool_id}, {"period", what.year}}};
    }
    const auto pack = pack_of_year(unit, what.year);
    if (!pack.ok()) return pack.refusal();
    const auto open = unit.tx.select_one(store::kOpenMonths, unit.district, what.pool_id,
                                         what.year + "-01", what.year + "-12");
    if (open) return Refusal{"PERIOD_HAS_OPEN_RUN", {{"run_id", open->text(0)}}};
    const auto started = start_run(unit, {kPoolYear, what.pool_id, what.year, what.run_id},
                                   std::string(kPoolYear) + '-' + what.pool_id + '-' + what.year);
    if (!started.ok()) return started.refusal();
    if (started->in_progress) return started->run;
    RunRow run = started->run;
    run.cut_off_at = what.cut_off_at.value_or(unit.now);
    run.prepared_by = unit.actor.id;
    std::vector<YearItem> inputs;
    for (const auto& [id, score] : what.quality) inputs.push_back({kQuality, id, score.raw(), ""});
    return compute(unit, std::move(run), *pool, **pack, inputs);
}

Outcome<RunRow> recompute_pool_year(Unit& unit, RunRow run) {
    const auto pool = store::pool(unit.tx, run.scope_id);
    const auto pack = pack_of_year(unit, run.period);
    if (!pool) return Reason("NOT_FOUND");
    if (!pack.ok()) return pack.refusal();
    const auto inputs = store::run_inputs(unit.tx, run.supersedes_run_id);
    return compute(unit, std::move(run), *pool, **pack, inputs);
}

void publish_pool_year(Unit& unit, const RunRow& run, const policy::Pack& pack) {
    const auto pool = store::pool(unit.tx, run.scope_id);
    YILIAN_INVARIANT(pool.has_value(), "billing: the pool of a run exists");
    const PoolYear year = year_of_figures(store::figures(unit.tx, run.run_id), *pool);
    const auto context = unit.event_context(pack);
    // An adjusted budget has another reserve than the one that was set aside at its start.
    book_year(
        unit, run, pack, "year_cleared", "",
        pool_year_posting(year).add(savings_returned(pool->pool_id, year.reserve - pool->reserve)),
        unit.actor.institution_id);
    unit.append(store::year_point_value_fixed(context, run, terms_of(*pool), year));
    std::map<std::string, std::string> digests;
    for (auto& [party, sha256] : store::statement_digests(unit.tx, run.run_id)) {
        digests[party] = sha256;
    }
    for (const MemberYear& m : year.members) {
        const std::string& id = m.in.institution_id;
        book_year(unit, run, pack, "year_settled", id, member_year_posting(year, m), id);
        unit.append(store::institution_settled(context, run, year, m, digests[id]));
        publish_statement(unit, run, pack, id);
    }
    unit.tx.run(store::kSettleYearLists, pool->insurance, pool->year + "-01", pool->year + "-12");
}

}  // namespace yilian::billing::app
