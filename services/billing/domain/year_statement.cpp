#include "services/billing/domain/year_statement.h"

#include <algorithm>
#include <tuple>

#include "services/billing/domain/canonical_json.h"

namespace yilian::billing {
namespace {

std::string dispute_json(const StatementHead& head) {
    return json::Object().number("working_days", head.dispute_working_days).str();
}

std::string months_json(std::vector<YearMonth> months, bool with_heads) {
    std::ranges::sort(months, {}, [](const YearMonth& m) { return std::tie(m.period, m.run_id); });
    std::vector<std::string> out;
    for (const YearMonth& m : months) {
        json::Object month;
        month.number("amount_fen", m.amount.raw())
            .text("period", m.period)
            .text("run_id", m.run_id);
        if (with_heads) month.number("head_count", m.heads);
        if (!m.statement_sha256.empty()) month.text("statement_sha256", m.statement_sha256);
        out.push_back(month.str());
    }
    return json::array(out);
}

std::string pool_json(const PoolTermsOfYear& terms, const PoolYear& y) {
    return json::Object()
        .number("available_fen", y.available.raw())
        .number("budget_fen", terms.budget.raw())
        .number("out_of_pool_fen", terms.out_of_pool.raw())
        .number("payment_ratio_e8", terms.payment_ratio.raw())
        .text("pool_id", y.pool_id)
        .number("points_e4", y.total_points.raw())
        .number("reserve_end_fen", y.reserve_end.raw())
        .number("reserve_fen", y.reserve.raw())
        .number("tilt_fen", y.tilt.raw())
        .raw("value_den", y.value.denominator_text())
        .raw("value_num", y.value.numerator_text())
        .str();
}

std::string member_json(const MemberYear& m) {
    json::Object totals;
    totals.number("actual_fen", m.in.actual.raw())
        .number("borne_by_others_fen", m.in.borne_by_others.raw())
        .number("cases", m.in.cases)
        .number("corridor_fen", m.corridor.raw())
        .number("deposit_fen", m.deposit.raw())
        .number("final_fen", m.final_amount.raw())
        .number("points_e4", m.in.points.raw())
        .number("prepaid_fen", m.in.prepaid.raw())
        .number("quality_score_e8", m.in.quality.raw())
        .number("released_fen", m.released.raw())
        .number("settled_fen", m.settled.raw())
        .number("target_fen", m.target.raw())
        .number("topup_fen", m.topup.raw());
    if (m.usage) totals.number("usage_e8", m.usage->raw());
    if (m.band) totals.number("band", static_cast<std::int64_t>(*m.band));
    return totals.str();
}

std::string shares_json(const StatementHead& head, const SharedYear& year) {
    std::vector<std::string> out;
    for (const MemberShare& m : year.members) {
        if (head.party != year.consortium_id && head.party != m.institution_id) continue;
        out.push_back(json::Object()
                          .number("amount_fen", m.amount.raw())
                          .text("institution_id", m.institution_id)
                          .number("staff_fen", m.staff.raw())
                          .number("weight_e4", m.weight.raw())
                          .str());
    }
    return json::array(out);
}

std::string items_json(const SharedYear& year) {
    std::vector<std::string> out;
    for (const YearItem& item : year.items) {
        out.push_back(json::Object()
                          .text("code", item.code)
                          .text("kind", item.kind)
                          .text("source", item.source)
                          .number(item.kind == "WEIGHT" ? "weight_e4" : "amount_fen", item.value)
                          .str());
    }
    return json::array(out);
}

std::string sharing_json(const SharedYear& y) {
    return json::Object()
        .number("benchmark_fen", y.in.benchmark.raw())
        .number("capped", y.result.capped ? 1 : 0)
        .number("contribution_fen", y.result.contribution.raw())
        .number("excluded_fen", y.in.excluded.raw())
        .number("expenditure_fen", y.in.expenditure.raw())
        .number("final_rate_e8", y.result.final_rate.raw())
        .number("members", y.in.members)
        .number("min_rate_e8", y.result.min_rate.raw())
        .text("outcome", name_of(y.result.outcome))
        .number("quality_score_e8", y.in.quality.raw())
        .number("reward_fen", y.result.reward.raw())
        .number("surplus_fen", y.result.surplus.raw())
        .number("surplus_rate_e8", y.result.surplus_rate.raw())
        .str();
}

}  // namespace

std::string pool_year_statement(const StatementHead& head, const PoolTermsOfYear& terms,
                                const PoolYear& year, const MemberYear& member,
                                std::vector<YearMonth> months) {
    return json::Object()
               .raw("dispute", dispute_json(head))
               .raw("header", statement_header(head, "[]"))
               .raw("months", months_json(std::move(months), false))
               .raw("pool", pool_json(terms, year))
               .raw("totals", member_json(member))
               .str() +
           '\n';
}

Outcome<SharedYear> share_consortium_year(const policy::billing::Sharing& rules,
                                          const std::string& consortium_id,
                                          const ConsortiumYear& year, std::vector<YearItem> items) {
    const auto result = share_year(rules, year);
    if (!result.ok()) return result.refusal();
    SharedYear shared{consortium_id, year, *result, {}, std::move(items)};
    std::ranges::sort(shared.items, {}, [](const YearItem& i) {
        return std::tie(i.kind, i.code, i.source, i.value);
    });
    std::vector<MemberWeight> weights;
    for (const YearItem& item : shared.items) {
        if (item.kind == "WEIGHT") weights.push_back({item.code, Points::of_raw(item.value)});
    }
    const Fen amount = result->reward + result->contribution;  // one of them is 0
    if (amount.is_zero()) return shared;
    const auto parts = share_members(amount, weights);
    if (!parts.ok()) return parts.refusal();
    for (std::size_t i = 0; i < weights.size(); ++i) {
        Fen staff;
        if (!result->reward.is_zero()) {
            staff = split(SplitKind::kApprovedSurplusToStaff, (*parts)[i], rules.staff_rate).part;
        }
        shared.members.push_back(
            {weights[i].institution_id, weights[i].weight, (*parts)[i], staff});
    }
    return shared;
}

Posting shared_year_posting(const SharedYear& year) {
    std::vector<PartyAmount> members;
    std::vector<PartyAmount> staff;
    const bool rewarded = !year.result.reward.is_zero();
    for (const MemberShare& m : year.members) {
        members.push_back({m.institution_id, m.amount - m.staff});
        staff.push_back({m.institution_id, m.staff});
    }
    return rewarded ? surplus_rewarded(year.consortium_id, members, staff)
                    : overspend_shared(year.consortium_id, members);
}

std::string consortium_year_statement(const StatementHead& head, const SharedYear& year,
                                      std::vector<YearMonth> months) {
    return json::Object()
               .raw("dispute", dispute_json(head))
               .raw("header", statement_header(head, "[]"))
               .raw("items", items_json(year))
               .raw("members", shares_json(head, year))
               .raw("months", months_json(std::move(months), true))
               .raw("totals", sharing_json(year))
               .str() +
           '\n';
}

}  // namespace yilian::billing
