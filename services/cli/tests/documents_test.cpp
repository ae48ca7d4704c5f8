// What commands read and show, without services: files of lists, statements, sums, texts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "libs/policy/testing/packs.h"
#include "libs/testkit/temp_dir.h"
#include "services/cli/arithmetic.h"
#include "services/cli/exit_code.h"
#include "services/cli/import.h"
#include "services/cli/import_run.h"
#include "services/cli/list_files.h"
#include "services/cli/money_text.h"
#include "services/cli/statement.h"
#include "services/cli/statement_document.h"
#include "services/cli/text_table.h"

namespace yilian::cli {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Texts, MoneyPointsAndRatesAreExact) {
    EXPECT_EQ(yuan_text(0), "0.00");
    EXPECT_EQ(yuan_text(-5), "-0.05");
    EXPECT_EQ(yuan_text(123456789), "1,234,567.89");
    EXPECT_EQ(yuan_text(INT64_MIN), "-92,233,720,368,547,758.08");
    EXPECT_EQ(points_text(1897960), "189.7960");
    EXPECT_EQ(rate_text(100'000'000), "1");
    EXPECT_EQ(rate_text(95'000'000), "0.95");
    EXPECT_EQ(rate_text(0), "0");
    EXPECT_EQ(percent_text(6125), "61.25 %");
    EXPECT_EQ(grouped(1000), "1,000");
}

TEST(Texts, TablesStandUnderEachOtherWithChineseHeadings) {
    EXPECT_EQ(display_width("点数a"), 5U);
    TextTable table({"机构", ">点数"});
    table.add({"a|b", "1.0"});
    std::ostringstream out;
    table.print(out);
    EXPECT_EQ(out.str(), "| 机构 | 点数 |\n| ---- | ---: |\n| a\\|b |  1.0 |\n");
}

TEST(Columns, FieldsOfAServiceAreFoundInTheFile) {
    const std::vector<tabular::Column> columns{tabular::Column::of("document_number", {}),
                                               tabular::Column::of("members", {}),
                                               tabular::Column::of("class", {})};
    EXPECT_EQ(column_of("identity.document_number", columns), "document_number");
    EXPECT_EQ(column_of("members[2].role", columns), "members");
    EXPECT_EQ(column_of("class", columns), "class");
    EXPECT_EQ(column_of("list.charges[0].class", columns), "class");
    EXPECT_EQ(column_of("unheard_of", columns), "");
    EXPECT_EQ(column_of("", columns), "");
}

TEST(Columns, AReasonOfAWholeRowPointsAtItsColumn) {
    const std::vector<tabular::Column> residents{tabular::Column::of("resident_id", {}),
                                                 tabular::Column::of("home_institution_id", {})};
    EXPECT_EQ(column_of_reason("INSTITUTION_NOT_FOUND", residents), "home_institution_id");
    EXPECT_EQ(column_of_reason("ID_REUSED", residents), "resident_id");
    EXPECT_EQ(column_of_reason("ROLE_MISSING", residents), "");
    EXPECT_EQ(column_of_reason("LIMIT_RATE", residents), "");
}

TEST(Columns, EveryKindPrintsItsColumns) {
    for (const std::string& kind : import_kinds()) {
        std::ostringstream out;
        EXPECT_EQ(show_columns(kind, true, out), kExitGood);
        EXPECT_GE(json::parse(out.str()).at(0).at("columns").size(), 5U) << kind;
    }
}

class Lists : public ::testing::Test {
  protected:
    static constexpr const char* kHeader =
        "list_id,version,institution_id,resident_id,insurance,insured_region,sex,birth_date,"
        "treatment_type,admitted_at,discharged_at,stay_days,total_fen,diagnosis_count,"
        "procedure_count,payment_method,dx_code_version\n";
    static std::string row(const std::string& id, const std::string& total = "100") {
        return id +
               ",1,H1,r1,RES,350104,2,1960-02-29,INPATIENT,2026-03-01T08:00:00+08:00,"
               "2026-03-03T08:00:00+08:00,2," +
               total + ",1,0,DRG,YB2.0\n";
    }
    void put(const std::string& name, const std::string& text) const {
        std::ofstream(dir_.file(name), std::ios::binary) << text;
    }
    // The ids handed out; the errors stay in the report.
    std::vector<std::string> read(tabular::ErrorReport& errors) {
        std::vector<std::string> ids;
        ListReader reader(errors);
        read_ = reader.read(dir_.path().string(),
                            [&](billing::v1::SettlementList&& list, ListPlace&& place) {
                                ids.push_back(list.list_id());
                                lists_.push_back(std::move(list));
                                places_.push_back(std::move(place));
                            });
        return ids;
    }
    testkit::TempDir dir_;
    ListReader::Read read_;
    std::vector<billing::v1::SettlementList> lists_;
    std::vector<ListPlace> places_;
};

TEST_F(Lists, PartsJoinTheirListAndKeepTheirRows) {
    put("list.csv", kHeader + row("L1") + row("L2"));
    put("diagnosis.csv",
        "list_id,seq,kind,code,main\nL2,1,WESTERN,I10.x05,1\nL1,1,WESTERN,E87.600,1\n");
    put("charge.csv", "list_id,class,amount_fen\nL1,01,100\nL2,01,100\n");
    put("transfusion.csv", "list_id,type,volume_ml\nL2,RED,200\n");
    tabular::ErrorReport errors(dir_.path().string());
    EXPECT_THAT(read(errors), ElementsAre("L1", "L2"));
    EXPECT_TRUE(errors.empty());
    EXPECT_EQ(lists_[0].diagnoses(0).code(), "E87.600");
    EXPECT_THAT(places_[0].parts.at("diagnoses"), ElementsAre(3U));
    EXPECT_EQ(lists_[1].transfusions(0).volume_ml(), 200);
    EXPECT_EQ(lists_[1].admitted_at().seconds(), 1'772'323'200);
    EXPECT_FALSE(lists_[1].has_age_years());
}

TEST_F(Lists, AListWithABadPartIsNotHandedOut) {
    put("list.csv", kHeader + row("L1") + row("L2") + row("L2") + row("L3", "-1"));
    put("diagnosis.csv",
        "list_id,seq,kind,code,main\nL1,99999999999,WESTERN,I10.x05,1\nL2,1,WESTERN,I10.x05,1\n"
        "L9,1,WESTERN,I10.x05,1\n");
    put("charge.csv", "list_id,class,amount_fen\n");
    tabular::ErrorReport errors(dir_.path().string());
    EXPECT_THAT(read(errors), ElementsAre("L2"));
    EXPECT_EQ(read_.rows, 4U);
    EXPECT_EQ(read_.good, 1U);
    // seq of L1, L1 itself, the second L2, the total of L3, and the diagnosis of no list.
    EXPECT_EQ(errors.size(), 5U);
}

TEST_F(Lists, AMissingRequiredFileEndsTheCommand) {
    put("list.csv", kHeader + row("L1"));
    tabular::ErrorReport errors(dir_.path().string());
    EXPECT_THROW(read(errors), CommandFailed);
}

// --- statements ----------------------------------------------------------------------------------

json case_line(const char* id, std::int64_t points, std::int64_t basic) {
    return {{"admission_date", "2026-03-01"},
            {"aid_fen", 0},
            {"aux_e8", 100'000'000},
            {"base_points_e4", points},
            {"basic_fen", basic},
            {"d_e8", 100'000'000},
            {"deductible_fen", 15'000},
            {"deviation", "NORMAL"},
            {"discharge_date", "2026-03-03"},
            {"flags", json::array({"HIGH"})},
            {"group_code", "FV39"},
            {"group_status", "GROUPED"},
            {"in_policy_fen", basic + 20'000},
            {"institution_id", "H1"},
            {"k_e8", 100'000'000},
            {"list_id", id},
            {"method", "DRG"},
            {"personal_fen", 20'000},
            {"points_e4", points},
            {"pool_id", "RES-2026"},
            {"serious_fen", 0},
            {"total_fen", basic + 20'000},
            {"version", 1},
            {"waiver", "NONE"}};
}

// 300 points at 96.50 yuan and 0.68: 19,686.00 yuan, of which 95 % are 18,701.70.
json statement() {
    return {{"cases", {case_line("L1", 1'000'000, 50'000), case_line("L2", 2'000'000, 70'000)}},
            {"corrections", json::array()},
            {"dispute", {{"working_days", 10}}},
            {"groups", json::array({{{"base_points_e4", 2'000'000},
                                     {"cases", 2},
                                     {"deviations", {{"NORMAL", 2}}},
                                     {"group_code", "FV39"},
                                     {"points_e4", 3'000'000},
                                     {"pool_id", "RES-2026"}}})},
            {"header",
             {{"input_digest", "in"},
              {"kind", "INSTITUTION_MONTH"},
              {"party", "H1"},
              {"period", "2026-03"},
              {"policy_digest", "pd"},
              {"policy_pack_id", "350104"},
              {"policy_version", 1},
              {"rules", json::array({{{"digest", "rd"}, {"version", "demo-1"}}})},
              {"run_id", "INSTITUTION_MONTH-RES-2026-2026-03"},
              {"supersedes", ""}}},
            {"pools", json::array({{{"actual_fen", 120'000},
                                    {"carried_in_fen", 0},
                                    {"carried_out_fen", 0},
                                    {"cases", 2},
                                    {"money_fen", 1'968'600},
                                    {"payment_ratio_e8", 68'000'000},
                                    {"points_e4", 3'000'000},
                                    {"pool_id", "RES-2026"},
                                    {"prepay_fen", 1'870'170},
                                    {"prepay_rate_e8", 95'000'000},
                                    {"value_den", 1},
                                    {"value_num", 9'650}}})},
            {"totals",
             {{"actual_fen", 120'000},
              {"cases", 2},
              {"points_e4", 3'000'000},
              {"prepay_fen", 1'870'170}}}};
}

std::vector<std::string> faults_of(const json& s) { return statement_faults(s, s.dump() + "\n"); }

TEST(Statements, ARightOneHasNoFault) { EXPECT_THAT(faults_of(statement()), IsEmpty()); }

TEST(Statements, EveryFigureThatDoesNotAddUpIsFound) {
    const std::vector<std::string> figures{
        "/cases/0/points_e4",  "/cases/0/basic_fen",  "/cases/1/in_policy_fen",
        "/groups/0/cases",     "/groups/0/points_e4", "/groups/0/deviations/NORMAL",
        "/pools/0/cases",      "/pools/0/points_e4",  "/pools/0/actual_fen",
        "/pools/0/prepay_fen", "/totals/cases",       "/totals/points_e4",
        "/totals/actual_fen",  "/totals/prepay_fen"};
    for (const std::string& figure : figures) {
        json wrong = statement();
        json& value = wrong.at(json::json_pointer(figure));
        value = value.get<std::int64_t>() + 1;
        EXPECT_THAT(faults_of(wrong), Not(IsEmpty())) << figure;
    }
    json without_group = statement();
    without_group["groups"] = json::array();
    EXPECT_THAT(faults_of(without_group), Not(IsEmpty()));
}

TEST(Statements, BytesThatAreNotCanonicalAreFound) {
    const json s = statement();
    EXPECT_THAT(statement_faults(s, s.dump(1) + "\n"), Contains(HasSubstr("canonical")));
    EXPECT_THAT(statement_faults(s, s.dump()), Contains(HasSubstr("canonical")));
}

TEST(Statements, AreShownAsMarkdownAndAsCsv) {
    std::ostringstream markdown;
    print_statement(statement(), "digest", markdown);
    EXPECT_THAT(markdown.str(), HasSubstr("# 结算单 Statement H1 2026-03"));
    EXPECT_THAT(markdown.str(), HasSubstr("18,701.70"));
    EXPECT_THAT(markdown.str(), HasSubstr("digest"));
    for (const std::string& table : statement_tables()) {
        std::ostringstream csv;
        print_statement_csv(statement(), table, csv);
        std::string first = csv.str().substr(0, csv.str().find('\n'));
        const auto commas = static_cast<std::size_t>(std::ranges::count(first, ','));
        EXPECT_EQ(commas, table == "corrections" ? 0 : statement_columns(table).size() - 1);
    }
}

TEST(Statements, TheDigestOfAMonthDoesNotDependOnTheOrder) {
    EXPECT_EQ(month_digest({"b\n", "a\n"}), month_digest({"a\n", "b\n"}));
    EXPECT_NE(month_digest({"a\n"}), month_digest({"b\n"}));
}

TEST(Statements, WhatIsNoStatementIsRefused) {
    EXPECT_THROW((void)parse_statement("{}"), CommandFailed);
    EXPECT_THROW((void)parse_statement("no JSON"), CommandFailed);
}

TEST(Statements, AFileWithAMissingMemberIsUnreadable) {
    const testkit::TempDir dir;
    json broken = statement();
    broken["cases"][0].erase("points_e4");
    std::ofstream(dir.file("s.json")) << broken.dump() << "\n";
    std::ostringstream out;
    try {
        (void)show_statement_file(dir.file("s.json"), "", false, out);
        ADD_FAILURE() << "shown";
    } catch (const CommandFailed& failed) {
        EXPECT_EQ(failed.code(), kExitUnreadable);
    }
    EXPECT_EQ(out.str(), "");
}

// --- sums ----------------------------------------------------------------------------------------

std::shared_ptr<const policy::Pack> pack() {
    return *policy::testing::shipped_packs()->at("350104",
                                                 *calendar::CivilDate::parse("2026-03-31"));
}

// A case of 9,800.00 yuan, the average of its group: 100 points.
billing::v1::Case scored_case() {
    billing::v1::Case c;
    c.set_total_fen(980'000);
    c.mutable_grouping()->set_status(billing::v1::GROUP_STATUS_GROUPED);
    auto* s = c.mutable_scoring();
    s->set_group_average_fen(980'000);
    s->set_base_points_e4(1'000'000);
    s->set_d_e8(100'000'000);
    s->set_k_e8(100'000'000);
    s->set_points_e4(1'000'000);
    s->set_deviation(billing::v1::DEVIATION_FLAG_NORMAL);
    auto* b = c.mutable_benefit();
    b->set_in_policy_fen(900'000);
    b->set_deductible_fen(90'000);
    b->set_ratio_e8(65'000'000);
    b->set_basic_fen(526'500);
    b->set_personal_in_policy_fen(373'500);
    b->set_personal_total_fen(453'500);
    return c;
}

bool all_hold(const std::vector<Sum>& sums) {
    return std::ranges::all_of(sums, [](const Sum& sum) { return sum.holds(); });
}

TEST(Sums, OfACaseHoldAndNameTheirRounding) {
    const auto sums = score_sums(*pack()->blocks().drg, scored_case());
    ASSERT_EQ(sums.size(), 2U);
    EXPECT_TRUE(all_hold(sums));
    EXPECT_EQ(sums[1].rounding, "half_away");
    EXPECT_EQ(sums[1].parameter, "drg.rounding.case_points");
    EXPECT_TRUE(all_hold(benefit_sums(*pack()->blocks().benefit, scored_case())));
}

TEST(Sums, OfACaseThatIsWrongDoNotHold) {
    billing::v1::Case wrong = scored_case();
    wrong.mutable_scoring()->set_points_e4(1'000'001);
    EXPECT_FALSE(all_hold(score_sums(*pack()->blocks().drg, wrong)));
    wrong = scored_case();
    wrong.mutable_scoring()->set_base_points_e4(999'999);
    EXPECT_FALSE(all_hold(score_sums(*pack()->blocks().drg, wrong)));
    wrong = scored_case();
    wrong.mutable_benefit()->set_basic_fen(526'501);
    EXPECT_FALSE(all_hold(benefit_sums(*pack()->blocks().benefit, wrong)));
    wrong = scored_case();
    wrong.mutable_benefit()->set_personal_total_fen(1);
    EXPECT_FALSE(all_hold(benefit_sums(*pack()->blocks().benefit, wrong)));
}

TEST(Sums, OfAShortStayFollowItsCost) {
    billing::v1::Case c = scored_case();
    c.set_total_fen(196'000);  // a fifth of the average
    c.mutable_scoring()->set_deviation(billing::v1::DEVIATION_FLAG_INCOMPLETE);
    c.mutable_scoring()->set_d_e8(20'000'000);
    c.mutable_scoring()->set_points_e4(200'000);
    EXPECT_TRUE(all_hold(score_sums(*pack()->blocks().drg, c)));
}

TEST(Sums, OfAPoolHoldAndBreakWithEachFigure) {
    const auto& run = *pack()->blocks().run;
    EXPECT_TRUE(all_hold(pool_sums(run, statement(), statement().at("pools")[0])));
    for (const char* name : {"money_fen", "prepay_fen", "carried_out_fen", "points_e4"}) {
        json pool = statement().at("pools")[0];
        pool[name] = pool[name].get<std::int64_t>() + 10'000;
        EXPECT_FALSE(all_hold(pool_sums(run, statement(), pool))) << name;
    }
}

}  // namespace
}  // namespace yilian::cli
