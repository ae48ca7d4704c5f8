// Every key of the pack that this service reads: another value, another result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/policy/keys/directory.h"
#include "libs/policy/keys/registries.h"
#include "libs/policy/testing/key_changes.h"
#include "services/registries/app/rules.h"
#include "services/registries/domain/classification.h"
#include "services/registries/tests/registry_site.h"
#include "yilian/directory/v1/events.pb.h"

namespace yilian::registries::testing {
namespace {

using policy::testing::change;
using policy::testing::ChangedPacks;
using policy::testing::PackResult;
using policy::testing::unchanged;

// A visit as the rules of the pack classify it.
PackResult classified(int sbp, int dbp, domain::ClassificationHistory history) {
    return [=](const ChangedPacks& packs) {
        const policy::PolicyStore store(packs.set());
        const auto day = *calendar::CivilDate::parse("2026-03-02");
        const auto rules = app::rules_on(store, "350104", day);
        domain::Visit visit;
        visit.visit_on = day;
        visit.sbp_mmhg = sbp;
        visit.dbp_mmhg = dbp;
        const auto c = domain::classify("hypertension", visit, history, rules->classification);
        return std::string(name_of(c.control_class)) + ' ' + c.rule_set_version + ' ' +
               (c.next_due_on ? c.next_due_on->text() : "");
    };
}

PackResult disease_of(const char* diagnosis) {
    return [=](const ChangedPacks& packs) {
        const policy::PolicyStore store(packs.set());
        const auto day = *calendar::CivilDate::parse("2026-03-02");
        return app::rules_on(store, "350104", day)->disease_of(diagnosis);
    };
}

// What the running service makes of it, with r enrolled on 2026-01-12.
PackResult served(std::function<std::string(RegistrySite&)> act) {
    return [act = std::move(act)](const ChangedPacks& packs) {
        RegistrySite site(storage::Dialect::kSqlite, "350104");
        site.policies_dir = site.file("policies");
        packs.write(site.policies_dir);
        site.restart();
        site.people_and_places();
        site.resident("r");
        return act(site);
    };
}

std::string state_of(RegistrySite& site) {
    return v1::EnrolmentState_Name(site.enrolment("r").state());
}
std::string confirmed(RegistrySite& site) {
    return site.refusal<v1::Enrolment>(kDoctor, site.confirmation("r"));
}
std::string after_ten_months(RegistrySite& site) {
    site.enrolled("r");
    site.clock("2026-11-20T09:00:00");
    return state_of(site);
}
std::string two_months_after_the_move(RegistrySite& site) {
    site.enrolled("r");
    directory::v1::ResidentMoved moved;
    moved.set_resident_id("r");
    moved.set_from_institution_id("B1");
    moved.set_to_institution_id("B2");
    moved.set_on("2026-01-12");
    site.fact(moved);
    site.clock("2026-03-20T09:00:00");
    return state_of(site);
}
std::string read_by_another_institution(RegistrySite& site) {
    site.enrolled("r");
    v1::GetEnrolmentsRequest get;
    get.set_resident_id("r");
    return site.refusal<v1::GetEnrolmentsResponse>(kOtherDoctor, get);
}

TEST(PolicyKeys, AreReadByRegistries) {
    const domain::ClassificationHistory plain{.age_years = 58};
    const domain::ClassificationHistory comorbid{.age_years = 58, .has_diabetes_or_ckd = true};
    const policy::testing::Overrides comorbid_goal{
        {"registry.hypertension.comorbid_goal_enabled", "true"}};
    EXPECT_THAT(
        unchanged(
            "350104",
            {change(policy::kRegistryHypertensionControlRuleSet, "guideline2020",
                    classified(134, 84, plain)),
             change(policy::kRegistryHypertensionComorbidGoalEnabled, "false",
                    classified(134, 78, comorbid), comorbid_goal),
             change(policy::kRegistryHypertensionComorbidGoal, "[136, 80]",
                    classified(134, 78, comorbid), comorbid_goal),
             change(policy::kRegistryFollowupUrgentDays, "10", classified(152, 92, plain)),
             change(policy::kRegistryFollowupPlannedDays, "60", classified(130, 80, plain)),
             change(policy::kRegistryDiseaseMap, "{hypertension: [I15]}", disease_of("I10.x05")),
             change(policy::kRegistryDiseases, "[diabetes_t2]", served(confirmed)),
             change(policy::kRegistryLostAfterMonths, "9", served(after_ten_months)),
             change(policy::kRegistryMovedCloseAfterDays, "30", served(two_months_after_the_move)),
             change(policy::kDirectoryRecordAccessMode, "contract",
                    served(read_by_another_institution),
                    {{"directory.record_access.mode", "open_to_person"}})}),
        ::testing::IsEmpty());
}

}  // namespace
}  // namespace yilian::registries::testing
