// The linter of rule packs (issue: yilian drg lint): every fault it knows, planted one at a time.
#include <gtest/gtest.h>

#include "services/billing/domain/drg/lint.h"
#include "services/billing/tests/drg_mini_pack.h"

namespace yilian::billing::drg {
namespace {

std::string lines(const LintReport& report) {
    std::string text;
    for (const LintFinding& f : report.findings) {
        text += f.file + ":" + std::to_string(f.row) + ": " + std::string(name_of(f.kind)) + ": " +
                f.text + "\n";
    }
    return text;
}

std::string lint_changed(std::string_view table, std::string_view from, std::string_view to) {
    return lines(lint(changed(table, from, to)));
}

PackFiles appended(std::string_view table, std::string_view row) {
    PackFiles files = mini_files();
    files.find(table)->second += row;
    return files;
}

TEST(DrgLint, APackWithoutFaultsHasNoFinding) {
    const LintReport report = lint(mini_files());
    EXPECT_EQ(lines(report), "");
    EXPECT_TRUE(report.loads);
}

TEST(DrgLint, EveryDanglingReferenceIsNamedNotOnlyTheFirst) {
    PackFiles files = mini_files();
    files["adrg_dx.csv"] += "QQ1,I10\nQQ2,I10\n";
    files["adrg_proc.csv"] += "QQ3,1,35.2\n";
    files["mdc_principal_dx.csv"] += "Q,I10\n";
    files["drg.csv"] += "QQ4,1,QQ49,q,always\n";
    files["adrg.csv"] += "Q,1,QA1,q,,principal,,,,\n";
    files["weights.csv"] = "drg,average_fen,rw,base_points\n*,1,1,1\nQQ59,1,1,1\n";
    const LintReport report = lint(files);
    EXPECT_FALSE(report.loads);
    EXPECT_EQ(lines(report),
              "adrg.csv:9: DANGLING: there is no MDC Q\n"
              "adrg_dx.csv:5: DANGLING: there is no ADRG QQ1\n"
              "adrg_dx.csv:6: DANGLING: there is no ADRG QQ2\n"
              "adrg_proc.csv:7: DANGLING: there is no ADRG QQ3\n"
              "drg.csv:14: DANGLING: there is no ADRG QQ4\n"
              "mdc_principal_dx.csv:6: DANGLING: there is no MDC Q\n"
              "weights.csv:3: DANGLING: there is no DRG QQ59\n");
}

TEST(DrgLint, AMalformedTableIsToldWithItsRow) {
    const LintReport report = lint(changed("adrg.csv", "FM1,stent,,principal", "FM1,stent,,moon"));
    EXPECT_FALSE(report.loads);
    EXPECT_EQ(lines(report),
              "adrg.csv:7: MALFORMED: column proc_rule, problem unknown rule kind\n");
    const LintReport missing = lint(changed("drg.csv", "AA1,1,AA19,a,always\n", ""));
    EXPECT_EQ(
        lines(missing),
        "adrg.csv:2: MALFORMED: column split_rule, adrg AA1, problem last row is not always\n");
}

TEST(DrgLint, AListThatAFormulaNamesAndNobodyFillsIsDangling) {
    const LintReport report = lint(changed("adrg_proc.csv", "FB1,3,39.6\n", ""));
    EXPECT_FALSE(report.loads);
    EXPECT_NE(lines(report).find("DANGLING"), std::string::npos) << lines(report);
}

TEST(DrgLint, AnAdrgThatAnEarlierOneSwallowsIsUnreachable) {
    // Any procedure of the stent's list is one of a wider rule before it.
    PackFiles files = appended("adrg.csv", "F,0,FA1,wide,,principal,,,,\n");
    files["adrg_proc.csv"] += "FA1,1,36.0\nFA1,1,35.2\n";
    files["drg.csv"] += "FA1,1,FA19,f,always\n";
    EXPECT_EQ(lines(lint(files)),
              "adrg.csv:7: UNREACHABLE: FM1: every case of it is taken by FA1 before\n");
    // The medical rule without procedure takes all with this diagnosis.
    PackFiles medical = appended("adrg.csv", "F,4,FV3,again,principal,,,,,\n");
    medical["adrg_dx.csv"] += "FV3,I10\n";
    medical["drg.csv"] += "FV3,1,FV39,f,always\n";
    EXPECT_EQ(lines(lint(medical)),
              "adrg.csv:9: UNREACHABLE: FV3: every case of it is taken by FV2 before\n");
    // One diagnosis more, and it is an overlap only.
    medical["adrg_dx.csv"] += "FV3,I50\n";
    EXPECT_EQ(lines(lint(medical)),
              "adrg.csv:9: OVERLAP: FV3: FV2 stands before it and shares 1 diagnoses (I10)\n");
}

TEST(DrgLint, AFormulaIsComparedTermByTerm) {
    PackFiles files = appended("adrg.csv", "F,5,FB2,again,,formula,1&2&3,,,\n");
    files["adrg_proc.csv"] += "FB2,1,35.2\nFB2,2,36.1\nFB2,3,39.9\n";
    files["drg.csv"] += "FB2,1,FB29,f,always\n";
    EXPECT_EQ(lines(lint(files)),
              "adrg.csv:9: UNREACHABLE: FB2: every case of it is taken by FB1 before\n");
    EXPECT_EQ(lint_changed("adrg.csv", "1&2|1&3", "1&2|1&3|1"),
              "adrg.csv:6: UNREACHABLE: FB1: term 1 of the formula is covered by term 3\n"
              "adrg.csv:6: UNREACHABLE: FB1: term 2 of the formula is covered by term 3\n");
}

TEST(DrgLint, AnAdrgOfALaterMdcCanBeSwallowedByAnEarlierOne) {
    // Every principal procedure 37.5 goes to the transplants of the first MDC.
    PackFiles files = appended("adrg.csv", "F,5,FH1,late,,principal,,,,\n");
    files["adrg_proc.csv"] += "FH1,1,37.5\n";
    files["drg.csv"] += "FH1,1,FH19,f,always\n";
    EXPECT_EQ(lines(lint(files)),
              "adrg.csv:9: UNREACHABLE: FH1: every case of it is taken by AA1 before\n");
    // Not valid: MDC A is not entered, and its own rule leads nowhere.
    files["valid_proc.csv"] = "proc,name\n35.2,b\n36.1,c\n36.0,d\n86.2,e\n";
    EXPECT_EQ(
        lines(lint(files)),
        "adrg.csv:2: UNREACHABLE: AA1: no procedure of its list is valid, as MDC A demands\n");
}

TEST(DrgLint, ConditionsThatContradictAreUnreachable) {
    EXPECT_EQ(lint_changed("adrg_dx.csv", "FV2,I10", "FV2,B20"),
              "adrg.csv:8: UNREACHABLE: FV2: no diagnosis of its list is one of MDC F\n"
              "adrg_dx.csv:4: UNREACHABLE: B20 of FV2 is no principal diagnosis of MDC F\n");
    EXPECT_EQ(lint_changed("adrg.csv", "28,1,1500", "28,1500,1500"),
              "adrg.csv:3: UNREACHABLE: PS1: weight_below is not above weight_min\n");
    EXPECT_EQ(
        lines(lint([] {
            PackFiles files =
                changed("adrg.csv", "AA1,transplant,,principal", "AA1,transplant,,none_valid");
            files["adrg_proc.csv"].erase(files["adrg_proc.csv"].find("AA1,"), 11);
            return files;
        }())),
        "adrg.csv:2: UNREACHABLE: AA1: none_valid in an MDC that demands a valid procedure\n");
}

TEST(DrgLint, RowsThatNoRuleReadsAreUnreachable) {
    EXPECT_EQ(lines(lint(appended("adrg_proc.csv", "FM1,2,36.0\n"))),
              "adrg_proc.csv:7: UNREACHABLE: no rule of FM1 reads its list 2\n");
    EXPECT_EQ(lines(lint(appended("adrg_dx.csv", "FM1,I10\n"))),
              "adrg_dx.csv:5: UNREACHABLE: FM1 has no rule on diagnoses\n");
    EXPECT_EQ(lines(lint(appended("adrg_dx.csv", "FV2,Z99\n"))),
              "adrg_dx.csv:5: UNREACHABLE: Z99 of FV2 is no principal diagnosis of MDC F\n");
    EXPECT_EQ(
        lines(lint(appended("cc_exclusion_principal_dx.csv", "I60,77\n"))),
        "cc_exclusion_principal_dx.csv:4: UNREACHABLE: no CC or MCC has exclusion table 77\n");
    PackFiles blank = appended("adrg_proc.csv", "FM1,1,99.9\n");
    EXPECT_EQ(lines(lint(blank)), "");
    blank["pack.csv"] = "key,value\ninvalid_principal_proc,blank\n";
    EXPECT_EQ(lines(lint(blank)),
              "adrg_proc.csv:7: UNREACHABLE: 99.9 of FM1 is no valid procedure, so never "
              "principal\n");
}

TEST(DrgLint, ADrgBehindOneThatTakesAllIsUnreachable) {
    EXPECT_EQ(lint_changed("drg.csv", "FV2,1,FV21,f,mcc\n", "FV2,1,FV21,f,always\n"),
              "drg.csv:12: UNREACHABLE: FV23: the DRG before it in FV2 takes all of its cases\n"
              "drg.csv:13: UNREACHABLE: FV25: the DRG before it in FV2 takes all of its cases\n");
}

TEST(DrgLint, AnMdcThatLeadsNowhereIsUnreachable) {
    EXPECT_EQ(lines(lint(appended("mdc.csv", "5,G,MDCG,empty,1,,,0,,\n"))),
              "mdc.csv:6: UNREACHABLE: MDC G has no ADRG\n"
              "mdc.csv:6: UNREACHABLE: MDC G demands a principal diagnosis and lists none\n");
    EXPECT_EQ(lint_changed("mdc.csv", "4,F,MDCF,heart,1,,,0,,2", "4,F,MDCF,heart,1,,,0,,9"),
              "mdc.csv:5: DANGLING: column qy_after_adrg, mdc F\n");
}

}  // namespace
}  // namespace yilian::billing::drg
