// The command `yilian` as operators use it: the real program against the five services. Issue item
// 7 and its section "Bad input".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "libs/crypto/digest.h"
#include "libs/policy/testing/packs.h"
#include "nlohmann/json.hpp"
#include "tests/functional/cli_site.h"

namespace yilian::functional {
namespace {

using nlohmann::ordered_json;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kResident = "01jcommand000000000000res1";

// One platform for all tests of a suite; every test uses ids of its own.
class Imports : public testing::Test {
  protected:
    static void SetUpTestSuite() { site_ = new CliSite(); }
    static void TearDownTestSuite() {
        delete site_;
        site_ = nullptr;
    }
    static CliSite& site() { return *site_; }

    static std::string institutions(const std::string& prefix) {
        return "institution_id,name,class,level,agreement_from,parent_institution_id\n" + prefix +
               "H,Hospital,hospital,L3,2020-01-01,\n" + prefix +
               "C,Centre,centre,L1,2020-01-01,\n" + prefix +
               "V,Clinic,village_clinic,L1,2020-01-01," + prefix + "C\n";
    }
    static std::string resident_row(const std::string& id, const std::string& document,
                                    const std::string& home) {
        return id + ",PASSPORT," + document + ",Somebody,1,1967-06-15,RES,350104," + home + "\n";
    }
    static constexpr const char* kResidentHeader =
        "resident_id,document_kind,document_number,name,sex,birth_date,insurance,insured_region,"
        "home_institution_id\n";

  private:
    static inline CliSite* site_ = nullptr;
};

TEST_F(Imports, I7_GoodRowsGoOnAndEveryBadOneIsToldWithFileRowColumnAndReason) {
    const std::string file =
        site().file("a/institutions.csv", institutions("A") +
                                              "AX,Bad level,centre,L9,,\n"
                                              "AH,Twice,hospital,L3,,\n"
                                              "AY,No parent,centre,L1,,NOBODY\n"
                                              "AZ,Bad class,palace,L1,,\n");
    const Ran ran = site().run("import institutions " + file + " --batch a-places --json");
    EXPECT_EQ(ran.code, 1) << ran.err;
    const ordered_json report = ran.json();
    EXPECT_EQ(report.at("batch_id"), "a-places");
    EXPECT_EQ(report.at("rows"), 7);
    EXPECT_EQ(report.at("accepted"), 3);
    EXPECT_EQ(report.at("refused"), 4);
    EXPECT_EQ(read_file(file + ".errors.csv"),
              "file,row,column,reason,value\n" + file + ",5,level,FIELD_ENUM,L9\n" + file +
                  ",6,institution_id,ROW_DUPLICATE_KEY,AH\n" + file +
                  ",7,parent_institution_id,INSTITUTION_NOT_FOUND,\n" + file +
                  ",8,class,FIELD_ENUM,\n");
    // The good rows are there: sending them again changes nothing.
    const Ran again = site().run("import institutions " + file + " --batch a-places --json");
    EXPECT_EQ(again.json().at("unchanged"), 3);
    EXPECT_EQ(again.json().at("accepted"), 0);
}

TEST_F(Imports, I7_ADryRunStoresNothingAndSaysTheSame) {
    const std::string file = site().file("b/institutions.csv", institutions("B"));
    const Ran dry = site().run("import institutions " + file + " --dry-run");
    EXPECT_EQ(dry.code, 0) << dry.out << dry.err;
    EXPECT_THAT(dry.out, AllOf(HasSubstr("nothing stored"), HasSubstr("3 accepted")));
    const Ran real = site().run("import institutions " + file + " --json");
    EXPECT_EQ(real.json().at("accepted"), 3);
    EXPECT_EQ(real.json().at("batch_id").get<std::string>().size(), 26U);
    EXPECT_EQ(read_file(file + ".errors.csv"), "file,row,column,reason,value\n");
}

TEST_F(Imports, I7_StrictStoresNothingWhenARowIsBad) {
    const std::string bad =
        site().file("c/institutions.csv", institutions("D") + "DX,Bad,centre,L9,,\n");
    const Ran strict = site().run("import institutions " + bad + " --strict --json");
    EXPECT_EQ(strict.code, 5) << strict.out << strict.err;
    EXPECT_EQ(strict.json().at("stored"), false);
    const std::string good = site().file("c/good.csv", institutions("D"));
    const Ran stored = site().run("import institutions " + good + " --strict --json");
    EXPECT_EQ(stored.code, 0) << stored.err;
    EXPECT_EQ(stored.json().at("accepted"), 3);
}

TEST_F(Imports, I7_ABatchIsTakenBackAsLongAsNothingDependsOnIt) {
    const std::string places = site().file("e/institutions.csv", institutions("E"));
    ASSERT_EQ(site().run("import institutions " + places + " --batch e-places").code, 0);
    const std::string people =
        site().file("e/residents.csv",
                    kResidentHeader + resident_row("01jcommand00000000000000e1", "P-E1", "EC") +
                        resident_row("01jcommand00000000000000e2", "P-E2", "EC") +
                        resident_row("01jcommand00000000000000e3", "P-E3", "NOWHERE"));
    const Ran imported = site().run("import residents " + people + " --batch e-people --json");
    EXPECT_EQ(imported.code, 1);
    EXPECT_EQ(imported.json().at("accepted"), 2);
    // No name or document number anywhere.
    for (const std::string& text :
         {imported.out, imported.err, read_file(people + ".errors.csv")}) {
        EXPECT_THAT(text, AllOf(Not(HasSubstr("Somebody")), Not(HasSubstr("P-E"))));
    }
    const Ran refused = site().run("import undo e-places");
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.out, HasSubstr("directory: refused, BATCH_IN_USE"));
    const Ran undone = site().run("import undo e-people --json");
    EXPECT_EQ(undone.code, 0) << undone.out << undone.err;
    EXPECT_EQ(undone.json().at("undone")[0].at("rows"), 2);
    EXPECT_THAT(site().run("import undo e-people").out, HasSubstr("BATCH_ALREADY_UNDONE"));
    EXPECT_EQ(site().run("import undo e-places").code, 0);
    const Ran unknown = site().run("import undo nobody-made-this");
    EXPECT_EQ(unknown.code, 1);
    EXPECT_THAT(unknown.out, HasSubstr("BATCH_NOT_FOUND"));
}

TEST_F(Imports, I7_LargeFilesGoOutInBoundedCallsOfOneBatch) {
    const std::string places = site().file("g/institutions.csv", institutions("G"));
    ASSERT_EQ(site().run("import institutions " + places).code, 0);
    std::string rows = kResidentHeader;
    for (int i = 0; i < 1201; ++i) {
        const std::string number = std::to_string(10'000 + i);
        rows += resident_row("01jcommand0000000000g" + number, "P-G" + number, "GC");
    }
    rows += resident_row("01jcommand0000000000g10007", "P-G-OTHER", "GC");
    const std::string people = site().file("g/residents.csv", rows);
    const ordered_json report =
        site().run("import residents " + people + " --batch g-people --json").json();
    EXPECT_EQ(report.at("accepted"), 1201);
    // The second row of a key, three calls after the first.
    EXPECT_EQ(read_file(people + ".errors.csv"), "file,row,column,reason,value\n" + people +
                                                     ",1203,resident_id,ROW_DUPLICATE_KEY,***\n");
    const ordered_json undone = site().run("import undo g-people --json").json();
    EXPECT_EQ(undone.at("undone")[0].at("rows"), 1201);
}

// The registers of a synthetic district, written as files, go in through the command as they are.
TEST_F(Imports, I7_EveryKindOfRegisterIsImported) {
    const std::string folder = site().folder + "/written";
    ASSERT_EQ(site()
                  .run("play --residents 40 --months 1 --write-input " + folder + " --out " +
                       site().folder + "/none")
                  .code,
              0);
    for (const char* kind :
         {"institutions", "memberships", "practitioners", "teams", "residents"}) {
        const Ran ran = site().run(std::string("import ") + kind + " " + folder + "/" + kind +
                                   ".csv --batch written --json");
        EXPECT_EQ(ran.code, 0) << kind << ran.out << ran.err;
        EXPECT_GT(ran.json().at("accepted"), 0) << kind;
    }
    site().platform.drain();
    const std::string residents = read_file(folder + "/residents.csv");
    const auto line = residents.find('\n') + 1;
    const std::string resident = residents.substr(line, 26);
    const std::string institutions = read_file(folder + "/institutions.csv");
    const auto row = institutions.find("\nB1-01") + 1;
    const std::string centre = institutions.substr(row, institutions.find(',', row) - row);
    const std::string header =
        "enrolment_id,resident_id,disease_code,institution_id,confirmed_on,source\n";
    const std::string enrolments = site().file(
        "enrolments.csv", header + "01jcommand0000000000000en1," + resident + ",hypertension," +
                              centre + ",2025-06-30,register\n01jcommand0000000000000en2," +
                              "01jcommand00000000000nobody,hypertension," + centre +
                              ",2025-06-30,register\n");
    const Ran ran = site().run("import enrolments " + enrolments + " --batch written --json");
    EXPECT_EQ(ran.code, 1) << ran.err;
    EXPECT_EQ(ran.json().at("accepted"), 1) << ran.out;
    EXPECT_THAT(read_file(enrolments + ".errors.csv"),
                HasSubstr(",3,resident_id,RESIDENT_NOT_FOUND,"));
    // One batch over two services: registries first, for it depends on the residents. An enrolment
    // that ended is history all the same and keeps its resident.
    const Ran undone = site().run("import undo written --json");
    EXPECT_EQ(undone.code, 1);
    const ordered_json first = undone.json().at("undone");
    ASSERT_EQ(first.size(), 2U) << first.dump();
    EXPECT_EQ(first[0].at("service"), "registries");
    EXPECT_EQ(first[0].at("rows"), 1);
    EXPECT_EQ(first[1].at("service"), "directory");
    EXPECT_THAT(first[1].at("refusal").get<std::string>(), HasSubstr("BATCH_IN_USE enrolment"));
    // Again: what was taken back before does not end the way.
    const ordered_json again = site().run("import undo written --json").json().at("undone");
    ASSERT_EQ(again.size(), 2U) << again.dump();
    EXPECT_EQ(again[0].at("refusal"), "BATCH_ALREADY_UNDONE");
}

TEST_F(Imports, I7_TheShippedDrugCatalogueIsImportedAndTakenBack) {
    const std::string drugs = std::string(std::getenv("YILIAN_SOURCE_DIR")) +
                              "/services/prescriptions/catalogue/demo_drugs.csv";
    const std::string errors = site().folder + "/files/drugs.errors.csv";
    const std::string options = drugs + " --catalogue demo --catalogue-version 1 --batch drugs" +
                                " --effective-from 2026-01-01 --source 'own rows' --errors " +
                                errors + " --json";
    const Ran imported = site().run("import drugs " + options);
    EXPECT_EQ(imported.code, 0) << imported.out << imported.err << read_file(errors);
    EXPECT_GT(imported.json().at("accepted"), 50);
    const Ran undone = site().run("import undo drugs --kind drugs");
    EXPECT_EQ(undone.code, 0) << undone.out << undone.err;
}

TEST_F(Imports, I7_PolicyDocumentsArePublishedOnceAndRefusedAsAWhole) {
    const std::string good = site().file(
        "v2.yaml", policy::testing::second_version("350104", "2027-01-01",
                                                   {{"registry.followup.planned_days", "60"}}));
    const Ran first = site().run("policy publish " + good + " --json");
    ASSERT_EQ(first.code, 0) << first.err;
    ASSERT_EQ(first.json().size(), 1U);
    EXPECT_EQ(first.json()[0].at("pack_version"), 2);
    EXPECT_EQ(first.json()[0].at("valid_from"), "2027-01-01");
    const Ran again = site().run("policy publish " + good + " --json");
    EXPECT_EQ(again.json(), first.json()) << "the same request, the same answer";
    const std::string bad = site().file("v3.yaml",
                                        "schema: \"yilian.policy.pack/1\"\n"
                                        "region: \"350104\"\nversion: 3\n"
                                        "no_such_field: 1\n");
    const Ran refused = site().run("policy publish " + bad);
    EXPECT_EQ(refused.code, 3);
    EXPECT_THAT(refused.err, HasSubstr("v3.yaml:4: POLICY_KEY_UNKNOWN"));
    EXPECT_THAT(refused.err, HasSubstr("POLICY_KEY_MISSING")) << "all that is wrong at once";
    EXPECT_EQ(site().run("policy publish nowhere.yaml").code, 2);
}

TEST_F(Imports, I7_FilesThatCannotBeReadAndWrongUseHaveTheirExitCodes) {
    const std::string wrong = site().file("f/wrong.csv", "institution_id,colour\nF1,red\n");
    const Ran header = site().run("import institutions " + wrong);
    EXPECT_EQ(header.code, 4);
    EXPECT_THAT(header.err, HasSubstr("CSV_UNKNOWN_COLUMN"));
    EXPECT_EQ(site().run("import institutions /nowhere.csv").code, 2);
    EXPECT_EQ(site().run("import castles x.csv").code, 2);
    EXPECT_EQ(site().run("settle March").code, 2);
    const std::string good = site().file("f/good.csv", institutions("F"));
    EXPECT_EQ(site().run("import institutions " + good + " --errors /nowhere/e.csv").code, 6);
    const Ran columns = site().run("import columns residents --json");
    EXPECT_EQ(columns.code, 0);
    EXPECT_EQ(columns.json()[0].at("columns")[0].at("column"), "resident_id");
}

// --- a month, from lists in files to the explanation of a statement
// -------------------------------

class Month : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        site_ = new CliSite();
        CliSite& s = *site_;
        const std::string places =
            s.file("institutions.csv",
                   "institution_id,name,class,level,agreement_from,effective_on\n"
                   "H1,Hospital,hospital,L3,2020-01-01,2020-01-01\nB1,Centre,centre,L1,2020-01-01,"
                   "2020-01-01\n");
        const std::string members = s.file("memberships.csv",
                                           "consortium_id,institution_id,role,from\n"
                                           "K1,H1,LEAD,2020-01-01\nK1,B1,MEMBER,2020-01-01\n");
        const std::string people =
            s.file("residents.csv",
                   std::string("resident_id,document_kind,document_number,name,sex,birth_date,"
                               "insurance,insured_region,home_institution_id\n") +
                       kResident + ",PASSPORT,P00000001,Somebody,1,1967-06-15,RES,350104,B1\n");
        EXPECT_EQ(s.run("import institutions " + places).code, 0);
        EXPECT_EQ(s.run("import memberships " + members).code, 0);
        EXPECT_EQ(s.run("import residents " + people).code, 0);
        s.platform.advance("2026-03-31T09:00:00+08:00");
        write_lists(s);
    }
    static void TearDownTestSuite() {
        delete site_;
        site_ = nullptr;
    }
    static CliSite& site() { return *site_; }
    static std::string lists() { return site().folder + "/files/lists"; }

    static std::string list_row(const std::string& id, const std::string& institution,
                                const std::string& level, const std::string& days,
                                const std::string& total) {
        return id + ",1," + institution + "," + level + "," + kResident +
               ",RES,350104,1,1967-06-15,58,INPATIENT,2," + days + ",03,03,1,1,NONE," + total +
               ",6000,4000," + total + ",2,0,DRG,YB2.0,2026-03-30T09:00:00+08:00\n";
    }

    // Two good lists; one whose sum is wrong; one with a bad diagnosis row; one that is no row.
    static void write_lists(CliSite& s) {
        const std::string first = "2026-03-16T11:00:00+08:00,2026-03-18T09:00:00+08:00,2";
        const std::string second = "2026-03-18T14:15:00+08:00,2026-03-25T10:00:00+08:00,7";
        const std::string third = "2026-03-26T09:00:00+08:00,2026-03-28T09:00:00+08:00,2";
        s.file("lists/list.csv",
               "list_id,version,institution_id,institution_level,resident_id,insurance,"
               "insured_region,sex,birth_date,age_years,treatment_type,admission_way,admitted_at,"
               "discharged_at,stay_days,admission_dept,discharge_dept,discharge_way,filed,"
               "aid_class,total_fen,self_paid_fen,class_b_first_fen,cash_pay_fen,diagnosis_count,"
               "procedure_count,payment_method,dx_code_version,declared_at\n" +
                   list_row("S1", "B1", "L1", first, "186000") +
                   list_row("S2", "H1", "L3", second, "843250") +
                   list_row("S3", "B1", "L1", third, "186001") +
                   list_row("S4", "B1", "L1", third, "186000") +
                   list_row("S5", "B1", "L1", third, "much"));
        std::string diagnoses = "list_id,seq,kind,code,present_on_admission,main\n";
        std::string charges = "list_id,class,amount_fen,class_a_fen,class_b_fen,self_paid_fen\n";
        for (const char* id : {"S1", "S2", "S3", "S4", "S5"}) {
            diagnoses += std::string(id) + ",1,WESTERN,I10.x05,1,1\n";
            diagnoses +=
                std::string(id) + (std::string_view(id) == "S4" ? ",2,TAROT,E87.600,1,0\n"
                                                                : ",2,WESTERN,E87.600,1,0\n");
            charges +=
                std::string(id) + (std::string_view(id) == "S2" ? ",01,843250,833250,4000,6000\n"
                                                                : ",01,186000,176000,4000,6000\n");
        }
        s.file("lists/diagnosis.csv", diagnoses + "S9,1,WESTERN,I10.x05,1,1\n");
        s.file("lists/charge.csv", charges);
    }

  private:
    static inline CliSite* site_ = nullptr;
};

// The tests of a month stand in its order.
TEST_F(Month, I7_1_ListsAreCheckedByADryRun) {
    const Ran dry = site().run("import lists " + lists() + " --dry-run --json");
    EXPECT_EQ(dry.code, 1) << dry.err;
    EXPECT_EQ(dry.json().at("accepted"), 2) << dry.out;
    EXPECT_EQ(site().platform.count("billing", "settlement_lists_accepted"), 0);
}

TEST_F(Month, I7_2_BadListsAreToldByFileRowColumnAndReasonAndTheGoodOnesAreAccepted) {
    const Ran ran = site().run("import lists " + lists() + " --batch march --json");
    EXPECT_EQ(ran.code, 1) << ran.err;
    EXPECT_EQ(ran.json().at("rows"), 5);
    EXPECT_EQ(ran.json().at("accepted"), 2);
    EXPECT_EQ(ran.json().at("refused"), 3);
    const std::string errors = read_file(lists() + ".errors.csv");
    EXPECT_THAT(errors, HasSubstr(lists() + "/list.csv,4,total_fen,SL_TOTAL_MISMATCH,"));
    EXPECT_THAT(errors, HasSubstr(lists() + "/list.csv,5,list_id,LIST_PART_BAD,S4"));
    EXPECT_THAT(errors, HasSubstr(lists() + "/diagnosis.csv,9,kind,FIELD_ENUM,TAROT"));
    EXPECT_THAT(errors, HasSubstr(lists() + "/list.csv,6,total_fen,FIELD_FORMAT,much"));
    EXPECT_THAT(errors, HasSubstr(lists() + "/diagnosis.csv,12,list_id,LIST_NOT_FOUND,S9"));
    site().platform.drain();
    EXPECT_EQ(site().platform.count("billing", "settlement_lists_accepted"), 2);
}

TEST_F(Month, I7_2_ABatchOfListsIsTakenBackWhileItsMonthIsOpen) {
    const std::string good = read_file(lists() + "/list.csv");
    const std::string header = good.substr(0, good.find('\n') + 1);
    site().file(
        "more/list.csv",
        header + list_row("S7", "B1", "L1", "2026-03-28T10:00:00+08:00,2026-03-29T09:00:00+08:00,1",
                          "186000"));
    site().file("more/diagnosis.csv",
                "list_id,seq,kind,code,present_on_admission,main\nS7,1,WESTERN,I10.x05,1,1\n"
                "S7,2,WESTERN,E87.600,1,0\n");
    const std::string charge =
        site().file("more/charge.csv",
                    "list_id,class,amount_fen,class_a_fen,class_b_fen,self_paid_fen\n"
                    "S7,01,186000,176000,4000,6000\n");
    const std::string folder = charge.substr(0, charge.rfind('/'));
    const Ran sent = site().run("import lists " + folder + " --batch more --json");
    ASSERT_EQ(sent.code, 0) << sent.out << sent.err << read_file(folder + ".errors.csv");
    const Ran undone = site().run("import undo more --institution B1 --json");
    EXPECT_EQ(undone.code, 0) << undone.out << undone.err;
    EXPECT_EQ(undone.json().at("undone")[0].at("rows"), 1);
    // The same version is not brought back by sending it again.
    EXPECT_EQ(site().run("import lists " + folder).code, 1);
    EXPECT_THAT(read_file(folder + ".errors.csv"), HasSubstr(",2,version,LIST_WITHDRAWN,"));
}

TEST_F(Month, I7_3_SettleNeedsTwoPersonsAndMayBeRepeated) {
    const Ran prepared = site().run("settle 2026-03 --only prepare --json");
    EXPECT_EQ(prepared.code, 0) << prepared.err;
    EXPECT_EQ(prepared.json().at("runs")[0].at("state"), "COMPUTED");
    // One person in both roles is refused, whatever tokens there are.
    const std::string token = site().file(
        "one.token", site()
                         .run("token mint --certificate operator --institution AGENCY --subject "
                              "one --role agency_clerk --role agency_approver")
                         .out);
    const std::string tokens = " --clerk-token " + token + " --approver-token " + token;
    const Ran alone = site().run("settle 2026-03" + tokens);
    EXPECT_EQ(alone.code, 1) << alone.out;
    EXPECT_THAT(alone.err, HasSubstr("SAME_PERSON"));
    const Ran settled = site().run("settle 2026-03 --json");
    ASSERT_EQ(settled.code, 0) << settled.err;
    const ordered_json done = settled.json();
    const ordered_json& run = done.at("runs")[0];
    EXPECT_EQ(done.at("state"), "closed");
    EXPECT_EQ(run.at("state"), "PUBLISHED");
    EXPECT_THAT(run.at("did").get<std::vector<std::string>>(), Contains("computed again"));
    EXPECT_NE(run.at("prepared_by"), run.at("approved_by"));
    EXPECT_EQ(run.at("cases"), 2);
    const Ran again = site().run("settle 2026-03");
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_THAT(again.out, AllOf(HasSubstr("nothing to do"), HasSubstr("closed before")));
    const Ran empty = site().run("settle 2026-02 --keep-open");
    EXPECT_EQ(empty.code, 0) << empty.err;
    EXPECT_THAT(empty.out, HasSubstr("RUN_INPUT_EMPTY"));
}

TEST_F(Month, I7_4_StatementsAddUpAndTheirBytesAreTheOnesPublished) {
    const ordered_json month = site().run("statement 2026-03 --json").json();
    ASSERT_GE(month.at("statements").size(), 2U) << month.dump();
    std::string lines;
    for (const ordered_json& row : month.at("statements")) {
        const std::string party = row.at("party");
        const Ran machine = site().run("statement " + party + " 2026-03 --json");
        EXPECT_EQ(machine.code, 0) << machine.err;
        EXPECT_EQ(crypto::sha256_hex(machine.out), row.at("statement_sha256"));
        const std::string kept = site().file(party + ".json", machine.out);
        const Ran offline = site().run("statement --file " + kept);
        EXPECT_EQ(offline.out, site().run("statement " + party + " 2026-03").out);
        EXPECT_THAT(offline.out, AllOf(HasSubstr("结算单"), HasSubstr(row.at("statement_sha256"))));
        lines += row.at("run_id").get<std::string>() + " " + party + " " +
                 row.at("statement_sha256").get<std::string>() + "\n";
    }
    EXPECT_EQ(crypto::sha256_hex(lines), month.at("statement_sha256"));
    const Ran cases = site().run("statement H1 2026-03 --csv cases");
    EXPECT_THAT(cases.out, AllOf(testing::StartsWith("run_id,party,institution_id,list_id,"),
                                 HasSubstr(",H1,H1,S2,1,")));
    EXPECT_EQ(site().run("statement H1 2026-01").code, 1);
}

TEST_F(Month, I7_5_AStatementThatWasTouchedIsNotShown) {
    std::string bytes = site().run("statement H1 2026-03 --json").out;
    const auto at = bytes.find("\"prepay_fen\":");
    ASSERT_NE(at, std::string::npos);
    bytes[at + 13] = bytes[at + 13] == '9' ? '8' : '9';
    const Ran wrong = site().run("statement --file " + site().file("touched.json", bytes));
    EXPECT_EQ(wrong.code, 7);
    EXPECT_THAT(wrong.err, HasSubstr("STATEMENT_WRONG"));
    EXPECT_EQ(wrong.out, "");
}

TEST_F(Month, I7_6_ACaseAndAPartyAreExplainedWithPackAndRounding) {
    const ordered_json of_case = site().run("explain H1/S2 --json").json();
    EXPECT_EQ(of_case.at("of").at("list_id"), "S2");
    EXPECT_EQ(of_case.at("policy").at("id"), CliSite::kDistrict);
    EXPECT_EQ(of_case.at("policy").at("at_hand"), true);
    EXPECT_EQ(of_case.at("policy").at("digest").get<std::string>().size(), 64U);
    std::vector<std::string> stages;
    for (const ordered_json& step : of_case.at("steps")) stages.push_back(step.at("stage"));
    EXPECT_THAT(stages, AllOf(Contains("CHECK"), Contains("GROUP"), Contains("SCORE"),
                              Contains("BENEFIT")));
    ASSERT_GE(of_case.at("sums").size(), 4U);
    for (const ordered_json& sum : of_case.at("sums")) EXPECT_TRUE(sum.at("holds")) << sum.dump();
    const Ran plain = site().run("explain H1/S2@1");
    EXPECT_EQ(plain.code, 0) << plain.err;
    EXPECT_THAT(plain.out, AllOf(HasSubstr("billing.deductible.chain_mode"),
                                 HasSubstr("drg.rounding.case_points"), HasSubstr("half_away"),
                                 HasSubstr("In plain words:\n- "),
                                 HasSubstr("is grouped into"), HasSubstr("weights.csv")));
    const ordered_json month = site().run("statement 2026-03 --json").json();
    const std::string run_id = month.at("statements")[0].at("run_id");
    const ordered_json party = site().run("explain " + run_id + " H1 --json").json();
    for (const ordered_json& sum : party.at("sums")) EXPECT_TRUE(sum.at("holds")) << sum.dump();
    EXPECT_EQ(party.at("of").at("prepay_fen"),
              party.at("sums")[1].at("recorded").get<std::int64_t>());
    EXPECT_EQ(site().run("explain H1/NOBODY").code, 1);
    EXPECT_EQ(site().run("explain nonsense").code, 2);
}

TEST_F(Month, I7_7_OutsideLocalRunsTokensAreGivenNotMade) {
    const std::string local = read_file(site().folder + "/run.json");
    ordered_json production = ordered_json::parse(local);
    production["profile"] = "production";
    std::ofstream(site().folder + "/run.json") << production.dump();
    const Ran refused = site().run("settle 2026-03 --only prepare");
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("TOKEN_FILE_MISSING"));
    EXPECT_EQ(site().run("token mint --certificate x --institution X --subject x --role x").code,
              3);
    // The operator's own token reads.
    EXPECT_EQ(site().run("statement H1 2026-03").code, 0);
    std::ofstream(site().folder + "/run.json") << local;
}

TEST_F(Month, I7_7_AClosedMonthsListsStay) {
    const Ran undone = site().run("import undo march --kind lists --institution H1");
    EXPECT_EQ(undone.code, 1);
    EXPECT_THAT(undone.out, HasSubstr("billing: refused, "));
}

TEST_F(Month, I7_8_HealthTailAndVerifyAnswer) {
    const Ran health = site().run("health --json");
    EXPECT_EQ(health.code, 0);
    EXPECT_EQ(health.json().size(), 5U);
    for (const ordered_json& row : health.json()) EXPECT_EQ(row.at("state"), "SERVING");
    const Ran tail =
        site().run("tail --service billing --type yilian.billing.statement. --last 0 --json");
    EXPECT_EQ(tail.code, 0) << tail.err;
    const ordered_json first = ordered_json::parse(tail.out.substr(0, tail.out.find('\n')));
    EXPECT_EQ(first.at("type"), "yilian.billing.statement.published.v1");
    site().platform.drain();
    const Ran verify = site().run("verify --json");
    for (const ordered_json& check : verify.json()) {
        EXPECT_EQ(check.at("violations"), 0) << check.dump();
    }
    EXPECT_EQ(verify.code, 0);
}

}  // namespace
}  // namespace yilian::functional
