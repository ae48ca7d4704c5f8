// What is acknowledged survives (reliability.md P12), and what went away comes back by itself
// (P11).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "libs/storage/tests/blocked_worker.h"
#include "libs/storage/tests/test_schema.h"
#include "libs/testkit/child.h"
#include "libs/testkit/database.h"
#include "libs/testkit/status.h"
#include "libs/testkit/temp_postgres.h"

namespace yilian::storage::testing {
namespace {

using absl::StatusCode;
using ::testing::Each;
using ::testing::ElementsAre;
using testkit::HasCode;
using testkit::IsOk;

std::set<std::string> ids_in(Store& store) {
    std::set<std::string> ids;
    EXPECT_THAT(store.read([&](Transaction& tx) {
        ids.clear();
        for (const Row& row : tx.select(kItems)) ids.insert(row.text(0));
    }),
                IsOk());
    return ids;
}

class Faults : public testkit::OnBothDrivers {};
YILIAN_ON_BOTH_DRIVERS(Faults);

TEST_P(Faults, AcknowledgedUnitsSurviveKill9OfTheProcess) {
    ASSERT_THAT(database().migrate(kSets), IsOk());
    std::mt19937 random(20260101);
    std::set<std::string> acknowledged;
    constexpr int kKills = 12;
    for (int round = 0; round < kKills; ++round) {
        testkit::Child child("storage_kill_child",
                             {GetParam() == Dialect::kSqlite ? "sqlite" : "postgres",
                              database().address(), fmt::format("round{:02}", round)});
        const auto acks = random() % 120 + 1;
        for (std::size_t i = 0; i < acks; ++i) {
            const auto id = child.line();
            ASSERT_TRUE(id.has_value()) << "the child ended by itself";
            acknowledged.insert(*id);
        }
        child.kill9();
        while (const auto id = child.line()) acknowledged.insert(*id);
        EXPECT_EQ(child.wait(), 128 + 9);
    }
    const auto store = database().store({});
    ASSERT_THAT(store->start(), IsOk());
    const std::set<std::string> kept = ids_in(*store);
    for (const std::string& id : acknowledged) EXPECT_TRUE(kept.contains(id)) << id;
    EXPECT_GE(acknowledged.size(), static_cast<std::size_t>(kKills));
}

class FullDisk : public Faults {};
YILIAN_ON_SQLITE(FullDisk);

TEST_P(FullDisk, UnitsGetUnavailableAndWorkAgainWhenThereIsSpace) {
    static constexpr Query kSmall{"small", "PRAGMA max_page_count = 30"};
    static constexpr Query kLarge{"large", "PRAGMA max_page_count = 1000000"};
    const auto store = started(kSets, {.outage_patience = std::chrono::milliseconds(100)});
    ASSERT_THAT(store->run({"k"}, [](Transaction& tx) { tx.select(kSmall); }), IsOk());
    const auto fill = [](Transaction& tx) {
        for (int i = 0; i < 100; ++i) {
            tx.post(kInsertBytes, fmt::format("full{}", i), 1, Blob{std::string(4000, 'x')});
        }
    };
    EXPECT_THAT(store->run({"k"}, fill), HasCode(StatusCode::kUnavailable));
    EXPECT_THAT(ids_in(*store), ::testing::IsEmpty());
    ASSERT_THAT(store->run({"k"}, [](Transaction& tx) { tx.select(kLarge); }), IsOk());
    EXPECT_THAT(store->run({"k"}, fill), IsOk());
}

class WriteAheadLog : public Faults {};
YILIAN_ON_SQLITE(WriteAheadLog);

// Readers come and go all the time, as they do in a service.
TEST_P(WriteAheadLog, StartsOverUnderSteadyWriting) {
    const auto store = started(kSets);
    constexpr std::uintmax_t kLimit = 130'000'000;
    std::uintmax_t largest = 0;
    for (int unit = 0; unit < 60; ++unit) {
        ASSERT_THAT(store->run({"k"},
                               [&](Transaction& tx) {
                                   for (int row = 0; row < 1000; ++row) {
                                       tx.post(kInsertBytes, fmt::format("{}/{}", unit, row), 1,
                                               Blob{std::string(4000, 'x')});
                                   }
                               }),
                    IsOk());
        ASSERT_THAT(store->read([](Transaction& tx) { tx.select(kItem, "0/0"); }), IsOk());
        largest = std::max(largest, std::filesystem::file_size(database().address() + "-wal"));
    }
    EXPECT_LT(largest, kLimit);
    store->stop();
    EXPECT_GT(std::filesystem::file_size(database().address()), 240'000'000U);
}

// The server is the one of the whole program: each test leaves it running.
class PostgresFaults : public Faults {
  protected:
    static testkit::TempPostgres& server() { return testkit::TempPostgres::shared(); }
    void cut_connections() {
        database().tamper(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = 'yilian' AND datname = current_database()");
    }
};
YILIAN_ON_POSTGRES(PostgresFaults);

TEST_P(PostgresFaults, CutConnectionsAreReplacedUnseen) {
    const auto store = started(kSets);
    for (int round = 0; round < 5; ++round) {
        cut_connections();
        EXPECT_THAT(store->run({"k"},
                               [&](Transaction& tx) {
                                   tx.post(kInsertItem, fmt::format("sent{}", round), 1);
                               }),
                    IsOk());
        cut_connections();
        EXPECT_EQ(ids_in(*store).size(), static_cast<std::size_t>(round) + 1);
    }
    EXPECT_EQ(store->stats().in_doubt, 0);
    EXPECT_GT(store->stats().reconnects, 0);
}

TEST_P(PostgresFaults, CutInTheMiddleOfAUnitRunsItAgain) {
    const auto store = started(kSets);
    int runs = 0;
    EXPECT_THAT(store->run({"k"},
                           [&](Transaction& tx) {
                               tx.run(kInsertItem, "a", 1);
                               if (++runs == 1) cut_connections();
                               tx.run(kInsertItem, "b", 1);
                           }),
                IsOk());
    EXPECT_EQ(runs, 2);
    EXPECT_THAT(ids_in(*store), ElementsAre("a", "b"));
}

TEST_P(PostgresFaults, CutDuringCommitIsInDoubt) {
    const auto store = started(kSets);
    // Runs inside COMMIT and takes its own connection away.
    database().tamper(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';"
        "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW WHEN (NEW.id = 'fatal') EXECUTE FUNCTION die()");
    EXPECT_THAT(store->run({"k"}, [](Transaction& tx) { tx.run(kInsertItem, "fatal", 1); }),
                HasCode(StatusCode::kDataLoss));
    EXPECT_EQ(store->stats().in_doubt, 1);
    EXPECT_THAT(store->run({"k"}, [](Transaction& tx) { tx.run(kInsertItem, "next", 1); }), IsOk());
    EXPECT_THAT(ids_in(*store), ElementsAre("next"));
}

TEST_P(PostgresFaults, LateDeferredConstraintIsFoundAtTheMembersEnd) {
    const auto store = started(kSets);
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    const auto pair = [](const char* id) {
        return [id](Transaction& tx) {
            tx.post(kInsertLateChild, id, id);
            tx.post(kInsertParent, id);
        };
    };
    answers.submit("k", pair("a"));
    answers.submit("k", [](Transaction& tx) { tx.post(kInsertLateChild, "x", "nobody"); });
    answers.submit("k", pair("b"));
    blocked.release();
    EXPECT_THAT(answers.codes(),
                ElementsAre(StatusCode::kOk, StatusCode::kInternal, StatusCode::kOk));
}

TEST_P(PostgresFaults, KilledServerComesBackWithoutARestartOfTheStore) {
    const auto store = started(kSets, {.writers = 3, .outage_patience = std::chrono::seconds(20)});
    std::mutex mutex;
    std::map<std::string, StatusCode> answers;
    std::atomic<bool> go_on{true};
    std::vector<std::thread> clients;
    for (int c = 0; c < 4; ++c) {
        clients.emplace_back([&, c] {
            for (int i = 0; go_on; ++i) {
                const std::string id = fmt::format("c{}-{:05}", c, i);
                const absl::Status status =
                    store->run({id}, [&](Transaction& tx) { tx.post(kInsertItem, id, 1); });
                const std::lock_guard lock(mutex);
                answers[id] = status.code();
            }
        });
    }
    const auto answered = [&] {
        const std::lock_guard lock(mutex);
        return answers.size();
    };
    for (int kill = 0; kill < 3; ++kill) {
        const std::size_t before = answered();
        while (answered() < before + 50) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        server().kill9();
        server().restart();
    }
    const std::size_t before = answered();
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (answered() < before + 50 && std::chrono::steady_clock::now() < limit) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_GE(answered(), before + 50) << "recovered";
    go_on = false;
    for (std::thread& client : clients) client.join();
    const std::set<std::string> kept = ids_in(*store);
    for (const auto& [id, code] : answers) {
        EXPECT_TRUE(code != StatusCode::kOk || kept.contains(id)) << id << " was acknowledged";
        // INTERNAL would mean: a unit whose commit was in doubt ran again and met its own row.
        EXPECT_TRUE(code == StatusCode::kOk || code == StatusCode::kDataLoss)
            << id << " " << static_cast<int>(code);
    }
    for (const std::string& id : kept) EXPECT_TRUE(answers.contains(id)) << id;
}

TEST_P(PostgresFaults, AbsentServerGivesUnavailableAndRespectsDeadlines) {
    const auto store = started(kSets, {.outage_patience = std::chrono::milliseconds(300)});
    const auto other = database().store({});
    server().kill9();
    EXPECT_THAT(other->start(), HasCode(StatusCode::kUnavailable));
    EXPECT_THAT(database().migrate(kSets), HasCode(StatusCode::kUnavailable));
    Answers answers(*store);
    const auto insert = [](Transaction& tx) { tx.run(kInsertItem, "a", 1); };
    const auto now = std::chrono::steady_clock::now();
    answers.submit("k", insert, now + std::chrono::milliseconds(50));
    answers.submit("k", insert, now + std::chrono::hours(1));
    EXPECT_THAT(answers.codes(),
                ElementsAre(StatusCode::kDeadlineExceeded, StatusCode::kUnavailable));
    EXPECT_THAT(store->read([](Transaction& tx) { tx.select(kItems); }),
                HasCode(StatusCode::kUnavailable));
    server().restart();
    EXPECT_THAT(store->run({"k"}, insert), IsOk());
    EXPECT_THAT(ids_in(*store), ElementsAre("a"));
}

class Locks : public Faults {};
YILIAN_ON_POSTGRES(Locks);

TEST_P(Locks, RandomKeysOfTwoProcessesNeverDeadlock) {
    const StoreOptions options{.batch_units_max = 16, .writers = 3};
    const auto one = started(kSets, options);
    const auto two = database().store(options);
    ASSERT_THAT(two->start(), IsOk());
    constexpr int kKeys = 8;
    ASSERT_THAT(one->run({},
                         [](Transaction& tx) {
                             for (int k = 0; k < kKeys; ++k)
                                 tx.run(kInsertItem, fmt::format("k{}", k), 0);
                         }),
                IsOk());
    constexpr int kUnits = 300;
    Answers first(*one);
    Answers second(*two);
    std::mt19937 random(5);
    for (int i = 0; i < kUnits; ++i) {
        for (Store* store : {one.get(), two.get()}) {
            Unit unit;
            for (int k = 0; k < 3; ++k)
                unit.lock_keys.push_back(fmt::format("k{}", random() % kKeys));
            // Reads, thinks, writes: only the locks keep it from losing updates.
            unit.work = [keys = unit.lock_keys](Transaction& tx) {
                for (const std::string& key : std::set<std::string>(keys.begin(), keys.end())) {
                    static constexpr Query kSet{"set", "UPDATE items SET n = $2 WHERE id = $1"};
                    const std::int64_t n = tx.select_one(kItem, key)->i64(1);
                    tx.post(kSet, key, n + 1);
                }
            };
            (store == one.get() ? first : second).submit(std::move(unit));
        }
    }
    EXPECT_THAT(first.codes(), Each(StatusCode::kOk));
    EXPECT_THAT(second.codes(), Each(StatusCode::kOk));
    EXPECT_EQ(one->stats().retried + two->stats().retried, 0)
        << "a deadlock was broken by the server";
    std::mt19937 again(5);
    std::map<std::string, std::int64_t> expected;
    for (int i = 0; i < kUnits * 2; ++i) {
        std::set<std::string> keys;
        for (int k = 0; k < 3; ++k) keys.insert(fmt::format("k{}", again() % kKeys));
        for (const std::string& key : keys) ++expected[key];
    }
    std::map<std::string, std::int64_t> found;
    ASSERT_THAT(one->read([&](Transaction& tx) {
        for (const Row& row : tx.select(kItems)) found[row.text(0)] = row.i64(1);
    }),
                IsOk());
    EXPECT_EQ(found, expected);
}

// Units that forgot a key meet in rows: the server breaks the deadlock, the unit runs again.
TEST_P(Locks, DeadlockInRowsIsRunAgain) {
    const auto store = started(kSets, {.writers = 2});
    ASSERT_THAT(store->run({},
                           [](Transaction& tx) {
                               tx.run(kInsertItem, "a", 0);
                               tx.run(kInsertItem, "b", 0);
                           }),
                IsOk());
    const auto crosswise = [](const char* first, const char* second) {
        return [first, second](Transaction& tx) {
            tx.run(kAddToItem, first, 1);
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            tx.run(kAddToItem, second, 1);
        };
    };
    Answers answers(*store);
    for (int i = 0; i < 4; ++i) {
        answers.submit(Unit{.work = crosswise("a", "b")});
        answers.submit(Unit{.work = crosswise("b", "a")});
    }
    EXPECT_THAT(answers.codes(), Each(StatusCode::kOk));
    EXPECT_GT(store->stats().retried, 0);
    std::int64_t sum = 0;
    ASSERT_THAT(store->read([&](Transaction& tx) { sum = tx.select(kCountItems)[0].i64(1); }),
                IsOk());
    EXPECT_EQ(sum, 16);
}

}  // namespace
}  // namespace yilian::storage::testing
