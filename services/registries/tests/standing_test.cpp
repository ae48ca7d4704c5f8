// registries.md 13: classification is recomputable; voiding and recording again gives the same
// state.
#include "services/registries/domain/standing.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <random>

namespace yilian::registries::domain {
namespace {

CivilDate day(std::string_view text) { return *CivilDate::parse(text); }

HistoryEntry entry(std::string id, std::string_view on, std::int32_t sbp, std::int32_t dbp) {
    HistoryEntry e;
    e.visit.visit_id = std::move(id);
    e.visit.visit_on = day(on);
    e.visit.sbp_mmhg = sbp;
    e.visit.dbp_mmhg = dbp;
    e.age_years = 58;
    return e;
}

TEST(Standing, WalkOfEventsMd7EndsSatisfiedWithTheNextVisitInNinetyDays) {
    const History h =
        fold_history("hypertension",
                     {entry("v1", "2026-03-02", 168, 102), entry("v2", "2026-03-16", 172, 104),
                      entry("v3", "2026-03-31", 134, 82)},
                     false, std::nullopt);
    EXPECT_EQ(h.classifications[0].action, ActionKind::kAdjust);
    EXPECT_EQ(h.classifications[1].action, ActionKind::kReferUp);
    EXPECT_EQ(h.classifications[1].unsatisfied_run, 2);
    EXPECT_EQ(h.standing.control_class, ControlClass::kSatisfied);
    EXPECT_EQ(h.standing.unsatisfied_run, 0);
    EXPECT_EQ(h.standing.next_due_on, day("2026-06-29"));
}

TEST(Standing, VoidingTheLastVisitBringsBackTheStandingBeforeIt) {
    const auto first = entry("v1", "2026-03-02", 168, 102);
    const auto second = entry("v2", "2026-03-16", 136, 84);
    const History both = fold_history("hypertension", {first, second}, false, std::nullopt);
    EXPECT_EQ(both.standing.unsatisfied_run, 0);
    const History voided = fold_history("hypertension", {first}, false, std::nullopt);
    EXPECT_EQ(voided.standing.unsatisfied_run, 1);
    EXPECT_EQ(voided.standing.class_visit_id, "v1");
}

TEST(Standing, VisitWithoutClassLeavesClassRunAndDates) {
    HistoryEntry none = entry("v2", "2026-03-10", 150, 90);
    none.visit.dbp_mmhg.reset();
    const History h = fold_history("hypertension", {entry("v1", "2026-03-02", 152, 92), none},
                                   false, std::nullopt);
    EXPECT_EQ(h.standing.control_class, ControlClass::kUnsatisfied);
    EXPECT_EQ(h.standing.class_visit_id, "v1");
    EXPECT_EQ(h.standing.last_visit_id, "v2");
    EXPECT_EQ(h.standing.next_due_on, day("2026-03-16"));
}

TEST(Standing, DoesNotDependOnTheOrderOfRecording) {
    EXPECT_TRUE(rc::check("permuted history gives the same standing", [] {
        const auto pressures = *rc::gen::container<std::vector<std::int32_t>>(
            rc::gen::inRange<std::int32_t>(110, 175));
        std::vector<HistoryEntry> entries;
        for (std::size_t i = 0; i < pressures.size(); ++i) {
            HistoryEntry e = entry("v" + std::to_string(i), "2026-01-01", pressures[i], 80);
            e.visit.visit_on = e.visit.visit_on.plus_days(static_cast<int>(i) * 7);
            entries.push_back(e);
        }
        std::vector<HistoryEntry> shuffled = entries;
        std::mt19937 random(*rc::gen::arbitrary<unsigned>());
        std::ranges::shuffle(shuffled, random);
        const Standing a = fold_history("hypertension", entries, false, std::nullopt).standing;
        const Standing b = fold_history("hypertension", shuffled, false, std::nullopt).standing;
        RC_ASSERT(a.unsatisfied_run == b.unsatisfied_run);
        RC_ASSERT(a.class_visit_id == b.class_visit_id);
        RC_ASSERT(a.next_due_on == b.next_due_on);
    }));
}

}  // namespace
}  // namespace yilian::registries::domain
