// The running service on both databases, called over mTLS as institutions and the agency do: the
// billing steps of events.md 7, and what callers may not do.
#include "google/longrunning/operations.pb.h"
#include "services/billing/tests/service_fixture.h"

namespace yilian::billing::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

YILIAN_ON_BOTH_DRIVERS(Service);

TEST_P(Service, EveryMethodIsServedToExactlyItsRoles) {
    EXPECT_THAT(app_->unbound_methods(), IsEmpty());
    runtime::expect_access_matrix(site_, *app_);
}

TEST_P(Service, SubscribesToWhatTheEventTableSays) {
    runtime::expect_subscriptions_of_event_table(*app_, "billing");
}

TEST_P(Service, BillingStepsOfTheWalk) {
    feed_places(*facts_);
    clock("2026-03-02T08:00:00+08:00");
    v1::PriceCapitationRequest price;
    price.set_request_id(new_request_id());
    price.set_consortium_id("C1");
    price.set_period("2026-03");
    const auto month = ok<v1::CapitationMonth>(clerk_, capitation("PriceCapitation"), price);
    EXPECT_EQ(month.run_id(), "CAPITATION_MONTH-2026-03-C1");
    EXPECT_EQ(month.amount_fen(), 5890);
    EXPECT_EQ(month.prepay_fen(), 5301);
    EXPECT_EQ(month.head_count(), 1);
    ASSERT_EQ(month.cells_size(), 1);
    EXPECT_EQ(month.cells(0).cell_id(), "ADULT-C");
    EXPECT_EQ(month.cells(0).units(), 31);

    facts_->event(*fact::evidence("ev1", "ref1", "r", "2026-03-18T14:15:00+08:00"), 9);
    clock("2026-03-19T09:30:00+08:00");
    const auto s1 = submit(b1_, stay_s1("r", "ev1"));
    EXPECT_EQ(s1.state(), v1::CASE_STATE_SCORED);
    EXPECT_EQ(s1.scoring().points_e4(), 189796);
    EXPECT_EQ(s1.scoring().deviation(), v1::DEVIATION_FLAG_INCOMPLETE);
    EXPECT_EQ(s1.benefit().basic_fen(), 141680);
    EXPECT_THAT(s1.allowed_actions(), ElementsAre("ProposeSpecialCase", "WithdrawSettlementList"));
    clock("2026-03-27T09:30:00+08:00");
    const auto s2 = submit(h1_, stay_s2("r", "ev1"));
    EXPECT_EQ(s2.scoring().points_e4(), 646350);
    EXPECT_EQ(s2.benefit().waiver(), v1::WAIVER_CANCELLED);
    EXPECT_EQ(s2.benefit().basic_fen(), 515710);
    EXPECT_EQ(s2.benefit().personal_total_fen(), 327540);
    clock("2026-03-31T15:11:00+08:00");
    facts_->event(*fact::dispensed("d1", "p1", "r"));
    const auto s3 = submit(v1_, outpatient_s3("r", "p1"));
    EXPECT_EQ(s3.state(), v1::CASE_STATE_ACCEPTED);
    EXPECT_EQ(s3.payee_institution_id(), "B1");
    EXPECT_EQ(s3.benefit().basic_fen(), 7392);

    clock("2026-04-13T09:00:00+08:00");
    const auto run = settle_march();
    EXPECT_EQ(run.state(), v1::RUN_STATE_PUBLISHED);
    EXPECT_EQ(run.dispute_until(), "2026-04-29");
    ASSERT_EQ(run.parties_size(), 2);
    EXPECT_EQ(run.parties(0).party(), "B1");
    EXPECT_EQ(run.parties(0).prepay_fen(), 118316);
    EXPECT_EQ(run.parties(0).case_count(), 2);
    EXPECT_EQ(run.parties(1).party(), "H1");
    EXPECT_EQ(run.parties(1).prepay_fen(), 402928);

    v1::ClosePeriodRequest close;
    close.set_request_id(new_request_id());
    close.set_period("2026-03");
    EXPECT_TRUE(ok<v1::Period>(approver_, ledger("ClosePeriod"), close).closed());

    v1::InstructPaymentRequest instruct;
    instruct.set_request_id(new_request_id());
    instruct.set_payment_id("01jpay0000000000000000000a");
    instruct.set_party("H1");
    instruct.set_amount_fen(402928);
    instruct.add_run_ids(run.run_id());
    instruct.set_claim_received_on("2026-04-01");
    const auto payment = ok<v1::Payment>(clerk_, settlement("InstructPayment"), instruct);
    EXPECT_EQ(payment.due_date(), "2026-05-18");
    clock("2026-04-20T09:00:00+08:00");
    v1::ConfirmPaymentRequest confirm;
    confirm.set_request_id(new_request_id());
    confirm.set_payment_id(payment.payment_id());
    confirm.set_etag(payment.etag());
    confirm.set_amount_fen(402928);
    const auto paid = ok<v1::Payment>(clerk_, settlement("ConfirmPayment"), confirm);
    EXPECT_EQ(paid.state(), v1::PAYMENT_STATE_CONFIRMED);
    EXPECT_EQ(paid.confirmed_on(), "2026-04-20");

    v1::GetBalanceRequest balances;
    const auto all = ok<v1::GetBalanceResponse>(clerk_, ledger("GetBalance"), balances);
    std::map<std::string, std::int64_t> held;
    for (const auto& b : all.balances()) held[b.account()] = b.balance_fen();
    EXPECT_EQ(all.ledger_sum_fen(), 0);
    EXPECT_EQ(held["BASIC:2026"], -664782);
    EXPECT_EQ(held["PERSONAL:2026"], -313018);
    EXPECT_EQ(held["CASE_COST:2026"], 977800);
    EXPECT_EQ(held["POOL:RES-2026"], -521244);
    EXPECT_EQ(held["CAP_FUND:C1"], -5890);
    EXPECT_EQ(held["PAYABLE:C1"], 5301);
    EXPECT_EQ(held["PAID:H1"], 402928);

    const auto checks = ok<common::v1::RunChecksResponse>(operator_, operators("RunChecks"),
                                                          common::v1::RunChecksRequest());
    for (const auto& check : checks.results()) {
        if (!check.check_id().starts_with("BIL-")) continue;  // facts came without a topic
        EXPECT_EQ(check.violation_count(), 0) << check.check_id() << ' ' << check.description();
    }
    const auto counts = ok<common::v1::GetCountsResponse>(operator_, operators("GetCounts"),
                                                          common::v1::GetCountsRequest());
    std::map<std::string, std::int64_t> figures;
    for (const auto& count : counts.counts()) {
        figures[count.name() + '/' + count.period() + '/' + count.scope()] = count.value();
    }
    EXPECT_EQ(figures["settlement_lists_accepted//"], 3);
    EXPECT_EQ(figures["drg_grouped//"], 2);
    EXPECT_EQ(figures["second_deductibles_waived//"], 1);
    EXPECT_EQ(figures["ledger_sum_fen//"], 0);
    EXPECT_EQ(figures["points_e4/2026-03/H1"], 646350);
    EXPECT_EQ(figures["prepay_fen/2026-03/B1"], 118316);
    EXPECT_EQ(figures["cases/2026-03/B1"], 2);
}

TEST_P(Service, StatementsAreReadByTheirPartyAlone) {
    feed_places(*facts_);
    clock("2026-04-01T09:00:00+08:00");
    submit(b1_, stay_s1("r", ""));
    submit(h1_, stay_s2("r", ""));
    const auto run = settle_march();
    v1::GetStatementRequest get;
    get.set_run_id(run.run_id());
    get.set_party("H1");
    const auto statement = ok<v1::Statement>(h1_, settlement("GetStatement"), get);
    EXPECT_EQ(statement.content().find("01j"), std::string::npos);
    EXPECT_EQ(statement.statement_sha256(), run.parties(1).statement_sha256());
    EXPECT_EQ(refused<v1::Statement>(b1_, settlement("GetStatement"), get),
              "AUTH_RECORD_ACCESS_DENIED");
    v1::ListStatementsRequest list;
    list.set_period("2026-03");
    EXPECT_EQ(ok<v1::ListStatementsResponse>(clerk_, settlement("ListStatements"), list)
                  .statements_size(),
              2);
    EXPECT_EQ(
        ok<v1::ListStatementsResponse>(b1_, settlement("ListStatements"), list).statements_size(),
        1);
    v1::GetCaseRequest other;
    other.set_institution_id("H1");
    other.set_list_id("s2-r");
    EXPECT_EQ(refused<v1::Case>(b1_, lists("GetCase"), other), "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_EQ(ok<v1::Case>(clerk_, lists("GetCase"), other).state(), v1::CASE_STATE_PREPAID);
    v1::SubmitSettlementListRequest foreign;
    foreign.set_request_id(new_request_id());
    *foreign.mutable_list() = stay_s2("q", "");
    EXPECT_EQ(refused<v1::Case>(b1_, lists("SubmitSettlementList"), foreign),
              "AUTH_RECORD_ACCESS_DENIED");
    // The centre sends the lists of the station that it manages.
    submit(b1_, outpatient_s3("q", "p9"));
}

TEST_P(Service, ExplainsGroupsScoresAndPages) {
    feed_places(*facts_);
    clock("2026-04-01T09:00:00+08:00");
    submit(b1_, stay_s1("r", "ev1"));
    submit(b1_, outpatient_s3("r", "p1"));
    v1::ExplainCaseRequest explain;
    explain.set_list_id("s1-r");
    const auto explained = ok<v1::ExplainCaseResponse>(b1_, lists("ExplainCase"), explain);
    std::vector<std::string> stages;
    for (const auto& step : explained.trail()) {
        stages.push_back(step.stage() + ' ' + step.rule_id());
    }
    EXPECT_THAT(stages, Contains("CHECK all"));
    EXPECT_THAT(stages, Contains("GROUP severity"));
    EXPECT_THAT(stages, Contains("SCORE points"));
    EXPECT_THAT(stages, Contains("BENEFIT benefit"));

    v1::GroupCaseRequest group;
    auto* input = group.mutable_input();
    input->set_case_id("x");
    input->set_discharge_date("2026-03-18");
    input->set_sex(common::v1::SEX_MALE);
    input->set_age_years(58);
    input->add_diagnosis_codes("I10.x05");
    group.set_with_trail(true);
    const auto grouped = ok<v1::GroupCaseResponse>(b1_, lists("GroupCase"), group);
    EXPECT_EQ(grouped.grouping().group_code(), "FV25");
    EXPECT_GT(grouped.trail_size(), 2);
    v1::ScoreCaseRequest score;
    *score.mutable_input() = *input;
    score.set_institution_id("H1");
    score.set_total_fen(441000);
    EXPECT_EQ(ok<v1::ScoreCaseResponse>(b1_, lists("ScoreCase"), score).scoring().points_e4(),
              469125);  // 45.0000 * 1.0425

    v1::ListCasesRequest page;
    page.set_page_size(1);
    const auto first = ok<v1::ListCasesResponse>(clerk_, lists("ListCases"), page);
    ASSERT_EQ(first.cases_size(), 1);
    page.set_page_token(first.next_page_token());
    const auto second = ok<v1::ListCasesResponse>(clerk_, lists("ListCases"), page);
    ASSERT_EQ(second.cases_size(), 1);
    EXPECT_NE(first.cases(0).list_id(), second.cases(0).list_id());
    EXPECT_EQ(second.next_page_token(), "");
    page.Clear();
    page.add_states(v1::CASE_STATE_ACCEPTED);
    EXPECT_EQ(ok<v1::ListCasesResponse>(clerk_, lists("ListCases"), page).cases_size(), 1);

    v1::ComputeBenefitRequest compute;
    compute.set_request_id(new_request_id());
    compute.set_list_id("s1-r");
    EXPECT_EQ(ok<v1::Benefit>(b1_, lists("ComputeBenefit"), compute).basic_fen(), 141680);
    v1::GetHeadCountRequest heads;
    heads.set_on("2026-03-31");
    EXPECT_EQ(ok<v1::GetHeadCountResponse>(clerk_, capitation("GetHeadCount"), heads)
                  .rows(0)
                  .head_count(),
              1);
    heads.set_on("2026-05-01");
    EXPECT_EQ(refused<v1::GetHeadCountResponse>(clerk_, capitation("GetHeadCount"), heads),
              "DATE_IN_FUTURE");
}

TEST_P(Service, KindsOfRunsThatAreServedElsewhereSaySo) {
    v1::StartRunRequest start;
    start.set_scope_id("C1");
    const std::pair<v1::RunKind, const char*> kinds[] = {
        {v1::RUN_KIND_CAPITATION_MONTH, "PriceCapitation"},
        {v1::RUN_KIND_CONSORTIUM_YEAR, "ShareConsortium"}};
    for (const auto& [kind, method] : kinds) {
        start.set_kind(kind);
        start.set_period(kind == v1::RUN_KIND_CONSORTIUM_YEAR ? "2026" : "2026-03");
        start.set_request_id(new_request_id());
        const auto answer = clerk_->call<v1::Run>(settlement("StartRun"), start);
        ASSERT_FALSE(answer.ok());
        EXPECT_EQ(answer.error().reason, "RUN_KIND_NOT_SERVED");
        const auto& told = answer.error().metadata;
        EXPECT_EQ(told.at("kind"), v1::RunKind_Name(kind));
        EXPECT_EQ(told.at("method"), method);
    }
}

// A month as a long-running operation, its statement in every form, and the years over gRPC.
TEST_P(Service, ROW24_YearsAreStartedAndRunsAreOperations) {
    feed_places(*facts_);
    v1::CreatePoolRequest pool;
    pool.set_request_id(new_request_id());
    pool.set_pool_id("RES-2026");
    pool.set_insurance(common::v1::INSURANCE_RES);
    pool.set_year("2026");
    pool.set_budget_fen(1'000'000);
    pool.set_reserve_rate_e8(5'000'000);
    pool.set_payment_ratio_e8(68'000'000);
    pool.set_budget_value_num(9650);
    pool.set_budget_value_den(1);
    pool.set_prepay_rate_e8(95'000'000);
    pool.set_approval_document_id("D1");
    EXPECT_EQ(ok<v1::Pool>(clerk_, settlement("CreatePool"), pool).available_fen(), 950'000);
    clock("2026-04-01T09:00:00+08:00");
    submit(b1_, stay_s1("r", ""));
    const auto month = settle_march();

    google::longrunning::GetOperationRequest ask;
    ask.set_name("operations/" + month.run_id());
    const auto operation =
        ok<google::longrunning::Operation>(clerk_, settlement("GetOperation"), ask);
    EXPECT_TRUE(operation.done());
    v1::Run told;
    ASSERT_TRUE(operation.response().UnpackTo(&told));
    EXPECT_EQ(told.run_id(), month.run_id());
    ask.set_name("runs/x");
    EXPECT_EQ(refused<google::longrunning::Operation>(clerk_, settlement("GetOperation"), ask),
              "FIELD_INVALID");

    v1::GetStatementRequest read;
    read.set_run_id(month.run_id());
    read.set_party("B1");
    read.set_format(v1::STATEMENT_FORMAT_CSV);
    const auto csv = ok<v1::Statement>(b1_, settlement("GetStatement"), read);
    EXPECT_TRUE(csv.content().starts_with("section,record,figure,value\n"));
    read.set_format(v1::STATEMENT_FORMAT_HTML);
    EXPECT_TRUE(ok<v1::Statement>(b1_, settlement("GetStatement"), read)
                    .content()
                    .starts_with("<!DOCTYPE html>"));

    clock("2026-12-10T09:00:00+08:00");
    v1::StartRunRequest start;
    start.set_request_id(new_request_id());
    start.set_kind(v1::RUN_KIND_POOL_YEAR);
    start.set_scope_id("RES-2026");
    start.set_period("2026");
    EXPECT_EQ(refused<v1::Run>(clerk_, settlement("StartRun"), start), "QUALITY_SCORE_MISSING");
    start.set_request_id(new_request_id());
    auto* score = start.add_quality_scores();
    score->set_institution_id("B1");
    score->set_score_e8(90'000'000);
    const auto year = ok<v1::Run>(clerk_, settlement("StartRun"), start);
    EXPECT_EQ(year.kind(), v1::RUN_KIND_POOL_YEAR);
    ASSERT_EQ(year.parties_size(), 1);
    EXPECT_EQ(year.parties(0).target_fen(), 950'000);

    v1::ShareConsortiumRequest share;
    share.set_request_id(new_request_id());
    share.set_consortium_id("C1");
    share.set_year("2026");
    auto* weight = share.add_weights();
    weight->set_institution_id("H1");
    weight->set_weight_e4(10'000);
    weight->set_source("POPULATION");
    EXPECT_EQ(refused<v1::Run>(clerk_, settlement("ShareConsortium"), share),
              "QUALITY_SCORE_MISSING");
    share.set_request_id(new_request_id());
    share.set_quality_score_e8(80'000'000);
    EXPECT_EQ(refused<v1::Run>(clerk_, settlement("ShareConsortium"), share), "BENCHMARK_ZERO");
}

TEST_P(Service, WhoPreparedTheMonthDoesNotCloseIt) {
    feed_places(*facts_);
    clock("2026-04-01T09:00:00+08:00");
    submit(b1_, stay_s1("r", ""));
    settle_march();
    v1::ClosePeriodRequest close;
    close.set_request_id(new_request_id());
    close.set_period("2026-03");
    EXPECT_EQ(refused<v1::Period>(clerk_, ledger("ClosePeriod"), close), "SAME_PERSON");
    close.set_request_id(new_request_id());
    EXPECT_TRUE(ok<v1::Period>(approver_, ledger("ClosePeriod"), close).closed());
}

TEST_P(Service, ValidateOnlyStoresNothing) {
    feed_places(*facts_);
    clock("2026-04-01T09:00:00+08:00");
    v1::SubmitSettlementListRequest request;
    request.set_request_id(new_request_id());
    *request.mutable_list() = stay_s1("r", "");
    request.set_validate_only(true);
    const auto preview = ok<v1::Case>(b1_, lists("SubmitSettlementList"), request);
    EXPECT_EQ(preview.state(), v1::CASE_STATE_SCORED);
    EXPECT_EQ(preview.scoring().points_e4(), 189796);
    EXPECT_EQ(preview.benefit().basic_fen(), 141680);
    v1::GetCaseRequest get;
    get.set_list_id("s1-r");
    EXPECT_EQ(refused<v1::Case>(b1_, lists("GetCase"), get), "NOT_FOUND");

    request.set_request_id(new_request_id());
    request.set_validate_only(false);
    request.set_batch_id("batch-1");
    ok<v1::Case>(b1_, lists("SubmitSettlementList"), request);
    v1::UndoImportRequest undo;
    undo.set_request_id(new_request_id());
    undo.set_batch_id("batch-1");
    EXPECT_EQ(refused<common::v1::UndoReport>(h1_, lists("UndoImport"), undo), "BATCH_NOT_FOUND")
        << "another institution's batch";
    EXPECT_EQ(ok<common::v1::UndoReport>(b1_, lists("UndoImport"), undo).undone_count(), 1);
    EXPECT_EQ(ok<v1::Case>(b1_, lists("GetCase"), get).state(), v1::CASE_STATE_WITHDRAWN);
    undo.set_request_id(new_request_id());
    EXPECT_EQ(refused<common::v1::UndoReport>(b1_, lists("UndoImport"), undo),
              "BATCH_ALREADY_UNDONE");
}

TEST_P(Service, RulePacksComeIntoForceByDay) {
    feed_places(*facts_);
    clock("2026-04-01T09:00:00+08:00");
    v1::LoadRulePackRequest load;
    load.set_request_id(new_request_id());
    load.set_domain("drg");
    load.set_folder("demo");
    const auto pack = ok<v1::RulePack>(clerk_, rules("LoadRulePack"), load);
    EXPECT_EQ(pack.state(), v1::RULE_PACK_STATE_LOADED);
    EXPECT_GT(pack.case_count(), 50);
    load.set_request_id(new_request_id());
    load.set_folder("..");
    EXPECT_EQ(refused<v1::RulePack>(clerk_, rules("LoadRulePack"), load), "NOT_FOUND");
    v1::ActivateRulePackRequest activate;
    activate.set_request_id(new_request_id());
    activate.set_domain("drg");
    activate.set_version(pack.version());
    activate.set_digest(pack.digest());
    activate.set_effective_from("2026-01-01");
    activate.set_etag(pack.etag());
    const auto active = ok<v1::RulePack>(approver_, rules("ActivateRulePack"), activate);
    EXPECT_EQ(active.state(), v1::RULE_PACK_STATE_ACTIVE);
    EXPECT_EQ(submit(b1_, stay_s1("r", "")).grouping().rules_digest(), pack.digest());
    v1::RollBackRulePackRequest back;
    back.set_request_id(new_request_id());
    back.set_domain("drg");
    back.set_version(pack.version());
    back.set_etag(active.etag());
    back.set_reason_code("TRIAL");
    EXPECT_EQ(ok<v1::RulePack>(approver_, rules("RollBackRulePack"), back).state(),
              v1::RULE_PACK_STATE_ROLLED_BACK);
    EXPECT_EQ(
        ok<v1::ListRulePacksResponse>(clerk_, rules("ListRulePacks"), v1::ListRulePacksRequest())
            .rule_packs_size(),
        1);
}

TEST_P(Service, TransactionsAreListedAndReversedOnce) {
    feed_places(*facts_);
    v1::ListTransactionsRequest list;
    list.set_account("TEAM:t");
    const auto fees = ok<v1::ListTransactionsResponse>(clerk_, ledger("ListTransactions"), list);
    ASSERT_EQ(fees.transactions_size(), 1);
    EXPECT_EQ(fees.transactions(0).kind(), "contract_fee");
    EXPECT_EQ(fees.transactions(0).refers_to(), "c");
    v1::ReverseTransactionRequest reverse;
    reverse.set_request_id(new_request_id());
    reverse.set_transaction_id(fees.transactions(0).transaction_id());
    reverse.set_reason_code("ERROR");
    const auto reversal =
        ok<v1::LedgerTransaction>(approver_, ledger("ReverseTransaction"), reverse);
    EXPECT_EQ(reversal.reversal_of(), fees.transactions(0).transaction_id());
    reverse.set_request_id(new_request_id());
    EXPECT_EQ(refused<v1::LedgerTransaction>(approver_, ledger("ReverseTransaction"), reverse),
              "LEDGER_ALREADY_REVERSED");
    reverse.set_request_id(new_request_id());
    EXPECT_EQ(refused<v1::LedgerTransaction>(clerk_, ledger("ReverseTransaction"), reverse),
              "AUTH_NOT_ALLOWED");
}

}  // namespace
}  // namespace yilian::billing::test
