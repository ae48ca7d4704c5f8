#include <algorithm>

#include "services/billing/domain/supervision_conditions.h"

// Conditions on an institution beside its peers: upcoding, readmission, list quality, spread, and
// the compliance figures. Comparisons are exact: fractions are multiplied out in 128 bits.
namespace yilian::billing::supervision {
namespace {

using amount::checked_mul;
using amount::Int128;

// part / whole > rate, exactly.
bool above(Int128 part, Int128 whole, Rate rate) {
    return checked_mul(part, Int128{Rate::kUnit}) > checked_mul(whole, Int128{rate.raw()});
}

std::vector<const CaseFact*> of_month(const std::vector<const CaseFact*>& cases,
                                      const std::function<bool(const CaseFact&)>& counts) {
    std::vector<const CaseFact*> out;
    for (const CaseFact* c : cases) {
        if (c->in_month && counts(*c)) out.push_back(c);
    }
    return out;
}

bool grouped(const CaseFact& c) { return !c.group_code.empty(); }

// Of the groups with a severe and a lighter form the share that went into the severe one.
void severe_share(View& view) {
    const std::vector<std::string>& suffixes = view.rule.words("suffixes");
    for (const auto& [institution, all] : view.of_institution) {
        const auto cases = of_month(all, grouped);
        const auto count = static_cast<std::int64_t>(cases.size());
        if (count < view.rule.number("min_cases")) continue;
        const auto severe = std::ranges::count_if(cases, [&](const CaseFact* c) {
            return std::ranges::any_of(
                suffixes, [&](const std::string& s) { return c->group_code.ends_with(s); });
        });
        if (!above(severe, count, view.rule.rate("max_rate"))) continue;
        view.hit_institution(
            institution, "",
            {{"severe_cases", std::to_string(severe)}, {"cases", std::to_string(count)}});
    }
}

void cmi_jump(View& view) {
    const Rate most = view.rule.rate("max_rate");
    const std::int64_t least = view.rule.number("min_cases");
    for (const auto& [institution, cases] : view.of_institution) {
        std::int64_t counts[2] = {0, 0};
        Points points[2];
        for (const CaseFact* c : cases) {
            if (!grouped(*c)) continue;
            ++counts[c->in_month ? 1 : 0];
            points[c->in_month ? 1 : 0] += c->points;
        }
        if (counts[0] < least || counts[1] < least || points[0].is_zero()) continue;
        // (now / n1) / (before / n0) > most
        if (!above(checked_mul(Int128{points[1].raw()}, Int128{counts[0]}),
                   checked_mul(Int128{points[0].raw()}, Int128{counts[1]}), most)) {
            continue;
        }
        view.hit_institution(institution, "",
                             {{"points_e4", std::to_string(points[1].raw())},
                              {"cases", std::to_string(counts[1])},
                              {"points_before_e4", std::to_string(points[0].raw())},
                              {"cases_before", std::to_string(counts[0])}});
    }
}

struct Share {
    std::string institution;
    std::int64_t part = 0;
    std::int64_t whole = 0;
};
bool smaller(const Share& a, const Share& b) {
    const auto left = checked_mul(Int128{a.part}, Int128{b.whole});
    const auto right = checked_mul(Int128{b.part}, Int128{a.whole});
    return left != right ? left < right : a.institution < b.institution;
}

// Discharges followed by another admission of the resident within the days, at any institution.
std::int64_t readmissions(const View& view, const std::vector<const CaseFact*>& cases) {
    const std::int64_t days = view.rule.number("days");
    return std::ranges::count_if(cases, [&](const CaseFact* c) {
        const auto& own = view.of_resident.at(c->resident_id);
        return std::ranges::any_of(own, [&](const CaseFact* next) {
            if (next == c || !next->is_stay() || c->readmission_planned) return false;
            const int gap = calendar::days_between(c->discharged_on, next->admitted_on);
            return next->admitted_at >= c->discharged_at && gap <= days;
        });
    });
}

void readmission_rate(View& view) {
    std::vector<Share> shares;
    for (const auto& [institution, all] : view.of_institution) {
        const auto cases = of_month(all, [](const CaseFact& c) { return c.type == "INPATIENT"; });
        const auto count = static_cast<std::int64_t>(cases.size());
        if (count < view.rule.number("min_cases")) continue;
        shares.push_back({institution, readmissions(view, cases), count});
    }
    if (static_cast<std::int64_t>(shares.size()) < view.rule.number("min_peers")) return;
    std::ranges::sort(shares, smaller);
    // Nearest rank: the smallest value with at least the percentile of the peers at or below it.
    const std::int64_t rank =
        amount::muldiv(static_cast<std::int64_t>(shares.size()), view.rule.rate("percentile").raw(),
                       Rate::kUnit, amount::Rounding::kUp);
    const Share& border = shares[static_cast<std::size_t>(std::max<std::int64_t>(rank, 1) - 1)];
    for (const Share& s : shares) {
        const auto own = checked_mul(Int128{s.part}, Int128{border.whole});
        if (own <= checked_mul(Int128{border.part}, Int128{s.whole})) continue;
        view.hit_institution(s.institution, "",
                             {{"readmissions", std::to_string(s.part)},
                              {"discharges", std::to_string(s.whole)},
                              {"border_readmissions", std::to_string(border.part)},
                              {"border_discharges", std::to_string(border.whole)}});
    }
}

void quality(View& view, std::int64_t QualityFact::*part, std::string_view name) {
    for (const QualityFact& q : view.facts.quality) {
        if (q.received < view.rule.number("min_cases")) continue;
        const auto reached = checked_mul(Int128{q.*part}, Int128{Rate::kUnit});
        const auto wanted =
            checked_mul(Int128{q.received}, Int128{view.rule.rate("min_rate").raw()});
        if (reached >= wanted) continue;
        view.hit_institution(q.institution_id, "",
                             {{std::string(name), std::to_string(q.*part)},
                              {"received", std::to_string(q.received)}});
    }
}
void accepted_rate(View& view) { quality(view, &QualityFact::accepted, "accepted"); }
void entry_rate(View& view) { quality(view, &QualityFact::in_time, "in_time"); }

struct Cost {
    std::int64_t cases = 0;
    Int128 total = 0;
};

// Mean cost of a group at an institution against the means of the others: (n·x − S)² > k²·(n·Q −
// S²) with S and Q the sums of the peers' means and of their squares.
void spread_of_group(View& view, const std::string& group,
                     const std::map<std::string, Cost>& by_institution) {
    const std::int64_t sigma = view.rule.number("sigma");
    for (const auto& [institution, cost] : by_institution) {
        Int128 n = 0;
        Int128 sum = 0;
        Int128 squares = 0;
        for (const auto& [other, c] : by_institution) {
            if (other == institution) continue;
            // Whole yuan: a mean of fen squared over many peers would leave no room in 128 bits.
            const Int128 mean = c.total / c.cases / 100;
            n += 1;
            sum += mean;
            squares += checked_mul(mean, mean);
        }
        if (n < view.rule.number("min_peers")) continue;
        const Int128 own = cost.total / cost.cases / 100;
        const Int128 distance = checked_mul(n, own) - sum;
        const Int128 variance = checked_mul(n, squares) - checked_mul(sum, sum);
        if (checked_mul(distance, distance) <= checked_mul(Int128{sigma} * sigma, variance)) {
            continue;
        }
        view.hit_institution(institution, group,
                             {{"group", group},
                              {"mean_yuan", amount::to_text(own)},
                              {"peer_mean_yuan", amount::to_text(sum / n)},
                              {"peers", amount::to_text(n)}});
    }
}

void spread(View& view) {
    std::map<std::string, std::map<std::string, Cost>> groups;
    for (const CaseFact* c : view.cases) {
        if (!c->in_month || !grouped(*c)) continue;
        Cost& cost = groups[c->group_code][c->institution_id];
        ++cost.cases;
        cost.total += c->total.raw();
    }
    for (auto& [group, by_institution] : groups) {
        std::erase_if(by_institution, [&](const auto& entry) {
            return entry.second.cases < view.rule.number("min_cases");
        });
        spread_of_group(view, group, by_institution);
    }
}

void out_of_catalogue(View& view) {
    const Rate most = view.facts.out_of_catalogue_max.value_or(view.rule.rate("max_rate"));
    for (const auto& [institution, cases] : view.of_institution) {
        Int128 own = 0;
        Int128 all = 0;
        for (const CaseFact* c : cases) {
            if (!c->in_month) continue;
            own += c->self_paid.raw();
            all += c->total.raw();
        }
        if (!above(own, all, most)) continue;
        view.hit_institution(institution, "",
                             {{"self_paid_fen", amount::to_text(own)},
                              {"total_fen", amount::to_text(all)},
                              {"max_rate", most.text()}});
    }
}

}  // namespace

std::vector<Condition> peer_conditions() {
    const Input cases = Input::kCases;
    const Input lists = Input::kLists;
    return {{"SEVERE_SHARE",
             "upcoding",
             cases,
             {{"suffixes", Kind::kWords}, {"max_rate", Kind::kRate}, {"min_cases", Kind::kNumber}},
             severe_share},
            {"CMI_JUMP",
             "upcoding",
             cases,
             {{"max_rate", Kind::kRate}, {"min_cases", Kind::kNumber}},
             cmi_jump},
            {"READMISSION_RATE",
             "readmission",
             cases,
             {{"days", Kind::kNumber},
              {"percentile", Kind::kRate},
              {"min_cases", Kind::kNumber},
              {"min_peers", Kind::kNumber}},
             readmission_rate},
            {"ACCEPTED_RATE",
             "list_quality",
             lists,
             {{"min_rate", Kind::kRate}, {"min_cases", Kind::kNumber}},
             accepted_rate},
            {"ENTRY_RATE",
             "list_quality",
             lists,
             {{"min_rate", Kind::kRate}, {"min_cases", Kind::kNumber}},
             entry_rate},
            {"SPREAD",
             "spread",
             cases,
             {{"sigma", Kind::kNumber}, {"min_cases", Kind::kNumber}, {"min_peers", Kind::kNumber}},
             spread},
            {"OUT_OF_CATALOGUE_SHARE",
             "compliance",
             lists,
             {{"max_rate", Kind::kRate}},
             out_of_catalogue}};
}

}  // namespace yilian::billing::supervision
