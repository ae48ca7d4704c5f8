// Registers through the whole service: people, places, residents, imports and their undoing.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "services/directory/tests/service_fixture.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::directory::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class Registers : public Service {
  protected:
    template <class Req>
    common::v1::ImportReport import(Req request) {
        return site_.ok<common::v1::ImportReport>(kRegistrar, std::move(request));
    }
    std::string undo(const std::string& batch_id, const Who& who = kRegistrar) {
        v1::UndoImportRequest r;
        r.set_batch_id(batch_id);
        return site_.refusal<common::v1::UndoReport>(who, r);
    }
    static v1::ResidentRow row(const std::string& id, const std::string& document) {
        v1::ResidentRow r;
        r.set_resident_id(id);
        r.mutable_identity()->set_document_kind("PASSPORT");
        r.mutable_identity()->set_document_number(document);
        r.mutable_identity()->set_name("Imported " + id);
        r.set_birth_date("1950-02-01");
        r.set_insured_region("350104");
        r.set_home_institution_id("B1");
        return r;
    }
    static v1::Institution place(const std::string& id, const std::string& parent) {
        v1::Institution i;
        i.set_institution_id(id);
        i.set_name("imported");
        i.set_class_("station");
        i.set_level(common::v1::INSTITUTION_LEVEL_L1);
        i.set_district_code("350104");
        i.set_parent_institution_id(parent);
        i.set_effective_on("2025-01-01");
        return i;
    }
    v1::Resident resident(const std::string& id) {
        v1::GetResidentRequest r;
        r.set_resident_id(id);
        return site_.ok<v1::Resident>(kTeamLead, r);
    }
};
YILIAN_ON_BOTH_DRIVERS(Registers);

TEST_P(Registers, EveryMethodIsServedToExactlyItsRoles) {
    EXPECT_THAT(site_.app().unbound_methods(), IsEmpty());
    runtime::expect_access_matrix(site_.site(), site_.app());
}

TEST_P(Registers, SubscribesToWhatTheEventTableSays) {
    runtime::expect_subscriptions_of_event_table(site_.app(), "directory");
}

// interop.md 6: the person index. A known document answers who it belongs to.
TEST_P(Registers, AResidentIsRegisteredOnceForADocument) {
    const auto first = DirectorySite::registration("r5", "D-1", "1960-01-01");
    EXPECT_FALSE(site_.ok<v1::RegisterResidentResponse>(kRegistrar, first).already_registered());
    auto again = DirectorySite::registration("r6", "D-1", "1960-01-01");
    const auto known = site_.ok<v1::RegisterResidentResponse>(kRegistrar, again);
    EXPECT_TRUE(known.already_registered());
    EXPECT_EQ(known.resident_id(), "r5");
    EXPECT_EQ(known.resident().birth_date(), "1960-01-01");
    again = DirectorySite::registration("r5", "D-2", "1960-01-01");
    EXPECT_EQ(site_.refusal<v1::RegisterResidentResponse>(kRegistrar, again), "ID_REUSED");
    again = DirectorySite::registration("", "D-3", "1960-01-01");
    EXPECT_EQ(site_.ok<v1::RegisterResidentResponse>(kRegistrar, again).resident_id().size(), 26U);
    again.mutable_identity()->set_document_number("D-4");
    again.set_home_institution_id("nowhere");
    EXPECT_EQ(site_.refusal<v1::RegisterResidentResponse>(kRegistrar, again),
              "INSTITUTION_NOT_FOUND");
    EXPECT_THAT(site_.events("r5"), ElementsAre("resident.registered"));
    EXPECT_EQ(site_.count("residents"), 3);

    v1::FindResidentRequest find;
    find.set_document_kind("PASSPORT");
    find.set_document_number("D-1");
    EXPECT_EQ(site_.ok<v1::FindResidentResponse>(kTeamLead, find).resident_id(), "r5");
    find.set_document_number("D-9");
    EXPECT_EQ(site_.refusal<v1::FindResidentResponse>(kTeamLead, find), "RESIDENT_NOT_FOUND");
}

TEST_P(Registers, IdentityNumbersAreCheckedAndFoundHoweverTheyAreWritten) {
    auto r = DirectorySite::registration("r5", "11010519491231002X", "1949-12-31");
    r.mutable_identity()->set_document_kind("ID_CARD");
    site_.ok<v1::RegisterResidentResponse>(kRegistrar, r);
    r.set_resident_id("r6");
    r.clear_request_id();
    r.mutable_identity()->set_document_number("11010519491231002x");
    EXPECT_EQ(site_.ok<v1::RegisterResidentResponse>(kRegistrar, r).resident_id(), "r5");
    r.mutable_identity()->set_document_number("110105194912310021");
    r.set_birth_date("1949-12-30");
    r.mutable_identity()->clear_name();
    r.clear_insured_region();
    const auto bad = site_.call<v1::RegisterResidentResponse>(kRegistrar, r);
    ASSERT_FALSE(bad.ok());
    EXPECT_THAT(bad.error().violations,
                ElementsAre(Pair("identity.document_number", "FIELD_FORMAT"),
                            Pair("identity.name", "FIELD_REQUIRED"),
                            Pair("insured_region", "FIELD_REQUIRED")));
    r = DirectorySite::registration("r7", "11010519491231002X", "1949-12-30");
    r.mutable_identity()->set_document_kind("ID_CARD");
    const auto other_day = site_.call<v1::RegisterResidentResponse>(kRegistrar, r);
    ASSERT_FALSE(other_day.ok());
    EXPECT_THAT(other_day.error().violations, ElementsAre(Pair("birth_date", "FIELD_MISMATCH")));
}

// security.md 5: markers stand in every personal field of requests that succeed and that fail.
TEST_P(Registers, IdentitiesAreNowhereInClear) {
    auto r = DirectorySite::registration("r5", "MARKERDOCUMENT", "1960-01-01");
    r.mutable_identity()->set_name("MARKERNAME");
    r.mutable_identity()->set_phone("MARKERPHONE");
    r.mutable_identity()->set_address("MARKERADDRESS");
    site_.ok<v1::RegisterResidentResponse>(kRegistrar, r);
    r.set_request_id(runtime::new_request_id());
    r.set_resident_id("not an id");
    const auto bad = site_.call<v1::RegisterResidentResponse>(kRegistrar, r);
    ASSERT_FALSE(bad.ok());
    EXPECT_THAT(bad.error().message + bad.error().details, Not(HasSubstr("MARKER")));
    v1::FindResidentRequest find;
    find.set_document_kind("PASSPORT");
    find.set_document_number("MARKERDOCUMENT2");
    EXPECT_EQ(site_.refusal<v1::FindResidentResponse>(kTeamLead, find), "RESIDENT_NOT_FOUND");
    v1::RegisterPractitionerRequest p;
    p.mutable_practitioner()->set_practitioner_id("gp-9");
    p.mutable_practitioner()->set_name("MARKERDOCTOR");
    p.mutable_practitioner()->add_institution_ids("B1");
    p.mutable_practitioner()->set_title("MIDDLE");
    p.mutable_practitioner()->set_valid_from("2020-01-01");
    p.set_request_id(runtime::new_request_id());
    EXPECT_EQ(site_.ok<v1::Practitioner>(kRegistrar, p).name(), "MARKERDOCTOR");
    EXPECT_EQ(site_.ok<v1::Practitioner>(kRegistrar, p).name(), "MARKERDOCTOR") << "a resend";
    v1::GetPractitionerRequest get;
    get.set_practitioner_id("gp-9");
    EXPECT_EQ(site_.ok<v1::Practitioner>(kTeamLead, get).name(), "MARKERDOCTOR");
    v1::BatchImportResidentsRequest import;
    import.set_batch_id("b1");
    *import.add_rows() = row("r6", "MARKERIMPORT");
    import.mutable_rows(0)->mutable_identity()->set_name("MARKERIMPORTED");
    site_.ok<common::v1::ImportReport>(kRegistrar, import);

    const auto in_clear = [](const std::string& bytes) {
        return bytes.find("MARKER") != std::string::npos;
    };
    EXPECT_FALSE(in_clear(site_.last_event<v1::ResidentRegistered>("r5").DebugString()));
    const auto folder = std::filesystem::path(site_.site().file("directory.log")).parent_path();
    std::vector<std::filesystem::path> files{folder};
    const auto address = site_.site().database("directory").address();
    if (GetParam() == storage::Dialect::kSqlite) {
        files.push_back(std::filesystem::path(address).parent_path());
    }
    int searched = 0;
    for (const auto& root : files) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
            if (!entry.is_regular_file()) continue;
            std::ifstream file(entry.path(), std::ios::binary);
            std::stringstream bytes;
            bytes << file.rdbuf();
            EXPECT_FALSE(in_clear(bytes.str())) << entry.path();
            searched += bytes.str().find("registered") != std::string::npos ? 1 : 0;
        }
    }
    if (GetParam() == storage::Dialect::kSqlite) {
        EXPECT_GT(searched, 0) << "the search finds text";
    }
    // Columns that PostgreSQL keeps, by the hand that may read them all.
    static constexpr storage::Query kBlobs{
        "test.blobs",
        "SELECT i.sealed, p.sealed_name, p.record FROM identities i, practitioners p"};
    static constexpr storage::Query kAnswers{"test.answers", "SELECT answer FROM request_keys"};
    EXPECT_TRUE(site_.app()
                    .store()
                    .read([&](storage::Transaction& tx) {
                        for (const storage::Query* query : {&kBlobs, &kAnswers}) {
                            for (const auto& one : tx.select(*query)) {
                                for (std::size_t i = 0; i < one.size(); ++i) {
                                    EXPECT_FALSE(in_clear(one.bytes(i)));
                                }
                            }
                        }
                    })
                    .ok());
}

TEST_P(Registers, FactsOfAResidentChangeByMask) {
    v1::ChangeResidentRequest change;
    change.set_resident_id("r");
    change.add_update_mask("insurance");
    change.add_update_mask("home_institution_id");
    change.set_insurance(common::v1::INSURANCE_EMP);
    change.set_home_institution_id("B2");
    change.set_birth_date("1900-01-01");
    EXPECT_EQ(site_.refusal<v1::Resident>({"H1", "doctor-1", {"doctor"}}, change),
              "AUTH_RECORD_ACCESS_DENIED");
    change.set_etag("\"9\"");
    EXPECT_EQ(site_.refusal<v1::Resident>(kTeamLead, change), "ETAG_MISMATCH");
    change.set_etag("\"1\"");
    const auto changed = site_.ok<v1::Resident>(kTeamLead, change);
    EXPECT_EQ(changed.home_institution_id(), "B2");
    EXPECT_EQ(changed.birth_date(), "1967-06-15") << "not in the mask";
    EXPECT_THAT(site_.last_event<v1::ResidentChanged>("r").changed_fields(),
                ElementsAre("home_institution_id", "insurance"));
    change.add_update_mask("name");
    EXPECT_EQ(site_.refusal<v1::Resident>(kRegistrar, change), "FIELD_INVALID");
}

TEST_P(Registers, HealthCodesAreToldAsTheWholeListInForce) {
    v1::RecordAllergyRequest allergy;
    allergy.set_resident_id("r");
    allergy.set_allergy_code("penicillin");
    EXPECT_EQ(site_.refusal<v1::Resident>({"H1", "doctor-1", {"doctor"}}, allergy),
              "AUTH_RECORD_ACCESS_DENIED");
    site_.ok<v1::Resident>(kTeamLead, allergy);
    v1::RecordSpecialGroupRequest group;
    group.set_resident_id("r");
    group.set_special_group("PREGNANT");
    const auto both = site_.ok<v1::Resident>(kTeamLead, group);
    EXPECT_EQ(both.health_codes_size(), 2);
    auto event = site_.last_event<v1::ResidentHealthCodesRecorded>("r");
    EXPECT_THAT(event.allergy_codes(), ElementsAre("penicillin"));
    EXPECT_THAT(event.special_groups(), ElementsAre("PREGNANT"));
    EXPECT_EQ(event.practitioner_id(), "gp-1");
    allergy.clear_request_id();
    allergy.set_ended(true);
    site_.ok<v1::Resident>(kTeamLead, allergy);
    event = site_.last_event<v1::ResidentHealthCodesRecorded>("r");
    EXPECT_THAT(event.allergy_codes(), IsEmpty());
    EXPECT_EQ(site_.refusal<v1::Resident>(kTeamLead, allergy), "CODE_NOT_FOUND");
    group.set_special_group("TALL");
    EXPECT_EQ(site_.refusal<v1::Resident>(kTeamLead, group), "FIELD_INVALID");
}

TEST_P(Registers, DeathIsRecordedOnceAndNotBeforeBirth) {
    v1::RecordDeathRequest death;
    death.set_resident_id("r");
    death.set_on("2025-12-21");
    EXPECT_EQ(site_.refusal<v1::Resident>(kRegistrar, death), "FIELD_RANGE");
    death.set_on("1967-06-14");
    EXPECT_EQ(site_.refusal<v1::Resident>(kRegistrar, death), "FIELD_RANGE");
    death.set_on("2025-12-19");
    const auto dead = site_.ok<v1::Resident>(kRegistrar, death);
    EXPECT_EQ(dead.state(), v1::RESIDENT_STATE_DECEASED);
    EXPECT_THAT(dead.allowed_actions(), IsEmpty());
    site_.ok<v1::Resident>(kRegistrar, death);
    death.set_on("2025-12-18");
    EXPECT_EQ(site_.refusal<v1::Resident>(kRegistrar, death), "RESIDENT_DECEASED");
    EXPECT_THAT(site_.events("r"), ElementsAre("resident.registered", "resident.deceased"));
    EXPECT_EQ(site_.count("residents"), 0);
}

// interop.md 8, N-12.
TEST_P(Registers, RecordsAreReadByThoseWhoCareAndBreakGlassIsRecorded) {
    DirectorySite consent(GetParam(), "120112");
    consent.institution("B1", "centre");
    consent.institution("H1", "hospital");
    consent.resident("r");
    v1::GetResidentRequest get;
    get.set_resident_id("r");
    const Who stranger{"H1", "doctor-1", {"doctor"}};
    EXPECT_EQ(consent.refusal<v1::Resident>(stranger, get), "AUTH_RECORD_ACCESS_DENIED");
    consent.ok<v1::Resident>(kTeamLead, get);
    get.set_break_glass_reason("unconscious");
    consent.ok<v1::Resident>(stranger, get);
    static constexpr storage::Query kBroken{
        "test.broken", "SELECT count(*) FROM audit_rows WHERE reason = 'BREAK_GLASS'"};
    EXPECT_EQ(consent.number(kBroken), 1);
    // Cangshan opens the record to the person.
    get.clear_break_glass_reason();
    site_.ok<v1::Resident>(stranger, get);
}

TEST_P(Registers, InstitutionsHaveDatedVersions) {
    v1::ChangeInstitutionRequest change;
    auto* i = change.mutable_institution();
    v1::GetInstitutionRequest get;
    get.set_institution_id("V1");
    *i = site_.ok<v1::Institution>(kTeamLead, get);
    i->set_parent_institution_id("B2");
    i->set_effective_on("2025-06-01");
    i->clear_etag();
    const auto changed = site_.ok<v1::Institution>(kRegistrar, change);
    EXPECT_EQ(changed.etag(), "\"2\"");
    get.set_on("2025-05-31");
    EXPECT_EQ(site_.ok<v1::Institution>(kTeamLead, get).parent_institution_id(), "B1");
    get.set_on("2025-06-01");
    EXPECT_EQ(site_.ok<v1::Institution>(kTeamLead, get).parent_institution_id(), "B2");
    change.clear_request_id();
    i->set_effective_on("2025-01-01");
    EXPECT_EQ(site_.refusal<v1::Institution>(kRegistrar, change), "VALIDITY_OVERLAP");
    i->set_effective_on("2025-07-01");
    i->set_class_("spaceport");
    EXPECT_EQ(site_.refusal<v1::Institution>(kRegistrar, change), "FIELD_ENUM");
    EXPECT_THAT(site_.events("V1"),
                ElementsAre("institution.registered", "consortium_membership.changed",
                            "institution.changed"));
}

TEST_P(Registers, MembershipsDoNotOverlapAndHaveOneLead) {
    v1::SetMembershipRequest m;
    m.mutable_membership()->set_consortium_id("C2");
    m.mutable_membership()->set_institution_id("B1");
    m.mutable_membership()->set_role(v1::MEMBERSHIP_ROLE_MEMBER);
    m.mutable_membership()->set_from("2026-01-01");
    EXPECT_EQ(site_.refusal<v1::Membership>(kRegistrar, m), "VALIDITY_OVERLAP");
    v1::SetMembershipRequest end;
    end.mutable_membership()->set_consortium_id("C1");
    end.mutable_membership()->set_institution_id("B1");
    end.mutable_membership()->set_role(v1::MEMBERSHIP_ROLE_MEMBER);
    end.mutable_membership()->set_from("2020-01-01");
    end.mutable_membership()->set_to("2025-12-19");
    site_.ok<v1::Membership>(kRegistrar, end);
    site_.ok<v1::Membership>(kRegistrar, m);
    m.mutable_membership()->set_consortium_id("C1");
    m.mutable_membership()->set_institution_id("B2");
    m.mutable_membership()->set_from("2020-01-01");
    m.mutable_membership()->set_role(v1::MEMBERSHIP_ROLE_LEAD);
    EXPECT_EQ(site_.refusal<v1::Membership>(kRegistrar, m), "VALIDITY_OVERLAP") << "a second lead";
    v1::ListInstitutionsRequest list;
    list.set_consortium_id("C1");
    std::vector<std::string> members;
    const auto answer = site_.ok<v1::ListInstitutionsResponse>(kTeamLead, list);
    for (const auto& i : answer.institutions()) members.push_back(i.institution_id());
    EXPECT_THAT(members, ElementsAre("B2", "H1", "V1")) << "only who is a member today";
}

TEST_P(Registers, TeamsKeepWhoHasLeftAndShareTimeOnce) {
    v1::ChangeMembersRequest change;
    change.set_team_id("t");
    change.set_leader_id("gp-1");
    const auto add = [&](const std::string& id, const std::string& role, int share) {
        auto* member = change.add_members();
        member->set_practitioner_id(id);
        member->set_role(role);
        member->set_capacity_share_bp(share);
    };
    add("gp-1", "GP", 6000);
    EXPECT_EQ(site_.refusal<v1::Team>(kTeamLead, change), "ROLE_MISSING");
    add("doctor-1", "NURSE", 5000);
    EXPECT_EQ(site_.refusal<v1::Team>(kOtherTeam, change), "AUTH_RECORD_ACCESS_DENIED");
    const auto team = site_.ok<v1::Team>(kTeamLead, change);
    ASSERT_EQ(team.members_size(), 3);
    EXPECT_EQ(team.members(0).from(), "2025-12-20");
    EXPECT_EQ(team.members(2).practitioner_id(), "nurse-1");
    EXPECT_EQ(team.members(2).to(), "2025-12-20");
    EXPECT_THAT(team.allowed_actions(), ElementsAre("ChangeMembers"));
    v1::ChangeMembersRequest other;
    other.set_team_id("u");
    for (const auto& [id, role] : {std::pair("gp-2", "GP"), std::pair("doctor-1", "NURSE")}) {
        auto* member = other.add_members();
        member->set_practitioner_id(id);
        member->set_role(role);
        member->set_capacity_share_bp(5001);
    }
    EXPECT_EQ(site_.refusal<v1::Team>(kRegistrar, other), "CAPACITY_EXCEEDED");
    other.mutable_members(1)->set_practitioner_id("nobody");
    EXPECT_EQ(site_.refusal<v1::Team>(kRegistrar, other), "PRACTITIONER_NOT_FOUND");
}

TEST_P(Registers, AnImportKeepsGoodRowsAndNamesBadOnes) {
    v1::BatchImportResidentsRequest request;
    request.set_batch_id("b1");
    *request.add_rows() = row("r1", "D-1");
    *request.add_rows() = row("r2", "D-2");
    request.mutable_rows(1)->set_birth_date("1950-02-30");
    request.mutable_rows(1)->mutable_identity()->clear_name();
    *request.add_rows() = row("r3", "D-3");
    request.mutable_rows(2)->set_home_institution_id("nowhere");
    *request.add_rows() = row("r4", "D-1");
    *request.add_rows() = row("r1", "D-1");
    *request.add_rows() = row("r5", "D-5");
    request.mutable_rows(5)->add_allergy_codes("penicillin");
    request.set_dry_run(true);
    const auto tried = import(request);
    EXPECT_EQ(tried.accepted_count(), 2);
    EXPECT_EQ(tried.refused_count(), 3);
    EXPECT_EQ(site_.count("residents"), 1) << "a dry run stores nothing";
    request.set_dry_run(false);
    request.set_request_id(runtime::new_request_id());
    const auto report = import(request);
    EXPECT_EQ(report.row_count(), 6);
    EXPECT_EQ(report.accepted_count(), 2);
    EXPECT_EQ(report.unchanged_count(), 1);
    EXPECT_EQ(report.refused_count(), 3);
    std::vector<std::string> refusals;
    for (const auto& r : report.refusals()) {
        refusals.push_back(std::to_string(r.row_index()) + " " + r.field() + " " + r.reason());
    }
    EXPECT_THAT(refusals, ElementsAre("1 identity.name FIELD_REQUIRED", "1 birth_date FIELD_FORMAT",
                                      "2  INSTITUTION_NOT_FOUND", "3  ALREADY_REGISTERED"));
    EXPECT_EQ(import(request).SerializeAsString(), report.SerializeAsString()) << "a resend";
    EXPECT_EQ(site_.count("residents"), 3);
    EXPECT_EQ(resident("r5").health_codes_size(), 1);
    auto as_if = tried;
    as_if.set_dry_run(false);
    EXPECT_EQ(as_if.SerializeAsString(), report.SerializeAsString()) << "a dry run foretells it";
    v1::BatchImportResidentsRequest many;
    many.set_batch_id("b2");
    for (int i = 0; i < 501; ++i) *many.add_rows() = row("r1", "D-1");
    EXPECT_EQ(site_.refusal<common::v1::ImportReport>(kRegistrar, many), "LIMIT_ROWS");
}

TEST_P(Registers, ADryRunKnowsTheRowsBeforeIt) {
    v1::BatchImportInstitutionsRequest request;
    request.set_batch_id("b1");
    request.set_dry_run(true);
    *request.add_rows() = place("S1", "B1");
    *request.add_rows() = place("S2", "S1");
    *request.add_rows() = place("S3", "S9");
    const auto tried = import(request);
    EXPECT_EQ(tried.accepted_count(), 2);
    ASSERT_EQ(tried.refusals_size(), 1);
    EXPECT_EQ(tried.refusals(0).reason(), "INSTITUTION_NOT_FOUND");
    request.set_dry_run(false);
    EXPECT_EQ(import(request).accepted_count(), 2);
    request.mutable_rows(0)->set_name("another name");
    request.set_batch_id("b2");
    const auto again = import(request);
    EXPECT_EQ(again.unchanged_count(), 1);
    EXPECT_EQ(again.refusals(0).reason(), "ID_REUSED");
}

TEST_P(Registers, AnImportIsUndoneAsAWhole) {
    v1::BatchImportInstitutionsRequest places;
    places.set_batch_id("b1");
    *places.add_rows() = place("S1", "B1");
    *places.add_rows() = place("S2", "S1");
    EXPECT_EQ(import(places).accepted_count(), 2);
    v1::BatchImportMembershipsRequest memberships;
    memberships.set_batch_id("b1");
    auto* m = memberships.add_rows();
    m->set_consortium_id("C1");
    m->set_institution_id("S1");
    m->set_role(v1::MEMBERSHIP_ROLE_MEMBER);
    m->set_from("2026-01-01");
    EXPECT_EQ(import(memberships).accepted_count(), 1);
    v1::BatchImportPractitionersRequest people;
    people.set_batch_id("b1");
    for (const char* id : {"gp-7", "nurse-7"}) {
        auto* p = people.add_rows();
        p->set_practitioner_id(id);
        p->set_name("imported");
        p->add_institution_ids("S1");
        p->set_title("MIDDLE");
        p->set_valid_from("2020-01-01");
    }
    EXPECT_EQ(import(people).accepted_count(), 2);
    v1::BatchImportTeamsRequest teams;
    teams.set_batch_id("b1");
    auto* t = teams.add_rows();
    t->set_team_id("t7");
    t->set_institution_id("S1");
    t->set_leader_id("gp-7");
    for (const auto& [id, role] : {std::pair("gp-7", "GP"), std::pair("nurse-7", "NURSE")}) {
        auto* member = t->add_members();
        member->set_practitioner_id(id);
        member->set_role(role);
    }
    EXPECT_EQ(import(teams).accepted_count(), 1);
    v1::BatchImportResidentsRequest residents;
    residents.set_batch_id("b1");
    *residents.add_rows() = row("r1", "D-1");
    residents.mutable_rows(0)->set_home_institution_id("S1");
    residents.mutable_rows(0)->add_special_groups("LIVER");
    EXPECT_EQ(import(residents).accepted_count(), 1);

    EXPECT_EQ(undo("b9"), "BATCH_NOT_FOUND");
    EXPECT_EQ(undo("b1", {"B2", "registrar-2", {"registrar"}}), "AUTH_RECORD_ACCESS_DENIED");
    v1::UndoImportRequest request;
    request.set_batch_id("b1");
    EXPECT_EQ(site_.ok<common::v1::UndoReport>(kRegistrar, request).undone_count(), 7);
    EXPECT_EQ(undo("b1"), "BATCH_ALREADY_UNDONE");
    EXPECT_EQ(site_.refusal<common::v1::ImportReport>(kRegistrar, places), "BATCH_ALREADY_UNDONE");
    EXPECT_EQ(site_.count("residents"), 1);
    v1::GetInstitutionRequest get;
    get.set_institution_id("S1");
    EXPECT_EQ(site_.refusal<v1::Institution>(kTeamLead, get), "INSTITUTION_NOT_FOUND");
    EXPECT_THAT(site_.events("t7"), ElementsAre("team.created", "team.dissolved"));
    EXPECT_THAT(
        site_.events("r1"),
        ElementsAre("resident.registered", "resident.health_codes_recorded", "resident.moved"));
    EXPECT_EQ(site_.last_event<v1::PractitionerRightsChanged>("gp-7").valid_to(), "2019-12-31");
    // The document is free again.
    residents.set_batch_id("b2");
    residents.mutable_rows(0)->set_home_institution_id("B1");
    EXPECT_EQ(import(residents).accepted_count(), 1);
}

TEST_P(Registers, WhatDependsOnAnImportStopsItsUndoing) {
    v1::BatchImportResidentsRequest request;
    request.set_batch_id("b1");
    *request.add_rows() = row("r1", "D-1");
    *request.add_rows() = row("r2", "D-2");
    import(request);
    const auto reason = [&] {
        v1::UndoImportRequest r;
        r.set_batch_id("b1");
        const auto answer = site_.call<common::v1::UndoReport>(kRegistrar, r);
        return answer.ok() ? std::map<std::string, std::string>() : answer.error().metadata;
    };
    site_.ok<v1::Contract>(kTeamLead,
                           site_.offer(kContract, "r1", "t", "2026-01-01", "2026-12-31"));
    EXPECT_THAT(reason(), ::testing::Contains(Pair("contract", kContract)));
    EXPECT_EQ(undo("b1"), "BATCH_IN_USE");
    EXPECT_EQ(site_.count("residents"), 3) << "none is taken back";

    v1::BatchImportResidentsRequest enrolled;
    enrolled.set_batch_id("b2");
    *enrolled.add_rows() = row("r4", "D-4");
    import(enrolled);
    registries::v1::ResidentEnrolled enrolment;
    enrolment.set_enrolment_id("e1");
    enrolment.set_resident_id("r4");
    enrolment.set_disease_code("hypertension");
    enrolment.set_confirmed_on("2025-12-20");
    site_.fact(enrolment);
    EXPECT_EQ(undo("b2"), "BATCH_IN_USE");

    v1::BatchImportInstitutionsRequest places;
    places.set_batch_id("b3");
    *places.add_rows() = place("S1", "B1");
    import(places);
    site_.practitioner("gp-8", "S1");
    EXPECT_EQ(undo("b3"), "BATCH_IN_USE");
}

TEST_P(Registers, ListsArePagedInByteOrder) {
    v1::ListPractitionersRequest list;
    list.set_institution_id("B1");
    list.set_page_size(1);
    std::vector<std::string> seen;
    do {
        const auto page = site_.ok<v1::ListPractitionersResponse>(kTeamLead, list);
        for (const auto& p : page.practitioners()) seen.push_back(p.practitioner_id());
        list.set_page_token(page.next_page_token());
    } while (!list.page_token().empty());
    EXPECT_THAT(seen, ElementsAre("gp-1", "nurse-1"));
    v1::ListTeamsRequest teams;
    teams.set_institution_id("B1");
    EXPECT_EQ(site_.ok<v1::ListTeamsResponse>(kTeamLead, teams).teams_size(), 1);
    v1::ListMembershipsRequest memberships;
    memberships.set_consortium_id("C1");
    memberships.set_page_size(3);
    const auto page = site_.ok<v1::ListMembershipsResponse>(kTeamLead, memberships);
    EXPECT_EQ(page.memberships_size(), 3);
    memberships.set_page_token(page.next_page_token());
    EXPECT_EQ(site_.ok<v1::ListMembershipsResponse>(kTeamLead, memberships).memberships_size(), 1);
}

TEST_P(Registers, PacksAreAnsweredByDayAndByVersion) {
    const Who service{"billing", "service:billing", {"service"}};
    v1::GetPolicyPackRequest get;
    get.set_district_code("350104");
    get.set_with_documents(true);
    const auto pack = site_.ok<v1::PolicyPack>(service, get);
    EXPECT_EQ(pack.digest().size(), 64U);
    EXPECT_EQ(pack.documents_size(), 2);
    get.set_pack_id("350104");
    get.set_pack_version(pack.pack_version());
    EXPECT_EQ(site_.ok<v1::PolicyPack>(service, get).digest(), pack.digest());
    get.set_pack_version(99);
    EXPECT_EQ(site_.refusal<v1::PolicyPack>(service, get), "NOT_FOUND");
    get.clear_pack_id();
    get.set_on("1990-01-01");
    EXPECT_EQ(site_.refusal<v1::PolicyPack>(service, get), "POLICY_NOT_IN_FORCE");
}

}  // namespace
}  // namespace yilian::directory::testing
