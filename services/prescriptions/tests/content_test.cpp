// What may be drafted and signed: RX-04, RX-05, RX-27.
#include "services/prescriptions/domain/content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/calendar/local_time.h"
#include "services/prescriptions/tests/samples.h"

namespace yilian::prescriptions::domain {
namespace {

using namespace samples;
using testing::ElementsAre;

std::string reason(const Outcome<Allowed>& outcome) {
    return outcome.ok() ? "" : outcome.refusal().reason.text();
}

TEST(Content, RX_04_SixWesternLinesAreTooMany) {
    std::vector<LineContent> lines;
    for (int i = 1; i <= 6; ++i) lines.push_back(line(i, "D" + std::to_string(i)));
    const auto refused = may_be_signed(*pack(), content(Kind::kNormal, lines));
    ASSERT_EQ(reason(refused), "TOO_MANY_LINES");
    EXPECT_THAT(refused.refusal().metadata,
                ElementsAre(testing::Pair("lines", "6"), testing::Pair("limit", "5")));
    EXPECT_EQ(
        reason(may_be_signed(*pack_with({{"rx.lines_max", "6"}}), content(Kind::kNormal, lines))),
        "");
}

TEST(Content, RX_05_PiecesStandOnAPrescriptionOfTheirOwn) {
    const auto mixed = content(
        Kind::kNormal, {line(1, "D1"), line(2, "D2"), line(3, "P1", 7, ItemClass::kPieces)});
    EXPECT_EQ(reason(may_be_signed(*pack(), mixed)), "PIECES_NOT_SEPARATE");
    EXPECT_EQ(reason(may_be_signed(*pack_with({{"rx.pieces_separate", "false"}}), mixed)), "");
}

TEST(Content, MissingFieldsAreAllNamed) {
    Content c = content(Kind::kLong, {line(1, "D1")});
    c.diagnoses.clear();
    c.lines[0].dose_unit.clear();
    c.lines[0].days = 0;
    c.validity_days = 3;
    EXPECT_THAT(missing_fields(c), ElementsAre("diagnoses", "disease_codes", "lines[0].dose_unit",
                                               "lines[0].days", "validity_reason_code"));
    EXPECT_EQ(reason(may_be_signed(*pack(), c)), "CONTENT_INCOMPLETE");
}

TEST(Content, SeveralPickUpsAreForLongPrescriptions) {
    Content c = content(Kind::kNormal, {line(1, "D1")});
    c.instance_count = 3;
    EXPECT_THAT(missing_fields(c), ElementsAre("instance_count"));
}

TEST(Content, RX_27_ExtendedFollowsAReferralAndAContract) {
    Content c = content(Kind::kExtended, {line(1, "D1")});
    const ReferralPlan known{"r1", true, true, {}};
    EXPECT_EQ(reason(may_extend(c, "r1", std::nullopt, "c1")), "REFERRAL_PLAN_MISSING");
    c.referral_id = "ref1";
    EXPECT_EQ(reason(may_extend(c, "r1", std::nullopt, "c1")), "REFERRAL_PLAN_MISSING");
    EXPECT_EQ(reason(may_extend(c, "r1", ReferralPlan{"r1", true, false, {}}, "c1")),
              "REFERRAL_PLAN_MISSING");
    EXPECT_EQ(reason(may_extend(c, "r2", known, "c1")), "REFERRAL_PLAN_MISSING");
    EXPECT_EQ(reason(may_extend(c, "r1", known, "")), "NOT_CONTRACTED");
    EXPECT_EQ(reason(may_extend(c, "r1", known, "c1")), "");
    c.contract_id = "other";
    EXPECT_EQ(reason(may_extend(c, "r1", known, "c1")), "NOT_CONTRACTED");
}

TEST(Content, KeysSwitchKindsOff) {
    const struct {
        Kind kind;
        const char* key;
    } cases[] = {{Kind::kLong, "rx.long.enabled"},
                 {Kind::kExtended, "rx.extended.enabled"},
                 {Kind::kShared, "rx.shared.enabled"},
                 {Kind::kRepeat, "rx.repeat.enabled"}};
    for (const auto& c : cases) {
        EXPECT_EQ(reason(kind_enabled(*pack(), c.kind)), "") << c.key;
        EXPECT_EQ(reason(kind_enabled(*pack_with({{c.key, "false"}}), c.kind)), "KIND_DISABLED")
            << c.key;
    }
    EXPECT_EQ(reason(kind_enabled(*pack(), Kind::kHealth)), "KIND_DISABLED");
}

TEST(Content, NarcoticsNeedARightOfTheirOwn) {
    const Prescriber doctor{true, {"PRESCRIBE"}, "MIDDLE"};
    EXPECT_EQ(reason(may_prescribe(doctor, Kind::kNormal)), "");
    EXPECT_EQ(reason(may_prescribe(doctor, Kind::kNarcotic1)), "PRESCRIBER_NO_RIGHT");
    EXPECT_EQ(reason(may_prescribe({false, {"PRESCRIBE"}, ""}, Kind::kNormal)),
              "PRESCRIBER_NO_RIGHT");
}

TEST(Content, SignedOnTheDayItWasWrittenByThePrescriber) {
    Prescription p;
    p.prescriber_id = "doc1";
    p.authored_on = day("2026-03-06");
    Signature s{"doc1", "SM2", calendar::start_of_day(day("2026-03-06")), "x"};
    const CivilDate today = day("2026-03-06");
    EXPECT_EQ(reason(may_sign_by(s, "doc1", p, today)), "");
    EXPECT_EQ(reason(may_sign_by(s, "doc2", p, today)), "SIGNATURE_INVALID");
    EXPECT_EQ(reason(may_sign_by(s, "doc1", p, day("2026-03-07"))), "SIGNED_DATE_MISMATCH");
    s.signed_at = calendar::start_of_day(day("2026-03-05"));
    EXPECT_EQ(reason(may_sign_by(s, "doc1", p, today)), "SIGNED_DATE_MISMATCH");
    s.algorithm = "RSA";
    EXPECT_EQ(reason(may_sign_by(s, "doc1", p, today)), "SIGNATURE_INVALID");
}

}  // namespace
}  // namespace yilian::prescriptions::domain
