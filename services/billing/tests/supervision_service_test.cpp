// Supervision and disputes over gRPC: who may call what, every violation at once, pages, metrics.
#include "libs/testkit/metrics_page.h"
#include "services/billing/tests/service_fixture.h"
#include "yilian/billing/v1/dispute_service.pb.h"
#include "yilian/billing/v1/supervision_service.pb.h"

namespace yilian::billing::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string supervision(const char* name) {
    return std::string("yilian.billing.v1.SupervisionService/") + name;
}
std::string disputes(const char* name) {
    return std::string("yilian.billing.v1.DisputeService/") + name;
}

class SupervisionService : public Service {
  protected:
    void SetUp() override {
        metrics_ = true;
        Service::SetUp();
    }
    void two_stays() {
        feed_places(*facts_);
        clock("2026-03-27T09:30:00+08:00");
        submit(b1_, stay_s1("r", ""));
        submit(h1_, stay_s2("r", ""));
    }
    v1::SubmitChargeLinesRequest lines(std::int64_t quantity_milli) {
        v1::SubmitChargeLinesRequest request;
        request.set_request_id(new_request_id());
        request.set_institution_id("H1");
        request.set_list_id("s2-r");
        auto* line = request.add_lines();
        line->set_line_no(1);
        line->set_item_code("BED-3");
        line->set_used_on("2026-03-19");
        line->set_quantity_milli(quantity_milli);
        line->set_amount_fen(6000);
        return request;
    }
    v1::SupervisionReport run_march() {
        v1::RunSupervisionRequest request;
        request.set_request_id(new_request_id());
        request.set_period("2026-03");
        return ok<v1::SupervisionReport>(clerk_, supervision("RunSupervision"), request);
    }
    v1::SupervisionFinding bed_finding(const std::unique_ptr<rpc::Client>& who) {
        v1::ListFindingsRequest list;
        list.set_family("substitution_split");
        const auto found = ok<v1::ListFindingsResponse>(who, supervision("ListFindings"), list);
        EXPECT_EQ(found.findings_size(), 1);
        return found.findings_size() == 0 ? v1::SupervisionFinding() : found.findings(0);
    }
    v1::DecideFindingRequest decision(const v1::SupervisionFinding& finding, const char* what) {
        v1::DecideFindingRequest request;
        request.set_request_id(new_request_id());
        request.set_finding_id(finding.finding_id());
        request.set_etag(finding.etag());
        request.set_decision(what);
        request.set_reason_code("CHECKED");
        return request;
    }
    template <class Resp>
    std::vector<std::string> violations_of(const std::unique_ptr<rpc::Client>& who,
                                           const std::string& method,
                                           const google::protobuf::Message& request) {
        const auto answer = who->call<Resp>(method, request);
        std::vector<std::string> out;
        if (answer.ok()) return out;
        for (const auto& [field, code] : answer.error().violations)
            out.push_back(field + ' ' + code);
        return out;
    }
};
YILIAN_ON_BOTH_DRIVERS(SupervisionService);

// Rows 15 and 16 from charge lines to a final deduction.
TEST_P(SupervisionService, AFindingFromLinesToTheFinalDeduction) {
    two_stays();
    EXPECT_EQ(refused<v1::ChargeLinesReceipt>(b1_, supervision("SubmitChargeLines"), lines(2000)),
              "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_EQ(
        ok<v1::ChargeLinesReceipt>(h1_, supervision("SubmitChargeLines"), lines(2000)).amount_fen(),
        6000);
    const auto report = run_march();
    EXPECT_EQ(report.list_count(), 2);
    v1::SupervisionFinding finding = bed_finding(clerk_);
    EXPECT_EQ(finding.severity(), v1::FINDING_SEVERITY_VIOLATION);
    EXPECT_EQ(finding.state(), v1::FINDING_STATE_RAISED);
    EXPECT_THAT(finding.allowed_actions(), ElementsAre("AskFinding", "DecideFinding"));
    EXPECT_THAT(bed_finding(h1_).allowed_actions(), ElementsAre("AnswerFinding"));
    v1::ListFindingsRequest of_h1;
    of_h1.set_institution_id("H1");
    EXPECT_EQ(refused<v1::ListFindingsResponse>(b1_, supervision("ListFindings"), of_h1),
              "AUTH_RECORD_ACCESS_DENIED");
    v1::AnswerFindingRequest answer;
    answer.set_request_id(new_request_id());
    answer.set_finding_id(finding.finding_id());
    answer.set_etag(finding.etag());
    answer.set_reason_code("EXPLAINED");
    answer.add_document_digests(std::string(64, 'a'));
    EXPECT_EQ(refused<v1::SupervisionFinding>(b1_, supervision("AnswerFinding"), answer),
              "AUTH_RECORD_ACCESS_DENIED");
    finding = ok<v1::SupervisionFinding>(h1_, supervision("AnswerFinding"), answer);
    finding = ok<v1::SupervisionFinding>(clerk_, supervision("DecideFinding"),
                                         decision(finding, "DEDUCT"));
    EXPECT_EQ(finding.state(), v1::FINDING_STATE_HEARING);
    EXPECT_EQ(finding.deducted_fen(), 6000);
    EXPECT_EQ(finding.hearing_until(), "2026-04-13");
    clock("2026-04-14T09:00:00+08:00");
    finding = ok<v1::SupervisionFinding>(approver_, supervision("DecideFinding"),
                                         decision(finding, "FINAL"));
    EXPECT_EQ(finding.state(), v1::FINDING_STATE_DEDUCTED);
    std::vector<std::string> steps;
    for (const auto& entry : finding.trail()) steps.push_back(entry.action());
    EXPECT_THAT(steps, ElementsAre("raise", "AnswerFinding", "DecideFinding DEDUCT", "hearing over",
                                   "DecideFinding FINAL"));
    EXPECT_THAT(facts_->violations(), IsEmpty());
}

// A bad request is answered with all that is wrong in it, and nothing of it is kept.
TEST_P(SupervisionService, EveryViolationAtOnce) {
    two_stays();
    v1::SubmitChargeLinesRequest bad = lines(0);
    bad.mutable_lines(0)->set_used_on("2026-02-30");
    bad.mutable_lines(0)->set_amount_fen(-1);
    bad.add_lines()->set_line_no(7);
    EXPECT_THAT(
        violations_of<v1::ChargeLinesReceipt>(h1_, supervision("SubmitChargeLines"), bad),
        UnorderedElementsAre("lines[0].used_on FIELD_FORMAT", "lines[0].quantity_milli FIELD_RANGE",
                             "lines[0].amount_fen FIELD_RANGE", "lines[1].line_no FIELD_RANGE",
                             "lines[1].item_code FIELD_REQUIRED", "lines[1].used_on FIELD_REQUIRED",
                             "lines[1].quantity_milli FIELD_RANGE"));
    v1::OpenDisputeRequest dispute;
    dispute.set_request_id(new_request_id());
    dispute.set_disputed_fen(-1);
    dispute.add_document_digests("no digest");
    EXPECT_THAT(
        violations_of<v1::Dispute>(h1_, disputes("OpenDispute"), dispute),
        UnorderedElementsAre("run_id FIELD_REQUIRED", "party FIELD_REQUIRED",
                             "subject FIELD_REQUIRED", "subject_id FIELD_REQUIRED",
                             "disputed_fen FIELD_RANGE", "claimed_fen FIELD_RANGE",
                             "reason_code FIELD_REQUIRED", "document_digests[0] FIELD_FORMAT"));
}

TEST_P(SupervisionService, RulesAndReviewsComeInPages) {
    two_stays();
    v1::ListSupervisionRulesRequest rules;
    rules.set_page_size(40);
    auto page =
        ok<v1::ListSupervisionRulesResponse>(clerk_, supervision("ListSupervisionRules"), rules);
    EXPECT_EQ(page.rules_size(), 40);
    rules.set_page_token(page.next_page_token());
    page = ok<v1::ListSupervisionRulesResponse>(clerk_, supervision("ListSupervisionRules"), rules);
    EXPECT_GT(page.rules_size(), 0);
    EXPECT_EQ(page.next_page_token(), "");
    v1::DrawReviewSampleRequest draw;
    draw.set_request_id(new_request_id());
    draw.set_period("2026-03");
    const auto sample =
        ok<v1::DrawReviewSampleResponse>(clerk_, supervision("DrawReviewSample"), draw);
    ASSERT_EQ(sample.reviews_size(), 2);
    EXPECT_EQ(ok<v1::ListReviewsResponse>(h1_, supervision("ListReviews"), v1::ListReviewsRequest())
                  .reviews_size(),
              1);
    v1::DecideReviewRequest decide;
    decide.set_request_id(new_request_id());
    decide.set_review_id(sample.reviews(0).review_id());
    decide.set_etag(sample.reviews(0).etag());
    decide.set_override(true);
    decide.set_reason_code("WRONG_PRINCIPAL");
    const auto decided = ok<v1::ListReview>(clerk_, supervision("DecideReview"), decide);
    EXPECT_EQ(decided.state(), v1::REVIEW_STATE_OVERRIDDEN);
    EXPECT_EQ(decided.trail_size(), 2);
}

// Row 32 over gRPC: opened by the party, reviewed by one, decided by another person.
TEST_P(SupervisionService, ADisputeIsDecidedBySomebodyElse) {
    two_stays();
    clock("2026-04-01T09:00:00+08:00");
    const v1::Run run = settle_march();
    v1::OpenDisputeRequest open;
    open.set_request_id(new_request_id());
    open.set_run_id(run.run_id());
    open.set_party("H1");
    open.set_subject(v1::DISPUTE_SUBJECT_CASE);
    open.set_subject_id("s2-r");
    open.set_claimed_fen(700);
    open.set_reason_code("WRONG_GROUP");
    open.add_document_digests(std::string(64, 'a'));
    EXPECT_EQ(refused<v1::Dispute>(b1_, disputes("OpenDispute"), open),
              "AUTH_RECORD_ACCESS_DENIED");
    open.set_request_id(new_request_id());
    const auto opened = ok<v1::Dispute>(h1_, disputes("OpenDispute"), open);
    EXPECT_THAT(opened.allowed_actions(), ElementsAre("AddEvidence", "WithdrawDispute"));
    v1::StartReviewRequest review;
    review.set_request_id(new_request_id());
    review.set_dispute_id(opened.dispute_id());
    const auto reviewed = ok<v1::Dispute>(clerk_, disputes("StartReview"), review);
    v1::DecideDisputeRequest decide;
    decide.set_request_id(new_request_id());
    decide.set_dispute_id(opened.dispute_id());
    decide.set_etag(reviewed.etag());
    decide.set_outcome("UPHELD");
    decide.set_granted_fen(700);
    decide.set_reason_code("RIGHT");
    EXPECT_EQ(refused<v1::Dispute>(clerk_, disputes("DecideDispute"), decide), "AUTH_NOT_ALLOWED");
    const auto decided = ok<v1::Dispute>(approver_, disputes("DecideDispute"), decide);
    EXPECT_EQ(decided.state(), v1::DISPUTE_STATE_UPHELD);
    EXPECT_NE(decided.transaction_id(), "");
    EXPECT_THAT(decided.allowed_actions(), IsEmpty());
    v1::GetDisputeRequest get;
    get.set_dispute_id(opened.dispute_id());
    EXPECT_EQ(refused<v1::Dispute>(b1_, disputes("GetDispute"), get), "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_EQ(ok<v1::Dispute>(h1_, disputes("GetDispute"), get).trail_size(), 3);
    EXPECT_EQ(ok<v1::ListDisputesResponse>(b1_, disputes("ListDisputes"), v1::ListDisputesRequest())
                  .disputes_size(),
              0);
    EXPECT_THAT(facts_->violations(), IsEmpty());
}

// operations.md 7.1: the page of a service at work shows the ledger at 0 and the runs it computed.
TEST_P(SupervisionService, MetricsOfLedgerRunsAndClocks) {
    two_stays();
    clock("2026-04-01T09:00:00+08:00");
    settle_march();
    const std::string page = testkit::metrics_page(app_->metrics_port());
    EXPECT_THAT(page, testing::HasSubstr("\nledger_imbalance_fen 0\n"));
    EXPECT_THAT(page, testing::HasSubstr("\nsettlement_batch_duration_seconds_count 1\n"));
    EXPECT_THAT(page, testing::HasSubstr("\npayment_clock_payments{stage=\"overdue\"} 0\n"));
}

// Row 28: two persons open a closed month.
TEST_P(SupervisionService, AMonthIsOpenedAgainByTwoPersons) {
    v1::ClosePeriodRequest close;
    close.set_request_id(new_request_id());
    close.set_period("2025-12");
    const auto closed = ok<v1::Period>(clerk_, ledger("ClosePeriod"), close);
    v1::ReopenPeriodRequest reopen;
    reopen.set_request_id(new_request_id());
    reopen.set_period("2025-12");
    reopen.set_etag(closed.etag());
    reopen.set_reason_code("LATE_FACT");
    const auto asked = ok<v1::Period>(approver_, ledger("ReopenPeriod"), reopen);
    EXPECT_TRUE(asked.closed());
    EXPECT_EQ(asked.reopen_asked_by(), "approver");
    reopen.set_request_id(new_request_id());
    EXPECT_EQ(refused<v1::Period>(approver_, ledger("ReopenPeriod"), reopen), "SAME_PERSON");
    const auto second = site_.client(*app_, "AGENCY", {"agency_approver"}, "second");
    reopen.set_request_id(new_request_id());
    EXPECT_FALSE(ok<v1::Period>(second, ledger("ReopenPeriod"), reopen).closed());
}

}  // namespace
}  // namespace yilian::billing::test
