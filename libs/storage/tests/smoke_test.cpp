#include <gtest/gtest.h>

#include "libs/storage/store.h"
#include "libs/testkit/status.h"
#include "libs/testkit/temp_dir.h"

namespace yilian::storage {
namespace {
constexpr Query kInsert{"i", "INSERT INTO t (id, n) VALUES ($1, $2)"};
constexpr Query kCount{"c", "SELECT count(*), sum(n) FROM t"};
TEST(Smoke, Sqlite) {
    testkit::TempDir dir;
    const EmbeddedFile files[] = {
        {"0001_t.sql", "CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT);"}};
    const MigrationSet sets[] = {{"t", files}};
    ASSERT_THAT(migrate_sqlite(dir.file("a.db"), sets), testkit::IsOk());
    auto store = make_sqlite_store(dir.file("a.db"), {});
    ASSERT_THAT(store->start(), testkit::IsOk());
    EXPECT_THAT(store->run({"k"}, [](Transaction& tx) { tx.run(kInsert, "a", 3); }),
                testkit::IsOk());
    EXPECT_THAT(store->run({"k"}, [](Transaction& tx) { tx.run(kInsert, "a", 3); }),
                testkit::HasCode(absl::StatusCode::kInternal));
    std::int64_t n = 0;
    EXPECT_THAT(store->read([&](Transaction& tx) { n = tx.select_one(kCount)->i64(1); }),
                testkit::IsOk());
    EXPECT_EQ(n, 3);
}
}  // namespace
}  // namespace yilian::storage
