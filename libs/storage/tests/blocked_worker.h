#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "libs/storage/store.h"

namespace yilian::storage::testing {

// Holds the worker of one lock key inside a unit, so that what is submitted meanwhile waits in its
// queue and then runs as one batch.
class BlockedWorker {
  public:
    BlockedWorker(Store& store, const std::string& key) {
        std::promise<void> entered;
        auto release = release_.get_future().share();
        Unit unit;
        unit.lock_keys = {key};
        unit.work = [&entered, release, first = std::make_shared<bool>(true)](Transaction&) {
            if (std::exchange(*first, false)) entered.set_value();
            release.wait();
        };
        EXPECT_TRUE(store.submit(std::move(unit)).ok());
        entered.get_future().wait();
    }
    ~BlockedWorker() { release(); }
    void release() {
        if (!std::exchange(released_, true)) release_.set_value();
    }

  private:
    std::promise<void> release_;
    bool released_ = false;
};

// Submitted units and their answers, in order.
class Answers {
  public:
    explicit Answers(Store& store) : store_(store) {}

    void submit(std::string key, std::function<void(Transaction&)> work,
                std::optional<Deadline> deadline = std::nullopt) {
        submit(Unit{.lock_keys = {std::move(key)}, .work = std::move(work), .deadline = deadline});
    }
    void submit(Unit unit) {
        auto answer = std::make_shared<std::promise<absl::StatusCode>>();
        futures_.push_back(answer->get_future());
        unit.done = [answer](const absl::Status& status) { answer->set_value(status.code()); };
        EXPECT_TRUE(store_.submit(std::move(unit)).ok());
    }
    std::vector<absl::StatusCode> codes() {
        std::vector<absl::StatusCode> all;
        for (auto& future : futures_) all.push_back(future.get());
        futures_.clear();
        return all;
    }

  private:
    Store& store_;
    std::vector<std::future<absl::StatusCode>> futures_;
};

}  // namespace yilian::storage::testing
