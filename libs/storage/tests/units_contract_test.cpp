// The contract of units of work (architecture.md 5), the same on both drivers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "libs/storage/tests/blocked_worker.h"
#include "libs/storage/tests/test_schema.h"
#include "libs/testkit/database.h"
#include "libs/testkit/status.h"

namespace yilian::storage::testing {
namespace {

using absl::StatusCode;
using ::testing::Each;
using ::testing::ElementsAre;
using testkit::HasCode;
using testkit::IsOk;

std::function<void(Transaction&)> inserts(const std::string& id) {
    return [id](Transaction& tx) { tx.run(kInsertItem, id, 1); };
}

std::string ids_in(Store& store) {
    std::string ids;
    EXPECT_THAT(store.read([&](Transaction& tx) {
        ids.clear();
        for (const Row& row : tx.select(kItems)) ids += row.text(0);
    }),
                IsOk());
    return ids;
}

class Units : public testkit::OnBothDrivers {};
YILIAN_ON_BOTH_DRIVERS(Units);

// Only SQLite leaves a transaction by itself (ON CONFLICT ROLLBACK, I/O errors).
class DroppedTransactions : public Units {};
YILIAN_ON_SQLITE(DroppedTransactions);

// The rule is the driver-independent part's.
class StoreThreads : public Units {};
YILIAN_ON_SQLITE(StoreThreads);

TEST_P(Units, CommittedWorkIsSeenByReads) {
    const auto store = started(kSets);
    ASSERT_THAT(store->run({"k"}, inserts("a")), IsOk());
    EXPECT_EQ(ids_in(*store), "a");
}

TEST_P(Units, WaitingUnitsShareOneCommit) {
    const auto store = started(kSets);
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    for (int i = 0; i < 40; ++i) answers.submit("k", inserts("i" + std::to_string(i)));
    blocked.release();
    EXPECT_THAT(answers.codes(), Each(StatusCode::kOk));
    EXPECT_EQ(store->stats().commits, 2);
    EXPECT_EQ(store->stats().units, 41);
}

TEST_P(Units, FailingMemberLeavesItsNeighboursAlone) {
    const auto store = started(kSets);
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    answers.submit("k", inserts("a"));
    answers.submit("k", [](Transaction& tx) {
        tx.run(kInsertItem, "lost with its unit", 1);
        tx.run(kInsertItem, "b", -1);  // breaks the check
    });
    answers.submit("k", inserts("c"));
    blocked.release();
    EXPECT_THAT(answers.codes(),
                ElementsAre(StatusCode::kOk, StatusCode::kInternal, StatusCode::kOk));
    EXPECT_EQ(ids_in(*store), "ac");
    EXPECT_EQ(store->stats().commits, 2) << "the neighbours were not run again";
    EXPECT_EQ(store->stats().retried, 0);
}

TEST_P(Units, SentStatementThatFailsFailsItsOwnUnit) {
    const auto store = started(kSets);
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    answers.submit("k", [](Transaction& tx) { tx.post(kInsertItem, "a", 1); });
    answers.submit("k", [](Transaction& tx) { tx.post(kInsertItem, "a", 1); });  // same key
    answers.submit("k", [](Transaction& tx) {
        tx.post(kInsertItem, "c", 1);
        tx.select(kItems);
    });
    answers.submit("k", [](Transaction& tx) {
        tx.post(kInsertItem, "d", -1);  // breaks the check
        tx.select(kItems);
    });
    answers.submit("k", [](Transaction& tx) { tx.post(kInsertItem, "e", 1); });
    blocked.release();
    EXPECT_THAT(answers.codes(),
                ElementsAre(StatusCode::kOk, StatusCode::kInternal, StatusCode::kOk,
                            StatusCode::kInternal, StatusCode::kOk));
    EXPECT_EQ(ids_in(*store), "ace");
}

TEST_P(Units, UnexpectedExceptionFailsOnlyItsUnit) {
    const auto store = started(kSets);
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    answers.submit("k", inserts("a"));
    answers.submit("k", [](Transaction& tx) {
        tx.run(kInsertItem, "b", 1);
        throw std::logic_error("a bug");
    });
    answers.submit("k", [](Transaction&) { throw 42; });
    answers.submit("k", inserts("d"));
    blocked.release();
    EXPECT_THAT(answers.codes(), ElementsAre(StatusCode::kOk, StatusCode::kInternal,
                                             StatusCode::kInternal, StatusCode::kOk));
    EXPECT_EQ(ids_in(*store), "ad");
}

TEST_P(Units, RollbackHandsItsStatusOver) {
    const auto store = started(kSets);
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    const auto gives_up = [](Transaction& tx) {
        tx.post(kInsertItem, "b", 1);
        throw Rollback(absl::NotFoundError("not here"));
    };
    answers.submit("k", inserts("a"));
    answers.submit("k", gives_up);
    answers.submit("k", inserts("c"));
    blocked.release();
    EXPECT_THAT(answers.codes(),
                ElementsAre(StatusCode::kOk, StatusCode::kNotFound, StatusCode::kOk));
    EXPECT_EQ(store->stats().retried, 0);
    EXPECT_THAT(store->run({"k"}, gives_up), HasCode(StatusCode::kNotFound));
    EXPECT_EQ(ids_in(*store), "ac");
}

TEST_P(Units, SwallowedErrorFailsTheUnitAllTheSame) {
    const auto store = started(kSets);
    const auto swallows = [](Transaction& tx) {
        tx.run(kInsertItem, "a", 1);
        try {
            tx.run(kInsertItem, "a", 1);
        } catch (const StorageError& error) {
            EXPECT_EQ(error.kind(), StorageError::Kind::kUniqueViolation);
        }
    };
    EXPECT_THAT(store->run({"k"}, swallows), HasCode(StatusCode::kInternal));
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    answers.submit("k", swallows);
    answers.submit("k", inserts("b"));
    blocked.release();
    EXPECT_THAT(answers.codes(), ElementsAre(StatusCode::kInternal, StatusCode::kOk));
    EXPECT_EQ(ids_in(*store), "b");
}

TEST_P(Units, ForeignKeysAreEnforced) {
    const auto store = started(kSets);
    EXPECT_THAT(store->run({"k"}, [](Transaction& tx) { tx.run(kInsertChild, "c", "nobody"); }),
                HasCode(StatusCode::kInternal));
    EXPECT_THAT(store->run({"k"},
                           [](Transaction& tx) {
                               tx.run(kInsertParent, "p");
                               tx.run(kInsertChild, "c", "p");
                           }),
                IsOk());
}

// Constraints are checked before a member ends, never at the batch's commit.
TEST_P(Units, DeferredConstraintFailsItsMemberNotTheBatch) {
    const auto store = started(kSets);
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    const auto child_first = [](const char* id) {
        return [id](Transaction& tx) {
            tx.run(kInsertLateChild, id, id);
            tx.run(kInsertParent, id);
        };
    };
    answers.submit("k", child_first("a"));
    answers.submit("k", [](Transaction& tx) { tx.run(kInsertLateChild, "x", "nobody"); });
    answers.submit("k", child_first("b"));
    blocked.release();
    EXPECT_THAT(answers.codes(),
                ElementsAre(StatusCode::kOk, StatusCode::kInternal, StatusCode::kOk));
    EXPECT_THAT(store->run({"k"}, [](Transaction& tx) { tx.run(kInsertLateChild, "y", "nobody"); }),
                HasCode(StatusCode::kInternal));
}

TEST_P(DroppedTransactions, DoNotTakeNeighboursWithThem) {
    static constexpr Query kDropAll{"drop all",
                                    "INSERT OR ROLLBACK INTO items (id, n) VALUES ($1, $2)"};
    const auto store = started(kSets);
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    answers.submit("k", inserts("a"));
    answers.submit("k", [](Transaction& tx) { tx.run(kDropAll, "a", 1); });
    answers.submit("k", inserts("c"));
    blocked.release();
    EXPECT_THAT(answers.codes(),
                ElementsAre(StatusCode::kOk, StatusCode::kInternal, StatusCode::kOk));
    EXPECT_EQ(ids_in(*store), "ac");
    EXPECT_EQ(store->stats().retried, 3) << "all ran again one by one";
}

TEST_P(Units, SameFirstKeyKeepsArrivalOrder) {
    const auto store = started(kSets, {.writers = 4});
    std::vector<std::thread> clients;
    std::array<std::vector<std::int64_t>, 4> seen;
    for (std::size_t k = 0; k < seen.size(); ++k) {
        clients.emplace_back([&store, &seen, k] {
            const std::string key = "key/" + std::to_string(k);
            Answers answers(*store);
            for (int step = 0; step < 100; ++step) {
                answers.submit(key, [key, step, &mine = seen[k]](Transaction& tx) {
                    const auto last = tx.select_one(kItem, key);
                    if (last) {
                        tx.run(kAddToItem, key, step - last->i64(1));
                    } else {
                        tx.run(kInsertItem, key, step);
                    }
                    mine.resize(static_cast<std::size_t>(step) + 1);
                    mine.back() = last ? last->i64(1) : -1;
                });
            }
            EXPECT_THAT(answers.codes(), Each(StatusCode::kOk));
        });
    }
    for (std::thread& client : clients) client.join();
    for (const auto& mine : seen) {
        ASSERT_EQ(mine.size(), 100U);
        for (std::size_t i = 0; i < mine.size(); ++i) {
            EXPECT_EQ(mine[i], static_cast<std::int64_t>(i) - 1);
        }
    }
}

TEST_P(Units, PassedDeadlineDropsTheUnitBeforeItStarts) {
    const auto store = started(kSets);
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    const auto now = std::chrono::steady_clock::now();
    answers.submit("k", inserts("late"), now - std::chrono::milliseconds(1));
    answers.submit("k", inserts("early"), now + std::chrono::hours(1));
    blocked.release();
    EXPECT_THAT(answers.codes(), ElementsAre(StatusCode::kDeadlineExceeded, StatusCode::kOk));
    EXPECT_EQ(ids_in(*store), "early");
    EXPECT_EQ(store->stats().expired, 1);
}

TEST_P(Units, FullQueueRefusesAndDoesNotAnswer) {
    const auto store = started(kSets, {.queue_units_max = 4, .writers = 1});
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    for (const char* id : {"a", "b", "c", "d"}) answers.submit("k", inserts(id));
    bool answered = false;
    Unit unit{{"k"}, inserts("e"), [&](const absl::Status&) { answered = true; }, std::nullopt};
    EXPECT_THAT(store->submit(std::move(unit)), HasCode(StatusCode::kResourceExhausted));
    blocked.release();
    EXPECT_THAT(answers.codes(), Each(StatusCode::kOk));
    store->stop();
    EXPECT_FALSE(answered);
}

TEST_P(Units, StopFinishesWhatIsQueuedAndRefusesTheRest) {
    const auto store = started(kSets);
    BlockedWorker blocked(*store, "k");
    Answers answers(*store);
    for (const char* id : {"a", "b", "c"}) answers.submit("k", inserts(id));
    std::thread stopper([&] { store->stop(); });
    blocked.release();
    stopper.join();
    EXPECT_THAT(answers.codes(), Each(StatusCode::kOk));
    EXPECT_THAT(store->run({"k"}, inserts("d")), HasCode(StatusCode::kCancelled));
    EXPECT_THAT(store->read([](Transaction&) {}), HasCode(StatusCode::kCancelled));
    store->stop();
    const auto again = database().store({});
    ASSERT_THAT(again->start(), IsOk());
    EXPECT_EQ(ids_in(*again), "abc");
}

TEST_P(Units, StoreThatNeverStartedCancels) {
    auto store = database().store({});
    Answers answers(*store);
    answers.submit("k", inserts("a"));
    store->stop();
    EXPECT_THAT(answers.codes(), ElementsAre(StatusCode::kCancelled));
}

TEST_P(Units, OnCommitFollowsWritesOnly) {
    ASSERT_THAT(database().migrate(kSets), IsOk());
    const auto store = database().store({});
    std::atomic<int> woken{0};
    store->on_commit([&] { ++woken; });
    ASSERT_THAT(store->start(), IsOk());
    ASSERT_THAT(store->run({"k"}, [](Transaction& tx) { tx.select(kItems); }), IsOk());
    EXPECT_EQ(woken, 0);
    ASSERT_THAT(store->run({"k"}, inserts("a")), IsOk());
    EXPECT_EQ(woken, 1);
    EXPECT_THAT(store->run({"k"}, inserts("a")), HasCode(StatusCode::kInternal));
    EXPECT_EQ(woken, 1);
}

TEST_P(Units, ReadSeesOneSnapshot) {
    const auto store = started(kSets);
    ASSERT_THAT(store->run({"k"}, inserts("a")), IsOk());
    std::promise<void> first_seen;
    std::promise<void> written;
    std::vector<std::int64_t> counts;
    std::promise<absl::Status> answer;
    ASSERT_THAT(store->submit_read(
                    [&](Transaction& tx) {
                        counts.push_back(tx.select(kCountItems)[0].i64(0));
                        first_seen.set_value();
                        written.get_future().wait();
                        counts.push_back(tx.select(kCountItems)[0].i64(0));
                    },
                    [&](const absl::Status& status) { answer.set_value(status); }, std::nullopt),
                IsOk());
    first_seen.get_future().wait();
    ASSERT_THAT(store->run({"k"}, inserts("b")), IsOk());
    written.set_value();
    EXPECT_THAT(answer.get_future().get(), IsOk());
    EXPECT_THAT(counts, ElementsAre(1, 1));
    EXPECT_EQ(ids_in(*store), "ab");
}

TEST_P(Units, ReadsCannotWrite) {
    const auto store = started(kSets);
    EXPECT_THAT(store->read(inserts("a")), HasCode(StatusCode::kInternal));
    EXPECT_EQ(ids_in(*store), "") << "the reader is usable afterwards";
}

TEST_P(StoreThreads, BlockingCallIsABrokenInvariant) {
    database();  // made, and removed, by the parent
    EXPECT_DEATH(
        {
            const auto store = started(kSets);
            (void)store->run({"k"}, [&](Transaction&) { (void)store->run({"k"}, inserts("a")); });
        },
        "invariant broken: Store::run on a store thread");
}

TEST_P(Units, MoreSentStatementsThanThePipelineHolds) {
    const auto store = started(kSets);
    const std::string wide(20'000, 'x');
    ASSERT_THAT(store->run({"k"},
                           [&](Transaction& tx) {
                               for (int i = 0; i < 1000; ++i) {
                                   tx.post(kInsertItem, std::to_string(i), i);
                               }
                               for (int i = 0; i < 50; ++i) {
                                   tx.post(kInsertItem, wide + std::to_string(i), 1);
                               }
                           }),
                IsOk());
    std::int64_t count = 0;
    ASSERT_THAT(store->read([&](Transaction& tx) { count = tx.select(kCountItems)[0].i64(0); }),
                IsOk());
    EXPECT_EQ(count, 1050);
}

TEST_P(Units, MoreRowsThanOneMessage) {
    const auto store = started(kSets);
    const std::string wide(1000, 'y');
    ASSERT_THAT(store->run({"k"},
                           [&](Transaction& tx) {
                               for (int i = 0; i < 3000; ++i) {
                                   tx.post(kInsertBytes, std::to_string(i), i, Blob{wide});
                               }
                           }),
                IsOk());
    static constexpr Query kAll{"all", "SELECT id, b FROM items"};
    std::size_t bytes = 0;
    ASSERT_THAT(store->read([&](Transaction& tx) {
        bytes = 0;
        for (const Row& row : tx.select(kAll)) bytes += row.bytes(1).size();
    }),
                IsOk());
    EXPECT_EQ(bytes, 3'000'000U);
}

TEST_P(Units, EveryUnitIsAnsweredExactlyOnceUnderLoad) {
    const auto store = started(kSets, {.writers = 3});
    constexpr int kThreads = 4;
    constexpr int kEach = 250;
    std::array<std::atomic<int>, kThreads * kEach> answers{};
    std::atomic<int> ok{0};
    std::vector<std::thread> clients;
    for (int t = 0; t < kThreads; ++t) {
        clients.emplace_back([&, t] {
            for (int i = 0; i < kEach; ++i) {
                const int id = t * kEach + i;
                Unit unit;
                unit.lock_keys = {"k" + std::to_string(id % 13)};
                unit.work = [id](Transaction& tx) {
                    tx.post(kInsertItem, std::to_string(id), id % 10 == 0 ? -1 : 1);
                };
                unit.done = [&, id](const absl::Status& status) {
                    ++answers[static_cast<std::size_t>(id)];
                    if (status.ok()) ++ok;
                };
                EXPECT_THAT(store->submit(std::move(unit)), IsOk());
            }
        });
    }
    for (std::thread& client : clients) client.join();
    store->stop();
    for (const auto& count : answers) EXPECT_EQ(count, 1);
    EXPECT_EQ(ok, kThreads * kEach * 9 / 10);
}

}  // namespace
}  // namespace yilian::storage::testing
