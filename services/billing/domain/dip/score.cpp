#include "services/billing/domain/dip/score.h"

#include <algorithm>

namespace yilian::billing::dip {

using amount::Int128;
using amount::kTenTo8;
using amount::Rounding;
using policy::billing::AuxiliaryRule;
using policy::billing::AuxiliaryType;
using policy::billing::Condition;
using policy::billing::ConditionField;
using policy::billing::ConditionOp;

namespace {

template <class Value>
const Value* find_in(const ByText<ByText<Value>>& table, std::string_view outer,
                     std::string_view inner) {
    const auto row = table.find(outer);
    if (row == table.end()) return nullptr;
    const auto cell = row->second.find(inner);
    return cell == row->second.end() ? nullptr : &cell->second;
}

std::optional<std::int64_t> number_in(const CaseFacts& facts, ConditionField field) {
    switch (field) {
        case ConditionField::kAgeYears:
            return facts.age_years;
        case ConditionField::kAgeDays:
            return facts.age_days;
        case ConditionField::kStayDays:
            return facts.stay_days;
        default:
            return std::nullopt;
    }
}

std::string_view word_in(const CaseFacts& facts, ConditionField field) {
    switch (field) {
        case ConditionField::kSeverity:
            return facts.severity;
        case ConditionField::kTumour:
            return facts.tumour;
        case ConditionField::kDischargeWay:
            return facts.discharge_way;
        case ConditionField::kInstitutionLevel:
            return facts.institution_level;
        case ConditionField::kProcedureLevel:
            return facts.procedure_level;
        default:
            return {};
    }
}

bool compares(ConditionOp op, std::int64_t value, std::int64_t limit) {
    switch (op) {
        case ConditionOp::kLt:
            return value < limit;
        case ConditionOp::kLe:
            return value <= limit;
        case ConditionOp::kGt:
            return value > limit;
        case ConditionOp::kGe:
            return value >= limit;
        case ConditionOp::kEq:
        case ConditionOp::kIn:
            return value == limit;
    }
    return false;
}

bool matches(const Condition& condition, const CaseFacts& facts) {
    if (const auto number = number_in(facts, condition.field)) {
        return std::ranges::any_of(condition.numbers, [&](std::int64_t limit) {
            return compares(condition.op, *number, limit);
        });
    }
    const std::string_view word = word_in(facts, condition.field);
    return !word.empty() && std::ranges::find(condition.words, word) != condition.words.end();
}

}  // namespace

DeviationResult deviation_of(const Dip& dip, Fen cost, Fen reference, Rate k) {
    const std::size_t band = dip.deviation.bands.index_of(cost.raw(), reference.raw());
    const auto& rule = dip.deviation.rules[band];
    const Int128 fixed = Int128{rule.a.raw()} * kTenTo8 + Int128{rule.c.raw()} * k.raw();
    const Int128 numerator = amount::checked_add(
        amount::checked_mul(fixed, Int128{reference.raw()}),
        amount::checked_mul(Int128{rule.b.raw()} * kTenTo8, Int128{cost.raw()}));
    const Int128 denominator = Int128{reference.raw()} * kTenTo8;
    return {.band = band,
            .d = Rate::of_raw(
                amount::narrow64(amount::divide(numerator, denominator, dip.rounding.deviation))),
            .multiply_k = rule.multiply_k,
            .flag = rule.flag};
}

AuxiliaryResult auxiliary_of(const Dip& dip, const CaseFacts& facts) {
    const AuxiliaryRule* severity = nullptr;
    const AuxiliaryRule* supervision = nullptr;
    for (const AuxiliaryRule& rule : dip.auxiliary) {
        const auto holds = [&](const Condition& c) { return matches(c, facts); };
        if (!std::ranges::all_of(rule.all, holds)) continue;
        if (rule.type == AuxiliaryType::kSeverity) {
            if (severity == nullptr || rule.coef > severity->coef) severity = &rule;
        } else if (supervision == nullptr || rule.coef < supervision->coef) {
            supervision = &rule;
        }
    }
    AuxiliaryResult result;
    for (const AuxiliaryRule* rule : {severity, supervision}) {
        if (rule == nullptr) continue;
        // The first factor is 1, so only the second product can need rounding.
        result.coefficient = amount::multiply(result.coefficient, rule->coef, Rounding::kHalfAway);
        result.rules.emplace_back(rule->id);
    }
    return result;
}

Points case_points(const Dip& dip, Points base, Rate d, Rate k, Rate a) {
    return Points::of_raw(amount::product_over({base.raw(), d.raw(), k.raw(), a.raw()},
                                               amount::kTenTo24, dip.rounding.points));
}

Points blank_points(const Dip& dip, Fen cost, Rate k) {
    const Rate used = dip.blank.apply_k ? k : Rate::whole(1);
    const Int128 divisor =
        amount::checked_mul(Int128{dip.blank.mean_fen.raw()}, Int128{amount::kTenTo16});
    return Points::of_raw(amount::product_over(
        {dip.blank.factor.raw(), dip.points_scale * Points::kUnit, cost.raw(), used.raw()}, divisor,
        dip.rounding.points));
}

std::int64_t special_case_ceiling(Rate rate, std::int64_t discharged_cases) {
    return amount::muldiv(rate.raw(), discharged_cases, Rate::kUnit, Rounding::kDown);
}

std::string_view name_of(ScoreStatus status) {
    switch (status) {
        case ScoreStatus::kScored:
            return "SCORED";
        case ScoreStatus::kBlank:
            return "BLANK";
        case ScoreStatus::kActualCost:
            return "ACTUAL_COST";
    }
    return "";
}

Outcome<Scorer> Scorer::of(const Dip& dip, const ProcedureTable& procedures,
                           const Catalogue& catalogue, const ScoreTables& tables) {
    if (dip.blank.mean_fen.is_zero()) {
        return Refusal{"POLICY_VALUE", {{"key", "body.dip.blank.mean_fen"}}};
    }
    return Scorer(dip, procedures, catalogue, tables);
}

Rate Scorer::coefficient_of(const Group& group, std::string_view institution_id,
                            const Institution& institution) const {
    if (group.basic_coef) return *group.basic_coef;
    const Rate* own = find_in(tables_.coefficients, institution_id, group.code);
    return own != nullptr ? *own : institution.k;
}

Fen Scorer::reference_of(const Group& group, const Institution& institution) const {
    const Fen* level = find_in(tables_.references, group.code, institution.level);
    return level != nullptr ? *level : group.ref_fen;
}

void Scorer::score_group(const DipCase& c, const Institution& institution, const CaseFacts& facts,
                         DipScore& score) const {
    const Group& group = *score.choice.group;
    score.reference = reference_of(group, institution);
    if (group.points.is_zero()) {
        score.status = ScoreStatus::kActualCost;
        score.flags.emplace_back("ZERO_POINTS");
        return;
    }
    score.status = ScoreStatus::kScored;
    const Rate k = coefficient_of(group, c.institution_id, institution);
    score.k = k;
    score.auxiliary = auxiliary_of(dip_, facts);
    Rate d = Rate::whole(1);
    Rate multiplied = k;
    if (score.reference->is_zero()) {
        score.flags.emplace_back("NO_REFERENCE");
    } else {
        const DeviationResult deviation = deviation_of(dip_, c.total, *score.reference, k);
        d = deviation.d;
        if (!deviation.multiply_k) multiplied = Rate::whole(1);
        score.band = deviation.band;
        score.ratio = amount::ratio(c.total, *score.reference, Rounding::kHalfAway);
        if (!deviation.flag.empty()) score.flags.push_back(deviation.flag);
    }
    score.d = d;
    score.points = case_points(dip_, group.points, d, multiplied, score.auxiliary->coefficient);
}

GroupChoice Scorer::choose(const DipCase& c) const {
    return grouper_.choose(c.principal_dx, treatment_of(dip_, procedures_, c.procedures, c.total),
                           c.total);
}

Outcome<DipScore> Scorer::score(const DipCase& c) const {
    const auto institution = tables_.institutions.find(c.institution_id);
    if (institution == tables_.institutions.end()) return Reason("DIP_UNKNOWN_INSTITUTION");
    return score(c, institution->second);
}

DipScore Scorer::score(const DipCase& c, const Institution& institution) const {
    const Treatment treatment = treatment_of(dip_, procedures_, c.procedures, c.total);
    DipScore score;
    score.choice = grouper_.choose(c.principal_dx, treatment, c.total);
    if (score.choice.group == nullptr) {
        score.status = ScoreStatus::kBlank;
        if (dip_.blank.apply_k) score.k = institution.k;
        score.points = blank_points(dip_, c.total, institution.k);
        score.flags.emplace_back("BLANK_GROUP");
        return score;
    }
    CaseFacts facts = c.facts;
    facts.institution_level = institution.level;
    facts.procedure_level = treatment.level;
    score_group(c, institution, facts, score);
    return score;
}

}  // namespace yilian::billing::dip
