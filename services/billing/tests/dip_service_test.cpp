// Rows 22, 23 and 31 over gRPC: a DIP catalogue comes into force by day, an error refuses it whole,
// and every result says why in plain words.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "services/billing/tests/dip_lists.h"
#include "services/billing/tests/service_fixture.h"

namespace yilian::billing::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class DipService : public Service {
  protected:
    void SetUp() override {
        const fs::path shipped =
            fs::path(runtime::TestSite::repository_policies()) / "../../services/billing/rules";
        fs::create_directories(folder());
        for (const char* name : {"demo", "dip-demo"}) {
            fs::copy(shipped / name, folder() / name, fs::copy_options::recursive);
        }
        rules_dir_ = folder();
        site_.district = kDipDistrict;
        site_.clock_start = "2026-01-01T00:00:00+08:00";
        start();
        ASSERT_NE(app_, nullptr);
        feed_places(*facts_);
        clock("2026-04-01T09:00:00+08:00");
    }
    [[nodiscard]] fs::path folder() const { return site_.file("rules"); }
    // A copy of the demonstration catalogue with a text replaced in one of its files.
    void copy_with(const std::string& name, const std::string& file, const std::string& what,
                   const std::string& by) {
        fs::copy(folder() / "dip-demo", folder() / name, fs::copy_options::recursive);
        std::stringstream text;
        text << std::ifstream(folder() / name / file).rdbuf();
        std::string content = text.str();
        const auto at = content.find(what);
        ASSERT_NE(at, std::string::npos) << what;
        content.replace(at, what.size(), by);
        std::ofstream(folder() / name / file) << content;
    }
    static v1::LoadRulePackRequest load(const std::string& name) {
        v1::LoadRulePackRequest request;
        request.set_request_id(new_request_id());
        request.set_domain("dip");
        request.set_folder(name);
        return request;
    }
    v1::RulePack activate(const v1::RulePack& pack, const std::string& from) {
        v1::ActivateRulePackRequest request;
        request.set_request_id(new_request_id());
        request.set_domain("dip");
        request.set_version(pack.version());
        request.set_digest(pack.digest());
        request.set_effective_from(from);
        request.set_etag(pack.etag());
        return ok<v1::RulePack>(approver_, rules("ActivateRulePack"), request);
    }
    v1::RulePack demo() {
        return activate(ok<v1::RulePack>(clerk_, rules("LoadRulePack"), load("dip-demo")),
                        "2026-01-01");
    }
    std::string why_refused(const std::string& name) {
        const auto answer = clerk_->call<v1::RulePack>(rules("LoadRulePack"), load(name));
        if (answer.ok()) return "OK";
        std::string why = answer.error().reason;
        for (const char* key : {"table", "row", "column", "problem"}) {
            const auto found = answer.error().metadata.find(key);
            if (found != answer.error().metadata.end()) why += ' ' + found->second;
        }
        return why;
    }
};
YILIAN_ON_BOTH_DRIVERS(DipService);

TEST_P(DipService, ROW22_CataloguesComeIntoForceByDayAndAreRolledBack) {
    const auto list = dip_list("d1", "H1", {"K80.101"}, {{"51.2300", 600000}}, 1470000);
    v1::SubmitSettlementListRequest request;
    request.set_request_id(new_request_id());
    *request.mutable_list() = list;
    EXPECT_EQ(refused<v1::Case>(h1_, lists("SubmitSettlementList"), request), "RULES_NOT_LOADED");

    const auto first = demo();
    EXPECT_EQ(first.rule_count(), 24);
    EXPECT_EQ(first.case_count(), 16);
    const auto scored = submit(h1_, list);
    EXPECT_EQ(scored.grouping().scheme(), "DIP");
    EXPECT_EQ(scored.grouping().rules_version(), first.version());
    EXPECT_EQ(scored.grouping().rules_digest(), first.digest());
    EXPECT_EQ(scored.scoring().points_e4(), 1650000);

    copy_with("next", "catalogue.csv", "K80.1:51.2300,core,K80.1,51.2300,surgery,150.0000",
              "K80.1:51.2300,core,K80.1,51.2300,surgery,160.0000");
    std::ofstream(folder() / "next" / "pack.csv")
        << "key,value\nversion,DIP-DEMO 2\npoints_scale,100\nsource,notice 2\n";
    const auto second =
        activate(ok<v1::RulePack>(clerk_, rules("LoadRulePack"), load("next")), "2026-03-20");
    auto later = dip_list("d2", "H1", {"K80.101"}, {{"51.2300", 600000}}, 1470000);
    EXPECT_EQ(submit(h1_, later).scoring().points_e4(), 1760000);
    // Discharged on 18 March: the catalogue of that day.
    auto before = dip_list("d3", "B1", {"K80.101"}, {{"51.2300", 600000}}, 1470000);
    EXPECT_EQ(submit(b1_, before).grouping().rules_version(), first.version());

    v1::RollBackRulePackRequest back;
    back.set_request_id(new_request_id());
    back.set_domain("dip");
    back.set_version(second.version());
    back.set_etag(second.etag());
    back.set_reason_code("TRIAL");
    EXPECT_EQ(ok<v1::RulePack>(approver_, rules("RollBackRulePack"), back).state(),
              v1::RULE_PACK_STATE_ROLLED_BACK);
    auto again = dip_list("d4", "H1", {"K80.101"}, {{"51.2300", 600000}}, 1470000);
    EXPECT_EQ(submit(h1_, again).scoring().points_e4(), 1650000);
}

TEST_P(DipService, ROW22_AnErrorRefusesTheCatalogueWholeWithFileAndLine) {
    demo();
    copy_with("twice", "catalogue.csv", "\nJ44.1:0,", "\nJ18.9:0,");
    EXPECT_EQ(why_refused("twice"),
              "RULES_TABLE_MALFORMED catalogue.csv 11 group_code stands twice");
    copy_with("word", "catalogue.csv", "I10.x:0,core", "I10.x:0,centre");
    EXPECT_EQ(why_refused("word"), "RULES_TABLE_MALFORMED catalogue.csv 7 kind unknown word");
    copy_with("coef", "catalogue.csv", "J44.1:0,basic", "J44.1:0,core");
    EXPECT_EQ(why_refused("coef"),
              "RULES_TABLE_MALFORMED catalogue.csv 11 a basic group and no other has a "
              "coefficient");
    copy_with("dangling", "reference.csv", "I10.x:0,L1", "I11.x:0,L1");
    EXPECT_EQ(why_refused("dangling").substr(0, 46),
              "RULES_DANGLING_REFERENCE reference.csv 2 group");
    copy_with("otherwise", "cases.csv", "588000,K80.1:0", "588000,K80:T1");
    EXPECT_EQ(why_refused("otherwise"),
              "RULES_TABLE_MALFORMED cases.csv 5 expected_group the catalogue groups this case "
              "otherwise");
    fs::copy(folder() / "dip-demo", folder() / "gone", fs::copy_options::recursive);
    fs::remove(folder() / "gone" / "procedures.csv");
    EXPECT_EQ(why_refused("gone"), "RULES_TABLE_MALFORMED procedures.csv missing");
    EXPECT_EQ(why_refused(".."), "NOT_FOUND");
    // The one in force goes on.
    EXPECT_EQ(submit(h1_, dip_list("d1", "H1", {"K80.100"}, {}, 588000)).scoring().points_e4(),
              630000);
    // A folder that changed after its loading is not used, whatever it holds.
    const auto other = dip_list("d2", "H1", {"K80.100"}, {}, 588000);
    start();
    std::ofstream(folder() / "dip-demo" / "reference.csv", std::ios::app) << "J18.9:0,L1,600000\n";
    v1::SubmitSettlementListRequest request;
    request.set_request_id(new_request_id());
    *request.mutable_list() = other;
    EXPECT_EQ(refused<v1::Case>(h1_, lists("SubmitSettlementList"), request), "RULES_NOT_LOADED");
}

TEST_P(DipService, ACatalogueOfAnotherScaleIsNotUsed) {
    copy_with("scale", "pack.csv", "points_scale,100", "points_scale,1000");
    activate(ok<v1::RulePack>(clerk_, rules("LoadRulePack"), load("scale")), "2026-01-01");
    v1::SubmitSettlementListRequest request;
    request.set_request_id(new_request_id());
    *request.mutable_list() = dip_list("d1", "H1", {"K80.100"}, {}, 588000);
    EXPECT_EQ(refused<v1::Case>(h1_, lists("SubmitSettlementList"), request), "RULES_NOT_LOADED");
}

TEST_P(DipService, ROW31_ExplainsGroupPointsAndMoneyInPlainWords) {
    demo();
    submit(h1_, dip_list("d1", "H1", {"K80.101", "E11.900"}, {{"51.2300", 600000}}, 1470000));
    v1::ExplainCaseRequest explain;
    explain.set_list_id("d1");
    const auto answer = ok<v1::ExplainCaseResponse>(h1_, lists("ExplainCase"), explain);
    std::map<std::string, v1::TrailStep> steps;
    for (const auto& s : answer.trail()) steps[s.stage() + ' ' + s.rule_id()] = s;
    EXPECT_EQ(steps["CHECK all"].explanation(), "The list fulfils every rule and is accepted.");
    EXPECT_EQ(steps["GROUP key"].outcome(), "K80.1");
    EXPECT_THAT(steps["GROUP key"].explanation(), HasSubstr("Main procedure: 51.2300"));
    EXPECT_EQ(steps["GROUP choice"].outcome(), "K80.1:51.2300");
    EXPECT_THAT(steps["GROUP choice"].explanation(),
                HasSubstr("K80.1:51.2300 was chosen because its class comes first"));
    EXPECT_THAT(steps["GROUP choice"].source(),
                AllOf(HasSubstr("DIP-DEMO 1"), HasSubstr("demonstration catalogue"),
                      HasSubstr("catalogue.csv"),
                      HasSubstr(answer.explained().grouping().rules_digest().substr(0, 12))));
    EXPECT_THAT(steps["SCORE deviation"].explanation(),
                HasSubstr("cost 14700.00 yuan against a reference of 14700.00 yuan"));
    EXPECT_EQ(steps["SCORE coefficient"].outcome(), "1.10000000");
    EXPECT_THAT(steps["SCORE coefficient"].source(), HasSubstr("(CL-30)"));
    EXPECT_THAT(steps["SCORE auxiliary"].explanation(), HasSubstr("SEV-II"));
    EXPECT_EQ(steps["SCORE points"].outcome(), "176.5500");
    EXPECT_EQ(steps["SCORE points"].explanation(),
              "150 points of the group x deviation 1 x coefficient of the institution 1.1 x "
              "auxiliary coefficient 1.07, rounded once, make 176.55 points.");
    EXPECT_EQ(steps["SCORE money"].outcome(), "1158521");
    EXPECT_THAT(steps["SCORE money"].explanation(), HasSubstr("11585.21 yuan of pool RES-2026"));
    EXPECT_THAT(steps["BENEFIT benefit"].explanation(), HasSubstr("14700.00 yuan in-policy cost"));

    submit(h1_, dip_list("d2", "H1", {"Q90.900"}, {}, 300000));
    explain.set_list_id("d2");
    const auto blank = ok<v1::ExplainCaseResponse>(h1_, lists("ExplainCase"), explain);
    std::vector<std::string> told;
    for (const auto& s : blank.trail()) told.push_back(s.explanation());
    EXPECT_THAT(told, Contains("No group of the catalogue fits: blank group, paid by its cost."));
}

TEST_P(DipService, ROW31_DrgIsExplainedInPlainWordsToo) {
    submit(h1_, stay_s2("r", ""));
    v1::ExplainCaseRequest explain;
    explain.set_list_id("s2-r");
    const auto answer = ok<v1::ExplainCaseResponse>(h1_, lists("ExplainCase"), explain);
    std::vector<std::string> told;
    for (const auto& s : answer.trail()) {
        EXPECT_NE(s.explanation(), "") << s.stage() << ' ' << s.rule_id();
        EXPECT_NE(s.source(), "") << s.stage() << ' ' << s.rule_id();
        told.push_back(s.explanation());
    }
    EXPECT_THAT(told, Contains("The case is grouped into FV23."));
    EXPECT_THAT(told, Contains("Other diagnosis E87.600 counts as CC."));
    EXPECT_THAT(told, Contains(HasSubstr("x coefficient of the institution 1.0425 = 64.635 "
                                         "points.")));
}

TEST_P(DipService, PreChecksAnswerByDip) {
    demo();
    v1::ScoreCaseRequest score;
    auto* input = score.mutable_input();
    input->set_case_id("x");
    input->set_discharge_date("2026-03-25");
    input->set_scheme("DIP");
    input->add_diagnosis_codes("K80.101");
    input->add_procedure_codes("51.2300");
    input->add_procedure_codes("51.8800");
    input->add_procedure_costs_fen(600000);
    input->add_procedure_costs_fen(300000);
    score.set_institution_id("B1");
    score.set_total_fen(1960000);
    score.set_with_trail(true);
    const auto answer = ok<v1::ScoreCaseResponse>(b1_, lists("ScoreCase"), score);
    EXPECT_EQ(answer.grouping().group_code(), "K80.1:51.2300+51.8800");
    EXPECT_EQ(answer.scoring().points_e4(), 1840000);  // 200 x 0.92
    EXPECT_GT(answer.trail_size(), 4);
    score.set_institution_id("NOBODY");
    EXPECT_EQ(refused<v1::ScoreCaseResponse>(b1_, lists("ScoreCase"), score),
              "INSTITUTION_NOT_FOUND");
    v1::GroupCaseRequest group;
    *group.mutable_input() = *input;
    group.mutable_input()->set_scheme("MOON");
    EXPECT_EQ(refused<v1::GroupCaseResponse>(b1_, lists("GroupCase"), group), "FIELD_INVALID");
}

TEST_P(DipService, SpecialCasesAreProposedByTheInstitutionAndDecidedByTheAgency) {
    demo();
    const auto extreme = submit(h1_, dip_list("x", "H1", {"I10.x05"}, {}, 2940000));
    EXPECT_THAT(extreme.scoring().flags(), ElementsAre("EXTREME"));
    v1::ProposeSpecialCaseRequest propose;
    propose.set_request_id(new_request_id());
    propose.set_list_id("x");
    propose.set_etag(extreme.etag());
    propose.set_reason_code("RARE");
    EXPECT_EQ(refused<v1::Case>(clerk_, lists("ProposeSpecialCase"), propose), "AUTH_NOT_ALLOWED");
    const auto proposed = ok<v1::Case>(h1_, lists("ProposeSpecialCase"), propose);
    EXPECT_EQ(proposed.state(), v1::CASE_STATE_UNDER_REVIEW);
    EXPECT_EQ(proposed.special_case().formula_points_e4(), 2362500);
    v1::DecideSpecialCaseRequest decide;
    decide.set_request_id(new_request_id());
    decide.set_institution_id("H1");
    decide.set_list_id("x");
    decide.set_etag(proposed.etag());
    decide.set_accepted(true);
    decide.set_experts_record_id("rec-1");
    EXPECT_EQ(refused<v1::Case>(approver_, lists("DecideSpecialCase"), decide), "FIELD_INVALID")
        << "accepted without a value";
    decide.set_request_id(new_request_id());
    decide.set_points_e4(1000000);
    EXPECT_EQ(refused<v1::Case>(approver_, lists("DecideSpecialCase"), decide),
              "SPECIAL_CASE_CEILING");
    decide.set_request_id(new_request_id());
    decide.set_accepted(false);
    decide.clear_points_e4();
    const auto declined = ok<v1::Case>(approver_, lists("DecideSpecialCase"), decide);
    EXPECT_EQ(declined.state(), v1::CASE_STATE_SCORED);
    EXPECT_EQ(declined.special_case().state(), v1::SPECIAL_CASE_STATE_DECLINED);
    EXPECT_EQ(declined.scoring().points_e4(), 2362500);
    v1::ExplainCaseRequest explain;
    explain.set_list_id("x");
    const auto answer = ok<v1::ExplainCaseResponse>(h1_, lists("ExplainCase"), explain);
    std::vector<std::string> told;
    for (const auto& s : answer.trail()) told.push_back(s.explanation());
    EXPECT_THAT(told, Contains("The experts left the formula's 236.25 points on 2026-04-01."));
}

// A month does not wait for the experts: it closes without the case, and the next one takes it.
TEST_P(DipService, AReviewOutlivesItsMonth) {
    demo();
    submit(b1_, dip_list("y", "B1", {"J44.100"}, {}, 539000));
    const auto extreme = submit(h1_, dip_list("x", "H1", {"I10.x05"}, {}, 2940000));
    v1::ProposeSpecialCaseRequest propose;
    propose.set_request_id(new_request_id());
    propose.set_list_id("x");
    propose.set_etag(extreme.etag());
    propose.set_reason_code("RARE");
    const auto proposed = ok<v1::Case>(h1_, lists("ProposeSpecialCase"), propose);
    const auto march = settle_march();
    EXPECT_EQ(march.case_count(), 1);
    v1::ClosePeriodRequest close;
    close.set_request_id(new_request_id());
    close.set_period("2026-03");
    EXPECT_TRUE(ok<v1::Period>(approver_, ledger("ClosePeriod"), close).closed());
    v1::DecideSpecialCaseRequest decide;
    decide.set_request_id(new_request_id());
    decide.set_institution_id("H1");
    decide.set_list_id("x");
    decide.set_etag(proposed.etag());
    decide.set_experts_record_id("rec-1");
    EXPECT_EQ(ok<v1::Case>(approver_, lists("DecideSpecialCase"), decide).state(),
              v1::CASE_STATE_SCORED);
    clock("2026-05-06T09:00:00+08:00");
    v1::StartRunRequest start;
    start.set_request_id(new_request_id());
    start.set_kind(v1::RUN_KIND_INSTITUTION_MONTH);
    start.set_scope_id(site_.district);
    start.set_period("2026-04");
    const auto april = ok<v1::Run>(clerk_, settlement("StartRun"), start);
    ASSERT_EQ(april.parties_size(), 1);
    EXPECT_EQ(april.parties(0).party(), "H1");
    EXPECT_EQ(april.parties(0).points_e4(), 2362500);
}

}  // namespace
}  // namespace yilian::billing::test
