#include "services/referrals/domain/channel.h"

#include <gmock/gmock.h>

#include "libs/lifecycle/walk.h"

namespace yilian::referrals::domain::channel {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Local hours and minutes of one day.
Instant at(int hour, int minute, int second = 0) {
    return instant_from_ms(1'773'590'400'000) + std::chrono::hours(hour) +
           std::chrono::minutes(minute) + std::chrono::seconds(second);
}

Policy policy() {
    Policy p{{"chest_pain", "stroke"}, false, false, 120, 24, {}};
    p.goals = {{"chest_pain.contact_to_ecg", 10},
               {"chest_pain.ecg_to_read", 10},
               {"chest_pain.door_in_to_door_out", 30},
               {"chest_pain.contact_to_wire", 120},
               {"stroke.door_to_ct", 25},
               {"stroke.door_to_ct_read", 45},
               {"stroke.door_to_needle", 60},
               {"stroke.thrombolysis_window", 270}};
    return p;
}

Case with(ChannelKind channel, const std::vector<std::pair<std::string, Instant>>& points) {
    Case c;
    c.channel = channel;
    c.state = State::kAcknowledged;
    for (const auto& [code, when] : points) {
        const std::string id = "p" + std::to_string(c.points.size());
        c.points.push_back({id, code, when, PointSource::kManual, "n1", when, "", ""});
    }
    return c;
}

std::string shown(const std::vector<Goal>& goals) {
    std::string text;
    for (const Goal& goal : goals) {
        if (!goal.minutes) continue;
        text +=
            goal.name + " " + std::to_string(*goal.minutes) + (goal.met ? " met; " : " missed; ");
    }
    return text;
}

TEST(Channel, TableIsSoundAndComplete) {
    EXPECT_THAT(lifecycle::problems(kLifecycle.model()), IsEmpty());
    EXPECT_THAT(kLifecycle.model().rows, SizeIs(11));
}

TEST(Channel, D13ChestPainMeetsItsGoals) {
    const Case c = with(ChannelKind::kChestPain, {{"first_contact", at(9, 0)},
                                                  {"base_arrival", at(9, 2)},
                                                  {"first_ecg", at(9, 8)},
                                                  {"ecg_read", at(9, 15)},
                                                  {"base_departure", at(9, 29)},
                                                  {"wire", at(10, 52)}});
    EXPECT_EQ(shown(goals_of(c, policy())),
              "contact_to_ecg 8 met; contact_to_wire 112 met; door_in_to_door_out 27 met; "
              "ecg_to_read 7 met; ");
    EXPECT_THAT(missing_points(c), IsEmpty());
    EXPECT_THAT(order_faults(c), IsEmpty());
}

TEST(Channel, D14StrokeMissesTwoGoalsWithinTheWindow) {
    const Case c = with(ChannelKind::kStroke, {{"last_well", at(9, 40)},
                                               {"arrival", at(13, 0)},
                                               {"ct_start", at(13, 22)},
                                               {"ct_read", at(13, 47)},
                                               {"needle", at(14, 4)}});
    EXPECT_EQ(shown(goals_of(c, policy())),
              "door_to_ct 22 met; door_to_ct_read 47 missed; door_to_needle 64 missed; "
              "thrombolysis_window 264 met; ");
}

TEST(Channel, AGoalIsMetAtItsLastMillisecondAndMinutesAreWhole) {
    const auto ecg_after = [](int minutes, int seconds) {
        const Case c = with(ChannelKind::kChestPain,
                            {{"first_contact", at(9, 0)}, {"first_ecg", at(9, minutes, seconds)}});
        return shown(goals_of(c, policy()));
    };
    EXPECT_EQ(ecg_after(10, 0), "contact_to_ecg 10 met; ");
    EXPECT_EQ(ecg_after(10, 1), "contact_to_ecg 10 missed; ");
}

TEST(Channel, D15WireBeforeFirstContactIsRefusedFromAPersonAndFlaggedFromADevice) {
    Case c = with(ChannelKind::kChestPain, {{"first_contact", at(9, 0)}, {"wire", at(8, 59)}});
    const auto refused = check_point(c, c.points[1]);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.refusal().reason.code(), "TIME_ORDER_INVALID");
    c.points[1].source = PointSource::kDevice;
    EXPECT_TRUE(check_point(c, c.points[1]).ok());
    EXPECT_THAT(order_faults(c), ElementsAre("first_contact<wire"));
    // Intervals never run backwards.
    EXPECT_EQ(shown(goals_of(c, policy())), "");
}

TEST(Channel, ACodeOfAnotherChannelIsUnknown) {
    const Case c = with(ChannelKind::kChestPain, {{"ct_start", at(9, 0)}});
    const auto refused = check_point(c, c.points[0]);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.refusal().reason.code(), "TIME_POINT_NOT_FOUND");
}

TEST(Channel, ADeviceCountsBeforeAPersonAndACorrectionBeforeBoth) {
    Case c;
    c.channel = ChannelKind::kChestPain;
    c.points = {{"a", "first_ecg", at(9, 9), PointSource::kManual, "n1", at(9, 10), "", ""},
                {"b", "first_ecg", at(9, 8), PointSource::kDevice, "d1", at(9, 11), "", ""}};
    EXPECT_EQ(current_points(c).at("first_ecg")->time_point_id, "b");
    c.points.push_back(
        {"c", "first_ecg", at(9, 7), PointSource::kManual, "n1", at(9, 12), "b", "CLOCK"});
    EXPECT_EQ(current_points(c).at("first_ecg")->time_point_id, "c");
    c.points.push_back(
        {"d", "first_ecg", at(9, 6), PointSource::kManual, "n1", at(9, 13), "c", "CLOCK"});
    EXPECT_EQ(current_points(c).at("first_ecg")->time_point_id, "d");
}

TEST(Channel, NearestCapableReceiverFirstUnknownJourneysLast) {
    const auto order = in_order(
        {{"H4", "", 1}, {"H3", "PCI", -1}, {"H2", "PCI", 40}, {"H1", "PCI", 20}, {"B1", "PCI", 0}},
        "B1");
    std::vector<std::string> ids;
    for (const Candidate& c : order) ids.push_back(c.institution_id);
    EXPECT_THAT(ids, ElementsAre("H1", "H2", "H3", "H4"));
}

TEST(Channel, D11AndD12ChannelsAndSendersOfTheDistrict) {
    const auto reason = [](const Outcome<Allowed>& outcome) {
        return outcome.ok() ? std::string() : std::string(outcome.refusal().reason.code());
    };
    Policy p = policy();
    EXPECT_EQ(reason(check_raise(ChannelKind::kObstetric, SenderKind::kBase, p)),
              "CHANNEL_DISABLED");
    EXPECT_EQ(reason(check_raise(ChannelKind::kStroke, SenderKind::kCareHome, p)),
              "SENDER_NOT_ALLOWED");
    EXPECT_EQ(reason(check_raise(ChannelKind::kStroke, SenderKind::kEms120, p)),
              "SENDER_NOT_ALLOWED");
    p.care_home_sender = true;
    p.ems_link = true;
    EXPECT_EQ(reason(check_raise(ChannelKind::kStroke, SenderKind::kCareHome, p)), "");
    EXPECT_EQ(reason(check_raise(ChannelKind::kStroke, SenderKind::kEms120, p)), "");
}

TEST(Channel, TimePointsMoveTheCaseForwardOnly) {
    Case c = with(ChannelKind::kChestPain, {});
    EXPECT_EQ(state_after(c, "first_ecg"), State::kAcknowledged);
    EXPECT_EQ(state_after(c, "base_departure"), State::kEnRoute);
    c.state = State::kArrived;
    EXPECT_EQ(state_after(c, "base_departure"), State::kArrived);
    EXPECT_EQ(state_after(c, "needle"), State::kInTreatment);
    c.state = State::kAlerted;
    EXPECT_EQ(state_after(c, "receiver_arrival"), State::kAlerted);
    c.state = State::kInTreatment;
    EXPECT_EQ(state_after(c, "receiver_arrival"), State::kInTreatment);
}

TEST(Channel, TheAlertGoesRoundOnceAndThenEveryCandidateMayAnswer) {
    Case c;
    c.channel = ChannelKind::kStroke;
    c.state = State::kAlerted;
    c.sender_institution_id = "B1";
    c.candidates = {{"H1", "CT", 10}, {"H2", "CT", 20}};
    c.receiver_institution_id = "H1";
    EXPECT_FALSE(check_acknowledge(c, "H2").ok());
    EXPECT_TRUE(next_candidate(c));
    EXPECT_EQ(c.receiver_institution_id, "H2");
    EXPECT_EQ(check_acknowledge(c, "H1").refusal().reason.code(), "ALERT_MOVED_ON");
    EXPECT_EQ(check_acknowledge(c, "H9").refusal().reason.code(), "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_FALSE(next_candidate(c));
    EXPECT_TRUE(check_acknowledge(c, "H1").ok());
    EXPECT_TRUE(check_acknowledge(c, "H2").ok());
    c.acknowledged_at = at(9, 0);
    EXPECT_EQ(check_acknowledge(c, "H1").refusal().reason.code(), "ALREADY_ACKNOWLEDGED");
}

TEST(Channel, EveryGoalOfTheBasePackIsComputed) {
    EXPECT_THAT(known_goals(), SizeIs(19));
    EXPECT_THAT(known_goals(), Contains("newborn.birth_to_ventilation"));
}

}  // namespace
}  // namespace yilian::referrals::domain::channel
