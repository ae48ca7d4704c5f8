#include "services/cli/arithmetic.h"

#include <algorithm>

#include "fmt/format.h"
#include "libs/amount/int128.h"
#include "libs/amount/rounding.h"
#include "services/billing/domain/points.h"
#include "services/billing/domain/settlement.h"
#include "services/cli/money_text.h"

namespace yilian::cli {
namespace {

namespace v1 = billing::v1;
using amount::Fen;
using amount::Points;
using amount::Rate;

std::string mode_name(amount::Rounding mode) { return std::string(amount::name_of(mode)); }

Sum base_sum(const policy::billing::Drg& drg, const v1::Scoring& s) {
    return {"base points",
            "round(group average × scale ÷ average of all)",
            fmt::format("{} × {} ÷ {}", yuan_text(s.group_average_fen()), drg.points_scale,
                        yuan_text(drg.mean_fen.raw())),
            mode_name(drg.rounding.points),
            "drg.rounding.points",
            billing::drg_base_points(drg, Fen::of_raw(s.group_average_fen())).raw(),
            s.base_points_e4(),
            "e4"};
}

// A stay that cost less than `low` of the average is paid by what it cost.
Sum incomplete_sum(const policy::billing::Drg& drg, const v1::Case& c) {
    const v1::Scoring& s = c.scoring();
    const Points base = Points::of_raw(s.base_points_e4());
    const Points by_cost = amount::multiply_ratio(base, c.total_fen(), s.group_average_fen(),
                                                  drg.rounding.case_points);
    return {"points",
            "min(base, round(base × cost ÷ group average))",
            fmt::format("{} × {} ÷ {}", points_text(s.base_points_e4()), yuan_text(c.total_fen()),
                        yuan_text(s.group_average_fen())),
            mode_name(drg.rounding.case_points),
            "drg.rounding.case_points",
            std::min(base, by_cost).raw(),
            s.points_e4(),
            "e4"};
}

Sum points_sum(const policy::billing::Drg& drg, const v1::Scoring& s) {
    return {"points",
            "round(base × D × K)",
            fmt::format("{} × {} × {}", points_text(s.base_points_e4()), rate_text(s.d_e8()),
                        rate_text(s.k_e8())),
            mode_name(drg.rounding.case_points),
            "drg.rounding.case_points",
            amount::product_over({s.base_points_e4(), s.d_e8(), s.k_e8()}, amount::kTenTo16,
                                 drg.rounding.case_points),
            s.points_e4(),
            "e4"};
}

Sum difference(std::string name, std::string formula, const v1::Benefit& b, std::int64_t from,
               std::int64_t recorded) {
    return {std::move(name),
            std::move(formula),
            fmt::format("{} − {} − {} − {}", yuan_text(from), yuan_text(b.basic_fen()),
                        yuan_text(b.serious_fen()), yuan_text(b.aid_fen())),
            "",
            "",
            from - b.basic_fen() - b.serious_fen() - b.aid_fen(),
            recorded,
            "fen"};
}

std::int64_t number(const nlohmann::json& of, const char* name) {
    return of.at(name).get<std::int64_t>();
}

// What a pool itself bears: the basic part of its DRG cases and of corrections.
Fen audited_of(const nlohmann::json& statement, const nlohmann::json& pool) {
    std::int64_t sum = 0;
    for (const auto& c : statement.at("cases")) {
        if (c.at("pool_id") == pool.at("pool_id") && c.at("method") == "DRG") {
            sum += number(c, "basic_fen");
        }
    }
    for (const auto& c : statement.at("corrections")) {
        if (c.at("pool_id") == pool.at("pool_id")) sum += number(c, "basic_fen");
    }
    return Fen::of_raw(sum);
}

}  // namespace

std::vector<Sum> score_sums(const policy::billing::Drg& drg, const v1::Case& scored) {
    const v1::Scoring& s = scored.scoring();
    std::vector<Sum> sums;
    const bool grouped = scored.grouping().status() == v1::GROUP_STATUS_GROUPED;
    if (grouped) sums.push_back(base_sum(drg, s));
    if (grouped && s.deviation() == v1::DEVIATION_FLAG_INCOMPLETE) {
        sums.push_back(incomplete_sum(drg, scored));
    } else {
        sums.push_back(points_sum(drg, s));
    }
    return sums;
}

std::vector<Sum> benefit_sums(const policy::billing::Benefit& benefit, const v1::Case& paid) {
    const v1::Benefit& b = paid.benefit();
    const Fen above = Fen::of_raw(b.in_policy_fen() - b.deductible_fen());
    const Fen covered = amount::multiply(above, Rate::of_raw(b.ratio_e8()), benefit.rounding.basic);
    Sum basic{"basic insurance",
              "round((in policy − deductible) × ratio)",
              fmt::format("({} − {}) × {}", yuan_text(b.in_policy_fen()),
                          yuan_text(b.deductible_fen()), rate_text(b.ratio_e8())),
              mode_name(benefit.rounding.basic),
              "benefit.rounding.basic",
              covered.raw(),
              b.basic_fen(),
              "fen"};
    if (b.basic_fen() < covered.raw()) {
        // The year's cap was reached; how much of it was left is not part of the case.
        basic.formula += ", at most what is left of the year's cap";
        basic.parameter = "benefit.basic_cap_fen";
        basic.result = b.basic_fen();
    }
    return {std::move(basic),
            difference("personal part in policy", "in policy − basic − serious − aid", b,
                       b.in_policy_fen(), b.personal_in_policy_fen()),
            difference("personal part", "total − basic − serious − aid", b, paid.total_fen(),
                       b.personal_total_fen())};
}

std::vector<Sum> pool_sums(const policy::billing::Run& run, const nlohmann::json& statement,
                           const nlohmann::json& pool) {
    policy::billing::PoolRates rates;
    rates.payment_ratio = Rate::of_raw(number(pool, "payment_ratio_e8"));
    rates.prepay_rate = Rate::of_raw(number(pool, "prepay_rate_e8"));
    rates.v_bud_num = number(pool, "value_num");
    rates.v_bud_den = number(pool, "value_den");
    const Fen carried = Fen::of_raw(number(pool, "carried_in_fen"));
    const std::int64_t points = number(pool, "points_e4");
    Sum money;
    billing::MonthPrepay month;
    if (run.prepay_basis == policy::billing::PrepayBasis::kPoints) {
        month = billing::prepay_by_points(run, rates, Points::of_raw(points), carried);
        money.formula = "round(points × value × payment ratio) + carried in";
        money.values = fmt::format("{} × {}/{} × {} + {}", points_text(points), rates.v_bud_num,
                                   rates.v_bud_den, rate_text(rates.payment_ratio.raw()),
                                   yuan_text(carried.raw()));
        money.rounding = mode_name(run.rounding.point_money);
        money.parameter = "run.rounding.point_money";
    } else {
        const Fen audited = audited_of(statement, pool);
        month = billing::prepay_by_audit(run, rates, audited, carried);
        money.formula = "audited fund part + carried in";
        money.values = fmt::format("{} + {}", yuan_text(audited.raw()), yuan_text(carried.raw()));
        money.parameter = "run.prepay_basis";
    }
    money.name = "money of the month";
    money.unit = "fen";
    money.result = month.money.raw();
    money.recorded = number(pool, "money_fen");
    return {
        money,
        {"prepay", "round(money × prepay rate), at least 0",
         fmt::format("{} × {}", yuan_text(month.money.raw()), rate_text(rates.prepay_rate.raw())),
         mode_name(run.rounding.prepay), "run.rounding.prepay", month.prepay.raw(),
         number(pool, "prepay_fen"), "fen"},
        {"carried out", "what is below 0", yuan_text(month.money.raw()), "", "",
         month.carried.raw(), number(pool, "carried_out_fen"), "fen"}};
}

}  // namespace yilian::cli
