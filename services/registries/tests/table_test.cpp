// The transition table of registries.md 3 is sound, and README.md shows it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "libs/lifecycle/model.h"
#include "libs/lifecycle/walk.h"
#include "services/registries/domain/enrolment_table.h"

namespace yilian::registries::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EnrolmentTable, IsSound) {
    EXPECT_THAT(lifecycle::problems(kEnrolmentLifecycle.model()), IsEmpty());
}

TEST(EnrolmentTable, StandsInTheReadme) {
    std::ifstream file(std::string(std::getenv("YILIAN_SOURCE_DIR")) +
                       "/services/registries/README.md");
    std::stringstream text;
    text << file.rdbuf();
    const std::string readme = text.str();
    EXPECT_EQ(lifecycle::documented(readme, "enrolment"),
              lifecycle::markdown(kEnrolmentLifecycle.model()));
}

// Every pair that no row covers is refused, whatever the state.
TEST(EnrolmentTable, RefusesWhatNoRowCovers) {
    const auto attempts = lifecycle::illegal_attempts(kEnrolmentLifecycle.model());
    EXPECT_FALSE(attempts.empty());
    for (const auto& attempt : attempts) {
        const auto outcome =
            kEnrolmentLifecycle.check(static_cast<EnrolmentState>(attempt.state),
                                      static_cast<EnrolmentAction>(attempt.action));
        ASSERT_FALSE(outcome.ok());
        EXPECT_EQ(outcome.refusal().reason, Reason("STATE_TRANSITION_NOT_ALLOWED"));
    }
}

CivilDate day(std::string_view text) { return *CivilDate::parse(text); }

// registries.md 2: a visit on or before the due day does it; the visit that asked for it does not.
TEST(CareAction, IsDoneByALaterVisitUntilItsDay) {
    CareAction action;
    action.kind = ActionKind::kAdjust;
    action.disease_code = "hypertension";
    action.visit_id = "v1";
    action.opened_on = day("2026-03-02");
    action.due_on = day("2026-03-16");
    EXPECT_FALSE(follows_up(action, "hypertension", day("2026-03-02")));
    EXPECT_TRUE(follows_up(action, "hypertension", day("2026-03-03")));
    EXPECT_TRUE(follows_up(action, "hypertension", day("2026-03-16")));
    EXPECT_FALSE(follows_up(action, "hypertension", day("2026-03-17")));
    EXPECT_FALSE(follows_up(action, "diabetes_t2", day("2026-03-10")));
    action.kind = ActionKind::kReferUp;
    EXPECT_FALSE(follows_up(action, "hypertension", day("2026-03-10")));
    action.kind = ActionKind::kFollow2w;
    action.visit_id = "";
    EXPECT_TRUE(follows_up(action, "hypertension", day("2026-03-02"))) << "opened by a referral";
    EXPECT_FALSE(follows_up(action, "hypertension", day("2026-03-01")));
}

TEST(Enrolment, CountsMonthsFromTheLastVisitOrFromItsComing) {
    Enrolment e;
    e.confirmed_on = day("2024-06-01");
    e.enrolled_on = day("2026-01-12");
    EXPECT_EQ(e.without_visit_since(), day("2026-01-12"));
    e.standing.last_visit_on = day("2026-02-01");
    EXPECT_EQ(e.without_visit_since(), day("2026-02-01"));
}

}  // namespace
}  // namespace yilian::registries::domain
