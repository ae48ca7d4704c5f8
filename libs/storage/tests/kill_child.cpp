// Writes units and prints the id of each that was acknowledged, until somebody kills it.
//   storage_kill_child sqlite|postgres <address> <prefix>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "libs/storage/store.h"
#include "libs/storage/tests/test_schema.h"

namespace {

using yilian::storage::Store;
using yilian::storage::Transaction;

// One write() a line: what the parent reads was acknowledged before the kill.
void acknowledge(const std::string& id) {
    const std::string line = id + "\n";
    if (write(STDOUT_FILENO, line.data(), line.size()) < 0) _exit(3);
}

void write_for_ever(Store& store, const std::string& prefix, std::atomic<int>& next) {
    for (;;) {
        const std::string id = fmt::format("{}-{:06}", prefix, next++);
        const absl::Status status = store.run(
            {id}, [&](Transaction& tx) { tx.post(yilian::storage::testing::kInsertItem, id, 1); });
        if (!status.ok()) _exit(2);
        acknowledge(id);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 1;
    const bool sqlite = std::string(argv[1]) == "sqlite";
    const auto store = sqlite ? yilian::storage::make_sqlite_store(argv[2], {})
                              : yilian::storage::make_postgres_store(argv[2], {});
    if (!store->start().ok()) return 1;
    std::atomic<int> next{0};
    std::vector<std::thread> writers;
    for (int i = 0; i < 4; ++i) {
        writers.emplace_back([&] { write_for_ever(*store, argv[3], next); });
    }
    for (std::thread& writer : writers) writer.join();
    return 0;
}
