// The synthetic district and its stories: the same for the same seed, and what the issue asks of
// them. Nothing here talks to a service.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "fmt/format.h"
#include "libs/base/ulid.h"
#include "libs/calendar/civil_month.h"
#include "libs/ident/person.h"
#include "libs/policy/yaml/reader.h"
#include "services/cli/play/demo_data.h"
#include "services/cli/play/district.h"
#include "services/cli/play/rng.h"
#include "services/cli/play/story.h"

namespace yilian::cli::play {
namespace {

std::shared_ptr<const policy::Pack> pack_of(const std::string& region) {
    const char* source = std::getenv("YILIAN_SOURCE_DIR");
    const auto report =
        policy::load_directory(std::string(source == nullptr ? "." : source) + "/deploy/policies");
    EXPECT_NE(report.packs, nullptr) << policy::text_of(report.problems);
    return *report.packs->at(region, CivilDate::literal(2026, 1, 1));
}

struct World {
    explicit World(int residents, const std::string& region = "350104", std::uint64_t seed = 1)
        : working(calendar::WorkingDays::national()),
          district(make_district({.district = region,
                                  .residents = residents,
                                  .months = 6,
                                  .seed = seed,
                                  .first_day = CivilDate::literal(2026, 1, 1)},
                                 *pack_of(region), working)),
          days(district, working) {
        for (std::size_t i = 0; i < district.residents.size(); ++i) {
            stories.push_back(make_story(district, days, i));
        }
    }
    calendar::WorkingDays working;
    District district;
    DayCount days;
    std::vector<Story> stories;
};

std::string printed(const World& world) {
    std::string out;
    for (const Resident& r : world.district.residents) {
        out += fmt::format("{} {} {} {} {} {} {}\n", r.id, r.sex, r.birth.text(), r.insurance,
                           r.document_number, r.home, r.contracted);
    }
    for (const Story& story : world.stories) {
        for (const Step& step : story.steps) {
            out += fmt::format("{} {} {} {};", step.day, static_cast<int>(step.phase),
                               static_cast<int>(step.act), step.plan);
        }
        for (const VisitPlan& v : story.visits) out += fmt::format("{}/{} ", v.sbp, v.glucose_e2);
        for (const StayPlan& s : story.stays) out += fmt::format("{} ", s.total_fen);
    }
    return out;
}

TEST(PlayPlan, TheSameSeedGivesTheSameDistrictAndAnotherSeedAnother) {
    const std::string once = printed(World(400));
    EXPECT_EQ(once, printed(World(400)));
    EXPECT_NE(once, printed(World(400, "350104", 2)));
}

TEST(PlayPlan, AResidentsStoryDoesNotDependOnHowManyOthersThereAre) {
    const World small(50);
    const World large(400);
    for (std::size_t i = 0; i < small.stories.size(); ++i) {
        ASSERT_EQ(small.stories[i].steps.size(), large.stories[i].steps.size()) << i;
    }
}

TEST(PlayPlan, SharesAreThoseOfTheIssue) {
    const World world(10000);
    int adults = 0;
    int hypertension = 0;
    int diabetes = 0;
    int contracted = 0;
    for (const Resident& r : world.district.residents) {
        contracted += r.contracted ? 1 : 0;
        if (calendar::age_years(r.birth, world.district.options.first_day) < 18) {
            EXPECT_FALSE(r.hypertension || r.diabetes);
            continue;
        }
        ++adults;
        hypertension += r.hypertension ? 1 : 0;
        diabetes += r.diabetes ? 1 : 0;
    }
    EXPECT_NEAR(hypertension * 100.0 / adults, 25, 2);
    EXPECT_NEAR(diabetes * 100.0 / adults, 10, 1.5);
    EXPECT_NEAR(contracted, 4000, 200);
    std::map<std::string, int> kinds;
    std::map<int, int> levels;
    for (const Institution& i : world.district.institutions) {
        ++kinds[i.hospital() ? "hospital" : i.parent.empty() ? "centre" : "base"];
        if (i.hospital()) ++levels[i.level];
    }
    EXPECT_EQ(kinds["centre"], 6);
    EXPECT_EQ(kinds["base"], 30);
    EXPECT_EQ(levels[3], 1);
    EXPECT_EQ(levels[2], 2);
}

TEST(PlayPlan, IdentityNumbersAreValidUniqueAndNobodys) {
    const World world(10000);
    std::set<std::string> numbers;
    std::set<std::string> ids;
    for (const Resident& r : world.district.residents) {
        const auto parsed = ident::IdentityNumber::parse(r.document_number);
        ASSERT_TRUE(parsed.ok()) << r.document_number;
        EXPECT_EQ(parsed->birth_date(), r.birth.ymd());
        EXPECT_EQ(parsed->sex_code(), r.sex);
        EXPECT_EQ(r.document_number.substr(0, 6), "999999");
        EXPECT_TRUE(numbers.insert(r.document_number).second);
        EXPECT_TRUE(is_ulid(r.id));
        EXPECT_TRUE(ids.insert(r.id).second);
        EXPECT_EQ(r.name.rfind("合成居民", 0), 0U);
        EXPECT_EQ(r.phone.rfind("+999", 0), 0U);
    }
}

TEST(PlayPlan, StepsAreInOrderAndVisitsOnWorkingDays) {
    const World world(1000);
    for (const Story& story : world.stories) {
        for (std::size_t i = 1; i < story.steps.size(); ++i) {
            const Step& a = story.steps[i - 1];
            const Step& b = story.steps[i];
            EXPECT_TRUE(std::tie(a.day, a.phase) <= std::tie(b.day, b.phase));
        }
        for (const Step& step : story.steps) {
            EXPECT_GE(step.day, 0);
            EXPECT_LE(step.day, world.days.number(world.district.last_settlement));
            if (step.act != Act::kVisit) continue;
            EXPECT_EQ(step.day, world.days.working_on_or_after(step.day));
            EXPECT_LE(step.day, world.days.last());
        }
    }
}

// A list is submitted when its stay is over, when the evidence is there, and before the month of
// its discharge is settled.
TEST(PlayPlan, ListsComeAfterTheStayAndBeforeTheMonthIsSettled) {
    const World world(3000);
    int late = 0;
    int faulty = 0;
    for (const Story& story : world.stories) {
        for (const Step& step : story.steps) {
            if (step.act != Act::kSubmitList && step.act != Act::kCorrectList) continue;
            const StayPlan& stay = story.stays[static_cast<std::size_t>(step.plan)];
            EXPECT_GT(step.day, stay.discharged_day);
            EXPECT_GE(stay.discharged_day, stay.admitted_day);
            const auto month =
                calendar::CivilMonth::containing(world.days.date(stay.discharged_day));
            const auto settled = world.working.nth_of_month(month.plus(1), 10);
            EXPECT_LE(world.days.date(step.day), *settled);
            if (step.act != Act::kSubmitList) continue;
            late += stay.late ? 1 : 0;
            faulty += stay.fault != Fault::kNone ? 1 : 0;
            if (stay.referral < 0) continue;
            const auto& referral = story.referrals[static_cast<std::size_t>(stay.referral)];
            EXPECT_GE(step.day, referral.care_day);
        }
    }
    EXPECT_GT(late, 0);
    EXPECT_GT(faulty, 0);
}

// What must be above 0 in the summary happens even in a small district, in each of the five.
TEST(PlayPlan, ASmallDistrictLivesThroughEveryMainPath) {
    for (const char* region : {"120111", "370212", "120112", "370725", "350104"}) {
        const World world(60, region);
        std::map<Act, int> acts;
        int back = 0;
        int long_ones = 0;
        int faulty = 0;
        int ungrouped = 0;
        std::set<std::string> never;
        for (const CaseTemplate& c : ungrouped_templates()) never.insert(c.diagnoses.front());
        for (const Story& story : world.stories) {
            for (const Step& step : story.steps) ++acts[step.act];
            for (const ReferralPlan& r : story.referrals) back += r.goes_back ? 1 : 0;
            for (const RxPlan& rx : story.prescriptions) {
                long_ones += rx.kind == RxKind::kLong || rx.kind == RxKind::kExtended ? 1 : 0;
            }
            for (const StayPlan& s : story.stays) {
                faulty += s.fault != Fault::kNone ? 1 : 0;
                ungrouped += s.procedures.empty() && never.contains(s.diagnoses.front()) ? 1 : 0;
            }
        }
        for (const Act act :
             {Act::kSign, Act::kVisit, Act::kRefer, Act::kBook, Act::kArrive, Act::kComplete,
              Act::kAnswerDown, Act::kCloseReferral, Act::kPrescribe, Act::kDispense,
              Act::kSubmitList, Act::kCorrectList, Act::kSubmitRxList}) {
            EXPECT_GT(acts[act], 0) << region << " " << static_cast<int>(act);
        }
        EXPECT_GT(back, 0) << region;
        EXPECT_GT(long_ones, 0) << region;
        EXPECT_GT(faulty, 0) << region;
        EXPECT_GT(ungrouped, 0) << region;
    }
}

TEST(PlayPlan, RequestIdsAreUuidsOfVersionFour) {
    const SeedIds ids(7);
    const std::string id = ids.uuid("r/1/visit/2");
    ASSERT_EQ(id.size(), 36U);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    EXPECT_EQ(id, SeedIds(7).uuid("r/1/visit/2"));
    EXPECT_NE(id, SeedIds(8).uuid("r/1/visit/2"));
    EXPECT_NE(id, ids.uuid("r/1/visit/3"));
    std::set<std::string> all;
    for (int i = 0; i < 20000; ++i) all.insert(ids.uuid(fmt::format("r/{}/x/0", i)));
    EXPECT_EQ(all.size(), 20000U);
}

}  // namespace
}  // namespace yilian::cli::play
