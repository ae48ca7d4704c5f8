// Durable units a second of both drivers, in-process: a unit writes an entity, an outbox row and an
// inbox row of 500 bytes, as stack.md 3 did. Not a test: prints JSON lines.
//   storage_bench [seconds-a-run]
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/base/ulid.h"
#include "libs/testkit/database.h"

namespace {

using namespace yilian;
using namespace yilian::storage;
using SteadyClock = std::chrono::steady_clock;

constexpr EmbeddedFile kFiles[] = {
    {"0001_bench.sql",
     "CREATE TABLE entity (id TEXT PRIMARY KEY, version BIGINT NOT NULL, body BYTEA NOT NULL);"
     "CREATE TABLE outbox (id TEXT PRIMARY KEY, subject TEXT NOT NULL, body BYTEA NOT NULL);"
     "CREATE TABLE inbox (id TEXT PRIMARY KEY, at BIGINT NOT NULL);"}};
constexpr Query kEntity{"entity", "INSERT INTO entity (id, version, body) VALUES ($1, $2, $3)"};
constexpr Query kOutbox{"outbox", "INSERT INTO outbox (id, subject, body) VALUES ($1, $2, $3)"};
constexpr Query kInbox{"inbox", "INSERT INTO inbox (id, at) VALUES ($1, $2)"};
constexpr Query kLook{"look", "SELECT version FROM entity WHERE id = $1"};

// As many units in flight as there are clients; each `done` submits its client's next one.
class Load {
  public:
    Load(Store& store, int clients, bool looks) : store_(store), clients_(clients), looks_(looks) {}

    void run(std::chrono::milliseconds length) {
        end_ = SteadyClock::now() + length;
        started_ = SteadyClock::now();
        const double cpu_before = cpu_seconds();
        running_ = clients_;
        for (int c = 0; c < clients_; ++c) next(c);
        while (running_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        seconds_ = std::chrono::duration<double>(SteadyClock::now() - started_).count();
        cpu_ = cpu_seconds() - cpu_before;
    }
    void report(const char* name) {
        const Store::Stats stats = store_.stats();
        std::sort(latencies_.begin(), latencies_.end());
        const auto at = [&](double part) {
            const auto index = static_cast<std::size_t>(part * double(latencies_.size() - 1));
            return latencies_.empty() ? 0 : latencies_[index];
        };
        fmt::print(
            "{{\"store\":\"{}\",\"clients\":{},\"reads_first\":{},\"units_per_s\":{:.0f},"
            "\"p50_us\":{},\"p99_us\":{},\"units_per_commit\":{:.1f},\"cpu_us_per_unit\":{:.1f},"
            "\"failed\":{}}}\n",
            name, clients_, looks_, double(stats.units) / seconds_, at(0.5), at(0.99),
            double(stats.units) / double(std::max<std::int64_t>(stats.commits, 1)),
            cpu_ * 1e6 / double(std::max<std::int64_t>(stats.units, 1)), stats.failed);
        std::fflush(stdout);
    }

  private:
    // Of this process: PostgreSQL's own is not in it. Steadier than rates on a busy machine.
    static double cpu_seconds() {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        const auto seconds = [](const timeval& t) {
            return double(t.tv_sec) + double(t.tv_usec) / 1e6;
        };
        return seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }
    void next(int client) {
        const auto from = SteadyClock::now();
        if (from >= end_) {
            --running_;
            return;
        }
        const std::string id = ids_.next_ulid();
        Unit unit;
        unit.lock_keys = {fmt::format("resident/{}", client)};
        unit.work = [this, id](Transaction& tx) {
            if (looks_ && tx.select_one(kLook, id)) return;
            tx.post(kEntity, id, 1, Blob{body_});
            tx.post(kOutbox, id, id, Blob{body_});
            tx.post(kInbox, id, 1);
        };
        unit.done = [this, client, from](const absl::Status&) {
            const auto took = SteadyClock::now() - from;
            {
                const std::lock_guard lock(mutex_);
                latencies_.push_back(
                    std::chrono::duration_cast<std::chrono::microseconds>(took).count());
            }
            next(client);
        };
        if (!store_.submit(std::move(unit)).ok()) std::abort();
    }

    Store& store_;
    const int clients_;
    const bool looks_;
    const std::string body_ = std::string(500, 'b');
    RandomIds ids_;
    SteadyClock::time_point started_;
    SteadyClock::time_point end_;
    double seconds_ = 0;
    double cpu_ = 0;
    std::atomic<int> running_{0};
    std::mutex mutex_;
    std::vector<std::int64_t> latencies_;
};

void measure(Dialect dialect, int clients, bool looks, std::size_t writers,
             std::chrono::milliseconds length) {
    const auto database = testkit::new_database(dialect);
    const MigrationSet sets[] = {{"bench", kFiles}};
    if (!database->migrate(sets).ok()) std::abort();
    const auto store = database->store({.writers = writers});
    if (!store->start().ok()) std::abort();
    Load load(*store, clients, looks);
    load.run(length);
    load.report(dialect == Dialect::kSqlite ? "sqlite"
                                            : fmt::format("postgres, {} writers", writers).c_str());
    store->stop();
}

}  // namespace

int main(int argc, char** argv) {
    const std::chrono::milliseconds length(
        static_cast<int>((argc > 1 ? std::atof(argv[1]) : 2.0) * 1000));
    for (const bool looks : {false, true}) {
        for (const int clients : {1, 16, 128}) {
            measure(Dialect::kSqlite, clients, looks, 1, length);
            for (const std::size_t writers : {1U, 2U, 4U}) {
                measure(Dialect::kPostgres, clients, looks, writers, length);
            }
        }
    }
    return 0;
}
