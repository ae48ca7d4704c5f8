// The loop of architecture.md 1, step by step as events.md 7 tells it, through all five services.
#include "tests/functional/walk/walk.h"

#include <gtest/gtest.h>

#include "libs/policy/keys.h"
#include "libs/policy/testing/packs.h"

namespace yilian::functional::walk {
namespace {

// The walk names these keys of its pack; the shipped one says the same, so it is played with that.
TEST(WalkOfEventsMd7, ShippedPackOfCangshanIsTheOneOfTheWalk) {
    const auto pack =
        policy::testing::shipped_pack(kDistrict, *calendar::CivilDate::parse("2026-03-17"));
    EXPECT_EQ(pack->get(policy::kReferralLevelsMode), "two_level");
    EXPECT_TRUE(pack->get(policy::kBillingDeductibleSecondWaived));
    EXPECT_EQ(pack->get(policy::kBillingDeductibleChainMode), "cancelled");
    EXPECT_TRUE(pack->get(policy::kRxExtendedEnabled));
    EXPECT_EQ(pack->get(policy::kRxLongMinDays), 28);
    EXPECT_EQ(pack->get(policy::kRxLongMaxDays), 56);
    EXPECT_TRUE(pack->get(policy::kPointsEnabled));
}

TEST(WalkOfEventsMd7, Steps1To26) {
    Walk walk;
    walk.people_and_places();
    walk.step1_contract_is_signed_and_its_fee_is_split();
    walk.step2_resident_is_enrolled();
    walk.step3_capitation_of_march_is_priced();
    walk.step4_first_visit_asks_for_an_adjusted_treatment();
    walk.step5_second_visit_advises_to_refer();
    walk.step6_advice_opens_a_draft();
    ASSERT_FALSE(walk.referral_id.empty());
    // Step 7: the first stay begins in the centre's ward; its list comes with step 15.
    walk.step8_draft_is_filled_and_its_criteria_are_met();
    walk.step9_referral_is_submitted();
    walk.step10_hospital_accepts();
    walk.step11_bed_is_held_and_booked();
    // Step 12: the centre discharges the resident to the hospital.
    walk.step13_resident_arrives_and_the_record_follows();
    walk.step14_care_starts_and_the_evidence_is_issued();
    walk.step15_centre_sends_the_list_of_the_first_stay();
    walk.step16_hospital_completes_and_proposes_down();
    walk.step17_centre_accepts_the_return();
    walk.steps18_and_19_hospital_sends_the_list_of_the_second_stay();
    walk.step20_home_visit_follows_up_and_the_loop_is_closed();
    walk.step21_long_prescription_is_assessed();
    walk.step22_extended_prescription_becomes_effective();
    walk.step23_clinic_dispenses();
    walk.step24_clinic_sends_its_list_and_the_prescription_is_settled();
    walk.step25_month_is_computed_and_approved();
    walk.step26_month_is_published_closed_and_paid();
    walk.expect_postings_of_march();
    walk.expect_balances_of_march();
    walk.expect_counts();
    walk.expect_everything_right();
}

}  // namespace
}  // namespace yilian::functional::walk
