#include "services/referrals/domain/evidence.h"

#include <gmock/gmock.h>

#include "libs/calendar/local_time.h"

namespace yilian::referrals::domain {
namespace {

Instant at(std::string_view text) { return *calendar::parse_rfc3339(std::string(text) + "+08:00"); }

constexpr EvidencePolicy kPolicy{24, 30};

// An up-referral that has everything.
Referral referral() {
    Referral r;
    r.referral_id = "01r";
    r.chain_id = "01r";
    r.resident_id = "01p";
    r.sender_institution_id = "B1";
    r.consortium_id = "C1";
    r.main_diagnosis_code = "I10.x05";
    r.content.direction = Direction::kUp;
    r.content.kind = Kind::kInpatient;
    r.state = State::kInCare;
    r.tasks.push_back({"01t", 0, false, "H1", "", TaskOutcome::kAccepted, "d", {}, {}, {}});
    r.submitted_at = at("2026-03-10T09:00:00");
    r.accepted_at = at("2026-03-10T10:00:00");
    r.admitted_at = at("2026-03-12T08:30:00");
    r.arrived_at = at("2026-03-12T08:40:00");
    return r;
}

TEST(Evidence, R18OrdinaryReferralIsValid) {
    const Evidence e = judge_up(referral(), kPolicy);
    EXPECT_TRUE(e.valid);
    EXPECT_EQ(e.invalid_reason, "");
    EXPECT_EQ(e.to_institution_id, "H1");
}

Referral emergency(std::string_view submitted) {
    Referral r = referral();
    r.content.direction = Direction::kEmergency;
    r.submitted_at = at(submitted);
    r.accepted_at = r.submitted_at;
    r.admitted_at = at("2026-03-10T02:00:00");
    r.arrived_at = at("2026-03-10T02:00:00");
    return r;
}

TEST(Evidence, R19EmergencyMayBeSubmittedWithinADayAfterAdmission) {
    EXPECT_TRUE(judge_up(emergency("2026-03-10T20:00:00"), kPolicy).valid);
    EXPECT_TRUE(judge_up(emergency("2026-03-11T02:00:00"), kPolicy).valid);  // at the limit
}

TEST(Evidence, R20EmergencySubmittedTooLate) {
    const Evidence e = judge_up(emergency("2026-03-11T03:00:00"), kPolicy);
    EXPECT_FALSE(e.valid);
    EXPECT_EQ(e.invalid_reason, "EMERGENCY_BACKDATE_EXCEEDED");
    EvidencePolicy longer = kPolicy;
    longer.emergency_backdate_h = 25;
    EXPECT_TRUE(judge_up(emergency("2026-03-11T03:00:00"), longer).valid);
}

TEST(Evidence, R21OrdinaryReferralAfterAdmission) {
    Referral r = referral();
    r.admitted_at = at("2026-03-10T08:00:00");
    EXPECT_EQ(judge_up(r, kPolicy).invalid_reason, "SUBMITTED_AFTER_ADMISSION");
    r.admitted_at = r.submitted_at;  // not at the same instant either
    EXPECT_EQ(judge_up(r, kPolicy).invalid_reason, "SUBMITTED_AFTER_ADMISSION");
}

TEST(Evidence, R22ArrivalAfterThirtyDays) {
    Referral r = referral();
    r.accepted_at = at("2026-03-02T10:00:00");
    r.submitted_at = at("2026-03-02T09:00:00");
    r.admitted_at = at("2026-04-02T08:30:00");
    r.arrived_at = at("2026-04-02T08:40:00");
    EXPECT_EQ(judge_up(r, kPolicy).invalid_reason, "ARRIVAL_TOO_LATE");
    EvidencePolicy longer = kPolicy;
    longer.arrival_within_days = 31;
    EXPECT_TRUE(judge_up(r, longer).valid);
    r.arrived_at = at("2026-04-01T23:59:00");  // day 30
    EXPECT_TRUE(judge_up(r, kPolicy).valid);
}

TEST(Evidence, TheFirstConditionThatFailsNamesTheReason) {
    Referral r = referral();
    r.state = State::kWithdrawn;
    r.main_diagnosis_code = "";
    r.arrived_at.reset();
    r.accepted_at.reset();
    r.consortium_id = "";
    EXPECT_EQ(judge_up(r, kPolicy).invalid_reason, "NOT_SAME_CONSORTIUM");
    r.consortium_id = "C1";
    EXPECT_EQ(judge_up(r, kPolicy).invalid_reason, "NOT_ACCEPTED");
    r.accepted_at = at("2026-03-10T10:00:00");
    EXPECT_EQ(judge_up(r, kPolicy).invalid_reason, "NOT_ARRIVED");
    r.arrived_at = at("2026-03-12T08:40:00");
    EXPECT_EQ(judge_up(r, kPolicy).invalid_reason, "DATA_MISSING");
    r.main_diagnosis_code = "I10.x05";
    EXPECT_EQ(judge_up(r, kPolicy).invalid_reason, "ENDED");
}

TEST(Evidence, DeathAfterArrivalDoesNotCountAsEnd) {
    Referral r = referral();
    r.state = State::kCancelled;
    r.reason_code = "DIED";
    EXPECT_TRUE(judge_up(r, kPolicy).valid);
    r.reason_code = "CREATED_IN_ERROR";
    EXPECT_EQ(judge_up(r, kPolicy).invalid_reason, "ENDED");
}

TEST(Evidence, TheWayDownIsALegOfItsOwn) {
    Referral r = referral();
    r.down = DownLeg{"H1",
                     "B1",
                     "C1",
                     {},
                     {},
                     "plan",
                     {},
                     "",
                     at("2026-03-25T15:05:00"),
                     at("2026-03-26T09:00:00"),
                     at("2026-03-26T15:00:00"),
                     at("2026-03-26T15:10:00")};
    const Evidence e = judge_down(r, kPolicy);
    EXPECT_TRUE(e.valid);
    EXPECT_EQ(e.direction, Direction::kDown);
    EXPECT_EQ(e.from_institution_id, "H1");
    EXPECT_EQ(e.to_institution_id, "B1");
    EXPECT_EQ(e.submitted_at, at("2026-03-25T15:05:00"));
}

TEST(Evidence, VerifyTellsTheSidesApart) {
    const Evidence e = judge_up(referral(), kPolicy);
    const Instant admitted = at("2026-03-12T08:30:00");
    auto v = verify(e, {"01p", "H1", admitted}, false, kPolicy);
    EXPECT_TRUE(v.valid);
    EXPECT_EQ(v.side, EvidenceSide::kReceiver);
    v = verify(e, {"01p", "B1", at("2026-03-09T11:00:00")}, false, kPolicy);
    EXPECT_TRUE(v.valid);
    EXPECT_EQ(v.side, EvidenceSide::kSender);
    EXPECT_EQ(verify(e, {"other", "H1", admitted}, false, kPolicy).invalid_reason,
              "OTHER_RESIDENT");
    EXPECT_EQ(verify(e, {"01p", "H9", admitted}, false, kPolicy).invalid_reason,
              "OTHER_INSTITUTION");
    // Another stay at the receiver, begun before the referral, is not the referred one.
    EXPECT_EQ(verify(e, {"01p", "H1", at("2026-03-10T08:59:00")}, false, kPolicy).invalid_reason,
              "SUBMITTED_AFTER_ADMISSION");
}

TEST(Evidence, SignedTextCoversEveryField) {
    Evidence e = judge_up(referral(), kPolicy);
    e.evidence_id = "01e";
    e.issued_at = at("2026-03-12T09:00:00");
    const std::string text = e.signed_text();
    const auto differs = [&](auto change) {
        Evidence other = e;
        change(other);
        return other.signed_text() != text;
    };
    EXPECT_TRUE(differs([](Evidence& o) { o.evidence_id = "x"; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.referral_id = "x"; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.chain_id = "x"; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.resident_id = "x"; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.from_institution_id = "x"; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.to_institution_id = "x"; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.consortium_id = "x"; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.direction = Direction::kDown; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.main_diagnosis_code = "x"; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.beyond_county = true; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.emergency = true; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.valid = false; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.invalid_reason = "x"; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.supersedes_evidence_id = "x"; }));
    EXPECT_TRUE(differs([](Evidence& o) { o.submitted_at.reset(); }));
    EXPECT_TRUE(differs([](Evidence& o) { o.accepted_at.reset(); }));
    EXPECT_TRUE(differs([](Evidence& o) { o.arrived_at.reset(); }));
    EXPECT_TRUE(differs([](Evidence& o) { o.admitted_at.reset(); }));
    EXPECT_TRUE(differs([](Evidence& o) { o.issued_at.reset(); }));
}

}  // namespace
}  // namespace yilian::referrals::domain
