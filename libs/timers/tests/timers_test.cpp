// Durable timers on the business clock (architecture.md 3): order, exactly once, and failures.
#include "libs/timers/timers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <random>
#include <thread>

#include "libs/testkit/database.h"
#include "libs/testkit/status.h"
#include "libs/timers/engine.h"

namespace yilian::timers {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testkit::HasCode;
using testkit::IsOk;

constexpr EmbeddedFile kEffectFiles[] = {
    {"0001_fired.sql",
     "CREATE TABLE fired (position BIGINT PRIMARY KEY, what TEXT NOT NULL, at BIGINT NOT NULL);"}};
constexpr storage::Query kRecord{
    "record",
    "INSERT INTO fired (position, what, at) SELECT coalesce(max(position), 0) + 1, $1, $2 "
    "FROM fired"};
constexpr storage::Query kFired{"fired", "SELECT what, at FROM fired ORDER BY position"};

Instant at(std::int64_t second) { return instant_from_ms(second * 1000); }

LockKeys record_key() {
    return [](const Timer& timer) {
        return std::vector<std::string>{"record/" + timer.key.aggregate_id};
    };
}

void record(FireContext& context) {
    context.tx.run(kRecord, context.timer.key.kind + "/" + context.timer.key.aggregate_id,
                   context.now);
}

class Timers : public testkit::OnBothDrivers {
  protected:
    void SetUp() override {
        const storage::MigrationSet sets[] = {migrations(), {"test", kEffectFiles}};
        store_ = started(sets, {.writers = 3});
    }
    void in_unit(const std::function<void(storage::Transaction&)>& work) {
        ASSERT_THAT(store_->run({"test"}, work), IsOk());
    }
    void set(const std::string& kind, const std::string& id, std::int64_t due,
             const std::string& payload = {}) {
        in_unit([&](storage::Transaction& tx) { schedule(tx, {kind, id}, at(due), payload); });
    }
    std::unique_ptr<TimerEngine> engine(TimerEngine::Options options = {},
                                        TimerEngine::Observer observer = {}) {
        return std::make_unique<TimerEngine>(*store_, clock_, options, std::move(observer));
    }
    // "kind/aggregate@second" in firing order.
    std::vector<std::string> fired() {
        std::vector<std::string> all;
        EXPECT_THAT(store_->read([&](storage::Transaction& tx) {
            all.clear();
            for (const storage::Row& row : tx.select(kFired)) {
                all.push_back(fmt::format("{}@{}", row.text(0), row.i64(1) / 1000));
            }
        }),
                    IsOk());
        return all;
    }
    Pending left() {
        Pending now;
        EXPECT_THAT(store_->read([&](storage::Transaction& tx) { now = pending(tx); }), IsOk());
        return now;
    }

    std::unique_ptr<storage::Store> store_;
    DrivenClock clock_{at(0)};
};
YILIAN_ON_BOTH_DRIVERS(Timers);

// SQLite has one process a file.
class TimersOfTwoProcesses : public Timers {};
YILIAN_ON_POSTGRES(TimersOfTwoProcesses);

TEST_P(Timers, FireInOrderOfDueTimeThenAggregateWithTheClockAtTheDueTime) {
    set("a", "r2", 20);
    set("b", "r1", 20);
    set("a", "r9", 10);
    set("a", "r1", 20);
    set("a", "r0", 31);
    auto timers = engine();
    std::vector<std::int64_t> clock_seen;
    const auto watch = [&](FireContext& context) {
        record(context);
        clock_seen.push_back(to_ms(clock_.now()) / 1000);
    };
    timers->handle("a", record_key(), watch);
    timers->handle("b", record_key(), watch);
    ASSERT_THAT(timers->start(), IsOk());
    const auto count = timers->advance_to(at(30));
    ASSERT_THAT(count, IsOk());
    EXPECT_EQ(*count, 4);
    EXPECT_THAT(fired(), ElementsAre("a/r9@10", "a/r1@20", "b/r1@20", "a/r2@20"));
    EXPECT_THAT(clock_seen, ElementsAre(10, 20, 20, 20));
    EXPECT_EQ(clock_.now(), at(30));
    EXPECT_EQ(left().timers, 1);
    EXPECT_EQ(left().next_due, at(31));
}

TEST_P(Timers, DueExactlyAtTheTargetFires) {
    set("a", "r1", 30);
    auto timers = engine();
    timers->handle("a", record_key(), record);
    ASSERT_THAT(timers->start(), IsOk());
    EXPECT_EQ(timers->advance_to(at(29)).value(), 0);
    EXPECT_EQ(timers->advance_to(at(30)).value(), 1);
    EXPECT_EQ(timers->advance_to(at(10)).value(), 0);
    EXPECT_EQ(clock_.now(), at(30)) << "never backwards";
}

TEST_P(Timers, TimersSetWhileFiringTakeTheirPlaceInTheOrder) {
    set("chain", "m", 10);
    set("a", "z", 10);
    set("a", "n", 15);
    auto timers = engine();
    timers->handle("a", record_key(), record);
    timers->handle("chain", record_key(), [](FireContext& context) {
        record(context);
        schedule(context.tx, {"a", "b"}, at(10), "");   // same instant, earlier record
        schedule(context.tx, {"a", "c"}, at(12), "");   // before the next
        schedule(context.tx, {"a", "d"}, at(5), "");    // in the past
        schedule(context.tx, {"a", "e"}, at(100), "");  // beyond the target
    });
    ASSERT_THAT(timers->start(), IsOk());
    ASSERT_THAT(timers->advance_to(at(20)), IsOk());
    EXPECT_THAT(fired(),
                ElementsAre("chain/m@10", "a/d@10", "a/b@10", "a/z@10", "a/c@12", "a/n@15"));
}

TEST_P(Timers, CancelledAndReplacedTimers) {
    set("a", "cancelled", 10);
    set("a", "moved", 10);
    set("a", "record", 10);
    set("b", "record", 10);
    set("a", "m", 12);
    set("stop", "l", 12);
    in_unit([](storage::Transaction& tx) {
        EXPECT_TRUE(cancel(tx, {"a", "cancelled"}));
        EXPECT_FALSE(cancel(tx, {"a", "nobody"}));
        EXPECT_EQ(cancel_all_of(tx, "record"), 2);
        schedule(tx, {"a", "moved"}, at(11), "new");
        EXPECT_EQ(find(tx, {"a", "moved"}), (Timer{{"a", "moved"}, at(11), "new"}));
        EXPECT_EQ(find(tx, {"a", "cancelled"}), std::nullopt);
    });
    auto timers = engine();
    timers->handle("a", record_key(), record);
    timers->handle("b", record_key(), record);
    timers->handle("stop", record_key(), [](FireContext& context) {
        record(context);
        EXPECT_TRUE(cancel(context.tx, {"a", "m"}));  // stands in the same group
    });
    ASSERT_THAT(timers->start(), IsOk());
    EXPECT_EQ(timers->advance_to(at(20)).value(), 2);
    EXPECT_THAT(fired(), ElementsAre("a/moved@11", "stop/l@12"));
}

TEST_P(Timers, TimerOfARolledBackUnitDoesNotExist) {
    EXPECT_THAT(store_->run({"test"},
                            [](storage::Transaction& tx) {
                                schedule(tx, {"a", "r1"}, at(1), "");
                                throw storage::Rollback(absl::NotFoundError("no"));
                            }),
                HasCode(StatusCode::kNotFound));
    EXPECT_EQ(left().timers, 0);
}

TEST_P(Timers, FailingHandlerBlocksNobodyAndIsRecorded) {
    for (const char* id : {"r1", "r2", "r3"}) set("a", id, 10, "p");
    set("a", "r4", 11);
    std::vector<std::string> failed;
    int runs = 0;
    bool broken = true;
    auto timers = engine({.runs_max = 3},
                         {.fired = {}, .failed = [&](const Timer& timer, const absl::Status&) {
                              failed.push_back(timer.key.aggregate_id);
                          }});
    timers->handle("a", record_key(), [&](FireContext& context) {
        record(context);
        if (context.timer.key.aggregate_id != "r2" || !broken) return;
        ++runs;
        throw std::logic_error("a bug");
    });
    ASSERT_THAT(timers->start(), IsOk());
    EXPECT_EQ(timers->advance_to(at(20)).value(), 3);
    EXPECT_THAT(fired(), ElementsAre("a/r1@10", "a/r3@10", "a/r4@11"));
    EXPECT_THAT(failed, ElementsAre("r2"));
    EXPECT_GE(runs, 3);
    EXPECT_EQ(left().failures, 1);
    in_unit([](storage::Transaction& tx) {
        const auto recorded = failures(tx, 10);
        ASSERT_EQ(recorded.size(), 1U);
        EXPECT_EQ(recorded[0].timer, (Timer{{"a", "r2"}, at(10), "p"}));
        EXPECT_THAT(recorded[0].reason, ::testing::HasSubstr("std::logic_error"));
    });
    broken = false;
    in_unit([](storage::Transaction& tx) { EXPECT_EQ(rearm(tx, {"a", "r2"}), 1); });
    EXPECT_EQ(timers->advance_to(at(21)).value(), 1);
    EXPECT_THAT(fired(), ElementsAre("a/r1@10", "a/r3@10", "a/r4@11", "a/r2@20"));
    EXPECT_EQ(left().failures, 0);
}

TEST_P(Timers, KindWithoutHandlerStaysAndBlocksNobody) {
    in_unit([](storage::Transaction& tx) {
        for (int i = 0; i < 300; ++i) {
            schedule(tx, {"unknown", fmt::format("u{:03}", i)}, at(5), "");
        }
    });
    set("a", "r1", 10);
    set("a", "r2", 10);
    auto timers = engine();
    timers->handle("a", record_key(), record);
    ASSERT_THAT(timers->start(), IsOk());
    EXPECT_EQ(timers->advance_to(at(20)).value(), 2);
    EXPECT_EQ(left().timers, 300);
}

TEST_P(Timers, DrivenClockGoesOnAfterARestart) {
    set("a", "r1", 25);
    {
        auto timers = engine();
        timers->handle("a", record_key(), record);
        ASSERT_THAT(timers->start(), IsOk());
        ASSERT_THAT(timers->advance_to(at(20)), IsOk());
    }
    DrivenClock fresh(at(0));
    TimerEngine again(*store_, fresh, {}, {});
    again.handle("a", record_key(), record);
    ASSERT_THAT(again.start(), IsOk());
    EXPECT_EQ(fresh.now(), at(20));
    EXPECT_EQ(again.advance_to(at(30)).value(), 1);
    EXPECT_THAT(fired(), ElementsAre("a/r1@25"));
}

TEST_P(Timers, AdvanceIsRefusedWithTheWallClockAndAfterStop) {
    const WallClock wall;
    TimerEngine engine_on_wall(*store_, wall, {}, {});
    ASSERT_THAT(engine_on_wall.start(), IsOk());
    EXPECT_THAT(engine_on_wall.advance_to(at(1)), HasCode(StatusCode::kFailedPrecondition));
    auto timers = engine();
    ASSERT_THAT(timers->start(), IsOk());
    timers->stop();
    EXPECT_THAT(timers->advance_to(at(1)), HasCode(StatusCode::kCancelled));
}

TEST_P(Timers, WallClockFiresWhatIsDue) {
    const WallClock wall;
    const Instant due = wall.now() - std::chrono::seconds(1);
    in_unit([&](storage::Transaction& tx) {
        schedule(tx, {"a", "past"}, due, "");
        schedule(tx, {"a", "future"}, due + std::chrono::hours(1), "");
    });
    std::promise<std::pair<std::string, Instant>> seen;
    TimerEngine timers(*store_, wall, {.poll = std::chrono::milliseconds(5)},
                       {.fired =
                            [&](const Timer& timer, Instant now) {
                                seen.set_value({timer.key.aggregate_id, now});
                            },
                        .failed = {}});
    timers.handle("a", record_key(), record);
    ASSERT_THAT(timers.start(), IsOk());
    auto future = seen.get_future();
    ASSERT_EQ(future.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    const auto [id, now] = future.get();
    EXPECT_EQ(id, "past");
    EXPECT_GT(now, due) << "the wall clock is not turned back";
    timers.stop();
    EXPECT_EQ(left().timers, 1);
}

TEST_P(TimersOfTwoProcesses, FireEachTimerOnce) {
    constexpr int kTimers = 200;
    in_unit([](storage::Transaction& tx) {
        for (int i = 0; i < kTimers; ++i) {
            schedule(tx, {"a", fmt::format("r{:03}", i)}, at(i % 7), "");
        }
    });
    const auto other_store = database().store({});
    ASSERT_THAT(other_store->start(), IsOk());
    const WallClock wall;
    std::atomic<int> fired_count{0};
    const TimerEngine::Observer observer{[&](const Timer&, Instant) { ++fired_count; }, {}};
    const TimerEngine::Options options{.poll = std::chrono::milliseconds(1), .group_max = 5};
    TimerEngine one(*store_, wall, options, observer);
    TimerEngine two(*other_store, wall, options, observer);
    for (TimerEngine* each : {&one, &two}) {
        // `fired` numbers its rows by reading the last one, so both take the same key.
        each->handle(
            "a", [](const Timer&) { return std::vector<std::string>{"fired"}; }, record);
        ASSERT_THAT(each->start(), IsOk());
    }
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (left().timers > 0 && std::chrono::steady_clock::now() < limit) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    one.stop();
    two.stop();
    auto all = fired();
    for (std::string& what : all) what = what.substr(0, what.find('@'));
    std::sort(all.begin(), all.end());
    EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "fired twice";
    EXPECT_EQ(all.size(), static_cast<std::size_t>(kTimers));
    EXPECT_EQ(fired_count, kTimers);
    EXPECT_EQ(left().failures, 0);
}

// The order must not depend on how timers were grouped into units (issue: same seed, same bytes).
TEST_P(Timers, GroupingDoesNotChangeTheOrder) {
    std::vector<std::vector<std::string>> orders;
    for (const std::size_t group_max : {std::size_t{1}, std::size_t{3}, std::size_t{64}}) {
        const auto own = testkit::new_database(GetParam());
        const storage::MigrationSet sets[] = {migrations(), {"test", kEffectFiles}};
        ASSERT_THAT(own->migrate(sets), IsOk());
        store_ = own->store({});
        ASSERT_THAT(store_->start(), IsOk());
        std::mt19937 random(7);
        for (int i = 0; i < 60; ++i) {
            set("a", fmt::format("r{}", random() % 30), static_cast<std::int64_t>(random() % 8));
        }
        DrivenClock clock(at(0));
        TimerEngine timers(*store_, clock, {.group_max = group_max}, {});
        timers.handle("a", record_key(), [](FireContext& context) {
            record(context);
            const auto seed = std::hash<std::string>{}(context.timer.key.aggregate_id) +
                              static_cast<std::size_t>(to_ms(context.now));
            if (seed % 3 == 0) return;
            schedule(context.tx, {"a", fmt::format("r{}", seed % 40)},
                     context.now + std::chrono::seconds(seed % 4), "");
        });
        ASSERT_THAT(timers.start(), IsOk());
        ASSERT_THAT(timers.advance_to(at(40)), IsOk());
        timers.stop();
        orders.push_back(fired());
        store_->stop();
    }
    EXPECT_GT(orders[0].size(), 30U) << "more than were there at the start";
    EXPECT_EQ(orders[0], orders[1]);
    EXPECT_EQ(orders[0], orders[2]);
}

}  // namespace
}  // namespace yilian::timers
