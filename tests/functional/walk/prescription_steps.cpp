// Steps 21 to 24: the long prescription from assessment to settlement.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/billing/tests/harness.h"
#include "services/prescriptions/tests/prescription_site.h"
#include "tests/functional/walk/walk.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/prescriptions/v1/prescription_service.pb.h"
#include "yilian/referrals/v1/referral_service.pb.h"

namespace yilian::functional::walk {
namespace {

namespace rx = prescriptions::v1;
using prescriptions::testing::on;
using prescriptions::testing::PrescriptionSite;
using testing::ElementsAre;

}  // namespace

void Walk::step21_long_prescription_is_assessed() {
    at("2026-03-31T10:00");
    rx::AssessLongRequest ask;
    ask.set_resident_id(kResident);
    ask.set_disease_code("hypertension");
    ask.set_days(28);
    ask.add_drug_codes(kAmlodipine);
    ask.set_kind(rx::PRESCRIPTION_KIND_EXTENDED);
    ask.set_patient_confirmed(true);
    const auto asked = ok<rx::LongAssessment>(kTeamDoctor, prescriptions("AssessLong"), ask);
    EXPECT_TRUE(asked.eligible());
    EXPECT_EQ(asked.limit_days(), 56);
    EXPECT_EQ(asked.binding_limit(), rx::LIMIT_SOURCE_DISTRICT);
    EXPECT_FALSE(asked.strict());
    rx::RecordLongAssessmentRequest record;
    record.set_resident_id(kResident);
    record.set_disease_code("hypertension");
    record.set_days(28);
    record.add_drug_codes(kAmlodipine);
    record.set_kind(rx::PRESCRIPTION_KIND_EXTENDED);
    record.set_patient_confirmed(true);
    ok<rx::LongAssessment>(kTeamDoctor, prescriptions("RecordLongAssessment"), record);
    const auto assessed = last<rx::LongPrescriptionAssessed>();
    EXPECT_TRUE(assessed.eligible());
    EXPECT_EQ(shown(assessed.evidence_at()).substr(0, 10), "2026-03-31")
        << "the visit after the stay";
    EXPECT_EQ(assessed.limit_days(), 56);
}

void Walk::step22_extended_prescription_becomes_effective() {
    at("2026-03-31T10:05");
    rx::DraftPrescriptionRequest draft;
    draft.set_prescription_id(kPrescription);
    draft.set_resident_id(kResident);
    *draft.mutable_content() =
        PrescriptionSite::content(rx::PRESCRIPTION_KIND_EXTENDED, {kAmlodipine}, 28);
    draft.mutable_content()->set_referral_id(referral_id);
    EXPECT_EQ(ok<rx::Prescription>(kTeamDoctor, prescriptions("DraftPrescription"), draft).state(),
              rx::PRESCRIPTION_STATE_DRAFT);
    at("2026-03-31T10:10");
    auto sign = on<rx::SignPrescriptionRequest>(kPrescription);
    sign.mutable_signature()->set_signer_id("gp-1");
    sign.mutable_signature()->set_algorithm("SM2");
    set_local(sign.mutable_signature()->mutable_signed_at(), "2026-03-31T10:10");
    sign.mutable_signature()->set_value("signature");
    const auto checked = ok<rx::Prescription>(kTeamDoctor, prescriptions("SignPrescription"), sign);
    EXPECT_EQ(checked.state(), rx::PRESCRIPTION_STATE_PHARMACIST_REVIEW);
    EXPECT_TRUE(checked.long_());
    at("2026-03-31T10:40");
    ok<rx::Prescription>(kPharmacist, prescriptions("ReviewPass"),
                         on<rx::ReviewPassRequest>(kPrescription));
    const auto effective = only<rx::PrescriptionEffective>();
    EXPECT_EQ(shown(effective.valid_until()), "2026-04-03T00:00");
    EXPECT_EQ(effective.referral_id(), referral_id);
    ASSERT_EQ(effective.lines_size(), 1);
    EXPECT_EQ(effective.lines(0).days(), 28);
    EXPECT_EQ(effective.lines(0).quantity_milli(), 28'000);
}

void Walk::step23_clinic_dispenses() {
    at("2026-03-31T15:00");
    const auto claimed =
        ok<rx::ClaimPrescriptionResponse>(kVillageDoctor, prescriptions("ClaimPrescription"),
                                          on<rx::ClaimPrescriptionRequest>(kPrescription));
    EXPECT_EQ(shown(claimed.claim().leased_until()), "2026-03-31T17:00");
    claim_secret_ = claimed.secret();
    at("2026-03-31T15:10");
    auto dispense = on<rx::DispenseLineRequest>(kPrescription);
    dispense.set_secret(claim_secret_);
    dispense.set_dispense_id("01jwa1k00000000000000000d1");
    dispense.set_line_no(1);
    dispense.set_quantity_milli(28'000);
    auto* checks = dispense.mutable_checks();
    checks->set_prescription_checked(true);
    checks->set_drug_checked(true);
    checks->set_incompatibility_checked(true);
    checks->set_rationality_checked(true);
    checks->set_checked_by("vd-1");
    dispense.add_trace_codes("81000000000000000001");
    const auto dispensed =
        ok<rx::Prescription>(kVillageDoctor, prescriptions("DispenseLine"), dispense);
    EXPECT_EQ(dispensed.state(), rx::PRESCRIPTION_STATE_DISPENSED);
    EXPECT_EQ(only<rx::LineDispensed>().covered_until(), "2026-04-27");
    EXPECT_EQ(only<rx::LineDispensed>().quantity_milli(), 28'000);
    EXPECT_EQ(only<rx::PrescriptionDispensed>().dispenser_institution_id(), kClinic);
    platform.drain();
    EXPECT_EQ(rows("registries", "dispense_copies"), 1);
    EXPECT_EQ(rows("billing", "dispense_copies"), 1);
    referrals::v1::GetReferralRequest get;
    get.set_referral_id(referral_id);
    EXPECT_TRUE(ok<referrals::v1::Referral>(kTeamDoctor, referrals("GetReferral"), get)
                    .discharge_drugs_supplied());
}

void Walk::step24_clinic_sends_its_list_and_the_prescription_is_settled() {
    at("2026-03-31T15:11");
    auto list = billing::test::outpatient_s3(kResident, kPrescription);
    list.set_list_id("s3");
    const auto settled = submit(kVillageCoder, list);
    EXPECT_EQ(settled.state(), billing::v1::CASE_STATE_ACCEPTED);
    EXPECT_EQ(settled.payee_institution_id(), kCentre);
    EXPECT_EQ(settled.benefit().ratio_e8(), 88'000'000);
    EXPECT_EQ(settled.benefit().basic_fen(), 7'392);
    EXPECT_EQ(settled.benefit().personal_total_fen(), 1'008);
    platform.drain();
    EXPECT_EQ(only<rx::PrescriptionSettled>().list_id(), "s3");
    EXPECT_THAT(history("prescriptions", kPrescription),
                ElementsAre("prescription.drafted", "prescription.signed", "prescription.checked",
                            "prescription.became_effective", "prescription.claimed",
                            "line.dispensed", "prescription.dispensed", "prescription.settled"));
}

}  // namespace yilian::functional::walk
