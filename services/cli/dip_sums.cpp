#include "services/cli/dip_sums.h"

#include "fmt/format.h"
#include "services/billing/domain/dip/score.h"
#include "services/cli/money_text.h"

namespace yilian::cli {
namespace {

namespace v1 = billing::v1;
using amount::Fen;
using amount::Points;
using amount::Rate;

std::string mode_name(amount::Rounding mode) { return std::string(amount::name_of(mode)); }

Sum blank_sum(const policy::billing::Dip& dip, const v1::Case& c) {
    const Rate k = Rate::of_raw(c.scoring().k_e8());
    return {"points of a blank group",
            "round(factor × scale × cost ÷ average of all)",
            fmt::format("{} × {} × {} ÷ {}", rate_text(dip.blank.factor.raw()), dip.points_scale,
                        yuan_text(c.total_fen()), yuan_text(dip.blank.mean_fen.raw())),
            mode_name(dip.rounding.points),
            "dip.rounding.points",
            billing::dip::blank_points(dip, Fen::of_raw(c.total_fen()), k).raw(),
            c.scoring().points_e4(),
            "e4"};
}

Sum deviation_sum(const policy::billing::Dip& dip, const v1::Scoring& s,
                  const billing::dip::DeviationResult& d, std::int64_t cost) {
    return {"deviation",
            fmt::format("band {}: a + b × cost ÷ reference + c × K", d.band + 1),
            fmt::format("{} ÷ {}", yuan_text(cost), yuan_text(s.group_average_fen())),
            mode_name(dip.rounding.deviation),
            "dip.rounding.deviation",
            d.d.raw(),
            s.d_e8(),
            "e8"};
}

}  // namespace

std::vector<Sum> dip_sums(const policy::billing::Dip& dip, const v1::Case& c) {
    const v1::Scoring& s = c.scoring();
    if (c.special_case().state() == v1::SPECIAL_CASE_STATE_ACCEPTED) return {};
    if (c.grouping().status() == v1::GROUP_STATUS_BLANK) return {blank_sum(dip, c)};
    if (c.grouping().status() != v1::GROUP_STATUS_GROUPED) return {};
    std::vector<Sum> sums;
    Rate multiplied = Rate::of_raw(s.k_e8());
    if (s.group_average_fen() > 0) {
        const auto d = billing::dip::deviation_of(dip, Fen::of_raw(c.total_fen()),
                                                  Fen::of_raw(s.group_average_fen()), multiplied);
        sums.push_back(deviation_sum(dip, s, d, c.total_fen()));
        if (!d.multiply_k) multiplied = Rate::whole(1);
    }
    sums.push_back(
        {"points", "round(base × D × K × A)",
         fmt::format("{} × {} × {} × {}", points_text(s.base_points_e4()), rate_text(s.d_e8()),
                     rate_text(multiplied.raw()), rate_text(s.aux_e8())),
         mode_name(dip.rounding.points), "dip.rounding.points",
         billing::dip::case_points(dip, Points::of_raw(s.base_points_e4()), Rate::of_raw(s.d_e8()),
                                   multiplied, Rate::of_raw(s.aux_e8()))
             .raw(),
         s.points_e4(), "e4"});
    return sums;
}

}  // namespace yilian::cli
