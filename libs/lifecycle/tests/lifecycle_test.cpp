#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "libs/lifecycle/model.h"
#include "libs/lifecycle/table.h"
#include "libs/lifecycle/walk.h"

namespace yilian::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

enum class State { kDraft, kReview, kBooked, kClosed, kCancelled };
enum class Action { kCreate, kEdit, kSubmit, kAccept, kReturn, kCancel, kClose };
enum class Role { kSender, kReceiver, kSystem };

constexpr Name<State> kStates[] = {{State::kDraft, "DRAFT"},
                                   {State::kReview, "UNDER_REVIEW"},
                                   {State::kBooked, "BOOKED"},
                                   {State::kClosed, "CLOSED"},
                                   {State::kCancelled, "CANCELLED"}};
constexpr Name<Action> kActions[] = {{Action::kCreate, "create"}, {Action::kEdit, "edit"},
                                     {Action::kSubmit, "submit"}, {Action::kAccept, "accept"},
                                     {Action::kReturn, "return"}, {Action::kCancel, "cancel"},
                                     {Action::kClose, "close"}};
constexpr Name<Role> kRoles[] = {
    {Role::kSender, "S"}, {Role::kReceiver, "R"}, {Role::kSystem, "Y"}};
constexpr Set<State> kFinals{State::kClosed, State::kCancelled};
constexpr Set<State> kOpen = all_of(kStates) - kFinals;
using TestRow = Row<State, Action, Role>;
constexpr TestRow kRows[] = {
    {1, {}, Action::kCreate, {State::kDraft}, {Role::kSender, Role::kSystem}, {}, {"Drafted"}},
    {2, {State::kDraft}, Action::kEdit, {}, {Role::kSender}, {"version matches"}, {}},
    {3,
     {State::kDraft},
     Action::kSubmit,
     {State::kReview},
     {Role::kSender},
     {"ordinary"},
     {"Submitted"}},
    {4,
     {State::kDraft},
     Action::kSubmit,
     {State::kBooked},
     {Role::kSender},
     {"emergency"},
     {"Submitted", "Booked"}},
    {5, {State::kReview}, Action::kAccept, {State::kBooked}, {Role::kReceiver}, {}, {"Booked"}},
    {6,
     {State::kBooked},
     Action::kReturn,
     {State::kReview, State::kDraft},
     {Role::kSender, Role::kReceiver},
     {"reason", "keep flag"},
     {"Returned"}},
    {7, {State::kBooked}, Action::kClose, {State::kClosed}, {Role::kReceiver}, {}, {"Closed"}},
    {8, kOpen, Action::kCancel, {State::kCancelled}, {Role::kSystem}, {}, {"Cancelled"}},
};
constexpr Table kTable{"parcel", kStates, kFinals, kActions, kRoles, kRows};

// Legality is known at compile time.
static_assert(kTable.legal(State::kDraft, Action::kEdit));
static_assert(!kTable.legal(State::kClosed, Action::kCancel));
static_assert(!kTable.legal_for(State::kDraft, Action::kSubmit, {Role::kReceiver}));

TEST(Lifecycle, UnlistedTransitionIsRefusedWithStateAndAction) {
    const auto refused = kTable.check(State::kClosed, Action::kAccept);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.refusal().reason, Reason("STATE_TRANSITION_NOT_ALLOWED"));
    EXPECT_EQ(refused.refusal().metadata, (Metadata{{"state", "CLOSED"}, {"action", "accept"}}));
    EXPECT_FALSE(kTable.enter(State::kDraft, Action::kAccept, State::kBooked).ok());
    EXPECT_TRUE(kTable.check(State::kReview, Action::kAccept).ok());
    EXPECT_FALSE(kTable.check(State::kDraft, Action::kCreate).ok()) << "creation needs no state";
}

TEST(Lifecycle, EnterAcceptsExactlyTheTargetsOfTheTable) {
    EXPECT_EQ(*kTable.enter(State::kBooked, Action::kReturn, State::kDraft), State::kDraft);
    EXPECT_EQ(*kTable.enter(State::kBooked, Action::kReturn, State::kReview), State::kReview);
    EXPECT_EQ(*kTable.enter(State::kDraft, Action::kEdit, State::kDraft), State::kDraft);
    EXPECT_EQ(*kTable.enter(State::kDraft, Action::kSubmit, State::kBooked), State::kBooked);
    EXPECT_EQ(kTable.create(Action::kCreate, State::kDraft), State::kDraft);
    EXPECT_DEATH((void)kTable.enter(State::kReview, Action::kAccept, State::kClosed),
                 "outside the table");
    EXPECT_DEATH((void)kTable.enter(State::kDraft, Action::kEdit, State::kReview),
                 "outside the table");
    EXPECT_DEATH((void)kTable.create(Action::kCreate, State::kBooked), "no row creates");
}

TEST(Lifecycle, AllowedActionsFollowRoleStateAndGuards) {
    EXPECT_THAT(kTable.allowed_actions(State::kDraft, {Role::kSender}),
                ElementsAre(Action::kEdit, Action::kSubmit));
    EXPECT_THAT(kTable.allowed_actions(State::kDraft, {Role::kReceiver}), IsEmpty());
    EXPECT_THAT(kTable.allowed_actions(State::kBooked, {Role::kSender, Role::kReceiver}),
                ElementsAre(Action::kReturn, Action::kClose));
    EXPECT_THAT(kTable.allowed_actions(State::kClosed, {Role::kSystem}), IsEmpty());
    const auto no_emergency = [](const RowData& row) { return !row.guards.contains("emergency"); };
    EXPECT_THAT(kTable.allowed_action_names(State::kDraft, {Role::kSender}, no_emergency),
                ElementsAre("edit", "submit"));
    const auto no_submit = [](const RowData& row) { return row.number != 3 && row.number != 4; };
    EXPECT_THAT(kTable.allowed_actions(State::kDraft, {Role::kSender}, no_submit),
                ElementsAre(Action::kEdit));
}

TEST(Lifecycle, NamesAreReadBack) {
    EXPECT_EQ(kTable.state_named("UNDER_REVIEW"), State::kReview);
    EXPECT_FALSE(kTable.state_named("under_review"));
    EXPECT_EQ(kTable.action_named("return"), Action::kReturn);
    EXPECT_TRUE(kTable.is_final(State::kCancelled));
    EXPECT_FALSE(kTable.is_final(State::kBooked));
    EXPECT_EQ(kTable.rows(State::kDraft, Action::kSubmit).size(), 2u);
    EXPECT_EQ(kTable.rows(State::kDraft, Action::kSubmit)[1]->events,
              (Words{"Submitted", "Booked"}));
}

TEST(Lifecycle, MarkdownAndTheSectionOfADocument) {
    const std::string table = markdown(kTable.model());
    EXPECT_EQ(table.substr(0, table.find("| 3 |")),
              "| # | from | action | to | who | guard | event |\n"
              "|---|---|---|---|---|---|---|\n"
              "| 1 | – | create | `DRAFT` | S, Y | – | Drafted |\n"
              "| 2 | `DRAFT` | edit | same | S | version matches | – |\n");
    EXPECT_NE(table.find("| 6 | `BOOKED` | return | `DRAFT`, `UNDER_REVIEW` | S, R | "
                         "reason; keep flag | Returned |\n"),
              table.npos);
    EXPECT_EQ(documented("a\n<!-- lifecycle: parcel -->\n" + table + "<!-- end lifecycle -->\nb",
                         "parcel"),
              table);
    EXPECT_EQ(documented("nothing", "parcel"), "");
    EXPECT_EQ(documented("<!-- lifecycle: parcel -->\nopen", "parcel"), "");
}

// problems() of the sound table with one row or list replaced.
std::vector<std::string> problems_with(TestRow row, std::size_t index) {
    TestRow rows[std::size(kRows)];
    std::copy(std::begin(kRows), std::end(kRows), std::begin(rows));
    rows[index] = row;
    const Table table{"parcel", kStates, kFinals, kActions, kRoles, rows};
    return problems(table.model());
}

TEST(LifecycleProblems, SoundTableHasNone) { EXPECT_THAT(problems(kTable.model()), IsEmpty()); }

TEST(LifecycleProblems, EachKindIsFound) {
    const TestRow accept = kRows[4];
    const auto changed = [&](auto change) {
        TestRow row = accept;
        change(row);
        return problems_with(row, 4);
    };
    EXPECT_THAT(changed([](TestRow& r) { r.number = 4; }),
                ElementsAre("row 4: number does not rise"));
    EXPECT_THAT(changed([](TestRow& r) { r.who = {}; }), ElementsAre("row 5: nobody may do it"));
    EXPECT_THAT(changed([](TestRow& r) {
                    r.from = {State::kReview, State::kClosed};
                }),
                ElementsAre("row 5: leaves the final state CLOSED"));
    EXPECT_THAT(changed([](TestRow& r) {
                    r.from = {};
                    r.to = {};
                }),
                Contains("row 5: creates without a state"));
    EXPECT_THAT(
        changed([](TestRow& r) { r.action = Action::kCancel; }),
        ElementsAre("action accept: no row", "rows 5 and 8: same state, action and guards"));
    TestRow twin = kRows[3];
    twin.guards = {"ordinary"};
    EXPECT_THAT(problems_with(twin, 3), ElementsAre("rows 3 and 4: same state, action and guards"));
    TestRow no_creation = kRows[0];
    no_creation.from = {State::kDraft};
    EXPECT_THAT(problems_with(no_creation, 0), Contains("no row creates"));
    TestRow closing = kRows[6];
    closing.to = {State::kCancelled};
    EXPECT_THAT(problems_with(closing, 6), ElementsAre("state CLOSED: not reached"));
    TestRow trap = kRows[7];
    trap.from = {State::kDraft};
    trap.number = 9;
    EXPECT_THAT(problems_with(trap, 7), IsEmpty()) << "BOOKED still closes";
    TestRow no_close = kRows[6];
    no_close.to = {};
    const auto found = problems_with(no_close, 6);
    EXPECT_THAT(found, Contains("state CLOSED: not reached"));
}

TEST(LifecycleProblems, NamesAndDeadEnds) {
    constexpr Name<State> kTwice[] = {{State::kDraft, "DRAFT"},
                                      {State::kReview, "DRAFT"},
                                      {State::kBooked, ""},
                                      {State::kClosed, "CLOSED"},
                                      {State::kCancelled, "X"}};
    const Table twice{"parcel", kTwice, kFinals, kActions, kRoles, kRows};
    EXPECT_THAT(problems(twice.model()),
                ElementsAre("state DRAFT is named twice", "state 2 has no name"));

    constexpr Name<State> kTwo[] = {{State::kDraft, "DRAFT"}, {State::kReview, "REVIEW"}};
    constexpr Name<Action> kTwoActions[] = {{Action::kCreate, "create"},
                                            {Action::kSubmit, "submit"}};
    constexpr TestRow kLoop[] = {
        {1, {}, Action::kCreate, {State::kDraft}, {Role::kSender}},
        {2, {State::kDraft}, Action::kSubmit, {State::kReview}, {Role::kSender}},
        {3, {State::kReview}, Action::kSubmit, {State::kBooked}, {Role::kReceiver}}};
    const Table loop{"loop", kTwo, Set<State>{}, kTwoActions, kRoles, kLoop};
    EXPECT_THAT(problems(loop.model()),
                ElementsAre("row 3: uses a state without name", "no final state",
                            "state DRAFT: no way to a final state",
                            "state REVIEW: no way to a final state"));
}

void expect_connected(const Walk& walk) {
    ASSERT_FALSE(walk.empty());
    EXPECT_TRUE(walk[0].row->creates);
    for (std::size_t i = 0; i < walk.size(); ++i) {
        if (i == 0) continue;
        EXPECT_EQ(walk[i].from, walk[i - 1].to);
        EXPECT_TRUE(has(walk[i].row->from, walk[i].from));
        EXPECT_TRUE(has(walk[i].row->targets(walk[i].from), walk[i].to));
    }
}

TEST(Walks, RandomWalksFollowTheTableAndRepeatForASeed) {
    const Model model = kTable.model();
    std::set<std::string> texts;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Walk walk = random_walk(model, seed, 12);
        expect_connected(walk);
        EXPECT_LE(walk.size(), 12u);
        EXPECT_TRUE(walk.size() == 12 || has(model.finals, walk.back().to));
        EXPECT_EQ(text(model, walk), text(model, random_walk(model, seed, 12)));
        texts.insert(text(model, walk));
    }
    EXPECT_GT(texts.size(), 30u);
}

TEST(Walks, CoveringWalksTakeEveryRowFromEachStateToEachTarget) {
    const Model model = kTable.model();
    std::set<std::tuple<int, int, int>> taken;
    for (const Walk& walk : covering_walks(model)) {
        expect_connected(walk);
        for (const Step& step : walk) taken.insert({step.row->number, step.from, step.to});
    }
    // 1, 2, 3, 4, 5, 7 once; row 6 has two targets; row 8 three states.
    EXPECT_EQ(taken.size(), 6u + 2u + 3u);
}

TEST(Walks, IllegalAttemptsAreTheComplementOfTheTable) {
    std::size_t legal = 0;
    for (const Name<State>& state : kStates) {
        for (const Name<Action>& action : kActions) {
            legal += kTable.legal(state.value, action.value) ? 1 : 0;
        }
    }
    const auto attempts = illegal_attempts(kTable.model());
    EXPECT_EQ(attempts.size() + legal, std::size(kStates) * std::size(kActions));
    for (const Attempt& attempt : attempts) {
        EXPECT_FALSE(
            kTable.legal(static_cast<State>(attempt.state), static_cast<Action>(attempt.action)));
    }
}

}  // namespace
}  // namespace yilian::lifecycle
