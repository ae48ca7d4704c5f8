#include "libs/storage/worker_store.h"

#include <algorithm>
#include <functional>

#include "libs/base/invariant.h"

namespace yilian::storage {
namespace {

std::size_t share(std::size_t total, std::size_t parts) { return (total + parts - 1) / parts; }

}  // namespace

WorkerStore::WorkerStore(Driver driver, StoreOptions options)
    : driver_(std::move(driver)),
      options_(options),
      reads_(options.queue_units_max),
      readers_(std::max<std::size_t>(options.readers, 1)) {
    const std::size_t writers = std::max<std::size_t>(driver_.writers, 1);
    for (std::size_t i = 0; i < writers; ++i) {
        writers_.push_back(std::make_unique<Writer>(share(options.queue_units_max, writers)));
    }
}

absl::Status WorkerStore::submit(Unit unit) {
    const std::size_t chosen = unit.lock_keys.empty()
                                   ? next_writer_.fetch_add(1)
                                   : std::hash<std::string>{}(unit.lock_keys.front());
    return writers_[chosen % writers_.size()]->queue.push(unit);
}

absl::Status WorkerStore::submit_read(std::function<void(Transaction&)> work,
                                      std::function<void(const absl::Status&)> done,
                                      std::optional<Deadline> deadline) {
    Unit read{{}, std::move(work), std::move(done), deadline};
    return reads_.push(read);
}

std::unique_ptr<Connector> WorkerStore::connect(const OpenSession& open) {
    auto connector =
        std::make_unique<Connector>(open, options_.outage_patience, stopping_, counters_);
    connector->open_now();
    return connector;
}

absl::Status WorkerStore::start() {
    const std::lock_guard lock(lifecycle_);
    YILIAN_INVARIANT(state_ == State::kNew, "a store starts once");
    try {
        for (auto& writer : writers_) writer->connector = connect(driver_.open_writer);
        for (Reader& reader : readers_) reader.connector = connect(driver_.open_reader);
    } catch (const StorageError& error) {
        return absl::UnavailableError(error.what());
    }
    for (auto& writer : writers_) {
        writer->answers.start();
        writer->thread = std::thread([this, &writer] { write_loop(*writer); });
    }
    for (Reader& reader : readers_) {
        reader.thread = std::thread([this, &reader] { read_loop(reader); });
    }
    state_ = State::kRunning;
    return absl::OkStatus();
}

void WorkerStore::stop() {
    YILIAN_INVARIANT(!on_store_thread(), "Store::stop on a store thread waits for itself");
    const std::lock_guard lock(lifecycle_);
    if (state_ == State::kStopped) return;
    stopping_ = true;
    for (auto& writer : writers_) writer->queue.close();
    reads_.close();
    for (auto& writer : writers_) {
        if (writer->thread.joinable()) writer->thread.join();
        writer->answers.stop();
        writer->connector.reset();
    }
    for (Reader& reader : readers_) {
        if (reader.thread.joinable()) reader.thread.join();
        reader.connector.reset();
    }
    cancel_left_over();
    state_ = State::kStopped;
}

// Only a store that never started has something left.
void WorkerStore::cancel_left_over() {
    const auto one = [](const Unit&) { return std::size_t{1}; };
    const auto cancel = [&](WorkQueue<Unit>& queue) {
        for (auto left = queue.pop(64, 64, one); !left.empty(); left = queue.pop(64, 64, one)) {
            for (const Unit& unit : left) {
                if (unit.done) unit.done(absl::CancelledError("store was stopped"));
            }
        }
    };
    for (auto& writer : writers_) cancel(writer->queue);
    cancel(reads_);
}

void WorkerStore::write_loop(Writer& writer) {
    enter_store_thread("store-writer");
    BatchRunner runner(*writer.connector, counters_, on_commit_, writer.answers);
    const auto weight = [](const Unit& unit) { return unit.lock_keys.size(); };
    for (;;) {
        std::vector<Unit> units =
            writer.queue.pop(driver_.batch_units_max, driver_.batch_keys_max, weight);
        if (units.empty()) return;
        runner.run(std::move(units));
    }
}

void WorkerStore::read_loop(Reader& reader) {
    enter_store_thread("store-reader");
    const auto one = [](const Unit&) { return std::size_t{1}; };
    for (;;) {
        std::vector<Unit> reads = reads_.pop(1, 1, one);
        if (reads.empty()) return;
        const Unit& read = reads.front();
        absl::Status status = run_read(*reader.connector, read);
        ++counters_.reads;
        if (read.done) read.done(status);
    }
}

absl::Status WorkerStore::run_read(Connector& connector, const Unit& read) {
    for (;;) {
        if (read.deadline && *read.deadline <= std::chrono::steady_clock::now()) {
            ++counters_.expired;
            return absl::DeadlineExceededError("deadline passed before the read started");
        }
        std::optional<absl::Status> settled;
        if (Session* session = connector.acquire()) settled = try_read(*session, connector, read);
        if (settled) return *settled;
        if (!connector.bear()) return absl::UnavailableError(connector.why());
    }
}

// Nothing when the read should be tried again.
std::optional<absl::Status> WorkerStore::try_read(Session& session, Connector& connector,
                                                  const Unit& read) {
    try {
        session.begin_read();
        read.work(session);
        session.end_read();
        connector.good();
        return absl::OkStatus();
    } catch (const Rollback& wish) {
        session.rollback();
        return wish.status();
    } catch (const StorageError& error) {
        session.rollback();
        connector.note(error.what());
        const bool passing = error.kind() == StorageError::Kind::kConnection ||
                             error.kind() == StorageError::Kind::kConflict;
        if (passing) return std::nullopt;
        return absl::InternalError(error.what());
    } catch (...) {
        session.rollback();
        return absl::InternalError("read threw an exception");
    }
}

Store::Stats WorkerStore::stats() const {
    Stats stats;
    for (const auto& writer : writers_) {
        stats.queued += static_cast<std::int64_t>(writer->queue.size());
    }
    stats.commits = counters_.commits;
    stats.units = counters_.units;
    stats.failed = counters_.failed;
    stats.retried = counters_.retried;
    stats.expired = counters_.expired;
    stats.in_doubt = counters_.in_doubt;
    stats.reads = counters_.reads;
    stats.reconnects = counters_.reconnects;
    return stats;
}

}  // namespace yilian::storage
