#include "services/referrals/domain/exam.h"

#include <gmock/gmock.h>

#include "libs/calendar/local_time.h"
#include "libs/lifecycle/walk.h"

namespace yilian::referrals::domain::exam {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Instant local(const std::string& text) { return *calendar::parse_rfc3339(text + "+08:00"); }

Policy policy() {
    return {.centres = {"imaging", "ecg", "pathology", "laboratory"},
            .recognise_in_district = false,
            .validity_days = {{"blood_count", 3},
                              {"ct", 30},
                              {"mr", 30},
                              {"ecg", 1},
                              {"x_ray", 14},
                              {"pathology", 90},
                              {"ultrasound", 14},
                              {"biochemistry", 7}},
            .repeat_reasons = {"FAST_CHANGE", "EMERGENCY"},
            .report_due_min = {{"x_ray.emergency", 30},
                               {"x_ray.routine", 120},
                               {"ct_mr.emergency", 60},
                               {"ct_mr.emergency_head", 30},
                               {"ct_mr.outpatient", 240},
                               {"ct_mr.inpatient", 360},
                               {"ct_mr.complex", 1440},
                               {"ecg.routine", 30},
                               {"ecg.emergency", 30},
                               {"remote_ecg.chest_pain", 10},
                               {"biopsy.routine", 5760},
                               {"frozen_section.emergency", 60},
                               {"laboratory_routine.routine", 30},
                               {"biochemistry.routine", 360}},
            .two_person_classes = {"PATHOLOGY", "IMAGING_LEVEL_2"},
            .notify_min = 10,
            .close_h = 24};
}

std::string due(const char* item, ExamPriority priority, const std::string& uploaded,
                bool chest_pain = false) {
    const auto at = report_due(*item_of(item, policy()), priority, chest_pain, local(uploaded),
                               policy(), calendar::WorkingDays::national());
    return at.ok() ? calendar::rfc3339(*at).substr(0, 19) : std::string(at.refusal().reason.code());
}

TEST(Exam, TableIsSoundAndComplete) {
    EXPECT_THAT(lifecycle::problems(kLifecycle.model()), IsEmpty());
    EXPECT_THAT(kLifecycle.model().rows, SizeIs(12));
}

TEST(Exam, D08EmergencyXRayIsDueInHalfAnHourAndElevenMinutesLate) {
    EXPECT_EQ(due("x_ray", ExamPriority::kEmergency, "2026-03-06T08:00:00"), "2026-03-06T08:30:00");
    EXPECT_EQ(late_min(local("2026-03-06T08:30:00"), local("2026-03-06T08:41:00")), 11);
    EXPECT_EQ(late_min(local("2026-03-06T08:30:00"), local("2026-03-06T08:30:00")), 0);
}

TEST(Exam, D09OutpatientCtRunsInWorkingHours) {
    EXPECT_EQ(due("ct", ExamPriority::kRoutine, "2026-03-06T15:00:00"), "2026-03-09T10:00:00");
    // Before the doors open, and to the minute at which they close.
    EXPECT_EQ(due("ct", ExamPriority::kRoutine, "2026-03-06T06:30:00"), "2026-03-06T12:00:00");
    EXPECT_EQ(due("ct", ExamPriority::kRoutine, "2026-03-06T13:00:00"), "2026-03-06T17:00:00");
    EXPECT_EQ(due("ct", ExamPriority::kRoutine, "2026-03-06T13:00:30"), "2026-03-09T08:00:30");
    // Over the holidays of May.
    EXPECT_EQ(due("mr", ExamPriority::kRoutine, "2026-04-30T16:00:00"), "2026-05-06T11:00:00");
}

TEST(Exam, EveryClassHasItsTime) {
    const std::string at = "2026-03-06T15:00:00";
    EXPECT_EQ(due("ct.head", ExamPriority::kEmergency, at), "2026-03-06T15:30:00");
    EXPECT_EQ(due("ct", ExamPriority::kEmergency, at), "2026-03-06T16:00:00");
    EXPECT_EQ(due("ct", ExamPriority::kInpatient, at), "2026-03-06T21:00:00");
    EXPECT_EQ(due("ct.complex", ExamPriority::kRoutine, at), "2026-03-07T15:00:00");
    EXPECT_EQ(due("ecg", ExamPriority::kEmergency, at, true), "2026-03-06T15:10:00");
    EXPECT_EQ(due("ecg", ExamPriority::kEmergency, at), "2026-03-06T15:30:00");
    EXPECT_EQ(due("pathology", ExamPriority::kRoutine, at), "2026-03-12T15:00:00");
    EXPECT_EQ(due("pathology", ExamPriority::kEmergency, at), "2026-03-06T16:00:00");
    EXPECT_EQ(due("biochemistry", ExamPriority::kInpatient, at), "2026-03-06T21:00:00");
    EXPECT_EQ(item_of("palm_reading", policy()), std::nullopt);
}

TEST(Exam, D05AVerifierIsAnotherPerson) {
    Order order;
    order.state = State::kReported;
    order.reports = {{"r", 1, "A", "", {}, {}, true, "", ""}};
    const Item item = *item_of("pathology", policy());
    EXPECT_EQ(check_verify(order, item, "A", policy()).refusal().reason.code(),
              "VERIFIER_IS_READER");
    EXPECT_TRUE(check_verify(order, item, "B", policy()).ok());
    EXPECT_EQ(check_sign(order, item, "A", policy()).refusal().reason.code(),
              "SECOND_READER_NEEDED");
    order.state = State::kVerified;
    order.reports.back().verified_by = "B";
    EXPECT_TRUE(check_sign(order, item, "B", policy()).ok());
    EXPECT_EQ(check_sign(order, item, "C", policy()).refusal().reason.code(), "SIGNATURE_INVALID");
}

TEST(Exam, D06OnePersonSignsAnEcg) {
    Order order;
    order.state = State::kReported;
    order.reports = {{"r", 1, "A", "", {}, {}, true, "", ""}};
    const Item item = *item_of("ecg", policy());
    EXPECT_TRUE(check_sign(order, item, "A", policy()).ok());
    EXPECT_EQ(check_verify(order, item, "B", policy()).refusal().reason.code(),
              "STATE_TRANSITION_NOT_ALLOWED");
}

Prior prior(const std::string& signed_at, bool passed, const std::string& mark) {
    return {"r1", "o1", "blood_count", local(signed_at), passed, mark};
}

TEST(Exam, D01ARecentResultNeedsAReasonToBeRepeated) {
    const Instant now = local("2026-03-06T09:00:00");
    const Prior recent = prior("2026-03-04T10:00:00", true, "HR-35");
    EXPECT_TRUE(in_window(recent, *item_of("blood_count", policy()), now, policy()));
    const auto reason = [&](const Wish& wish) {
        const auto decided = decide_prior({recent}, wish, now, policy());
        return decided.ok() ? std::string(domain::name_of(decided->outcome)) + " " +
                                  std::to_string(decided->prior_age_h)
                            : std::string(decided.refusal().reason.code());
    };
    EXPECT_EQ(reason({}), "PRIOR_NOT_REVIEWED");
    EXPECT_EQ(reason({"r1", false, ""}), "REPEAT_REASON_MISSING");
    EXPECT_EQ(reason({"r1", false, "I_LIKE_IT"}), "REPEAT_REASON_MISSING");
    EXPECT_EQ(reason({"r1", false, "FAST_CHANGE"}), "REPEATED 47");
    EXPECT_EQ(reason({"r1", true, ""}), "RECOGNISED 47");
}

TEST(Exam, D02OutsideItsWindowAResultIsNotShown) {
    const Prior old = prior("2026-03-04T10:00:00", true, "HR-35");
    const Item item = *item_of("blood_count", policy());
    EXPECT_FALSE(in_window(old, item, local("2026-03-07T10:01:00"), policy()));
    EXPECT_TRUE(in_window(old, item, local("2026-03-07T10:00:00"), policy()));
}

TEST(Exam, D03AResultOfPoorQualityIsInformationOnly) {
    const Instant now = local("2026-03-06T09:00:00");
    const Prior failed = prior("2026-03-01T09:00:00", false, "");
    EXPECT_FALSE(failed.recognisable());
    const auto decided = decide_prior({failed}, {}, now, policy());
    ASSERT_TRUE(decided.ok());
    EXPECT_EQ(decided->outcome, RecognitionOutcome::kNotShown);
    EXPECT_FALSE(decide_prior({failed}, {"r1", true, ""}, now, policy()).ok());
    EXPECT_EQ(decide_prior({}, {}, now, policy())->outcome, RecognitionOutcome::kNone);
}

TEST(Exam, CentresAndGradesFollowTheDistrict) {
    Policy p = policy();
    EXPECT_FALSE(centre_enabled(*item_of("ultrasound", p), p));
    p.centres = {"examination"};
    EXPECT_TRUE(centre_enabled(*item_of("ultrasound", p), p));
    EXPECT_FALSE(centre_enabled(*item_of("blood_count", p), p));
    EXPECT_EQ(grade_needed(*item_of("x_ray", p)), 1);
    EXPECT_EQ(grade_needed(*item_of("ct.head", p)), 2);
    EXPECT_TRUE(two_persons(*item_of("ct", p), p));
    EXPECT_FALSE(two_persons(*item_of("x_ray", p), p));
    p.two_person_classes = {"IMAGING"};
    EXPECT_TRUE(two_persons(*item_of("x_ray", p), p));
}

TEST(Exam, ACriticalValueIsAnsweredByTheBaseAndClosedWithATreatment) {
    Critical c;
    c.base_institution_id = "B1";
    c.centre_id = "H1";
    c.state = CriticalState::kRaised;
    const auto reason = [&](CriticalStep step, const char* who, const char* treatment = "") {
        const auto allowed = check_critical(c, step, who, treatment);
        return allowed.ok() ? "" : std::string(allowed.refusal().reason.code());
    };
    EXPECT_EQ(reason(CriticalStep::kNotify, "B1"), "NOT_RESPONSIBLE");
    EXPECT_EQ(reason(CriticalStep::kNotify, "H1"), "");
    EXPECT_EQ(reason(CriticalStep::kAcknowledge, "H1"), "NOT_RESPONSIBLE");
    EXPECT_EQ(reason(CriticalStep::kAcknowledge, "B1"), "");
    EXPECT_EQ(reason(CriticalStep::kClose, "B1", "K"), "STATE_TRANSITION_NOT_ALLOWED");
    c.state = CriticalState::kAcknowledged;
    EXPECT_EQ(reason(CriticalStep::kClose, "B1"), "TREATMENT_MISSING");
    EXPECT_EQ(reason(CriticalStep::kClose, "B1", "POTASSIUM"), "");
    EXPECT_EQ(reason(CriticalStep::kNotify, "H1"), "STATE_TRANSITION_NOT_ALLOWED");
}

}  // namespace
}  // namespace yilian::referrals::domain::exam
