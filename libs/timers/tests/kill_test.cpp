// Each timer has its effect exactly once, whenever the process is killed (reliability.md P2).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "libs/testkit/child.h"
#include "libs/testkit/database.h"
#include "libs/testkit/status.h"
#include "libs/testkit/temp_postgres.h"
#include "libs/timers/engine.h"
#include "libs/timers/tests/kill_schema.h"
#include "libs/timers/timers.h"

namespace yilian::timers::testing {
namespace {

using testkit::IsOk;

class KilledTimers : public testkit::OnBothDrivers {};
YILIAN_ON_BOTH_DRIVERS(KilledTimers);

TEST_P(KilledTimers, FireExactlyOnceAtTheirDueTime) {
    constexpr int kTimers = 240;
    const auto store = started(kSets);
    std::mt19937 random(42);
    std::multiset<std::pair<std::string, std::int64_t>> expected;
    ASSERT_THAT(
        store->run({"test"},
                   [&](storage::Transaction& tx) {
                       for (int i = 0; i < kTimers; ++i) {
                           const std::string id = fmt::format("r{:03}", i);
                           const std::int64_t due = static_cast<std::int64_t>(random() % 60) * 1000;
                           const bool chain = i % 3 == 0;
                           schedule(tx, {"a", id}, instant_from_ms(due), chain ? "chain" : "");
                           expected.emplace(id, due);
                           if (chain) expected.emplace(id, due + 7000);
                       }
                   }),
        IsOk());
    store->stop();
    int kills = 0;
    for (bool done = false; !done;) {
        testkit::Child child("timers_kill_child",
                             {GetParam() == storage::Dialect::kSqlite ? "sqlite" : "postgres",
                              database().address()});
        const auto lines = random() % 30 + 1;
        for (std::size_t i = 0; i < lines && !done; ++i) {
            const auto line = child.line();
            ASSERT_TRUE(line.has_value()) << "the child ended with " << child.wait();
            done = *line == "done";
        }
        kills += done ? 0 : 1;
    }
    EXPECT_GE(kills, 8);
    static constexpr storage::Query kFired{"fired", "SELECT aggregate_id, due_at, at FROM fired"};
    const auto reader = database().store({});
    ASSERT_THAT(reader->start(), IsOk());
    std::multiset<std::pair<std::string, std::int64_t>> fired;
    ASSERT_THAT(reader->read([&](storage::Transaction& tx) {
        fired.clear();
        for (const storage::Row& row : tx.select(kFired)) {
            EXPECT_EQ(row.i64(1), row.i64(2)) << "the clock stood at the due time";
            fired.emplace(row.text(0), row.i64(1));
        }
    }),
                IsOk());
    EXPECT_EQ(fired, expected);
}

class KilledServer : public testkit::OnBothDrivers {};
YILIAN_ON_POSTGRES(KilledServer);

TEST_P(KilledServer, AdvanceBearsItAndGoesOn) {
    constexpr int kTimers = 400;
    const auto store = started(kSets);
    ASSERT_THAT(
        store->run(
            {"test"},
            [&](storage::Transaction& tx) {
                for (int i = 0; i < kTimers; ++i) {
                    schedule(tx, {"a", fmt::format("r{:03}", i)}, instant_from_ms(i * 100), "");
                }
            }),
        IsOk());
    DrivenClock clock(instant_from_ms(0));
    std::promise<void> under_way;
    int fired = 0;
    TimerEngine engine(*store, clock, {.outage_patience = std::chrono::seconds(60)},
                       {.fired = [&](const Timer&, Instant) {
                           if (++fired == 100) under_way.set_value();
                       }});
    engine.handle(
        "a", [](const Timer& timer) { return std::vector{timer.key.aggregate_id}; },
        [](FireContext& context) {
            context.tx.post(kRecord, context.timer.key.aggregate_id, context.timer.due,
                            context.now);
        });
    ASSERT_THAT(engine.start(), IsOk());
    std::promise<absl::StatusCode> answer;
    engine.advance_to(instant_from_ms(kEndMs), [&](const absl::StatusOr<std::int64_t>& count) {
        answer.set_value(count.status().code());
    });
    under_way.get_future().wait();
    testkit::TempPostgres::shared().kill9();
    testkit::TempPostgres::shared().restart();
    EXPECT_EQ(answer.get_future().get(), absl::StatusCode::kOk);
    static constexpr storage::Query kCount{
        "count", "SELECT count(*), count(DISTINCT aggregate_id) FROM fired"};
    ASSERT_THAT(store->read([&](storage::Transaction& tx) {
        const storage::Row row = tx.select(kCount).at(0);
        EXPECT_EQ(row.i64(0), kTimers);
        EXPECT_EQ(row.i64(1), kTimers);
    }),
                IsOk());
}

}  // namespace
}  // namespace yilian::timers::testing
