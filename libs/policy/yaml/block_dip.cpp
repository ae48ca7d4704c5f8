#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "libs/policy/yaml/block_parts.h"

namespace yilian::policy::block_parts {
namespace {

using namespace billing;  // NOLINT(google-build-using-namespace)

Trim read_trim(const Node& node, Problems& problems) {
    Fields fields(node, "body.dip.trim", problems);
    Trim trim;
    trim.method = fields.choice<TrimMethod>("method", {{"none", TrimMethod::kNone},
                                                       {"sigma", TrimMethod::kSigma},
                                                       {"iqr", TrimMethod::kIqr},
                                                       {"quantile", TrimMethod::kQuantile}});
    trim.k = fields.rate("k");
    trim.low = fields.unit_rate("low");
    trim.high = fields.unit_rate("high");
    trim.min_cases = fields.integer("min_cases", 1, 1'000'000);
    return trim;
}

std::vector<PriorityClass> read_priority(Fields& block) {
    static constexpr std::array<std::pair<std::string_view, GroupKind>, 3> kKinds{
        {{"core", GroupKind::kCore},
         {"basic", GroupKind::kBasic},
         {"comprehensive", GroupKind::kComprehensive}}};
    static constexpr std::array<std::pair<std::string_view, ProcedureRank>, 4> kRanks{
        {{"surgery", ProcedureRank::kSurgery},
         {"therapeutic", ProcedureRank::kTherapeutic},
         {"diagnostic", ProcedureRank::kDiagnostic},
         {"conservative", ProcedureRank::kConservative}}};
    std::vector<PriorityClass> out;
    const auto texts = block.words("priority");
    for (const std::string& text : texts) {
        for (const auto& [kind_name, kind] : kKinds) {
            for (const auto& [rank_name, rank] : kRanks) {
                if (text == fmt::format("{}:{}", kind_name, rank_name)) out.push_back({kind, rank});
            }
        }
    }
    const Node* list = block.node().find("priority");
    if (list != nullptr && (out.size() != texts.size() || out.size() != 12)) {
        refuse(block.problems(), *list, "POLICY_VALUE", block.where("priority"),
               "each of the 12 classes kind:rank stands once");
    }
    return out;
}

bool is_numeric(ConditionField field) {
    return field == ConditionField::kAgeYears || field == ConditionField::kAgeDays ||
           field == ConditionField::kStayDays;
}

void read_condition_value(const Node& value, const std::string& where, Condition& condition,
                          Problems& problems) {
    const bool list = value.kind == Node::Kind::kList;
    if (list != (condition.op == ConditionOp::kIn)) {
        refuse(problems, value, "POLICY_TYPE", where,
               "a list belongs to op in, one value to others");
        return;
    }
    const auto read_one = [&](const Node& one) {
        if (is_numeric(condition.field)) {
            if (const auto n = read_integer(one, where, 0, 100'000, problems)) {
                condition.numbers.push_back(*n);
            }
        } else if (auto word = read_word(one, where, {}, problems)) {
            condition.words.push_back(std::move(*word));
        }
    };
    if (!list) {
        read_one(value);
        return;
    }
    for (const Node& one : value.items) read_one(one);
}

Condition read_condition(const Node& node, const std::string& where, Problems& problems) {
    Fields fields(node, where, problems);
    Condition condition{};
    condition.field = fields.choice<ConditionField>(
        "field", {{"age_years", ConditionField::kAgeYears},
                  {"age_days", ConditionField::kAgeDays},
                  {"stay_days", ConditionField::kStayDays},
                  {"severity", ConditionField::kSeverity},
                  {"tumour", ConditionField::kTumour},
                  {"discharge_way", ConditionField::kDischargeWay},
                  {"institution_level", ConditionField::kInstitutionLevel},
                  {"procedure_level", ConditionField::kProcedureLevel}});
    condition.op = fields.choice<ConditionOp>("op", {{"eq", ConditionOp::kEq},
                                                     {"in", ConditionOp::kIn},
                                                     {"lt", ConditionOp::kLt},
                                                     {"le", ConditionOp::kLe},
                                                     {"gt", ConditionOp::kGt},
                                                     {"ge", ConditionOp::kGe}});
    if (const Node* value = fields.required("value")) {
        read_condition_value(*value, fields.where("value"), condition, problems);
    }
    const bool ordered = condition.op != ConditionOp::kEq && condition.op != ConditionOp::kIn;
    if (ordered && !is_numeric(condition.field)) {
        refuse(problems, node, "POLICY_VALUE", where, "only ages and days can be compared");
    }
    return condition;
}

std::vector<AuxiliaryRule> read_auxiliary(Fields& block) {
    std::vector<AuxiliaryRule> rules;
    block.each("auxiliary", [&](const Node& item, const std::string& where) {
        Fields fields(item, where, block.problems());
        AuxiliaryRule rule{};
        rule.id = fields.word("id");
        rule.type = fields.choice<AuxiliaryType>(
            "type",
            {{"severity", AuxiliaryType::kSeverity}, {"supervision", AuxiliaryType::kSupervision}});
        fields.each("all", [&](const Node& one, const std::string& at) {
            rule.all.push_back(read_condition(one, at, block.problems()));
        });
        rule.coef = fields.rate("coef");
        const auto same = [&](const AuxiliaryRule& r) { return r.id == rule.id; };
        if (std::ranges::any_of(rules, same)) {
            refuse(block.problems(), item, "POLICY_KEY_DUPLICATE", where,
                   fmt::format("rule '{}' stands twice", rule.id));
        }
        rules.push_back(std::move(rule));
    });
    return rules;
}

Deviation read_deviation(Fields& block) {
    Deviation deviation;
    BandList bands(block.problems());
    block.each("deviation", [&](const Node& item, const std::string& where) {
        Fields fields(item, where, block.problems());
        bands.add(fields);
        deviation.rules.push_back(read_deviation_rule(fields));
    });
    const Node* list = block.node().find("deviation");
    if (list != nullptr) deviation.bands = bands.finish(*list, block.where("deviation"));
    return deviation;
}

}  // namespace

Dip read_dip(const Node& node, Problems& problems) {
    Fields fields(node, "body.dip", problems);
    Dip dip;
    fields.each("year_weights", [&](const Node& item, const std::string& where) {
        if (const auto w = read_rate(item, where, Rate::of_raw(1), kRateMany, problems)) {
            dip.year_weights.push_back(*w);
        }
    });
    dip.points_scale = fields.integer("points_scale", 1, 1'000'000);
    dip.core_threshold = fields.integer("core_threshold", 1, 1'000'000);
    dip.related_min_rate = fields.unit_rate("related_min_rate");
    dip.dx_key_chars = fields.integer("dx_key_chars", 1, 20);
    dip.proc_key_chars = fields.integer("proc_key_chars", 1, 20);
    dip.unknown_procedure_rank = fields.choice<ProcedureRank>(
        "unknown_procedure_rank", {{"diagnostic", ProcedureRank::kDiagnostic},
                                   {"therapeutic", ProcedureRank::kTherapeutic},
                                   {"interventional", ProcedureRank::kInterventional},
                                   {"surgery", ProcedureRank::kSurgery}});
    dip.comprehensive_prefixes = fields.integers("comprehensive_prefixes", 1, 20);
    if (!std::ranges::is_sorted(dip.comprehensive_prefixes, std::greater<>())) {
        refuse(problems, *node.find("comprehensive_prefixes"), "POLICY_VALUE",
               fields.where("comprehensive_prefixes"), "lengths fall");
    }
    if (const Node* trim = fields.required("trim")) dip.trim = read_trim(*trim, problems);
    dip.tie_break = fields.choice<TieBreak>(
        "tie_break",
        {{"nearest_cost", TieBreak::kNearestCost}, {"highest_points", TieBreak::kHighestPoints}});
    dip.priority = read_priority(fields);
    dip.deviation = read_deviation(fields);
    if (const Node* blank = fields.required("blank")) {
        Fields b(*blank, "body.dip.blank", problems);
        dip.blank = {b.rate("factor"), b.fen("mean_fen"), b.flag("apply_k")};
    }
    dip.auxiliary = read_auxiliary(fields);
    if (const Node* rounding = fields.required("rounding")) {
        Fields r(*rounding, "body.dip.rounding", problems);
        dip.rounding = {r.rounding("deviation"), r.rounding("points")};
    }
    return dip;
}

}  // namespace yilian::policy::block_parts
