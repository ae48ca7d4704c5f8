// Acceptance examples of prescriptions.md 9 on the whole service, and steps 21 to 24 of the walk of
// events.md 7. Pure rules have their examples in the domain tests.
#include "services/prescriptions/tests/service_fixture.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::prescriptions::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class Acceptance : public Service {
  protected:
    v1::PreCheckResponse pre_check(const v1::PrescriptionContent& content,
                                   const std::string& resident_id = "r1") {
        v1::PreCheckRequest request;
        request.set_resident_id(resident_id);
        *request.mutable_content() = content;
        return site_.change<v1::PreCheckResponse>(kDoctor, "PreCheck", request);
    }
    static v1::AssessLongRequest ask(std::int32_t days,
                                     const std::string& disease = "hypertension") {
        v1::AssessLongRequest request;
        request.set_resident_id("r1");
        request.set_disease_code(disease);
        request.set_days(days);
        request.add_drug_codes(kAmlodipine);
        request.set_patient_confirmed(true);
        return request;
    }
    void assessed(std::int32_t days) {
        v1::RecordLongAssessmentRequest request;
        request.set_resident_id("r1");
        request.set_disease_code("hypertension");
        request.set_days(days);
        request.add_drug_codes(kAmlodipine);
        request.set_patient_confirmed(true);
        site_.change<v1::LongAssessment>(kDoctor, "RecordLongAssessment", request);
    }
    v1::CancelPrescriptionRequest cancel_of(const std::string& id) {
        auto request = on<v1::CancelPrescriptionRequest>(id);
        request.set_reason_code("PRESCRIBING_ERROR");
        return request;
    }
    v1::ReleaseClaimRequest release_of(const std::string& id, const std::string& secret) {
        auto request = on<v1::ReleaseClaimRequest>(id);
        request.set_secret(secret);
        return request;
    }
};
YILIAN_ON_BOTH_DRIVERS(Acceptance);

TEST_P(Acceptance, RX_01_NotClaimableAfterTheIssueDay) {
    site_.clock("2026-03-06T23:10:00");
    const auto p = site_.effective("r1", PrescriptionSite::content());
    EXPECT_EQ(shown(p.valid_until()), "2026-03-07T00:00:00");
    site_.clock("2026-03-07T00:05:00");
    EXPECT_EQ(site_.get(p.prescription_id()).state(), v1::PRESCRIPTION_STATE_EXPIRED);
    EXPECT_EQ(
        site_.refusal<v1::ClaimPrescriptionResponse>(
            kClinic, "ClaimPrescription", on<v1::ClaimPrescriptionRequest>(p.prescription_id())),
        "EXPIRED");
    EXPECT_THAT(site_.events(p.prescription_id()), Contains("prescription.expired"));
}

TEST_P(Acceptance, RX_02_NotedDaysOfValidity) {
    site_.clock("2026-03-06T23:10:00");
    auto content = PrescriptionSite::content();
    content.set_validity_days(3);
    content.set_validity_reason_code("DISTANCE");
    EXPECT_EQ(shown(site_.effective("r1", content).valid_until()), "2026-03-09T00:00:00");
}

TEST_P(Acceptance, RX_04_and_RX_05_AreRefusedAtSigning) {
    const auto six = PrescriptionSite::content(
        v1::PRESCRIPTION_KIND_NORMAL,
        {kAmlodipine, kValsartan, kMetformin, kAmoxicillin, kValsartanAmlodipine, kAmlodipine});
    EXPECT_EQ(site_.refusal(kDoctor, "SignPrescription", site_.sign_of(site_.drafted("r1", six))),
              "TOO_MANY_LINES");
    const auto mixed = PrescriptionSite::content(v1::PRESCRIPTION_KIND_NORMAL,
                                                 {kAmlodipine, kMetformin, kLiquorice});
    EXPECT_EQ(site_.refusal(kDoctor, "SignPrescription", site_.sign_of(site_.drafted("r1", mixed))),
              "PIECES_NOT_SEPARATE");
}

TEST_P(Acceptance, RX_06_EmergencyOfFiveDays) {
    const auto found =
        pre_check(PrescriptionSite::content(v1::PRESCRIPTION_KIND_EMERGENCY, {kAmlodipine}, 5));
    EXPECT_EQ(found.highest_level(), v1::FINDING_LEVEL_BLOCK);
    ASSERT_GE(found.findings_size(), 1);
    EXPECT_EQ(found.findings(0).rule_id(), "QUANTITY");
    EXPECT_THAT(found.findings(0).values(), ElementsAre("days=5", "limit=3"));
    EXPECT_EQ(found.rule_set_version(), "yilian-base/1+demo@2026.1");
}

TEST_P(Acceptance, RX_07_and_RX_10_LimitsOfTheDistrictBind) {
    site_.clock("2026-03-06T10:00:00");
    site_.visit("r1", "v1", "2026-03-02");
    const auto refused = site_.attempt<v1::LongAssessment>(kDoctor, "AssessLong", ask(84));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().reason, "LONG_QUANTITY_EXCEEDED");
    EXPECT_EQ(refused.error().metadata.at("binding_limit"), "DISTRICT");
    EXPECT_EQ(refused.error().metadata.at("limit"), "56");
    EXPECT_EQ(site_.refusal<v1::LongAssessment>(kDoctor, "AssessLong", ask(21)),
              "LONG_QUANTITY_TOO_SMALL");
    const auto fits = site_.change<v1::LongAssessment>(kDoctor, "AssessLong", ask(56));
    EXPECT_TRUE(fits.strict());
    EXPECT_EQ(fits.limit_days(), 56);
    EXPECT_EQ(fits.valid_until(), "2026-05-31");
}

TEST_P(Acceptance, RX_11_OldEvidenceAndNoRegistryToAsk) {
    site_.clock("2026-03-06T10:00:00");
    site_.visit("r1", "v1", "2025-11-20");
    // The copy is old and nobody answers: refused, never guessed. With an answer:
    // registry_test.cpp.
    EXPECT_EQ(site_.refusal<v1::LongAssessment>(kDoctor, "AssessLong", ask(28)),
              "DEPENDENCY_UNAVAILABLE");
}

TEST_P(Acceptance, RX_12_AntibioticIsExcluded) {
    site_.clock("2026-03-06T10:00:00");
    site_.visit("r1", "v1", "2026-03-02");
    auto request = ask(28);
    request.add_drug_codes(kAmoxicillin);
    EXPECT_EQ(site_.refusal<v1::LongAssessment>(kDoctor, "AssessLong", request),
              "LONG_DRUG_EXCLUDED");
}

TEST_P(Acceptance, RX_15_OverlapOfThirteenDaysWarns) {
    site_.clock("2026-01-05T10:00:00");
    auto content = PrescriptionSite::content(v1::PRESCRIPTION_KIND_NORMAL, {kAmlodipine}, 28);
    content.mutable_lines(0)->set_longer_reason_code("CHRONIC");
    const auto p = site_.effective("r1", content);
    const auto done = site_.dispensed(kClinic, p.prescription_id());
    EXPECT_EQ(done.lines(0).covered_until(), "2026-02-01");
    site_.clock("2026-01-20T10:00:00");
    const auto found = pre_check(PrescriptionSite::content());
    ASSERT_GE(found.findings_size(), 1);
    bool overlap = false;
    for (const v1::Finding& f : found.findings()) {
        if (f.rule_id() != "OVERLAP") continue;
        overlap = true;
        EXPECT_EQ(f.level(), v1::FINDING_LEVEL_WARN);
        EXPECT_THAT(f.values(), Contains("overlap_days=13"));
    }
    EXPECT_TRUE(overlap);
}

TEST_P(Acceptance, RX_13_InstancesOfALongPrescription) {
    PrescriptionSite changle(GetParam(), "370725");
    changle.people_and_places();
    changle.resident("r1");
    changle.clock("2026-01-05T09:00:00");
    changle.visit("r1", "v1", "2026-01-02");
    v1::RecordLongAssessmentRequest assessment;
    assessment.set_resident_id("r1");
    assessment.set_disease_code("hypertension");
    assessment.set_days(84);
    assessment.add_drug_codes(kAmlodipine);
    assessment.set_patient_confirmed(true);
    changle.change<v1::LongAssessment>(kDoctor, "RecordLongAssessment", assessment);
    auto content = PrescriptionSite::content(v1::PRESCRIPTION_KIND_LONG, {kAmlodipine}, 84);
    content.set_instance_count(3);
    const auto parent = changle.effective("r1", content);
    EXPECT_TRUE(parent.long_());
    const auto list = changle.instances(parent);
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].due_on(), "2026-01-05");
    EXPECT_EQ(list[1].due_on(), "2026-02-02");
    EXPECT_EQ(list[2].due_on(), "2026-03-02");
    for (const auto& i : list) EXPECT_EQ(i.lines(0).content().days(), 28);
    EXPECT_EQ(list[0].state(), v1::PRESCRIPTION_STATE_EFFECTIVE);
    EXPECT_EQ(list[1].state(), v1::PRESCRIPTION_STATE_FUTURE);
    EXPECT_EQ(shown(list[1].valid_until()), "2026-02-03T00:00:00");
    // The parent itself is not for pick-up.
    EXPECT_EQ(changle.refusal<v1::ClaimPrescriptionResponse>(
                  kDispenser, "ClaimPrescription",
                  on<v1::ClaimPrescriptionRequest>(parent.prescription_id())),
              "NOT_EFFECTIVE");
    changle.dispensed(kDispenser, list[0].prescription_id());
    changle.clock("2026-01-29T23:59:00");
    EXPECT_EQ(changle.get(list[1].prescription_id()).state(), v1::PRESCRIPTION_STATE_FUTURE);
    changle.clock("2026-01-30T00:00:00");
    EXPECT_EQ(changle.get(list[1].prescription_id()).state(), v1::PRESCRIPTION_STATE_EFFECTIVE);
    EXPECT_THAT(changle.events(parent.prescription_id()),
                ElementsAre("prescription.drafted", "prescription.signed", "prescription.checked",
                            "prescription.became_effective", "instance.planned", "instance.planned",
                            "instance.planned"));
    // What is left goes with the parent.
    changle.change<v1::CancelPrescriptionResponse>(kDoctor, "CancelPrescription",
                                                   cancel_of(parent.prescription_id()));
    EXPECT_EQ(changle.get(list[0].prescription_id()).state(), v1::PRESCRIPTION_STATE_DISPENSED);
    EXPECT_EQ(changle.get(list[1].prescription_id()).state(), v1::PRESCRIPTION_STATE_CANCELLED);
    EXPECT_EQ(changle.get(list[2].prescription_id()).state(), v1::PRESCRIPTION_STATE_CANCELLED);
    EXPECT_EQ(changle.count("long_prescriptions"), 1);
    EXPECT_THAT(changle.violations(), IsEmpty());
}

TEST_P(Acceptance, RX_16_OneOfTwoDispensersHasIt) {
    const auto p = site_.effective("r1", PrescriptionSite::content(v1::PRESCRIPTION_KIND_SHARED));
    const auto first = site_.claimed(kClinic, p.prescription_id());
    EXPECT_GE(first.secret().size(), 40U);
    EXPECT_EQ(
        site_.refusal<v1::ClaimPrescriptionResponse>(
            kClinic2, "ClaimPrescription", on<v1::ClaimPrescriptionRequest>(p.prescription_id())),
        "ALREADY_CLAIMED");
}

TEST_P(Acceptance, RX_16_ResendIsAnsweredTheSameSecretThatIsKeptNowhere) {
    const auto p = site_.effective("r1", PrescriptionSite::content());
    auto request = on<v1::ClaimPrescriptionRequest>(p.prescription_id());
    request.set_request_id(runtime::new_request_id());
    request.set_secret_seed("seed-of-the-clinic-01");
    const auto first =
        site_.change<v1::ClaimPrescriptionResponse>(kClinic, "ClaimPrescription", request);
    const auto again =
        site_.change<v1::ClaimPrescriptionResponse>(kClinic, "ClaimPrescription", request);
    EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
    static constexpr storage::Query kAnswers{"test.answers", "SELECT answer FROM request_keys"};
    static constexpr storage::Query kClaims{"test.claims", "SELECT secret_sha256 FROM claims"};
    (void)site_.app().store().read([&](storage::Transaction& tx) {
        for (const auto& row : tx.select(kAnswers)) {
            EXPECT_THAT(row.bytes(0), Not(::testing::HasSubstr(first.secret())));
        }
        for (const auto& row : tx.select(kClaims)) EXPECT_NE(row.text(0), first.secret());
    });
    const auto read = site_.get(p.prescription_id(), kClinic);
    EXPECT_THAT(read.SerializeAsString(), Not(::testing::HasSubstr(first.secret())));
}

TEST_P(Acceptance, RX_17_LeaseEndsAndTheOldSecretWithIt) {
    site_.clock("2026-03-06T09:00:00");
    const auto p = site_.effective("r1", PrescriptionSite::content());
    const auto claim = site_.claimed(kClinic, p.prescription_id());
    EXPECT_EQ(shown(claim.claim().leased_until()), "2026-03-06T11:00:00");
    site_.clock("2026-03-06T11:00:00");
    const auto back = site_.get(p.prescription_id());
    EXPECT_EQ(back.state(), v1::PRESCRIPTION_STATE_EFFECTIVE);
    EXPECT_FALSE(back.has_claim());
    EXPECT_EQ(
        site_.refusal(kClinic, "ReleaseClaim", release_of(p.prescription_id(), claim.secret())),
        "SECRET_MISMATCH");
    EXPECT_EQ(site_.refusal(kClinic, "DispenseLine",
                            site_.dispense_of(p.prescription_id(), claim.secret(), 7000)),
              "SECRET_MISMATCH");
    // Taken again by the same institution, the old secret stays useless.
    const auto next = site_.claimed(kClinic, p.prescription_id());
    EXPECT_NE(next.secret(), claim.secret());
    EXPECT_EQ(
        site_.refusal(kClinic, "ReleaseClaim", release_of(p.prescription_id(), claim.secret())),
        "SECRET_MISMATCH");
    EXPECT_EQ(
        site_.refusal(kClinic2, "ReleaseClaim", release_of(p.prescription_id(), next.secret())),
        "SECRET_MISMATCH");
}

TEST_P(Acceptance, RX_18_CancelWhileWithADispenserGivenBack) {
    const auto p = site_.effective("r1", PrescriptionSite::content());
    const auto claim = site_.claimed(kClinic, p.prescription_id());
    const auto answer = site_.change<v1::CancelPrescriptionResponse>(
        kDoctor, "CancelPrescription", cancel_of(p.prescription_id()));
    EXPECT_EQ(answer.answer(), v1::CANCEL_ANSWER_WITH_DISPENSER_MARKED);
    EXPECT_EQ(answer.prescription().state(), v1::PRESCRIPTION_STATE_CANCEL_PENDING);
    const auto back =
        site_.change(kClinic, "ReleaseClaim", release_of(p.prescription_id(), claim.secret()));
    EXPECT_EQ(back.state(), v1::PRESCRIPTION_STATE_CANCELLED);
    EXPECT_EQ(back.reason_code(), "PRESCRIBING_ERROR");
    EXPECT_THAT(site_.events(p.prescription_id()),
                ElementsAre("prescription.drafted", "prescription.signed", "prescription.checked",
                            "prescription.became_effective", "prescription.claimed",
                            "cancel.requested", "prescription.released", "prescription.cancelled"));
}

TEST_P(Acceptance, RX_18_CancelWhileWithADispenserDispensed) {
    const auto p = site_.effective("r1", PrescriptionSite::content());
    const auto claim = site_.claimed(kClinic, p.prescription_id());
    site_.change<v1::CancelPrescriptionResponse>(kDoctor, "CancelPrescription",
                                                 cancel_of(p.prescription_id()));
    const auto done = site_.change(kClinic, "DispenseLine",
                                   site_.dispense_of(p.prescription_id(), claim.secret(), 7000));
    EXPECT_EQ(done.state(), v1::PRESCRIPTION_STATE_DISPENSED);
    EXPECT_THAT(site_.events(p.prescription_id()), Contains("cancel.voided"));
    EXPECT_EQ(site_.refusal<v1::CancelPrescriptionResponse>(kDoctor, "CancelPrescription",
                                                            cancel_of(p.prescription_id())),
              "ALREADY_DISPENSED");
}

TEST_P(Acceptance, RX_18_LeaseEndsWhileACancelWaits) {
    site_.clock("2026-03-06T09:00:00");
    const auto p = site_.effective("r1", PrescriptionSite::content());
    (void)site_.claimed(kClinic, p.prescription_id());
    site_.change<v1::CancelPrescriptionResponse>(kDoctor, "CancelPrescription",
                                                 cancel_of(p.prescription_id()));
    site_.clock("2026-03-06T11:00:00");
    EXPECT_EQ(site_.get(p.prescription_id()).state(), v1::PRESCRIPTION_STATE_CANCELLED);
}

TEST_P(Acceptance, RX_20_TraceCodeOfYesterdayAtAnotherMember) {
    site_.clock("2026-03-05T10:00:00");
    auto shared = PrescriptionSite::content(v1::PRESCRIPTION_KIND_SHARED);
    const auto first = site_.effective("r1", shared);
    const auto claim = site_.claimed(kClinic, first.prescription_id());
    auto dispense = site_.dispense_of(first.prescription_id(), claim.secret(), 7000);
    dispense.set_trace_codes(0, "81000000000000000001");
    site_.change(kClinic, "DispenseLine", dispense);
    site_.clock("2026-03-06T10:00:00");
    site_.resident("r2");
    const auto second = site_.effective("r2", shared);
    const auto other = site_.claimed(kClinic2, second.prescription_id());
    auto again = site_.dispense_of(second.prescription_id(), other.secret(), 7000);
    again.set_trace_codes(0, "81000000000000000001");
    again.set_request_id(runtime::new_request_id());
    EXPECT_EQ(site_.refusal(kClinic2, "DispenseLine", again), "TRACE_CODE_USED");
    EXPECT_EQ(site_.refusal(kClinic2, "DispenseLine", again), "TRACE_CODE_USED");
    const auto all = site_.events("");
    EXPECT_EQ(std::ranges::count(all, "trace_code.conflict_found"), 1);
    again.set_request_id("");
    again.set_trace_codes(0, site_.next_trace());
    EXPECT_EQ(site_.change(kClinic2, "DispenseLine", again).state(),
              v1::PRESCRIPTION_STATE_DISPENSED);
}

TEST_P(Acceptance, RX_21_TwentyOfThirty) {
    auto content = PrescriptionSite::content(v1::PRESCRIPTION_KIND_NORMAL, {kAmlodipine}, 30);
    content.mutable_lines(0)->set_longer_reason_code("CHRONIC");
    const auto p = site_.effective("r1", content);
    const auto claim = site_.claimed(kClinic, p.prescription_id());
    const auto part = site_.change(kClinic, "DispenseLine",
                                   site_.dispense_of(p.prescription_id(), claim.secret(), 20'000));
    EXPECT_EQ(part.state(), v1::PRESCRIPTION_STATE_PARTLY_DISPENSED);
    EXPECT_EQ(part.lines(0).state(), v1::LINE_STATE_PARTLY);
    EXPECT_EQ(site_.refusal(kClinic, "DispenseLine",
                            site_.dispense_of(p.prescription_id(), claim.secret(), 15'000)),
              "QUANTITY_EXCEEDS_LINE");
    EXPECT_EQ(
        site_.refusal(kClinic, "ReleaseClaim", release_of(p.prescription_id(), claim.secret())),
        "ALREADY_DISPENSED");
    const auto full = site_.change(kClinic, "DispenseLine",
                                   site_.dispense_of(p.prescription_id(), claim.secret(), 10'000));
    EXPECT_EQ(full.state(), v1::PRESCRIPTION_STATE_DISPENSED);
    EXPECT_EQ(full.lines(0).state(), v1::LINE_STATE_FULLY);
    EXPECT_EQ(site_.last_event<v1::LineDispensed>(p.prescription_id()).days_supplied(), 10);
    EXPECT_EQ(site_.count("prescriptions_dispensed"), 1);
}

TEST_P(Acceptance, RX_21_WhatIsNotCollectedEndsWithTheLease) {
    site_.clock("2026-03-06T09:00:00");
    const auto p = site_.effective("r1", PrescriptionSite::content());
    const auto claim = site_.claimed(kClinic, p.prescription_id());
    site_.change(kClinic, "DispenseLine",
                 site_.dispense_of(p.prescription_id(), claim.secret(), 3000));
    site_.clock("2026-03-06T11:00:00");
    const auto done = site_.get(p.prescription_id());
    EXPECT_EQ(done.state(), v1::PRESCRIPTION_STATE_DISPENSED);
    EXPECT_EQ(done.lines(0).non_dispense_reason(), "NOT_COLLECTED");
    EXPECT_EQ(site_.last_event<v1::LineNotDispensed>(p.prescription_id()).quantity_milli(), 4000);
}

TEST_P(Acceptance, RX_27_ExtendedNeedsPlanAndContract) {
    auto content = PrescriptionSite::content(v1::PRESCRIPTION_KIND_EXTENDED);
    EXPECT_EQ(site_.refusal(kDoctor, "DraftPrescription", site_.draft_of("r1", content)),
              "REFERRAL_PLAN_MISSING");
    content.set_referral_id("ref1");
    site_.referral_back("r1", "ref1", {kAmlodipine});
    EXPECT_EQ(site_.refusal(kDoctor, "DraftPrescription", site_.draft_of("r1", content)),
              "NOT_CONTRACTED");
    site_.contract("r1", "c1");
    EXPECT_EQ(site_.drafted("r1", content).state(), v1::PRESCRIPTION_STATE_DRAFT);
}

TEST_P(Acceptance, RX_29_IncompatiblePiecesAreSignedTwice) {
    auto content =
        PrescriptionSite::content(v1::PRESCRIPTION_KIND_TCM_PIECES, {kLiquorice, kGansui});
    content.mutable_diagnoses(0)->set_tcm_syndrome("B04");
    const auto p = site_.is_signed("r1", content);
    EXPECT_EQ(p.state(), v1::PRESCRIPTION_STATE_PHARMACIST_REVIEW);
    EXPECT_EQ(
        site_.refusal(kPharmacist, "ReviewPass", on<v1::ReviewPassRequest>(p.prescription_id())),
        "STATE_TRANSITION_NOT_ALLOWED");
    auto back = on<v1::ReviewReturnRequest>(p.prescription_id());
    back.set_reason_code("INCOMPATIBILITY");
    site_.change(kPharmacist, "ReviewReturn", back);
    auto twice = on<v1::DoubleSignRequest>(p.prescription_id());
    EXPECT_EQ(site_.refusal(kDoctor, "DoubleSign", twice), "OVERRIDE_REASON_MISSING");
    twice.set_override_reason_code("CLINICAL_NEED");
    twice.clear_request_id();
    EXPECT_EQ(site_.change(kDoctor, "DoubleSign", twice).state(),
              v1::PRESCRIPTION_STATE_PHARMACIST_REVIEW);
    const auto passed =
        site_.change(kPharmacist, "ReviewPass", on<v1::ReviewPassRequest>(p.prescription_id()));
    EXPECT_EQ(passed.state(), v1::PRESCRIPTION_STATE_EFFECTIVE);
    EXPECT_EQ(passed.reviews_size(), 4);
    EXPECT_EQ(site_.last_event<v1::PrescriptionDoubleSigned>(p.prescription_id()).rule_ids(0),
              "TCM_INCOMPATIBLE");
}

TEST_P(Acceptance, RX_30_BlockingFindingIsNotOverridden) {
    directory::v1::ResidentHealthCodesRecorded codes;
    codes.set_resident_id("r1");
    codes.add_allergy_codes("PENICILLIN");
    site_.fact(codes);
    const auto p = site_.is_signed(
        "r1", PrescriptionSite::content(v1::PRESCRIPTION_KIND_NORMAL, {kAmoxicillin}));
    EXPECT_EQ(p.state(), v1::PRESCRIPTION_STATE_RETURNED);
    auto twice = on<v1::DoubleSignRequest>(p.prescription_id());
    twice.set_override_reason_code("CLINICAL_NEED");
    EXPECT_EQ(site_.refusal(kDoctor, "DoubleSign", twice), "LEVEL_NOT_OVERRIDABLE");
    EXPECT_THAT(p.allowed_actions(),
                ElementsAre("AbandonPrescription", "SignPrescription", "UpdateDraft"));
}

TEST_P(Acceptance, DuplicateIngredientIsFound) {
    const auto found = pre_check(PrescriptionSite::content(v1::PRESCRIPTION_KIND_NORMAL,
                                                           {kAmlodipine, kValsartanAmlodipine}));
    EXPECT_EQ(found.highest_level(), v1::FINDING_LEVEL_DOUBLE_SIGN);
}

TEST_P(Acceptance, StayInHospitalEndsTheEligibility) {
    site_.clock("2026-03-06T10:00:00");
    site_.visit("r1", "v1", "2026-03-02");
    assessed(28);
    referrals::v1::ReferralCareStarted care;
    care.set_referral_id("ref1");
    care.set_resident_id("r1");
    care.set_inpatient(true);
    set_local(care.mutable_admitted_at(), "2026-03-06T09:00:00");
    site_.fact(care);
    const auto ended = site_.last_event<v1::LongPrescriptionAssessed>("r1");
    EXPECT_FALSE(ended.eligible());
    EXPECT_EQ(ended.reassess_reason(), "HOSPITAL_STAY");
    // Signing a long prescription now goes back to the doctor.
    const auto p = site_.is_signed(
        "r1", PrescriptionSite::content(v1::PRESCRIPTION_KIND_LONG, {kAmlodipine}, 28));
    EXPECT_EQ(p.state(), v1::PRESCRIPTION_STATE_RETURNED);
    // Discharged, seen again after it: eligible anew.
    billing::v1::SettlementListAccepted list;
    list.set_list_id("s1");
    list.set_case_key("H1/s1");
    list.set_version(1);
    list.set_resident_id("r1");
    list.set_treatment_type(billing::v1::TREATMENT_TYPE_INPATIENT);
    list.set_admission_date("2026-03-06");
    list.set_discharge_date("2026-03-12");
    site_.clock("2026-03-20T10:00:00");
    site_.fact(list);
    site_.visit("r1", "v2", "2026-03-19");
    assessed(28);
    EXPECT_TRUE(site_.last_event<v1::LongPrescriptionAssessed>("r1").eligible());
}

// Steps 21 to 24 with the names, dates and numbers of the walk.
TEST_P(Acceptance, WalkOfEventsMd7) {
    site_.clock("2026-03-31T09:30:00");
    site_.contract("r1", "c");
    site_.referral_back("r1", "ref1", {kAmlodipine});
    site_.visit("r1", "visit-3", "2026-03-31");
    site_.clock("2026-03-31T10:00:00");
    const auto assessment = site_.change<v1::LongAssessment>(kDoctor, "AssessLong", ask(28));
    EXPECT_EQ(assessment.limit_days(), 56);
    EXPECT_EQ(assessment.binding_limit(), v1::LIMIT_SOURCE_DISTRICT);
    EXPECT_FALSE(assessment.strict());
    assessed(28);
    site_.clock("2026-03-31T10:05:00");
    auto content = PrescriptionSite::content(v1::PRESCRIPTION_KIND_EXTENDED, {kAmlodipine}, 28);
    content.set_referral_id("ref1");
    const auto draft = site_.drafted("r1", content);
    site_.clock("2026-03-31T10:10:00");
    const auto in_review = site_.change(kDoctor, "SignPrescription", site_.sign_of(draft));
    EXPECT_EQ(in_review.state(), v1::PRESCRIPTION_STATE_PHARMACIST_REVIEW);
    EXPECT_TRUE(in_review.long_());
    site_.clock("2026-03-31T10:40:00");
    const auto id = draft.prescription_id();
    const auto passed = site_.change(kPharmacist, "ReviewPass", on<v1::ReviewPassRequest>(id));
    EXPECT_EQ(shown(passed.valid_until()), "2026-04-03T00:00:00");
    site_.clock("2026-03-31T15:00:00");
    const auto claim = site_.claimed(kClinic, id);
    EXPECT_EQ(shown(claim.claim().leased_until()), "2026-03-31T17:00:00");
    site_.clock("2026-03-31T15:10:00");
    const auto done =
        site_.change(kClinic, "DispenseLine", site_.dispense_of(id, claim.secret(), 28'000));
    EXPECT_EQ(done.state(), v1::PRESCRIPTION_STATE_DISPENSED);
    EXPECT_EQ(done.lines(0).covered_until(), "2026-04-27");
    EXPECT_EQ(site_.last_event<v1::LineDispensed>(id).covered_until(), "2026-04-27");
    site_.clock("2026-03-31T15:11:00");
    site_.benefit("r1", id, "s3");
    const auto settled = site_.get(id);
    EXPECT_EQ(settled.state(), v1::PRESCRIPTION_STATE_SETTLED);
    EXPECT_EQ(settled.list_id(), "s3");
    EXPECT_THAT(site_.events(id),
                ElementsAre("prescription.drafted", "prescription.signed", "prescription.checked",
                            "prescription.became_effective", "prescription.claimed",
                            "line.dispensed", "prescription.dispensed", "prescription.settled"));
    EXPECT_EQ(site_.count("prescriptions_dispensed"), 1);
    EXPECT_EQ(site_.count("long_prescriptions"), 1);
    site_.clock("2026-04-30T00:00:00");
    EXPECT_EQ(site_.get(id).state(), v1::PRESCRIPTION_STATE_CLOSED);
}

}  // namespace
}  // namespace yilian::prescriptions::testing
