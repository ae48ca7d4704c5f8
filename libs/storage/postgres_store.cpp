#include <algorithm>
#include <string>

#include "libs/storage/postgres_session.h"
#include "libs/storage/store.h"
#include "libs/storage/worker_store.h"

namespace yilian::storage {
namespace {

// A 65th savepoint that writes overflows the backend's subtransaction cache and slows every reader.
constexpr std::size_t kBatchUnitsMax = 64;
// The server's lock table has room for some 6,400 locks by default, shared by all services on it.
constexpr std::size_t kBatchKeysMax = 128;

constexpr Query kDatabaseForm{"database form",
                              "SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database "
                              "WHERE datname = current_database()"};

bool sorts_by_bytes(const std::string& collation) {
    return collation == "C" || collation == "POSIX" || collation == "C.UTF-8" ||
           collation == "C.utf8";
}

class PostgresStore final : public WorkerStore {
  public:
    PostgresStore(const std::string& conninfo, const StoreOptions& options)
        : WorkerStore(driver(conninfo, options), options), conninfo_(conninfo) {}

    absl::Status start() override {
        try {
            PostgresSession session(conninfo_);
            session.begin_read();
            const Row form = session.select(kDatabaseForm).at(0);
            session.end_read();
            if (!sorts_by_bytes(form.text(0)) || form.text(1) != "UTF8") {
                return absl::FailedPreconditionError(
                    "the PostgreSQL database must have LC_COLLATE C and encoding UTF8");
            }
        } catch (const StorageError& error) {
            return absl::UnavailableError(error.what());
        }
        return WorkerStore::start();
    }

  private:
    static Driver driver(const std::string& conninfo, const StoreOptions& options) {
        const auto open = [conninfo] { return std::make_unique<PostgresSession>(conninfo); };
        Driver driver{};
        driver.dialect = Dialect::kPostgres;
        driver.open_writer = open;
        driver.open_reader = open;
        driver.writers = options.writers;
        driver.batch_units_max = std::min(options.batch_units_max, kBatchUnitsMax);
        driver.batch_keys_max = kBatchKeysMax;
        return driver;
    }

    const std::string conninfo_;
};

}  // namespace

std::unique_ptr<Store> make_postgres_store(std::string conninfo, StoreOptions options) {
    return std::make_unique<PostgresStore>(conninfo, options);
}

}  // namespace yilian::storage
