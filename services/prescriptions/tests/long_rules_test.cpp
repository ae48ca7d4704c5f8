// RX-07 to RX-12 and invariant 7.
#include "services/prescriptions/domain/long_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "services/prescriptions/tests/samples.h"

namespace yilian::prescriptions::domain {
namespace {

using namespace samples;
using testing::Contains;
using testing::Pair;

LongQuestion question(std::int32_t days, std::string disease = "hypertension") {
    LongQuestion q;
    q.disease_code = disease;
    q.days = days;
    q.evidence = ControlEvidence{disease, "v1", day("2026-03-01"), true};
    q.doctor_title = "MIDDLE";
    q.patient_confirmed = true;
    return q;
}

Outcome<LongDecision> assess(const policy::Pack& pack, const LongQuestion& q,
                             std::string_view today = "2026-03-06") {
    return assess_long(pack, q, day(today));
}
std::string reason(const Outcome<LongDecision>& outcome) {
    return outcome.ok() ? "" : outcome.refusal().reason.text();
}

TEST(LongRules, RX_07_DistrictBinds) {
    const auto refused = assess(*pack(kCangshan), question(84));
    ASSERT_EQ(reason(refused), "LONG_QUANTITY_EXCEEDED");
    EXPECT_THAT(refused.refusal().metadata, Contains(Pair("binding_limit", "DISTRICT")));
    EXPECT_THAT(refused.refusal().metadata, Contains(Pair("limit", "56")));
}

TEST(LongRules, RX_08_EightyFourDaysNeedTheStrictAssessmentAndTheWordOfThePatient) {
    LongQuestion q = question(84);
    q.drugs = {drug("D1", "A")};
    q.drugs[0].insurance_max_days = 84;
    const auto decision = assess(*pack(kChangle), q);
    ASSERT_TRUE(decision.ok()) << reason(decision);
    EXPECT_EQ(decision->limit.days, 84);
    EXPECT_EQ(decision->limit.source, LimitSource::kNational);  // of equal limits the first
    EXPECT_TRUE(decision->strict);
    q.patient_confirmed = false;
    EXPECT_EQ(reason(assess(*pack(kChangle), q)), "PATIENT_CONFIRMATION_MISSING");
    EXPECT_EQ(reason(assess(*pack_with({{"rx.long.strict_above_days", "84"}}, kChangle), q)), "");
}

TEST(LongRules, RX_09_LabelBinds) {
    LongQuestion q = question(84);
    q.drugs = {drug("D1", "A")};
    q.drugs[0].max_days = 60;
    const auto refused = assess(*pack(kChangle), q);
    ASSERT_EQ(reason(refused), "LONG_QUANTITY_EXCEEDED");
    EXPECT_THAT(refused.refusal().metadata, Contains(Pair("binding_limit", "LABEL")));
    EXPECT_THAT(refused.refusal().metadata, Contains(Pair("limit", "60")));
}

TEST(LongRules, RX_10_LessThanTheDistrictsLeastIsTooSmall) {
    const auto refused = assess(*pack(kCangshan), question(21));
    ASSERT_EQ(reason(refused), "LONG_QUANTITY_TOO_SMALL");
    EXPECT_THAT(refused.refusal().metadata, Contains(Pair("limit", "28")));
    EXPECT_EQ(reason(assess(*pack_with({{"rx.long.min_days", "21"}}), question(21))), "");
}

TEST(LongRules, RX_11_EvidenceOfNovemberIsTooOldInMarch) {
    LongQuestion q = question(28);
    q.evidence->visit_on = day("2025-11-20");
    const auto refused = assess(*pack(), q);
    ASSERT_EQ(reason(refused), "EVIDENCE_TOO_OLD");
    EXPECT_THAT(refused.refusal().metadata, Contains(Pair("age_days", "106")));
    EXPECT_EQ(reason(assess(*pack_with({{"rx.long.evidence_max_age_days", "106"}}), q)), "");
}

TEST(LongRules, RX_12_AntibioticIsExcluded) {
    LongQuestion q = question(28, "copd");
    q.drugs = {drug("D1", "A"), drug("D2", "B")};
    q.drugs[1].long_excluded_class = "antimicrobial";
    EXPECT_EQ(reason(assess(*pack(kXiqing), q)), "LONG_DRUG_EXCLUDED");
    EXPECT_EQ(reason(assess(*pack_with({{"rx.long.excluded_classes", "[toxic]"}}, kXiqing), q)),
              "");
}

TEST(LongRules, StayInHospitalMakesEvidenceOld) {
    LongQuestion q = question(28);
    q.stays.last_discharge = day("2026-03-01");
    EXPECT_EQ(reason(assess(*pack(), q)), "EVIDENCE_TOO_OLD");
    q.stays.last_discharge = day("2026-02-28");
    EXPECT_EQ(reason(assess(*pack(), q)), "");
    q.stays.in_hospital = true;
    EXPECT_EQ(reason(assess(*pack(), q)), "EVIDENCE_TOO_OLD");
}

TEST(LongRules, FirstOfSeveralReasonsAnswers) {
    LongQuestion q = question(300, "elderly");
    q.evidence->satisfied = false;
    q.evidence->visit_on = day("2025-01-01");
    EXPECT_EQ(reason(assess(*pack(), q)), "LONG_NOT_ELIGIBLE");
    q.evidence->satisfied = true;
    EXPECT_EQ(reason(assess(*pack(), q)), "EVIDENCE_TOO_OLD");
    q.evidence->visit_on = day("2026-03-01");
    EXPECT_EQ(reason(assess(*pack(), q)), "LONG_DISEASE_NOT_LISTED");
    q.disease_code = "diabetes_t2";
    EXPECT_EQ(reason(assess(*pack(), q)), "LONG_QUANTITY_EXCEEDED");
    q.days = 28;
    q.doctor_title = "JUNIOR";
    EXPECT_EQ(reason(assess(*pack(), q)), "FIRST_LONG_NEEDS_TITLE");
    q.first = false;
    EXPECT_EQ(reason(assess(*pack(), q)), "");
    q.evidence.reset();
    EXPECT_EQ(reason(assess(*pack(), q)), "LONG_NOT_ELIGIBLE");
}

TEST(LongRules, WalkOfEventsMd7IsAllowedUntilNinetyDaysAfterTheVisit) {
    LongQuestion q = question(28);
    q.evidence->visit_on = day("2026-03-31");
    q.stays.last_discharge = day("2026-03-25");
    q.patient_confirmed = false;
    const auto decision = assess(*pack(kCangshan), q, "2026-03-31");
    ASSERT_TRUE(decision.ok()) << reason(decision);
    EXPECT_EQ(decision->limit.days, 56);
    EXPECT_EQ(decision->limit.source, LimitSource::kDistrict);
    EXPECT_FALSE(decision->strict);
    EXPECT_EQ(decision->valid_until, day("2026-06-29"));
}

TEST(LongRules, RaisingALimitNeverLowersTheEffectiveOne) {
    EXPECT_TRUE(rc::check("invariant 7", [] {
        const auto p = pack(kChangle);
        const auto days = [] { return *rc::gen::inRange<std::int32_t>(1, 120); };
        std::vector<Drug> drugs{drug("D1", "A"), drug("D2", "B")};
        for (Drug& d : drugs) {
            if (*rc::gen::arbitrary<bool>()) d.max_days = days();
            if (*rc::gen::arbitrary<bool>()) d.insurance_max_days = days();
        }
        const Limit before = long_limit(*p, drugs);
        RC_ASSERT(before.days <= kNationalLongMaxDays);
        if (drugs[0].max_days) drugs[0].max_days = *drugs[0].max_days + days();
        if (drugs[1].insurance_max_days) {
            drugs[1].insurance_max_days = *drugs[1].insurance_max_days + days();
        }
        RC_ASSERT(long_limit(*p, drugs).days >= before.days);
    }));
}

}  // namespace
}  // namespace yilian::prescriptions::domain
