// Who may do what, and what is known of one person under several ids.
#include <filesystem>
#include <fstream>

#include "services/prescriptions/app/keys.h"
#include "services/prescriptions/tests/service_fixture.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::prescriptions::testing {
namespace {

using ::testing::IsEmpty;

class Person : public Service {};
YILIAN_ON_BOTH_DRIVERS(Person);

// What is known of the merged id counts for the person, and stands for itself again after a split.
TEST_P(Person, FactsOfAMergedResidentCountForThePerson) {
    site_.clock("2026-01-05T09:00:00");
    site_.resident("r2");
    site_.contract("r2", "c2");
    site_.visit("r2", "v2", "2026-01-02");
    site_.referral_back("r2", "ref2", {kAmlodipine});
    directory::v1::ResidentHealthCodesRecorded codes;
    codes.set_resident_id("r2");
    codes.add_allergy_codes("PENICILLIN");
    site_.fact(codes);
    v1::RecordLongAssessmentRequest assessment;
    assessment.set_resident_id("r2");
    assessment.set_disease_code("hypertension");
    assessment.set_days(28);
    site_.change<v1::LongAssessment>(kDoctor, "RecordLongAssessment", assessment);
    const auto allergy = [&] {
        v1::PreCheckRequest ask;
        ask.set_resident_id("r1");
        *ask.mutable_content() =
            PrescriptionSite::content(v1::PRESCRIPTION_KIND_NORMAL, {kAmoxicillin}, 3);
        const auto found = site_.change<v1::PreCheckResponse>(kDoctor, "PreCheck", ask);
        return std::ranges::any_of(found.findings(), [](const v1::Finding& f) {
            return f.rule_id() == "ALLERGY" && f.level() == v1::FINDING_LEVEL_BLOCK;
        });
    };
    auto extended = PrescriptionSite::content(v1::PRESCRIPTION_KIND_EXTENDED);
    extended.set_referral_id("ref2");
    v1::GetLongEligibilityRequest eligibility;
    eligibility.set_resident_id("r1");
    eligibility.set_disease_code("hypertension");
    EXPECT_FALSE(allergy());
    EXPECT_EQ(site_.refusal(kDoctor, "DraftPrescription", site_.draft_of("r1", extended)),
              "REFERRAL_PLAN_MISSING");
    EXPECT_EQ(site_.refusal<v1::LongAssessment>(kDoctor, "GetLongEligibility", eligibility),
              "NOT_FOUND");

    directory::v1::ResidentMerged merged;
    merged.set_from("r2");
    merged.set_to("r1");
    site_.fact(merged);
    EXPECT_TRUE(allergy());
    EXPECT_EQ(site_.drafted("r1", extended).state(), v1::PRESCRIPTION_STATE_DRAFT);
    EXPECT_TRUE(
        site_.change<v1::LongAssessment>(kDoctor, "GetLongEligibility", eligibility).eligible());
    // A stay that is told of the old id ends it all the same.
    referrals::v1::ReferralCareStarted care;
    care.set_referral_id("ref3");
    care.set_resident_id("r2");
    care.set_inpatient(true);
    site_.fact(care);
    EXPECT_FALSE(
        site_.change<v1::LongAssessment>(kDoctor, "GetLongEligibility", eligibility).eligible());

    directory::v1::ResidentSplit split;
    split.set_from("r1");
    split.add_to("r2");
    site_.fact(split);
    EXPECT_FALSE(allergy());
    EXPECT_EQ(site_.refusal<v1::LongAssessment>(kDoctor, "GetLongEligibility", eligibility),
              "NOT_FOUND");
}

TEST_P(Person, WhoMayCancelStandsInTheRowOfTheState) {
    site_.clock("2026-01-05T09:00:00");
    site_.visit("r1", "v1", "2026-01-02");
    v1::RecordLongAssessmentRequest assessment;
    assessment.set_resident_id("r1");
    assessment.set_disease_code("hypertension");
    assessment.set_days(56);
    assessment.set_patient_confirmed(true);
    site_.change<v1::LongAssessment>(kDoctor, "RecordLongAssessment", assessment);
    auto content = PrescriptionSite::content(v1::PRESCRIPTION_KIND_LONG, {kAmlodipine}, 56);
    content.set_instance_count(2);
    const auto list = site_.instances(site_.effective("r1", content));
    ASSERT_EQ(list.size(), 2U);
    ASSERT_EQ(list[1].state(), v1::PRESCRIPTION_STATE_FUTURE);
    auto cancel = on<v1::CancelPrescriptionRequest>(list[1].prescription_id());
    cancel.set_reason_code("PHARMACIST_REQUEST");
    // Row 29 is the doctor's, row 18 the pharmacist's as well.
    EXPECT_EQ(
        site_.refusal<v1::CancelPrescriptionResponse>(kPharmacist, "CancelPrescription", cancel),
        "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_THAT(site_.get(list[1].prescription_id(), kPharmacist).allowed_actions(), IsEmpty());
    cancel.set_prescription_id(list[0].prescription_id());
    EXPECT_EQ(
        site_.change<v1::CancelPrescriptionResponse>(kPharmacist, "CancelPrescription", cancel)
            .prescription()
            .state(),
        v1::PRESCRIPTION_STATE_CANCELLED);
    cancel.set_prescription_id(list[1].prescription_id());
    EXPECT_EQ(site_.change<v1::CancelPrescriptionResponse>(kDoctor, "CancelPrescription", cancel)
                  .prescription()
                  .state(),
              v1::PRESCRIPTION_STATE_CANCELLED);
}

TEST(ClaimKey, IsASecretOfItsOwnThatProductionMustHave) {
    runtime::TestSite site;
    config::ServiceConfig config = site.config("prescriptions");
    const auto write = [&](const char* name, const char* text) {
        std::ofstream(site.file(name)) << text;
        std::filesystem::permissions(site.file(name), std::filesystem::perms::owner_read);
        return site.file(name);
    };
    const auto secret_of = [](const config::ServiceConfig& from) {
        const auto secrets = app::ClaimSecrets::load(from);
        EXPECT_TRUE(secrets.ok()) << secrets.status();
        return secrets.ok() ? secrets->make("B1", "p", "request", "seed") : "";
    };
    config.secrets = {{"page_token_key", write("page", "of pages")}};
    config.profile = config::Profile::kProduction;
    EXPECT_EQ(app::ClaimSecrets::load(config).status().code(), absl::StatusCode::kInvalidArgument);
    config.secrets["claim_secret_key"] = write("claim", "of claims");
    const std::string secret = secret_of(config);
    EXPECT_EQ(secret_of(config), secret);
    config.secrets["page_token_key"] = write("other page", "of other pages");
    EXPECT_EQ(secret_of(config), secret) << "page tokens have nothing to do with it";
    config.secrets["claim_secret_key"] = write("other claim", "of other claims");
    EXPECT_NE(secret_of(config), secret);
}

}  // namespace
}  // namespace yilian::prescriptions::testing
