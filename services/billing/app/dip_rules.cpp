#include "services/billing/app/dip_rules.h"

#include <array>
#include <charconv>
#include <vector>

#include "services/billing/store/rule_pack_files.h"

namespace yilian::billing::app {
namespace {

using drg::PackTable;

constexpr std::array<std::string_view, 7> kCaseColumns{
    "case_id", "principal_dx", "procs", "total_fen", "expected_group", "expected_status", "why"};

// Below 100 yuan nothing is the average cost of a region's cases, and points could leave 64 bits.
constexpr std::int64_t kMinAverage = 10'000;

// "code@cost|code@cost". False when a piece is not of that form.
bool read_procedures(std::string_view text, std::vector<dip::UsedProcedure>& into) {
    into.clear();
    while (!text.empty()) {
        const auto bar = text.find('|');
        const std::string_view piece = text.substr(0, bar);
        const auto at = piece.find('@');
        if (at == 0 || at == std::string_view::npos) return false;
        const auto cost = amount::Fen::parse(piece.substr(at + 1));
        if (!cost.ok() || cost->is_negative()) return false;
        into.push_back({piece.substr(0, at), *cost});
        text = bar == std::string_view::npos ? std::string_view() : text.substr(bar + 1);
    }
    return true;
}

std::string_view status_of(const dip::GroupChoice& choice) {
    if (choice.group == nullptr) return "BLANK";
    return choice.group->points.is_zero() ? "ACTUAL_COST" : "SCORED";
}

}  // namespace

Outcome<RulesPtr> load_dip(const std::filesystem::path& folder, LoadedRules rules) {
    std::vector<std::string_view> names{"coefficients.csv", "dx_limits.csv"};
    for (const auto& tables :
         {dip::RulePack::required_tables(), dip::RulePack::optional_tables()}) {
        names.insert(names.end(), tables.begin(), tables.end());
    }
    const auto files = read_pack_tables(folder, names);
    if (!files.ok()) return Refusal{"NOT_FOUND", {{"folder", folder.filename().string()}}};
    auto pack = dip::RulePack::build(files->tables);
    if (!pack.ok()) return pack.refusal();
    rules.dip = *pack;
    rules.version = rules.dip->version();
    rules.digest = files->digest;
    rules.rule_count = static_cast<std::int64_t>(rules.dip->catalogue(true).groups().size());
    return RulesPtr(std::make_shared<const LoadedRules>(std::move(rules)));
}

Outcome<std::int64_t> check_dip_cases(std::string_view cases, const LoadedRules& rules,
                                      const policy::billing::Dip& dip) {
    const dip::Grouper grouper(dip, rules.dip->catalogue(true));
    PackTable table("cases.csv", cases, kCaseColumns);
    std::vector<dip::UsedProcedure> used;
    std::int64_t count = 0;
    while (table.next()) {
        const auto total = amount::Fen::parse(table.text(3));
        if (!read_procedures(table.text(2), used)) table.fail("procs", "not code@cost");
        if (!total.ok() || total->is_negative()) table.fail("total_fen", "not a quantity");
        if (table.problem()) break;
        const auto choice =
            grouper.choose(table.required(1),
                           dip::treatment_of(dip, rules.dip->procedures(), used, *total), *total);
        if (choice.code() != table.text(4) || status_of(choice) != table.text(5)) {
            table.fail("expected_group", "the catalogue groups this case otherwise");
        }
        ++count;
    }
    if (table.problem()) return *table.problem();
    return count;
}

std::optional<Refusal> scale_problem(const policy::billing::Dip& dip, const LoadedRules& rules) {
    if (dip.points_scale != rules.dip->points_scale()) {
        return Refusal{"RULES_NOT_LOADED",
                       {{"version", rules.version},
                        {"points_scale", std::to_string(rules.dip->points_scale())},
                        {"problem", "the district counts points of another scale"}}};
    }
    if (dip.blank.mean_fen.raw() < kMinAverage) {
        return Refusal{
            "RULES_NOT_LOADED",
            {{"key", "body.dip.blank.mean_fen"}, {"problem", "no average of all cases"}}};
    }
    return std::nullopt;
}

}  // namespace yilian::billing::app
