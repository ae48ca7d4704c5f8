#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/storage/answers.h"
#include "libs/storage/batch_runner.h"
#include "libs/storage/connector.h"
#include "libs/storage/store.h"
#include "libs/storage/work_queue.h"

namespace yilian::storage {

// The driver-independent Store: queues, worker threads, start and stop. A driver gives the two ways
// to open a connection.
class WorkerStore : public Store {
  public:
    struct Driver {
        Dialect dialect;
        OpenSession open_writer;
        OpenSession open_reader;
        std::size_t writers;
        std::size_t batch_units_max;
        // Lock keys of one batch: PostgreSQL's lock table is shared by all its databases.
        std::size_t batch_keys_max;
    };

    WorkerStore(Driver driver, StoreOptions options);
    // A driver's class that adds to stop() calls it in its own destructor.
    ~WorkerStore() override { WorkerStore::stop(); }

    [[nodiscard]] Dialect dialect() const final { return driver_.dialect; }
    [[nodiscard]] absl::Status submit(Unit unit) final;
    [[nodiscard]] absl::Status submit_read(std::function<void(Transaction&)> work,
                                           std::function<void(const absl::Status&)> done,
                                           std::optional<Deadline> deadline) final;
    void on_commit(std::function<void()> callback) final { on_commit_ = std::move(callback); }
    [[nodiscard]] absl::Status start() override;
    void stop() override;
    [[nodiscard]] Stats stats() const final;

  private:
    struct Writer {
        explicit Writer(std::size_t capacity) : queue(capacity) {}
        WorkQueue<Unit> queue;
        std::unique_ptr<Connector> connector;
        Answers answers;
        std::thread thread;
    };
    struct Reader {
        std::unique_ptr<Connector> connector;
        std::thread thread;
    };

    void write_loop(Writer& writer);
    void read_loop(Reader& reader);
    absl::Status run_read(Connector& connector, const Unit& read);
    static std::optional<absl::Status> try_read(Session& session, Connector& connector,
                                                const Unit& read);
    std::unique_ptr<Connector> connect(const OpenSession& open);
    void cancel_left_over();

    const Driver driver_;
    const StoreOptions options_;
    std::atomic<bool> stopping_{false};
    Counters counters_;
    std::function<void()> on_commit_;
    std::vector<std::unique_ptr<Writer>> writers_;
    WorkQueue<Unit> reads_;
    std::vector<Reader> readers_;
    std::atomic<std::size_t> next_writer_{0};
    std::mutex lifecycle_;
    enum class State { kNew, kRunning, kStopped } state_ = State::kNew;
};

}  // namespace yilian::storage
