#include "libs/outbox/applier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "libs/outbox/tests/pipeline.h"

// The rules of one event without broker and threads.
namespace yilian::outbox::test {
namespace {

using Fate = Outcome::Fate;

class ApplierTest : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    ApplierTest() {
        subscriptions_ = {{kAcceptedType,
                           [this](ConsumeContext& c) {
                               yilian::referrals::v1::ReferralAccepted message;
                               if (!message.ParseFromString(c.event.payload) || refuse_) {
                                   throw PoisonEvent("TEST_POISON");
                               }
                               c.tx.post(kSee, c.event.id, c.event.subject, c.event.sequence, "",
                                         0);
                               c.effect("seen", c.event.subject);
                           }},
                          {kClosedType, [](ConsumeContext&) {}}};
        applier_ = std::make_unique<Applier>(kConsumer, clock_, site_.writer, events::catalog(),
                                             subscriptions_, nullptr);
    }

    events::Envelope event(std::int64_t sequence, const std::string& subject = "a") {
        const events::EventDraft draft = accepted(subject, "r1", "m");
        return {subject + std::to_string(sequence),
                "/yilian/referrals",
                draft.type,
                subject,
                draft.aggregate,
                draft.partition_key,
                sequence,
                instant_from_ms(7),
                "",
                "",
                "",
                draft.payload};
    }
    Incoming from_topic(const events::Envelope& event, std::int64_t offset) {
        Incoming incoming = applier_->from_log(event);
        incoming.origin = Incoming::Origin::kTopic;
        incoming.partition = 0;
        incoming.offset = offset;
        incoming.expected_offset = offset;
        incoming.cluster_id = "c";
        return incoming;
    }
    absl::StatusOr<Outcome> apply(const Incoming& incoming) {
        // Not Store::run(), whose status leaves the reason of the rollback behind.
        Outcome outcome;
        Answer<absl::Status> ended;
        storage::Unit unit;
        unit.lock_keys = applier_->lock_keys(incoming);
        unit.work = [&](storage::Transaction& tx) { outcome = applier_->apply(tx, incoming); };
        unit.done = ended.taker();
        EXPECT_THAT(site_.store->submit(std::move(unit)), testkit::IsOk());
        const absl::Status status = ended.wait();
        if (!status.ok()) return status;
        return outcome;
    }
    Fate fate(const Incoming& incoming) {
        const auto outcome = apply(incoming);
        EXPECT_THAT(outcome, testkit::IsOk());
        return outcome.ok() ? outcome->fate : Fate::kSkipped;
    }

    Site site_{GetParam(), "registries", 3};
    DrivenClock clock_{instant_from_ms(50'000)};
    bool refuse_ = false;
    Subscriptions subscriptions_;
    std::unique_ptr<Applier> applier_;
};
YILIAN_ON_BOTH_DRIVERS(ApplierTest);

TEST_P(ApplierTest, JudgesBySequence) {
    EXPECT_EQ(fate(from_topic(event(1), 0)), Fate::kApplied);
    EXPECT_EQ(fate(from_topic(event(1), 1)), Fate::kDuplicate);
    EXPECT_EQ(fate(from_topic(event(3), 2)), Fate::kGap);
    EXPECT_EQ(fate(applier_->from_log(event(2))), Fate::kApplied);
    EXPECT_EQ(fate(from_topic(event(3), 3)), Fate::kApplied);  // the parked copy goes with it
    EXPECT_EQ(site_.number(kCountParked), 0);
    EXPECT_EQ(site_.number(kCountEffects), 3);
}

TEST_P(ApplierTest, ALaterRecordWaitsForTheOneBefore) {
    EXPECT_EQ(fate(from_topic(event(1), 0)), Fate::kApplied);
    // Offset 1 has not been done: what comes after it must not pass.
    EXPECT_THAT(apply(from_topic(event(1, "b"), 2)), testkit::HasCode(absl::StatusCode::kAborted));
    EXPECT_EQ(fate(from_topic(event(2), 1)), Fate::kApplied);
    EXPECT_EQ(fate(from_topic(event(1, "b"), 2)), Fate::kApplied);
    Incoming elsewhere = from_topic(event(2, "b"), 3);
    elsewhere.cluster_id = "another broker";
    EXPECT_THAT(apply(elsewhere), testkit::HasCode(absl::StatusCode::kAborted));
}

TEST_P(ApplierTest, PoisonIsUndoneThenBuriedAndItsFollowersWait) {
    refuse_ = true;
    Incoming first = from_topic(event(1), 0);
    const auto refused = apply(first);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(poison_reason(refused.status()), "TEST_POISON");
    EXPECT_EQ(site_.number(kCountInbox), 0);
    first.poison = "TEST_POISON";
    EXPECT_EQ(fate(first), Fate::kDeadLettered);
    EXPECT_EQ(fate(from_topic(event(2), 1)), Fate::kBehindDeadLetter);
    EXPECT_EQ(fate(from_topic(event(1), 2)), Fate::kDuplicate);  // of the dead letter
    EXPECT_EQ(site_.number(kCountDead), 1);
    EXPECT_EQ(site_.number(kCountOutbox), 1);
    refuse_ = false;
    Incoming letter = applier_->from_log(event(1));
    letter.origin = Incoming::Origin::kDeadLetter;
    EXPECT_EQ(fate(letter), Fate::kApplied);
    EXPECT_EQ(site_.number(kCountDead), 0);
    EXPECT_EQ(fate(letter), Fate::kDuplicate);
}

TEST_P(ApplierTest, LocksTheRecordThatTheKeyNames) {
    const auto keys = applier_->lock_keys(from_topic(event(1), 0));
    EXPECT_EQ(keys,
              (std::vector<std::string>{"yilian.registries/yilian.referrals.v1/0", "resident/r1"}));
}

TEST_P(ApplierTest, FollowsAggregatesAndNotTypes) {
    Incoming incoming = applier_->from_log(event(1));
    EXPECT_TRUE(applier_->follows(incoming));
    incoming.event->aggregate = "access";
    EXPECT_FALSE(applier_->follows(incoming));
    // A type of tomorrow: its resource stands for the aggregate.
    events::Envelope newer = event(1);
    newer.type = "yilian.referrals.referral.teleported.v1";
    incoming = applier_->from_log(newer);
    applier_->decode(incoming);
    EXPECT_TRUE(applier_->follows(incoming));
    EXPECT_EQ(fate(from_topic(newer, 0)), Fate::kIgnored);
    EXPECT_EQ(fate(from_topic(event(2), 1)), Fate::kApplied);
}

// Whatever is delivered how often and in which order: one effect each, and in the end all of them.
TEST_P(ApplierTest, P2P3AnyDeliveryOrderGivesOneEffectEach) {
    std::mt19937 random(20260316);
    for (int round = 0; round < 5; ++round) {
        const std::string prefix = "s" + std::to_string(round) + "-";
        std::vector<events::Envelope> deliveries;
        for (int subject = 0; subject < 3; ++subject) {
            for (int sequence = 1; sequence <= 5; ++sequence) {
                const events::Envelope one = event(sequence, prefix + std::to_string(subject));
                deliveries.insert(deliveries.end(), 3, one);
            }
        }
        std::shuffle(deliveries.begin(), deliveries.end(), random);
        for (const events::Envelope& one : deliveries) (void)fate(applier_->from_log(one));
        // A last delivery in order, as the owner's log gives it.
        for (int subject = 0; subject < 3; ++subject) {
            for (int sequence = 1; sequence <= 5; ++sequence) {
                (void)fate(applier_->from_log(event(sequence, prefix + std::to_string(subject))));
            }
        }
    }
    EXPECT_EQ(site_.number(kCountSeen), 75);
    EXPECT_EQ(site_.number(kCountEffects), 75);
    EXPECT_EQ(site_.number(kDoubleEffects), 0);
    EXPECT_EQ(site_.number(kCountParked), 0);
}

}  // namespace
}  // namespace yilian::outbox::test
