#include "services/referrals/tests/service_fixture.h"
#include "yilian/referrals/v1/diagnostics_service.pb.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::referrals::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Ordered by B1, read by H1. A client of the site acts as "<institution>-p1".
class Exams : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        site_.people_and_places();
        site_.resident("r1");
        site_.clock("2026-03-06T08:00:00");
        publish("H1", {"blood_count", "x_ray", "ct", "ecg", "pathology"}, {reader_id(), "H1-p2"},
                {});
        publish("B1", {}, {}, {"dev-1"});
    }
    void TearDown() override { EXPECT_THAT(site_.violations(), IsEmpty()); }

    // Who the client of H1 is: the subject of its token.
    static std::string reader_id() { return "H1-p1"; }

    void publish(const std::string& institution, const std::vector<std::string>& groups,
                 const std::vector<std::string>& readers, const std::vector<std::string>& devices) {
        v1::PublishExamSiteRequest request;
        request.set_request_id(runtime::new_request_id());
        for (const std::string& group : groups) {
            request.mutable_site()->add_read_groups(group);
            for (const std::string& reader : readers) {
                v1::ExamReader* r = request.mutable_site()->add_readers();
                r->set_practitioner_id(reader);
                r->set_item_group(group);
                r->set_grade(group == "x_ray" ? 1 : 2);
            }
        }
        for (const std::string& device : devices) request.mutable_site()->add_device_ids(device);
        const auto answer =
            site_.call<v1::ExamSite>(institution, method("PublishExamSite"), request);
        ASSERT_TRUE(answer.ok()) << answer.error().reason;
    }
    static std::string method(const std::string& name) {
        return "yilian.referrals.v1.DiagnosticsService/" + name;
    }
    template <class Resp, class Req>
    rpc::CallResult<Resp> attempt(const std::string& institution, const std::string& name,
                                  Req request) {
        request.set_request_id(runtime::new_request_id());
        return site_.call<Resp>(institution, method(name), request);
    }
    template <class Resp, class Req>
    Resp change(const std::string& institution, const std::string& name, Req request) {
        const auto answer = attempt<Resp>(institution, name, std::move(request));
        EXPECT_TRUE(answer.ok()) << name << ": " << answer.error().reason;
        return answer.ok() ? answer.value() : Resp();
    }
    template <class Resp, class Req>
    std::string refusal(const std::string& institution, const std::string& name, Req request) {
        const auto answer = attempt<Resp>(institution, name, std::move(request));
        return answer.ok() ? "" : answer.error().reason;
    }
    template <class Req>
    static Req on(const v1::ExamOrder& order) {
        Req request;
        request.set_order_id(order.order_id());
        return request;
    }

    static v1::OrderExamRequest wish(const std::string& item) {
        v1::OrderExamRequest request;
        request.set_resident_id("r1");
        request.set_centre_id("H1");
        request.set_item_code(item);
        request.set_priority(v1::EXAM_PRIORITY_EMERGENCY);
        return request;
    }
    v1::ExamOrder ordered(const std::string& item) {
        return change<v1::OrderExamResponse>("B1", "OrderExam", wish(item)).order();
    }
    v1::ExamOrder uploaded(const std::string& item) {
        const auto order = ordered(item);
        auto acquire = on<v1::RecordAcquisitionRequest>(order);
        acquire.set_device_id("dev-1");
        (void)change<v1::ExamOrder>("B1", "RecordAcquisition", acquire);
        auto upload = on<v1::UploadExamRequest>(order);
        upload.set_document_id("doc-" + item);
        upload.set_sha256(std::string(64, 'a'));
        upload.set_received_sha256(std::string(64, 'b'));
        EXPECT_EQ(refusal<v1::ExamOrder>("B1", "UploadExam", upload), "DOCUMENT_HASH_MISMATCH");
        upload.set_received_sha256(upload.sha256());
        return change<v1::ExamOrder>("B1", "UploadExam", upload);
    }
    v1::ExamOrder reported(const std::string& item, const std::string& quality = "PASSED") {
        const auto order = uploaded(item);
        auto assign = on<v1::AssignExamRequest>(order);
        assign.set_reader_id("nobody");
        EXPECT_EQ(refusal<v1::ExamOrder>("H1", "AssignExam", assign), "READER_GRADE_INSUFFICIENT");
        assign.set_reader_id(reader_id());
        (void)change<v1::ExamOrder>("H1", "AssignExam", assign);
        (void)change<v1::ExamOrder>("H1", "StartReading", on<v1::StartReadingRequest>(order));
        auto report = on<v1::ReportExamRequest>(order);
        report.set_quality_result(quality);
        EXPECT_EQ(refusal<v1::ExamOrder>("H1", "ReportExam", report), "REPORT_EMPTY");
        report.add_finding_codes("NORMAL");
        return change<v1::ExamOrder>("H1", "ReportExam", report);
    }
    v1::ExamOrder signed_exam(const std::string& item, const std::string& quality = "PASSED") {
        return change<v1::ExamOrder>("H1", "SignExam",
                                     on<v1::SignExamRequest>(reported(item, quality)));
    }

    ReferralSite site_{GetParam(), "350104"};
};
YILIAN_ON_BOTH_DRIVERS(Exams);

TEST_P(Exams, D01AndD02AnEarlierResultIsShownWithinItsWindow) {
    const auto exam = signed_exam("blood_count");
    EXPECT_EQ(exam.reports(0).mark(), "HR-35");
    site_.clock("2026-03-08T07:00:00");
    v1::CheckPriorRequest check;
    check.set_resident_id("r1");
    check.set_item_code("blood_count");
    const auto shown_priors =
        site_.call<v1::CheckPriorResponse>("B1", method("CheckPrior"), check).value();
    ASSERT_EQ(shown_priors.priors_size(), 1);
    EXPECT_EQ(shown_priors.priors(0).age_h(), 47);
    EXPECT_TRUE(shown_priors.priors(0).recognisable());
    auto request = wish("blood_count");
    EXPECT_EQ(refusal<v1::OrderExamResponse>("B1", "OrderExam", request), "PRIOR_NOT_REVIEWED");
    request.set_prior_report_id(shown_priors.priors(0).report_id());
    EXPECT_EQ(refusal<v1::OrderExamResponse>("B1", "OrderExam", request), "REPEAT_REASON_MISSING");
    request.set_recognise(true);
    const auto recognised = change<v1::OrderExamResponse>("B1", "OrderExam", request);
    EXPECT_FALSE(recognised.has_order());
    EXPECT_EQ(recognised.decision().outcome(), v1::RECOGNITION_OUTCOME_RECOGNISED);
    request.set_recognise(false);
    request.set_repeat_reason_code("FAST_CHANGE");
    const auto repeated = change<v1::OrderExamResponse>("B1", "OrderExam", request);
    EXPECT_EQ(repeated.order().state(), v1::EXAM_STATE_ORDERED);
    EXPECT_EQ(
        site_.last_event<v1::RecognitionDecided>(repeated.decision().decision_id()).prior_age_h(),
        47);
    // A hospital outside the consortium does not see it; a window later nobody does.
    EXPECT_EQ(
        site_.call<v1::CheckPriorResponse>("H9", method("CheckPrior"), check).value().priors_size(),
        0);
    site_.clock("2026-03-09T08:01:00");
    EXPECT_EQ(
        site_.call<v1::CheckPriorResponse>("B1", method("CheckPrior"), check).value().priors_size(),
        0);
    check.set_item_code("palm_reading");
    const auto unknown = site_.call<v1::CheckPriorResponse>("B1", method("CheckPrior"), check);
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().reason, "ITEM_NOT_FOUND");
}

TEST_P(Exams, D03AFailedResultIsShownAndNotOffered) {
    (void)signed_exam("ecg", "FAILED");
    site_.clock("2026-03-06T20:00:00");
    const auto again = change<v1::OrderExamResponse>("B1", "OrderExam", wish("ecg"));
    EXPECT_TRUE(again.has_order());
    EXPECT_EQ(again.decision().outcome(), v1::RECOGNITION_OUTCOME_NOT_SHOWN);
}

TEST_P(Exams, D05PathologyNeedsASecondReader) {
    const auto order = reported("pathology");
    EXPECT_EQ(refusal<v1::ExamOrder>("H1", "SignExam", on<v1::SignExamRequest>(order)),
              "SECOND_READER_NEEDED");
    EXPECT_EQ(refusal<v1::ExamOrder>("H1", "VerifyExam", on<v1::VerifyExamRequest>(order)),
              "VERIFIER_IS_READER");
    const auto second = site_.site().client(site_.app(), "H1", {"doctor"}, "H1-p2");
    auto verify = on<v1::VerifyExamRequest>(order);
    verify.set_request_id(runtime::new_request_id());
    const auto verified = second->call<v1::ExamOrder>(method("VerifyExam"), verify,
                                                      {.timeout = ReferralSite::kPatience});
    ASSERT_TRUE(verified.ok()) << verified.error().reason;
    EXPECT_EQ(verified.value().state(), v1::EXAM_STATE_VERIFIED);
    const auto signed_by_first =
        change<v1::ExamOrder>("H1", "SignExam", on<v1::SignExamRequest>(order));
    EXPECT_EQ(signed_by_first.reports(0).verified_by(), "H1-p2");
}

TEST_P(Exams, D06AnEcgIsSignedWithoutASecondReaderDeliveredAndAmended) {
    const auto exam = signed_exam("ecg");
    EXPECT_EQ(exam.state(), v1::EXAM_STATE_SIGNED);
    EXPECT_EQ(exam.reports(0).mark(), "HR-35");
    (void)change<v1::ExamOrder>("B1", "ConfirmDelivery", on<v1::ConfirmDeliveryRequest>(exam));
    auto amend = on<v1::AmendExamRequest>(exam);
    amend.set_reason_code("SECOND_LOOK");
    (void)change<v1::ExamOrder>("H1", "AmendExam", amend);
    auto report = on<v1::ReportExamRequest>(exam);
    report.set_quality_result("PASSED");
    report.add_finding_codes("ST_ELEVATION");
    (void)change<v1::ExamOrder>("H1", "ReportExam", report);
    const auto amended = change<v1::ExamOrder>("H1", "SignExam", on<v1::SignExamRequest>(exam));
    ASSERT_EQ(amended.reports_size(), 2);
    EXPECT_TRUE(amended.reports(0).latest());
    EXPECT_EQ(amended.reports(0).finding_codes(0), "ST_ELEVATION");
    EXPECT_EQ(amended.reports(0).amend_reason_code(), "SECOND_LOOK");
    EXPECT_EQ(amended.reports(1).finding_codes(0), "NORMAL");
    EXPECT_THAT(site_.events(exam.order_id()),
                ElementsAre("exam.ordered", "exam.acquired", "exam.uploaded", "exam.assigned",
                            "exam.reported", "exam.signed", "exam.delivered", "exam.amended",
                            "exam.reported", "exam.signed"));
}

TEST_P(Exams, D07ACriticalValueGoesUpUntilSomebodyAnswers) {
    const auto order = reported("blood_count");
    site_.clock("2026-03-06T14:00:00");
    v1::RaiseCriticalRequest raise;
    raise.set_order_id(order.order_id());
    EXPECT_EQ(refusal<v1::CriticalValue>("B1", "RaiseCritical", raise), "NOT_RESPONSIBLE");
    const auto critical = change<v1::CriticalValue>("H1", "RaiseCritical", raise);
    const auto of = [&](auto request) {
        request.set_critical_id(critical.critical_id());
        return request;
    };
    site_.clock("2026-03-06T14:08:00");
    (void)change<v1::CriticalValue>("H1", "NotifyCritical", of(v1::NotifyCriticalRequest()));
    site_.clock("2026-03-06T14:17:59");
    EXPECT_THAT(site_.events(critical.critical_id()), ElementsAre("critical_value.raised"));
    site_.clock("2026-03-06T14:18:00");
    EXPECT_THAT(site_.events(critical.critical_id()),
                ElementsAre("critical_value.raised", "critical_value.escalated"));
    v1::GetCriticalRequest get = of(v1::GetCriticalRequest());
    EXPECT_EQ(site_.call<v1::CriticalValue>("B1", method("GetCritical"), get).value().duty(),
              v1::CRITICAL_DUTY_HEAD);
    site_.clock("2026-03-06T15:00:00");
    EXPECT_EQ(site_.call<v1::CriticalValue>("B1", method("GetCritical"), get).value().duty(),
              v1::CRITICAL_DUTY_OFFICE);
    (void)change<v1::CriticalValue>("B1", "AcknowledgeCritical",
                                    of(v1::AcknowledgeCriticalRequest()));
    auto close = of(v1::CloseCriticalRequest());
    EXPECT_EQ(refusal<v1::CriticalValue>("B1", "CloseCritical", close), "TREATMENT_MISSING");
    close.set_treatment_code("POTASSIUM");
    site_.clock("2026-03-07T14:00:01");
    const auto closed = change<v1::CriticalValue>("B1", "CloseCritical", close);
    EXPECT_EQ(closed.state(), v1::CRITICAL_STATE_CLOSED);
    EXPECT_TRUE(closed.closed_late());
    EXPECT_THAT(
        site_.events(critical.critical_id()),
        ElementsAre("critical_value.raised", "critical_value.escalated", "critical_value.escalated",
                    "critical_value.acknowledged", "critical_value.closed"));
}

TEST_P(Exams, D08TheReportIsElevenMinutesLate) {
    const auto order = uploaded("x_ray");
    EXPECT_EQ(shown(order.report_due_at()), "2026-03-06T08:30:00");
    auto assign = on<v1::AssignExamRequest>(order);
    assign.set_reader_id(reader_id());
    (void)change<v1::ExamOrder>("H1", "AssignExam", assign);
    (void)change<v1::ExamOrder>("H1", "StartReading", on<v1::StartReadingRequest>(order));
    site_.clock("2026-03-06T08:41:00");
    auto report = on<v1::ReportExamRequest>(order);
    report.set_quality_result("PASSED");
    report.set_text_document_id("text-1");
    EXPECT_EQ(change<v1::ExamOrder>("H1", "ReportExam", report).late_min(), 11);
}

TEST_P(Exams, RefusalsOfOrderingAndSteps) {
    auto request = wish("ultrasound");
    EXPECT_EQ(refusal<v1::OrderExamResponse>("B1", "OrderExam", request), "CENTRE_NOT_OFFERING");
    request = wish("ct");
    request.set_resident_id("nobody");
    EXPECT_EQ(refusal<v1::OrderExamResponse>("B1", "OrderExam", request), "RESIDENT_NOT_FOUND");
    const auto order = ordered("ct");
    auto acquire = on<v1::RecordAcquisitionRequest>(order);
    acquire.set_device_id("dev-unknown");
    EXPECT_EQ(refusal<v1::ExamOrder>("B1", "RecordAcquisition", acquire), "DEVICE_NOT_FOUND");
    EXPECT_EQ(refusal<v1::ExamOrder>("V1", "RecordAcquisition", acquire),
              "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_EQ(refusal<v1::ExamOrder>("H1", "StartReading", on<v1::StartReadingRequest>(order)),
              "STATE_TRANSITION_NOT_ALLOWED");
    auto cancel = on<v1::CancelExamRequest>(order);
    cancel.set_reason_code("NOT_NEEDED");
    EXPECT_EQ(change<v1::ExamOrder>("B1", "CancelExam", cancel).state(), v1::EXAM_STATE_CANCELLED);
    v1::ListExamsRequest list;
    list.add_states(v1::EXAM_STATE_CANCELLED);
    const auto listed = site_.call<v1::ListExamsResponse>("H1", method("ListExams"), list);
    ASSERT_TRUE(listed.ok()) << listed.error().reason;
    EXPECT_EQ(listed.value().orders_size(), 1);
    v1::GetExamRequest get;
    get.set_order_id(order.order_id());
    EXPECT_EQ(site_.call<v1::ExamOrder>("V1", method("GetExam"), get).error().reason,
              "AUTH_RECORD_ACCESS_DENIED");
}

}  // namespace
}  // namespace yilian::referrals::testing
