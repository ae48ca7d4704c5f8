#include "libs/outbox/sweep.h"

#include <gtest/gtest.h>

#include "libs/base/ulid.h"
#include "libs/outbox/tests/pipeline.h"

namespace yilian::outbox::test {
namespace {

constexpr storage::Query kSwept{"swept", "SELECT COALESCE(MAX(applied), 0) FROM swept_totals"};
constexpr storage::Query kPutInbox{
    "put inbox", "INSERT INTO inbox (consumer, event_id, applied_at) VALUES ($1, $2, 0)"};
constexpr storage::Query kPutEffect{
    "put effect", "INSERT INTO effects (consumer, event_id, kind, key) VALUES ($1, $2, $3, 'k')"};
constexpr storage::Query kPutStream{
    "put stream",
    "INSERT INTO stream_progress (consumer, topic, partition_no, next_offset, cluster_id) "
    "VALUES ($1, 'yilian.referrals.v1', 0, 0, 'c')"};
constexpr storage::Query kOrphans{
    "orphans",
    "SELECT COUNT(*) FROM effects e WHERE NOT EXISTS (SELECT 1 FROM inbox i WHERE i.consumer = "
    "e.consumer AND i.event_id = e.event_id)"};

constexpr std::int64_t kOld = 1'000'000;
constexpr std::int64_t kNew = 2'000'000;

class SweepTest : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    // Events of that machine time, two effects each.
    void handled(int count, std::int64_t ms) {
        EXPECT_THAT(site_.store->run({"test"},
                                     [&](storage::Transaction& tx) {
                                         for (int i = 0; i < count; ++i) put(tx, ms, 2);
                                     }),
                    testkit::IsOk());
    }
    void handled_twice(std::int64_t ms) {
        EXPECT_THAT(site_.store->run({"test"},
                                     [&](storage::Transaction& tx) {
                                         put(tx, ms, 1);
                                         tx.post(kPutEffect, kConsumer, last_, "effect 0");
                                     }),
                    testkit::IsOk());
    }
    std::int64_t sweep(std::int64_t rows_max) {
        const auto swept = sweep_inbox(*site_.store, instant_from_ms(kNew), rows_max);
        EXPECT_THAT(swept, testkit::IsOk());
        return swept.value_or(-1);
    }
    void follow() {
        EXPECT_THAT(site_.store->run(
                        {"test"}, [](storage::Transaction& tx) { tx.post(kPutStream, kConsumer); }),
                    testkit::IsOk());
    }

    Site site_{GetParam(), "registries", 3};

  private:
    void put(storage::Transaction& tx, std::int64_t ms, int effects) {
        last_ = encode_ulid(static_cast<std::uint64_t>(ms), 7, ++number_);
        tx.post(kPutInbox, kConsumer, last_);
        for (int e = 0; e < effects; ++e) {
            tx.post(kPutEffect, kConsumer, last_, "effect " + std::to_string(e));
        }
    }
    std::uint64_t number_ = 0;
    std::string last_;
};
YILIAN_ON_BOTH_DRIVERS(SweepTest);

TEST_P(SweepTest, TakesOldRowsWithTheirEffectsAndCountsThem) {
    follow();
    handled(1200, kOld);
    handled(10, kNew);
    EXPECT_EQ(sweep(20'000), 1200);
    EXPECT_EQ(site_.number(kCountInbox), 10);
    EXPECT_EQ(site_.number(kCountEffects), 20);
    EXPECT_EQ(site_.number(kOrphans), 0);
    EXPECT_EQ(site_.number(kSwept), 1200);
    EXPECT_EQ(sweep(20'000), 0);
    EXPECT_EQ(site_.number(kSwept), 1200);
}

TEST_P(SweepTest, APassIsBounded) {
    follow();
    handled(1200, kOld);
    EXPECT_EQ(sweep(700), 700);
    EXPECT_EQ(site_.number(kCountInbox), 500);
    EXPECT_EQ(sweep(700), 500);
    EXPECT_EQ(site_.number(kSwept), 1200);
}

TEST_P(SweepTest, ADoubledEffectStaysAsEvidence) {
    follow();
    handled(5, kOld);
    handled_twice(kOld);
    handled(5, kOld);
    EXPECT_EQ(sweep(20'000), 10);
    EXPECT_EQ(site_.number(kCountInbox), 1);
    EXPECT_EQ(site_.number(kDoubleEffects), 1);
    EXPECT_EQ(site_.number(kOrphans), 0);
}

class SweptConsumerTest : public ::testing::TestWithParam<storage::Dialect> {};
YILIAN_ON_BOTH_DRIVERS(SweptConsumerTest);

TEST_P(SweptConsumerTest, P2ARedeliveryOfASweptEventIsStillDropped) {
    Broker broker;
    Producing producing(GetParam(), broker);
    Owner owner(*producing.store);
    Consuming consuming(GetParam(), broker, &owner);
    producing.start_relay();
    consuming.start();
    for (int i = 1; i <= 5; ++i) producing.emit({accepted("a", "r1", std::to_string(i))});
    consuming.all_seen(5);
    consuming.stop();
    EXPECT_EQ(sweep_inbox(*consuming.store, instant_from_ms(kNew)).value_or(-1), 5);
    consuming.database->tamper("UPDATE stream_progress SET next_offset = 0");
    consuming.start();
    producing.emit({accepted("a", "r1", "6")});
    consuming.all_seen(6);
    EXPECT_EQ(consuming.number(kCountSeen), 6);
    EXPECT_EQ(consuming.number(kCountInbox), 1);
    EXPECT_EQ(consuming.number(kCountEffects), 1);
    EXPECT_TRUE(eventually([&] { return consuming.consumer->stats().obsolete == 5; }));
}

}  // namespace
}  // namespace yilian::outbox::test
