#include "services/referrals/domain/submit.h"

#include <gmock/gmock.h>

namespace yilian::referrals::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const auto kDay = calendar::CivilDate::literal(2026, 3, 17);

Content content() {
    Content c;
    c.direction = Direction::kUp;
    c.kind = Kind::kInpatient;
    c.priority = Priority::kUrgent;
    c.sender_department_code = "A02";
    c.sender_practitioner_id = "D1";
    c.receiver_institution_id = "H1";
    c.diagnoses = {{"I10.x05", true}, {"E87.600", false}};
    c.reason_code = "NOT_AT_GOAL";
    c.has_chief_complaint = c.has_present_illness = c.has_past_history = true;
    c.facts = {{"sbp_mmhg", 172}, {"potassium_e2", 320}};
    c.consent_method = ConsentMethod::kSigned;
    c.consent_given_at = instant_from_ms(1);
    return c;
}

Offer offer() {
    Offer o;
    o.offer_id = "01o";
    o.institution_id = "H1";
    o.kinds = {Kind::kInpatient, Kind::kOutpatient};
    o.disease_codes = {"hypertension"};
    o.valid_from = calendar::CivilDate::literal(2026, 1, 1);
    return o;
}

Parties parties() {
    Parties p;
    p.sender = Institution{"B1", "centre", 1};
    p.receiver = Institution{"H1", "hospital", 3};
    p.consortium_id = "C1";
    p.disease = "hypertension";
    p.diseases = {"hypertension"};
    p.offers = {offer()};
    return p;
}

SubmitPolicy policy() {
    SubmitPolicy p;
    p.directions_enabled = {"UP", "DOWN", "LATERAL", "ADVICE_ONLY", "EMERGENCY"};
    p.kinds_enabled = {"OUTPATIENT", "INPATIENT"};
    p.scope = "consortium";
    p.max_hops = 2;
    return p;
}

Referral draft() {
    Referral r;
    r.state = State::kDraft;
    r.sender_institution_id = "B1";
    r.content = content();
    return r;
}

std::string refusal(const Outcome<Allowed>& outcome) {
    return outcome.ok() ? "" : outcome.refusal().reason.text();
}

std::string submit(const Referral& r, const Parties& p, const SubmitPolicy& rules = policy()) {
    return refusal(check_submit(r, p, rules, kDay));
}

TEST(Submit, ACompleteReferralIsTaken) { EXPECT_EQ(submit(draft(), parties()), ""); }

TEST(Submit, R14TwoLevelsFromBaseToMunicipalHospitalOnly) {
    SubmitPolicy two_level = policy();
    two_level.two_level = true;
    Parties p = parties();
    p.sender = Institution{"V1", "village_clinic", 1};
    p.receiver = Institution{"T1", "township_hospital", 1};
    EXPECT_EQ(submit(draft(), p, two_level), "LEVEL_NOT_ALLOWED");
    EXPECT_EQ(submit(draft(), p), "");
    p.receiver = Institution{"H1", "hospital", 3};
    EXPECT_EQ(submit(draft(), p, two_level), "");
    p.sender = Institution{"H2", "hospital", 2};
    EXPECT_EQ(submit(draft(), p, two_level), "LEVEL_NOT_ALLOWED");
}

TEST(Submit, MissingDataIsNamedAllAtOnce) {
    Referral r = draft();
    r.content.reason_code = "";
    r.content.has_present_illness = false;
    r.content.diagnoses[1].is_main = true;  // two main ones are none
    const auto outcome = check_submit(r, parties(), policy(), kDay);
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.refusal().reason.code(), "DATA_INCOMPLETE");
    EXPECT_THAT(outcome.refusal().metadata,
                ElementsAre(std::pair<std::string, std::string>(
                    "fields", "diagnoses,reason_code,present_illness")));
}

TEST(Submit, TheReceiverSaysWhichItemsItNeeds) {
    Parties p = parties();
    p.offers[0].required_items = {"egfr_ml_min_173"};
    EXPECT_EQ(submit(draft(), p), "DATA_INCOMPLETE");
    Referral r = draft();
    r.content.facts["egfr_ml_min_173"] = 80;
    EXPECT_EQ(submit(r, p), "");
}

TEST(Submit, RefusalsOfRow4) {
    Referral r = draft();
    r.content.consent_method = ConsentMethod::kNone;
    EXPECT_EQ(submit(r, parties()), "CONSENT_MISSING");
    Parties p = parties();
    p.offers[0].kinds = {Kind::kOutpatient};
    EXPECT_EQ(submit(draft(), p), "RECEIVER_NOT_OFFERING");
    p = parties();
    p.offers[0].disease_codes = {"copd"};
    EXPECT_EQ(submit(draft(), p), "RECEIVER_NOT_OFFERING");
    p = parties();
    p.offers[0].valid_to = kDay.plus_days(-1);
    EXPECT_EQ(submit(draft(), p), "RECEIVER_NOT_OFFERING");
    p = parties();
    p.consortium_id = "";
    EXPECT_EQ(submit(draft(), p), "OUT_OF_SCOPE");
    SubmitPolicy district = policy();
    district.scope = "district";
    EXPECT_EQ(submit(draft(), p, district), "");
    p = parties();
    p.duplicate_open = true;
    EXPECT_EQ(submit(draft(), p), "DUPLICATE_OPEN_REFERRAL");
}

TEST(Submit, EmergencyAndDownAskForLess) {
    Content c;
    c.direction = Direction::kEmergency;
    c.receiver_institution_id = "H1";
    EXPECT_THAT(missing_data(c, nullptr), IsEmpty());
    c.direction = Direction::kDown;
    EXPECT_THAT(missing_data(c, nullptr), ElementsAre("kind", "diagnoses"));
}

TEST(Submit, DirectionsAndKindsOfTheDistrict) {
    Content c = content();
    EXPECT_EQ(refusal(check_enabled(c, policy())), "");
    SubmitPolicy p = policy();
    p.directions_enabled = {"DOWN"};
    EXPECT_EQ(refusal(check_enabled(c, p)), "DIRECTION_DISABLED");
    p = policy();
    p.kinds_enabled = {"OUTPATIENT"};
    EXPECT_EQ(refusal(check_enabled(c, p)), "KIND_DISABLED");
}

TEST(Submit, Row7AcceptsByItselfOnlyWithAMetCriterion) {
    Offer o = offer();
    o.auto_accept = true;
    Criteria met{"hypertension", 1, {{"HTN-U6", CriterionResult::kMet, {}, ""}}, Direction::kUp};
    Criteria none{
        "hypertension", 1, {{"HTN-U6", CriterionResult::kMissing, {}, ""}}, Direction::kNone};
    EXPECT_TRUE(accepts_by_itself(content(), &o, met));
    EXPECT_FALSE(accepts_by_itself(content(), &o, none));
    EXPECT_FALSE(accepts_by_itself(content(), &o, std::nullopt));
    o.auto_accept = false;
    EXPECT_FALSE(accepts_by_itself(content(), &o, met));
}

TEST(Submit, Row8GradeIsAskedWhereTheDistrictGrades) {
    SubmitPolicy graded = policy();
    graded.technical_grade_enabled = true;
    Parties p = parties();
    EXPECT_EQ(refusal(check_grade(p, content(), policy(), kDay)), "");
    EXPECT_EQ(refusal(check_grade(p, content(), graded, kDay)), "TECHNICAL_GRADE_INSUFFICIENT");
    p.offers[0].grades = {{"hypertension", 2}};
    EXPECT_EQ(refusal(check_grade(p, content(), graded, kDay)), "");
}

Referral in_review(std::int32_t hop) {
    Referral r = draft();
    r.state = State::kUnderReview;
    r.tasks.push_back({"t", hop, false, "H1", "", TaskOutcome::kOpen, "", {}, {}, {}});
    return r;
}

TEST(Submit, R13TheThirdHopIsRefused) {
    EXPECT_EQ(refusal(check_redirect(in_review(2), "H2", policy())), "HOP_LIMIT_REACHED");
    EXPECT_EQ(refusal(check_redirect(in_review(1), "H2", policy())), "");
    SubmitPolicy one = policy();
    one.max_hops = 1;
    EXPECT_EQ(refusal(check_redirect(in_review(1), "H2", one)), "HOP_LIMIT_REACHED");
    EXPECT_EQ(refusal(check_redirect(in_review(0), "H1", policy())), "REDIRECT_TO_SELF");
    EXPECT_EQ(refusal(check_redirect(in_review(0), "B1", policy())), "REDIRECT_TO_SELF");
}

TEST(Submit, Row18NeedsAChange) {
    Referral before = in_review(0);
    before.stored_content = "same";
    EXPECT_EQ(refusal(check_resubmission(before, before.content, "same")), "NOTHING_CHANGED");
    Content other = before.content;
    other.receiver_institution_id = "H2";
    EXPECT_EQ(refusal(check_resubmission(before, other, "other")), "");
}

}  // namespace
}  // namespace yilian::referrals::domain
