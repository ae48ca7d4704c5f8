#include "services/referrals/domain/criteria.h"

#include <algorithm>
#include <set>
#include <utility>

namespace yilian::referrals::domain {
namespace {

// A condition over coded inputs: a comparison, or all, any or at least n of conditions.
struct Condition {
    enum class Op { kYes, kNo, kGe, kGt, kLt, kLe, kAll, kAny };
    Op op = Op::kYes;
    std::string input{};
    std::int64_t bound = 0;
    int decimals = 0;  // of the input, for the explanation
    std::vector<Condition> parts{};
};

Condition yes(std::string input) { return {Condition::Op::kYes, std::move(input)}; }
Condition no(std::string input) { return {Condition::Op::kNo, std::move(input)}; }
Condition ge(std::string input, std::int64_t bound) {
    return {Condition::Op::kGe, std::move(input), bound};
}
Condition gt(std::string input, std::int64_t bound) {
    return {Condition::Op::kGt, std::move(input), bound};
}
Condition lt(std::string input, std::int64_t bound, int decimals = 0) {
    return {Condition::Op::kLt, std::move(input), bound, decimals};
}
Condition all(std::vector<Condition> parts) {
    return {Condition::Op::kAll, "", 0, 0, std::move(parts)};
}
Condition any(std::vector<Condition> parts) {
    return {Condition::Op::kAny, "", 0, 0, std::move(parts)};
}
Condition any_yes(std::vector<std::string> inputs) {
    std::vector<Condition> parts;
    for (std::string& input : inputs) parts.push_back(yes(std::move(input)));
    return any(std::move(parts));
}
Condition all_yes(std::vector<std::string> inputs) {
    std::vector<Condition> parts;
    for (std::string& input : inputs) parts.push_back(yes(std::move(input)));
    return all(std::move(parts));
}

struct Criterion {
    std::string id;
    Direction suggests = Direction::kUp;
    Condition condition;
};

struct Verdict {
    CriterionResult result = CriterionResult::kMissing;
    std::vector<std::string> missing;
    std::string explanation;
};

std::string shown(std::int64_t value, int decimals) {
    if (decimals == 0) return std::to_string(value);
    std::string digits = std::to_string(value);
    const auto places = static_cast<std::size_t>(decimals);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    return digits.insert(digits.size() - places, ".");
}

bool holds(const Condition& c, std::int64_t value) {
    switch (c.op) {
        case Condition::Op::kYes:
            return value != 0;
        case Condition::Op::kNo:
            return value == 0;
        case Condition::Op::kGe:
            return value >= c.bound;
        case Condition::Op::kGt:
            return value > c.bound;
        case Condition::Op::kLt:
            return value < c.bound;
        case Condition::Op::kLe:
            return value <= c.bound;
        case Condition::Op::kAll:
        case Condition::Op::kAny:
            break;
    }
    return false;
}

std::string explain(const Condition& c, std::int64_t value, bool met) {
    const bool flag = c.op == Condition::Op::kYes || c.op == Condition::Op::kNo;
    if (flag) return c.input + (value != 0 ? " yes" : " no");
    const bool above = c.op == Condition::Op::kGe || c.op == Condition::Op::kGt;
    const bool strict = c.op == Condition::Op::kGt || c.op == Condition::Op::kLt;
    // The relation that was found, "120 < 180" when 120 >= 180 does not hold.
    std::string relation = above == met ? ">" : "<";
    if (strict != met) relation += "=";
    return c.input + " " + shown(value, c.decimals) + " " + relation + " " +
           shown(c.bound, c.decimals);
}

Verdict judge(const Condition& c, const Facts& facts) {
    if (c.op != Condition::Op::kAll && c.op != Condition::Op::kAny) {
        const auto fact = facts.find(c.input);
        if (fact == facts.end()) return {CriterionResult::kMissing, {c.input}, ""};
        const bool met = holds(c, fact->second);
        return {met ? CriterionResult::kMet : CriterionResult::kNotMet,
                {},
                explain(c, fact->second, met)};
    }
    // One part decides: a "not met" of an `all`, a "met" of an `any`. Only then are the missing
    // parts of no matter.
    const bool is_all = c.op == Condition::Op::kAll;
    const auto deciding = is_all ? CriterionResult::kNotMet : CriterionResult::kMet;
    Verdict whole{is_all ? CriterionResult::kMet : CriterionResult::kNotMet, {}, ""};
    for (const Condition& part : c.parts) {
        Verdict v = judge(part, facts);
        if (v.result == deciding) return {deciding, {}, std::move(v.explanation)};
        if (v.result == CriterionResult::kMissing) whole.result = CriterionResult::kMissing;
        whole.missing.insert(whole.missing.end(), v.missing.begin(), v.missing.end());
        if (v.explanation.empty()) continue;
        if (!whole.explanation.empty()) whole.explanation += ", ";
        whole.explanation += v.explanation;
    }
    return whole;
}

// referrals.md 7.1. "Marked rise" is the threshold of HTN-E2, "raised" is 140/90, the diagnosis.
std::vector<Criterion> hypertension(const CriteriaPolicy& p) {
    const Condition marked =
        any({ge("sbp_mmhg", p.emergency_sbp), ge("dbp_mmhg", p.emergency_dbp)});
    const Condition raised = any({ge("sbp_mmhg", 140), ge("dbp_mmhg", 90)});
    const auto emergency = Direction::kEmergency;
    const auto up = Direction::kUp;
    const auto down = Direction::kDown;
    return {
        {"HTN-E1", emergency, any_yes({"consciousness_lost_or_blurred"})},
        {"HTN-E2", emergency,
         all({marked, any_yes({"severe_headache", "vomiting", "sudden_speech_disorder",
                               "limb_paralysis"})})},
        {"HTN-E3", emergency, all({marked, any_yes({"lasting_chest_pain", "lasting_back_pain"})})},
        {"HTN-E4", emergency,
         all({raised, any_yes({"leg_oedema", "breathlessness", "cannot_lie_flat"})})},
        {"HTN-E5", emergency, yes("suspected_acute_coronary_syndrome")},
        {"HTN-E6", emergency, yes("other_vital_sign_danger")},
        {"HTN-U1", up, all({marked, no("lowered_by_short_treatment")})},
        {"HTN-U2", up, yes("suspected_new_complication")},
        {"HTN-U3", up, yes(std::string(kPregnancyInput))},
        {"HTN-U4", up, lt("onset_age_years", p.hypertension_onset_age_lt)},
        {"HTN-U5", up, any_yes({"proteinuria", "haematuria"})},
        {"HTN-U6", up, all({lt("potassium_e2", p.potassium_lt_e2, 2), no("diuretic")})},
        {"HTN-U7", up, yes("paroxysmal_rise_with_headache_palpitation_sweating")},
        {"HTN-U8", up, ge("arm_difference_mmhg", p.arm_difference_min)},
        {"HTN-U9", up,
         all({yes("not_at_goal"), ge("full_dose_drugs", p.drugs_min), yes("diuretic")})},
        {"HTN-U10", up,
         any_yes({"large_swings", "drug_reaction_not_handled", "serious_disease_or_organ_damage"})},
        {"HTN-U11", up, any_yes({"tcm_need_not_served", "tcm_without_effect"})},
        {"HTN-U12", up, yes(std::string(kAdviceInput))},
        {"HTN-D1", down,
         all_yes({"diagnosis_clear", "plan_fit_for_base", "stable", "complications_stable"})},
        {"HTN-D2", down, all_yes({"long_term_plan", "bp_at_goal", "follow_up_only"})},
    };
}

// referrals.md 7.2, in its order.
std::vector<Criterion> diabetes(const CriteriaPolicy& p) {
    const auto up = Direction::kUp;
    return {
        {"DM-U1", up, yes("cause_or_type_unclear")},
        {"DM-U2", up, lt(std::string(kAgeInput), p.diabetes_age_lt)},
        {"DM-U3", up, yes(std::string(kPregnancyInput))},
        {"DM-U4", up, yes("acute_complication")},
        {"DM-U5", up, yes("repeated_hypoglycaemia")},
        {"DM-U6", up,
         all({yes("not_at_goal"), ge("not_at_goal_months", p.diabetes_not_at_goal_months)})},
        {"DM-U7", up, yes("complication_screening_not_possible")},
        {"DM-U8", up,
         any({lt("egfr_ml_min_173", p.egfr_lt),
              any_yes({"macro_proteinuria", "acute_heart_or_brain_event", "severe_vision_loss",
                       "claudication_or_ischaemic_pain", "foot_ulcer"})})},
        {"DM-U9", up, any_yes({"large_swings", "insulin_plan_needed"})},
        {"DM-D1", Direction::kDown,
         all_yes({"diagnosis_clear", "plan_set", "stable", "complications_stable"})},
    };
}

// referrals.md 7.3; PaO2 60 mmHg is the definition of respiratory failure and no key.
std::vector<Criterion> copd(const CriteriaPolicy& p) {
    const auto emergency = Direction::kEmergency;
    const auto up = Direction::kUp;
    return {
        {"COPD-E1", emergency, yes("marked_breathlessness_at_rest")},
        {"COPD-E2", emergency, gt("respiratory_rate_per_min", p.rr_gt)},
        {"COPD-E3", emergency, yes("accessory_muscle_use")},
        {"COPD-E4", emergency, yes("cyanosis")},
        {"COPD-E5", emergency, yes("new_oedema")},
        {"COPD-E6", emergency, yes("changed_consciousness")},
        {"COPD-E7", emergency, any({lt("spo2_pct", p.spo2_lt_pct), lt("pao2_mmhg", 60)})},
        {"COPD-E8", emergency, yes("unstable_circulation")},
        {"COPD-E9", emergency, yes("no_response_to_first_treatment")},
        {"COPD-U1", up, yes("lung_function_not_available")},
        {"COPD-U2", up, yes("not_controlled_by_standard_treatment")},
        {"COPD-U3", up,
         any({ge("moderate_exacerbations_year", p.moderate_exacerbations),
              ge("hospital_stays_year", 1)})},
        {"COPD-U4", up, yes("oxygen_ventilation_or_surgery_assessment")},
        {"COPD-U5", up, lt("onset_age_years", p.copd_onset_age_lt)},
        {"COPD-U6", up, yes("serious_comorbidity")},
        {"COPD-D1", Direction::kDown, all_yes({"diagnosis_clear", "plan_set", "stable"})},
    };
}

// The county plan of 2022 also covers the four below without printing their criteria. Thresholds
// are those of common guidelines (K) and no keys; a district takes a pack by naming it in
// referral.criteria.pack_ids.
std::vector<Criterion> chronic_kidney_disease(const CriteriaPolicy&) {
    const auto emergency = Direction::kEmergency;
    const auto up = Direction::kUp;
    return {
        {"CKD-E1", emergency, ge("potassium_e2", 600)},
        {"CKD-E2", emergency, any_yes({"pulmonary_oedema", "anuria"})},
        {"CKD-E3", emergency, any_yes({"changed_consciousness", "seizure", "pericarditis"})},
        {"CKD-U1", up, lt("egfr_ml_min_173", 30)},
        {"CKD-U2", up, ge("egfr_fall_year_pct", 25)},
        {"CKD-U3", up, any({ge("acr_mg_g", 300), yes("macro_proteinuria")})},
        {"CKD-U4", up, yes("haematuria")},
        {"CKD-U5", up, all({yes("not_at_goal"), ge("full_dose_drugs", 4)})},
        {"CKD-U6", up, any_yes({"cause_or_type_unclear", "hereditary_kidney_disease"})},
        {"CKD-U7", up, yes(std::string(kPregnancyInput))},
        {"CKD-U8", up, all({lt("haemoglobin_g_l", 100), yes("anaemia_of_kidney_disease")})},
        {"CKD-D1", Direction::kDown, all_yes({"diagnosis_clear", "plan_set", "stable"})},
    };
}

std::vector<Criterion> dyslipidaemia(const CriteriaPolicy&) {
    const auto up = Direction::kUp;
    return {
        {"LIP-E1", Direction::kEmergency, yes("suspected_acute_pancreatitis")},
        {"LIP-U1", up, ge("triglycerides_e2", 560)},
        {"LIP-U2", up, any({ge("ldl_e2", 490), yes("suspected_familial_hypercholesterolaemia")})},
        {"LIP-U3", up, all({yes("not_at_goal"), ge("not_at_goal_months", 3)})},
        {"LIP-U4", up,
         any_yes({"drug_reaction_not_handled", "myopathy", "liver_enzymes_three_times_limit"})},
        {"LIP-U5", up, yes(std::string(kPregnancyInput))},
        {"LIP-U6", up, lt("onset_age_years", 18)},
        {"LIP-D1", Direction::kDown, all_yes({"diagnosis_clear", "plan_set", "stable"})},
    };
}

std::vector<Criterion> coronary(const CriteriaPolicy&) {
    const auto emergency = Direction::kEmergency;
    const auto up = Direction::kUp;
    return {
        {"CHD-E1", emergency, yes("suspected_acute_coronary_syndrome")},
        {"CHD-E2", emergency, ge("chest_pain_min", 20)},
        {"CHD-E3", emergency, any_yes({"st_elevation", "new_left_bundle_branch_block"})},
        {"CHD-E4", emergency,
         any_yes({"pulmonary_oedema", "unstable_circulation", "changed_consciousness"})},
        {"CHD-E5", emergency, any({lt("heart_rate_per_min", 40), gt("heart_rate_per_min", 150)})},
        {"CHD-U1", up, any_yes({"new_angina", "worse_angina", "angina_after_infarction"})},
        {"CHD-U2", up, yes("new_heart_failure")},
        {"CHD-U3", up, yes("arrhythmia_not_handled")},
        {"CHD-U4", up, yes("not_controlled_by_standard_treatment")},
        {"CHD-U5", up, any_yes({"bleeding_under_antiplatelets", "drug_reaction_not_handled"})},
        {"CHD-U6", up, yes("revascularisation_to_be_assessed")},
        {"CHD-D1", Direction::kDown,
         all_yes({"diagnosis_clear", "plan_set", "stable", "complications_stable"})},
    };
}

std::vector<Criterion> cerebrovascular(const CriteriaPolicy&) {
    const auto emergency = Direction::kEmergency;
    const auto up = Direction::kUp;
    return {
        {"CVD-E1", emergency,
         any_yes({"face_drooping", "limb_paralysis", "sudden_speech_disorder"})},
        {"CVD-E2", emergency, any_yes({"sudden_vision_loss", "sudden_gait_disorder"})},
        {"CVD-E3", emergency, any_yes({"severe_headache", "vomiting", "changed_consciousness"})},
        {"CVD-E4", emergency, yes("transient_attack_within_48_h")},
        {"CVD-U1", up, yes("transient_attack_in_the_past")},
        {"CVD-U2", up, yes("new_deficit")},
        {"CVD-U3", up, all({yes("not_at_goal"), ge("not_at_goal_months", 3)})},
        {"CVD-U4", up, ge("carotid_stenosis_pct", 50)},
        {"CVD-U5", up, any_yes({"bleeding_under_antiplatelets", "drug_reaction_not_handled"})},
        {"CVD-U6", up, any_yes({"swallowing_disorder", "rehabilitation_not_possible"})},
        {"CVD-D1", Direction::kDown,
         all_yes({"diagnosis_clear", "plan_set", "stable", "complications_stable"})},
    };
}

using MakePack = std::vector<Criterion> (*)(const CriteriaPolicy&);
constexpr std::pair<std::string_view, MakePack> kPacks[] = {
    {"cerebrovascular", cerebrovascular},
    {"chronic_kidney_disease", chronic_kidney_disease},
    {"copd", copd},
    {"coronary", coronary},
    {"diabetes_t2", diabetes},
    {"dyslipidaemia", dyslipidaemia},
    {"hypertension", hypertension}};

MakePack pack_named(std::string_view id) {
    for (const auto& [name, make] : kPacks) {
        if (name == id) return make;
    }
    return nullptr;
}

// HTN-D1 is for a township, HTN-D2 for a village; packs with one down criterion ask it always.
bool asked(const Criterion& criterion, CriteriaSide side, bool to_village) {
    const bool is_down = criterion.suggests == Direction::kDown;
    if (side == CriteriaSide::kUp) return !is_down;
    if (!is_down) return false;
    if (criterion.id == "HTN-D1") return !to_village;
    if (criterion.id == "HTN-D2") return to_village;
    return true;
}

void collect_inputs(const Condition& c, std::set<std::string>& into) {
    if (!c.input.empty()) into.insert(c.input);
    for (const Condition& part : c.parts) collect_inputs(part, into);
}

}  // namespace

std::vector<std::string> Criteria::ids(CriterionResult result) const {
    std::vector<std::string> found;
    for (const CriterionOutcome& outcome : outcomes) {
        if (outcome.result == result) found.push_back(outcome.criterion_id);
    }
    return found;
}

bool Criteria::any_met() const {
    return std::ranges::find(outcomes, CriterionResult::kMet, &CriterionOutcome::result) !=
           outcomes.end();
}

std::optional<Criteria> evaluate(std::string_view pack_id, std::int32_t pack_version,
                                 CriteriaSide side, const Facts& facts,
                                 const CriteriaPolicy& policy, bool down_to_village) {
    const MakePack make = pack_named(pack_id);
    if (make == nullptr || std::ranges::find(policy.pack_ids, pack_id) == policy.pack_ids.end()) {
        return std::nullopt;
    }
    // The registry either advised or did not; that is always known.
    Facts known = facts;
    known.try_emplace(std::string(kAdviceInput), 0);
    Criteria criteria{std::string(pack_id), pack_version, {}, Direction::kNone};
    for (const Criterion& criterion : make(policy)) {
        if (!asked(criterion, side, down_to_village)) continue;
        Verdict v = judge(criterion.condition, known);
        if (v.result == CriterionResult::kMet && criteria.suggested != Direction::kEmergency) {
            criteria.suggested = criterion.suggests;
        }
        criteria.outcomes.push_back(
            {criterion.id, v.result, std::move(v.missing), std::move(v.explanation)});
    }
    return criteria;
}

std::vector<std::string> criteria_packs() {
    std::vector<std::string> ids;
    for (const auto& [name, make] : kPacks) ids.emplace_back(name);
    return ids;
}

std::vector<std::string> criteria_inputs(std::string_view pack_id, const CriteriaPolicy& policy) {
    std::set<std::string> inputs;
    if (const MakePack make = pack_named(pack_id)) {
        for (const Criterion& criterion : make(policy)) collect_inputs(criterion.condition, inputs);
    }
    return {inputs.begin(), inputs.end()};
}

}  // namespace yilian::referrals::domain
