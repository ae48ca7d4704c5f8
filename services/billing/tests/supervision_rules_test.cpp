// Rules of fund supervision (billing.md 12; rows 15 and 16): for each condition facts that it finds
// and the nearest facts that it leaves alone; the shipped tables; bad tables with every defect.
#include <algorithm>
#include <random>
#include <set>

#include "services/billing/domain/supervision_conditions.h"
#include "services/billing/tests/supervision_facts.h"

namespace yilian::billing::supervision {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// --- the tables ----------------------------------------------------------------------------------

TEST(SupervisionRules, EveryFamilyOfTheSpecificationHasARule) {
    std::set<std::string> families;
    for (const Rule& rule : rules().rules) families.insert(rule.family);
    const std::set<std::string> named{"out_of_scope",
                                      "over_standard",
                                      "repeated_charge",
                                      "missing_association",
                                      "substitution_split",
                                      "second_operation",
                                      "arithmetic",
                                      "split_stay",
                                      "overlapping_stays",
                                      "hanging_bed",
                                      "low_standard_admission",
                                      "upcoding",
                                      "readmission",
                                      "list_quality",
                                      "frequent_purchase",
                                      "spread",
                                      "prescription_cross_check",
                                      "compliance",
                                      "duplicate_claim",
                                      "sampled_review"};
    EXPECT_EQ(families, named);
}

TEST(SupervisionRules, EveryConditionIsUsedByARule) {
    std::set<std::string> used;
    for (const Rule& rule : rules().rules) used.insert(rule.condition);
    for (const Condition& c : conditions()) {
        EXPECT_TRUE(used.contains(std::string(c.name))) << c.name;
    }
}

TEST(SupervisionRules, ABadTableIsRefusedWithEveryDefect) {
    const std::string rules_csv =
        "rule_id,version,family,scope,input,condition,threshold,severity,action,exceptions,"
        "effective_from,effective_to\n"
        "A1,0,split_stay,colour=red,lines,SPLIT_STAY,max_gap_days=x|days=3,WRONG,ASK,,2020-13-01,\n"
        "A2,1,split_stay,,lists,NOTHING,,HINT,ASK,,2020-01-01,2019-01-01\n"
        "A3,1,overlapping_stays,,lists,STAYS_OVERLAP,,HINT,ASK,,2020-01-01,\n"
        "A3,2,overlapping_stays,,lists,STAYS_OVERLAP,,HINT,ASK,,2021-01-01,\n"
        "A4,1,overlapping_stays\n";
    std::string items_csv = shipped("items.csv");
    items_csv += "BROKEN,SERVICE,,x,,,,,3,,,,,NOWHERE,,,,,,,,,,,,\n";
    std::vector<Defect> defects;
    (void)read_rules(rules_csv, items_csv, defects);
    std::vector<std::string> problems;
    for (const Defect& d : defects) {
        problems.push_back(d.file + ':' + d.column + ':' + d.problem);
    }
    EXPECT_THAT(problems,
                ElementsAre("items.csv:price_fen:FIELD_FORMAT", "items.csv:sex:FIELD_RANGE",
                            "items.csv:base_item:RULES_DANGLING_REFERENCE NOWHERE",
                            "rules.csv:version:FIELD_RANGE", "rules.csv:scope:FIELD_ENUM",
                            "rules.csv:input:FIELD_ENUM", "rules.csv:threshold:FIELD_FORMAT",
                            "rules.csv:threshold:KEY_MISSING related_chars",
                            "rules.csv:threshold:KEY_UNKNOWN days", "rules.csv:severity:FIELD_ENUM",
                            "rules.csv:effective_from:FIELD_FORMAT",
                            "rules.csv:condition:FIELD_ENUM", "rules.csv:effective_to:FIELD_RANGE",
                            "rules.csv:effective_from:POLICY_OVERLAP", "rules.csv::FIELD_COUNT"));
}

TEST(SupervisionRules, TheVersionOfTheDayCounts) {
    const std::string head =
        "rule_id,version,family,scope,input,condition,threshold,severity,action,exceptions,"
        "effective_from,effective_to\n";
    std::vector<Defect> defects;
    const RuleSet set = read_rules(
        head +
            "S,1,split_stay,,lists,SPLIT_STAY,max_gap_days=10|related_chars=3,HINT,ASK,,2020-01-01,"
            "2026-01-01\n"
            "S,2,split_stay,,lists,SPLIT_STAY,max_gap_days=15|related_chars=3,HINT,ASK,,2026-01-01,"
            "\n",
        shipped("items.csv"), defects);
    ASSERT_THAT(defects, IsEmpty());
    EXPECT_EQ(set.rule("S", day("2025-12-31"))->number("max_gap_days"), 10);
    EXPECT_EQ(set.rule("S", day("2026-01-01"))->number("max_gap_days"), 15);
    EXPECT_EQ(set.rule("S", day("2019-12-31")), nullptr);
}

// --- charge lines --------------------------------------------------------------------------------

TEST(SupervisionLines, OutOfScopeBySexAgeLevelDiagnosisAndLineOfTherapy) {
    CaseFact young = stay("young");
    young.age_years = 9;
    CaseFact gp = stay("gp");
    gp.level = "L1";
    CaseFact woman = stay("woman");
    woman.sex = 2;
    CaseFact other = stay("other");
    other.diagnoses = {"I10.x00"};
    other.resident_id = "somebody";
    const Facts facts = march(
        {young, gp, woman, other, stay("fine")},
        {line("young", 1, "METFORMIN-500", 1000, 50), line("gp", 1, "SEMAGLUTIDE", 1000, 46000),
         line("woman", 1, "PROSTATE-ANTIGEN", 1000, 5000),
         line("other", 1, "METFORMIN-500", 1000, 50), line("fine", 1, "METFORMIN-500", 1000, 50),
         line("fine", 2, "SEMAGLUTIDE", 1000, 46000)});
    std::vector<std::string> limits;
    for (const Hit& hit : found("OS01", facts)) {
        limits.push_back(hit.record + ' ' + evidence(hit, "limit"));
    }
    EXPECT_THAT(limits, ElementsAre("H1/gp#1 level", "H1/other#1 diagnosis", "H1/woman#1 sex",
                                    "H1/young#1 age_from"));
    // Without the first line of therapy the second one is out of scope.
    const Facts alone = march({stay("fine")}, {line("fine", 2, "SEMAGLUTIDE", 1000, 46000)});
    EXPECT_EQ(evidence(found("OS01", alone).at(0), "limit"), "line_of_therapy");
}

TEST(SupervisionLines, OverStandard) {
    EXPECT_THAT(records("ST01", march({stay("a")}, {line("a", 1, "METFORMIN-500", 4000, 200)})),
                IsEmpty());
    EXPECT_THAT(records("ST01", march({stay("a")}, {line("a", 1, "METFORMIN-500", 4000, 200),
                                                    line("a", 2, "METFORMIN-500", 1, 1)})),
                ElementsAre("H1/a#METFORMIN-500#2026-03-03"));
    EXPECT_THAT(records("ST02", march({stay("a")}, {line("a", 1, "INFUSION", 60000, 60000)})),
                IsEmpty());
    EXPECT_THAT(records("ST02", march({stay("a")}, {line("a", 1, "INFUSION", 61000, 61000)})),
                ElementsAre("H1/a#INFUSION"));
    // Five units a week over two institutions; 2026-03-02 is a Monday.
    CaseFact elsewhere = stay("b", "2026-03-10", "2026-03-12");
    elsewhere.institution_id = "H2";
    LineFact there = line("b", 1, "PHYSIO", 1000, 3000, "2026-03-08");
    there.institution_id = "H2";
    const Facts week =
        march({stay("a"), elsewhere}, {line("a", 1, "PHYSIO", 5000, 15000, "2026-03-02"), there});
    EXPECT_THAT(records("ST03", week), ElementsAre("H2/b#PHYSIO#2026-03-02"));
    LineFact monday = there;
    monday.used_on = day("2026-03-09");
    EXPECT_THAT(records("ST03", march({stay("a"), elsewhere},
                                      {line("a", 1, "PHYSIO", 5000, 15000, "2026-03-02"), monday})),
                IsEmpty());
    EXPECT_THAT(records("ST04", march({stay("a")}, {line("a", 1, "PHYSIO", 16000, 48000)})),
                ElementsAre("H1/a#PHYSIO#2026-03"));
    std::vector<LineFact> course;
    for (int i = 0; i < 21; ++i) {
        course.push_back(
            line("a", i + 1, "PHYSIO", 100, 300, day("2026-02-01").plus_days(i).text()));
    }
    EXPECT_THAT(records("ST05", march({stay("a")}, course)), ElementsAre("H1/a#PHYSIO"));
    course.pop_back();
    EXPECT_THAT(records("ST05", march({stay("a")}, course)), IsEmpty());
    EXPECT_THAT(
        records("ST06", march({stay("a")}, {line("a", 1, "SEMAGLUTIDE", 27000, 1'200'001)})),
        ElementsAre("H1/a#SEMAGLUTIDE#2026"));
    EXPECT_THAT(
        records("ST06", march({stay("a")}, {line("a", 1, "SEMAGLUTIDE", 27000, 1'200'000)})),
        IsEmpty());
}

// Drug above 1.5 times, material above 1.25 times the purchase price; the border itself is allowed.
TEST(SupervisionLines, Markup) {
    const auto hits = found("ST07", march({stay("a")}, {line("a", 1, "METFORMIN-500", 10000, 601),
                                                        line("a", 2, "STAPLER", 1000, 100001),
                                                        line("a", 3, "METFORMIN-500", 10000, 600),
                                                        line("a", 4, "STAPLER", 1000, 100000)}));
    ASSERT_THAT(hits, SizeIs(2));
    EXPECT_EQ(hits[0].record, "H1/a#1");
    EXPECT_EQ(hits[0].amount.raw(), 1);
    EXPECT_EQ(hits[1].record, "H1/a#2");
}

TEST(SupervisionLines, RepeatedChargeAndMissingAssociation) {
    EXPECT_THAT(records("RC01", march({stay("a")}, {line("a", 1, "BLOOD-COUNT", 1000, 1500),
                                                    line("a", 2, "BLOOD-COUNT-5", 1000, 2500)})),
                ElementsAre("H1/a#blood-count#2026-03-03"));
    EXPECT_THAT(records("RC01", march({stay("a")},
                                      {line("a", 1, "BLOOD-COUNT", 1000, 1500),
                                       line("a", 2, "BLOOD-COUNT-5", 1000, 2500, "2026-03-04")})),
                IsEmpty());
    EXPECT_THAT(records("RC02", march({stay("a")}, {line("a", 1, "LIVER-SET", 1000, 6000),
                                                    line("a", 2, "ALT", 1000, 2500)})),
                ElementsAre("H1/a#LIVER-SET#ALT#2026-03-03"));
    EXPECT_THAT(records("RC03", march({stay("a")}, {line("a", 1, "INFUSION", 2000, 2000),
                                                    line("a", 2, "INFUSION-ADD", 3000, 600)})),
                ElementsAre("H1/a#INFUSION-ADD"));
    EXPECT_THAT(records("MA01", march({stay("a")}, {line("a", 1, "STAPLER", 1000, 90000)})),
                ElementsAre("H1/a#1"));
    EXPECT_THAT(records("MA01", march({stay("a")}, {line("a", 1, "STAPLER", 1000, 90000),
                                                    line("a", 2, "OP-APPENDIX", 1000, 120000)})),
                IsEmpty());
}

TEST(SupervisionLines, SubstitutionSplitAndSecondOperation) {
    LineFact dearer = line("a", 1, "METFORMIN-XR", 10000, 900);
    dearer.ordered_item_code = "METFORMIN-500";
    const auto substituted = found("SU01", march({stay("a")}, {dearer}));
    ASSERT_THAT(substituted, SizeIs(1));
    EXPECT_EQ(substituted[0].amount.raw(), 400);
    const auto split = found("SU02", march({stay("a")}, {line("a", 1, "ALT", 1000, 2500),
                                                         line("a", 2, "AST", 1000, 2500),
                                                         line("a", 3, "BILIRUBIN", 1000, 2500)}));
    ASSERT_THAT(split, SizeIs(1));
    EXPECT_EQ(split[0].amount.raw(), 1500);
    EXPECT_THAT(records("SU02", march({stay("a")}, {line("a", 1, "ALT", 1000, 2500),
                                                    line("a", 2, "AST", 1000, 2500)})),
                IsEmpty());
    EXPECT_THAT(records("SU03", march({stay("a")}, {line("a", 1, "BED-3", 2000, 6000)})),
                ElementsAre("H1/a#BED-3#2026-03-03"));
    const auto second =
        found("SO01", march({stay("a")}, {line("a", 1, "OP-ADHESION", 1000, 40001),
                                          line("a", 2, "OP-APPENDIX", 1000, 120000)}));
    ASSERT_THAT(second, SizeIs(1));
    EXPECT_EQ(second[0].record, "H1/a#1");
    EXPECT_EQ(second[0].amount.raw(), 1);
    EXPECT_THAT(records("SO01", march({stay("a")}, {line("a", 1, "OP-ADHESION", 1000, 40000),
                                                    line("a", 2, "OP-APPENDIX", 1000, 120000)})),
                IsEmpty());
}

TEST(SupervisionLines, Arithmetic) {
    EXPECT_THAT(records("AR01", march({stay("a")}, {line("a", 1, "NURSE-2", 8000, 9600)})),
                ElementsAre("H1/a#NURSE-2"));
    EXPECT_THAT(records("AR01", march({stay("a")}, {line("a", 1, "NURSE-2", 7000, 8400)})),
                IsEmpty());
    EXPECT_THAT(records("AR02", march({stay("a")}, {line("a", 1, "ECG-MONITOR", 25000, 10000)})),
                ElementsAre("H1/a#ECG-MONITOR#2026-03-03"));
    EXPECT_THAT(records("AR02", march({stay("a")}, {line("a", 1, "ECG-MONITOR", 24000, 9600)})),
                IsEmpty());
    CaseFact cheap = stay("a");
    cheap.total = Fen::of_raw(1000);
    const auto hits = found("AR03", march({cheap}, {line("a", 1, "INFUSION", 1000, 1001)}));
    ASSERT_THAT(hits, SizeIs(1));
    EXPECT_EQ(hits[0].amount.raw(), 1);
    EXPECT_THAT(records("CF02", march({stay("a")}, {line("a", 1, "ROOM-SINGLE", 1000, 11),
                                                    line("a", 2, "INFUSION", 1000, 89)})),
                ElementsAre("H1@2026-03"));
}

}  // namespace
}  // namespace yilian::billing::supervision
