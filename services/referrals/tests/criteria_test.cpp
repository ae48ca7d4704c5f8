#include "services/referrals/domain/criteria.h"

#include <gmock/gmock.h>

namespace yilian::referrals::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

CriteriaPolicy base_policy() {
    CriteriaPolicy p;
    p.pack_ids = {"hypertension", "diabetes_t2", "copd"};
    p.emergency_sbp = 180;
    p.emergency_dbp = 110;
    p.hypertension_onset_age_lt = 30;
    p.potassium_lt_e2 = 350;
    p.arm_difference_min = 20;
    p.drugs_min = 3;
    p.diabetes_age_lt = 18;
    p.diabetes_not_at_goal_months = 3;
    p.egfr_lt = 60;
    p.rr_gt = 30;
    p.spo2_lt_pct = 90;
    p.moderate_exacerbations = 2;
    p.copd_onset_age_lt = 40;
    return p;
}

Criteria check(std::string_view pack, const Facts& facts,
               const CriteriaPolicy& policy = base_policy(), std::int32_t version = 1) {
    return *evaluate(pack, version, CriteriaSide::kUp, facts, policy, false);
}

const CriterionOutcome& outcome_of(const Criteria& criteria, std::string_view id) {
    for (const CriterionOutcome& outcome : criteria.outcomes) {
        if (outcome.criterion_id == id) return outcome;
    }
    ADD_FAILURE() << "no criterion " << id;
    static const CriterionOutcome kNone;
    return kNone;
}

TEST(Criteria, R15HighPressureWithSevereHeadacheIsAnEmergency) {
    const Criteria c =
        check("hypertension", {{"sbp_mmhg", 186}, {"dbp_mmhg", 104}, {"severe_headache", 1}});
    EXPECT_THAT(c.ids(CriterionResult::kMet), ElementsAre("HTN-E2"));
    EXPECT_EQ(c.suggested, Direction::kEmergency);
}

TEST(Criteria, R16MissingSymptomsAreMissingAndNotSilentlyNotMet) {
    const Criteria c = check("hypertension", {{"sbp_mmhg", 186}, {"dbp_mmhg", 104}});
    EXPECT_THAT(c.ids(CriterionResult::kMet), IsEmpty());
    EXPECT_THAT(
        outcome_of(c, "HTN-E2").missing_inputs,
        ElementsAre("severe_headache", "vomiting", "sudden_speech_disorder", "limb_paralysis"));
    EXPECT_THAT(outcome_of(c, "HTN-U1").missing_inputs, ElementsAre("lowered_by_short_treatment"));
    EXPECT_EQ(c.suggested, Direction::kNone);
    // Only what was answered may be "not met": the registry did not advise.
    EXPECT_THAT(c.ids(CriterionResult::kNotMet), ElementsAre("HTN-U12"));
}

TEST(Criteria, R16WithEverythingElseAnsweredExactlyTheTwoAreMissing) {
    Facts facts{{"sbp_mmhg", 186}, {"dbp_mmhg", 104}};
    for (const std::string& input : criteria_inputs("hypertension", base_policy())) {
        facts.try_emplace(input, 0);
    }
    facts["onset_age_years"] = 50;
    facts["potassium_e2"] = 400;
    for (const char* unknown : {"severe_headache", "vomiting", "sudden_speech_disorder",
                                "limb_paralysis", "lowered_by_short_treatment"}) {
        facts.erase(unknown);
    }
    const Criteria c = check("hypertension", facts);
    EXPECT_THAT(c.ids(CriterionResult::kMet), IsEmpty());
    EXPECT_THAT(c.ids(CriterionResult::kMissing), ElementsAre("HTN-E2", "HTN-U1"));
}

TEST(Criteria, R17AgeRuleOfDiabetesFollowsThePackVersion) {
    const Facts facts{{"age_years", 22}};
    const Criteria base = check("diabetes_t2", facts);
    EXPECT_EQ(outcome_of(base, "DM-U2").result, CriterionResult::kNotMet);
    EXPECT_EQ(outcome_of(base, "DM-U2").explanation, "age_years 22 >= 18");
    EXPECT_EQ(base.pack_version, 1);
    CriteriaPolicy later = base_policy();
    later.diabetes_age_lt = 25;
    const Criteria second = check("diabetes_t2", facts, later, 2);
    EXPECT_EQ(outcome_of(second, "DM-U2").result, CriterionResult::kMet);
    EXPECT_EQ(outcome_of(second, "DM-U2").explanation, "age_years 22 < 25");
    EXPECT_EQ(second.pack_version, 2);
}

TEST(Criteria, Step8OfTheWalkMeetsLowPotassiumAndAdvice) {
    const Criteria c = check("hypertension", {{"sbp_mmhg", 172},
                                              {"dbp_mmhg", 104},
                                              {"potassium_e2", 320},
                                              {"diuretic", 0},
                                              {"advice_of_registry", 1}});
    EXPECT_THAT(c.ids(CriterionResult::kMet), ElementsAre("HTN-U6", "HTN-U12"));
    EXPECT_EQ(outcome_of(c, "HTN-U6").explanation, "potassium_e2 3.20 < 3.50, diuretic no");
    EXPECT_EQ(c.suggested, Direction::kUp);
}

// One threshold of the pack: a criterion before and after its change.
struct Case {
    const char* pack;
    const char* id;
    Facts facts;
    void (*change)(CriteriaPolicy&);
    CriterionResult before;
    CriterionResult after;
};
constexpr auto kMet = CriterionResult::kMet;
constexpr auto kNot = CriterionResult::kNotMet;

const Case kThresholds[] = {
    {"hypertension",
     "HTN-E3",
     {{"sbp_mmhg", 182}, {"dbp_mmhg", 90}, {"lasting_chest_pain", 1}},
     [](auto& p) { p.emergency_sbp = 190; },
     kMet,
     kNot},
    {"hypertension",
     "HTN-E3",
     {{"sbp_mmhg", 150}, {"dbp_mmhg", 112}, {"lasting_back_pain", 1}},
     [](auto& p) { p.emergency_dbp = 120; },
     kMet,
     kNot},
    {"hypertension",
     "HTN-U4",
     {{"onset_age_years", 29}},
     [](auto& p) { p.hypertension_onset_age_lt = 25; },
     kMet,
     kNot},
    {"hypertension",
     "HTN-U6",
     {{"potassium_e2", 340}, {"diuretic", 0}},
     [](auto& p) { p.potassium_lt_e2 = 340; },
     kMet,
     kNot},
    {"hypertension",
     "HTN-U8",
     {{"arm_difference_mmhg", 20}},
     [](auto& p) { p.arm_difference_min = 21; },
     kMet,
     kNot},
    {"hypertension",
     "HTN-U9",
     {{"not_at_goal", 1}, {"full_dose_drugs", 2}, {"diuretic", 1}},
     [](auto& p) { p.drugs_min = 2; },
     kNot,
     kMet},
    {"diabetes_t2",
     "DM-U6",
     {{"not_at_goal", 1}, {"not_at_goal_months", 3}},
     [](auto& p) { p.diabetes_not_at_goal_months = 6; },
     kMet,
     kNot},
    {"diabetes_t2",
     "DM-U8",
     {{"egfr_ml_min_173", 59},
      {"macro_proteinuria", 0},
      {"acute_heart_or_brain_event", 0},
      {"severe_vision_loss", 0},
      {"claudication_or_ischaemic_pain", 0},
      {"foot_ulcer", 0}},
     [](auto& p) { p.egfr_lt = 45; },
     kMet,
     kNot},
    {"copd",
     "COPD-E2",
     {{"respiratory_rate_per_min", 31}},
     [](auto& p) { p.rr_gt = 31; },
     kMet,
     kNot},
    {"copd",
     "COPD-E7",
     {{"spo2_pct", 89}, {"pao2_mmhg", 70}},
     [](auto& p) { p.spo2_lt_pct = 88; },
     kMet,
     kNot},
    {"copd",
     "COPD-U3",
     {{"moderate_exacerbations_year", 2}, {"hospital_stays_year", 0}},
     [](auto& p) { p.moderate_exacerbations = 3; },
     kMet,
     kNot},
    {"copd",
     "COPD-U5",
     {{"onset_age_years", 39}},
     [](auto& p) { p.copd_onset_age_lt = 35; },
     kMet,
     kNot},
};

TEST(Criteria, EveryThresholdOfThePackDecides) {
    for (const Case& c : kThresholds) {
        EXPECT_EQ(outcome_of(check(c.pack, c.facts), c.id).result, c.before) << c.id;
        CriteriaPolicy changed = base_policy();
        c.change(changed);
        EXPECT_EQ(outcome_of(check(c.pack, c.facts, changed), c.id).result, c.after) << c.id;
    }
}

TEST(Criteria, OneMetPartDecidesWhateverElseIsMissing) {
    const Criteria c = check("copd", {{"pao2_mmhg", 55}});
    EXPECT_EQ(outcome_of(c, "COPD-E7").result, CriterionResult::kMet);
    const Criteria unknown = check("copd", {{"pao2_mmhg", 70}});
    EXPECT_EQ(outcome_of(unknown, "COPD-E7").result, CriterionResult::kMissing);
    EXPECT_THAT(outcome_of(unknown, "COPD-E7").missing_inputs, ElementsAre("spo2_pct"));
}

TEST(Criteria, DownCriteriaDependOnWhoTakesThePatientBack) {
    const Facts facts{{"diagnosis_clear", 1},
                      {"plan_fit_for_base", 1},
                      {"stable", 1},
                      {"complications_stable", 1}};
    const auto township =
        *evaluate("hypertension", 1, CriteriaSide::kDown, facts, base_policy(), false);
    EXPECT_THAT(township.ids(CriterionResult::kMet), ElementsAre("HTN-D1"));
    EXPECT_EQ(township.outcomes.size(), 1U);
    const auto village =
        *evaluate("hypertension", 1, CriteriaSide::kDown, facts, base_policy(), true);
    EXPECT_THAT(village.ids(CriterionResult::kMissing), ElementsAre("HTN-D2"));
}

TEST(Criteria, ADistrictTakesAPackByNamingIt) {
    CriteriaPolicy policy = base_policy();
    EXPECT_FALSE(evaluate("coronary", 1, CriteriaSide::kUp, {}, policy, false));
    policy.pack_ids = {"coronary", "chronic_kidney_disease", "dyslipidaemia", "cerebrovascular"};
    const auto found = [&](const char* pack, const Facts& facts) {
        const auto result = evaluate(pack, 1, CriteriaSide::kUp, facts, policy, false);
        return std::pair(result->ids(CriterionResult::kMet), result->suggested);
    };
    EXPECT_THAT(found("coronary", {{"chest_pain_min", 20}, {"new_angina", 1}}),
                std::pair(std::vector<std::string>{"CHD-E2", "CHD-U1"}, Direction::kEmergency));
    EXPECT_THAT(found("coronary", {{"chest_pain_min", 19}, {"heart_rate_per_min", 150}}).first,
                IsEmpty());
    EXPECT_THAT(found("chronic_kidney_disease", {{"egfr_ml_min_173", 29}, {"acr_mg_g", 300}}),
                std::pair(std::vector<std::string>{"CKD-U1", "CKD-U3"}, Direction::kUp));
    EXPECT_THAT(found("chronic_kidney_disease", {{"potassium_e2", 600}}).second,
                Direction::kEmergency);
    EXPECT_THAT(found("dyslipidaemia", {{"triglycerides_e2", 560}, {"ldl_e2", 489}}).first,
                ElementsAre("LIP-U1"));
    EXPECT_THAT(found("cerebrovascular", {{"face_drooping", 1}}).second, Direction::kEmergency);
    EXPECT_THAT(found("cerebrovascular", {{"carotid_stenosis_pct", 50}}).first,
                ElementsAre("CVD-U4"));
}

TEST(Criteria, PacksOutsideTheDistrictsListDoNotExist) {
    CriteriaPolicy policy = base_policy();
    policy.pack_ids = {"hypertension"};
    EXPECT_FALSE(evaluate("copd", 1, CriteriaSide::kUp, {}, policy, false));
    EXPECT_FALSE(evaluate("unknown", 1, CriteriaSide::kUp, {}, base_policy(), false));
    EXPECT_THAT(criteria_packs(),
                UnorderedElementsAre("cerebrovascular", "chronic_kidney_disease", "copd",
                                     "coronary", "diabetes_t2", "dyslipidaemia", "hypertension"));
    EXPECT_THAT(criteria_inputs("copd", policy), Contains("spo2_pct"));
    EXPECT_THAT(criteria_inputs("copd", policy), Not(Contains("sbp_mmhg")));
}

}  // namespace
}  // namespace yilian::referrals::domain
