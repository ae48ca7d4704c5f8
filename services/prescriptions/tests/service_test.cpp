// What the acceptance examples leave out: drafts, review, reversal, death, merges, other services'
// answers, the catalogue.
#include <atomic>
#include <filesystem>
#include <fstream>

#include "libs/crypto/signature.h"
#include "services/prescriptions/tests/service_fixture.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/directory/v1/contract_service.pb.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"
#include "yilian/registries/v1/registry_service.pb.h"

namespace yilian::prescriptions::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Flow : public Service {};
YILIAN_ON_BOTH_DRIVERS(Flow);

TEST_P(Flow, DraftIsChangedSignedOrGivenUpByItsPrescriberOnly) {
    const auto p = site_.drafted("r1", PrescriptionSite::content());
    EXPECT_EQ(p.number().substr(0, 12), "350104260101");
    EXPECT_EQ(p.number().size(), 20U);
    EXPECT_THAT(p.allowed_actions(),
                ElementsAre("AbandonPrescription", "SignPrescription", "UpdateDraft"));
    EXPECT_THAT(site_.get(p.prescription_id(), kOtherDoctor).allowed_actions(), IsEmpty());
    auto update = on<v1::UpdateDraftRequest>(p.prescription_id());
    *update.mutable_content() =
        PrescriptionSite::content(v1::PRESCRIPTION_KIND_NORMAL, {kMetformin});
    EXPECT_EQ(site_.refusal(kOtherDoctor, "UpdateDraft", update), "AUTH_RECORD_ACCESS_DENIED");
    update.set_etag("\"9\"");
    EXPECT_EQ(site_.refusal(kDoctor, "UpdateDraft", update), "ETAG_MISMATCH");
    update.set_etag(p.etag());
    const auto changed = site_.change(kDoctor, "UpdateDraft", update);
    EXPECT_EQ(changed.lines(0).content().generic_code(), kMetformin);
    EXPECT_NE(changed.content_sha256(), p.content_sha256());
    const auto gone = site_.change(kDoctor, "AbandonPrescription",
                                   on<v1::AbandonPrescriptionRequest>(p.prescription_id()));
    EXPECT_EQ(gone.state(), v1::PRESCRIPTION_STATE_CANCELLED);
    EXPECT_EQ(site_.refusal(kDoctor, "SignPrescription", site_.sign_of(p)),
              "STATE_TRANSITION_NOT_ALLOWED");
}

TEST_P(Flow, RefusalsOfDrafting) {
    const auto content = PrescriptionSite::content();
    EXPECT_EQ(site_.refusal({"B1", "nobody", {"doctor"}}, "DraftPrescription",
                            site_.draft_of("r1", content)),
              "PRESCRIBER_NO_RIGHT");
    EXPECT_EQ(site_.refusal(kDoctor, "DraftPrescription",
                            site_.draft_of(
                                "r1", PrescriptionSite::content(v1::PRESCRIPTION_KIND_HEALTH, {}))),
              "KIND_DISABLED");
    EXPECT_EQ(site_.refusal(kDoctor, "DraftPrescription", site_.draft_of("r9", content)),
              "RESIDENT_NOT_FOUND");
    auto twice = site_.draft_of("r1", content);
    site_.change(kDoctor, "DraftPrescription", twice);
    EXPECT_EQ(site_.refusal(kDoctor, "DraftPrescription", twice), "ID_REUSED");
    site_.resident("r2");
    site_.died("r2", "2026-01-01");
    EXPECT_EQ(site_.refusal(kDoctor, "DraftPrescription", site_.draft_of("r2", content)),
              "RESIDENT_DECEASED");
}

TEST_P(Flow, AllViolationsAreAnsweredAtOnce) {
    auto request = site_.draft_of("r1", PrescriptionSite::content());
    request.set_prescription_id("short");
    request.mutable_content()->mutable_lines(0)->set_line_no(4);
    request.mutable_content()->mutable_diagnoses(0)->set_code_system("OTHER");
    const auto answer = site_.attempt(kDoctor, "DraftPrescription", request);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().violations.size(), 3U);
}

TEST_P(Flow, SignatureMustBeThatOfTheDayAndOfTheDoctor) {
    const auto p = site_.drafted("r1", PrescriptionSite::content());
    auto sign = site_.sign_of(p);
    sign.mutable_signature()->set_signer_id("gp2");
    EXPECT_EQ(site_.refusal(kDoctor, "SignPrescription", sign), "SIGNATURE_INVALID");
    site_.clock("2026-01-02T09:00:00");
    EXPECT_EQ(site_.refusal(kDoctor, "SignPrescription", site_.sign_of(p)), "SIGNED_DATE_MISMATCH");
    auto update = on<v1::UpdateDraftRequest>(p.prescription_id());
    *update.mutable_content() = PrescriptionSite::content();
    update.mutable_content()->mutable_lines(0)->clear_dose_unit();
    site_.change(kDoctor, "UpdateDraft", update);
    const auto incomplete = site_.attempt(kDoctor, "SignPrescription", site_.sign_of(p));
    ASSERT_FALSE(incomplete.ok());
    EXPECT_EQ(incomplete.error().reason, "CONTENT_INCOMPLETE");
    EXPECT_EQ(incomplete.error().metadata.at("fields"), "lines[0].dose_unit");
}

TEST_P(Flow, SignaturesAreVerifiedWhereKeysAreKnown) {
    const auto key = crypto::SigningKey::generate(crypto::SignatureAlgorithm::kSm2Sm3);
    const std::string dir = site_.site().file("signers");
    std::filesystem::create_directories(dir);
    std::ofstream(dir + "/gp.pem") << key.verify_key().pem();
    site_.settings["signer_keys_dir"] = dir;
    site_.restart();
    const auto p = site_.drafted("r1", PrescriptionSite::content());
    auto sign = site_.sign_of(p);
    EXPECT_EQ(site_.refusal(kDoctor, "SignPrescription", sign), "SIGNATURE_INVALID");
    sign.mutable_signature()->set_value(key.sign(p.content_sha256()));
    EXPECT_EQ(site_.change(kDoctor, "SignPrescription", sign).state(),
              v1::PRESCRIPTION_STATE_PHARMACIST_REVIEW);
}

TEST_P(Flow, ReviewerIsQualifiedAndSomebodyElse) {
    const auto p = site_.is_signed("r1", PrescriptionSite::content());
    const auto pass = on<v1::ReviewPassRequest>(p.prescription_id());
    EXPECT_EQ(site_.refusal({"B1", "gp", {"pharmacist"}}, "ReviewPass", pass),
              "REVIEWER_NOT_QUALIFIED");
    EXPECT_EQ(site_.refusal({"X1", "ph", {"pharmacist"}}, "ReviewPass", pass),
              "AUTH_RECORD_ACCESS_DENIED");
    auto refuse = on<v1::ReviewRefuseRequest>(p.prescription_id());
    refuse.set_reason_code("BECAUSE");
    EXPECT_EQ(site_.refusal(kPharmacist, "ReviewRefuse", refuse), "FIELD_REASON_CODE_INVALID");
    refuse.set_reason_code("INDICATION");
    EXPECT_EQ(site_.change(kPharmacist, "ReviewRefuse", refuse).state(),
              v1::PRESCRIPTION_STATE_REFUSED);
    // gp2 may review, but not what gp2 wrote.
    auto draft = site_.draft_of("r1", PrescriptionSite::content());
    const auto own = site_.change(kOtherDoctor, "DraftPrescription", draft);
    auto sign = site_.sign_of(own);
    sign.mutable_signature()->set_signer_id("gp2");
    site_.change(kOtherDoctor, "SignPrescription", sign);
    EXPECT_EQ(site_.refusal({"B1", "gp2", {"doctor", "pharmacist"}}, "ReviewPass",
                            on<v1::ReviewPassRequest>(own.prescription_id())),
              "REVIEWER_IS_PRESCRIBER");
}

TEST_P(Flow, RefusalsOfDispensing) {
    const auto p = site_.effective("r1", PrescriptionSite::content());
    EXPECT_EQ(
        site_.refusal<v1::ClaimPrescriptionResponse>(
            kClinic2, "ClaimPrescription", on<v1::ClaimPrescriptionRequest>(p.prescription_id())),
        "DISPENSER_NOT_ALLOWED");
    EXPECT_EQ(site_.refusal<v1::ClaimPrescriptionResponse>(
                  {"NEW", "d", {"dispenser"}}, "ClaimPrescription",
                  on<v1::ClaimPrescriptionRequest>(p.prescription_id())),
              "REGION_NOT_ALLOWED");
    const auto claim = site_.claimed(kClinic, p.prescription_id());
    const auto good = site_.dispense_of(p.prescription_id(), claim.secret(), 7000);
    auto bad = good;
    bad.set_secret("wrong");
    EXPECT_EQ(site_.refusal(kClinic, "DispenseLine", bad), "SECRET_MISMATCH");
    bad = good;
    bad.mutable_checks()->set_rationality_checked(false);
    EXPECT_EQ(site_.refusal(kClinic, "DispenseLine", bad), "CHECKS_MISSING");
    bad = good;
    bad.clear_trace_codes();
    EXPECT_EQ(site_.refusal(kClinic, "DispenseLine", bad), "TRACE_CODE_MISSING");
    bad = good;
    bad.set_substitute_code(kMetformin);
    EXPECT_EQ(site_.refusal(kClinic, "DispenseLine", bad), "SUBSTITUTE_NOT_ALLOWED");
    bad = good;
    bad.set_line_no(2);
    EXPECT_EQ(site_.refusal(kClinic, "DispenseLine", bad), "NOT_FOUND");
    EXPECT_EQ(site_.refusal(kOutside, "GetPrescription",
                            on<v1::GetPrescriptionRequest>(p.prescription_id())),
              "AUTH_RECORD_ACCESS_DENIED");
    auto mark = on<v1::MarkNotDispensedRequest>(p.prescription_id());
    mark.set_secret(claim.secret());
    mark.set_line_no(1);
    mark.set_reason_code("WHATEVER");
    EXPECT_EQ(site_.refusal(kClinic, "MarkNotDispensed", mark), "FIELD_REASON_CODE_INVALID");
    mark.set_reason_code("NOT_REQUIRED");
    EXPECT_EQ(site_.change(kClinic, "MarkNotDispensed", mark).state(),
              v1::PRESCRIPTION_STATE_NOT_DISPENSED);
}

TEST_P(Flow, OwedLineIsGivenLater) {
    site_.clock("2026-03-06T09:00:00");
    auto content =
        PrescriptionSite::content(v1::PRESCRIPTION_KIND_NORMAL, {kAmlodipine, kMetformin});
    content.set_validity_days(3);
    content.set_validity_reason_code("DISTANCE");
    const auto p = site_.effective("r1", content);
    const auto claim = site_.claimed(kClinic, p.prescription_id());
    site_.change(kClinic, "DispenseLine",
                 site_.dispense_of(p.prescription_id(), claim.secret(), 7000, 1));
    auto mark = on<v1::MarkNotDispensedRequest>(p.prescription_id());
    mark.set_secret(claim.secret());
    mark.set_line_no(2);
    mark.set_reason_code("OWING_NOTE");
    const auto owed = site_.change(kClinic, "MarkNotDispensed", mark);
    EXPECT_EQ(owed.lines(1).state(), v1::LINE_STATE_OWING);
    EXPECT_EQ(owed.state(), v1::PRESCRIPTION_STATE_PARTLY_DISPENSED);
    site_.clock("2026-03-08T09:00:00");
    EXPECT_EQ(site_
                  .change(kClinic, "DispenseLine",
                          site_.dispense_of(p.prescription_id(), claim.secret(), 7000, 2))
                  .state(),
              v1::PRESCRIPTION_STATE_DISPENSED);
}

TEST_P(Flow, DispensedDrugsComeBackWhenTheSettlementIsReversed) {
    const auto p = site_.effective("r1", PrescriptionSite::content());
    const auto id = p.prescription_id();
    const auto done = site_.dispensed(kClinic, id);
    site_.benefit("r1", id, "s1");
    auto reverse = on<v1::ReverseDispenseRequest>(id);
    reverse.set_dispense_id(done.dispenses(0).dispense_id());
    EXPECT_EQ(site_.refusal(kClinic, "ReverseDispense", reverse), "SETTLEMENT_NOT_REVERSED");
    billing::v1::SettlementListWithdrawn withdrawn;
    withdrawn.set_list_id("s1");
    withdrawn.set_case_key("V1/s1");
    withdrawn.set_resident_id("r1");
    withdrawn.set_prescription_id(id);
    site_.fact(withdrawn);
    EXPECT_EQ(site_.refusal(kClinic, "ReverseDispense", reverse), "TRACE_CODE_MISMATCH");
    reverse.add_trace_codes(done.dispenses(0).trace_codes(0));
    const auto back = site_.change(kClinic, "ReverseDispense", reverse);
    EXPECT_EQ(back.state(), v1::PRESCRIPTION_STATE_REVERSED);
    EXPECT_EQ(back.lines(0).dispensed_milli(), 0);
    EXPECT_EQ(site_.count("prescriptions_dispensed"), 0);
    // The code is free again.
    const auto next = site_.effective("r1", PrescriptionSite::content());
    const auto claim = site_.claimed(kClinic, next.prescription_id());
    auto dispense = site_.dispense_of(next.prescription_id(), claim.secret(), 7000);
    dispense.set_trace_codes(0, done.dispenses(0).trace_codes(0));
    EXPECT_EQ(site_.change(kClinic, "DispenseLine", dispense).state(),
              v1::PRESCRIPTION_STATE_DISPENSED);
}

TEST_P(Flow, SettlementThatCameFirstSettlesWhenDispensed) {
    const auto p = site_.effective("r1", PrescriptionSite::content());
    site_.benefit("r1", p.prescription_id(), "s1");
    EXPECT_EQ(site_.get(p.prescription_id()).state(), v1::PRESCRIPTION_STATE_EFFECTIVE);
    EXPECT_EQ(site_.dispensed(kClinic, p.prescription_id()).state(),
              v1::PRESCRIPTION_STATE_SETTLED);
}

TEST_P(Flow, DeathCancelsWhatIsOpenAndKeepsWhatWasGiven) {
    const auto draft = site_.drafted("r1", PrescriptionSite::content());
    const auto open = site_.effective("r1", PrescriptionSite::content());
    const auto claimed = site_.effective("r1", PrescriptionSite::content());
    (void)site_.claimed(kClinic, claimed.prescription_id());
    const auto part = site_.effective("r1", PrescriptionSite::content());
    const auto claim = site_.claimed(kClinic, part.prescription_id());
    site_.change(kClinic, "DispenseLine",
                 site_.dispense_of(part.prescription_id(), claim.secret(), 3000));
    site_.died("r1", "2026-01-01");
    for (const auto& p : {draft, open, claimed}) {
        EXPECT_EQ(site_.get(p.prescription_id()).state(), v1::PRESCRIPTION_STATE_CANCELLED);
        EXPECT_EQ(site_.last_event<v1::PrescriptionCancelled>(p.prescription_id()).reason_code(),
                  "DIED");
    }
    EXPECT_EQ(site_.get(part.prescription_id()).state(), v1::PRESCRIPTION_STATE_DISPENSED);
}

TEST_P(Flow, MergedResidentsAndTheirSplit) {
    site_.resident("r2");
    const auto p = site_.effective("r2", PrescriptionSite::content());
    directory::v1::ResidentMerged merged;
    merged.set_from("r2");
    merged.set_to("r1");
    const auto id = site_.fact(merged);
    EXPECT_EQ(site_.get(p.prescription_id()).resident_id(), "r1");
    site_.deliver_again(id);
    directory::v1::ResidentSplit split;
    split.set_from("r1");
    split.add_to("r2");
    site_.fact(split);
    EXPECT_EQ(site_.get(p.prescription_id()).resident_id(), "r2");
}

TEST_P(Flow, EnrolmentThatClosesEndsEligibilityAndPlannedPickUps) {
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
    const auto parent = site_.effective("r1", content);
    const auto list = site_.instances(parent);
    ASSERT_EQ(list.size(), 2U);
    registries::v1::EnrolmentClosed closed;
    closed.set_enrolment_id("enrolment-r1-hypertension");
    closed.set_resident_id("r1");
    closed.set_disease_code("hypertension");
    closed.set_effective_on("2026-01-10");
    site_.fact(closed);
    EXPECT_EQ(site_.last_event<v1::LongPrescriptionAssessed>("r1").reassess_reason(),
              "ENROLMENT_CLOSED");
    site_.clock("2026-02-28T00:00:00");
    EXPECT_EQ(site_.get(list[1].prescription_id()).state(), v1::PRESCRIPTION_STATE_CANCELLED);
    v1::GetLongEligibilityRequest get;
    get.set_resident_id("r1");
    get.set_disease_code("hypertension");
    EXPECT_FALSE(site_.change<v1::LongAssessment>(kDoctor, "GetLongEligibility", get).eligible());
}

TEST_P(Flow, FirstLongPrescriptionNeedsAMiddleTitle) {
    site_.clock("2026-01-05T09:00:00");
    site_.visit("r1", "v1", "2026-01-02");
    v1::RecordLongAssessmentRequest request;
    request.set_resident_id("r1");
    request.set_disease_code("hypertension");
    request.set_days(28);
    const Who junior{"B1", "jr", {"doctor"}};
    EXPECT_EQ(site_.refusal<v1::LongAssessment>(junior, "RecordLongAssessment", request),
              "FIRST_LONG_NEEDS_TITLE");
    site_.change<v1::LongAssessment>(kDoctor, "RecordLongAssessment", request);
    EXPECT_TRUE(
        site_.change<v1::LongAssessment>(junior, "RecordLongAssessment", request).eligible());
}

TEST_P(Flow, CatalogueIsDatedAndUndoneWhileUnused) {
    auto next = PrescriptionSite::demo_catalogue();
    next.set_batch_id("next");
    next.set_version("2026.2");
    const std::string import = "yilian.prescriptions.v1.DrugCatalogueService/ImportDrugCatalogue";
    const std::string undo = "yilian.prescriptions.v1.DrugCatalogueService/UndoImport";
    EXPECT_EQ(site_.call<common::v1::ImportReport>(kRegistrar, import, next).error().reason,
              "VALIDITY_OVERLAP");
    next.set_request_id(runtime::new_request_id());
    next.set_effective_from("2026-06-01");
    *next.add_rows() = next.rows(0);
    next.add_rows()->set_generic_code("bad code");
    const auto report = site_.call<common::v1::ImportReport>(kRegistrar, import, next);
    ASSERT_TRUE(report.ok()) << report.error().reason;
    EXPECT_EQ(report.value().refused_count(), 2);
    EXPECT_EQ(report.value().refusals(0).reason(), "ROW_DUPLICATE_KEY");
    v1::UndoImportRequest take_back;
    take_back.set_request_id(runtime::new_request_id());
    take_back.set_batch_id("next");
    auto other = kRegistrar;
    other.institution_id = "H1";
    EXPECT_EQ(site_.call<common::v1::UndoReport>(other, undo, take_back).error().reason,
              "AUTH_RECORD_ACCESS_DENIED");
    take_back.set_request_id(runtime::new_request_id());
    const auto undone = site_.call<common::v1::UndoReport>(kRegistrar, undo, take_back);
    ASSERT_TRUE(undone.ok());
    EXPECT_EQ(undone.value().undone_count(), report.value().accepted_count());
    (void)site_.is_signed("r1", PrescriptionSite::content());
    take_back.set_request_id(runtime::new_request_id());
    take_back.set_batch_id("demo-drugs");
    EXPECT_EQ(site_.call<common::v1::UndoReport>(kRegistrar, undo, take_back).error().reason,
              "BATCH_IN_USE");
    const auto list = site_.call<v1::ListDrugCataloguesResponse>(
        kRegistrar, "yilian.prescriptions.v1.DrugCatalogueService/ListDrugCatalogues",
        v1::ListDrugCataloguesRequest());
    ASSERT_TRUE(list.ok());
    ASSERT_EQ(list.value().catalogues_size(), 1);
    EXPECT_EQ(list.value().catalogues(0).drug_count(), 66);
    v1::GetDrugRequest get;
    get.set_generic_code(kAmlodipine);
    get.set_on("2024-12-31");
    const std::string drug = "yilian.prescriptions.v1.DrugCatalogueService/GetDrug";
    EXPECT_EQ(site_.call<v1::DrugRow>(kDoctor, drug, get).error().reason, "NOT_FOUND");
    get.set_on("2025-01-01");
    EXPECT_EQ(site_.call<v1::DrugRow>(kDoctor, drug, get).value().ingredient_codes(0),
              "AMLODIPINE");
}

TEST_P(Flow, ListsShowWhatTheCallerMaySee) {
    const auto one = site_.effective("r1", PrescriptionSite::content());
    const auto two = site_.drafted("r1", PrescriptionSite::content());
    v1::ListPrescriptionsRequest request;
    request.set_resident_id("r1");
    request.set_page_size(1);
    const auto page =
        site_.change<v1::ListPrescriptionsResponse>(kDoctor, "ListPrescriptions", request);
    ASSERT_EQ(page.prescriptions_size(), 1);
    request.set_page_token(page.next_page_token());
    const auto rest =
        site_.change<v1::ListPrescriptionsResponse>(kDoctor, "ListPrescriptions", request);
    ASSERT_EQ(rest.prescriptions_size(), 1);
    EXPECT_EQ(rest.next_page_token(), "");
    request = {};
    request.add_states(v1::PRESCRIPTION_STATE_EFFECTIVE);
    const auto own =
        site_.change<v1::ListPrescriptionsResponse>(kDoctor, "ListPrescriptions", request);
    ASSERT_EQ(own.prescriptions_size(), 1);
    EXPECT_EQ(own.prescriptions(0).prescription_id(), one.prescription_id());
    request = {};
    request.set_resident_id("r1");
    EXPECT_EQ(site_.change<v1::ListPrescriptionsResponse>(kOutside, "ListPrescriptions", request)
                  .prescriptions_size(),
              0);
    EXPECT_EQ(two.state(), v1::PRESCRIPTION_STATE_DRAFT);
}

// events.md 6: the owner is asked when the copy cannot answer.
class Questions : public Service {
  protected:
    std::unique_ptr<runtime::App> registry() {
        return site_.site().start(
            {.name = "registries",
             .wire = [this](runtime::Wiring& wiring) -> std::shared_ptr<void> {
                 wiring.binder.query<registries::v1::GetControlStatusRequest,
                                     registries::v1::GetControlStatusResponse>(
                     "yilian.registries.v1.RegistryService/GetControlStatus",
                     {.run = [this](runtime::QueryContext&, const auto& request)
                          -> Outcome<registries::v1::GetControlStatusResponse> {
                         ++asked_;
                         if (visit_on_.empty()) return Reason("ENROLMENT_NOT_FOUND");
                         registries::v1::GetControlStatusResponse response;
                         response.set_resident_id(request.resident_id());
                         auto* status = response.add_statuses();
                         status->set_disease_code("hypertension");
                         status->set_class_(registries::v1::CONTROL_CLASS_SATISFIED);
                         status->set_visit_id("told");
                         status->set_visit_on(visit_on_);
                         return response;
                     }});
                 return nullptr;
             }});
    }
    std::unique_ptr<runtime::App> directory() {
        return site_.site().start(
            {.name = "directory", .wire = [this](runtime::Wiring& wiring) -> std::shared_ptr<void> {
                 wiring.binder
                     .query<directory::v1::GetContractStatusRequest, directory::v1::ContractStatus>(
                         "yilian.directory.v1.ContractService/GetContractStatus",
                         {.run = [this](runtime::QueryContext&, const auto& request)
                              -> Outcome<directory::v1::ContractStatus> {
                             ++asked_;
                             directory::v1::ContractStatus status;
                             status.set_resident_id(request.resident_id());
                             status.set_contracted(true);
                             status.set_contract_id("told");
                             return status;
                         }});
                 return nullptr;
             }});
    }
    static v1::AssessLongRequest ask() {
        v1::AssessLongRequest request;
        request.set_resident_id("r1");
        request.set_disease_code("hypertension");
        request.set_days(28);
        return request;
    }
    std::atomic<int> asked_ = 0;
    std::string visit_on_;
};
YILIAN_ON_SQLITE(Questions);

TEST_P(Questions, RX_11_TheRegistryIsAskedWhereTheCopyIsMissingOrOld) {
    auto peer = registry();
    ASSERT_NE(peer, nullptr);
    site_.peers["registries"] = site_.site().address(*peer);
    site_.restart();
    site_.clock("2026-03-06T10:00:00");
    EXPECT_EQ(site_.refusal<v1::LongAssessment>(kDoctor, "AssessLong", ask()),
              "LONG_NOT_ELIGIBLE");  // not enrolled
    visit_on_ = "2025-11-20";
    EXPECT_EQ(site_.refusal<v1::LongAssessment>(kDoctor, "AssessLong", ask()),
              "EVIDENCE_TOO_OLD");  // 106 days > 90
    visit_on_ = "2026-03-01";
    EXPECT_EQ(site_.change<v1::LongAssessment>(kDoctor, "AssessLong", ask()).evidence_visit_id(),
              "told");
    EXPECT_EQ(asked_, 3);
    site_.visit("r1", "own", "2026-03-03");
    EXPECT_EQ(site_.change<v1::LongAssessment>(kDoctor, "AssessLong", ask()).evidence_visit_id(),
              "own");
    EXPECT_EQ(asked_, 3);
    // A recorded answer is given again although nobody is there to ask.
    site_.clock("2026-06-30T10:00:00");
    visit_on_ = "2026-06-29";
    v1::RecordLongAssessmentRequest record;
    record.set_request_id(runtime::new_request_id());
    record.set_resident_id("r1");
    record.set_disease_code("hypertension");
    record.set_days(28);
    const auto first = site_.change<v1::LongAssessment>(kDoctor, "RecordLongAssessment", record);
    peer.reset();
    const auto again = site_.change<v1::LongAssessment>(kDoctor, "RecordLongAssessment", record);
    EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
    EXPECT_EQ(site_.refusal<v1::LongAssessment>(kDoctor, "AssessLong", ask()),
              "DEPENDENCY_UNAVAILABLE");
}

TEST_P(Questions, RX_27_TheDirectoryIsAskedForAContractTheCopyDoesNotHave) {
    auto peer = directory();
    ASSERT_NE(peer, nullptr);
    site_.peers["directory"] = site_.site().address(*peer);
    site_.restart();
    site_.referral_back("r1", "ref1", {kAmlodipine});
    auto content = PrescriptionSite::content(v1::PRESCRIPTION_KIND_EXTENDED);
    content.set_referral_id("ref1");
    (void)site_.drafted("r1", content);
    EXPECT_EQ(asked_, 1);
    site_.contract("r1", "c1");
    (void)site_.drafted("r1", content);
    (void)site_.drafted("r1", PrescriptionSite::content());
    EXPECT_EQ(asked_, 1);
}

TEST_P(Questions, RX_27_ADraftThatBecomesExtendedAsksToo) {
    auto peer = directory();
    ASSERT_NE(peer, nullptr);
    site_.peers["directory"] = site_.site().address(*peer);
    site_.restart();
    site_.referral_back("r1", "ref1", {kAmlodipine});
    const auto p = site_.drafted("r1", PrescriptionSite::content());
    EXPECT_EQ(asked_, 0);
    auto update = on<v1::UpdateDraftRequest>(p.prescription_id());
    *update.mutable_content() = PrescriptionSite::content(v1::PRESCRIPTION_KIND_EXTENDED);
    update.mutable_content()->set_referral_id("ref1");
    EXPECT_EQ(site_.change(kDoctor, "UpdateDraft", update).content().kind(),
              v1::PRESCRIPTION_KIND_EXTENDED);
    EXPECT_EQ(asked_, 1);
    peer.reset();
    update.clear_request_id();
    EXPECT_EQ(site_.refusal(kDoctor, "UpdateDraft", update), "NOT_CONTRACTED");
}

}  // namespace
}  // namespace yilian::prescriptions::testing
