#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/outbox/consumer.h"
#include "libs/outbox/tests/pipeline.h"

// Subscriptions that a consumer has not had before.
namespace yilian::outbox::test {
namespace {

using testing::ElementsAre;

constexpr const char* kAccessType = "yilian.referrals.access.recorded.v1";
constexpr storage::Query kClosedCopies{"closed copies",
                                       "SELECT COUNT(*) FROM referral_copy WHERE closed = 1"};
constexpr storage::Query kKnown{"known", "SELECT COUNT(*) FROM known_subscriptions"};

Projection referrals() {
    static const ProjectionTable table = ProjectionTable::of("referral_copy", "referral_id");
    return {"referrals", {table}, {kAcceptedType, kClosedType}};
}

class NewcomersTest : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    // Until the subscriptions of the consumer are up to date.
    void all_known(std::int64_t types) {
        ASSERT_TRUE(eventually([&] { return consuming_.number(kKnown) == types; }));
    }

    Broker broker_;
    Producing producing_{GetParam(), broker_};
    Owner owner_{*producing_.store};
    Consuming consuming_{GetParam(), broker_, &owner_};
};
YILIAN_ON_BOTH_DRIVERS(NewcomersTest);

TEST_P(NewcomersTest, AFirstStartBringsWhatTheBrokerHasLostBefore) {
    for (int i = 1; i <= 3; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    producing_.start_relay();
    producing_.all_published();
    broker_.kill();
    broker_.start();
    producing_.emit({accepted("b", "r1", "1")});
    consuming_.start();
    consuming_.all_seen(4);
    EXPECT_THAT(consuming_.seen_of("a"), ElementsAre("a#1:1", "a#2:2", "a#3:3"));
    consuming_.expect_exactly_once(4);
}

TEST_P(NewcomersTest, AFirstStartWaitsForAnOwnerThatIsAway) {
    producing_.emit({accepted("a", "r1", "1")});
    producing_.lose("a", 1);
    producing_.start_relay();
    owner_.up = false;
    consuming_.start();
    ASSERT_TRUE(eventually([&] { return owner_.asked > 1; }));
    EXPECT_EQ(consuming_.number(kKnown), 0);
    owner_.up = true;
    consuming_.all_seen(1);
    all_known(2);
}

TEST_P(NewcomersTest, WhatIsKnownIsNotAskedForAgain) {
    producing_.start_relay();
    producing_.emit({accepted("a", "r1", "1")});
    consuming_.start();
    all_known(2);
    consuming_.stop();
    const int asked = owner_.asked;
    consuming_.start();
    producing_.emit({accepted("a", "r1", "2")});
    consuming_.all_seen(2);
    // Longer than the silence after which a consumer looks for news.
    std::this_thread::sleep_for(1500ms);
    EXPECT_EQ(owner_.asked, asked);
    consuming_.expect_exactly_once(2);
}

TEST_P(NewcomersTest, ANewlyFollowedAggregateIsBroughtUpToDate) {
    producing_.start_relay();
    consuming_.start();
    producing_.emit({accepted("a", "r1", "1")});
    producing_.emit({access("x1", "r1")});
    producing_.emit({access("x2", "r1")});
    consuming_.all_seen(1);
    all_known(2);
    consuming_.stop();
    std::atomic<int> applied{0};
    consuming_.more[kAccessType] = [&](ConsumeContext& c) {
        c.effect("access.noted", c.event.subject);
        ++applied;
    };
    consuming_.start();
    all_known(3);
    EXPECT_EQ(applied, 2);
    EXPECT_EQ(consuming_.number(kCountInbox), 3);
    EXPECT_EQ(consuming_.number(kDoubleEffects), 0);
    consuming_.stop();  // `applied` goes
}

TEST_P(NewcomersTest, ATypeThatJoinsAFollowedAggregateOnlyFillsProjections) {
    producing_.start_relay();
    consuming_.without = {kClosedType};
    consuming_.start();
    producing_.emit({accepted("a", "r1", "1")});
    producing_.emit({closed("a", "r1")});
    consuming_.all_seen(1);
    consuming_.caught_up_with(producing_);
    all_known(1);
    consuming_.stop();
    EXPECT_EQ(consuming_.number(kClosedCopies), 0);

    consuming_.without = {};
    ConsumerOptions options = consuming_.options();
    options.projections = {referrals()};
    consuming_.start(options);
    all_known(2);
    EXPECT_EQ(consuming_.number(kClosedCopies), 1);
    EXPECT_EQ(consuming_.number(kCountSeen), 1) << "the past is no cause for anything else";
    producing_.emit({closed("a", "r1")});
    consuming_.all_seen(2);
}

}  // namespace
}  // namespace yilian::outbox::test
