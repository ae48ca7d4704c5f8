#include "libs/storage/connector.h"

#include <pthread.h>

#include <thread>

namespace yilian::storage {
namespace {

constexpr std::chrono::milliseconds kRetryPause{25};
thread_local bool inside_store_thread = false;

}  // namespace

bool on_store_thread() { return inside_store_thread; }

void enter_store_thread(const char* name) {
    inside_store_thread = true;
    pthread_setname_np(pthread_self(), name);
}

Session* Connector::acquire() {
    if (session_ && session_->usable()) return session_.get();
    session_.reset();
    try {
        session_ = open_();
        ++counters_.reconnects;
    } catch (const StorageError& error) {
        why_ = error.what();
    }
    return session_.get();
}

bool Connector::bear() {
    const auto now = std::chrono::steady_clock::now();
    if (!down_since_) down_since_ = now;
    if (stopping_ || now - *down_since_ >= patience_) return false;
    std::this_thread::sleep_for(kRetryPause);
    return true;
}

}  // namespace yilian::storage
