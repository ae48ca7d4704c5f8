// Every key of the pack that this service reads: another value, another result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/policy/keys/directory.h"
#include "libs/policy/testing/key_changes.h"
#include "services/directory/tests/directory_site.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::directory::testing {
namespace {

using policy::testing::change;
using policy::testing::ChangedPacks;
using policy::testing::KeyChange;
using policy::testing::PackResult;

constexpr const char* kContract = "01jc0000000000000000000001";

// What the running service makes of it on 2025-12-20, with resident r.
PackResult served(std::function<std::string(DirectorySite&)> act,
                  const char* birth_date = "1967-06-15") {
    return [=](const ChangedPacks& packs) {
        DirectorySite site(storage::Dialect::kSqlite, "350104");
        site.policies_dir = site.site().file("policies");
        packs.write(site.policies_dir);
        site.restart();
        site.people_and_places();
        site.resident("r", birth_date);
        return act(site);
    };
}

PackResult offered(const char* last_day) {
    return served([=](DirectorySite& site) {
        return site.refusal<v1::Contract>(
            kTeamLead, DirectorySite::offer(kContract, "r", "t", "2026-01-01", last_day));
    });
}
std::string state_of(DirectorySite& site) {
    return v1::ContractState_Name(site.contract(kContract).state());
}
std::string offer_after_twenty_days(DirectorySite& site) {
    site.ok<v1::Contract>(kTeamLead,
                          DirectorySite::offer(kContract, "r", "t", "2026-02-01", "2027-01-31"));
    site.clock("2026-01-09T10:00:00");
    return state_of(site);
}
std::string voided_after_five_days(DirectorySite& site) {
    site.signed_contract(kContract, "r");
    site.clock("2025-12-25T10:00:00");
    v1::VoidContractRequest request;
    request.set_contract_id(kContract);
    request.set_reason_code("ERROR");
    return site.refusal<v1::Contract>(kTeamLead, request);
}
std::string six_weeks_before_the_end(DirectorySite& site) {
    site.signed_contract(kContract, "r");
    site.clock("2026-11-19T00:00:00");
    return state_of(site);
}
std::string second_resident(DirectorySite& site) {
    site.signed_contract(kContract, "r");
    site.clock("2026-01-01T00:00:00");
    site.resident("r2");
    const std::string id = "01jc0000000000000000000002";
    const auto offer = DirectorySite::offer(id, "r2", "t", "2026-01-02", "2027-01-01");
    const std::string refused = site.refusal<v1::Contract>(kTeamLead, offer);
    return refused.empty() ? site.refusal<v1::Contract>(kTeamLead, DirectorySite::signature(id))
                           : refused;
}
std::string status_of(DirectorySite& site) {
    site.signed_contract(kContract, "r");
    site.clock("2026-01-01T00:00:00");
    const auto status = site.status("r", "2026-01-01");
    std::string text;
    for (const std::string& group : status.key_groups()) text += group + ' ';
    for (const std::string& field : status.benefits()) text += field + ' ';
    return text;
}

std::string teams(DirectorySite& site) {
    std::string text;
    for (const char* role : {"NURSE", "VOLUNTEER"}) {
        const auto team =
            site.team(std::string("x-") + role, "B1", {{"gp-1", "GP"}, {"nurse-1", role}});
        text += (team.ok() ? team.value().model() : team.error().reason) + ' ';
    }
    return text;
}
std::string station(DirectorySite& site) {
    v1::RegisterInstitutionRequest request;
    request.mutable_institution()->set_institution_id("S1");
    request.mutable_institution()->set_name("S1");
    request.mutable_institution()->set_class_("station");
    request.mutable_institution()->set_level(common::v1::INSTITUTION_LEVEL_L1);
    request.mutable_institution()->set_district_code("350104");
    return site.refusal<v1::Institution>(kRegistrar, request);
}

std::string points_of(DirectorySite& site, const Who& reader) {
    v1::GetPointsRequest request;
    request.set_resident_id("r");
    const auto account = site.call<v1::PointsAccount>(reader, request);
    if (!account.ok()) return account.error().reason;
    std::string text;
    for (const auto& entry : account.value().entries()) {
        text += entry.rule_id() + ' ' + std::to_string(entry.points()) + ' ' + entry.expires_on();
    }
    return text;
}
// What the visits of two days of a year bring.
std::string points_of_two_days(DirectorySite& site) {
    site.signed_contract(kContract, "r");
    for (const char* day : {"2026-01-05", "2026-01-06"}) {
        site.clock(std::string(day) + "T09:00:00");
        registries::v1::VisitRecorded visit;
        visit.set_visit_id(std::string("v-") + day);
        visit.set_resident_id("r");
        visit.set_visit_on(day);
        visit.set_performer_id("gp-1");
        site.fact(visit);
    }
    return points_of(site, kTeamLead);
}
std::string points(DirectorySite& site) {
    site.signed_contract(kContract, "r");
    site.clock("2026-01-01T00:00:00");
    return points_of(site, kTeamLead);
}
std::string points_for_others(DirectorySite& site) {
    site.signed_contract(kContract, "r");
    site.clock("2026-01-01T00:00:00");
    return points_of(site, kOtherTeam);
}

std::string fee(DirectorySite& site) {
    site.clock("2026-01-01T00:00:00");
    v1::ComputeFeeSplitRequest request;
    request.set_team_id("t");
    request.set_period("2025-12");
    request.set_fee_fen(12'345);
    return std::to_string(site.ok<v1::FeeSplit>(kTeamLead, request).team_fen());
}

std::vector<KeyChange> contracts() {
    return {
        change(policy::kContractPeriodMinMonths, "6", offered("2026-06-30")),
        change(policy::kContractPeriodMaxMonths, "24", offered("2028-06-30")),
        change(policy::kContractPeriodFlexible, "false", offered("2027-06-30"),
               {{"contract.period.flexible", "true"}}),
        change(policy::kContractOfferValidDays, "10", served(offer_after_twenty_days)),
        change(policy::kContractVoidDays, "3", served(voided_after_five_days)),
        change(policy::kContractRenewalNoticeDays, "30", served(six_weeks_before_the_end)),
        change(policy::kContractResidentsPerDoctorMax, "1", served(second_resident)),
        change(policy::kContractKeyGroups, "[pregnant]", served(status_of, "1950-01-01")),
        change(policy::kContractBenefitsFields, "[visit]", served(status_of)),
    };
}
std::vector<KeyChange> registers_and_points() {
    return {
        change(policy::kContractTeamRolesRequired, "[GP, NURSE]", served(teams),
               {{"contract.team.roles_required", "[GP]"}}),
        change(policy::kContractTeamRolesAllowed, "[GP, NURSE]", served(teams),
               {{"contract.team.roles_required", "[GP]"}}),
        change(policy::kContractTeamModel, "CORE4", served(teams)),
        change(policy::kDirectoryInstitutionClasses, "[hospital, centre, village_clinic]",
               served(station)),
        change(policy::kContractFeeTeamShareMinBp, "8000", served(fee)),
        change(policy::kDirectoryRecordAccessMode, "contract", served(points_for_others),
               {{"directory.record_access.mode", "open_to_person"}}),
        change(policy::kPointsEnabled, "false", served(points), {{"points.enabled", "true"}}),
        change(policy::kPointsRules, "{paid_contract: 40}", served(points)),
        change(policy::kPointsCapDay, "20", served(points)),
        change(policy::kPointsCapYear, "10", served(points_of_two_days),
               {{"points.cap.day", "10"}}),
        change(policy::kPointsExpiryMonths, "12", served(points)),
    };
}

TEST(PolicyKeys, AreReadByContracts) {
    EXPECT_THAT(unchanged("350104", contracts()), ::testing::IsEmpty());
}
TEST(PolicyKeys, AreReadByRegistersAndPoints) {
    EXPECT_THAT(unchanged("350104", registers_and_points()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace yilian::directory::testing
