#include "libs/outbox/task_queue.h"

#include <algorithm>

namespace yilian::outbox {

void TaskQueue::start() {
    thread_ = std::thread([this] { loop(); });
}

void TaskQueue::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    std::multimap<Clock::time_point, Task> left;
    {
        const std::lock_guard lock(mutex_);
        left.swap(due_);
    }
    for (auto& [when, task] : left) {
        if (task.dropped) task.dropped();
    }
}

void TaskQueue::add(std::string name, Step step, std::function<void()> dropped) {
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_) {
            if (!name.empty() && !waiting_.insert(name).second) return;
            due_.emplace(Clock::now(), Task{std::move(name), std::move(step), std::move(dropped)});
            changed_.notify_all();
            return;
        }
    }
    if (dropped) dropped();
}

void TaskQueue::loop() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (due_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const auto first = due_.begin();
        if (first->first > Clock::now()) {
            const Clock::time_point when = first->first;
            changed_.wait_until(lock, when);
            continue;
        }
        Task task = std::move(first->second);
        due_.erase(first);
        // From here on a new request must be queued: this run may not see what it is about.
        if (!task.name.empty()) waiting_.erase(task.name);
        lock.unlock();
        const bool finished = task.step();
        lock.lock();
        if (finished) continue;
        if (!task.name.empty() && !waiting_.insert(task.name).second) continue;
        task.wait = std::clamp(task.wait * 2, wait_min_, wait_max_);
        const auto when = Clock::now() + task.wait;
        due_.emplace(when, std::move(task));
    }
}

}  // namespace yilian::outbox
