#include <gtest/gtest.h>

#include "libs/outbox/consumer.h"
#include "libs/outbox/tests/pipeline.h"

namespace yilian::outbox::test {
namespace {

Projection referrals() {
    static const ProjectionTable table = ProjectionTable::of("referral_copy", "referral_id");
    return {"referrals", {table}, {kAcceptedType, kClosedType}};
}

class RebuildTest : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        producing_.start_relay();
        consuming_.start();
        std::vector<events::EventDraft> drafts;
        for (int i = 0; i < 30; ++i) {
            drafts.push_back(accepted(referral(i % 7), resident(i % 7), std::to_string(i)));
            drafts.push_back(waitlisted(referral(i % 7), resident(i % 7)));
        }
        for (int i = 0; i < 3; ++i) drafts.push_back(closed(referral(i), resident(i)));
        producing_.emit_each(drafts);
        consuming_.all_seen(33);
        consuming_.caught_up_with(producing_);
    }
    absl::StatusOr<RebuildReport> rebuild(RebuildSource source) {
        Answer<absl::StatusOr<RebuildReport>> answer;
        consuming_.consumer->rebuild(referrals(), source, answer.taker());
        return answer.wait();
    }

    Broker broker_;
    Producing producing_{GetParam(), broker_};
    Owner owner_{*producing_.store};
    Consuming consuming_{GetParam(), broker_, &owner_};
};
YILIAN_ON_BOTH_DRIVERS(RebuildTest);

TEST_P(RebuildTest, GivesTheSameRowsAndRepeatsNoEffect) {
    for (const RebuildSource source : {RebuildSource::kOwnerLog, RebuildSource::kTopics}) {
        const std::int64_t outbox = consuming_.number(kCountOutbox);
        const auto report = rebuild(source);
        ASSERT_THAT(report, testkit::IsOk());
        EXPECT_EQ(report->applied_events, 33);
        EXPECT_EQ(report->rows_before, 7);
        EXPECT_EQ(report->rows_after, 7);
        EXPECT_EQ(report->digest_before, report->digest_after);
        EXPECT_EQ(report->digest_after.size(), 64U);
        EXPECT_EQ(consuming_.number(kCountEffects), 33);
        EXPECT_EQ(consuming_.number(kCountInbox), 33);
        EXPECT_EQ(consuming_.number(kCountSeen), 33);
        EXPECT_EQ(consuming_.number(kCountOutbox), outbox);
    }
}

TEST_P(RebuildTest, RepairsADamagedProjection) {
    const auto good = rebuild(RebuildSource::kOwnerLog);
    consuming_.database->tamper("UPDATE referral_copy SET marker = 'wrong' WHERE closed = 1");
    consuming_.database->tamper("DELETE FROM referral_copy WHERE referral_id = 'referral-6'");
    const auto report = rebuild(RebuildSource::kOwnerLog);
    ASSERT_THAT(report, testkit::IsOk());
    EXPECT_EQ(report->rows_before, 6);
    EXPECT_EQ(report->rows_after, 7);
    EXPECT_NE(report->digest_before, good->digest_after);
    EXPECT_EQ(report->digest_after, good->digest_after);
}

TEST_P(RebuildTest, ConsumptionGoesOnAfterwards) {
    ASSERT_THAT(rebuild(RebuildSource::kTopics), testkit::IsOk());
    producing_.emit({accepted(referral(0), resident(0), "later")});
    consuming_.all_seen(34);
    consuming_.expect_exactly_once(34);
}

TEST_P(RebuildTest, LeavesOutWhatTheConsumerHasNotSeenYet) {
    consuming_.stop();
    producing_.emit({accepted("new", "r-new", "1")});
    producing_.all_published();
    broker_.cluster().down();
    consuming_.start();
    const auto report = rebuild(RebuildSource::kOwnerLog);
    ASSERT_THAT(report, testkit::IsOk());
    EXPECT_EQ(report->applied_events, 33);
    broker_.cluster().up();
    consuming_.all_seen(34);
    consuming_.expect_exactly_once(34);
}

TEST_P(RebuildTest, WithoutSourceTheOldRowsStand) {
    owner_.up = false;
    EXPECT_THAT(rebuild(RebuildSource::kOwnerLog),
                testkit::HasCode(absl::StatusCode::kUnavailable));
    constexpr storage::Query kRows{"rows", "SELECT COUNT(*) FROM referral_copy"};
    EXPECT_EQ(consuming_.number(kRows), 7);
    producing_.emit({accepted(referral(0), resident(0), "later")});
    consuming_.all_seen(34);
}

TEST_P(RebuildTest, ATypeWithoutHandlerIsRefused) {
    Projection wrong = referrals();
    wrong.types.emplace_back("yilian.referrals.access.recorded.v1");
    Answer<absl::StatusOr<RebuildReport>> answer;
    consuming_.consumer->rebuild(wrong, RebuildSource::kOwnerLog, answer.taker());
    EXPECT_THAT(answer.wait(), testkit::HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace yilian::outbox::test
