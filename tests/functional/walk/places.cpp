// Before the first step: people, places, the drug catalogue and the hospital's beds.
#include <gtest/gtest.h>

#include <utility>

#include "services/prescriptions/tests/prescription_site.h"
#include "tests/functional/walk/walk.h"
#include "yilian/directory/v1/contract_service.pb.h"
#include "yilian/directory/v1/institution_service.pb.h"
#include "yilian/directory/v1/resident_service.pb.h"
#include "yilian/referrals/v1/slot_service.pb.h"

namespace yilian::functional::walk {

namespace dir = directory::v1;
namespace ref = referrals::v1;

void Walk::people_and_places() {
    institution(kHospital, "hospital", common::v1::INSTITUTION_LEVEL_L3, "");
    institution(kCentre, "centre", common::v1::INSTITUTION_LEVEL_L1, "");
    institution(kClinic, "village_clinic", common::v1::INSTITUTION_LEVEL_L1, kCentre);
    member_of_consortium(kHospital, true);
    member_of_consortium(kCentre, false);
    member_of_consortium(kClinic, false);
    practitioner("gp-1", kCentre, {"PRESCRIBE"});
    practitioner("nurse-1", kCentre, {});
    practitioner("ph-1", kCentre, {"REVIEW_PRESCRIPTION"});
    practitioner("doctor-2", kHospital, {"PRESCRIBE"});
    practitioner("vd-1", kClinic, {});
    team();
    resident();
    platform.drain();
    drug_catalogue();
    hospital_offers_beds();
    platform.drain();
}

void Walk::institution(const std::string& id, const std::string& institution_class, int level,
                       const std::string& parent) {
    dir::RegisterInstitutionRequest r;
    auto* i = r.mutable_institution();
    i->set_institution_id(id);
    i->set_name("walk " + id);
    i->set_class_(institution_class);
    i->set_level(static_cast<common::v1::InstitutionLevel>(level));
    i->set_district_code(kDistrict);
    i->set_parent_institution_id(parent);
    i->set_agreement_from("2020-01-01");
    i->set_effective_on("2020-01-01");
    ok<dir::Institution>(kRegistrar, "yilian.directory.v1.InstitutionService/RegisterInstitution",
                         r);
}

void Walk::member_of_consortium(const std::string& id, bool lead) {
    dir::SetMembershipRequest r;
    auto* m = r.mutable_membership();
    m->set_consortium_id(kConsortium);
    m->set_institution_id(id);
    m->set_role(lead ? dir::MEMBERSHIP_ROLE_LEAD : dir::MEMBERSHIP_ROLE_MEMBER);
    m->set_from("2020-01-01");
    ok<dir::Membership>(kRegistrar, "yilian.directory.v1.InstitutionService/SetMembership", r);
}

void Walk::practitioner(const std::string& id, const std::string& institution_id,
                        const std::vector<std::string>& rights) {
    dir::RegisterPractitionerRequest r;
    auto* p = r.mutable_practitioner();
    p->set_practitioner_id(id);
    p->set_name("walk practitioner");
    p->add_institution_ids(institution_id);
    p->set_title("MIDDLE");
    for (const std::string& right : rights) p->add_rights(right);
    p->set_valid_from("2020-01-01");
    ok<dir::Practitioner>(kRegistrar, "yilian.directory.v1.InstitutionService/RegisterPractitioner",
                          r);
}

void Walk::team() {
    dir::CreateTeamRequest r;
    r.set_team_id(kTeam);
    r.set_institution_id(kCentre);
    r.set_leader_id("gp-1");
    for (const auto& [id, role] : {std::pair("gp-1", "GP"), std::pair("nurse-1", "NURSE")}) {
        auto* member = r.add_members();
        member->set_practitioner_id(id);
        member->set_role(role);
    }
    ok<dir::Team>(kRegistrar, contracts("CreateTeam"), r);
}

void Walk::resident() {
    dir::RegisterResidentRequest r;
    r.set_resident_id(kResident);
    r.mutable_identity()->set_document_kind("PASSPORT");
    r.mutable_identity()->set_document_number("P00000001");
    r.mutable_identity()->set_name("walk resident");
    r.set_sex(common::v1::SEX_MALE);
    r.set_birth_date("1967-06-15");
    r.set_insurance(common::v1::INSURANCE_RES);
    r.set_insured_region(kDistrict);
    r.set_home_institution_id(kCentre);
    ok<dir::RegisterResidentResponse>(kRegistrar,
                                      "yilian.directory.v1.ResidentService/RegisterResident", r);
}

void Walk::drug_catalogue() {
    const auto report = ok<common::v1::ImportReport>(
        kRegistrar, "yilian.prescriptions.v1.DrugCatalogueService/ImportDrugCatalogue",
        prescriptions::testing::PrescriptionSite::demo_catalogue());
    EXPECT_EQ(report.refused_count(), 0);
}

void Walk::hospital_offers_beds() {
    ref::PublishServiceOfferRequest offer;
    offer.mutable_offer()->set_offer_id("offer-H1");
    offer.mutable_offer()->set_institution_id(kHospital);
    offer.mutable_offer()->add_kinds(ref::REFERRAL_KIND_INPATIENT);
    offer.mutable_offer()->set_valid_from("2025-12-20");
    ok<ref::ServiceOffer>(kHospitalDoctor, slots("PublishServiceOffer"), offer);
    ref::PublishPoolRequest pool;
    pool.mutable_pool()->set_pool_id("bed-H1");
    pool.mutable_pool()->set_owner_institution_id(kHospital);
    pool.mutable_pool()->set_resource_kind(ref::RESOURCE_KIND_BED);
    pool.mutable_pool()->set_specialty_code("A03");
    ok<ref::ResourcePool>(kHospitalDoctor, slots("PublishPool"), pool);
    ref::OpenSlotsRequest open;
    open.set_pool_id("bed-H1");
    ref::SlotPlan* plan = open.add_plans();
    set_local(plan->mutable_start_at(), "2026-03-18T14:00");
    set_local(plan->mutable_end_at(), "2026-03-18T14:30");
    plan->set_capacity(10);
    for (const char* id : {"01jwa1k0000000000000000b1a", "01jwa1k0000000000000000b1b",
                           "01jwa1k0000000000000000b1c", "01jwa1k0000000000000000b1d"}) {
        plan->add_slot_ids(id);
    }
    const auto opened = ok<ref::OpenSlotsResponse>(kHospitalDoctor, slots("OpenSlots"), open);
    EXPECT_EQ(opened.slots_size(), 4);
}

}  // namespace yilian::functional::walk
