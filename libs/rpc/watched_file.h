#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace yilian::rpc {

// Looks at a file every `interval` and calls back, on a thread of its own, when its bytes have
// changed: key sets, broker addresses. A file that cannot be read just now counts as unchanged.
// start() and stop() on one thread; the callback must not call either.
class WatchedFile {
  public:
    WatchedFile(std::string path, std::chrono::milliseconds interval,
                std::function<void(std::string)> changed);
    ~WatchedFile();
    WatchedFile(const WatchedFile&) = delete;
    WatchedFile& operator=(const WatchedFile&) = delete;

    // Reads the file now and begins to watch it; nothing when it cannot be read.
    [[nodiscard]] std::optional<std::string> start();
    void stop();
    // The whole file, or nothing.
    [[nodiscard]] static std::optional<std::string> read(const std::string& path);

  private:
    void watch();
    const std::string path_;
    const std::chrono::milliseconds interval_;
    const std::function<void(std::string)> changed_;
    std::string last_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace yilian::rpc
