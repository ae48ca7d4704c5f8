// Steps 3, 15, 18, 19, 25 and 26: capitation, the lists of both stays, and the month.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "services/billing/tests/harness.h"
#include "tests/functional/walk/walk.h"
#include "yilian/billing/v1/capitation_service.pb.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/billing/v1/ledger_service.pb.h"
#include "yilian/billing/v1/settlement_list_service.pb.h"
#include "yilian/billing/v1/settlement_service.pb.h"

namespace yilian::functional::walk {
namespace {

namespace bil = billing::v1;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr const char* kMarch = "2026-03";
constexpr const char* kPayment = "01jwa1k00000000000000000p1";

bil::SettlementList named(bil::SettlementList list, const char* list_id) {
    list.set_list_id(list_id);
    return list;
}

// What the steps say about an inpatient benefit.
struct Benefit {
    std::int64_t in_policy_fen, deductible_fen, ratio_e8, basic_fen, personal_in_policy_fen,
        personal_total_fen;
};

void expect_benefit(const bil::Benefit& found, const Benefit& expected) {
    EXPECT_EQ(found.in_policy_fen(), expected.in_policy_fen);
    EXPECT_EQ(found.deductible_fen(), expected.deductible_fen);
    EXPECT_EQ(found.ratio_e8(), expected.ratio_e8);
    EXPECT_EQ(found.basic_fen(), expected.basic_fen);
    EXPECT_EQ(found.serious_fen(), 0);
    EXPECT_EQ(found.aid_fen(), 0);
    EXPECT_EQ(found.personal_in_policy_fen(), expected.personal_in_policy_fen);
    EXPECT_EQ(found.personal_total_fen(), expected.personal_total_fen);
}

}  // namespace

void Walk::step3_capitation_of_march_is_priced() {
    at("2026-03-02T08:00");
    bil::PriceCapitationRequest price;
    price.set_consortium_id(kConsortium);
    price.set_period(kMarch);
    const auto month = ok<bil::CapitationMonth>(
        kAgencyClerk, "yilian.billing.v1.CapitationService/PriceCapitation", price);
    EXPECT_EQ(month.amount_fen(), 5'890);
    EXPECT_EQ(month.prepay_fen(), 5'301);
    EXPECT_EQ(month.head_count(), 1);
    ASSERT_EQ(month.cells_size(), 1);
    EXPECT_EQ(month.cells(0).cell_id(), "ADULT-C");
    EXPECT_EQ(month.cells(0).units(), 31);
    EXPECT_EQ(month.cells(0).unit_base(), 31);
    const auto priced = only<bil::CapitationPriced>();
    EXPECT_EQ(priced.institution_id(), kHospital) << "the lead is told";
    EXPECT_EQ(priced.amount_fen(), 5'890);
    EXPECT_EQ(priced.prepay_fen(), 5'301);
}

void Walk::step15_centre_sends_the_list_of_the_first_stay() {
    at("2026-03-19T09:30");
    const auto s1 =
        submit(kCentreCoder, named(billing::test::stay_s1(kResident, evidence_id), "s1"));
    EXPECT_EQ(s1.state(), bil::CASE_STATE_SCORED);
    EXPECT_THAT(s1.findings(), IsEmpty());
    EXPECT_EQ(s1.grouping().group_code(), "FV23");
    EXPECT_EQ(s1.scoring().group_average_fen(), 607'600);
    EXPECT_EQ(s1.scoring().base_points_e4(), 620'000);
    EXPECT_EQ(s1.scoring().deviation(), bil::DEVIATION_FLAG_INCOMPLETE);
    EXPECT_EQ(s1.scoring().points_e4(), 189'796);
    expect_benefit(s1.benefit(), {.in_policy_fen = 176'000,
                                  .deductible_fen = 15'000,
                                  .ratio_e8 = 88'000'000,
                                  .basic_fen = 141'680,
                                  .personal_in_policy_fen = 34'320,
                                  .personal_total_fen = 44'320});
    EXPECT_EQ(s1.benefit().waiver(), bil::WAIVER_NONE) << "the sender's stay opens the chain";
    EXPECT_THAT(history("billing", "B1/s1"), ElementsAre("settlement_list.accepted", "case.grouped",
                                                         "case.scored", "benefit.computed"));
}

void Walk::steps18_and_19_hospital_sends_the_list_of_the_second_stay() {
    at("2026-03-27T09:30");
    const auto s2 =
        submit(kHospitalCoder, named(billing::test::stay_s2(kResident, evidence_id), "s2"));
    EXPECT_EQ(s2.grouping().group_code(), "FV23");
    EXPECT_EQ(s2.scoring().k_e8(), 104'250'000);
    EXPECT_EQ(s2.scoring().deviation(), bil::DEVIATION_FLAG_NORMAL);
    EXPECT_EQ(s2.scoring().points_e4(), 646'350);
    expect_benefit(s2.benefit(), {.in_policy_fen = 793'400,
                                  .deductible_fen = 0,
                                  .ratio_e8 = 65'000'000,
                                  .basic_fen = 515'710,
                                  .personal_in_policy_fen = 277'690,
                                  .personal_total_fen = 327'540});
    EXPECT_EQ(s2.benefit().ordinal(), 2);
    EXPECT_EQ(s2.benefit().waiver(), bil::WAIVER_CANCELLED);
    EXPECT_EQ(s2.benefit().waived_fen(), 81'000);
    EXPECT_FALSE(s2.benefit().county_ratio_used());
    EXPECT_EQ(last<bil::BenefitComputed>().evidence_id(), evidence_id);
}

void Walk::step25_month_is_computed_and_approved() {
    at("2026-04-13T09:00");
    bil::StartRunRequest start;
    start.set_kind(bil::RUN_KIND_INSTITUTION_MONTH);
    start.set_scope_id(kDistrict);
    start.set_period(kMarch);
    const auto run = ok<bil::Run>(kAgencyClerk, settlement("StartRun"), start);
    EXPECT_EQ(run.state(), bil::RUN_STATE_COMPUTED);
    ASSERT_EQ(run.parties_size(), 2);
    EXPECT_EQ(run.parties(0).party(), kCentre);
    EXPECT_EQ(run.parties(0).points_e4(), 189'796);
    EXPECT_EQ(run.parties(0).prepay_fen(), 118'316);
    EXPECT_EQ(run.parties(1).party(), kHospital);
    EXPECT_EQ(run.parties(1).points_e4(), 646'350);
    EXPECT_EQ(run.parties(1).prepay_fen(), 402'928);
    bil::ApproveRunRequest approve;
    approve.set_run_id(run.run_id());
    approve.set_etag(run.etag());
    approve.set_result_digest(run.result_digest());
    const auto approved = ok<bil::Run>(kAgencyApprover, settlement("ApproveRun"), approve);
    EXPECT_EQ(approved.state(), bil::RUN_STATE_APPROVED);
    run_id_ = run.run_id();
    run_etag_ = approved.etag();
}

void Walk::step26_month_is_published_closed_and_paid() {
    at("2026-04-15T09:00");
    bil::PublishRunRequest publish;
    publish.set_run_id(run_id_);
    publish.set_etag(run_etag_);
    const auto run = ok<bil::Run>(kAgencyApprover, settlement("PublishRun"), publish);
    EXPECT_EQ(run.state(), bil::RUN_STATE_PUBLISHED);
    EXPECT_EQ(run.dispute_until(), "2026-04-29");
    EXPECT_EQ(published<bil::MonthPrepaid>().size(), 2U);
    EXPECT_EQ(published<bil::StatementPublished>().size(), 2U);
    EXPECT_EQ(last<bil::StatementPublished>().dispute_until(), "2026-04-29");
    bil::ClosePeriodRequest close;
    close.set_period(kMarch);
    EXPECT_TRUE(ok<bil::Period>(kAgencyApprover, ledger("ClosePeriod"), close).closed());
    EXPECT_EQ(only<bil::PeriodClosed>().period(), kMarch);
    bil::InstructPaymentRequest instruct;
    instruct.set_payment_id(kPayment);
    instruct.set_party(kHospital);
    instruct.set_amount_fen(402'928);
    instruct.add_run_ids(run_id_);
    instruct.set_claim_received_on("2026-04-01");
    const auto payment = ok<bil::Payment>(kAgencyClerk, settlement("InstructPayment"), instruct);
    EXPECT_EQ(payment.due_date(), "2026-05-18");
    EXPECT_EQ(only<bil::PaymentInstructed>().due_date(), "2026-05-18");
    at("2026-04-20T09:00");
    bil::ConfirmPaymentRequest confirm;
    confirm.set_payment_id(kPayment);
    confirm.set_etag(payment.etag());
    confirm.set_amount_fen(402'928);
    const auto paid = ok<bil::Payment>(kAgencyClerk, settlement("ConfirmPayment"), confirm);
    EXPECT_EQ(paid.state(), bil::PAYMENT_STATE_CONFIRMED);
    EXPECT_EQ(paid.confirmed_on(), "2026-04-20");
    EXPECT_EQ(only<bil::PaymentConfirmed>().amount_fen(), 402'928);
    platform.drain();
    EXPECT_EQ(rows("directory", "closed_periods"), 1) << "the workload of March is closed";
}

bil::Case Walk::submit(const Platform::Who& who, const bil::SettlementList& list) {
    bil::SubmitSettlementListRequest request;
    *request.mutable_list() = list;
    return ok<bil::Case>(who, lists("SubmitSettlementList"), request);
}

void Walk::expect_postings_of_march() {
    bil::ListTransactionsRequest list;
    list.set_period(kMarch);
    const auto all =
        ok<bil::ListTransactionsResponse>(kAgencyClerk, ledger("ListTransactions"), list);
    std::vector<std::map<std::string, std::int64_t>> postings;
    for (const auto& transaction : all.transactions()) {
        auto& posting = postings.emplace_back();
        for (const auto& line : transaction.lines()) posting[line.account()] += line.amount_fen();
    }
    using Posting = std::map<std::string, std::int64_t>;
    EXPECT_THAT(
        postings,
        UnorderedElementsAre(
            Posting{{"CAP_FUND:C1", -5'890}, {"CAP_POOL:C1", 5'890}},
            Posting{{"CAP_POOL:C1", -5'301}, {"PAYABLE:C1", 5'301}},
            Posting{
                {"BASIC:2026", -141'680}, {"PERSONAL:2026", -34'320}, {"CASE_COST:2026", 176'000}},
            Posting{
                {"BASIC:2026", -515'710}, {"PERSONAL:2026", -277'690}, {"CASE_COST:2026", 793'400}},
            Posting{{"BASIC:2026", -7'392}, {"PERSONAL:2026", -1'008}, {"CASE_COST:2026", 8'400}},
            Posting{{"POOL:RES-2026", -402'928}, {"PAYABLE:H1", 402'928}},
            Posting{{"POOL:RES-2026", -118'316}, {"PAYABLE:B1", 118'316}}));
}

std::map<std::string, std::int64_t> Walk::balances(const std::string& until_period) {
    bil::GetBalanceRequest request;
    request.set_until_period(until_period);
    const auto all = ok<bil::GetBalanceResponse>(kAgencyClerk, ledger("GetBalance"), request);
    EXPECT_EQ(all.ledger_sum_fen(), 0);
    std::map<std::string, std::int64_t> held;
    for (const auto& b : all.balances()) held[b.account()] = b.balance_fen();
    return held;
}

void Walk::expect_balances_of_march() {
    auto march = balances(kMarch);
    for (const auto& [account, fen] : balances("2026-02")) {
        march[account] -= fen;
        if (march[account] == 0) march.erase(account);
    }
    EXPECT_THAT(march, ElementsAre(Pair("BASIC:2026", -664'782), Pair("CAP_FUND:C1", -5'890),
                                   Pair("CAP_POOL:C1", 589), Pair("CASE_COST:2026", 977'800),
                                   Pair("PAYABLE:B1", 118'316), Pair("PAYABLE:C1", 5'301),
                                   Pair("PAYABLE:H1", 402'928), Pair("PERSONAL:2026", -313'018),
                                   Pair("POOL:RES-2026", -521'244)));
}

void Walk::expect_counts() {
    EXPECT_EQ(platform.count("referrals", "referrals_closed"), 1);
    EXPECT_EQ(platform.count("referrals", "down_referrals_followed_up"), 1);
    EXPECT_EQ(platform.count("billing", "second_deductibles_waived"), 1);
    EXPECT_EQ(platform.count("registries", "advice_to_refer"), 1);
    EXPECT_EQ(platform.count("registries", "visits"), 3);
    EXPECT_EQ(platform.count("prescriptions", "prescriptions_dispensed"), 1);
    EXPECT_EQ(platform.count("prescriptions", "long_prescriptions"), 1);
    EXPECT_EQ(platform.count("billing", "settlement_lists_accepted"), 3);
    EXPECT_EQ(platform.count("billing", "drg_grouped"), 2);
}

void Walk::expect_everything_right() {
    platform.drain();
    EXPECT_THAT(platform.violations(), IsEmpty());
    for (const char* service :
         {"directory", "registries", "referrals", "prescriptions", "billing"}) {
        EXPECT_EQ(platform.count(service, "dead_letters"), 0) << service;
        EXPECT_EQ(platform.count(service, "duplicate_effects"), 0) << service;
    }
    EXPECT_EQ(platform.count("billing", "ledger_sum_fen"), 0);
}

}  // namespace yilian::functional::walk
