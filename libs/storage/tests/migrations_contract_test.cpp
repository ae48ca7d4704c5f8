// Numbered, checksummed, expand-then-contract migrations (architecture.md 8), on both drivers.
#include <gtest/gtest.h>

#include <thread>

#include "libs/storage/migrations.h"
#include "libs/testkit/database.h"
#include "libs/testkit/status.h"

namespace yilian::storage::testing {
namespace {

using absl::StatusCode;
using testkit::HasCode;
using testkit::IsOk;

constexpr EmbeddedFile kFirst{"0001_first.sql", "CREATE TABLE a (id TEXT PRIMARY KEY, n BIGINT);"};
constexpr EmbeddedFile kSecond{"0002_second.sql", "ALTER TABLE a ADD COLUMN note TEXT;"};
constexpr EmbeddedFile kSecondPg{"0002_second.pg.sql", "ALTER TABLE a ADD COLUMN note TEXT;"};
constexpr EmbeddedFile kSecondLite{"0002_second.sqlite.sql", "ALTER TABLE a ADD COLUMN note TEXT;"};

constexpr Query kNote{"note", "SELECT count(note) FROM a"};
constexpr Query kHistory{
    "history", "SELECT set_name, number FROM schema_migrations ORDER BY set_name, number"};

class Migrations : public testkit::OnBothDrivers {
  protected:
    absl::Status migrate(std::vector<EmbeddedFile> files, const std::string& set = "one") {
        const MigrationSet sets[] = {{set, files}};
        return database().migrate(sets);
    }
    absl::Status try_query(const Query& query) {
        const auto store = database().store({});
        absl::Status status = store->start();
        if (status.ok()) status = store->read([&](Transaction& tx) { tx.select(query); });
        return status;
    }
};
YILIAN_ON_BOTH_DRIVERS(Migrations);

TEST_P(Migrations, AppliesWhatIsMissingAndNothingTwice) {
    EXPECT_THAT(migrate({kFirst}), IsOk());
    EXPECT_THAT(try_query(kNote), HasCode(StatusCode::kInternal));
    EXPECT_THAT(migrate({kFirst, kSecond}), IsOk());
    EXPECT_THAT(migrate({kFirst, kSecond}), IsOk());
    EXPECT_THAT(try_query(kNote), IsOk());
}

TEST_P(Migrations, FilesOfADialect) {
    EXPECT_THAT(migrate({kFirst, kSecondPg, kSecondLite}), IsOk());
    EXPECT_THAT(try_query(kNote), IsOk());
    const EmbeddedFile other = GetParam() == Dialect::kSqlite ? kSecondPg : kSecondLite;
    EXPECT_THAT(migrate({kFirst, other}), HasCode(StatusCode::kInvalidArgument));
}

TEST_P(Migrations, ChangedFileIsRefused) {
    ASSERT_THAT(migrate({kFirst}), IsOk());
    EXPECT_THAT(migrate({{"0001_first.sql", "CREATE TABLE a (id TEXT PRIMARY KEY, n  BIGINT);"}}),
                HasCode(StatusCode::kFailedPrecondition));
    EXPECT_THAT(migrate({{"0001_renamed.sql", kFirst.text}}),
                HasCode(StatusCode::kFailedPrecondition));
}

TEST_P(Migrations, OlderProgramRunsOnANewerSchema) {
    ASSERT_THAT(migrate({kFirst, kSecond}), IsOk());
    EXPECT_THAT(migrate({kFirst}), IsOk());
}

TEST_P(Migrations, SetsAreNumberedByThemselves) {
    ASSERT_THAT(migrate({kFirst}), IsOk());
    ASSERT_THAT(migrate({{"0001_other.sql", "CREATE TABLE b (id TEXT PRIMARY KEY);"}}, "two"),
                IsOk());
    const auto store = database().store({});
    ASSERT_THAT(store->start(), IsOk());
    std::size_t rows = 0;
    ASSERT_THAT(store->read([&](Transaction& tx) { rows = tx.select(kHistory).size(); }), IsOk());
    EXPECT_EQ(rows, 2U);
}

TEST_P(Migrations, FailingFileLeavesNothingBehind) {
    const EmbeddedFile broken{"0002_broken.sql",
                              "CREATE TABLE half (id TEXT PRIMARY KEY); CREATE TABLE nonsense;"};
    EXPECT_THAT(migrate({kFirst, broken}), HasCode(StatusCode::kFailedPrecondition));
    const EmbeddedFile mended{"0002_mended.sql", "CREATE TABLE half (id TEXT PRIMARY KEY);"};
    EXPECT_THAT(migrate({kFirst, mended}), IsOk());
}

TEST_P(Migrations, ReplicasThatStartTogether) {
    std::array<absl::Status, 4> status;
    database();
    std::vector<std::thread> replicas;
    for (absl::Status& mine : status) {
        replicas.emplace_back([&] { mine = migrate({kFirst, kSecond}); });
    }
    for (std::thread& replica : replicas) replica.join();
    for (const absl::Status& mine : status) EXPECT_THAT(mine, IsOk());
}

TEST(MigrationPlan, MalformedSets) {
    const auto code = [](std::vector<EmbeddedFile> files) {
        return plan_migrations({"s", files}, Dialect::kSqlite).status().code();
    };
    EXPECT_EQ(code({kFirst, kSecond}), StatusCode::kOk);
    EXPECT_EQ(code({}), StatusCode::kOk);
    EXPECT_EQ(code({kSecond}), StatusCode::kInvalidArgument) << "hole";
    EXPECT_EQ(code({kFirst, {"0001_again.sql", ""}}), StatusCode::kInvalidArgument) << "repeat";
    EXPECT_EQ(code({kFirst, {"0001_first.sqlite.sql", ""}}), StatusCode::kInvalidArgument)
        << "twice";
    for (const char* name :
         {"1_a.sql", "0001a.sql", "0001_a.txt", "0001_.sql", "0001_a.mysql.sql"}) {
        EXPECT_EQ(code({{name, ""}}), StatusCode::kInvalidArgument) << name;
    }
}

}  // namespace
}  // namespace yilian::storage::testing
