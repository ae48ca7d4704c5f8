#include "libs/testkit/database.h"

#include <libpq-fe.h>
#include <sqlite3.h>

#include <stdexcept>

#include "libs/testkit/status.h"
#include "libs/testkit/temp_dir.h"
#include "libs/testkit/temp_postgres.h"

namespace yilian::testkit {
namespace {

class SqliteDatabase final : public Database {
  public:
    storage::Dialect dialect() const override { return storage::Dialect::kSqlite; }
    std::unique_ptr<storage::Store> store(storage::StoreOptions options) override {
        return storage::make_sqlite_store(address(), options);
    }
    absl::Status migrate(std::span<const storage::MigrationSet> sets) override {
        return storage::migrate_sqlite(address(), sets);
    }
    void tamper(const std::string& sql) override {
        sqlite3* db = nullptr;
        sqlite3_open(address().c_str(), &db);
        sqlite3_busy_timeout(db, 5000);
        const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
        const std::string message = sqlite3_errmsg(db);
        sqlite3_close(db);
        if (code != SQLITE_OK) throw std::runtime_error(message);
    }
    std::string address() const override { return folder_.file("test.db"); }

  private:
    TempDir folder_;
};

class PostgresDatabase final : public Database {
  public:
    PostgresDatabase() : conninfo_(TempPostgres::shared().new_database()) {}
    storage::Dialect dialect() const override { return storage::Dialect::kPostgres; }
    std::unique_ptr<storage::Store> store(storage::StoreOptions options) override {
        return storage::make_postgres_store(conninfo_, options);
    }
    absl::Status migrate(std::span<const storage::MigrationSet> sets) override {
        return storage::migrate_postgres(conninfo_, sets);
    }
    void tamper(const std::string& sql) override {
        PGconn* connection = PQconnectdb(conninfo_.c_str());
        PGresult* result = PQexec(connection, sql.c_str());
        const ExecStatusType status = PQresultStatus(result);
        const std::string message = PQerrorMessage(connection);
        PQclear(result);
        PQfinish(connection);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
            throw std::runtime_error(message);
        }
    }
    std::string address() const override { return conninfo_; }

  private:
    std::string conninfo_;
};

}  // namespace

std::unique_ptr<Database> new_database(storage::Dialect dialect) {
    if (dialect == storage::Dialect::kSqlite) return std::make_unique<SqliteDatabase>();
    return std::make_unique<PostgresDatabase>();
}

Database& OnBothDrivers::database() {
    if (!database_) database_ = new_database(GetParam());
    return *database_;
}

std::unique_ptr<storage::Store> OnBothDrivers::started(std::span<const storage::MigrationSet> sets,
                                                       storage::StoreOptions options) {
    EXPECT_THAT(database().migrate(sets), IsOk());
    auto store = database().store(options);
    EXPECT_THAT(store->start(), IsOk());
    return store;
}

std::string driver_name(const ::testing::TestParamInfo<storage::Dialect>& info) {
    return info.param == storage::Dialect::kSqlite ? "Sqlite" : "Postgres";
}

}  // namespace yilian::testkit
