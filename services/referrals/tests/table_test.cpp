#include <gmock/gmock.h>

#include "libs/lifecycle/walk.h"
#include "services/referrals/domain/referral.h"

namespace yilian::referrals::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const GuardFacts kFacts{instant_from_ms(1'773'700'000'000), 2, 30};

// Sent by B1, received by H1.
Referral referral(State state) {
    Referral r;
    r.state = state;
    r.sender_institution_id = "B1";
    r.content.direction = Direction::kUp;
    r.content.kind = Kind::kOutpatient;
    r.tasks.push_back({"t", 0, false, "H1", "", TaskOutcome::kOpen, "", {}, {}, {}});
    return r;
}

TEST(Table, IsSoundAndComplete) {
    EXPECT_THAT(lifecycle::problems(kLifecycle.model()), IsEmpty());
    EXPECT_THAT(kLifecycle.model().rows, SizeIs(44));
}

TEST(Table, R26CompletedCanOnlyGoDownOrBeClosed) {
    const Referral r = referral(State::kCompleted);
    EXPECT_THAT(kLifecycle.allowed_action_names(State::kCompleted, {Role::kSender, Role::kReceiver},
                                                [](const auto&) { return true; }),
                ElementsAre("ProposeDown", "CloseReferral"));
    const auto rejected =
        check_action(r, Action::kReject, lifecycle::Set<Role>{Role::kReceiver}, kFacts);
    ASSERT_FALSE(rejected.ok());
    EXPECT_EQ(rejected.refusal().reason.code(), "STATE_TRANSITION_NOT_ALLOWED");
    EXPECT_THAT(rejected.refusal().metadata,
                ElementsAre(std::pair<std::string, std::string>("state", "COMPLETED"),
                            std::pair<std::string, std::string>("action", "RejectReferral")));
    EXPECT_THAT(allowed_actions(r, "H1", kFacts), ElementsAre("ProposeDown"));
    EXPECT_THAT(allowed_actions(r, "B1", kFacts), ElementsAre("CloseReferral"));
    EXPECT_THAT(allowed_actions(r, "H9", kFacts), IsEmpty());
}

TEST(Table, GuardsDecideWhatIsShown) {
    Referral r = referral(State::kUnderReview);
    EXPECT_THAT(allowed_actions(r, "H1", kFacts), Contains("RedirectReferral"));
    r.tasks[0].hop = 2;
    EXPECT_THAT(allowed_actions(r, "H1", kFacts), Not(Contains("RedirectReferral")));

    Referral accepted = referral(State::kAccepted);
    EXPECT_THAT(allowed_actions(accepted, "H1", kFacts), Not(Contains("RecordArrival")));
    accepted.content.direction = Direction::kEmergency;
    EXPECT_THAT(allowed_actions(accepted, "H1", kFacts), Contains("RecordArrival"));

    Referral booked = referral(State::kBooked);
    booked.booked_start_at = kFacts.now - std::chrono::minutes(29);
    EXPECT_THAT(allowed_actions(booked, "H1", kFacts), Not(Contains("RecordNoShow")));
    booked.booked_start_at = kFacts.now - std::chrono::minutes(30);
    EXPECT_THAT(allowed_actions(booked, "H1", kFacts), Contains("RecordNoShow"));
    booked.booked_start_at = kFacts.now + std::chrono::hours(48);
    EXPECT_THAT(allowed_actions(booked, "H1", kFacts), Not(Contains("RecordArrival")));

    Referral missed = referral(State::kNoShow);
    missed.booked_start_at = kFacts.now - std::chrono::hours(24);
    EXPECT_THAT(allowed_actions(missed, "H1", kFacts), Not(Contains("RecordArrival")));
}

TEST(Table, Row44IsForTheBaseInstitutionAndOnce) {
    Referral r = referral(State::kBaseAccepted);
    r.down = DownLeg{};
    r.down->to_institution_id = "B1";
    EXPECT_THAT(allowed_actions(r, "B1", kFacts), ElementsAre("RecordFollowUp"));
    r.content.kind = Kind::kRehabilitation;
    EXPECT_THAT(allowed_actions(r, "B1", kFacts), ElementsAre("RecordFollowUp", "RecordArrival"));
    EXPECT_THAT(allowed_actions(r, "H1", kFacts), IsEmpty());
    r.down->arrived_at = kFacts.now;
    EXPECT_THAT(allowed_actions(r, "B1", kFacts), ElementsAre("RecordFollowUp"));
}

TEST(Table, AnAttemptAtTheBaseDoesNotMakeItTheReceiver) {
    Referral r = referral(State::kDownProposed);
    r.tasks.push_back({"t2", 0, true, "B1", "", TaskOutcome::kOpen, "", {}, {}, {}});
    EXPECT_EQ(r.receiver_institution_id(), "H1");
    r.content.direction = Direction::kDown;
    EXPECT_EQ(r.receiver_institution_id(), "B1");
}

TEST(Table, WhatNoRowCoversIsRefused) {
    const auto model = kLifecycle.model();
    const auto attempts = lifecycle::illegal_attempts(model);
    EXPECT_FALSE(attempts.empty());
    for (const lifecycle::Attempt& attempt : attempts) {
        const auto outcome = kLifecycle.check(static_cast<State>(attempt.state),
                                              static_cast<Action>(attempt.action));
        ASSERT_FALSE(outcome.ok());
        EXPECT_EQ(outcome.refusal().reason.code(), "STATE_TRANSITION_NOT_ALLOWED");
    }
}

TEST(Table, NamesRoundTrip) {
    EXPECT_EQ(named<Direction>(name_of(Direction::kAdviceOnly)), Direction::kAdviceOnly);
    EXPECT_EQ(named<Direction>(""), Direction::kNone);
    EXPECT_EQ(name_of(State::kDownProposed), "DOWN_PROPOSED");
}

}  // namespace
}  // namespace yilian::referrals::domain
