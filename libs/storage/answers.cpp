#include "libs/storage/answers.h"

#include <iterator>
#include <utility>

#include "libs/storage/connector.h"

namespace yilian::storage {

void Answers::start() {
    thread_ = std::thread([this] { loop(); });
}

void Answers::give(std::vector<Finished> finished) {
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_.size() < kWaitingMax; });
        waiting_.insert(waiting_.end(), std::make_move_iterator(finished.begin()),
                        std::make_move_iterator(finished.end()));
    }
    changed_.notify_all();
}

void Answers::stop() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Answers::loop() {
    enter_store_thread("store-answers");
    for (;;) {
        std::vector<Finished> taken;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !waiting_.empty() || closed_; });
            taken.swap(waiting_);
        }
        if (taken.empty()) return;
        changed_.notify_all();
        for (Finished& one : taken) {
            if (one.unit.done) one.unit.done(one.status);
            one.unit = Unit{};
        }
    }
}

}  // namespace yilian::storage
