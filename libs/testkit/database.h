#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>

#include "libs/storage/store.h"

namespace yilian::testkit {

// One empty database of either driver, gone at the end of the scope.
class Database {
  public:
    virtual ~Database() = default;
    [[nodiscard]] virtual storage::Dialect dialect() const = 0;
    // A new store, not started, over the same database each time.
    [[nodiscard]] virtual std::unique_ptr<storage::Store> store(storage::StoreOptions options) = 0;
    [[nodiscard]] virtual absl::Status migrate(std::span<const storage::MigrationSet> sets) = 0;
    // Runs SQL behind the store's back, several statements allowed: the hand that tampers.
    virtual void tamper(const std::string& sql) = 0;
    // Path of the SQLite file, conninfo of PostgreSQL.
    [[nodiscard]] virtual std::string address() const = 0;
};

[[nodiscard]] std::unique_ptr<Database> new_database(storage::Dialect dialect);

// Fixture of tests that hold on both drivers:
//   class OutboxTest : public testkit::OnBothDrivers {};
//   YILIAN_ON_BOTH_DRIVERS(OutboxTest);
//   TEST_P(OutboxTest, …) { auto store = started(sets); … }
class OnBothDrivers : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    // Made at first use, one for each test.
    Database& database();
    // The database migrated to `sets` and a running store over it; fails the test when it cannot.
    [[nodiscard]] std::unique_ptr<storage::Store> started(
        std::span<const storage::MigrationSet> sets, storage::StoreOptions options = {});

  private:
    std::unique_ptr<Database> database_;
};

[[nodiscard]] std::string driver_name(const ::testing::TestParamInfo<storage::Dialect>& info);

}  // namespace yilian::testkit

// A suite whose subject only one of them has.
#define YILIAN_ON_SQLITE(suite)                                                      \
    INSTANTIATE_TEST_SUITE_P(Driver, suite,                                          \
                             ::testing::Values(::yilian::storage::Dialect::kSqlite), \
                             ::yilian::testkit::driver_name)
#define YILIAN_ON_POSTGRES(suite)                                                      \
    INSTANTIATE_TEST_SUITE_P(Driver, suite,                                            \
                             ::testing::Values(::yilian::storage::Dialect::kPostgres), \
                             ::yilian::testkit::driver_name)

#define YILIAN_ON_BOTH_DRIVERS(suite)                                                  \
    INSTANTIATE_TEST_SUITE_P(Drivers, suite,                                           \
                             ::testing::Values(::yilian::storage::Dialect::kSqlite,    \
                                               ::yilian::storage::Dialect::kPostgres), \
                             ::yilian::testkit::driver_name)
