#include "services/cli/explain.h"

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/calendar/civil_month.h"
#include "libs/crypto/digest.h"
#include "libs/policy/key.h"
#include "libs/policy/yaml/reader.h"
#include "nlohmann/json.hpp"
#include "services/cli/arithmetic.h"
#include "services/cli/dip_sums.h"
#include "services/cli/money_text.h"
#include "services/cli/statement.h"
#include "services/cli/statement_document.h"
#include "services/cli/text_table.h"
#include "yilian/billing/v1/settlement_list_service.pb.h"
#include "yilian/billing/v1/settlement_service.pb.h"

namespace yilian::cli {
namespace {

namespace v1 = billing::v1;
using nlohmann::ordered_json;
using PackPtr = std::shared_ptr<const policy::Pack>;

// Keys behind the blocks (policy-trace.md 9.2) that these decisions read.
constexpr std::array kCaseKeys{"billing.methods_enabled",
                               "billing.outpatient_chronic.actual_cost",
                               "billing.dip.base_same_points_same_price",
                               "billing.dip.base_surgery_factor_bp",
                               "billing.deductible.chain_mode",
                               "billing.deductible.second_waived",
                               "billing.benefit.level_gap_bp",
                               "billing.benefit.up_referral_keeps_county_ratio",
                               "billing.protection.layers"};
constexpr std::array kRunKeys{"billing.budget.method", "billing.budget.base_tilt_bp",
                              "billing.budget.weight_basis",
                              "billing.disbursement.working_days_max"};
constexpr std::array kCaseBlocks{"drg", "dip", "bed_day", "benefit"};
constexpr std::array kRunBlocks{"run"};

// What is shown, in either form.
struct Explanation {
    ordered_json head = ordered_json::object();
    ordered_json steps = ordered_json::array();
    std::string pack_id;
    std::int64_t pack_version = 0;
    std::string pack_digest;
    bool pack_at_hand = false;
    ordered_json keys = ordered_json::array();
    ordered_json parameters = ordered_json::object();
    std::vector<std::pair<std::string, Sum>> sums;  // with what it is of
};

// The pack of a day, when it is the one that decided.
PackPtr pack_of(const RunFile& run, calendar::CivilDate day, Explanation& e) {
    const policy::LoadReport report = policy::load_directory(run.policies_dir);
    if (report.packs == nullptr) return nullptr;
    auto pack = report.packs->at(run.district, day);
    if (!pack || (*pack)->digest() != e.pack_digest) return nullptr;
    e.pack_at_hand = true;
    return *pack;
}

template <std::size_t K, std::size_t B>
void add_parameters(const policy::Pack& pack, const std::array<const char*, K>& keys,
                    const std::array<const char*, B>& blocks, Explanation& e) {
    for (const char* key : keys) {
        if (!policy::key_index(key)) continue;
        const policy::Origin& origin = pack.origin(key);
        e.keys.push_back({{"key", key},
                          {"value", policy::text_of(pack.value(key))},
                          {"mark", std::string(1, policy::letter_of(origin.mark))},
                          {"source", origin.source},
                          {"document", origin.document}});
    }
    const auto document = ordered_json::parse(pack.blocks_document(), nullptr, false);
    if (!document.is_object()) return;
    for (const char* block : blocks) {
        if (document.at("body").contains(block)) e.parameters[block] = document.at("body")[block];
    }
}

void add_sums(const std::string& of, std::vector<Sum> sums, Explanation& e) {
    for (Sum& sum : sums) e.sums.emplace_back(of, std::move(sum));
}

struct CaseName {
    std::string institution;
    std::string list;
    std::int32_t version = 0;
};

CaseName case_name(const std::string& what) {
    const auto slash = what.find('/');
    CaseName name;
    if (slash == std::string::npos || slash == 0 || slash + 1 == what.size()) {
        throw CommandFailed(kExitUsage, "FIELD_FORMAT: a case is INSTITUTION/LIST[@VERSION]");
    }
    name.institution = what.substr(0, slash);
    name.list = what.substr(slash + 1);
    if (const auto at = name.list.find('@'); at != std::string::npos) {
        const char* end = name.list.data() + name.list.size();
        const auto read = std::from_chars(name.list.data() + at + 1, end, name.version);
        if (read.ec != std::errc() || read.ptr != end) {
            throw CommandFailed(kExitUsage, "FIELD_FORMAT: version of " + what);
        }
        name.list.resize(at);
    }
    return name;
}

template <class Enum>
std::string name_after(const std::string& name, const Enum& prefix) {
    return name.substr(std::string_view(prefix).size());
}

void add_case(const v1::Case& c, Explanation& e) {
    e.head = {{"institution_id", c.institution_id()},
              {"list_id", c.list_id()},
              {"version", c.version()},
              {"state", name_after(v1::CaseState_Name(c.state()), "CASE_STATE_")},
              {"period", c.period()},
              {"discharge_date", c.discharge_date()},
              {"total_fen", c.total_fen()}};
    if (c.has_grouping()) {
        e.head["group_status"] =
            name_after(v1::GroupStatus_Name(c.grouping().status()), "GROUP_STATUS_");
        e.head["group_code"] = c.grouping().group_code();
        e.head["rules_version"] = c.grouping().rules_version();
        e.head["rules_digest"] = c.grouping().rules_digest();
    }
    if (c.has_scoring()) e.head["points_e4"] = c.scoring().points_e4();
    if (!c.has_benefit()) return;
    e.head["waiver"] = name_after(v1::Waiver_Name(c.benefit().waiver()), "WAIVER_");
    e.head["waived_fen"] = c.benefit().waived_fen();
    e.head["evidence"] = c.benefit().evidence_reason();
    e.head["basic_fen"] = c.benefit().basic_fen();
    e.head["serious_fen"] = c.benefit().serious_fen();
    e.head["aid_fen"] = c.benefit().aid_fen();
    e.head["personal_total_fen"] = c.benefit().personal_total_fen();
}

void add_steps(const v1::ExplainCaseResponse& answer, Explanation& e) {
    for (const v1::TrailStep& step : answer.trail()) {
        ordered_json inputs = ordered_json::array();
        for (const std::string& input : step.inputs()) inputs.push_back(input);
        e.steps.push_back({{"stage", step.stage()},
                           {"rule", step.rule_id()},
                           {"version", step.rule_version()},
                           {"outcome", step.outcome()},
                           {"inputs", inputs},
                           {"explanation", step.explanation()},
                           {"source", step.source()}});
    }
}

void add_score_sums(const policy::billing::Blocks& blocks, const v1::Case& c, Explanation& e) {
    if (!c.has_scoring()) return;
    const std::string& scheme = c.grouping().scheme();
    if (scheme == "DIP" && blocks.dip) add_sums("score", dip_sums(*blocks.dip, c), e);
    // What experts decided has no formula.
    const bool by_formula = c.special_case().state() != v1::SPECIAL_CASE_STATE_ACCEPTED;
    if (scheme == "CHS_DRG" && blocks.drg && by_formula) {
        add_sums("score", score_sums(*blocks.drg, c), e);
    }
}

Explanation explain_case(const RunFile& run, Caller& caller, const ExplainArgs& args) {
    const CaseName name = case_name(args.what);
    v1::ExplainCaseRequest request;
    request.set_institution_id(name.institution);
    request.set_list_id(name.list);
    request.set_version(name.version);
    const auto answer = caller.ask<v1::ExplainCaseResponse>(
        "billing", "yilian.billing.v1.SettlementListService/ExplainCase", request);
    Explanation e;
    const v1::Case& c = answer.explained();
    add_case(c, e);
    add_steps(answer, e);
    e.pack_id = answer.policy_pack_id();
    e.pack_version = answer.policy_pack_version();
    e.pack_digest = answer.policy_digest();
    const auto day = calendar::CivilDate::parse(c.discharge_date());
    const PackPtr pack = day ? pack_of(run, *day, e) : nullptr;
    if (pack == nullptr) return e;
    add_parameters(*pack, kCaseKeys, kCaseBlocks, e);
    const auto& blocks = pack->blocks();
    add_score_sums(blocks, c, e);
    if (c.has_benefit() && blocks.benefit) {
        add_sums("benefit", benefit_sums(*blocks.benefit, c), e);
    }
    return e;
}

Explanation explain_party(const RunFile& run, Caller& caller, const ExplainArgs& args) {
    v1::GetStatementRequest request;
    request.set_run_id(args.what);
    request.set_party(args.party);
    const auto answer = caller.ask<v1::Statement>(
        "billing", "yilian.billing.v1.SettlementService/GetStatement", request);
    const nlohmann::json statement = parse_statement(answer.content());
    const auto& header = statement.at("header");
    Explanation e;
    e.head = {{"run_id", answer.run_id()},
              {"party", answer.party()},
              {"period", answer.period()},
              {"statement_sha256", crypto::sha256_hex(answer.content())},
              {"cases", statement.at("totals").at("cases")},
              {"points_e4", statement.at("totals").at("points_e4")},
              {"actual_fen", statement.at("totals").at("actual_fen")},
              {"prepay_fen", statement.at("totals").at("prepay_fen")}};
    for (const auto& c : statement.at("cases")) {
        e.steps.push_back(
            {{"stage", "CASE"},
             {"rule",
              fmt::format("{}/{}@{}", c.at("institution_id").get<std::string>(),
                          c.at("list_id").get<std::string>(), c.at("version").get<std::int64_t>())},
             {"version", c.at("method").get<std::string>()},
             {"outcome", points_text(c.at("points_e4").get<std::int64_t>())},
             {"inputs",
              {"group=" + c.at("group_code").get<std::string>(),
               "pool=" + c.at("pool_id").get<std::string>()}}});
    }
    e.pack_id = header.at("policy_pack_id").get<std::string>();
    e.pack_version = header.at("policy_version").get<std::int64_t>();
    e.pack_digest = header.at("policy_digest").get<std::string>();
    const auto month = calendar::CivilMonth::parse(answer.period());
    const PackPtr pack = month ? pack_of(run, month->last_day(), e) : nullptr;
    if (pack == nullptr) return e;
    add_parameters(*pack, kRunKeys, kRunBlocks, e);
    if (!pack->blocks().run) return e;
    for (const auto& pool : statement.at("pools")) {
        add_sums("pool " + pool.at("pool_id").get<std::string>(),
                 pool_sums(*pack->blocks().run, statement, pool), e);
    }
    return e;
}

ordered_json sums_json(const Explanation& e) {
    ordered_json rows = ordered_json::array();
    for (const auto& [of, sum] : e.sums) {
        rows.push_back({{"of", of},
                        {"name", sum.name},
                        {"formula", sum.formula},
                        {"values", sum.values},
                        {"rounding", sum.rounding},
                        {"parameter", sum.parameter},
                        {"unit", sum.unit},
                        {"result", sum.result},
                        {"recorded", sum.recorded},
                        {"holds", sum.holds()}});
    }
    return rows;
}

void print_json(const Explanation& e, std::ostream& out) {
    const ordered_json pack{{"id", e.pack_id},         {"version", e.pack_version},
                            {"digest", e.pack_digest}, {"at_hand", e.pack_at_hand},
                            {"keys", e.keys},          {"blocks", e.parameters}};
    out << ordered_json{{"of", e.head},
                        {"steps", e.steps},
                        {"sums", sums_json(e)},
                        {"policy", pack}}
               .dump(2)
        << "\n";
}

// "total_fen" in yuan, "points_e4" as points.
std::string shown(const std::string& name, const ordered_json& value) {
    if (!value.is_number()) return value.is_string() ? value.get<std::string>() : value.dump();
    const auto number = value.get<std::int64_t>();
    if (name.ends_with("_fen")) return yuan_text(number) + " yuan";
    return name.ends_with("_e4") ? points_text(number) : std::to_string(number);
}

std::string amount_text(const Sum& sum, std::int64_t value) {
    if (sum.unit == "e8") return rate_text(value);
    return sum.unit == "fen" ? yuan_text(value) : points_text(value);
}

void print_sums(const Explanation& e, std::ostream& out) {
    if (e.sums.empty()) return;
    TextTable table({"of", "sum", "formula", "values", "rounding", ">result", "holds"});
    for (const auto& [of, sum] : e.sums) {
        std::string rounding = sum.rounding;
        if (!sum.parameter.empty()) rounding += fmt::format(" [{}]", sum.parameter);
        table.add({of, sum.name, sum.formula, sum.values, rounding, amount_text(sum, sum.recorded),
                   sum.holds() ? "yes" : "NO: " + amount_text(sum, sum.result)});
    }
    out << "\n";
    table.print(out);
}

// The steps as sentences with the document behind each.
void print_words(const Explanation& e, std::ostream& out) {
    std::string words;
    for (const ordered_json& s : e.steps) {
        if (!s.contains("explanation") || s.at("explanation") == "") continue;
        words += fmt::format("- {}\n", s.at("explanation").get<std::string>());
        if (s.at("source") != "")
            words += fmt::format("  [{}]\n", s.at("source").get<std::string>());
    }
    if (!words.empty()) out << "\nIn plain words:\n" << words;
}

void print_plain(const Explanation& e, std::ostream& out) {
    for (const auto& [name, value] : e.head.items()) {
        out << fmt::format("{:<22} {}\n", name, shown(name, value));
    }
    out << fmt::format("{:<22} {} version {} digest {}\n\n", "policy pack", e.pack_id,
                       e.pack_version, e.pack_digest);
    TextTable steps({"stage", "rule", "version", "outcome", "inputs"});
    for (const ordered_json& s : e.steps) {
        std::string inputs;
        for (const ordered_json& input : s.at("inputs")) {
            inputs += (inputs.empty() ? "" : ", ") + input.get<std::string>();
        }
        steps.add({s.at("stage"), s.at("rule"), s.at("version"), s.at("outcome"), inputs});
    }
    steps.print(out);
    print_words(e, out);
    print_sums(e, out);
    if (!e.pack_at_hand) {
        out << "\nThe policies of run.json do not hold this pack: sums and parameters are left "
               "out.\n";
        return;
    }
    out << "\n";
    TextTable keys({"policy key", "value", "mark", "source"});
    for (const ordered_json& k : e.keys) {
        keys.add({k.at("key"), k.at("value"), k.at("mark"), k.at("source")});
    }
    keys.print(out);
    for (const auto& [block, members] : e.parameters.items()) {
        for (const auto& [name, value] : members.items()) {
            out << fmt::format("{}.{} = {}\n", block, name, value.dump());
        }
    }
}

}  // namespace

int explain(const RunFile& run, const ExplainArgs& args, bool json, std::ostream& out) {
    Caller caller = reader(run, args.caller);
    const Explanation e =
        args.party.empty() ? explain_case(run, caller, args) : explain_party(run, caller, args);
    json ? print_json(e, out) : print_plain(e, out);
    for (const auto& [of, sum] : e.sums) {
        if (!sum.holds()) {
            throw CommandFailed(kExitInvariant,
                                fmt::format("SUM_WRONG: {} of {} is {}, on record {}", sum.name, of,
                                            sum.result, sum.recorded));
        }
    }
    return kExitGood;
}

}  // namespace yilian::cli
