// contracts.md 3, 5, 9 and 11: the rules of a contract, pure.
#include "services/directory/domain/contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace yilian::directory::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

CivilDate day(std::string_view text) { return *CivilDate::parse(text); }

Contract contract(std::string_view from, std::string_view to,
                  ContractState state = ContractState::kActive) {
    Contract c;
    c.contract_id = "c1";
    c.state = state;
    c.valid_from = day(from);
    c.valid_to = day(to);
    return c;
}

std::string reason(const Outcome<Allowed>& outcome) {
    return outcome.ok() ? "" : outcome.refusal().reason.text();
}

TEST(C01, NoticeFallsSixtyDaysBeforeTheLastDay) {
    EXPECT_EQ(notice_day(contract("2026-01-01", "2026-12-31"), {}), day("2026-11-01"));
}

TEST(C05, PeriodOfSixMonthsIsOutOfRange) {
    const auto refused = check_period(day("2026-01-01"), day("2026-06-30"), day("2026-01-01"), {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.refusal().reason, Reason("PERIOD_OUT_OF_RANGE"));
    EXPECT_EQ(refused.refusal().metadata, (Metadata{{"min_months", "12"}, {"max_months", "36"}}));
}

struct Period {
    const char* from;
    const char* to;
    const char* reason;
};
class C05Limits : public testing::TestWithParam<Period> {};
INSTANTIATE_TEST_SUITE_P(Periods, C05Limits,
                         testing::Values(Period{"2026-01-01", "2026-12-31", ""},
                                         Period{"2026-01-01", "2026-12-30", "PERIOD_OUT_OF_RANGE"},
                                         Period{"2026-01-01", "2028-12-31", ""},
                                         Period{"2026-01-01", "2029-01-01", "PERIOD_OUT_OF_RANGE"},
                                         // A year from 29 February ends with the shorter month.
                                         Period{"2028-02-29", "2029-02-27", ""},
                                         Period{"2028-02-29", "2029-02-26", "PERIOD_OUT_OF_RANGE"},
                                         // Over before it is signed.
                                         Period{"2023-01-01", "2023-12-31",
                                                "PERIOD_OUT_OF_RANGE"}));
TEST_P(C05Limits, CountWholeMonths) {
    EXPECT_EQ(reason(check_period(day(GetParam().from), day(GetParam().to), day("2026-01-01"), {})),
              GetParam().reason);
}

TEST(C05, WithoutFlexibilityOnlyTheMinimumIsOffered) {
    const ContractPolicy fixed{.period_flexible = false};
    const CivilDate today = day("2026-01-01");
    EXPECT_TRUE(check_period(today, day("2026-12-31"), today, fixed).ok());
    EXPECT_FALSE(check_period(today, day("2027-12-31"), today, fixed).ok());
}

TEST(C04, AnotherContractInsideIsRefusedOneThatEndsBeforeIsNot) {
    Contract other = contract("2026-01-01", "2026-12-31");
    Contract signing = contract("2026-12-31", "2027-12-30", ContractState::kOffered);
    signing.contract_id = "c2";
    EXPECT_EQ(reason(check_no_overlap(signing, {other})), "ACTIVE_CONTRACT_EXISTS");
    signing.valid_from = day("2027-01-01");
    EXPECT_TRUE(check_no_overlap(signing, {other}).ok());
    // What was renewed or ended early holds to its last day; what was voided never held.
    signing.valid_from = day("2026-06-01");
    for (const ContractState state :
         {ContractState::kSigned, ContractState::kRenewed, ContractState::kChanged,
          ContractState::kEnded, ContractState::kDueForRenewal}) {
        other.state = state;
        EXPECT_FALSE(check_no_overlap(signing, {other}).ok()) << static_cast<int>(state);
    }
    for (const ContractState state :
         {ContractState::kVoid, ContractState::kOffered, ContractState::kExpiredUnsigned}) {
        other.state = state;
        EXPECT_TRUE(check_no_overlap(signing, {other}).ok()) << static_cast<int>(state);
    }
}

TEST(C08, DoctorWithTwoThousandResidentsIsFull) {
    EXPECT_TRUE(check_quota(1999, {}).ok());
    const auto full = check_quota(2000, {});
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.refusal().reason, Reason("TEAM_FULL"));
    EXPECT_EQ(full.refusal().metadata, (Metadata{{"limit", "2000"}}));
}

TEST(C10, ContractWithoutServiceForTwelveMonthsIsNotEffective) {
    const Contract c = contract("2026-01-01", "2028-12-31");
    const auto last = day("2027-03-01");
    EXPECT_TRUE(effective(c, day("2026-12-31"), std::nullopt, 12));
    EXPECT_FALSE(effective(c, day("2027-03-01"), std::nullopt, 12));
    EXPECT_TRUE(effective(c, day("2028-03-01"), last, 12));
    EXPECT_FALSE(effective(c, day("2028-03-02"), last, 12));
    EXPECT_FALSE(effective(contract("2026-01-01", "2028-12-31", ContractState::kSigned),
                           day("2026-06-01"), std::nullopt, 12));
}

TEST(Void, WithinSevenDaysAndNothingDelivered) {
    Contract c = contract("2026-01-01", "2026-12-31", ContractState::kSigned);
    c.signed_at = instant_from_ms(0);
    const Instant limit = *c.signed_at + std::chrono::days(7);
    EXPECT_TRUE(check_void(c, limit, false, {}).ok());
    EXPECT_EQ(reason(check_void(c, limit + std::chrono::milliseconds(1), false, {})),
              "VOID_PERIOD_OVER");
    EXPECT_EQ(reason(check_void(c, *c.signed_at, true, {})), "SERVICE_ALREADY_DELIVERED");
}

TEST(End, AWishNeedsTheMinimumServedOtherReasonsDoNot) {
    const Contract c = contract("2026-01-01", "2027-12-31");
    EXPECT_EQ(reason(check_end(c, day("2026-12-30"), "RESIDENT_WISH", {})),
              "MIN_PERIOD_NOT_SERVED");
    EXPECT_TRUE(check_end(c, day("2026-12-31"), "RESIDENT_WISH", {}).ok());
    EXPECT_TRUE(check_end(c, day("2026-02-01"), "MOVED", {}).ok());
    EXPECT_EQ(reason(check_end(c, day("2028-01-01"), "MOVED", {})), "FIELD_RANGE");
    EXPECT_EQ(reason(check_end(c, day("2025-12-31"), "MOVED", {})), "FIELD_RANGE");
}

TEST(Signature, NeedsMethodAndDocumentAndTheGuardianWhoWasOffered) {
    Contract c = contract("2026-01-01", "2026-12-31", ContractState::kOffered);
    c.party = "RESIDENT";
    EXPECT_TRUE(check_signature(c, "E_SIGN", "doc").ok());
    EXPECT_EQ(reason(check_signature(c, "", "doc")), "SIGNATURE_INVALID");
    EXPECT_EQ(reason(check_signature(c, "E_SIGN", "")), "SIGNATURE_INVALID");
    c.party = "GUARDIAN";
    EXPECT_EQ(reason(check_signature(c, "E_SIGN", "doc")), "GUARDIAN_NEEDED");
    EXPECT_TRUE(check_signature(c, "GUARDIAN", "doc").ok());
}

TEST(Covers, TheDaysOfAContractAreTakenUntilItsLastOne) {
    const Contract renewed = contract("2026-01-01", "2026-12-31", ContractState::kRenewed);
    EXPECT_TRUE(renewed.covers(day("2026-12-31")));
    EXPECT_FALSE(renewed.covers(day("2027-01-01")));
    EXPECT_FALSE(renewed.in_force());
    EXPECT_FALSE(
        contract("2026-01-01", "2026-12-31", ContractState::kVoid).covers(day("2026-06-01")));
}

TEST(KeyGroups, FollowFromAgeHealthCodesAndEnrolmentsOfThosePackKnows) {
    const std::vector<std::string> known{"age_65", "age_0_6", "pregnant", "diabetes",
                                         "hypertension"};
    const KeyGroupFacts old{day("1960-05-01"), {}, {"hypertension", "diabetes_t2"}};
    EXPECT_THAT(key_groups(old, day("2026-01-01"), known),
                ElementsAre("age_65", "diabetes", "hypertension"));
    EXPECT_THAT(key_groups(old, day("2025-04-30"), known), ElementsAre("diabetes", "hypertension"));
    const KeyGroupFacts young{day("1995-01-01"), {"PREGNANT", "LIVER"}, {"hyperlipidaemia"}};
    EXPECT_THAT(key_groups(young, day("2026-01-01"), known), ElementsAre("pregnant"));
    const KeyGroupFacts child{day("2020-01-01"), {}, {}};
    EXPECT_THAT(key_groups(child, day("2026-12-31"), known), ElementsAre("age_0_6"));
    EXPECT_THAT(key_groups(child, day("2027-01-01"), known), IsEmpty());
}

}  // namespace
}  // namespace yilian::directory::domain
