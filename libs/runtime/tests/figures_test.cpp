#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "libs/base/ulid.h"
#include "libs/outbox/migrations.h"
#include "libs/outbox/sweep.h"
#include "libs/runtime/operator_service.h"
#include "libs/testkit/database.h"
#include "libs/testkit/status.h"

namespace yilian::runtime {
namespace {

class FiguresTest : public testkit::OnBothDrivers {};
YILIAN_ON_BOTH_DRIVERS(FiguresTest);

std::int64_t consumed(storage::Store& store) {
    std::int64_t value = -1;
    EXPECT_THAT(store.read([&](storage::Transaction& tx) {
        for (const Figure& figure : common_counts(tx)) {
            if (figure.name == "events_consumed") value = figure.value;
        }
    }),
                testkit::IsOk());
    return value;
}

// `yilian verify` compares this figure with what the owners published, for ever (X-C01).
TEST_P(FiguresTest, SweepingDoesNotChangeWhatWasConsumed) {
    const std::array<storage::MigrationSet, 1> sets{outbox::migrations()};
    const auto store = started(sets);
    std::string sql =
        "INSERT INTO stream_progress (consumer, topic, partition_no, next_offset, cluster_id) "
        "VALUES ('yilian.billing', 'yilian.directory.v1', 0, 3, 'c');";
    for (std::uint64_t ms : {1000U, 2000U, 900'000U}) {
        sql += "INSERT INTO inbox (consumer, event_id, applied_at) VALUES ('yilian.billing', '" +
               encode_ulid(ms, 0, ms) + "', 0);";
    }
    database().tamper(sql);
    EXPECT_EQ(consumed(*store), 3);
    EXPECT_EQ(outbox::sweep_inbox(*store, instant_from_ms(500'000)).value_or(-1), 2);
    EXPECT_EQ(consumed(*store), 3);
    store->stop();
}

}  // namespace
}  // namespace yilian::runtime
