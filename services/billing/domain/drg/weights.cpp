#include "services/billing/domain/drg/weights.h"

#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace yilian::billing::drg {
namespace {

using namespace std::string_view_literals;

// Bounds far outside any real cost within which every figure below fits 64 bits.
constexpr std::int64_t kMaxAverage = 1'000'000'000'000;
constexpr std::int64_t kMinAverageOfAll = 100;

template <class Quantity>
Quantity quantity(PackTable& table, std::size_t column) {
    const auto value = Quantity::parse(table.text(column));
    if (!value || value->is_negative()) {
        table.fail(table.column(column), "not a quantity");
        return {};
    }
    return *value;
}

}  // namespace

Outcome<Weights> Weights::build(const PackFiles& files, const RulePack& pack) {
    static constexpr std::array kColumns = {"drg"sv, "average_fen"sv, "rw"sv, "base_points"sv};
    const auto file = files.find("weights.csv");
    if (file == files.end()) {
        return Refusal{"RULES_TABLE_MALFORMED", {{"table", "weights.csv"}, {"problem", "missing"}}};
    }
    std::map<std::string_view, std::size_t> drgs;
    for (std::size_t i = 0; i < pack.drgs().size(); ++i) drgs[pack.drgs()[i].code] = i;

    Weights weights;
    weights.weights_.resize(pack.drgs().size());
    PackTable table("weights.csv", file->second, kColumns);
    while (table.next()) {
        const Weight w{quantity<amount::Fen>(table, 1), quantity<amount::Rate>(table, 2),
                       quantity<amount::Points>(table, 3)};
        if (w.average.raw() > kMaxAverage) table.fail("average_fen", "too large");
        if (table.row() == 2) {
            // First, so that every other row can be checked against it.
            if (table.text(0) != "*" || w.average.raw() < kMinAverageOfAll) {
                table.fail("drg", "no row for all");
            }
            weights.average_of_all_ = w.average;
        }
        if (table.problem()) break;
        const amount::Fen all = weights.average_of_all_;
        constexpr auto kMode = amount::Rounding::kHalfAway;
        if (w.relative != amount::ratio(w.average, all, kMode)) table.fail("rw", "not the ratio");
        if (w.base_points.raw() !=
            amount::muldiv(w.average.raw(), 100 * amount::Points::kUnit, all.raw(), kMode)) {
            table.fail("base_points", "not the ratio");
        }
        if (table.row() == 2) continue;
        const auto drg = drgs.find(table.text(0));
        if (drg == drgs.end()) {
            table.dangling("drg", table.text(0));
            break;
        }
        if (weights.weights_[drg->second]) table.fail("drg", "repeated key");
        weights.weights_[drg->second] = w;
    }
    if (table.row() < 2) table.fail("drg", "no row for all");
    if (table.problem()) return *table.problem();
    return weights;
}

}  // namespace yilian::billing::drg
