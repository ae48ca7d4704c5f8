#include "services/referrals/tests/critical_acts.h"

#include "yilian/referrals/v1/diagnostics_service.pb.h"

namespace yilian::referrals::testing {
namespace {

std::string alarm_on_the_laboratory(ReferralSite& site) {
    const auto call = [&](const char* who, const char* name, auto request, auto response) {
        if (request.request_id().empty()) request.set_request_id(runtime::new_request_id());
        const auto answer = site.call<decltype(response)>(
            who, std::string("yilian.referrals.v1.DiagnosticsService/") + name, request);
        EXPECT_TRUE(answer.ok()) << name << ": " << answer.error().reason;
        return answer.ok() ? answer.value() : response;
    };
    v1::PublishExamSiteRequest centre;
    centre.mutable_site()->add_read_groups("blood_count");
    v1::ExamReader* reader = centre.mutable_site()->add_readers();
    reader->set_practitioner_id("H1-p1");
    reader->set_item_group("blood_count");
    reader->set_grade(1);
    call("H1", "PublishExamSite", centre, v1::ExamSite());
    v1::PublishExamSiteRequest base;
    base.mutable_site()->add_device_ids("dev");
    call("B1", "PublishExamSite", base, v1::ExamSite());
    v1::OrderExamRequest wish;
    wish.set_resident_id("r1");
    wish.set_centre_id("H1");
    wish.set_item_code("blood_count");
    wish.set_priority(v1::EXAM_PRIORITY_ROUTINE);
    const std::string id =
        call("B1", "OrderExam", wish, v1::OrderExamResponse()).order().order_id();
    const auto on_order = [&](auto request) {
        request.set_order_id(id);
        return request;
    };
    auto acquire = on_order(v1::RecordAcquisitionRequest());
    acquire.set_device_id("dev");
    call("B1", "RecordAcquisition", acquire, v1::ExamOrder());
    auto upload = on_order(v1::UploadExamRequest());
    upload.set_document_id("doc");
    upload.set_sha256(std::string(64, 'a'));
    upload.set_received_sha256(std::string(64, 'a'));
    call("B1", "UploadExam", upload, v1::ExamOrder());
    auto assign = on_order(v1::AssignExamRequest());
    assign.set_reader_id("H1-p1");
    call("H1", "AssignExam", assign, v1::ExamOrder());
    call("H1", "StartReading", on_order(v1::StartReadingRequest()), v1::ExamOrder());
    auto report = on_order(v1::ReportExamRequest());
    report.set_quality_result("PASSED");
    report.add_finding_codes("ANAEMIA");
    call("H1", "ReportExam", report, v1::ExamOrder());
    return call("H1", "RaiseCritical", on_order(v1::RaiseCriticalRequest()), v1::CriticalValue())
        .critical_id();
}
}  // namespace

std::string escalations_in_an_hour(ReferralSite& site) {
    const std::string id = alarm_on_the_laboratory(site);
    site.clock("2026-03-01T00:45:00");
    return std::to_string(site.events(id).size());
}
std::string closed_after_a_day_and_a_half(ReferralSite& site) {
    const std::string id = alarm_on_the_laboratory(site);
    site.clock("2026-03-02T12:00:00");
    v1::AcknowledgeCriticalRequest acknowledge;
    acknowledge.set_request_id(runtime::new_request_id());
    acknowledge.set_critical_id(id);
    (void)site.call<v1::CriticalValue>(
        "B1", "yilian.referrals.v1.DiagnosticsService/AcknowledgeCritical", acknowledge);
    v1::CloseCriticalRequest close;
    close.set_request_id(runtime::new_request_id());
    close.set_critical_id(id);
    close.set_treatment_code("TRANSFUSION");
    const auto closed = site.call<v1::CriticalValue>(
        "B1", "yilian.referrals.v1.DiagnosticsService/CloseCritical", close);
    if (!closed.ok()) return closed.error().reason;
    return closed.value().closed_late() ? "late" : "in time";
}

}  // namespace yilian::referrals::testing
