#include "services/referrals/domain/measures.h"

#include <gmock/gmock.h>

namespace yilian::referrals::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Instant at(int minutes) {
    return instant_from_ms(1'773'590'400'000) + std::chrono::minutes(minutes);
}

HistoryLine line(const char* referral, const char* action, const char* to, int minute,
                 const char* reason = "") {
    HistoryLine l;
    l.referral_id = referral;
    l.sender_institution_id = "B1";
    l.receiver_institution_id = "H1";
    l.direction = Direction::kUp;
    l.priority = Priority::kRoutine;
    l.contracted = std::string(referral) == "a";
    l.action = action;
    l.to_state = to;
    l.at = at(minute);
    l.reason_code = reason;
    return l;
}

// a: accepted after 30 minutes, booked an hour later, followed up. b: rejected, sent again,
// accepted 100 minutes after its first submit, booked 20 later. c: way down taken, never followed
// up.
std::vector<HistoryLine> histories() {
    return {line("a", "SubmitReferral", "UNDER_REVIEW", 0),
            line("a", "AcceptReferral", "ACCEPTED", 30),
            line("a", "BookReferral", "BOOKED", 90),
            line("a", "CancelBooking", "ACCEPTED", 95),
            line("a", "BookReferral", "BOOKED", 200),
            line("a", "ProposeDown", "DOWN_PROPOSED", 300),
            line("a", "AnswerDown", "BASE_ACCEPTED", 310),
            line("a", "RecordFollowUp", "FOLLOWED_UP", 400),
            line("b", "SubmitReferral", "UNDER_REVIEW", 0),
            line("b", "RejectReferral", "REJECTED", 10, "WRONG_SPECIALTY"),
            line("b", "ResubmitReferral", "UNDER_REVIEW", 20),
            line("b", "ReturnAdvice", "ADVICE_RETURNED", 25),
            line("b", "ResubmitReferral", "UNDER_REVIEW", 40),
            line("b", "AcceptReferral", "ACCEPTED", 100),
            line("b", "BookReferral", "BOOKED", 120),
            line("b", "RecordNoShow", "NO_SHOW", 500),
            line("c", "ProposeDown", "DOWN_PROPOSED", 0),
            line("c", "AnswerDown", "BASE_ACCEPTED", 10)};
}

TEST(Measures, F13LoopClosureAndTimeToAcceptByPair) {
    const auto pairs = by_pair(journeys(histories()));
    ASSERT_EQ(pairs.size(), 1U);
    const PairMeasure& m = pairs.at({"B1", "H1"});
    EXPECT_EQ(m.up, 3);
    EXPECT_EQ(m.down, 2);
    EXPECT_EQ(m.accepted, 2);
    EXPECT_THAT(m.rejections, ElementsAre(Pair("WRONG_SPECIALTY", 1)));
    EXPECT_EQ(m.advised, 1);
    EXPECT_EQ(m.booked, 2);
    EXPECT_EQ(m.no_shows, 1);
    EXPECT_EQ(m.down_accepted, 2);
    EXPECT_EQ(m.followed_up, 1);
    EXPECT_EQ(m.closed_loop_bp(), 5000);
    EXPECT_THAT(m.response_min, ElementsAre(Pair(Priority::kRoutine, ElementsAre(30, 100))));
}

TEST(Measures, WaitsCountToTheFirstPlaceByContractStatus) {
    const Waits w = waits(journeys(histories()), "H1");
    EXPECT_THAT(w.contracted, ElementsAre(60));
    EXPECT_THAT(w.others, ElementsAre(20));
    EXPECT_THAT(waits(journeys(histories()), "H2").contracted, ElementsAre());
}

TEST(Measures, MedianPercentileAndShareByHand) {
    EXPECT_EQ(median({}), 0);
    EXPECT_EQ(median({5}), 5);
    EXPECT_EQ(median({9, 1, 5, 7}), 5);
    EXPECT_EQ(percentile_90({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), 9);
    EXPECT_EQ(percentile_90({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), 10);
    PairMeasure m;
    EXPECT_EQ(m.closed_loop_bp(), 0);
    m.down_accepted = 3;
    m.followed_up = 2;
    EXPECT_EQ(m.closed_loop_bp(), 6667);
}

}  // namespace
}  // namespace yilian::referrals::domain
