#include "libs/rpc/watched_file.h"

#include <fstream>
#include <iterator>
#include <utility>

namespace yilian::rpc {

WatchedFile::WatchedFile(std::string path, std::chrono::milliseconds interval,
                         std::function<void(std::string)> changed)
    : path_(std::move(path)), interval_(interval), changed_(std::move(changed)) {}

WatchedFile::~WatchedFile() { stop(); }

std::optional<std::string> WatchedFile::read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (in.bad()) return std::nullopt;
    return text;
}

std::optional<std::string> WatchedFile::start() {
    auto text = read(path_);
    if (!text) return std::nullopt;
    last_ = *text;
    thread_ = std::thread([this] { watch(); });
    return text;
}

void WatchedFile::watch() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval_, [this] { return stopping_; })) {
        lock.unlock();
        auto text = read(path_);
        if (text && *text != last_) {
            last_ = *text;
            changed_(*std::move(text));
        }
        lock.lock();
    }
}

void WatchedFile::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

}  // namespace yilian::rpc
