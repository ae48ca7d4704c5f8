#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>

#include "libs/storage/sqlite_session.h"
#include "libs/storage/store.h"
#include "libs/storage/worker_store.h"

namespace yilian::storage {
namespace {

// Pages of 4 KiB in the write-ahead log. The helper thread copies pages into the database while the
// writer goes on; only the writer itself can start the log over, so it has a limit of its own.
constexpr int kHelperPages = 4000;
constexpr int kWriterPages = 20000;

// Checkpoints off the writer's path: the default of 1,000 pages inside the commit triples its p99
// (stack.md 3).
class Checkpointer {
  public:
    explicit Checkpointer(std::string path) : path_(std::move(path)) {}
    ~Checkpointer() { stop(); }

    void start() {
        thread_ = std::thread([this] { loop(); });
    }
    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        if (thread_.joinable()) thread_.join();
    }
    // Called by SQLite after each commit of the writer.
    static int after_commit(void* self, sqlite3* db, const char* schema, int pages) {
        auto& checkpointer = *static_cast<Checkpointer*>(self);
        checkpointer.start_log_over(db, schema, pages);
        checkpointer.committed(pages);
        return SQLITE_OK;
    }

  private:
    // On the writer's thread. When the helper is at work the writer waits for it: it has outrun the
    // disk. A reader with an old snapshot can make the attempt fruitless; the next one comes later.
    void start_log_over(sqlite3* db, const char* schema, int pages) {
        if (pages < kWriterPages) writer_due_at_ = kWriterPages;
        if (pages < writer_due_at_) return;
        writer_due_at_ = pages + kHelperPages;
        const std::lock_guard one_at_a_time(copying_);
        sqlite3_wal_checkpoint_v2(db, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }
    void committed(int pages) {
        {
            const std::lock_guard lock(mutex_);
            if (pages < copied_pages_) copied_pages_ = 0;  // the log was started over
            if (pages - copied_pages_ < kHelperPages) return;
            copied_pages_ = pages;
            due_ = true;
        }
        wake_.notify_one();
    }
    void loop() {
        enter_store_thread("store-wal");
        std::unique_ptr<SqliteConnection> connection;
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [&] { return due_ || stopping_; });
            if (stopping_) return;
            due_ = false;
            lock.unlock();
            copy_pages(connection);
            lock.lock();
        }
    }
    // A failure here costs nothing but a longer log; the writer reports the disk's state.
    void copy_pages(std::unique_ptr<SqliteConnection>& connection) {
        try {
            if (!connection) {
                connection =
                    std::make_unique<SqliteConnection>(path_, SqliteConnection::Mode::kReader);
            }
            const std::lock_guard one_at_a_time(copying_);
            sqlite3_wal_checkpoint_v2(connection->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                      nullptr, nullptr);
        } catch (const StorageError&) {
            connection.reset();
        }
    }

    const std::string path_;
    int writer_due_at_ = kWriterPages;  // the writer's thread only
    std::mutex copying_;                // held during a checkpoint
    std::mutex mutex_;
    std::condition_variable wake_;
    int copied_pages_ = 0;
    bool due_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

class SqliteStore final : public WorkerStore {
  public:
    SqliteStore(const std::string& path, const StoreOptions& options)
        : WorkerStore(driver(path, options, this), options), checkpointer_(path) {}
    ~SqliteStore() override { SqliteStore::stop(); }

    absl::Status start() override {
        absl::Status status = WorkerStore::start();
        if (status.ok()) checkpointer_.start();
        return status;
    }
    void stop() override {
        checkpointer_.stop();
        WorkerStore::stop();
    }

  private:
    static Driver driver(const std::string& path, const StoreOptions& options, SqliteStore* self) {
        Driver driver{};
        driver.dialect = Dialect::kSqlite;
        driver.open_writer = [path, self] {
            auto session = std::make_unique<SqliteSession>(path, SqliteConnection::Mode::kWriter);
            sqlite3_wal_hook(session->connection().handle(), &Checkpointer::after_commit,
                             &self->checkpointer_);
            return session;
        };
        driver.open_reader = [path] {
            return std::make_unique<SqliteSession>(path, SqliteConnection::Mode::kReader);
        };
        driver.writers = 1;
        driver.batch_units_max = options.batch_units_max;
        driver.batch_keys_max = std::numeric_limits<std::size_t>::max();
        return driver;
    }

    Checkpointer checkpointer_;
};

}  // namespace

std::unique_ptr<Store> make_sqlite_store(std::string path, StoreOptions options) {
    return std::make_unique<SqliteStore>(path, options);
}

}  // namespace yilian::storage
