// The loop of events.md 7, as far as each service reaches: names, dates and numbers of the walk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "libs/policy/testing/packs.h"
#include "services/directory/app_wiring.h"
#include "services/registries/app_wiring.h"
#include "tests/functional/platform.h"
#include "yilian/directory/v1/contract_service.pb.h"
#include "yilian/directory/v1/institution_service.pb.h"
#include "yilian/directory/v1/policy_service.pb.h"
#include "yilian/directory/v1/resident_service.pb.h"
#include "yilian/registries/v1/registry_service.pb.h"

namespace yilian::functional {
namespace {

namespace dir = directory::v1;
namespace reg = registries::v1;
using testing::IsEmpty;

constexpr const char* kResident = "01jwalk0000000000000000res";
constexpr const char* kContract = "01jwa1k00000000000000000c1";
constexpr const char* kEnrolment = "01jwa1k00000000000000000e1";

const Platform::Who kRegistrar{"AGENCY", "registrar-1", {"registrar"}};
const Platform::Who kTeam{"B1", "gp-1", {"doctor", "nurse", "team_lead"}};

class Loop : public testing::Test {
  protected:
    Loop()
        : platform_("350104", "2025-12-20T09:00:00+08:00",
                    {directory::definition(), registries::definition()}) {}

    template <class Resp>
    Resp ok(const Platform::Who& who, std::string_view method,
            const google::protobuf::Message& request) {
        auto answer = platform_.call<Resp>(who, method, request);
        EXPECT_TRUE(answer.ok()) << method << ": "
                                 << (answer.ok()
                                         ? ""
                                         : answer.error().reason + " " + answer.error().message);
        return answer.ok() ? answer.value() : Resp();
    }

    void institution(const std::string& id, const std::string& cls,
                     common::v1::InstitutionLevel level, const std::string& parent,
                     dir::MembershipRole role) {
        dir::RegisterInstitutionRequest r;
        r.set_request_id(request_id());
        auto* i = r.mutable_institution();
        i->set_institution_id(id);
        i->set_name("walk " + id);
        i->set_class_(cls);
        i->set_level(level);
        i->set_district_code("350104");
        i->set_parent_institution_id(parent);
        i->set_agreement_from("2020-01-01");
        i->set_effective_on("2020-01-01");
        ok<dir::Institution>(kRegistrar,
                             "yilian.directory.v1.InstitutionService/RegisterInstitution", r);
        dir::SetMembershipRequest m;
        m.set_request_id(request_id());
        m.mutable_membership()->set_consortium_id("C1");
        m.mutable_membership()->set_institution_id(id);
        m.mutable_membership()->set_role(role);
        m.mutable_membership()->set_from("2020-01-01");
        ok<dir::Membership>(kRegistrar, "yilian.directory.v1.InstitutionService/SetMembership", m);
    }

    void practitioner(const std::string& id, const std::string& institution_id) {
        dir::RegisterPractitionerRequest r;
        r.set_request_id(request_id());
        auto* p = r.mutable_practitioner();
        p->set_practitioner_id(id);
        p->set_name("walk practitioner");
        p->add_institution_ids(institution_id);
        p->set_title("MIDDLE");
        p->add_rights("PRESCRIBE");
        p->set_valid_from("2020-01-01");
        ok<dir::Practitioner>(kRegistrar,
                              "yilian.directory.v1.InstitutionService/RegisterPractitioner", r);
    }

    void people_and_places() {
        institution("H1", "hospital", common::v1::INSTITUTION_LEVEL_L3, "",
                    dir::MEMBERSHIP_ROLE_LEAD);
        institution("B1", "centre", common::v1::INSTITUTION_LEVEL_L1, "",
                    dir::MEMBERSHIP_ROLE_MEMBER);
        institution("V1", "village_clinic", common::v1::INSTITUTION_LEVEL_L1, "B1",
                    dir::MEMBERSHIP_ROLE_MEMBER);
        practitioner("gp-1", "B1");
        practitioner("nurse-1", "B1");
        dir::CreateTeamRequest team;
        team.set_request_id(request_id());
        team.set_team_id("t");
        team.set_institution_id("B1");
        team.set_leader_id("gp-1");
        for (const auto& [id, role] : {std::pair("gp-1", "GP"), std::pair("nurse-1", "NURSE")}) {
            auto* member = team.add_members();
            member->set_practitioner_id(id);
            member->set_role(role);
        }
        ok<dir::Team>(kRegistrar, "yilian.directory.v1.ContractService/CreateTeam", team);
        dir::RegisterResidentRequest resident;
        resident.set_request_id(request_id());
        resident.set_resident_id(kResident);
        resident.mutable_identity()->set_document_kind("PASSPORT");
        resident.mutable_identity()->set_document_number("MARKER-DOCUMENT-0001");
        resident.mutable_identity()->set_name("MARKER NAME");
        resident.set_sex(common::v1::SEX_MALE);
        resident.set_birth_date("1967-06-15");
        resident.set_insurance(common::v1::INSURANCE_RES);
        resident.set_insured_region("350104");
        resident.set_home_institution_id("B1");
        ok<dir::RegisterResidentResponse>(
            kRegistrar, "yilian.directory.v1.ResidentService/RegisterResident", resident);
        platform_.drain();
    }

    void sign_contract() {
        dir::OfferContractRequest offer;
        offer.set_request_id(request_id());
        offer.set_contract_id(kContract);
        offer.set_resident_id(kResident);
        offer.set_team_id("t");
        offer.set_valid_from("2026-01-01");
        offer.set_valid_to("2026-12-31");
        offer.set_fee_fen(12'000);
        ok<dir::Contract>(kTeam, "yilian.directory.v1.ContractService/OfferContract", offer);
        dir::SignContractRequest sign;
        sign.set_request_id(request_id());
        sign.set_contract_id(kContract);
        sign.mutable_signature()->set_method(dir::SIGNATURE_METHOD_E_SIGN);
        sign.mutable_signature()->set_document_id("doc-1");
        const auto contract =
            ok<dir::Contract>(kTeam, "yilian.directory.v1.ContractService/SignContract", sign);
        EXPECT_EQ(contract.state(), dir::CONTRACT_STATE_SIGNED);
    }

    void enrol() {
        reg::ConfirmEnrolmentRequest confirm;
        confirm.set_request_id(request_id());
        confirm.set_enrolment_id(kEnrolment);
        confirm.set_resident_id(kResident);
        confirm.set_disease_code("hypertension");
        confirm.set_evidence_ref("encounter-1");
        confirm.set_consent_document_id("doc-2");
        const auto enrolment = ok<reg::Enrolment>(
            kTeam, "yilian.registries.v1.RegistryService/ConfirmEnrolment", confirm);
        EXPECT_EQ(enrolment.state(), reg::ENROLMENT_STATE_ACTIVE);
        EXPECT_EQ(enrolment.team_id(), "t") << "the team comes from the copy of the contract";
    }

    // Fetching a pack follows its announcement; the loop does not wait for it.
    void wait_until_announced_packs_are_held() {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!platform_.violations().empty() && std::chrono::steady_clock::now() < give_up) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        EXPECT_THAT(platform_.violations(), IsEmpty());
    }

    reg::Visit visit(const std::string& id, const std::string& on, int sbp, int dbp,
                     reg::VisitMode mode) {
        reg::RecordVisitRequest r;
        r.set_request_id(request_id());
        r.set_visit_id(id);
        r.set_resident_id(kResident);
        r.mutable_data()->set_visit_on(on);
        r.mutable_data()->set_mode(mode);
        r.mutable_data()->set_sbp_mmhg(sbp);
        r.mutable_data()->set_dbp_mmhg(dbp);
        return ok<reg::Visit>(kTeam, "yilian.registries.v1.RegistryService/RecordVisit", r);
    }

    std::int64_t points() {
        dir::GetPointsRequest r;
        r.set_resident_id(kResident);
        const auto account =
            ok<dir::PointsAccount>(kTeam, "yilian.directory.v1.ContractService/GetPoints", r);
        std::int64_t visits = 0;
        for (const auto& entry : account.entries()) {
            if (entry.rule_id() != "paid_contract") visits += entry.points();
        }
        return visits;
    }

    Platform platform_;
};

TEST_F(Loop, ContractVisitsAndAdvice) {
    people_and_places();
    sign_contract();  // step 1
    platform_.advance("2026-01-01T00:00:00+08:00");
    dir::GetContractStatusRequest status;
    status.set_resident_id(kResident);
    EXPECT_EQ(ok<dir::ContractStatus>(
                  kTeam, "yilian.directory.v1.ContractService/GetContractStatus", status)
                  .state(),
              dir::CONTRACT_STATE_ACTIVE);

    platform_.advance("2026-01-12T09:00:00+08:00");  // step 2
    enrol();

    platform_.advance("2026-03-02T09:00:00+08:00");  // step 4
    const auto first =
        visit("01jwa1k00000000000000000v1", "2026-03-02", 168, 102, reg::VISIT_MODE_CLINIC);
    ASSERT_EQ(first.classifications_size(), 1);
    EXPECT_EQ(first.classifications(0).class_(), reg::CONTROL_CLASS_UNSATISFIED);
    EXPECT_EQ(first.classifications(0).unsatisfied_run(), 1);
    ASSERT_EQ(first.classifications(0).actions_size(), 1);
    EXPECT_EQ(first.classifications(0).actions(0).kind(), reg::CARE_ACTION_KIND_ADJUST);
    EXPECT_EQ(first.classifications(0).actions(0).due_on(), "2026-03-16");
    platform_.drain();
    EXPECT_EQ(points(), 10);

    platform_.advance("2026-03-16T09:00:00+08:00");  // step 5
    const auto second =
        visit("01jwa1k00000000000000000v2", "2026-03-16", 172, 104, reg::VISIT_MODE_CLINIC);
    ASSERT_EQ(second.classifications_size(), 1);
    EXPECT_EQ(second.classifications(0).unsatisfied_run(), 2);
    ASSERT_EQ(second.classifications(0).actions_size(), 1);
    EXPECT_EQ(second.classifications(0).actions(0).kind(), reg::CARE_ACTION_KIND_REFER_UP);
    EXPECT_EQ(second.classifications(0).actions(0).due_on(), "2026-03-30");
    EXPECT_EQ(second.done_action_ids_size(), 1) << "the ADJUST action is done by this visit";
    platform_.drain();
    EXPECT_EQ(points(), 20);

    platform_.advance("2026-03-31T09:30:00+08:00");  // step 20
    const auto third =
        visit("01jwa1k00000000000000000v3", "2026-03-31", 134, 82, reg::VISIT_MODE_HOME);
    ASSERT_EQ(third.classifications_size(), 1);
    EXPECT_EQ(third.classifications(0).class_(), reg::CONTROL_CLASS_SATISFIED);
    EXPECT_EQ(third.classifications(0).next_due_on(), "2026-06-29");
    platform_.drain();
    EXPECT_EQ(points(), 50);

    EXPECT_EQ(platform_.count("registries", "visits"), 3);
    EXPECT_EQ(platform_.count("registries", "advice_to_refer"), 1);
    EXPECT_EQ(platform_.count("directory", "contracts_active"), 1);
    EXPECT_THAT(platform_.violations(), IsEmpty());
}

// events.md 6, GetPolicyPack: what one service publishes all decide by, from its day on.
TEST_F(Loop, APublishedPackDecidesInOtherServicesFromItsDayOn) {
    people_and_places();
    sign_contract();
    platform_.advance("2026-01-12T09:00:00+08:00");
    enrol();
    const auto due = [this](const char* id, const std::string& on) {
        const auto made = visit(id, on, 128, 78, reg::VISIT_MODE_CLINIC);
        return made.classifications_size() == 1 ? made.classifications(0).next_due_on() : "";
    };
    EXPECT_EQ(due("01jwa1k00000000000000000v1", "2026-01-12"), "2026-04-12") << "after 90 days";

    dir::PublishPolicyPackRequest publish;
    publish.set_request_id(request_id());
    publish.add_documents()->set_path("350104/v2.yaml");
    publish.mutable_documents(0)->set_content(policy::testing::second_version(
        "350104", "2026-02-01", {{"registry.followup.planned_days", "60"}}));
    const Platform::Who operator_{"operator", "operator-1", {"operator"}};
    const auto published = ok<dir::PublishPolicyPackResponse>(
        operator_, "yilian.directory.v1.PolicyService/PublishPolicyPack", publish);
    ASSERT_EQ(published.packs_size(), 1);
    platform_.drain();
    wait_until_announced_packs_are_held();

    platform_.advance("2026-02-10T09:00:00+08:00");
    EXPECT_EQ(due("01jwa1k00000000000000000v2", "2026-01-31"), "2026-05-01")
        << "the pack of the day of service, not of today";
    EXPECT_EQ(due("01jwa1k00000000000000000v3", "2026-02-10"), "2026-04-11") << "after 60 days";
    platform_.restart("directory");
    platform_.restart("registries");
    platform_.advance("2026-02-11T09:00:00+08:00");
    EXPECT_EQ(due("01jwa1k00000000000000000v4", "2026-02-11"), "2026-04-12");
    platform_.drain();
    EXPECT_THAT(platform_.violations(), IsEmpty());
}

TEST_F(Loop, RestartedServicesGoOnWhereTheyStood) {
    people_and_places();
    sign_contract();
    platform_.restart("directory");
    platform_.restart("registries");
    platform_.advance("2026-01-01T00:00:00+08:00");
    dir::GetContractStatusRequest status;
    status.set_resident_id(kResident);
    EXPECT_EQ(ok<dir::ContractStatus>(
                  kTeam, "yilian.directory.v1.ContractService/GetContractStatus", status)
                  .state(),
              dir::CONTRACT_STATE_ACTIVE);
    EXPECT_THAT(platform_.violations(), IsEmpty());
}

}  // namespace
}  // namespace yilian::functional
