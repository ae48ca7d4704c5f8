#include "services/billing/domain/statement.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "services/billing/domain/canonical_json.h"

namespace yilian::billing {
namespace {

std::string case_json(const SettledCase& c) {
    std::vector<std::string> flags;
    for (const std::string& flag : c.flags) flags.push_back(json::text(flag));
    return json::Object()
        .text("admission_date", c.admission_date)
        .number("aid_fen", c.aid.raw())
        .number("aux_e8", c.aux.raw())
        .number("base_points_e4", c.base.raw())
        .number("basic_fen", c.basic.raw())
        .number("d_e8", c.d.raw())
        .number("deductible_fen", c.deductible.raw())
        .text("deviation", c.deviation)
        .text("discharge_date", c.discharge_date)
        .raw("flags", json::array(flags))
        .text("group_code", c.group_code)
        .text("group_status", c.group_status)
        .number("in_policy_fen", c.in_policy.raw())
        .text("institution_id", c.institution_id)
        .number("k_e8", c.k.raw())
        .text("list_id", c.list_id)
        .text("method", c.method)
        .number("personal_fen", c.personal.raw())
        .number("points_e4", c.points.raw())
        .text("pool_id", c.pool_id)
        .number("serious_fen", c.serious.raw())
        .number("total_fen", c.total.raw())
        .number("version", c.version)
        .text("waiver", c.waiver)
        .str();
}

std::string correction_json(const SettledCorrection& c) {
    return json::Object()
        .number("aid_fen", c.aid.raw())
        .number("basic_fen", c.basic.raw())
        .text("institution_id", c.institution_id)
        .text("list_id", c.list_id)
        .number("personal_fen", c.personal.raw())
        .text("pool_id", c.pool_id)
        .text("refers_to", c.refers_to)
        .number("serious_fen", c.serious.raw())
        .str();
}

std::string pool_json(const PartyPool& p) {
    return json::Object()
        .number("actual_fen", p.actual.raw())
        .number("carried_in_fen", p.carried_in.raw())
        .number("carried_out_fen", p.month.carried.raw())
        .number("cases", p.cases)
        .number("money_fen", p.month.money.raw())
        .number("payment_ratio_e8", p.rates.payment_ratio.raw())
        .number("points_e4", p.points.raw())
        .text("pool_id", p.pool_id)
        .number("prepay_fen", p.month.prepay.raw())
        .number("prepay_rate_e8", p.rates.prepay_rate.raw())
        .number("value_den", p.rates.v_bud_den)
        .number("value_num", p.rates.v_bud_num)
        .str();
}

struct Group {
    std::int64_t cases = 0;
    Points base;
    Points points;
    std::map<std::string, std::int64_t> deviations;
};

std::string groups_json(const std::vector<SettledCase>& cases) {
    std::map<std::pair<std::string, std::string>, Group> groups;
    for (const SettledCase& c : cases) {
        if (c.group_status.empty()) continue;
        Group& g = groups[{c.pool_id, c.group_code}];
        ++g.cases;
        g.base = std::max(g.base, c.base);
        g.points += c.points;
        ++g.deviations[c.deviation];
    }
    std::vector<std::string> out;
    for (const auto& [key, g] : groups) {
        json::Object deviations;
        for (const auto& [name, count] : g.deviations) deviations.number(name, count);
        out.push_back(json::Object()
                          .number("base_points_e4", g.base.raw())
                          .number("cases", g.cases)
                          .raw("deviations", deviations.str())
                          .text("group_code", key.second)
                          .number("points_e4", g.points.raw())
                          .text("pool_id", key.first)
                          .str());
    }
    return json::array(out);
}

std::string rules_json(const std::vector<SettledCase>& cases) {
    std::set<std::pair<std::string, std::string>> rules;
    for (const SettledCase& c : cases) {
        if (!c.rules_digest.empty()) rules.emplace(c.rules_version, c.rules_digest);
    }
    std::vector<std::string> out;
    for (const auto& [version, digest] : rules) {
        out.push_back(json::Object().text("digest", digest).text("version", version).str());
    }
    return json::array(out);
}

std::string totals_json(const std::vector<PartyPool>& pools) {
    std::int64_t cases = 0;
    Points points;
    Fen actual;
    Fen prepay;
    for (const PartyPool& p : pools) {
        cases += p.cases;
        points += p.points;
        actual += p.actual;
        prepay += p.month.prepay;
    }
    return json::Object()
        .number("actual_fen", actual.raw())
        .number("cases", cases)
        .number("points_e4", points.raw())
        .number("prepay_fen", prepay.raw())
        .str();
}

}  // namespace

std::string statement_header(const StatementHead& h, std::string rules) {
    return json::Object()
        .text("input_digest", h.input_digest)
        .text("kind", h.kind)
        .text("party", h.party)
        .text("period", h.period)
        .text("policy_digest", h.pack_digest)
        .text("policy_pack_id", h.pack_id)
        .number("policy_version", h.pack_version)
        .raw("rules", std::move(rules))
        .text("run_id", h.run_id)
        .text("supersedes", h.supersedes)
        .str();
}

PartyPool price_pool(const policy::billing::Run& run, std::string pool_id,
                     const policy::billing::PoolRates& rates, const std::vector<SettledCase>& cases,
                     const std::vector<SettledCorrection>& corrections, Fen carried_in) {
    PartyPool pool;
    pool.pool_id = std::move(pool_id);
    pool.rates = rates;
    pool.carried_in = carried_in;
    Fen audited;  // what the pool itself bears
    for (const SettledCase& c : cases) {
        if (c.pool_id != pool.pool_id) continue;
        ++pool.cases;
        pool.points += c.points;
        pool.actual += c.fund_part();
        if (c.method == "DRG" || c.method == "DIP" || c.method == "BED_DAY") audited += c.basic;
    }
    for (const SettledCorrection& c : corrections) {
        if (c.pool_id != pool.pool_id) continue;
        pool.actual += c.basic + c.serious + c.aid;
        audited += c.basic;
    }
    pool.month = run.prepay_basis == policy::billing::PrepayBasis::kPoints
                     ? prepay_by_points(run, rates, pool.points, carried_in)
                     : prepay_by_audit(run, rates, audited, carried_in);
    return pool;
}

std::string statement_text(const StatementHead& head, std::vector<SettledCase> cases,
                           std::vector<SettledCorrection> corrections,
                           const std::vector<PartyPool>& pools) {
    std::ranges::sort(cases, {}, [](const SettledCase& c) {
        return std::tie(c.institution_id, c.list_id, c.version);
    });
    std::ranges::sort(corrections, {}, [](const SettledCorrection& c) {
        return std::tie(c.institution_id, c.list_id, c.refers_to);
    });
    std::vector<std::string> case_lines;
    for (const SettledCase& c : cases) case_lines.push_back(case_json(c));
    std::vector<std::string> correction_lines;
    for (const SettledCorrection& c : corrections) correction_lines.push_back(correction_json(c));
    std::vector<std::string> pool_lines;
    for (const PartyPool& p : pools) pool_lines.push_back(pool_json(p));
    std::ranges::sort(pool_lines);
    return json::Object()
               .raw("cases", json::array(case_lines))
               .raw("corrections", json::array(correction_lines))
               .raw("dispute",
                    json::Object().number("working_days", head.dispute_working_days).str())
               .raw("groups", groups_json(cases))
               .raw("header", statement_header(head, rules_json(cases)))
               .raw("pools", json::array(pool_lines))
               .raw("totals", totals_json(pools))
               .str() +
           '\n';
}

}  // namespace yilian::billing
