// The synthetic district and its stories: the same for the same seed, and what the issue asks of
// them. Nothing here talks to a service.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/ulid.h"
#include "libs/calendar/civil_month.h"
#include "libs/ident/person.h"
#include "libs/policy/yaml/reader.h"
#include "libs/testkit/temp_dir.h"
#include "services/cli/exit_code.h"
#include "services/cli/play/demo_data.h"
#include "services/cli/play/district.h"
#include "services/cli/play/registers.h"
#include "services/cli/play/rng.h"
#include "services/cli/play/stage.h"
#include "services/cli/play/story.h"
#include "services/cli/play/summary.h"

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
    explicit World(District from)
        : working(calendar::WorkingDays::national()),
          district(std::move(from)),
          days(district, working) {
        tell();
    }
    explicit World(int residents, const std::string& region = "350104", std::uint64_t seed = 1)
        : working(calendar::WorkingDays::national()),
          district(make_district({.district = region,
                                  .residents = residents,
                                  .months = 6,
                                  .seed = seed,
                                  .first_day = CivilDate::literal(2026, 1, 1)},
                                 *pack_of(region), working)),
          days(district, working) {
        tell();
    }
    void tell() {
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
        out += fmt::format("{} {} {} {} {} {} {} {} {}\n", r.id, r.sex, r.birth.text(), r.insurance,
                           r.aid_class, r.home, r.station, r.team, r.contracted);
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
        int late = 0;
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
                late += s.late ? 1 : 0;
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
        EXPECT_GT(late, 0) << region;
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

TEST(PlayPlan, ThreeInAHundredCommandsAreSentTwice) {
    const SeedIds ids(1);
    int twice = 0;
    for (int i = 0; i < 20000; ++i) {
        twice += is_sent_twice(ids, fmt::format("r/{}/visit/1", i)) ? 1 : 0;
    }
    EXPECT_NEAR(twice, 600, 75);
}

TEST(PlayPlan, ATamePlayAndAWildOneAreFailures) {
    EXPECT_TRUE(untrue_shares(10'000, 300, 100).empty());
    EXPECT_EQ(untrue_shares(10'000, 100, 100).size(), 1U);
    EXPECT_EQ(untrue_shares(10'000, 500, 100).size(), 1U);
    EXPECT_EQ(untrue_shares(10'000, 300, 20).size(), 1U);
    EXPECT_EQ(untrue_shares(10'000, 0, 300).size(), 2U);
    EXPECT_TRUE(untrue_shares(100, 0, 0).empty());
}

// About three lists of stays in a hundred are bad at first, of every kind, and each of them is
// corrected by its next version; some come after the days for declaring.
TEST(PlayPlan, SomeListsAreBadAndCorrectedAndSomeAreLate) {
    const World world(10000);
    int lists = 0;
    int late = 0;
    std::map<Fault, int> faults;
    for (const Story& story : world.stories) {
        std::multiset<int> corrected;
        for (const Step& step : story.steps) {
            if (step.act == Act::kCorrectList) corrected.insert(step.plan);
        }
        for (std::size_t i = 0; i < story.stays.size(); ++i) {
            ++lists;
            ++faults[story.stays[i].fault];
            late += story.stays[i].late ? 1 : 0;
            EXPECT_EQ(corrected.count(static_cast<int>(i)),
                      story.stays[i].fault == Fault::kNone ? 0U : 1U);
        }
    }
    const int bad = lists - faults[Fault::kNone];
    EXPECT_NEAR(bad * 100.0 / lists, 2.5, 1.5) << lists;
    for (const Fault fault : {Fault::kTotal, Fault::kAge, Fault::kStayDays, Fault::kCount,
                              Fault::kDuplicateDiagnosis}) {
        EXPECT_GT(faults[fault], 0) << static_cast<int>(fault);
    }
    EXPECT_GT(late * 1000, lists);
    EXPECT_LT(late * 10, lists);
}

// --- an operator's own files ---------------------------------------------------------------------

class PlayInput : public ::testing::Test {
  protected:
    void write(const World& world) {
        write_registers(world.district, registers_of(world.district), in_.path());
    }
    InputDistrict read() const {
        PlayOptions options;
        options.district = "350104";
        options.first_day = CivilDate::literal(2026, 1, 1);
        return read_input(in_.path(), out_.path(), options, *pack_of("350104"),
                          calendar::WorkingDays::national());
    }
    void append(const std::string& name, const std::string& line) const {
        std::ofstream(in_.file(name), std::ios::app) << line << "\n";
    }
    std::string errors() const {
        std::ifstream in(out_.file("input.errors.csv"));
        return {std::istreambuf_iterator<char>(in), {}};
    }
    testkit::TempDir in_;
    testkit::TempDir out_;
};

template <class Row>
std::vector<std::string> bytes(const std::vector<Row>& rows) {
    std::vector<std::string> out;
    for (const Row& row : rows) out.push_back(row.SerializeAsString());
    return out;
}

TEST_F(PlayInput, FilesOfASyntheticDistrictTellTheSameStories) {
    const World world(400);
    write(world);
    InputDistrict input = read();
    EXPECT_EQ(input.bad_fields, 0U);
    const Registers registers = registers_of(world.district);
    EXPECT_EQ(bytes(input.registers.institutions), bytes(registers.institutions));
    EXPECT_EQ(bytes(input.registers.memberships), bytes(registers.memberships));
    EXPECT_EQ(bytes(input.registers.practitioners), bytes(registers.practitioners));
    EXPECT_EQ(bytes(input.registers.teams), bytes(registers.teams));
    EXPECT_EQ(bytes(input.registers.residents), bytes(registers.residents));
    EXPECT_EQ(bytes(input.registers.enrolments), bytes(registers.enrolments));
    EXPECT_EQ(printed(World(std::move(input.district))), printed(world));
}

TEST_F(PlayInput, BadRowsAreToldAndTheGoodOnesGoOn) {
    write(World(50));
    append("residents.csv",
           "R-bad-1,ID_CARD,999999199001010019,x,1,1990-01-01,RES,350104,,NOWHERE,,");
    append("residents.csv",
           "R-bad-2,ID_CARD,999999199001010027,x,3,1990-02-30,RES,350104,,B1-01,,");
    append("contracts.csv", "R-bad-1,T-none");
    append("enrolments.csv", "E-1,R-bad-2,hypertension,B1-01,2025-01-01,file,");
    const InputDistrict input = read();
    EXPECT_EQ(input.district.residents.size(), 50U);
    EXPECT_EQ(input.registers.residents.size(), 50U);
    EXPECT_EQ(input.bad_fields, 5U);
    const std::string told = errors();
    const std::string residents = in_.file("residents.csv");
    EXPECT_NE(told.find(residents + ",52,home_institution_id,REFERENCE_NOT_FOUND,NOWHERE"),
              std::string::npos)
        << told;
    // What a person is never stands in the report.
    EXPECT_NE(told.find(residents + ",53,sex,FIELD_ENUM,***"), std::string::npos) << told;
    EXPECT_NE(told.find(residents + ",53,birth_date,FIELD_"), std::string::npos) << told;
    EXPECT_NE(told.find("contracts.csv,"), std::string::npos) << told;
    EXPECT_NE(told.find("enrolments.csv,"), std::string::npos) << told;
}

TEST_F(PlayInput, WhatCannotBePlayedIsSaidAtOnce) {
    write(World(20));
    std::ofstream(in_.file("memberships.csv")) << "consortium_id,institution_id,role,from\n";
    EXPECT_THROW((void)read(), CommandFailed);
    std::filesystem::remove(in_.file("memberships.csv"));
    EXPECT_THROW((void)read(), CommandFailed);
}

}  // namespace
}  // namespace yilian::cli::play
