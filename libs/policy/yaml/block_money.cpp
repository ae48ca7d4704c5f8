#include <fmt/format.h>

#include <algorithm>

#include "libs/policy/yaml/block_parts.h"

// Capitation, settlement, sharing, benefit and allocation (billing.md 3, 7, 8, 9).
namespace yilian::policy::block_parts {
namespace {

using namespace billing;  // NOLINT(google-build-using-namespace)

constexpr Rate kDepositCeiling = amount::rate_of_bp(500);  // billing.md 8.5, K

std::vector<CurvePoint> read_curve(Fields& fields) {
    std::vector<CurvePoint> curve;
    Problems& problems = fields.problems();
    fields.each("min_rate_curve", [&](const Node& item, const std::string& where) {
        if (item.kind != Node::Kind::kList || item.items.size() != 2) {
            refuse(problems, item, "POLICY_TYPE", where, "[members, \"rate\"] is needed");
            return;
        }
        const auto members = read_integer(item.items[0], where, 1, 1'000'000'000, problems);
        const auto rate = read_rate(item.items[1], where, kRateZero, kRateOne, problems);
        if (!members || !rate) return;
        if (!curve.empty() && *members <= curve.back().members) {
            refuse(problems, item, "POLICY_VALUE", where, "members rise from point to point");
            return;
        }
        curve.push_back({*members, *rate});
    });
    const Node* list = fields.node().find("min_rate_curve");
    if (list != nullptr && list->kind == Node::Kind::kList && list->items.empty()) {
        refuse(problems, *list, "POLICY_VALUE", fields.where("min_rate_curve"),
               "at least one point");
    }
    return curve;
}

void read_overspend(const Node& node, Sharing& sharing, Problems& problems) {
    Fields fields(node, "body.sharing.overspend", problems);
    auto& overspend = sharing.overspend;
    overspend.min_rate_curve = read_curve(fields);
    overspend.mode = fields.choice<OverspendMode>(
        "mode", {{"fixed", OverspendMode::kFixed}, {"complement", OverspendMode::kComplement}});
    overspend.rate = fields.unit_rate("rate");
    overspend.floor = fields.unit_rate("floor");
    overspend.ceiling = fields.unit_rate("ceiling");
    overspend.cap_rate = fields.unit_rate("cap_rate");
    if (overspend.floor > overspend.ceiling) {
        refuse(problems, node, "POLICY_VALUE", fields.where("floor"), "floor is above ceiling");
    }
}

void read_serious_bands(Fields& fields, Benefit& benefit) {
    Problems& problems = fields.problems();
    auto& bands = benefit.serious.bands;
    const Node* last = nullptr;
    fields.each("bands", [&](const Node& item, const std::string& where) {
        Fields b(item, where, problems);
        SeriousBand band{b.fen("from_fen"), b.fen_or_null("to_fen"), b.unit_rate("rate")};
        if (!bands.empty()) {
            const auto& end = bands.back().to_fen;
            if (!end || band.from_fen < *end) {
                refuse(problems, item, "POLICY_BAND_OVERLAP", where,
                       "begins inside the band before");
            } else if (band.from_fen > *end) {
                refuse(problems, item, "POLICY_BAND_GAP", where,
                       "begins after the band before ends");
            }
        }
        if (band.to_fen && *band.to_fen <= band.from_fen) {
            refuse(problems, item, "POLICY_BAND_OVERLAP", where, "ends before it begins");
        }
        bands.push_back(band);
        last = &item;
    });
    if (last != nullptr && bands.back().to_fen) {
        refuse(problems, *last, "POLICY_BAND_GAP", fields.where("bands"), "the last band is open");
    }
}

AidClass read_aid_class(const Node& node, const std::string& where, Problems& problems) {
    Fields fields(node, where, problems);
    AidClass aid;
    aid.deductible_fen = fields.fen("deductible_fen");
    aid.ratio = fields.unit_rate("ratio");
    aid.cap_fen = fields.fen_or_null("cap_fen");
    aid.serious_threshold_factor = fields.unit_rate("serious_threshold_factor");
    aid.serious_rate_add = fields.unit_rate("serious_rate_add");
    return aid;
}

// Levels in the order of their codes: the ratio falls and the deductible rises (billing.md 9.2).
void check_levels(const Node& node, const Benefit& benefit, const BlockBounds& bounds,
                  Problems& problems, Problems& warnings) {
    const Node* levels = node.find("levels");
    if (levels == nullptr) return;
    if (benefit.levels.empty()) {
        refuse(problems, *levels, "POLICY_VALUE", "body.benefit.levels", "at least one level");
        return;
    }
    for (auto above = std::next(benefit.levels.begin()); above != benefit.levels.end(); ++above) {
        const auto below = std::prev(above);
        const Node& at = *levels->find(above->first);
        const std::string where = "body.benefit.levels." + above->first;
        if (above->second.ratio >= below->second.ratio) {
            refuse(warnings, at, "POLICY_VALUE", where,
                   fmt::format("the ratio does not fall from {}", below->first));
        }
        if (above->second.deductible_fen <= below->second.deductible_fen) {
            refuse(warnings, at, "POLICY_VALUE", where,
                   fmt::format("the deductible does not rise from {}", below->first));
        }
        const Rate step = below->second.ratio - above->second.ratio;
        if (!bounds.level_gap_min.is_zero() && step < bounds.level_gap_min) {
            refuse(problems, at, "POLICY_BELOW_FLOOR", where,
                   fmt::format("the step from {} is {}, at least {} is needed", below->first,
                               step.text(), bounds.level_gap_min.text()));
        }
    }
}

}  // namespace

Capitation read_capitation(const Node& node, Problems& problems) {
    Fields fields(node, "body.capitation", problems);
    Capitation out;
    out.member_month =
        fields.choice<MemberMonth>("member_month", {{"day_share", MemberMonth::kDayShare},
                                                    {"named_day", MemberMonth::kNamedDay},
                                                    {"month_end", MemberMonth::kMonthEnd}});
    out.named_day = static_cast<unsigned>(fields.integer("named_day", 1, 31));
    out.age_on = fields.choice<AgeOn>("age_on", {{"month_first_day", AgeOn::kMonthFirstDay},
                                                 {"year_first_day", AgeOn::kYearFirstDay}});
    out.prepay_rate = fields.unit_rate("prepay_rate");
    if (const Node* rounding = fields.required("rounding")) {
        Fields r(*rounding, "body.capitation.rounding", problems);
        out.rounding = {r.rounding("cell"), r.rounding("prepay")};
    }
    return out;
}

Settle read_settle(const Node& node, Problems& problems) {
    Fields fields(node, "body.settle", problems);
    Settle out;
    Corridor corridor;
    BandList bands(problems);
    fields.each("corridor", [&](const Node& item, const std::string& where) {
        Fields b(item, where, problems);
        bands.add(b);
        CorridorRule rule{};
        rule.kind = b.choice<CorridorKind>("kind", {{"actual", CorridorKind::kActual},
                                                    {"target", CorridorKind::kTarget},
                                                    {"share", CorridorKind::kShare}});
        rule.share = b.unit_rate("share");
        corridor.rules.push_back(rule);
    });
    if (!corridor.rules.empty()) {
        corridor.bands = bands.finish(*node.find("corridor"), fields.where("corridor"));
        out.corridor = std::move(corridor);
    }
    out.compensation_limit = fields.choice<CompensationLimit>(
        "compensation_limit",
        {{"reserve", CompensationLimit::kReserve}, {"none", CompensationLimit::kNone}});
    out.deposit_rate = fields.unit_rate("deposit_rate");
    if (out.deposit_rate > kDepositCeiling) {
        refuse(problems, *node.find("deposit_rate"), "POLICY_ABOVE_CEILING",
               fields.where("deposit_rate"), "at most 0.05");
    }
    if (const Node* rounding = fields.required("rounding")) {
        Fields r(*rounding, "body.settle.rounding", problems);
        out.rounding = {r.rounding("reserve"), r.rounding("corridor"), r.rounding("deposit"),
                        r.rounding("point_value")};
    }
    return out;
}

Sharing read_sharing(const Node& node, const BlockBounds& bounds, Problems& problems) {
    Fields fields(node, "body.sharing", problems);
    Sharing out;
    out.gate = fields.unit_rate("gate");
    out.scale_by_quality = fields.flag("scale_by_quality");
    const std::size_t before = problems.size();
    out.staff_rate = fields.unit_rate("staff_rate");
    if (problems.size() == before && out.staff_rate < bounds.staff_rate_min) {
        refuse(problems, *node.find("staff_rate"), "POLICY_BELOW_FLOOR", fields.where("staff_rate"),
               fmt::format("at least {}", bounds.staff_rate_min.text()));
    }
    if (const Node* surplus = fields.required("surplus")) {
        Fields s(*surplus, "body.sharing.surplus", problems);
        out.surplus.min_rate_curve = read_curve(s);
        out.surplus.first_unit = s.flag("first_unit");
        out.surplus.max_rate = s.unit_rate("max_rate");
        out.surplus.cap_rate = s.unit_rate("cap_rate");
    }
    if (const Node* overspend = fields.required("overspend")) {
        read_overspend(*overspend, out, problems);
    }
    if (const Node* rounding = fields.required("rounding")) {
        Fields r(*rounding, "body.sharing.rounding", problems);
        out.rounding = {r.rounding("reward"), r.rounding("contribution")};
    }
    return out;
}

Benefit read_benefit(const Node& node, const BlockBounds& bounds, Problems& problems,
                     Problems& warnings) {
    Fields fields(node, "body.benefit", problems);
    Benefit out;
    const std::size_t before = problems.size();
    fields.each_field(
        "levels", [&](const std::string& code, const Node& value, const std::string& where) {
            Fields level(value, where, problems);
            out.levels[code] = {level.fen("deductible_fen"), level.unit_rate("ratio")};
        });
    if (problems.size() == before) check_levels(node, out, bounds, problems, warnings);
    fields.each("ordinal_factors", [&](const Node& item, const std::string& where) {
        if (const auto f = read_rate(item, where, kRateZero, kRateOne, problems)) {
            out.ordinal_factors.push_back(*f);
        }
    });
    out.basic_cap_fen = fields.fen("basic_cap_fen");
    out.chain_mode = fields.choice<ChainMode>("chain_mode", {{"difference", ChainMode::kDifference},
                                                             {"cancelled", ChainMode::kCancelled}});
    out.county_level = fields.word("county_level");
    if (!out.county_level.empty() && !out.levels.contains(out.county_level)) {
        refuse(problems, *node.find("county_level"), "POLICY_VALUE", fields.where("county_level"),
               "is not one of the levels");
    }
    out.county_ratio_on_up = fields.flag("county_ratio_on_up");
    out.unfiled_penalty = fields.unit_rate("unfiled_penalty");
    if (const Node* serious = fields.required("serious")) {
        Fields s(*serious, "body.benefit.serious", problems);
        read_serious_bands(s, out);
        out.serious.cap_fen = s.fen("cap_fen");
    }
    fields.each_field("aid",
                      [&](const std::string& code, const Node& value, const std::string& where) {
                          out.aid[code] = read_aid_class(value, where, problems);
                      });
    for (const std::string& needed : bounds.aid_classes_needed) {
        if (node.find("aid") == nullptr || out.aid.contains(needed)) continue;
        refuse(problems, *node.find("aid"), "POLICY_KEY_MISSING", "body.benefit.aid." + needed,
               "billing.assistance.groups names this class");
    }
    if (out.ordinal_factors.empty() && node.find("ordinal_factors") != nullptr) {
        refuse(problems, *node.find("ordinal_factors"), "POLICY_VALUE",
               fields.where("ordinal_factors"), "at least one factor");
    }
    if (const Node* rounding = fields.required("rounding")) {
        Fields r(*rounding, "body.benefit.rounding", problems);
        out.rounding = {r.rounding("basic"), r.rounding("aid")};
    }
    return out;
}

Allocate read_allocate(const Node& node, Problems& problems) {
    Fields fields(node, "body.allocate", problems);
    Allocate out;
    out.amount_fen = fields.fen("amount_fen");
    out.share_rate = fields.unit_rate("share_rate");
    const std::size_t before = problems.size();
    Rate sum;
    fields.each("factors", [&](const Node& item, const std::string& where) {
        Fields f(item, where, problems);
        AllocateFactor factor{f.word("name"), f.unit_rate("weight")};
        const auto same = [&](const AllocateFactor& o) { return o.name == factor.name; };
        if (std::ranges::any_of(out.factors, same)) {
            refuse(problems, item, "POLICY_KEY_DUPLICATE", where, "this factor stands twice");
        }
        sum += factor.weight;
        out.factors.push_back(std::move(factor));
    });
    if (problems.size() == before && sum != kRateOne) {
        refuse(problems, *node.find("factors"), "POLICY_WEIGHTS_SUM", fields.where("factors"),
               fmt::format("weights add up to {}, not 1", sum.text()));
    }
    out.zero_denominator = fields.choice<ZeroDenominator>(
        "zero_denominator",
        {{"drop", ZeroDenominator::kDrop}, {"renormalise", ZeroDenominator::kRenormalise}});
    return out;
}

}  // namespace yilian::policy::block_parts
