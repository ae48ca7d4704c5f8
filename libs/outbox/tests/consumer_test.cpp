#include "libs/outbox/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/outbox/tests/pipeline.h"
#include "libs/testkit/temp_postgres.h"

namespace yilian::outbox::test {
namespace {

using ::testing::ElementsAre;

class ConsumerTest : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    Broker broker_;
    Producing producing_{GetParam(), broker_};
    Owner owner_{*producing_.store};
    Consuming consuming_{GetParam(), broker_, &owner_};

    // `n` events over four referrals of four residents.
    void emit(int n, int first = 0) {
        std::vector<events::EventDraft> drafts;
        for (int i = first; i < first + n; ++i) {
            drafts.push_back(accepted(referral(i % 4), resident(i % 4), std::to_string(i)));
        }
        producing_.emit_each(drafts);
    }
    void forbid(const std::string& marker, const std::function<void()>& failure) {
        const std::lock_guard lock(consuming_.meddle_mutex);
        consuming_.meddle = [marker, failure](const std::string& given) {
            if (given == marker) failure();
        };
    }
    void allow() {
        const std::lock_guard lock(consuming_.meddle_mutex);
        consuming_.meddle = [](const std::string&) {};
    }
    DeadLetterReplay replay(DeadLetterFilter filter = {}) {
        Answer<DeadLetterReplay> answer;
        consuming_.consumer->replay_dead_letters(std::move(filter), answer.taker());
        return answer.wait();
    }
};
YILIAN_ON_BOTH_DRIVERS(ConsumerTest);

TEST_P(ConsumerTest, P2P3EachEventOnceAndEachAggregateInOrder) {
    producing_.start_relay();
    consuming_.start();
    emit(100);
    consuming_.all_seen(100);
    consuming_.caught_up_with(producing_);
    consuming_.expect_exactly_once(100);
    const PipelineStatus status = consuming_.status();
    EXPECT_EQ(status.consumed.size(), static_cast<std::size_t>(kafka::kPartitions));
    EXPECT_EQ(status.parked, 0);
    EXPECT_EQ(status.dead_letters, 0);
    EXPECT_FALSE(status.cluster_id.empty());
    EXPECT_TRUE(eventually([&] { return consuming_.consumer->stats().applied == 100; }));
}

TEST_P(ConsumerTest, EventsOfAHandlerCarryTheChain) {
    producing_.start_relay();
    consuming_.start();
    producing_.emit({accepted("a", "r1", "1")});
    consuming_.all_seen(1);
    std::vector<StoredEvent> made;
    ASSERT_THAT(consuming_.store->read(
                    [&](storage::Transaction& tx) { made = events_by_position(tx, {}); }),
                testkit::IsOk());
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0].event.correlation_id, "corr");
    EXPECT_EQ(made[0].event.causation_id, made[0].event.subject);  // the test's handler uses the id
    EXPECT_EQ(made[0].event.time, instant_from_ms(50'000));
}

TEST_P(ConsumerTest, RedeliveryAfterACrashIsAbsorbed) {
    // The relay dies twice between produce and mark; the topic holds everything three times.
    std::atomic<int> crashes{2};
    RelayOptions options;
    options.before_mark = [&] { return --crashes < 0; };
    emit(20);
    producing_.start_relay(options);
    consuming_.start();
    consuming_.all_seen(20);
    consuming_.caught_up_with(producing_);
    consuming_.expect_exactly_once(20);
    EXPECT_TRUE(eventually([&] { return consuming_.duplicates == 40; })) << consuming_.duplicates;
    EXPECT_TRUE(eventually([&] { return consuming_.consumer->stats().duplicates == 40; }));
}

TEST_P(ConsumerTest, ForgottenOffsetsDoNoHarm) {
    producing_.start_relay();
    consuming_.start();
    emit(20);
    consuming_.all_seen(20);
    consuming_.stop();
    consuming_.database->tamper("UPDATE stream_progress SET next_offset = 0");
    consuming_.start();
    consuming_.caught_up_with(producing_);
    emit(4, 20);
    consuming_.all_seen(24);
    consuming_.expect_exactly_once(24);
}

TEST_P(ConsumerTest, ARestartGoesOnWhereTheDatabaseSays) {
    producing_.start_relay();
    ConsumerOptions without_commit = consuming_.options();
    without_commit.before_offset_commit = [] { return false; };  // dies before it tells the broker
    consuming_.start(without_commit);
    for (int round = 0; round < 4; ++round) {
        emit(15, round * 15);
        consuming_.stop();
        consuming_.start(without_commit);
    }
    consuming_.all_seen(60);
    consuming_.caught_up_with(producing_);
    consuming_.expect_exactly_once(60);
    EXPECT_EQ(consuming_.duplicates, 0);
}

TEST_P(ConsumerTest, TypesWithoutHandlerCountInTheSequence) {
    producing_.start_relay();
    consuming_.start();
    producing_.emit({accepted("a", "r1", "1"), waitlisted("a", "r1"), access("x", "r1")});
    producing_.emit({closed("a", "r1")});
    consuming_.all_seen(2);
    consuming_.caught_up_with(producing_);
    EXPECT_THAT(consuming_.seen(), ElementsAre("a#1:1", "a#3:closed"));
    EXPECT_EQ(consuming_.number(kCountInbox), 2);
    EXPECT_TRUE(eventually([&] { return consuming_.consumer->stats().ignored == 1; }));
}

TEST_P(ConsumerTest, RecordsThatConcernNobodyStillMoveTheProgress) {
    producing_.start_relay();
    consuming_.start();
    std::vector<events::EventDraft> drafts;
    for (int i = 0; i < 30; ++i) drafts.push_back(access("x" + std::to_string(i), resident(i)));
    producing_.emit_each(drafts);
    consuming_.caught_up_with(producing_);
    EXPECT_EQ(consuming_.number(kCountInbox), 0);
}

TEST_P(ConsumerTest, N11AGapIsParkedAndFetchedFromTheOwner) {
    for (int i = 1; i <= 5; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    producing_.lose("a", 2);
    producing_.lose("a", 3);
    producing_.start_relay();
    consuming_.start();
    consuming_.all_seen(5);
    EXPECT_THAT(consuming_.seen(), ElementsAre("a#1:1", "a#2:2", "a#3:3", "a#4:4", "a#5:5"));
    consuming_.expect_exactly_once(5);
    EXPECT_TRUE(eventually([&] { return consuming_.number(kCountParked) == 0; }));
    EXPECT_TRUE(eventually([&] { return consuming_.consumer->stats().fetched == 2; }));
}

TEST_P(ConsumerTest, WhileTheOwnerIsAwayOnlyTheKeyWithTheGapWaits) {
    owner_.up = false;
    for (int i = 1; i <= 3; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    producing_.lose("a", 2);
    producing_.start_relay();
    consuming_.start();
    producing_.emit({accepted("b", "r1", "1"), accepted("c", "r2", "1")});
    consuming_.all_seen(3);
    EXPECT_TRUE(eventually([&] { return owner_.asked > 1; }));  // tried again
    EXPECT_THAT(consuming_.seen_of("a"), ElementsAre("a#1:1"));
    EXPECT_EQ(consuming_.number(kCountParked), 1);
    // Parked events survive a restart.
    consuming_.stop();
    owner_.up = true;
    consuming_.start();
    consuming_.all_seen(5);
    EXPECT_THAT(consuming_.seen_of("a"), ElementsAre("a#1:1", "a#2:2", "a#3:3"));
}

TEST_P(ConsumerTest, PoisonGoesToTheDeadLetterTopicAndNothingOvertakes) {
    forbid("2", [] { throw PoisonEvent("TEST_POISON"); });
    for (int i = 1; i <= 4; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    producing_.start_relay();
    kafka::Producer dlt_producer({.connection = broker_.connection()});
    Relay dlt_relay(*consuming_.store, dlt_producer, consuming_.ids, {}, {});
    dlt_relay.start();
    consuming_.start();
    producing_.emit({accepted("b", "r1", "1")});  // same key, another aggregate
    consuming_.all_seen(2);
    consuming_.caught_up_with(producing_);
    EXPECT_THAT(consuming_.seen_of("a"), ElementsAre("a#1:1"));
    EXPECT_EQ(consuming_.number(kCountDead), 1);
    EXPECT_EQ(consuming_.number(kCountParked), 2);
    EXPECT_THAT(consuming_.dead_reasons(1), ElementsAre("TEST_POISON"));

    const auto letters = broker_.records(kafka::dead_letter_topic(kConsumer, kTopic), 1);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(events::find_header(letters[0].headers, "dlt-reason"), "TEST_POISON");
    EXPECT_EQ(events::find_header(letters[0].headers, "dlt-consumer"), kConsumer);
    EXPECT_EQ(events::find_header(letters[0].headers, "dlt-topic"), kTopic);
    const auto event = events::from_record(letters[0].headers, letters[0].key, letters[0].value);
    ASSERT_TRUE(event.ok()) << event.status();  // the original headers are all there
    EXPECT_EQ(event->sequence, 2);

    // Repaired: the letter first, then what waited behind it.
    allow();
    const DeadLetterReplay first = replay();
    EXPECT_EQ(first.applied, 1);
    EXPECT_EQ(first.unparked, 2);
    EXPECT_EQ(first.remaining, 0);
    EXPECT_THAT(consuming_.seen_of("a"), ElementsAre("a#1:1", "a#2:2", "a#3:3", "a#4:4"));
    const DeadLetterReplay again = replay();
    EXPECT_EQ(again.applied + again.dropped + again.remaining + again.unparked, 0);
    consuming_.expect_exactly_once(5);
    producing_.emit({accepted("a", "r1", "5")});
    consuming_.all_seen(6);
    dlt_relay.stop();
}

TEST_P(ConsumerTest, AReplayThatFailsAgainStaysADeadLetter) {
    forbid("1", [] { throw PoisonEvent("TEST_POISON"); });
    producing_.emit({accepted("a", "r1", "1"), accepted("a", "r1", "2")});
    producing_.start_relay();
    consuming_.start();
    consuming_.caught_up_with(producing_);
    EXPECT_EQ(replay().remaining, 1);
    EXPECT_EQ(consuming_.number(kCountDead), 1);
    EXPECT_EQ(consuming_.number(kCountParked), 1);
    EXPECT_EQ(consuming_.number(kCountOutbox), 1);  // one letter, not two
    DeadLetterFilter other;
    other.subject = "b";
    EXPECT_EQ(replay(other).remaining, 0);
    std::vector<DeadLetterRow> rows;
    ASSERT_THAT(consuming_.store->read([&](storage::Transaction& tx) {
        rows = list_dead_letters(tx, std::nullopt, 10);
        EXPECT_TRUE(list_dead_letters(tx, rows.back(), 10).empty());
    }),
                testkit::IsOk());
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].reason, "TEST_POISON");
    EXPECT_EQ(rows[0].subject, "a");
    EXPECT_EQ(rows[0].consumer, kConsumer);
    EXPECT_EQ(rows[0].failed_at, instant_from_ms(50'000));
    EXPECT_EQ(rows[0].parked_behind, 1);
}

TEST_P(ConsumerTest, DeadLettersSurviveARestartAndRedelivery) {
    forbid("2", [] { throw PoisonEvent("TEST_POISON"); });
    for (int i = 1; i <= 3; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    producing_.start_relay();
    consuming_.start();
    consuming_.caught_up_with(producing_);
    consuming_.stop();
    consuming_.database->tamper("UPDATE stream_progress SET next_offset = 0");
    consuming_.start();
    consuming_.caught_up_with(producing_);
    EXPECT_EQ(consuming_.number(kCountDead), 1);
    EXPECT_EQ(consuming_.number(kCountParked), 1);
    EXPECT_EQ(consuming_.number(kCountOutbox), 2);  // of a#1, and one letter
    allow();
    EXPECT_EQ(replay().applied, 1);
    EXPECT_THAT(consuming_.seen(), ElementsAre("a#1:1", "a#2:2", "a#3:3"));
}

TEST_P(ConsumerTest, AFailingHandlerIsTriedAFewTimesAndThenTakenAsPoison) {
    std::atomic<int> tries{0};
    forbid("1", [&] {
        ++tries;
        throw std::runtime_error("bug");
    });
    producing_.emit({accepted("a", "r1", "1")});
    producing_.start_relay();
    consuming_.start();
    producing_.emit({accepted("b", "r1", "x")});
    consuming_.all_seen(1);
    EXPECT_TRUE(eventually([&] { return consuming_.number(kCountDead) == 1; }));
    EXPECT_THAT(consuming_.dead_reasons(1), ElementsAre("HANDLER_FAILED"));
    EXPECT_GE(tries, 3);
}

TEST_P(ConsumerTest, ATransientFailureRestsThePartitionAndKeepsTheOrder) {
    std::atomic<int> tries{0};
    forbid("2", [&] {
        if (++tries < 6) throw storage::Rollback(absl::UnavailableError("away"));
    });
    for (int i = 1; i <= 5; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    producing_.start_relay();
    consuming_.start();
    producing_.emit({accepted("z", "resident-far-away", "1")});
    consuming_.all_seen(6);
    EXPECT_THAT(consuming_.seen_of("a"), ElementsAre("a#1:1", "a#2:2", "a#3:3", "a#4:4", "a#5:5"));
    EXPECT_EQ(consuming_.number(kCountParked), 0);
    EXPECT_EQ(consuming_.number(kCountDead), 0);
    EXPECT_EQ(tries, 6);
    consuming_.expect_exactly_once(6);
}

TEST_P(ConsumerTest, ARecordThatIsNoEventDoesNotStopThePartition) {
    producing_.start_relay();
    producing_.emit({accepted("a", "r1", "1")});
    producing_.all_published();
    const auto good = broker_.records(kTopic, 1).at(0);
    // To the same partition: a record without headers, one that lies about its key, a damaged text.
    kafka::Producer stranger({.connection = broker_.connection()});
    const auto send = [&](kafka::Headers headers, const std::string& value) {
        kafka::Record record;
        record.topic = kTopic;
        record.key = "r1";
        record.value = value;
        record.headers = std::move(headers);
        ASSERT_TRUE(stranger.send(record, [](const kafka::Delivery&) {}).ok());
        ASSERT_TRUE(eventually([&] {
            stranger.poll(10ms);
            return stranger.outstanding() == 0;
        }));
    };
    send({}, "\xff\xfe");
    kafka::Headers lying = good.headers;
    lying.emplace_back("ce_partitionkey", "somebody else");
    send(lying, *good.value);
    kafka::Headers damaged = good.headers;
    damaged.emplace_back("ce_subject", "\xff");
    send(damaged, *good.value);
    producing_.emit({accepted("a", "r1", "2")});
    producing_.all_published();
    consuming_.start();
    consuming_.all_seen(2);
    consuming_.caught_up_with(producing_);
    EXPECT_EQ(consuming_.number(kCountDead), 3);
    EXPECT_THAT(consuming_.dead_reasons(3),
                ElementsAre("ENVELOPE_INVALID", "ENVELOPE_INVALID", "ENVELOPE_INVALID"));
    EXPECT_EQ(replay().remaining, 3);
    EXPECT_EQ(consuming_.number(kCountParked), 0);
}

TEST_P(ConsumerTest, APayloadThatDoesNotParseIsPoison) {
    producing_.emit({accepted("a", "r1", "1")});
    producing_.database->tamper(GetParam() == storage::Dialect::kSqlite
                                    ? "UPDATE outbox SET payload = x'ffff'"
                                    : "UPDATE outbox SET payload = '\\xffff'");
    producing_.start_relay();
    consuming_.start();
    consuming_.caught_up_with(producing_);
    EXPECT_THAT(consuming_.dead_reasons(1), ElementsAre("PAYLOAD_INVALID"));
}

TEST_P(ConsumerTest, ANewBrokerIsFollowedAndWhatWasLostComesFromTheOwner) {
    producing_.start_relay();
    consuming_.start();
    emit(20);
    consuming_.all_seen(20);
    consuming_.stop();
    // Published, not yet consumed, and the broker dies with it.
    emit(20, 20);
    producing_.all_published();
    broker_.kill();
    consuming_.start();
    emit(10, 40);
    broker_.start();
    consuming_.all_seen(50);
    consuming_.caught_up_with(producing_);
    consuming_.expect_exactly_once(50);
    emit(10, 50);
    consuming_.all_seen(60);
    consuming_.expect_exactly_once(60);
    EXPECT_EQ(consuming_.number(kCountParked), 0);
    EXPECT_TRUE(eventually([&] { return consuming_.consumer->stats().caught_up >= 1; }));
}

TEST_P(ConsumerTest, ABrokerThatMovesUnderARunningConsumerLosesNothing) {
    producing_.start_relay();
    consuming_.start();
    for (int round = 0; round < 3; ++round) {
        emit(20, round * 20);
        broker_.kill();
        emit(4, 1000 + round * 4);
        broker_.start();
    }
    consuming_.all_seen(72);
    consuming_.caught_up_with(producing_);
    consuming_.expect_exactly_once(72);
}

TEST_P(ConsumerTest, WhatTheTopicNoLongerHoldsComesFromTheOwner) {
    // The mock keeps 5 MiB a partition: the oldest of these are gone before anybody reads.
    const std::string filler(500'000, 'x');
    for (int i = 1; i <= 20; ++i) {
        producing_.emit({accepted("a", "r1", std::to_string(i) + filler)});
    }
    producing_.emit({accepted("b", "r1", "1")});
    producing_.start_relay();
    producing_.all_published();
    EXPECT_LT(broker_.records(kTopic, 1).size(), 21U);
    consuming_.start();
    consuming_.all_seen(21);
    consuming_.caught_up_with(producing_);
    consuming_.expect_exactly_once(21);
    EXPECT_TRUE(eventually([&] { return consuming_.consumer->stats().caught_up >= 1; }));
}

TEST_P(ConsumerTest, InAGroupTwoProcessesShareThePartitions) {
    ConsumerOptions options = consuming_.options();
    options.use_group = true;
    producing_.start_relay();
    consuming_.start(options);
    emit(40);
    consuming_.all_seen(40);
    Consumer second(options, *consuming_.store, consuming_.clock, consuming_.writer,
                    events::catalog(), consuming_.subscriptions(), &owner_, consuming_.hooks());
    second.start();
    for (int i = 0; i < 200 && second.stats().applied == 0; ++i) {
        emit(4, 40 + i * 4);
        std::this_thread::sleep_for(50ms);
    }
    consuming_.caught_up_with(producing_);
    EXPECT_GT(second.stats().applied, 0);
    second.stop();
    consuming_.expect_exactly_once(producing_.number(kCountOutbox));
    EXPECT_EQ(consuming_.number(kCountParked), 0);
}

TEST_P(ConsumerTest, InAGroupANewBrokerIsFollowedToo) {
    ConsumerOptions options = consuming_.options();
    options.use_group = true;
    producing_.start_relay();
    consuming_.start(options);
    emit(8);
    consuming_.all_seen(8);
    consuming_.stop();
    emit(8, 8);
    producing_.all_published();
    broker_.kill();
    broker_.start();
    emit(8, 16);
    consuming_.start(options);
    consuming_.all_seen(24);
    consuming_.caught_up_with(producing_);
    consuming_.expect_exactly_once(24);
    EXPECT_TRUE(eventually([&] { return consuming_.number(kCountParked) == 0; }));
}

TEST_P(ConsumerTest, CatchUpFetchesWhatNoTopicEverShowed) {
    for (int i = 1; i <= 3; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    for (int i = 1; i <= 3; ++i) producing_.lose("a", i);  // no later event will tell of the gap
    producing_.start_relay();
    consuming_.start();
    producing_.emit({accepted("b", "r1", "1")});
    consuming_.all_seen(1);
    consuming_.consumer->catch_up(kTopic);
    consuming_.all_seen(4);
    EXPECT_THAT(consuming_.seen_of("a"), ElementsAre("a#1:1", "a#2:2", "a#3:3"));
    consuming_.expect_exactly_once(4);
}

TEST_P(ConsumerTest, WithoutAWayToTheOwnerAGapStaysParked) {
    Consuming alone(GetParam(), broker_, nullptr);
    for (int i = 1; i <= 3; ++i) producing_.emit({accepted("a", "r1", std::to_string(i))});
    producing_.lose("a", 2);
    producing_.start_relay();
    alone.start();
    alone.caught_up_with(producing_);
    EXPECT_THAT(alone.seen(), ElementsAre("a#1:1"));
    EXPECT_EQ(alone.number(kCountParked), 1);
    producing_.emit({accepted("b", "r1", "1")});
    alone.all_seen(2);
}

class DatabaseCrashTest : public ConsumerTest {};
YILIAN_ON_POSTGRES(DatabaseCrashTest);

TEST_P(DatabaseCrashTest, P12KillingTheDatabaseUnderRelayAndConsumerLosesNothing) {
    producing_.start_relay();
    consuming_.start();
    int emitted = 0;
    for (int round = 0; round < 3; ++round) {
        emit(40, emitted);
        emitted += 40;
        testkit::TempPostgres::shared().kill9();
        testkit::TempPostgres::shared().restart();
        // The stores reconnect when they are used next; what they answer until then does not
        // matter.
        ASSERT_TRUE(eventually([&] {
            const auto nothing = [](storage::Transaction&) {};
            return producing_.store->run({}, nothing).ok() &&
                   producing_.store->read(nothing).ok() &&
                   consuming_.store->run({}, nothing).ok() && consuming_.store->read(nothing).ok();
        }));
    }
    consuming_.all_seen(emitted);
    consuming_.caught_up_with(producing_);
    consuming_.expect_exactly_once(emitted);
    EXPECT_EQ(consuming_.number(kCountDead), 0);
}

TEST_P(ConsumerTest, StopWithoutABrokerEnds) {
    broker_.kill();
    consuming_.start();
    std::this_thread::sleep_for(50ms);
    const auto begin = std::chrono::steady_clock::now();
    consuming_.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_P(ConsumerTest, AskingAStoppedConsumerIsAnswered) {
    consuming_.start();
    consuming_.consumer->stop();
    EXPECT_EQ(replay().applied, 0);
    Answer<absl::StatusOr<RebuildReport>> answer;
    consuming_.consumer->rebuild({"p", {}, {}}, RebuildSource::kOwnerLog, answer.taker());
    EXPECT_THAT(answer.wait(), testkit::HasCode(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace yilian::outbox::test
