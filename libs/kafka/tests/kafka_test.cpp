#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "libs/kafka/admin.h"
#include "libs/kafka/consumer.h"
#include "libs/kafka/mock_cluster.h"
#include "libs/kafka/producer.h"

namespace yilian::kafka {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTopic = "yilian.test.v1";

Connection connection_to(const std::string& bootstrap) {
    Connection connection;
    connection.address = BrokerAddress::fixed(bootstrap);
    connection.client_id = "kafka_test";
    return connection;
}

ConsumerOptions consumer_options(Connection connection, std::string group = "kafka_test") {
    ConsumerOptions options;
    options.connection = std::move(connection);
    options.group = std::move(group);
    options.session_timeout_ms = 6000;
    return options;
}

Record record(std::string key, std::string value) {
    Record made;
    made.topic = kTopic;
    made.key = std::move(key);
    made.value = std::move(value);
    return made;
}

bool settle(Producer& producer, std::chrono::milliseconds wait = 15s) {
    const auto until = std::chrono::steady_clock::now() + wait;
    while (producer.outstanding() > 0 && std::chrono::steady_clock::now() < until) {
        producer.poll(20ms);
    }
    return producer.outstanding() == 0;
}

Delivery produce(Producer& producer, const Record& what) {
    Delivery result;
    const Error error = producer.send(what, [&](const Delivery& d) { result = d; });
    EXPECT_TRUE(error.ok()) << error.to_string();
    EXPECT_TRUE(settle(producer));
    return result;
}

std::vector<StartOffset> all_from(std::int64_t offset, int partitions = kPartitions) {
    std::vector<StartOffset> starts;
    for (int p = 0; p < partitions; ++p) starts.push_back({{kTopic, p}, offset});
    return starts;
}

// Polls until `enough` says so; fails after 15 s.
std::vector<Received> read_until(Consumer& consumer,
                                 const std::function<bool(const std::vector<Received>&)>& enough) {
    std::vector<Received> all;
    const auto until = std::chrono::steady_clock::now() + 15s;
    while (!enough(all)) {
        Polled polled = consumer.poll(50ms);
        if (polled.kind == Polled::Kind::kMessage) all.push_back(std::move(polled.message));
        if (std::chrono::steady_clock::now() > until) {
            ADD_FAILURE() << "only " << all.size() << " records arrived";
            break;
        }
    }
    return all;
}

std::vector<Received> read(Consumer& consumer, std::size_t count) {
    return read_until(consumer, [&](const auto& all) { return all.size() >= count; });
}

class KafkaTest : public ::testing::Test {
  protected:
    MockCluster broker_{{kTopic}, kPartitions};
    Producer producer_{{.connection = connection_to(broker_.bootstrap())}};
    Consumer consumer_{consumer_options(connection_to(broker_.bootstrap()))};
};

TEST_F(KafkaTest, ReportsPartitionAndOffsetOfEachRecord) {
    const Delivery first = produce(producer_, record("r1", "a"));
    const Delivery second = produce(producer_, record("r1", "b"));
    ASSERT_TRUE(first.error.ok()) << first.error.to_string();
    EXPECT_EQ(first.offset, 0);
    EXPECT_EQ(second.partition, first.partition);
    EXPECT_EQ(second.offset, 1);
}

TEST_F(KafkaTest, KeepsKeyValueHeadersAndTime) {
    Record sent = record("r1", std::string("a\0b", 3));
    sent.headers = {{"ce_id", "1"}, {"empty", ""}, {"ce_id", "2"}};
    sent.timestamp_ms = 1'773'622'800'123;
    const Delivery delivery = produce(producer_, sent);
    ASSERT_TRUE(consumer_.open().ok());
    ASSERT_TRUE(consumer_.assign(all_from(0)).ok());
    const Received got = read(consumer_, 1).at(0);
    EXPECT_EQ(got.at, (TopicPartition{kTopic, delivery.partition}));
    EXPECT_EQ(got.offset, delivery.offset);
    EXPECT_EQ(got.key, "r1");
    EXPECT_EQ(got.value, sent.value);
    EXPECT_EQ(got.headers, sent.headers);
    EXPECT_EQ(got.timestamp_ms, sent.timestamp_ms);
}

TEST_F(KafkaTest, AnEmptyValueIsNoTombstone) {
    (void)produce(producer_, record("r1", ""));
    ASSERT_TRUE(consumer_.open().ok());
    ASSERT_TRUE(consumer_.assign(all_from(0)).ok());
    EXPECT_EQ(read(consumer_, 1).at(0).value, "");
}

TEST_F(KafkaTest, KeysGoWhereTheJavaClientWouldPutThem) {
    // toPositive(murmur2("21")) of the Java client's own test: -973932308 & 0x7fffffff.
    const auto partition = (-973932308 & 0x7fffffff) % kPartitions;
    EXPECT_EQ(produce(producer_, record("21", "x")).partition, partition);
}

TEST_F(KafkaTest, AFullQueueRefusesAndTheRefusedRecordIsNotReported) {
    Producer small{{.connection = connection_to("127.0.0.1:1"), .queue_messages_max = 2}};
    int reported = 0;
    const auto count = [&](const Delivery&) { ++reported; };
    EXPECT_TRUE(small.send(record("a", "1"), count).ok());
    EXPECT_TRUE(small.send(record("a", "2"), count).ok());
    EXPECT_EQ(small.send(record("a", "3"), count).code, ErrorCode::kQueueFull);
    EXPECT_EQ(small.outstanding(), 2U);
    small.abandon();
    EXPECT_EQ(reported, 2);
}

TEST_F(KafkaTest, ATooLargeRecordIsRefusedForGood) {
    const Error error = producer_.send(record("a", std::string(1'100'000, 'x')),
                                       [](const Delivery&) { FAIL() << "reported"; });
    EXPECT_EQ(error.code, ErrorCode::kMessageTooLarge);
    EXPECT_FALSE(error.retriable);
}

TEST_F(KafkaTest, PassingBrokerErrorsAreRiddenOutInOrder) {
    broker_.fail_produce(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 2);
    broker_.fail_produce(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 1);
    std::vector<std::int64_t> offsets;
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(producer_
                        .send(record("r1", std::to_string(i)),
                              [&](const Delivery& d) { offsets.push_back(d.offset); })
                        .ok());
    }
    ASSERT_TRUE(settle(producer_));
    EXPECT_EQ(offsets, (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST_F(KafkaTest, WaitsForABrokerThatIsAwayAndThenDelivers) {
    (void)produce(producer_, record("r1", "before"));
    broker_.down();
    Delivery result;
    ASSERT_TRUE(producer_.send(record("r1", "x"), [&](const Delivery& d) { result = d; }).ok());
    for (int i = 0; i < 20; ++i) producer_.poll(20ms);
    EXPECT_EQ(producer_.outstanding(), 1U);
    broker_.up();
    ASSERT_TRUE(settle(producer_));
    EXPECT_TRUE(result.error.ok()) << result.error.to_string();
}

TEST_F(KafkaTest, AbandonAnswersEverythingAndTheNextSendStartsAnew) {
    broker_.down();
    std::vector<ErrorCode> codes;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(
            producer_
                .send(record("r1", "x"), [&](const Delivery& d) { codes.push_back(d.error.code); })
                .ok());
    }
    producer_.abandon();
    EXPECT_EQ(codes, (std::vector<ErrorCode>(3, ErrorCode::kPurged)));
    broker_.up();
    EXPECT_TRUE(produce(producer_, record("r1", "again")).error.ok());
}

TEST_F(KafkaTest, AnIdempotenceErrorIsFatalAndCuredByANewHandle) {
    (void)produce(producer_, record("r1", "before"));
    broker_.fail_produce(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1);
    Delivery result;
    ASSERT_TRUE(producer_.send(record("r1", "x"), [&](const Delivery& d) { result = d; }).ok());
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!producer_.needs_renewal() && producer_.outstanding() > 0 &&
           std::chrono::steady_clock::now() < until) {
        producer_.poll(20ms);
    }
    if (producer_.needs_renewal()) {
        EXPECT_TRUE(producer_.fatal().fatal);
        producer_.abandon();
    }
    EXPECT_EQ(producer_.outstanding(), 0U);
    EXPECT_TRUE(produce(producer_, record("r1", "again")).error.ok());
}

TEST_F(KafkaTest, StartsWhereTheCallerSays) {
    const int partition = produce(producer_, record("r1", "0")).partition;
    for (int i = 1; i < 6; ++i) (void)produce(producer_, record("r1", std::to_string(i)));
    ASSERT_TRUE(consumer_.open().ok());
    ASSERT_TRUE(consumer_.assign({{{kTopic, partition}, 4}}).ok());
    const auto got = read(consumer_, 2);
    EXPECT_EQ(got.at(0).value, "4");
    EXPECT_EQ(got.at(1).value, "5");
    ASSERT_TRUE(consumer_.seek({{{kTopic, partition}, 2}}).ok());
    EXPECT_EQ(read(consumer_, 1).at(0).value, "2");
}

TEST_F(KafkaTest, APausedPartitionRestsWhileOthersFlow) {
    const int paused = produce(producer_, record("r1", "p")).partition;
    std::string other_key;
    for (int i = 0; other_key.empty(); ++i) {
        const std::string key = "k" + std::to_string(i);
        if (produce(producer_, record(key, "o")).partition != paused) other_key = key;
    }
    ASSERT_TRUE(consumer_.open().ok());
    ASSERT_TRUE(consumer_.assign(all_from(0)).ok());
    (void)read_until(consumer_, [&](const auto& all) {
        std::set<int> seen;
        for (const Received& r : all) seen.insert(r.at.partition);
        return seen.contains(paused) && seen.size() > 1;
    });
    ASSERT_TRUE(consumer_.pause({{kTopic, paused}}).ok());
    (void)produce(producer_, record("r1", "held"));
    (void)produce(producer_, record(other_key, "flows"));
    const auto got = read_until(
        consumer_, [&](const auto& all) { return !all.empty() && all.back().value == "flows"; });
    for (const Received& r : got) EXPECT_NE(r.value, "held");
    ASSERT_TRUE(consumer_.resume({{kTopic, paused}}).ok());
    (void)read_until(consumer_,
                     [&](const auto& all) { return !all.empty() && all.back().value == "held"; });
}

TEST_F(KafkaTest, APositionOutsideOfTheTopicIsToldAndNotSkipped) {
    const int partition = produce(producer_, record("r1", "0")).partition;
    ASSERT_TRUE(consumer_.open().ok());
    ASSERT_TRUE(consumer_.assign({{{kTopic, partition}, 500}}).ok());
    Polled polled;
    const auto until = std::chrono::steady_clock::now() + 15s;
    while (polled.kind != Polled::Kind::kOffsetLost && std::chrono::steady_clock::now() < until) {
        polled = consumer_.poll(50ms);
        ASSERT_NE(polled.kind, Polled::Kind::kMessage);
    }
    ASSERT_EQ(polled.kind, Polled::Kind::kOffsetLost);
    EXPECT_EQ(polled.at, (TopicPartition{kTopic, partition}));
    ASSERT_TRUE(consumer_.seek({{{kTopic, partition}, StartOffset::kBeginning}}).ok());
    EXPECT_EQ(read(consumer_, 1).at(0).value, "0");
}

TEST_F(KafkaTest, KnowsThePartitionsTheClusterAndTheTopics) {
    ASSERT_TRUE(consumer_.open().ok());
    const auto counts = consumer_.partition_counts({kTopic}, 10s);
    ASSERT_TRUE(counts.error.ok()) << counts.error.to_string();
    EXPECT_EQ(counts.counts.at(kTopic), kPartitions);
    const std::string id = consumer_.cluster_id(10s);
    EXPECT_FALSE(id.empty());
    EXPECT_EQ(producer_.cluster_id(10s), id);
    EXPECT_EQ(cluster_id(connection_to(broker_.bootstrap()), 10s).id, id);
    EXPECT_EQ(list_topics(connection_to(broker_.bootstrap()), 10s).names,
              std::vector<std::string>{kTopic});
    EXPECT_TRUE(producer_.warm_up({kTopic}, 10s).ok());
}

TEST_F(KafkaTest, CommittedOffsetsReachTheBroker) {
    const int partition = produce(producer_, record("r1", "0")).partition;
    ASSERT_TRUE(consumer_.open().ok());
    ASSERT_TRUE(consumer_.assign(all_from(0)).ok());
    (void)read(consumer_, 1);
    consumer_.commit({{{kTopic, partition}, 1}});
    // A second handle of the group asks the broker for what is stored.
    constexpr std::int64_t kStored = -1000;  // RD_KAFKA_OFFSET_STORED
    (void)produce(producer_, record("r1", "1"));
    Consumer second(consumer_options(connection_to(broker_.bootstrap())));
    ASSERT_TRUE(second.open().ok());
    const auto until = std::chrono::steady_clock::now() + 15s;
    for (bool seen = false; !seen;) {
        ASSERT_LT(std::chrono::steady_clock::now(), until) << "commit never reached the broker";
        ASSERT_TRUE(second.assign({{{kTopic, partition}, kStored}}).ok());
        for (int i = 0; i < 20 && !seen; ++i) {
            const Polled polled = second.poll(50ms);
            seen = polled.kind == Polled::Kind::kMessage && polled.message.value == "1";
            if (polled.kind == Polled::Kind::kMessage) break;
        }
    }
}

TEST_F(KafkaTest, GroupModeAsksWhereToStart) {
    const int partition = produce(producer_, record("r1", "0")).partition;
    (void)produce(producer_, record("r1", "1"));
    ASSERT_TRUE(consumer_.open().ok());
    std::set<TopicPartition> revoked;
    ASSERT_TRUE(
        consumer_
            .subscribe({kTopic},
                       {.assigned =
                            [&](const std::vector<TopicPartition>& given) {
                                std::vector<StartOffset> starts;
                                for (const auto& at : given) {
                                    starts.push_back({at, at.partition == partition ? 1 : 0});
                                }
                                return starts;
                            },
                        .revoked =
                            [&](const std::vector<TopicPartition>& taken) {
                                revoked.insert(taken.begin(), taken.end());
                            }})
            .ok());
    EXPECT_EQ(read(consumer_, 1).at(0).value, "1");
    consumer_.close();
    EXPECT_EQ(revoked.size(), static_cast<std::size_t>(kPartitions));
    EXPECT_FALSE(consumer_.is_open());
}

TEST(BrokerAddress, FollowsTheFile) {
    const auto path = std::filesystem::temp_directory_path() /
                      ("kafka_test_address_" + std::to_string(::getpid()));
    std::filesystem::remove(path);
    const BrokerAddress address = BrokerAddress::in_file(path);
    EXPECT_EQ(address.current(), "");
    auto first = std::make_unique<MockCluster>(std::vector<std::string>{kTopic}, kPartitions);
    std::ofstream(path) << first->bootstrap() << "\n";
    Connection connection = connection_to("");
    connection.address = address;
    Producer producer{{.connection = connection}};
    Consumer consumer{consumer_options(connection)};
    ASSERT_TRUE(consumer.open().ok());
    EXPECT_TRUE(produce(producer, record("r1", "first")).error.ok());
    EXPECT_FALSE(producer.needs_renewal());
    const std::string id = producer.cluster_id(10s);

    first.reset();
    const MockCluster second({kTopic}, kPartitions);
    std::ofstream(path) << second.bootstrap() << "\n";
    EXPECT_TRUE(producer.needs_renewal());
    EXPECT_TRUE(consumer.needs_renewal());
    producer.abandon();
    consumer.close();
    EXPECT_TRUE(produce(producer, record("r1", "second")).error.ok());
    EXPECT_NE(producer.cluster_id(10s), id);
    ASSERT_TRUE(consumer.open().ok());
    ASSERT_TRUE(consumer.assign(all_from(0)).ok());
    EXPECT_EQ(read(consumer, 1).at(0).value, "second");
    std::filesystem::remove(path);
}

TEST(Admin, TheMockBrokerCannotCreateTopicsAndSaysSo) {
    const MockCluster broker({}, 1);
    const Error error = create_topics(connection_to(broker.bootstrap()), {{.name = "t"}}, 500ms);
    EXPECT_EQ(error.code, ErrorCode::kTimeout) << error.to_string();
}

TEST(Admin, NamesDeadLetterTopics) {
    EXPECT_EQ(dead_letter_topic("yilian.referrals", "yilian.registries.v1"),
              "yilian.referrals.yilian.registries.v1.dlt");
}

TEST(Admin, AnUnreachableBrokerIsAnErrorAndNoHang) {
    const TopicList list = list_topics(connection_to("127.0.0.1:1"), 500ms);
    EXPECT_FALSE(list.error.ok());
    EXPECT_TRUE(list.error.retriable);
}

}  // namespace
}  // namespace yilian::kafka
