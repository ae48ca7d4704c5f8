#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "libs/storage/store.h"

namespace yilian::storage {

// Calls the `done` of finished units on a thread of its own, in the order in which they were given:
// a writer goes on with its next transaction while the answers of the last one are sent. Bounded by
// the giver, which waits when too many are left.
class Answers {
  public:
    struct Finished {
        Unit unit;
        absl::Status status;
    };

    void start();
    // From one thread. Waits while kWaitingMax are waiting.
    void give(std::vector<Finished> finished);
    // Calls all that were given, then ends the thread.
    void stop();

  private:
    static constexpr std::size_t kWaitingMax = 4096;

    void loop();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Finished> waiting_;
    bool closed_ = false;
    std::thread thread_;
};

}  // namespace yilian::storage
