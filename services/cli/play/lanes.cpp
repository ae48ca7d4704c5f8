#include "services/cli/play/lanes.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace yilian::cli::play {

void run_lanes(const std::vector<Lane>& lanes, std::size_t threads) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failed;
    const auto work = [&] {
        try {
            for (std::size_t i = next++; i < lanes.size(); i = next++) lanes[i]();
        } catch (...) {
            const std::lock_guard lock(mutex);
            failed = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < std::min(threads, lanes.size()); ++i) {
            workers.emplace_back(work);
        }
    }
    if (failed) std::rethrow_exception(failed);
}

}  // namespace yilian::cli::play
