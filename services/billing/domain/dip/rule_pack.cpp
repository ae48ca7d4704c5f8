#include "services/billing/domain/dip/rule_pack.h"

#include <algorithm>
#include <array>
#include <utility>

namespace yilian::billing::dip {
namespace {

using drg::PackTable;
using namespace std::string_view_literals;

constexpr std::array kRequired{"pack.csv"sv, "catalogue.csv"sv, "procedures.csv"sv,
                               "diagnoses.csv"sv};
constexpr std::array kOptional{"reference.csv"sv, "complications.csv"sv, "tumour.csv"sv};

constexpr std::array kSwitchColumns{"key"sv, "value"sv};
// As `yilian dip build-catalogue` writes it; the figures in between are for people.
constexpr std::array kCatalogueColumns{
    "group_code"sv, "kind"sv,  "dx_key"sv,     "proc_expr"sv, "rank"sv, "points"sv, "ref_fen"sv,
    "basic_coef"sv, "cases"sv, "cases_kept"sv, "mean_fen"sv,  "rw"sv,   "cv"sv};
constexpr std::size_t kNeededColumns = 8;
constexpr std::array kProcedureColumns{"code"sv, "rank"sv, "excluded"sv, "level"sv};
constexpr std::array kDiagnosisColumns{"dx"sv};
constexpr std::array kReferenceColumns{"group_code"sv, "level"sv, "ref_fen"sv};
constexpr std::array kComplicationColumns{"dx"sv, "class"sv, "excluded_by"sv};
constexpr std::array kTumourColumns{"code"sv, "kind"sv};

// Bounds far outside any real figure, within which the points of every list that the service takes
// fit 64 bits: a reference of at least 100 yuan keeps cost / reference below 10^8.
constexpr std::int64_t kMaxPoints = 100'000 * Points::kUnit;
constexpr std::int64_t kMaxFen = 1'000'000'000'000;
constexpr std::int64_t kMinReference = 10'000;
constexpr std::int64_t kMaxCoefficient = 10 * Rate::kUnit;

template <class Quantity>
Quantity quantity(PackTable& table, std::size_t column, std::int64_t most) {
    const auto value = Quantity::parse(table.text(column));
    if (!value || value->is_negative()) {
        table.fail(table.column(column), "not a quantity");
        return {};
    }
    if (value->raw() > most) table.fail(table.column(column), "too large");
    return *value;
}

Fen reference(PackTable& table, std::size_t column) {
    const Fen value = quantity<Fen>(table, column, kMaxFen);
    if (!value.is_zero() && value.raw() < kMinReference) {
        table.fail(table.column(column), "neither 0 nor a cost");
    }
    return value;
}

template <class Enum, std::size_t N>
Enum one_of(PackTable& table, std::size_t column,
            const std::array<std::pair<std::string_view, Enum>, N>& names) {
    for (const auto& [name, value] : names) {
        if (name == table.text(column)) return value;
    }
    table.fail(table.column(column), "unknown word");
    return names.front().second;
}

constexpr std::array<std::pair<std::string_view, GroupKind>, 3> kKinds{
    {{"core", GroupKind::kCore},
     {"basic", GroupKind::kBasic},
     {"comprehensive", GroupKind::kComprehensive}}};
constexpr std::array<std::pair<std::string_view, ProcedureRank>, 5> kGroupRanks{
    {{"conservative", ProcedureRank::kConservative},
     {"diagnostic", ProcedureRank::kDiagnostic},
     {"therapeutic", ProcedureRank::kTherapeutic},
     {"interventional", ProcedureRank::kInterventional},
     {"surgery", ProcedureRank::kSurgery}}};
constexpr std::array<std::pair<std::string_view, ProcedureRank>, 4> kProcedureRanks{
    {{"diagnostic", ProcedureRank::kDiagnostic},
     {"therapeutic", ProcedureRank::kTherapeutic},
     {"interventional", ProcedureRank::kInterventional},
     {"surgery", ProcedureRank::kSurgery}}};

std::vector<std::string> pieces(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto bar = text.find('|');
        out.emplace_back(text.substr(0, bar));
        text = bar == std::string_view::npos ? ""sv : text.substr(bar + 1);
    }
    return out;
}

Group group_of(PackTable& table) {
    Group group;
    group.code = table.required(0);
    group.kind = one_of(table, 1, kKinds);
    group.dx_key = table.required(2);
    group.proc_expr = table.text(3);
    group.rank = one_of(table, 4, kGroupRanks);
    group.points = quantity<Points>(table, 5, kMaxPoints);
    group.ref_fen = reference(table, 6);
    if (!table.text(7).empty()) group.basic_coef = quantity<Rate>(table, 7, kMaxCoefficient);
    return group;
}

// Names the row that holds what the catalogue refuses.
Refusal with_row(Refusal refusal, const ByText<int>& rows) {
    for (const auto& [key, value] : refusal.metadata) {
        if (key != "group") continue;
        const auto row = rows.find(value);
        const std::string line = std::to_string(row == rows.end() ? 0 : row->second);
        refusal.metadata.emplace_back("row", line);
        break;
    }
    for (auto& [key, value] : refusal.metadata) {
        if (key == "table") value = "catalogue.csv";
    }
    return refusal;
}

}  // namespace

std::vector<std::string_view> RulePack::required_tables() {
    return {kRequired.begin(), kRequired.end()};
}

std::vector<std::string_view> RulePack::optional_tables() {
    return {kOptional.begin(), kOptional.end()};
}

Outcome<RulePackPtr> RulePack::build(const drg::PackFiles& files) {
    using Read = std::optional<Refusal> (RulePack::*)(std::string_view);
    static constexpr std::array<std::pair<std::string_view, Read>, 7> kReads{
        {{"pack.csv", &RulePack::read_switches},
         {"catalogue.csv", &RulePack::read_catalogue},
         {"procedures.csv", &RulePack::read_procedures},
         {"diagnoses.csv", &RulePack::read_diagnoses},
         {"reference.csv", &RulePack::read_references},
         {"complications.csv", &RulePack::read_complications},
         {"tumour.csv", &RulePack::read_tumours}}};
    std::shared_ptr<RulePack> pack(new RulePack);
    for (const auto& [name, read] : kReads) {
        const auto file = files.find(name);
        if (file != files.end()) {
            if (auto refusal = ((*pack).*read)(file->second)) return *std::move(refusal);
        } else if (std::ranges::find(kRequired, name) != kRequired.end()) {
            return Refusal{"RULES_TABLE_MALFORMED",
                           {{"table", std::string(name)}, {"problem", "missing"}}};
        }
    }
    return RulePackPtr(std::move(pack));
}

std::optional<Refusal> RulePack::read_switches(std::string_view text) {
    PackTable table("pack.csv", text, kSwitchColumns);
    std::vector<std::string> seen;
    while (table.next()) {
        const std::string key(table.required(0));
        if (std::ranges::find(seen, key) != seen.end()) table.fail("key", "stands twice");
        seen.push_back(key);
        if (key == "version") {
            version_ = table.required(1);
        } else if (key == "points_scale") {
            points_scale_ = table.integer(1);
            if (points_scale_ < 1) table.fail("value", "not a scale");
        } else if (key == "source") {
            source_ = table.text(1);
        } else {
            table.fail("key", "unknown word");
        }
    }
    if (version_.empty()) table.fail("key", "version is missing");
    if (points_scale_ == 0) table.fail("key", "points_scale is missing");
    return table.problem();
}

std::optional<Refusal> RulePack::read_catalogue(std::string_view text) {
    const auto header = text.substr(0, text.find('\n'));
    const bool built = header.find("cases_kept") != std::string_view::npos;
    PackTable table(
        "catalogue.csv", text,
        std::span(kCatalogueColumns).first(built ? kCatalogueColumns.size() : kNeededColumns));
    std::vector<Group> groups;
    ByText<int> rows;
    while (table.next()) {
        groups.push_back(group_of(table));
        if (!rows.try_emplace(groups.back().code, table.row()).second) {
            table.fail("group_code", "stands twice");
        }
    }
    if (groups.empty()) table.fail("group_code", "no groups");
    if (table.problem()) return table.problem();
    auto catalogue = Catalogue::of(groups);
    if (!catalogue.ok()) return with_row(catalogue.refusal(), rows);
    catalogue_ = std::move(catalogue).value();
    for (Group& group : groups) {
        if (group.kind == GroupKind::kBasic) group.kind = GroupKind::kCore;
        group.basic_coef.reset();
    }
    as_core_ = std::move(Catalogue::of(std::move(groups))).value();
    return std::nullopt;
}

std::optional<Refusal> RulePack::read_procedures(std::string_view text) {
    PackTable table("procedures.csv", text, kProcedureColumns);
    while (table.next()) {
        ProcedureFacts facts;
        facts.rank = one_of(table, 1, kProcedureRanks);
        facts.excluded = table.flag(2);
        facts.level = table.text(3);
        if (!procedures_.add(std::string(table.required(0)), std::move(facts))) {
            table.fail("code", "stands twice");
        }
    }
    return table.problem();
}

std::optional<Refusal> RulePack::read_diagnoses(std::string_view text) {
    PackTable table("diagnoses.csv", text, kDiagnosisColumns);
    while (table.next()) {
        if (!diagnoses_.try_emplace(std::string(table.required(0)), true).second) {
            table.fail("dx", "stands twice");
        }
    }
    return table.problem();
}

std::optional<Refusal> RulePack::read_references(std::string_view text) {
    PackTable table("reference.csv", text, kReferenceColumns);
    while (table.next()) {
        const auto group = table.required(0);
        if (catalogue_->find(group) == nullptr) table.dangling("group_code", group);
        auto& levels = tables_.references[std::string(group)];
        if (!levels.try_emplace(std::string(table.required(1)), reference(table, 2)).second) {
            table.fail("level", "stands twice");
        }
    }
    return table.problem();
}

std::optional<Refusal> RulePack::read_complications(std::string_view text) {
    PackTable table("complications.csv", text, kComplicationColumns);
    static constexpr std::array<std::pair<std::string_view, bool>, 2> kClasses{
        {{"CC", false}, {"MCC", true}}};
    has_complications_ = true;
    while (table.next()) {
        Complication complication{one_of(table, 1, kClasses), pieces(table.text(2))};
        const auto dx = table.required(0);
        if (!diagnoses_.contains(dx)) table.dangling("dx", dx);
        if (!complications_.try_emplace(std::string(dx), std::move(complication)).second) {
            table.fail("dx", "stands twice");
        }
    }
    return table.problem();
}

std::optional<Refusal> RulePack::read_tumours(std::string_view text) {
    PackTable table("tumour.csv", text, kTumourColumns);
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kTumourKinds{
        {{"METASTASIS", "METASTASIS"}, {"RADIO", "RADIO"}, {"CHEMO", "CHEMO"}}};
    while (table.next()) {
        const auto code = table.required(0);
        if (!knows_diagnosis(code) && !knows_procedure(code)) table.dangling("code", code);
        if (std::ranges::find(tumours_, code, &TumourCode::code) != tumours_.end()) {
            table.fail("code", "stands twice");
        }
        tumours_.push_back({std::string(code), std::string(one_of(table, 1, kTumourKinds))});
    }
    return table.problem();
}

std::string_view RulePack::severity_of(std::string_view principal_dx,
                                       std::span<const std::string_view> others) const {
    if (!has_complications_) return "";
    std::string_view severity = "MILD";
    for (const std::string_view code : others) {
        const auto found = complications_.find(code);
        if (found == complications_.end()) continue;
        const auto excludes = [&](const std::string& prefix) {
            return principal_dx.starts_with(prefix);
        };
        if (std::ranges::any_of(found->second.excluded_by, excludes)) continue;
        if (found->second.severe) return "MCC";
        severity = "CC";
    }
    return severity;
}

std::string_view RulePack::tumour_of(std::span<const std::string_view> codes) const {
    if (tumours_.empty()) return "";
    for (const TumourCode& tumour : tumours_) {
        if (std::ranges::find(codes, tumour.code) != codes.end()) return tumour.kind;
    }
    return "NONE";
}

}  // namespace yilian::billing::dip
