#include "libs/outbox/relay.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include "libs/outbox/tests/pipeline.h"

namespace yilian::outbox::test {
namespace {

class RelayTest : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    Broker broker_;
    Producing producing_{GetParam(), broker_};

    static std::vector<std::string> sequences(const std::vector<kafka::Received>& records,
                                              const std::string& subject) {
        std::vector<std::string> found;
        for (const kafka::Received& r : records) {
            if (events::find_header(r.headers, "ce_subject") == subject) {
                found.emplace_back(*events::find_header(r.headers, "ce_sequence"));
            }
        }
        return found;
    }
};
YILIAN_ON_BOTH_DRIVERS(RelayTest);

TEST_P(RelayTest, P3PublishesEachSubjectInOrderAndMarksWhere) {
    std::atomic<int> told{0};
    Hooks hooks;
    hooks.published = [&](std::string_view topic) {
        EXPECT_EQ(topic, kTopic);
        ++told;
    };
    producing_.start_relay({}, hooks);
    std::vector<events::EventDraft> drafts;
    for (int i = 0; i < 40; ++i) {
        drafts.push_back(accepted(referral(i % 4), resident(i % 4), std::to_string(i)));
    }
    producing_.emit_each(drafts);
    producing_.all_published();
    const auto records = broker_.records(kTopic, 40);
    ASSERT_EQ(records.size(), 40U);
    for (int s = 0; s < 4; ++s) {
        EXPECT_EQ(sequences(records, referral(s)),
                  (std::vector<std::string>{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}));
    }
    EXPECT_TRUE(eventually([&] { return told == 40; }));
    EXPECT_TRUE(eventually([&] { return producing_.relay->stats().published == 40; }));

    // The marks say where each event stands.
    const PipelineStatus status = producing_.status();
    EXPECT_EQ(status.unpublished, 0);
    EXPECT_FALSE(status.cluster_id.empty());
    std::map<std::int32_t, std::int64_t> last;
    for (const kafka::Received& r : records) {
        last[r.at.partition] = std::max(last[r.at.partition], r.offset);
    }
    ASSERT_EQ(status.published.size(), last.size());
    for (const PublishedAt& at : status.published) {
        EXPECT_EQ(at.last_offset, last.at(at.partition));
    }
}

TEST_P(RelayTest, RecordsAreCloudEventsWithTheBytesOfTheOutbox) {
    const events::EventDraft draft = accepted("a", "r1", "1");
    producing_.emit({draft}, instant_from_ms(1'773'622'800'000));
    producing_.start_relay();
    producing_.all_published();
    const auto records = broker_.records(kTopic, 1);
    ASSERT_EQ(records.size(), 1U);
    const auto event = events::from_record(records[0].headers, records[0].key, records[0].value);
    ASSERT_TRUE(event.ok()) << event.status();
    EXPECT_EQ(event->payload, draft.payload);
    EXPECT_EQ(event->sequence, 1);
    EXPECT_EQ(event->source, "/yilian/referrals");
    EXPECT_EQ(event->correlation_id, "corr");
    // Machine time of the commit, not the business time of the event.
    EXPECT_GT(records[0].timestamp_ms, 1'000'000'000'000);
}

TEST_P(RelayTest, P1ACrashBetweenProduceAndMarkSendsAgainAndLosesNothing) {
    std::atomic<int> crashes{3};
    RelayOptions options;
    options.before_mark = [&] { return --crashes < 0; };
    for (int i = 0; i < 5; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    producing_.start_relay(options);
    producing_.all_published();
    const auto records = broker_.records(kTopic, 20);
    EXPECT_EQ(records.size(), 20U);  // three crashes, then the one that counts
    std::set<std::string> ids;
    for (const auto& r : records) ids.emplace(*events::find_header(r.headers, "ce_id"));
    EXPECT_EQ(ids.size(), 5U);
    EXPECT_TRUE(eventually([&] { return producing_.relay->stats().resent == 15; }));
}

TEST_P(RelayTest, WaitsForTheBrokerAndThenPublishesEverything) {
    producing_.start_relay();
    producing_.emit({accepted("a", "r1", "0")});
    producing_.all_published();
    broker_.cluster().down();
    for (int i = 1; i < 10; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    EXPECT_EQ(producing_.number(kCountUnpublished), 9);
    broker_.cluster().up();
    producing_.all_published();
    EXPECT_EQ(sequences(broker_.records(kTopic, 10), "a").size(), 10U);
}

TEST_P(RelayTest, AFatalProducerErrorIsCuredByANewProducer) {
    producing_.start_relay();
    producing_.emit({accepted("a", "r1", "0")});
    producing_.all_published();
    broker_.cluster().fail_produce(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1);
    for (int i = 1; i < 5; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    producing_.all_published();
    std::set<std::string> found;
    for (const std::string& s : sequences(broker_.records(kTopic, 5), "a")) found.insert(s);
    EXPECT_EQ(found, (std::set<std::string>{"1", "2", "3", "4", "5"}));
}

TEST_P(RelayTest, FollowsTheBrokerToANewAddress) {
    producing_.start_relay();
    producing_.emit({accepted("a", "r1", "0")});
    producing_.all_published();
    const std::string old_cluster = producing_.status().cluster_id;
    broker_.kill();
    producing_.emit({accepted("a", "r1", "1")});
    broker_.start();
    producing_.all_published();
    EXPECT_EQ(sequences(broker_.records(kTopic, 1), "a"), (std::vector<std::string>{"2"}));
    const PipelineStatus status = producing_.status();
    EXPECT_NE(status.cluster_id, old_cluster);
    ASSERT_EQ(status.published.size(), 1U);  // the old broker's offsets mean nothing any more
    EXPECT_EQ(status.published[0].last_offset, 0);
}

TEST_P(RelayTest, AnIdleRelayForgetsOffsetsOfABrokerThatIsGone) {
    producing_.start_relay();
    producing_.emit({accepted("a", "r1", "0")});
    producing_.all_published();
    broker_.kill();
    broker_.start();
    EXPECT_TRUE(eventually([&] { return producing_.status().published.empty(); }));
}

TEST_P(RelayTest, StopPublishesWhatIsThereAndLeavesTheRest) {
    producing_.emit_each(std::vector<events::EventDraft>(50, accepted("a", "r1", "x")));
    producing_.start_relay();
    producing_.stop_relay();
    EXPECT_EQ(producing_.number(kCountUnpublished), 0);

    broker_.cluster().down();
    producing_.emit({accepted("a", "r1", "late")});
    producing_.start_relay();
    const auto begin = std::chrono::steady_clock::now();
    producing_.stop_relay(300ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    EXPECT_EQ(producing_.number(kCountUnpublished), 1);
}

TEST_P(RelayTest, TellsHowFarItIsBehind) {
    broker_.cluster().down();
    std::atomic<std::int64_t> rows{-1};
    Hooks hooks;
    hooks.unpublished = [&](std::int64_t n, Hooks::Seconds age) {
        EXPECT_GE(age.count(), 0);
        rows = n;
    };
    producing_.emit({accepted("a", "r1", "0"), accepted("a", "r1", "1")});
    producing_.start_relay({}, hooks);
    EXPECT_TRUE(eventually([&] { return rows == 2; }));
    broker_.cluster().up();
    EXPECT_TRUE(eventually([&] { return rows == 0; }));
}

class RelayLeaseTest : public RelayTest {};
YILIAN_ON_POSTGRES(RelayLeaseTest);

TEST_P(RelayLeaseTest, OfTwoProcessesOneRelaysAndTheOtherTakesOver) {
    const auto second_store = producing_.database->store({});
    ASSERT_THAT(second_store->start(), testkit::IsOk());
    kafka::Producer second_producer({.connection = broker_.connection()});
    RelayOptions options;
    options.lease = 1000ms;
    options.idle = 100ms;
    Relay second(*second_store, second_producer, producing_.ids, options, {});
    producing_.start_relay(options);
    producing_.emit({accepted("a", "r1", "0")});
    producing_.all_published();
    second.start();
    producing_.emit_each(std::vector<events::EventDraft>(29, accepted("a", "r1", "x")));
    producing_.all_published();
    EXPECT_EQ(second.stats().published, 0);
    EXPECT_EQ(broker_.records(kTopic, 30).size(), 30U);
    producing_.stop_relay();
    producing_.emit({accepted("a", "r1", "last")});
    producing_.all_published();
    EXPECT_TRUE(eventually([&] { return second.stats().published == 1; }));
    second.stop();
    second_store->stop();
}

}  // namespace
}  // namespace yilian::outbox::test
