// Rules of fund supervision (billing.md 12; rows 15 and 16): for each condition facts that it finds
// and the nearest facts that it leaves alone; the shipped tables; bad tables with every defect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

#include "services/billing/domain/supervision.h"
#include "services/billing/domain/supervision_conditions.h"

namespace yilian::billing::supervision {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string shipped(const std::string& file) {
    const char* source = std::getenv("YILIAN_SOURCE_DIR");
    std::ifstream in(std::string(source == nullptr ? "." : source) +
                     "/services/billing/rules/supervision/" + file);
    return {std::istreambuf_iterator<char>(in), {}};
}

const RuleSet& rules() {
    static const RuleSet set = [] {
        std::vector<Defect> defects;
        RuleSet read = read_rules(shipped("rules.csv"), shipped("items.csv"), defects);
        EXPECT_THAT(defects, IsEmpty());
        return read;
    }();
    return set;
}

CivilDate day(const std::string& text) { return *CivilDate::parse(text); }
Instant noon(CivilDate date) {
    return Instant(std::chrono::milliseconds(
        std::chrono::duration_cast<std::chrono::milliseconds>(date.days().time_since_epoch())
            .count() +
        4 * 3'600'000));
}

// A stay of March 2026 that no rule on one list finds.
CaseFact stay(const std::string& list_id, const std::string& from = "2026-03-02",
              const std::string& to = "2026-03-09") {
    CaseFact c;
    c.institution_id = "H1";
    c.list_id = list_id;
    c.resident_id = "r";
    c.insurance = "RES";
    c.level = "L2";
    c.type = "INPATIENT";
    c.sex = 1;
    c.age_years = 58;
    c.admitted_on = day(from);
    c.discharged_on = day(to);
    c.admitted_at = noon(c.admitted_on);
    c.discharged_at = noon(c.discharged_on);
    c.stay_days = std::max(1, calendar::days_between(c.admitted_on, c.discharged_on));
    c.nursing_days = c.stay_days;
    c.dept = "03";
    c.diagnoses = {"E11.900"};
    c.total = Fen::of_raw(1'000'000);
    c.in_month = to.starts_with("2026-03");
    return c;
}

LineFact line(const std::string& list_id, std::int64_t number, const std::string& item,
              std::int64_t milli, std::int64_t fen, const std::string& on = "2026-03-03") {
    return {"H1", list_id, number, item, day(on), milli, Fen::of_raw(fen), "03", ""};
}

SaleFact sale(const std::string& id, const std::string& resident, const std::string& item,
              const std::string& on, std::int64_t milli, std::int64_t fen) {
    return {"P1", id, resident, item, day(on), milli, 0, Fen::of_raw(fen), ""};
}

Facts march(std::vector<CaseFact> cases, std::vector<LineFact> lines = {}) {
    Facts facts;
    facts.month = *CivilMonth::parse("2026-03");
    facts.cases = std::move(cases);
    facts.lines = std::move(lines);
    return facts;
}

std::vector<Hit> found(const std::string& rule_id, const Facts& facts) {
    const Rule* rule = rules().rule(rule_id, day("2026-03-31"));
    EXPECT_NE(rule, nullptr) << rule_id;
    return rule == nullptr ? std::vector<Hit>{} : evaluate(rules(), *rule, facts);
}
std::vector<std::string> records(const std::string& rule_id, const Facts& facts) {
    std::vector<std::string> out;
    for (const Hit& hit : found(rule_id, facts)) out.push_back(hit.record);
    return out;
}
std::string evidence(const Hit& hit, const std::string& name) {
    for (const auto& [key, value] : hit.evidence) {
        if (key == name) return value;
    }
    return {};
}

// Cases of several institutions with a group each, for the rules on peers.
std::vector<CaseFact> peers(int institutions, int cases) {
    std::vector<CaseFact> out;
    for (int i = 0; i < institutions; ++i) {
        for (int n = 0; n < cases; ++n) {
            CaseFact c = stay("l" + std::to_string(n));
            c.institution_id = "H" + std::to_string(i);
            c.resident_id = c.institution_id + "-" + std::to_string(n);
            c.group_code = "FV23";
            c.points = Points::of_raw(1'000'000);
            out.push_back(c);
        }
    }
    return out;
}

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

// --- lists ---------------------------------------------------------------------------------------

// Row 16 and the family "split stay": 15 days between, related diagnosis.
TEST(SupervisionStays, SplitStayAtTheBorder) {
    const CaseFact first = stay("a", "2026-02-01", "2026-02-10");
    EXPECT_THAT(records("SS01", march({first, stay("b", "2026-02-25", "2026-03-05")})),
                ElementsAre("H1/b#H1/a"));
    EXPECT_THAT(records("SS01", march({first, stay("b", "2026-02-26", "2026-03-05")})), IsEmpty());
    CaseFact unrelated = stay("b", "2026-02-20", "2026-03-05");
    unrelated.diagnoses = {"S72.000"};
    EXPECT_THAT(records("SS01", march({first, unrelated})), IsEmpty());
    CaseFact announced = first;
    announced.readmission_planned = true;
    EXPECT_THAT(records("SS01", march({announced, stay("b", "2026-02-20", "2026-03-05")})),
                IsEmpty());
    // Cycles of chemotherapy are an exception of the rule.
    CaseFact cycle1 = first;
    CaseFact cycle2 = stay("b", "2026-02-20", "2026-03-05");
    cycle1.diagnoses = cycle2.diagnoses = {"Z51.100"};
    EXPECT_THAT(records("SS01", march({cycle1, cycle2})), IsEmpty());
}

TEST(SupervisionStays, OverlapAtTwoInstitutions) {
    CaseFact elsewhere = stay("b", "2026-03-08", "2026-03-15");
    elsewhere.institution_id = "H2";
    const auto hits = found("OV01", march({stay("a"), elsewhere}));
    ASSERT_THAT(hits, SizeIs(1));
    EXPECT_EQ(hits[0].institution_id, "H2");
    EXPECT_EQ(evidence(hits[0], "other_institution"), "H1");
    elsewhere.admitted_at = stay("a").discharged_at;
    EXPECT_THAT(records("OV01", march({stay("a"), elsewhere})), IsEmpty());
}

// Row 16: the same money and diagnosis at two institutions, in a window over the month's border.
TEST(SupervisionStays, DuplicateClaimAcrossInstitutionsAndWindows) {
    CaseFact before = stay("a", "2026-02-10", "2026-02-20");
    CaseFact again = stay("b", "2026-03-14", "2026-03-22");
    again.institution_id = "H2";
    const auto hits = found("DC01", march({before, again}));
    ASSERT_THAT(hits, SizeIs(1));
    EXPECT_EQ(hits[0].record, "H2/b#H1/a");
    EXPECT_EQ(hits[0].amount.raw(), 1'000'000);
    CaseFact later = stay("b", "2026-03-14", "2026-03-23");
    EXPECT_THAT(records("DC01", march({before, later})), IsEmpty()) << "31 days apart";
    CaseFact other_sum = again;
    other_sum.total += Fen::of_raw(1);
    EXPECT_THAT(records("DC01", march({before, other_sum})), IsEmpty());
    CaseFact other_person = again;
    other_person.resident_id = "s";
    EXPECT_THAT(records("DC01", march({before, other_person})), IsEmpty());
}

// Row 16: one bed day of one person is charged in two lists.
TEST(SupervisionStays, DuplicateItemOfADay) {
    CaseFact elsewhere = stay("b", "2026-03-09", "2026-03-12");
    elsewhere.institution_id = "H2";
    LineFact there = line("b", 1, "BED-3", 1000, 3000, "2026-03-09");
    there.institution_id = "H2";
    EXPECT_THAT(records("DC02", march({stay("a"), elsewhere},
                                      {line("a", 1, "BED-3", 1000, 3000, "2026-03-09"), there})),
                ElementsAre("H2/b#BED-3#2026-03-09"));
    EXPECT_THAT(records("DC02", march({stay("a"), elsewhere},
                                      {line("a", 1, "BED-3", 1000, 3000, "2026-03-08"), there})),
                IsEmpty());
}

TEST(SupervisionStays, HangingBedAndLowStandard) {
    CaseFact without_nursing = stay("a");
    without_nursing.nursing_days -= 1;
    EXPECT_THAT(records("HB01", march({without_nursing, stay("b")})), ElementsAre("H1/a"));
    EXPECT_THAT(records("HB02", march({stay("a", "2026-03-02", "2026-03-02"), stay("b")})),
                ElementsAre("H1/a"));
    EXPECT_THAT(
        records("HB03", march({stay("a"), stay("b")}, {line("a", 1, "BED-3", 6000, 18000),
                                                       line("b", 1, "BED-3", 7000, 21000)})),
        ElementsAre("H1/a"));
    CaseFact cheap = stay("a", "2026-03-02", "2026-03-05");
    cheap.total = Fen::of_raw(100'000);
    EXPECT_THAT(records("LS01", march({cheap})), ElementsAre("H1/a"));
    EXPECT_THAT(records("LS01", march({cheap}, {line("a", 1, "INFUSION", 1000, 1000)})), IsEmpty());
    CaseFact operated = cheap;
    operated.operations = 1;
    EXPECT_THAT(records("LS01", march({operated})), IsEmpty());
}

TEST(SupervisionStays, ComplicationsAndCostAgainstTheGroup) {
    CaseFact c = stay("a");
    c.complications = 5;
    EXPECT_THAT(records("UP03", march({c})), ElementsAre("H1/a"));
    c.complications = 4;
    EXPECT_THAT(records("UP03", march({c})), IsEmpty());
    c.group_average = Fen::of_raw(100'000);
    const auto at_cost = [&](std::int64_t fen) {
        c.total = Fen::of_raw(fen);
        return records("UP04", march({c}));
    };
    EXPECT_THAT(at_cost(34'999), SizeIs(1));
    EXPECT_THAT(at_cost(35'000), IsEmpty());
    EXPECT_THAT(at_cost(200'000), IsEmpty());
    EXPECT_THAT(at_cost(200'001), SizeIs(1));
}

TEST(SupervisionStays, PaidWithoutDispense) {
    Facts facts = march({});
    facts.dispenses = {{"B1", "l1", "p1", 0}, {"B1", "l2", "p2", 1}};
    EXPECT_THAT(records("PAID_WITHOUT_DISPENSE", facts), ElementsAre("B1/l1"));
}

// --- peers ---------------------------------------------------------------------------------------

TEST(SupervisionPeers, UpcodingByShareAndByJump) {
    auto cases = peers(1, 20);
    for (int i = 0; i < 8; ++i) cases[static_cast<std::size_t>(i)].group_code = "FV21";
    EXPECT_THAT(records("UP01", march(cases)), IsEmpty()) << "40 % is the border";
    cases[8].group_code = "FV21";
    EXPECT_THAT(records("UP01", march(cases)), ElementsAre("H0@2026-03"));
    auto months = peers(1, 40);
    for (std::size_t i = 0; i < 20; ++i) months[i].in_month = false;
    for (std::size_t i = 20; i < 40; ++i) months[i].points = Points::of_raw(1'200'000);
    EXPECT_THAT(records("UP02", march(months)), IsEmpty());
    months[39].points = Points::of_raw(1'200'001);
    EXPECT_THAT(records("UP02", march(months)), ElementsAre("H0@2026-03"));
}

TEST(SupervisionPeers, ReadmissionAboveTheNinetiethPercentile) {
    auto cases = peers(10, 20);
    const auto readmit = [&](const std::string& institution, int count) {
        for (int i = 0; i < count; ++i) {
            CaseFact again = stay("again" + std::to_string(i), "2026-03-20", "2026-04-02");
            again.institution_id = institution;
            again.resident_id = institution + "-" + std::to_string(i);
            again.in_month = false;
            cases.push_back(again);
        }
    };
    readmit("H8", 2);
    readmit("H9", 3);
    EXPECT_THAT(records("RA01", march(cases)), ElementsAre("H9@2026-03"));
}

TEST(SupervisionPeers, ListQuality) {
    Facts facts = march({});
    facts.quality = {{"B1", 20, 19, 20}, {"B2", 20, 18, 18}, {"B3", 19, 1, 1}};
    EXPECT_THAT(records("LQ01", facts), ElementsAre("B2@2026-03"));
    EXPECT_THAT(records("LQ02", facts), ElementsAre("B2@2026-03"));
}

TEST(SupervisionPeers, SpreadBeyondThreeSigma) {
    auto cases = peers(7, 5);
    for (CaseFact& c : cases) {
        const int i = c.institution_id[1] - '0';
        c.total = Fen::of_raw(1'000'000 + 10'000 * i);
    }
    EXPECT_THAT(records("SP01", march(cases)), IsEmpty());
    for (CaseFact& c : cases) {
        if (c.institution_id == "H3") c.total = Fen::of_raw(2'000'000);
    }
    EXPECT_THAT(records("SP01", march(cases)), ElementsAre("H3@2026-03#FV23"));
}

// CS-48: the limit of the district's pack goes before the threshold of the rule.
TEST(SupervisionPeers, OutOfCatalogueShare) {
    CaseFact c = stay("a");
    c.self_paid = Fen::of_raw(120'000);
    Facts facts = march({c});
    EXPECT_THAT(records("CF01", facts), IsEmpty());
    facts.cases[0].self_paid += Fen::of_raw(1);
    EXPECT_THAT(records("CF01", facts), ElementsAre("H1@2026-03"));
    facts.out_of_catalogue_max = *Rate::parse("0.13");
    EXPECT_THAT(records("CF01", facts), IsEmpty());
}

// --- sales ---------------------------------------------------------------------------------------

TEST(SupervisionSales, FrequentPurchase) {
    Facts facts = march({});
    for (int i = 1; i <= 4; ++i) {
        facts.sales.push_back(sale("s" + std::to_string(i), "r", "METFORMIN-500",
                                   "2026-03-0" + std::to_string(i), 1000, 50));
    }
    EXPECT_THAT(records("FP01", facts), IsEmpty());
    facts.sales.push_back(sale("s5", "r", "METFORMIN-500", "2026-03-09", 1000, 50));
    EXPECT_THAT(records("FP01", facts), ElementsAre("r#METFORMIN-500#2026-03"));
    // 4 units a day for 31 days, twice that is allowed.
    facts.sales = {sale("s1", "r", "METFORMIN-500", "2026-03-01", 248'000, 12400)};
    EXPECT_THAT(records("FP02", facts), IsEmpty());
    facts.sales[0].quantity_milli += 1;
    EXPECT_THAT(records("FP02", facts), SizeIs(1));
}

TEST(SupervisionSales, OneContactForManyInsured) {
    Facts facts = march({});
    const std::string busy(64, 'a');
    for (int i = 0; i < 20; ++i) {
        SaleFact s =
            sale("s" + std::to_string(i), "r" + std::to_string(i), "ALT", "2026-03-05", 1000, 100);
        s.contact_digest = std::string(63, '0') + static_cast<char>('a' + i % 19);
        if (i < 3) s.contact_digest = busy, s.amount = Fen::of_raw(5000);
        facts.sales.push_back(s);
    }
    const auto hits = found("FP03", facts);
    ASSERT_THAT(hits, SizeIs(1));
    EXPECT_EQ(evidence(hits[0], "residents"), "3");
    facts.sales[2].resident_id = "r1";
    EXPECT_THAT(records("FP03", facts), IsEmpty());
}

TEST(SupervisionSales, SoldMoreThanPrescribed) {
    Facts facts = march({});
    facts.sales = {sale("s1", "r", "ALT", "2026-03-05", 2000, 100),
                   sale("s2", "r", "ALT", "2026-03-05", 2000, 100),
                   sale("s3", "r", "ALT", "2026-03-05", 2001, 100)};
    facts.sales[1].prescribed_milli = facts.sales[2].prescribed_milli = 2000;
    EXPECT_THAT(records("SOLD_OVER_PRESCRIBED", facts), ElementsAre("P1/sale/s3"));
}

// --- all of them ---------------------------------------------------------------------------------

// The order of the facts does not matter, and a bad case does not change what is found of others
// (billing.md 15, 12).
TEST(SupervisionProperties, OrderOfFactsDoesNotMatter) {
    auto cases = peers(6, 25);
    std::vector<LineFact> lines;
    std::mt19937 random(20260301);
    const std::vector<std::string> codes{"BED-3",   "INFUSION",    "INFUSION-ADD", "ALT",
                                         "STAPLER", "OP-APPENDIX", "OP-ADHESION",  "METFORMIN-XR"};
    for (std::size_t i = 0; i < cases.size(); ++i) {
        cases[i].resident_id = "r" + std::to_string(random() % 60);
        for (int n = 1; n <= 4; ++n) {
            LineFact l = line(cases[i].list_id, n, codes[random() % codes.size()],
                              static_cast<std::int64_t>(random() % 3000 + 1),
                              static_cast<std::int64_t>(random() % 200'000));
            l.institution_id = cases[i].institution_id;
            lines.push_back(l);
        }
    }
    const auto all = [](const Facts& facts) {
        std::vector<std::string> out;
        for (const Rule& rule : rules().rules) {
            for (const Hit& hit : evaluate(rules(), rule, facts)) {
                std::string text = rule.id + ' ' + hit.record + ' ' + hit.amount.text();
                for (const auto& [name, value] : hit.evidence) text += ' ' + name + '=' + value;
                out.push_back(text);
            }
        }
        return out;
    };
    const auto expected = all(march(cases, lines));
    EXPECT_GT(expected.size(), 100U);
    for (int round = 0; round < 5; ++round) {
        std::ranges::shuffle(cases, random);
        std::ranges::shuffle(lines, random);
        EXPECT_EQ(all(march(cases, lines)), expected);
    }
}

TEST(SupervisionProperties, SampleIsRoundedUp) {
    EXPECT_EQ(sample_size(0, *Rate::parse("0.05")), 0);
    EXPECT_EQ(sample_size(1, *Rate::parse("0.05")), 1);
    EXPECT_EQ(sample_size(20, *Rate::parse("0.05")), 1);
    EXPECT_EQ(sample_size(21, *Rate::parse("0.05")), 2);
    EXPECT_EQ(sample_size(21, *Rate::parse("1")), 21);
    EXPECT_EQ(sample_size(21, Rate()), 0);
}

}  // namespace
}  // namespace yilian::billing::supervision
