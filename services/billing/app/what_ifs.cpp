#include "services/billing/app/what_ifs.h"

#include <algorithm>
#include <vector>

#include "libs/crypto/digest.h"
#include "services/billing/app/pools.h"
#include "services/billing/app/rule_book.h"
#include "services/billing/app/run_steps.h"
#include "services/billing/app/scoring.h"
#include "services/billing/store/list_rows.h"
#include "services/billing/store/year_queries.h"

namespace yilian::billing::app {
namespace {

using store::ListRow;
using store::ScoreRow;

struct Months {
    std::string from;
    std::string to;
};
Months months_of(const std::string& period) {
    if (period.size() == 4) return {period + "-01", period + "-12"};
    return {period, period};
}

std::string parameters_of(const TryOut& what, const std::string& rules_digest) {
    std::string text = what.pool_id + '\n' + what.period + '\n' + rules_digest + '\n' +
                       what.policy_on + '\n' + what.available.text() + '\n';
    for (const auto& [id, k] : what.coefficients) text += id + ' ' + k.text() + '\n';
    return crypto::sha256_hex(text);
}

ScoredCase scored_of(const std::string& id, const std::string& payee, const ScoreRow& score) {
    return {id, payee, score.base, score.d, score.k, score.aux, score.points};
}

// The case by the rules and the policy that are tried.
Outcome<ScoreRow> rescored(Unit& unit, const ListRow& list, const TryOut& what,
                           const RulesPtr& tried, const ScoreRow& was) {
    const auto discharged = *CivilDate::parse(list.discharge_date);
    const auto pack =
        unit.pack(what.policy_on.empty() ? discharged : *CivilDate::parse(what.policy_on));
    if (!pack.ok()) return pack.refusal();
    if (!(*pack)->blocks().drg) return Reason("POLICY_NOT_IN_FORCE");
    const policy::billing::Drg& drg = *(*pack)->blocks().drg;
    ScoreRow score = was;
    if (tried || !what.policy_on.empty()) {
        RulesPtr rules = tried;
        if (!rules) {
            auto at = unit.env.rules.at(unit.tx, **pack, discharged);
            if (!at.ok()) return at.refusal();
            rules = *at;
        }
        const SettlementList content = store::content_of(list);
        GroupQuestion question;
        ask(content, *rules, question);
        score = score_case(unit.tx, unit.env.rules, drg, *rules, question,
                           {list.key.institution_id, list.total, content.stay_days, discharged});
    }
    const auto tried_k = what.coefficients.find(list.key.institution_id);
    if (tried_k != what.coefficients.end() && score.group_status == "GROUPED") {
        const DrgScore again =
            score_drg(drg, score.group_code, {list.total, score.group_average, tried_k->second});
        score.d = again.d;
        score.k = again.k;
        score.points = again.points;
    }
    return score;
}

struct Sides {
    std::vector<ScoredCase> before;
    std::vector<ScoredCase> after;
};

// Both sides of every case of the period, and what the report says of them.
Outcome<Sides> sides_of(Unit& unit, const TryOut& what, const std::string& insurance,
                        const RulesPtr& tried, store::WhatIfRecord& record) {
    Sides sides;
    crypto::Sha256 input;
    const Months months = months_of(what.period);
    for (const storage::Row& row :
         unit.tx.select(store::kWhatIfCases, insurance, months.from, months.to)) {
        const store::ListKey key{row.text(0), row.text(1), row.i64(2)};
        const auto list = store::list(unit.tx, key.institution_id, key.list_id, key.version);
        const auto was = store::score(unit.tx, key);
        YILIAN_INVARIANT(list && was, "billing: a case of a run has its list and its score");
        ScoreRow now = *was;
        // What experts decided stays as it is: no formula gave it.
        const bool by_formula = std::ranges::find(was->flags, "SPECIAL_CASE") == was->flags.end();
        if (list->method == PaymentMethod::kDrg && by_formula) {
            auto again = rescored(unit, *list, what, tried, *was);
            if (!again.ok()) return again.refusal();
            now = *std::move(again);
        }
        const std::string id = key.case_key();
        input.update(id + '/' + std::to_string(key.version) + ' ' + was->points.text() + '\n');
        sides.before.push_back(scored_of(id, row.text(3), *was));
        sides.after.push_back(scored_of(id, row.text(3), now));
        record.cases[id] = {key.institution_id, key.list_id, was->group_code, now.group_code};
        record.groups[was->group_code].first += was->points;
        record.groups[now.group_code].second += now.points;
    }
    record.input_digest = crypto::hex(crypto::view(input.finish()));
    return sides;
}

Fen money_of(Unit& unit, const TryOut& what) {
    if (!what.available.is_zero()) return what.available;
    if (what.period.size() == 4) {
        if (const auto pool = store::pool(unit.tx, what.pool_id)) return pool->available();
    }
    const Months months = months_of(what.period);
    return Fen::of_raw(
        unit.tx.select_one(store::kWhatIfMoney, what.pool_id, months.from, months.to)->i64(0));
}

}  // namespace

Outcome<WhatIf> try_out(Unit& unit, const TryOut& what) {
    if (auto same = what_if(unit.tx, what.what_if_id)) return *std::move(same);
    const auto pack = pack_of(unit, what.period);
    if (!pack.ok()) return pack.refusal();
    const auto insurance =
        insurance_of(unit, **pack, what.pool_id, last_month_of(what.period).year());
    if (!insurance.ok()) return insurance.refusal();
    if (insurance->empty()) return Refusal{"NOT_FOUND", {{"pool_id", what.pool_id}}};
    unit.tx.run(store::kDropWhatIfs, unit.today.text());
    if (unit.tx.select_one(store::kCountWhatIfs)->i64(0) >= kMostWhatIfs) {
        return Reason("WHATIF_LIMIT_REACHED");
    }
    RulesPtr tried;
    if (!what.rules_folder.empty()) {
        auto loaded = unit.env.rules.load(kDrgDomain, what.rules_folder);
        if (!loaded.ok()) return loaded.refusal();
        tried = *loaded;
    }
    store::WhatIfRecord record;
    record.what_if_id = what.what_if_id;
    record.pool_id = what.pool_id;
    record.period = what.period;
    record.parameter_digest = parameters_of(what, tried ? tried->digest : "");
    record.available = money_of(unit, what);
    const auto sides = sides_of(unit, what, *insurance, tried, record);
    if (!sides.ok()) return sides.refusal();
    if (sides->before.empty()) return Reason("RUN_INPUT_EMPTY");
    auto report = billing::what_if(record.available, sides->before, sides->after);
    if (!report.ok()) return report.refusal();
    record.report = *std::move(report);
    const auto days = static_cast<int>((*pack)->blocks().run->whatif_keep_days);
    const WhatIf row{store::encode_report(record), unit.today.plus_days(days).text()};
    store::add_what_if(unit.tx, what.what_if_id, what.pool_id, row);
    unit.touch("what_if", what.what_if_id);
    return row;
}

std::optional<WhatIf> what_if(storage::Transaction& tx, std::string_view what_if_id) {
    return store::what_if(tx, what_if_id);
}

}  // namespace yilian::billing::app
