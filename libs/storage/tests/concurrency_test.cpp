// Queue and SQLite driver under many threads; no server and no gRPC, so that TSan can judge it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "libs/storage/store.h"
#include "libs/storage/tests/test_schema.h"
#include "libs/storage/work_queue.h"
#include "libs/testkit/status.h"
#include "libs/testkit/temp_dir.h"

namespace yilian::storage::testing {
namespace {

using ::testing::ElementsAre;
using testkit::HasCode;
using testkit::IsOk;

std::size_t one(int /*item*/) { return 1; }

TEST(WorkQueue, GivesWhatWaitsInOrderUpToTheBatch) {
    WorkQueue<int> queue(10);
    for (int i : {1, 2, 3, 4, 5}) EXPECT_THAT(queue.push(i), IsOk());
    EXPECT_EQ(queue.size(), 5U);
    EXPECT_THAT(queue.pop(3, 100, one), ElementsAre(1, 2, 3));
    EXPECT_THAT(queue.pop(3, 100, one), ElementsAre(4, 5));
}

TEST(WorkQueue, WeightBoundsTheBatchButNotItsFirstItem) {
    WorkQueue<int> queue(10);
    for (int i : {50, 1, 1}) EXPECT_THAT(queue.push(i), IsOk());
    const auto itself = [](int item) { return static_cast<std::size_t>(item); };
    EXPECT_THAT(queue.pop(9, 10, itself), ElementsAre(50));
    EXPECT_THAT(queue.pop(9, 10, itself), ElementsAre(1, 1));
}

TEST(WorkQueue, FullAndClosed) {
    WorkQueue<int> queue(1);
    int item = 7;
    EXPECT_THAT(queue.push(item), IsOk());
    EXPECT_THAT(queue.push(item), HasCode(absl::StatusCode::kResourceExhausted));
    queue.close();
    EXPECT_THAT(queue.push(item), HasCode(absl::StatusCode::kCancelled));
    EXPECT_THAT(queue.pop(5, 5, one), ElementsAre(7));
    EXPECT_TRUE(queue.pop(5, 5, one).empty());
}

TEST(WorkQueue, ManyProducersAndConsumersLoseNothing) {
    WorkQueue<int> queue(64);
    constexpr int kEach = 2000;
    std::array<std::atomic<int>, 4 * kEach> seen{};
    std::vector<std::thread> threads;
    for (int p = 0; p < 4; ++p) {
        threads.emplace_back([&, p] {
            for (int i = 0; i < kEach; ++i) {
                int item = p * kEach + i;
                while (!queue.push(item).ok()) std::this_thread::yield();
            }
        });
    }
    std::vector<std::thread> consumers;
    for (int c = 0; c < 2; ++c) {
        consumers.emplace_back([&] {
            for (auto got = queue.pop(8, 8, one); !got.empty(); got = queue.pop(8, 8, one)) {
                for (const int item : got) ++seen[static_cast<std::size_t>(item)];
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    queue.close();
    for (std::thread& thread : consumers) thread.join();
    for (const auto& count : seen) EXPECT_EQ(count, 1);
}

TEST(SqliteConcurrency, WritersReadersCommitHookAndStopTogether) {
    const testkit::TempDir folder;
    const std::string path = folder.file("load.db");
    ASSERT_THAT(migrate_sqlite(path, kSets), IsOk());
    const auto store = make_sqlite_store(path, {.readers = 2});
    std::atomic<int> commits{0};
    store->on_commit([&] { ++commits; });
    ASSERT_THAT(store->start(), IsOk());
    constexpr int kEach = 150;
    std::atomic<int> written{0};
    std::atomic<bool> reading{true};
    std::vector<std::thread> clients;
    for (int c = 0; c < 4; ++c) {
        clients.emplace_back([&, c] {
            for (int i = 0; i < kEach; ++i) {
                const std::string id = fmt::format("{}-{}", c, i);
                const bool fails = i % 7 == 0;
                const absl::Status status = store->run(
                    {id}, [&](Transaction& tx) { tx.run(kInsertItem, id, fails ? -1 : 1); });
                EXPECT_EQ(status.ok(), !fails);
                if (status.ok()) ++written;
            }
        });
    }
    std::thread reader([&] {
        std::int64_t last = 0;
        while (reading) {
            std::int64_t count = 0;
            EXPECT_THAT(
                store->read([&](Transaction& tx) { count = tx.select(kCountItems)[0].i64(0); }),
                IsOk());
            EXPECT_GE(count, last);
            last = count;
            EXPECT_GE(store->stats().units, 0);
        }
    });
    for (std::thread& client : clients) client.join();
    reading = false;
    reader.join();
    std::int64_t count = 0;
    EXPECT_THAT(store->read([&](Transaction& tx) { count = tx.select(kCountItems)[0].i64(0); }),
                IsOk());
    EXPECT_EQ(count, written);
    EXPECT_GT(commits, 0);
    store->stop();
}

}  // namespace
}  // namespace yilian::storage::testing
