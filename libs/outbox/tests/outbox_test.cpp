#include "libs/outbox/outbox.h"

#include <gtest/gtest.h>

#include <thread>

#include "libs/outbox/tests/pipeline.h"

namespace yilian::outbox::test {
namespace {

class OutboxTest : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    Site site_{GetParam(), "referrals", 1};

    void emit(const std::vector<events::EventDraft>& drafts, Instant time = instant_from_ms(1000)) {
        ASSERT_THAT(site_.store->run(
                        {"resident/" + drafts.at(0).partition_key},
                        [&](storage::Transaction& tx) {
                            for (const auto& draft : drafts) {
                                site_.writer.append(tx, draft, {"corr", "cause", "trace", time});
                            }
                        }),
                    testkit::IsOk());
    }
    std::vector<StoredEvent> of(const std::string& subject, std::int64_t from = 1,
                                std::int64_t to = 0) {
        std::vector<StoredEvent> found;
        EXPECT_THAT(site_.store->read([&](storage::Transaction& tx) {
            found = events_of_subject(tx, subject, from, to, 100);
        }),
                    testkit::IsOk());
        return found;
    }
    std::vector<StoredEvent> by(const ReplayRange& range) {
        std::vector<StoredEvent> found;
        EXPECT_THAT(site_.store->read(
                        [&](storage::Transaction& tx) { found = events_by_position(tx, range); }),
                    testkit::IsOk());
        return found;
    }
};
YILIAN_ON_BOTH_DRIVERS(OutboxTest);

TEST_P(OutboxTest, CountsTheEventsOfEachSubjectWithoutAGap) {
    emit({accepted("a", "r1", "1"), accepted("b", "r1", "1"), accepted("a", "r1", "2")});
    emit({closed("a", "r1")});
    const auto a = of("a");
    ASSERT_EQ(a.size(), 3U);
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].event.sequence, static_cast<std::int64_t>(i) + 1);
    }
    EXPECT_LT(a[0].position, a[1].position);
    EXPECT_EQ(of("b").at(0).event.sequence, 1);
}

TEST_P(OutboxTest, KeepsEveryPartOfTheEvent) {
    const events::EventDraft draft = accepted("a", "r1", "1");
    emit({draft}, instant_from_ms(1'773'622'800'123));
    const events::Envelope event = of("a").at(0).event;
    EXPECT_TRUE(is_ulid(event.id));
    EXPECT_EQ(event.source, "/yilian/referrals");
    EXPECT_EQ(event.type, kAcceptedType);
    EXPECT_EQ(event.aggregate, "referral");
    EXPECT_EQ(event.partition_key, "r1");
    EXPECT_EQ(event.time, instant_from_ms(1'773'622'800'123));
    EXPECT_EQ(event.correlation_id, "corr");
    EXPECT_EQ(event.causation_id, "cause");
    EXPECT_EQ(event.traceparent, "trace");
    EXPECT_EQ(event.payload, draft.payload);
}

TEST_P(OutboxTest, ARolledBackUnitLeavesNoGap) {
    emit({accepted("a", "r1", "1")});
    EXPECT_THAT(site_.store->run({"resident/r1"},
                                 [&](storage::Transaction& tx) {
                                     site_.writer.append(tx, accepted("a", "r1", "2"), {});
                                     throw storage::Rollback(absl::AbortedError("refused"));
                                 }),
                testkit::HasCode(absl::StatusCode::kAborted));
    emit({accepted("a", "r1", "3")});
    const auto a = of("a");
    ASSERT_EQ(a.size(), 2U);
    EXPECT_EQ(a[1].event.sequence, 2);
}

TEST_P(OutboxTest, ConcurrentWritersOfOneSubjectGetConsecutiveNumbersInPositionOrder) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                // Different first keys: on PostgreSQL the units run on different workers.
                EXPECT_THAT(site_.store->run({"t/" + std::to_string(t)},
                                             [&](storage::Transaction& tx) {
                                                 site_.writer.append(tx, accepted("a", "r1", "x"),
                                                                     {});
                                             }),
                            testkit::IsOk());
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    const auto a = of("a");
    ASSERT_EQ(a.size(), 100U);
    for (std::size_t i = 1; i < a.size(); ++i) {
        EXPECT_EQ(a[i].event.sequence, a[i - 1].event.sequence + 1);
        EXPECT_GT(a[i].position, a[i - 1].position);
    }
}

TEST_P(OutboxTest, HistoryBySequenceAndByPosition) {
    emit({accepted("a", "r1", "1"), accepted("a", "r1", "2"), accepted("a", "r1", "3")},
         instant_from_ms(1000));
    emit({closed("a", "r1"), access("x", "r1")}, instant_from_ms(2000));
    EXPECT_EQ(of("a", 2, 3).size(), 2U);
    EXPECT_EQ(of("a", 2, 3).at(0).event.sequence, 2);
    EXPECT_EQ(of("a", 4).size(), 1U);
    EXPECT_TRUE(of("nobody").empty());

    const auto all = by({});
    ASSERT_EQ(all.size(), 5U);
    ReplayRange rest;
    rest.after_position = all[2].position;
    EXPECT_EQ(by(rest).size(), 2U);
    ReplayRange two;
    two.limit = 2;
    EXPECT_EQ(by(two).size(), 2U);
    ReplayRange closed_only;
    closed_only.type_prefix = "yilian.referrals.referral.c";
    ASSERT_EQ(by(closed_only).size(), 1U);
    EXPECT_EQ(by(closed_only).at(0).event.type, kClosedType);
    ReplayRange late;
    late.from = instant_from_ms(2000);
    EXPECT_EQ(by(late).size(), 2U);
    ReplayRange early;
    early.until = instant_from_ms(2000);
    EXPECT_EQ(by(early).size(), 3U);
}

TEST_P(OutboxTest, LocalReplayTellsUnknownSubjects) {
    emit({accepted("a", "r1", "1")});
    LocalReplay replay(*site_.store);
    EXPECT_EQ(replay.of_subject("referrals", "a", 1, 1)->size(), 1U);
    EXPECT_THAT(replay.of_subject("referrals", "b", 1, 1),
                testkit::HasCode(absl::StatusCode::kNotFound));
}

TEST_P(OutboxTest, AMutedWriterAppendsNothing) {
    const OutboxWriter muted = OutboxWriter::muted();
    ASSERT_THAT(site_.store->run({},
                                 [&](storage::Transaction& tx) {
                                     EXPECT_EQ(muted.append(tx, accepted("a", "r1", "1"), {}), "");
                                 }),
                testkit::IsOk());
    EXPECT_EQ(site_.number(kCountOutbox), 0);
}

}  // namespace
}  // namespace yilian::outbox::test
