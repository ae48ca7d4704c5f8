#include "services/billing/app/rule_book.h"

#include <array>
#include <fstream>
#include <iterator>

#include "libs/crypto/digest.h"
#include "libs/ident/codes.h"
#include "services/billing/app/dip_rules.h"
#include "services/billing/domain/drg/grouper.h"
#include "services/billing/store/rule_pack_files.h"
#include "services/billing/store/settlement_rows.h"

namespace yilian::billing::app {
namespace {

using calendar::CivilDate;
using drg::PackTable;

constexpr std::array<std::string_view, 3> kCoefficientColumns{"institution_id", "group_code",
                                                              "k_coef"};
constexpr std::array<std::string_view, 5> kLimitColumns{"dx", "grey", "sex", "age_from", "age_to"};
constexpr std::array<std::string_view, 15> kCaseColumns{
    "case_id",      "sex",           "age_years",    "age_days",        "weight_g",
    "dept",         "los_days",      "leaving_way",  "diagnoses",       "procedures",
    "expected_mdc", "expected_adrg", "expected_drg", "expected_status", "why"};

// The text of a file that may be missing.
std::optional<std::string> optional_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

Outcome<std::map<std::string, DiagnosisLimits, std::less<>>> read_limits(std::string_view text) {
    std::map<std::string, DiagnosisLimits, std::less<>> limits;
    PackTable table("dx_limits.csv", text, kLimitColumns);
    while (table.next()) {
        DiagnosisLimits l;
        l.grey = table.flag(1);
        if (const auto sex = table.optional_integer(2)) l.sex = static_cast<int>(*sex);
        l.age_from = table.optional_integer(3);
        l.age_to = table.optional_integer(4);
        if (!limits.emplace(table.required(0), l).second) table.fail("dx", "stands twice");
    }
    if (table.problem()) return *table.problem();
    return limits;
}

std::int64_t count_rules(const drg::RulePack& pack) {
    return static_cast<std::int64_t>(pack.mdcs().size() + pack.adrgs().size() + pack.drgs().size());
}

Outcome<RulesPtr> load_drg(const std::filesystem::path& folder, LoadedRules rules) {
    auto files = read_rule_pack(folder);
    if (!files.ok()) return Reason("NOT_FOUND");
    auto pack = drg::RulePack::build(files->tables, files->digest);
    if (!pack.ok()) return pack.refusal();
    rules.pack = *pack;
    if (files->tables.contains("weights.csv")) {
        auto weights = drg::Weights::build(files->tables, *rules.pack);
        if (!weights.ok()) return weights.refusal();
        rules.weights = *std::move(weights);
    }
    rules.version = rules.pack->switches().version;
    rules.digest = files->digest;
    rules.rule_count = count_rules(*rules.pack);
    return RulesPtr(std::make_shared<const LoadedRules>(std::move(rules)));
}

// Empty pieces keep their place. No text at all is a missing principal diagnosis, but no procedure.
std::vector<std::string_view> codes_in(std::string_view text, bool empty_is_none) {
    std::vector<std::string_view> codes;
    if (text.empty() && empty_is_none) return codes;
    for (;;) {
        const auto end = text.find_first_of("|,");
        codes.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return codes;
        text.remove_prefix(end + 1);
    }
}

// Reads one file of reference cases; the last column (why) may be missing.
Outcome<std::int64_t> check_file(const std::string& file, const std::string& text,
                                 const drg::RulePack& pack, drg::GroupOptions options) {
    const bool with_why = text.substr(0, text.find('\n')).find(",why") != std::string::npos;
    const auto columns = std::span(kCaseColumns).first(with_why ? 15 : 14);
    PackTable table(file, text, columns);
    drg::Workspace workspace;
    std::int64_t count = 0;
    while (table.next()) {
        const auto diagnoses = codes_in(table.text(8), false);
        const auto procedures = codes_in(table.text(9), true);
        drg::CaseInput input;
        input.sex = table.optional_integer(1);
        input.age_years = table.optional_integer(2);
        input.age_days = table.optional_integer(3);
        input.weight_g = table.optional_integer(4);
        input.diagnoses = diagnoses;
        input.procedures = procedures;
        const auto codes = drg::codes_of(pack, drg::group(pack, input, options, workspace));
        if (codes.drg != table.text(12) || codes.status != table.text(13)) {
            table.fail("expected_drg", "the pack groups this case otherwise");
        }
        ++count;
    }
    if (table.problem()) return *table.problem();
    return count;
}

}  // namespace

Outcome<Coefficients> Coefficients::build(std::string_view text) {
    Coefficients result;
    PackTable table("coefficients.csv", text, kCoefficientColumns);
    while (table.next()) {
        const auto rate = amount::Rate::parse(table.text(2));
        if (!rate.ok() || rate->is_negative() || *rate > Coefficients::kMost) {
            table.fail("k_coef", "no coefficient");
            break;
        }
        const std::pair<std::string, std::string> key{table.required(0), table.text(1)};
        if (!result.rates_.emplace(key, *rate).second) {
            table.fail("institution_id", "stands twice");
        }
    }
    if (table.problem()) return *table.problem();
    return result;
}

std::optional<amount::Rate> Coefficients::of(std::string_view institution_id,
                                             std::string_view group_code) const {
    auto found = rates_.find({std::string(institution_id), std::string(group_code)});
    if (found == rates_.end()) found = rates_.find({std::string(institution_id), ""});
    if (found == rates_.end()) return std::nullopt;
    return found->second;
}

DiagnosisLimits LoadedRules::limits_of(std::string_view code) const {
    const auto found = limits.find(code);
    return found == limits.end() ? DiagnosisLimits{} : found->second;
}

Outcome<RulesPtr> RuleBook::load(std::string_view domain, const std::string& name) const {
    const bool inside = ident::is_id(name) && !name.starts_with('.');
    if (!inside) return Refusal{"NOT_FOUND", {{"folder", "no name of a folder"}}};
    const std::filesystem::path folder = folder_ / name;
    std::error_code error;
    if (std::filesystem::is_directory(folder, error)) {
        const absl::Status signed_well = trust_.check(folder);
        if (!signed_well.ok()) {
            return Refusal{"RULES_DIGEST",
                           {{"folder", name}, {"problem", std::string(signed_well.message())}}};
        }
    }
    LoadedRules rules;
    const auto table = optional_file(folder / "coefficients.csv");
    if (table) {
        auto coefficients = Coefficients::build(*table);
        if (!coefficients.ok()) return coefficients.refusal();
        rules.coefficients = *std::move(coefficients);
    }
    if (domain == kDrgDomain || domain == kDipDomain) {
        if (const auto text = optional_file(folder / "dx_limits.csv")) {
            auto limits = read_limits(*text);
            if (!limits.ok()) return limits.refusal();
            rules.limits = *limits;
        }
        return domain == kDrgDomain ? load_drg(folder, std::move(rules))
                                    : load_dip(folder, std::move(rules));
    }
    if (!table) return Refusal{"NOT_FOUND", {{"folder", name}}};
    rules.version = name;
    rules.digest = crypto::sha256_hex(*table);
    rules.rule_count = static_cast<std::int64_t>(rules.coefficients.size());
    return RulesPtr(std::make_shared<const LoadedRules>(std::move(rules)));
}

Outcome<std::int64_t> RuleBook::check_cases(const std::string& name, const LoadedRules& rules,
                                            const policy::billing::Dip* dip) const {
    std::int64_t count = 0;
    if (rules.dip) {
        const auto text = optional_file(folder_ / name / "cases.csv");
        return text && dip != nullptr ? check_dip_cases(*text, rules, *dip)
                                      : Outcome<std::int64_t>(count);
    }
    if (!rules.pack) return count;
    struct File {
        const char* name;
        drg::GroupOptions options;
    };
    for (const File& f : {File{"cases.csv", {}}, File{"cases_qy.csv", {.qy = true}},
                          File{"cases_mapped.csv", {.map_codes = true}}}) {
        const auto text = optional_file(folder_ / name / f.name);
        if (!text || (f.options.map_codes && !rules.pack->has_code_map())) continue;
        const auto checked = check_file(f.name, *text, *rules.pack, f.options);
        if (!checked.ok()) return checked.refusal();
        count += *checked;
    }
    return count;
}

Outcome<RulesPtr> RuleBook::held(std::string_view domain, const std::string& name,
                                 const std::string& digest) {
    const std::pair<std::string, std::string> key{std::string(domain) + '/' + name, digest};
    {
        const std::lock_guard lock(mutex_);
        const auto found = held_.find(key);
        if (found != held_.end()) return found->second;
    }
    auto loaded = load(domain, name);
    if (!loaded.ok() || (!digest.empty() && (*loaded)->digest != digest)) {
        return Refusal{"RULES_NOT_LOADED", {{"folder", name}}};
    }
    const std::lock_guard lock(mutex_);
    held_.emplace(key, *loaded);
    return *loaded;
}

Outcome<RulesPtr> RuleBook::at(storage::Transaction& tx, const policy::Pack& policy,
                               CivilDate day) {
    if (const auto row = store::rule_pack_in_force(tx, kDrgDomain, day.text())) {
        return held(kDrgDomain, row->folder, row->digest);
    }
    const auto& drg = policy.blocks().drg;
    if (!drg) return Reason("RULES_NOT_LOADED");
    return held(kDrgDomain, drg->rule_pack, "");
}

Outcome<RulesPtr> RuleBook::dip_at(storage::Transaction& tx, const policy::Pack& policy,
                                   CivilDate day) {
    const auto row = store::rule_pack_in_force(tx, kDipDomain, day.text());
    if (!row || !policy.blocks().dip) return Reason("RULES_NOT_LOADED");
    auto rules = held(kDipDomain, row->folder, row->digest);
    if (!rules.ok()) return rules;
    if (auto problem = scale_problem(*policy.blocks().dip, **rules)) return *std::move(problem);
    return rules;
}

Outcome<RulesPtr> RuleBook::used(storage::Transaction& tx, std::string_view domain,
                                 std::string_view version, std::string_view digest) {
    const auto row = store::rule_pack(tx, domain, version);
    if (!row || row->digest != digest) return Reason("RULES_NOT_LOADED");
    return held(domain, row->folder, row->digest);
}

amount::Rate RuleBook::coefficient(storage::Transaction& tx, const LoadedRules& rules,
                                   std::string_view institution_id, std::string_view group_code,
                                   CivilDate day) {
    const auto one = amount::Rate::whole(1);
    if (const auto row = store::rule_pack_in_force(tx, kWeightsDomain, day.text())) {
        const auto table = held(kWeightsDomain, row->folder, row->digest);
        if (table.ok()) {
            return (*table)->coefficients.of(institution_id, group_code).value_or(one);
        }
    }
    return rules.coefficients.of(institution_id, group_code).value_or(one);
}

}  // namespace yilian::billing::app
