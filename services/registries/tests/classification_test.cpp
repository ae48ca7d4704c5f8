// registries.md 14, examples G-01 … G-10, and the invariants of section 13 that concern one visit.
#include "services/registries/domain/classification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace yilian::registries::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

CivilDate day(std::string_view text) { return *CivilDate::parse(text); }

Visit pressure(std::string_view on, std::int32_t sbp, std::int32_t dbp) {
    Visit visit;
    visit.visit_on = day(on);
    visit.sbp_mmhg = sbp;
    visit.dbp_mmhg = dbp;
    return visit;
}

Visit fasting(std::int32_t glucose_e2) {
    Visit visit;
    visit.visit_on = day("2026-03-02");
    visit.fasting_glucose_e2 = glucose_e2;
    return visit;
}

ClassificationPolicy with_rules(GoalRuleSet rules) {
    ClassificationPolicy policy;
    policy.goal_rule_set = rules;
    return policy;
}

TEST(Classification, G01_FirstVisitNotAtGoalIsAdjustedWithinTwoWeeks) {
    const auto c = classify("hypertension", pressure("2026-03-02", 152, 92), {.age_years = 58}, {});
    EXPECT_EQ(c.control_class, ControlClass::kUnsatisfied);
    EXPECT_EQ(c.unsatisfied_run, 1);
    EXPECT_EQ(c.action, ActionKind::kAdjust);
    EXPECT_EQ(c.action_due_on, day("2026-03-16"));
    EXPECT_EQ(c.next_due_on, day("2026-03-16"));
    EXPECT_FALSE(c.urgency);
    EXPECT_EQ(c.rule_set_version, "norm3");
}

TEST(Classification, G02_SecondVisitInARowNotSatisfiedAdvisesAReferral) {
    const auto c = classify("hypertension", pressure("2026-03-16", 148, 88),
                            {.age_years = 58, .unsatisfied_run = 1}, {});
    EXPECT_EQ(c.control_class, ControlClass::kUnsatisfied);
    EXPECT_EQ(c.unsatisfied_run, 2);
    EXPECT_EQ(c.action, ActionKind::kReferUp);
    EXPECT_EQ(c.urgency, Urgency::kRoutine);
    EXPECT_EQ(c.action_due_on, day("2026-03-30"));
    EXPECT_THAT(c.criteria, ElementsAre("TWO_IN_A_ROW"));
}

TEST(Classification, G03_BackAtGoalEndsTheRunAndWaitsNinetyDays) {
    const auto c = classify("hypertension", pressure("2026-03-16", 136, 84),
                            {.age_years = 58, .unsatisfied_run = 1}, {});
    EXPECT_EQ(c.control_class, ControlClass::kSatisfied);
    EXPECT_EQ(c.unsatisfied_run, 0);
    EXPECT_FALSE(c.action);
    EXPECT_EQ(c.next_due_on, day("2026-06-14"));
}

TEST(Classification, G04_AgeSeventyByRuleSet) {
    const Visit visit = pressure("2026-03-02", 146, 86);
    const ClassificationHistory history{.age_years = 70};
    EXPECT_EQ(
        classify("hypertension", visit, history, with_rules(GoalRuleSet::kNorm3)).control_class,
        ControlClass::kSatisfied);
    EXPECT_EQ(classify("hypertension", visit, history, with_rules(GoalRuleSet::kGuideline2017))
                  .control_class,
              ControlClass::kUnsatisfied);
    EXPECT_EQ(classify("hypertension", visit, history, with_rules(GoalRuleSet::kGuideline2020))
                  .control_class,
              ControlClass::kSatisfied);
}

TEST(Classification, G05_AgeEightyTwoByRuleSet) {
    const Visit visit = pressure("2026-03-02", 148, 88);
    for (const GoalRuleSet rules : {GoalRuleSet::kNorm3, GoalRuleSet::kGuideline2017}) {
        EXPECT_EQ(
            classify("hypertension", visit, {.age_years = 82}, with_rules(rules)).control_class,
            ControlClass::kSatisfied)
            << name_of(rules);
    }
}

TEST(Classification, G06_DangerIsAFlagBesideTheClass) {
    const auto c = classify("hypertension", pressure("2026-03-02", 182, 96), {.age_years = 45}, {});
    EXPECT_TRUE(c.danger);
    EXPECT_EQ(c.control_class, ControlClass::kUnsatisfied);
    EXPECT_EQ(c.action, ActionKind::kUrgentRefer);
    EXPECT_EQ(c.urgency, Urgency::kUrgent);
    EXPECT_EQ(c.action_due_on, day("2026-03-16"));
}

TEST(Classification, G06_ConsciousnessChestVisionOrBreathingSignsAreAnEmergency) {
    for (const char* sign : {"CONSCIOUSNESS", "CHEST", "VISION", "BREATHING"}) {
        Visit visit = pressure("2026-03-02", 120, 80);
        visit.danger_signs = {sign};
        const auto c = classify("hypertension", visit, {.age_years = 45}, {});
        EXPECT_EQ(c.action, ActionKind::kUrgentRefer) << sign;
        EXPECT_EQ(c.urgency, Urgency::kEmergency) << sign;
        EXPECT_EQ(c.control_class, ControlClass::kSatisfied) << sign;
        EXPECT_EQ(c.next_due_on, day("2026-03-16")) << sign;
    }
}

TEST(Classification, SignsCountOnlyForTheDiseasesThatListThem) {
    Visit visit = pressure("2026-03-02", 120, 80);
    visit.danger_signs = {"THIRST"};
    EXPECT_FALSE(classify("hypertension", visit, {.age_years = 45}, {}).danger);
    EXPECT_TRUE(classify("diabetes_t2", visit, {.age_years = 45}, {}).danger);
}

TEST(Classification, G07_FastingGlucoseGoalIsBelowSeven) {
    EXPECT_EQ(classify("diabetes_t2", fasting(700), {.age_years = 58}, {}).control_class,
              ControlClass::kUnsatisfied);
    EXPECT_EQ(classify("diabetes_t2", fasting(699), {.age_years = 58}, {}).control_class,
              ControlClass::kSatisfied);
    EXPECT_EQ(classify("hyperglycaemia", fasting(699), {.age_years = 58}, {}).control_class,
              ControlClass::kSatisfied);
}

TEST(Classification, G08_GlucoseDangerAtItsLimits) {
    for (const std::int32_t glucose : {390, 1670}) {
        EXPECT_TRUE(classify("diabetes_t2", fasting(glucose), {.age_years = 58}, {}).danger)
            << glucose;
    }
    for (const std::int32_t glucose : {400, 1660}) {
        EXPECT_FALSE(classify("diabetes_t2", fasting(glucose), {.age_years = 58}, {}).danger)
            << glucose;
    }
}

TEST(Classification, G09_OneVisitTwoDiseases) {
    Visit visit = pressure("2026-03-02", 138, 86);
    visit.fasting_glucose_e2 = 740;
    const auto pressure_class = classify("hypertension", visit, {.age_years = 58}, {});
    const auto glucose_class = classify("diabetes_t2", visit, {.age_years = 58}, {});
    EXPECT_EQ(pressure_class.control_class, ControlClass::kSatisfied);
    EXPECT_EQ(glucose_class.control_class, ControlClass::kUnsatisfied);
    EXPECT_EQ(std::min(*pressure_class.next_due_on, *glucose_class.next_due_on), day("2026-03-16"));
}

TEST(Classification, G10_MissingDiastolicGivesNoneAndNamesTheField) {
    Visit visit;
    visit.visit_on = day("2026-03-02");
    visit.sbp_mmhg = 150;
    const auto c = classify("hypertension", visit, {.age_years = 58, .unsatisfied_run = 1}, {});
    EXPECT_EQ(c.control_class, ControlClass::kNone);
    EXPECT_THAT(c.missing, ElementsAre("dbp_mmhg"));
    EXPECT_EQ(c.unsatisfied_run, 1);
    EXPECT_FALSE(c.next_due_on);
    EXPECT_FALSE(c.action);
}

TEST(Classification, DangerIsFoundFromWhatIsThere) {
    Visit visit;
    visit.visit_on = day("2026-03-02");
    visit.sbp_mmhg = 190;
    const auto c = classify("hypertension", visit, {.age_years = 58}, {});
    EXPECT_EQ(c.control_class, ControlClass::kNone);
    EXPECT_TRUE(c.danger);
    EXPECT_EQ(c.action, ActionKind::kUrgentRefer);
}

TEST(Classification, ComplicationComesBeforeReactionBeforeUnsatisfied) {
    Visit visit = pressure("2026-03-02", 150, 95);
    visit.reactions = {"COUGH"};
    EXPECT_EQ(classify("hypertension", visit, {.age_years = 58}, {}).control_class,
              ControlClass::kAdverseReaction);
    visit.new_complication = true;
    const auto c = classify("hypertension", visit, {.age_years = 58}, {});
    EXPECT_EQ(c.control_class, ControlClass::kComplication);
    EXPECT_EQ(c.action, ActionKind::kReferUp);
    EXPECT_THAT(c.criteria, ElementsAre("COMPLICATION"));
}

TEST(Classification, ComorbidGoalReplacesTheRuleSetWhereEnabled) {
    const Visit visit = pressure("2026-03-02", 134, 78);
    const ClassificationHistory history{.age_years = 70, .has_diabetes_or_ckd = true};
    ClassificationPolicy policy;
    EXPECT_EQ(classify("hypertension", visit, history, policy).control_class,
              ControlClass::kSatisfied);
    policy.comorbid_goal_enabled = true;
    EXPECT_EQ(classify("hypertension", visit, history, policy).control_class,
              ControlClass::kUnsatisfied);
}

TEST(Classification, OtherDiseasesAreNotClassified) {
    const auto c = classify("copd", pressure("2026-03-02", 200, 120), {.age_years = 58}, {});
    EXPECT_EQ(c.control_class, ControlClass::kNone);
    EXPECT_FALSE(c.danger);
    EXPECT_THAT(c.missing, IsEmpty());
}

TEST(VisitRanges, DiastolicMustLieBelowSystolic) {
    EXPECT_THAT(range_faults(pressure("2026-03-02", 120, 80)), IsEmpty());
    const auto faults = range_faults(pressure("2026-03-02", 90, 95));
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].field, "dbp_mmhg");
    EXPECT_EQ(faults[0].max, 89);
}

TEST(VisitRanges, AllFaultsAtOnce) {
    Visit visit = pressure("2026-03-02", 400, 10);
    visit.fasting_glucose_e2 = 5001;
    EXPECT_EQ(range_faults(visit).size(), 3U);
}

}  // namespace
}  // namespace yilian::registries::domain
